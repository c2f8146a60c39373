"""Editors fine-tuned on triplets: `triplets` makes the data, `trainer` is the loop."""
