"""A result goes to the Hub: what leaves, the last look at it, and the one commit."""
