"""The keep list: faces of people who consented stay as they are.

A face is kept only where the embedder is surer than it needs to be: nearer to a reference by a margin
than two photos of one person have to be, and large enough for its judgement to hold. Measured on 37 faces
of 21 photos: faces of different people under 40 pixels come as near as 0.33, those above not nearer
than 0.58; two photos of one person were 0.38 apart.
"""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from .detectors import faces, identity, persons
from .errors import ConfigError, StageError
from .imaging.cells import open_cells
from .records import Finding, Inspection, ModelInfo, Pixels

MARGIN = 0.15  # below identity.SAME_PERSON: a face is kept at 0.45 or nearer
SMALLEST = 64  # pixels of height, of a face that is kept and of a reference
SUREST = 0.5  # score of a face that is kept


class KeepList:
    """Who consented, as embeddings of the faces in reference images; it keeps no image and no file name.

    Args:
        images: Reference images with exactly one face each: encoded bytes or paths; a folder stands for
            the images in it.
        margin: How much nearer than 0.6, dlib's distance for one person, a face must be; in [0, 0.6).

    Raises:
        ConfigError: No image, one that cannot be opened, one without a clear face or with several.

    Example:
        >>> KeepList(["examples/photos/people_obama_official.jpg"])
        KeepList(1 reference image, margin=0.15)
    """

    models: tuple[ModelInfo, ...] = (*faces.MODELS, *identity.MODELS)

    def __init__(self, images: Any, margin: float = MARGIN) -> None:
        if not 0 <= margin < identity.SAME_PERSON:
            raise ConfigError(f"keep: the margin must be in [0, {identity.SAME_PERSON}), got {margin!r}.")
        self.margin = margin
        cells = _cells(images)
        hashes, embeddings = [], []
        opened = (image for group in open_cells(cells) for image in group.values())
        for number, image in enumerate(opened, start=1):
            if isinstance(image, StageError):
                raise ConfigError(
                    f"keep: reference image {number} cannot be opened: {image.reason}.",
                    hint="A folder, whose files count by name, must hold nothing but reference images.",
                )
            hashes.append(image.sha256)
            embeddings.append(_embedded(image.rgb, number))
        self._references = np.concatenate(embeddings)  # (N, 128)
        self._digest = hashlib.sha256(" ".join([f"{margin}", *sorted(hashes)]).encode()).hexdigest()

    def mark(self, rgb: Pixels, inspection: Inspection) -> Inspection:
        """Return the inspection of an image (H, W, 3) with what stays by consent marked so.

        A kept face takes the person it belongs to with it.
        """
        findings = inspection.findings
        sure = [i for i, f in enumerate(findings) if _is_clear(f)]
        if not sure:
            return inspection
        gaps = identity.distance(identity.embed(rgb, [findings[i] for i in sure]), self._references)
        # `<=` of a distance that is no number is False: not kept.
        kept = {i for i, row in zip(sure, gaps, strict=True) if row.min() <= self._limit}
        kept |= _their_persons(kept, findings)
        marked = (replace(f, consented=True) if i in kept else f for i, f in enumerate(findings))
        return replace(inspection, findings=tuple(marked))

    def fingerprint(self) -> str:
        """Return what changes with the references or the margin."""
        return f"keep-1-{self._digest}"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, KeepList) and other.fingerprint() == self.fingerprint()

    def __hash__(self) -> int:
        return hash(self.fingerprint())

    def __repr__(self) -> str:
        count = len(self._references)
        return f"KeepList({count} reference image{'s' * (count > 1)}, margin={self.margin})"

    @property
    def _limit(self) -> float:
        return identity.SAME_PERSON - self.margin


def keep_list(value: Any) -> KeepList | None:
    """Return the keep list that a setting stands for: None, a KeepList, images, or a folder of images."""
    return value if value is None or isinstance(value, KeepList) else KeepList(value)


def _cells(images: Any) -> list[Any]:
    cells: list[Any] = []
    for image in images if isinstance(images, list | tuple) else [images]:
        if not isinstance(image, str | Path | bytes):
            raise ConfigError(
                f"keep takes images and folders of them, got {type(image).__name__}.",
                hint="Pass paths or encoded bytes, one clear face in each image.",
            )
        if not isinstance(image, bytes) and Path(image).is_dir():
            cells += sorted(p for p in Path(image).iterdir() if p.is_file() and not p.name.startswith("."))
        else:
            cells.append(image)
    if not cells:
        raise ConfigError(
            "keep: no reference images.", hint="Give images with one face each, or a folder of them."
        )
    return cells


def _embedded(rgb: Pixels, number: int) -> np.ndarray:
    found = faces.find(rgb)
    if len(found) != 1 or not _is_clear(found[0]):
        raise ConfigError(
            f"keep: reference image {number} shows {len(found)} faces, expected one clear face of at least "
            f"{SMALLEST} pixels.",
            hint="Crop it to the person who consented.",
        )
    return identity.embed(rgb, found)


def _is_clear(finding: Finding) -> bool:
    height = finding.box[3] - finding.box[1]
    return (
        finding.kind == "face"
        and finding.landmarks is not None
        and finding.score >= SUREST
        and height >= SMALLEST
    )


def _their_persons(kept: Collection[int], findings: Sequence[Finding]) -> set[int]:
    """Return the indices of the persons to whom the kept faces belong."""
    people = [i for i, f in enumerate(findings) if f.kind == "person"]
    found = [i for i, f in enumerate(findings) if f.kind == "face"]
    owners = persons.face_of([findings[i] for i in people], [findings[i] for i in found])
    return {people[person] for person, face in owners.items() if found[face] in kept}
