"""Dataset cards: the draft of a local result, and that of a published repo."""

from .draft import card
from .published import published_card

__all__ = ["card", "published_card"]
