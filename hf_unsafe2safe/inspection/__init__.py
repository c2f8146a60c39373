"""Detectors joined to inspectors."""
