"""Takedown: rows leave a published repo, with its history and the files behind them.

| file | concept |
|---|---|
| `takedown` | the path: find, remove, erase |
| `finding`, `likeness` | from a key, a place or a photo to rows |
| `reading` | the data files of the repo, in parts over the network |
| `removing` | data files without the rows, one commit |
| `erasing` | earlier commits, tags, stored files |
| `pending` | what was begun and is not finished |
| `telling` | what is said of it |
"""

from .takedown import retract
from .telling import Retraction

__all__ = ["Retraction", "retract"]
