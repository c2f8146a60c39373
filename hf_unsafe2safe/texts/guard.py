"""The last look at texts that will be published: their length, and nothing that was read in the image.

A text that quotes the image is replaced by a fixed one. Cutting out the quoted words would tell them, and
failing the row would punish a template for a word like "photo" on a sign.
"""

from collections.abc import Sequence

from ..errors import StageError
from ..records import Captions, Inspection, PublicCaption

CAPTION_WORDS = 50
INSTRUCTION_WORDS = 45
NEUTRAL_CAPTION = "An image."
NEUTRAL_INSTRUCTION = "Replace every marked region with a neutral stand-in."
_SHORTEST = 4  # letters; shorter pieces of read text ("the", "453") occur in any caption


def public_captions(captions: Sequence[Captions], inspections: Sequence[Inspection]) -> list[PublicCaption]:
    """Return the public captions fit to publish, one an image.

    Raises:
        StageError: A caption is missing, empty or longer than 50 words.
    """
    texts = _checked([c.public for c in captions], inspections, CAPTION_WORDS, "caption")
    pairs = zip(texts, inspections, strict=True)
    return [PublicCaption(NEUTRAL_CAPTION if quotes(text, found) else text) for text, found in pairs]


def public_instructions(texts: Sequence[str], inspections: Sequence[Inspection]) -> list[str]:
    """Return the edit instructions fit to publish, one an image.

    Raises:
        StageError: An instruction is missing, empty or longer than 45 words.
    """
    texts = _checked(texts, inspections, INSTRUCTION_WORDS, "instruct")
    pairs = zip(texts, inspections, strict=True)
    return [NEUTRAL_INSTRUCTION if quotes(text, found) else text for text, found in pairs]


def _checked(
    texts: Sequence[str], inspections: Sequence[Inspection], words: int, stage: str
) -> Sequence[str]:
    if len(texts) != len(inspections):
        raise StageError(f"{stage}_failed", stage=stage, hint="A stage lost an image.")
    if not all(isinstance(text, str) and 1 <= len(text.split()) <= words for text in texts):
        raise StageError(f"{stage}_failed", stage=stage, hint=f"Expected 1 to {words} words.")
    return texts


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
