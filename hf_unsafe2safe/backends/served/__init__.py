"""Models behind a server: OpenAI-compatible ones and Inference Providers."""
