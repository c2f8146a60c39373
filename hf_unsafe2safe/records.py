"""What travels along the path: frozen records, no import of `datasets`.

Private content (text read in an image, private captions, pixels) is kept out of every `repr`, so that
no log line or traceback can show it by accident.
"""

from dataclasses import dataclass, field
from typing import Literal, NewType

import numpy as np
import numpy.typing as npt

SCHEMA_VERSION = "3"

Pixels = npt.NDArray[np.uint8]
Box = tuple[float, float, float, float]  # xyxy in pixels of the upright image
Points = tuple[tuple[float, float], ...]  # (x, y) in pixels of the upright image
Status = Literal["safe", "edited", "rejected", "failed"]
Action = Literal["edited", "labelled", "kept"]
PublicCaption = NewType("PublicCaption", str)  # the only text that an Instructor may see


@dataclass(frozen=True)
class ModelInfo:
    """A model that took part, for provenance: a name and a revision (here the start of its sha256)."""

    name: str
    revision: str


@dataclass(frozen=True)
class Estimates:
    """What models guess of a face: estimates, private, made only with `demographics=True`.

    Args:
        age: Years.
        gender: `male` or `female`, the two that the model knows.
        gender_score: Its confidence in [0.5, 1].
        skin_tone_proxy: Individual typology angle of the face's pixels in degrees, higher is lighter; it
            depends on the light and says nothing of origin. None where there are too few pixels.
    """

    age: float
    gender: str
    gender_score: float
    skin_tone_proxy: float | None


@dataclass(frozen=True)
class Finding:
    """One risk with a place, as a detector saw it; no policy in it.

    Args:
        kind: One of `taxonomy.KINDS`.
        score: Confidence in [0, 1].
        box: xyxy in pixels.
        source: Name of the detector, published with the region.
        outline: Corners of a tighter shape than the box, for example a rotated line of text or a person.
        landmarks: For faces: left eye, right eye, nose, left and right mouth corner.
        text: What was read or decoded there. Private: never published, never logged.
        estimates: For faces, on request. Private.
        consented: A face on the keep list, or the person it belongs to: never edited.
        item: What it is, in a model's words. Private: never published, never logged.
        why: What it tells about somebody, in a model's words. Private.
        placed: False where nobody knows the place: the box is then the whole image.
    """

    kind: str
    score: float
    box: Box
    source: str
    outline: Points | None = None
    landmarks: Points | None = None
    text: str | None = field(default=None, repr=False)
    estimates: Estimates | None = field(default=None, repr=False)
    consented: bool = False
    item: str | None = field(default=None, repr=False)
    why: str | None = field(default=None, repr=False)
    placed: bool = True


@dataclass(frozen=True)
class SceneObject:
    """A thing in the image that is no risk by itself: for captions only, never edited.

    Args:
        label: One of the 80 labels of COCO.
        score: Confidence in [0, 1].
        box: xyxy in pixels.
    """

    label: str
    score: float
    box: Box


@dataclass(frozen=True)
class Inspection:
    """All that was found in one image: risks, and what else is to be seen.

    Args:
        findings: The risks.
        objects: What else is to be seen.
        context: What the dataset itself says the image is about, a class name or a question; set by the
            path after the inspector, empty where the user named no such column.
    """

    findings: tuple[Finding, ...] = ()
    objects: tuple[SceneObject, ...] = ()
    context: str = field(default="", repr=False)


@dataclass(frozen=True)
class Captions:
    """The two captions of an image; only `public` leaves this machine."""

    private: str = field(repr=False)
    public: PublicCaption


