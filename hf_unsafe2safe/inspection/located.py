"""Places and outlines for what a model only named: by other models, which look for a phrase or a shape."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol, runtime_checkable

from ..detectors.geometry import iou
from ..errors import StageError
from ..protocols import Stage
from ..records import Box, Finding, Pixels, Points
from ..taxonomy import TEXT_KINDS
from .items import usable

Places = list[tuple[Box, float]]  # xyxy pixels with a score in [0, 1]
LEAST = 0.3  # score of a place; under it a phrase may mean anything
SCENES = ("place", "interaction", "workplace")  # without a place they are all around: no thing tells them
FILLS = 0.8  # overlap of an outline's extent with its box: with less, a part of the thing may stay outside


@runtime_checkable
class Locator(Stage, Protocol):
    """Finds where in an image a phrase is meant."""

    def locate(self, images: Sequence[Pixels], phrases: Sequence[Sequence[str]]) -> list[list[Places]]:
        """Return the places of each phrase of each image; none where it is not found."""
        ...

    def fingerprint(self) -> str:
        """Return what changes when its places would."""
        ...


@runtime_checkable
class Segmenter(Stage, Protocol):
    """Finds the shape of what is in a box."""

    def outline(self, images: Sequence[Pixels], boxes: Sequence[Sequence[Box]]) -> list[list[Points | None]]:
        """Return the outline of what each box of each image holds; None where that is not clear."""
        ...

    def fingerprint(self) -> str:
        """Return what changes when its outlines would."""
        ...


def located(
    locator: Locator, images: Sequence[Pixels], findings: Sequence[Sequence[Finding]]
) -> list[list[Finding]]:
    """Return the findings of each image, those without a place once for each place where they were found.

    Args:
        locator: Asked for the `item` of each finding without a place, the same phrase once an image.
        images: (H, W, 3) uint8 each.
        findings: A list an image; what is not found stays as it is.

    Raises:
        StageError: The locator lost an image or a phrase.
    """
    phrases = [list(dict.fromkeys(f.item for f in found if _wanted(f) and f.item)) for found in findings]
    rows = [i for i, wanted in enumerate(phrases) if wanted]
    answers = locator.locate([images[i] for i in rows], [phrases[i] for i in rows]) if rows else []
    if [len(one) for one in answers] != [len(phrases[i]) for i in rows]:
        raise StageError("inspect_failed", stage="inspect", hint="A locator lost an image.")
    result = [list(found) for found in findings]
    for i, places in zip(rows, answers, strict=True):
        size_wh = (images[i].shape[1], images[i].shape[0])
        known = dict(
            zip(
                phrases[i],
                ([usable(b, size_wh) for b, p in one if p >= LEAST] for one in places),
                strict=True,
            )
        )
        result[i] = [new for f in findings[i] for new in _everywhere(f, known)]
    return result


def outlined(
    segmenter: Segmenter, images: Sequence[Pixels], findings: Sequence[Sequence[Finding]]
) -> list[list[Finding]]:
    """Return the findings of each image, those with a place with the outline of what is there.

    Where an outline does not fill its box, the box is safer. Text keeps its box: the outline of a line tells
    in which way it is read.

    Raises:
        StageError: The segmenter lost an image or a box.
    """
    boxes = [[f.box for f in found if _has_shape(f)] for found in findings]
    rows = [i for i, wanted in enumerate(boxes) if wanted]
    answers = segmenter.outline([images[i] for i in rows], [boxes[i] for i in rows]) if rows else []
    if [len(one) for one in answers] != [len(boxes[i]) for i in rows]:
        raise StageError("inspect_failed", stage="inspect", hint="A segmenter lost an image.")
    result = [list(found) for found in findings]
    for i, outlines in zip(rows, answers, strict=True):
        at = [k for k, f in enumerate(findings[i]) if _has_shape(f)]
        for k, outline in zip(at, outlines, strict=True):
            if outline and iou(_extent(outline), findings[i][k].box) >= FILLS:
                result[i][k] = replace(findings[i][k], outline=outline)
    return result


def _extent(outline: Points) -> Box:
    xs, ys = zip(*outline, strict=True)
    return min(xs), min(ys), max(xs), max(ys)


def _wanted(finding: Finding) -> bool:
    return not finding.placed and bool(finding.item) and finding.kind not in SCENES


def _has_shape(finding: Finding) -> bool:
    return finding.placed and finding.kind not in TEXT_KINDS


def _everywhere(finding: Finding, known: dict[str, list[Box | None]]) -> list[Finding]:
    """Return a finding at each of its places; as it is where there is none, or one is the whole image."""
    places = known.get(finding.item or "", []) if _wanted(finding) else []
    boxes = [box for box in places if box is not None]
    if not boxes or len(boxes) < len(places):
        return [finding]
    return [replace(finding, box=box, placed=True) for box in boxes]
