"""What an editor learns, a file a family of editors."""
