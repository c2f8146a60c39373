"""What a user wants found, in plain language: kinds of their own, for inspectors that understand it."""

import re
from collections.abc import Mapping
from typing import Any

from .errors import ConfigError
from .taxonomy import CUSTOM, FAMILIES, KINDS

_OWN_KIND = re.compile(r"[a-z][a-z0-9_]{0,39}")
_LONGEST = 300  # letters of a criterion


def check_criteria(criteria: Any) -> None:
    """Raise unless criteria are names that are free, each with a text that can be asked.

    Raises:
        ConfigError: They are not; the text itself is not repeated, as it may name somebody.
    """
    if not isinstance(criteria, Mapping):
        raise ConfigError(
            f"policy: criteria must be a mapping of kinds to what to look for, got {type(criteria).__name__}."
        )
    for kind, text in criteria.items():
        if not isinstance(kind, str) or not _OWN_KIND.fullmatch(kind) or kind in (*KINDS, *FAMILIES, CUSTOM):
            raise ConfigError(
                f"policy: {kind!r} cannot be the name of a criterion.",
                hint="Up to 40 small letters, digits and _, and no kind that exists: company_logos.",
            )
        if not isinstance(text, str) or not 1 <= len(text.strip()) <= _LONGEST:
            raise ConfigError(
                f"policy: the criterion {kind} must be a text of 1 to {_LONGEST} letters.",
                hint="Say what to look for: 'logos of companies'.",
            )
