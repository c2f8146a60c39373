"""What is kept on disk: shards of a result."""
