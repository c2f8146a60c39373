"""Which columns leave, and which of their values."""
