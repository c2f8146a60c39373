"""Models behind stages: loading and batched generation only, no knowledge of any task."""
