"""The command `unsafe2safe`. Importing this is light: commands import what they need when they run."""

from . import cache, catalog, evaluation, hub, plan, results, retract, training  # they add their commands
from .app import app


def main() -> None:
    """Run the command line; the entry point of the console script."""
    app()


__all__ = ["app", "cache", "catalog", "evaluation", "hub", "main", "plan", "results", "retract", "training"]