@dataclass(frozen=True)
class EditRequest:
    """One image for an editor.

    Args:
        pixels: (H, W, 3) uint8 RGB; the editor must not change it.
        mask: (H, W) uint8; 255 = repaint, 0 = keep.
        public_caption: What the image shows, without sensitive attributes.
        edit_instruction: What to do, identity-neutral.
        seed: For stochastic editors; the same seed gives the same pixels.
        target_caption: Both texts in one, at most 50 words, where an editor of the run has `one_text = True`;
            else empty.
        private_caption: What the image really shows, for an editor with `sees_private = True`; else empty.
        findings: What the mask covers, with what was read there: private, never to be logged or sent.
        retry: How many results of this editor for these findings were refused before.
    """

    pixels: Pixels = field(repr=False)
    mask: Pixels = field(repr=False)
    public_caption: PublicCaption
    edit_instruction: str
    seed: int
    target_caption: str = ""
    private_caption: str = field(default="", repr=False)
    findings: tuple[Finding, ...] = field(default=(), repr=False)
    retry: int = 0


@dataclass(frozen=True)
class Check:
    """One image for a verifier.

    Args:
        original: (H, W, 3) uint8 RGB as opened.
        candidate: The pixels that would be kept; equal to `original` in a row without edits.
        mask: (H, W) uint8; 255 where the edit was allowed to change pixels.
        findings: Everything found so far, in a fixed order.
        edited: Indices into `findings` of what was edited.
        generated: Those of them that an editor edited last which does not say `generative = False`.
    """

    original: Pixels = field(repr=False)
    candidate: Pixels = field(repr=False)
    mask: Pixels = field(repr=False)
    findings: tuple[Finding, ...]
    edited: frozenset[int]
    generated: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Verdict:
    """What a verifier saw. An empty one is a pass.

    Args:
        reasons: Why the candidate is not safe, from `taxonomy.REASONS`.
        failed: Indices into `Check.findings` whose edit did not work.
        missed: Risks that inspection had not found; they go back to edit if the policy edits them.
    """

    reasons: tuple[str, ...] = ()
    failed: frozenset[int] = frozenset()
    missed: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class Region:
    """A risk region as published: where and what kind, never what it says."""

    label: str
    kind: str
    score: float
    box: tuple[int, int, int, int]
    source: str
    action: Action


@dataclass(frozen=True)
class Provenance:
    """How a row came to be."""

    config_digest: str
    package_version: str
    models: tuple[ModelInfo, ...]
    seed: int
    attempts: int
    edited_fraction: float
    reason: str
    kept_by_consent: int = 0  # faces that stay because they are on the keep list
    schema_version: str = SCHEMA_VERSION


@dataclass(frozen=True)
class Private:
    """What stays on this machine, row by row."""

    image_sha256: str = field(default="", repr=False)
    private_caption: str | None = field(default=None, repr=False)
    read_text: tuple[tuple[str, str], ...] = field(default=(), repr=False)  # (kind, text)
    items: tuple[tuple[str, str, str], ...] = field(default=(), repr=False)  # (kind, what it is, why)
    estimates: tuple[tuple[Box, Estimates], ...] = field(default=(), repr=False)  # of faces, on request
    guarded: tuple[str, ...] = ()  # which checks of the leak guard replaced a part of the public texts
    metadata_kinds: tuple[str, ...] = ()
    orientation: int = 1  # EXIF code of the stored file, 1 to 8; no column
    size_wh: tuple[int, int] = (0, 0)  # of the upright image, (0, 0) where none was opened; no column


@dataclass(frozen=True)
class Record:
    """The outcome for one image. `image` is None unless the status is `safe` or `edited`."""

    status: Status
    flag: bool
    labels: tuple[str, ...]
    regions: tuple[Region, ...]
    public_caption: str | None
    edit_instruction: str | None
    provenance: Provenance
    image: bytes | None = field(default=None, repr=False)
    private: Private = field(default_factory=Private, repr=False)

    def __post_init__(self) -> None:
        """Fail closed: refuse a record that breaks the one promise."""
        if (self.image is not None) != (self.status in ("safe", "edited")):
            raise ValueError(
                f"A record with status {self.status} and image {self.image is not None} cannot be."
            )


def failed_record(provenance: Provenance, private: Private) -> Record:
    """Return the record of a row that failed: risky, and without an image, a text or a region."""
    return Record("failed", True, (), (), None, None, provenance, private=private)
