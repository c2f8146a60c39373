"""What a check of `unsafe2safe doctor` says."""

import os
from dataclasses import dataclass

OK, WARNING, MISSING, FAILED = "ok", "warning", "missing", "failed"
_GIB = 2**30


@dataclass(frozen=True)
class Line:
    """What a check saw.

    Args:
        level: One of the four words above; with the last two the preset local cannot run.
        what: What was looked at.
        state: How it is.
        cure: What to do; empty where there is nothing.
    """

    level: str
    what: str
    state: str
    cure: str = ""


def memory_gib() -> float:
    """Return the memory of this machine in GiB, 0 where it is not known."""
    if not {"SC_PAGE_SIZE", "SC_PHYS_PAGES"} <= set(getattr(os, "sysconf_names", ())):
        return 0.0
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / _GIB
