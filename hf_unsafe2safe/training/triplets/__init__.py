"""Triplets of a sanitized dataset: chosen, grouped, split, written."""
