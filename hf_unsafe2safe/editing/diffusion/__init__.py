"""Editors with an image model, a file each."""
