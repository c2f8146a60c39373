"""The masked edit, and one file an editor."""
