"""Models in this process, with transformers: found, loaded, asked in batches."""
