"""Captions and edit instructions, and the check of texts that will be published."""
