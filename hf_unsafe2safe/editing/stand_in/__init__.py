"""A photo-like editor without a model hub."""
