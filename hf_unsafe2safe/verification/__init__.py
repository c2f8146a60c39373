"""The checks of a candidate, and the loop that edits until they pass."""
