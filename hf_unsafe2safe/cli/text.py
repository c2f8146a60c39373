"""Text for a terminal: lists that break at its width."""

import shutil
import textwrap
from collections.abc import Iterable

WIDEST = 100  # a wider terminal is not filled: long lines are hard to read


def listed(title: str, names: Iterable[str], *, indent: int = 0) -> str:
    """Return a title and names with commas between, broken at the terminal's width.

    Args:
        title: What stands before the names.
        names: None of them is broken.
        indent: Columns before the first name; 0 where they follow the title, with further lines two in.

    Example:
        >>> print(listed("Not found:", ["face", "code"]))
        Not found: face, code
        >>> listed("  people", ["face"], indent=12)
        '  people    face'
    """
    width = min(shutil.get_terminal_size().columns, WIDEST)
    return "\n".join(
        textwrap.wrap(
            ", ".join(names),
            width,
            initial_indent=f"{title} ".ljust(indent),
            subsequent_indent=" " * (indent or 2),
            break_long_words=False,
            break_on_hyphens=False,
        )
    )


def aligned(pairs: Iterable[tuple[str, object]]) -> list[str]:
    """Return lines of names and values, the values below each other.

    Example:
        >>> aligned([("kept", 12), ("no image", 3)])
        ['kept      12', 'no image  3']
    """
    known = [(name, str(value)) for name, value in pairs]
    width = max((len(name) for name, _ in known), default=0)
    return [f"{name:<{width}}  {value}" for name, value in known]
