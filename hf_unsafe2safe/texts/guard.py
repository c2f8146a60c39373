"""The last look at texts that will be published: their length, and nothing that was read in the image."""

from collections.abc import Sequence

from ..errors import StageError
from ..records import Inspection

CAPTION_WORDS = 50
INSTRUCTION_WORDS = 45
_SHORTEST = 4  # letters; shorter pieces of read text ("the", "453") occur in any caption


def check_public(
    texts: Sequence[str], inspections: Sequence[Inspection], *, words: int, stage: str, reason: str
) -> None:
    """Raise StageError when a text is empty, too long, or quotes what was read in its image.

    Args:
        texts: Public captions or instructions, one an image.
        inspections: What was found in those images.
        words: The most words allowed.
        stage: For the error, for example `caption`.
        reason: For the error, one of `taxonomy.REASONS`.
    """
    if len(texts) != len(inspections):
        raise StageError(reason, stage=stage, hint="A stage lost an image.")
    for text, inspection in zip(texts, inspections, strict=True):
        if not isinstance(text, str) or not text.strip() or len(text.split()) > words:
            raise StageError(reason, stage=stage, hint=f"Expected 1 to {words} words.")
        if quotes(text, inspection):
            raise StageError(reason, stage=stage, hint="The text quotes what was read in the image.")


def quotes(text: str, inspection: Inspection) -> bool:
    """Return whether a text has a line, or a longer word of a line, that was read in the image."""
    spoken = f" {_normal(text)} "
    for finding in inspection.findings:
        read = _normal(finding.text or "")
        pieces = [read, *read.split()] if finding.kind != "text" else [read]
        if any(len(piece) >= _SHORTEST and f" {piece} " in spoken for piece in pieces):
            return True
    return False


def _normal(text: str) -> str:
    return " ".join("".join(c if c.isalnum() else " " for c in text.casefold()).split())
