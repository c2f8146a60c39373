"""What a publisher says of columns, and what never leaves whatever is said."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from datasets import Features, Image

from ....errors import PublishError
from ....layout import BESIDE
from ....schema import PRIVATE_FEATURES, PUBLIC_FEATURES
from ...keys import ROW_KEY
from . import parts as kinds
from .names import is_of_webdataset, names_files
from .parts import parts

# Private columns that not even `include_private` lets leave: they name files, or the original itself.
NEVER = ("row", "source_path", "image_sha256")
OFFERED = tuple(name for name in PRIVATE_FEATURES if name not in NEVER)

AN_ORIGINAL = "another image column: an original"
FILES = "names of files never leave"
NEVER_TYPE = "of a type that never leaves"


@dataclass(frozen=True)
class Choice:
    """What a publisher said of columns.

    Args:
        columns: These leave as they are: the publisher looked at them.
        passing: Of these, texts leave that pass the text inspection; the others are counted.
        withhold: These stay, though they might leave.
        include_private: Private columns that leave all the same.
        private_repo: Whether the repo is private.
        masks: Annotation columns of form `mask`, a part of a column with dots.
    """

    columns: Sequence[str] = ()
    passing: Sequence[str] = ()
    withhold: Sequence[str] = ()
    include_private: Sequence[str] = ()
    private_repo: bool = True
    masks: Sequence[str] = ()


def check_choice(features: Features, image_column: str, choice: Choice) -> None:
    """Refuse what was asked for and cannot be.

    Raises:
        PublishError: A named column is not there, never leaves, or is private.
    """
    named = dict.fromkeys(n for n in (*choice.columns, *choice.passing) if n != image_column)
    never = [n for n in (*named, *choice.include_private) if n in NEVER or is_of_webdataset(n)]
    never += [n for n in named if n in features and n not in BESIDE and never_leaves(n, features[n], choice)]
    if never:
        raise PublishError(
            f"Never published: {', '.join(dict.fromkeys(never))}. They hold names of files, originals, "
            "or bytes that nobody can inspect.",
            hint="Leave them out.",
        )
    private = [n for n in named if n in OFFERED and n not in choice.include_private]
    if private:
        raise PublishError(
            f"Refusing to publish private columns: {', '.join(private)}.",
            hint="Name them in include_private to override.",
        )
    if choice.include_private and not choice.private_repo:
        raise PublishError(
            f"Refusing to publish private columns in a public repo: {', '.join(choice.include_private)}.",
            hint="Publish to a private repo, or leave include_private out.",
        )
    if others := [n for n in choice.include_private if n not in OFFERED]:
        raise PublishError(
            f"Not a private column: {', '.join(others)}. Private columns: {', '.join(OFFERED)}.",
            hint="Name columns of the source in columns.",
        )
    if fixed := [n for n in choice.withhold if n == image_column or n in PUBLIC_FEATURES]:
        raise PublishError(
            f"Cannot be withheld: {', '.join(fixed)}. The published rows are checked by these columns.",
            hint="Only columns of the source can stay.",
        )
    missing = [n for n in (*named, *choice.withhold, *choice.include_private) if n not in features]
    if missing:
        raise PublishError(
            f"Columns not found: {', '.join(missing)}. The dataset has: {', '.join(features)}.",
            hint="Names match exactly.",
        )


def never_leaves(name: str, feature: Any, choice: Choice) -> str:
    """Return why a column never leaves, not even when it is named."""
    if name in PUBLIC_FEATURES or name == ROW_KEY:
        return ""
    for part in parts(name, feature):
        files = [n for n in part.names if names_files(n)]
        if files and (part.kind != kinds.NUMBER or any(map(is_of_webdataset, files))):
            return f"{FILES}: {files[0]}"
        if part.kind == kinds.OTHER:
            return NEVER_TYPE
        if part.kind == kinds.IMAGE and (
            ".".join(part.names) not in choice.masks or not isinstance(part.feature, Image)
        ):
            return AN_ORIGINAL
    return ""
