"""The embedded inspector: faces and text, on a CPU, without downloads."""

from collections.abc import Collection, Sequence

from ..detectors import faces, text
from ..records import Inspection, ModelInfo, Pixels
from ..taxonomy import KINDS, TEXT_KINDS
from .personal_text import classified


class LocalInspector:
    """Find faces (CenterFace) and text (RapidOCR), and tell personal text from plain.

    Text on a person is personal whatever it says: name tags, badges, jerseys. The place of a person is
    taken from the face: see `personal_text.person_box`.
    """

    models: tuple[ModelInfo, ...] = (*faces.MODELS, *text.MODELS)
    covers: tuple[str, ...] = KINDS

    def inspect(self, images: Sequence[Pixels], kinds: Collection[str]) -> list[Inspection]:
        """Return the faces, best first, then the lines of text of each image.

        Text is read only when `kinds` has a kind of text; faces tell whose text it is, so they are
        always looked for.
        """
        reads = not set(kinds).isdisjoint(TEXT_KINDS)
        return [self._inspect_one(rgb, reads=reads) for rgb in images]

    def _inspect_one(self, rgb: Pixels, *, reads: bool) -> Inspection:
        found = faces.find(rgb)
        lines = text.read(rgb) if reads else []
        return Inspection(tuple(classified([*found, *lines])))
