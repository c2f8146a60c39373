"""Pixels to findings: what is where, without policy. One file a kind of detector."""
