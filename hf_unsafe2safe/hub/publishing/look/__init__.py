"""The last look at what would be uploaded."""
