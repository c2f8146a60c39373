"""Image models of diffusers: loaded and run, no task knowledge."""
