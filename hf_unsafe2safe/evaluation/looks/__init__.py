"""What is measured of an image once and shared by all metrics."""
