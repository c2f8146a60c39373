"""The embedded inspector: all detectors joined, on a CPU, without downloads."""

from collections.abc import Collection, Sequence
from dataclasses import replace

from ..detectors import codes, demographics, documents, faces, nudity, objects, persons, text
from ..errors import ConfigError
from ..records import Finding, Inspection, ModelInfo, Pixels, SceneObject
from ..taxonomy import OBJECT_KINDS, TEXT_KINDS
from .joined import classified


class LocalInspector:
    """Find people and their faces, text, codes, nudity, vehicles, screens and pages of text.

    What a line of text is depends on what is beside it, see `joined`: a number on a vehicle is its plate,
    words on a person are personal.

    Args:
        argument: `demographics` adds estimates of age, gender and a skin-tone proxy to every face.
    """

    demographics = False
    covers: tuple[str, ...] = ("face", "nudity", *TEXT_KINDS, "code", "document", *OBJECT_KINDS)

    def __init__(self, argument: str = "") -> None:
        if argument not in ("", "demographics"):
            raise ConfigError(
                f"Inspector 'local' takes no '{argument}'.", hint="Use 'local' or 'local:demographics'."
            )
        self.demographics = argument == "demographics"

    def with_demographics(self) -> "LocalInspector":
        """Return the same inspector with the estimates."""
        return LocalInspector("demographics")

    @property
    def models(self) -> tuple[ModelInfo, ...]:
        """The models of all detectors, each once."""
        parts = [faces, text, objects, persons, codes, nudity]
        parts += [demographics] if self.demographics else []
        return tuple(dict.fromkeys(model for part in parts for model in part.MODELS))

    def inspect(self, images: Sequence[Pixels], kinds: Collection[str]) -> list[Inspection]:
        """Return the faces of each image, best first, then persons, objects, text, codes, nudity.

        Detectors that `kinds` has no use for do not run: text is read only for a kind of text. Faces tell
        whose text it is, so they are always looked for.
        """
        return [self._inspect_one(rgb, set(kinds)) for rgb in images]

    def _inspect_one(self, rgb: Pixels, kinds: set[str]) -> Inspection:
        found = faces.find(rgb)
        if self.demographics:
            estimates = demographics.estimate(rgb, found)
            found = [replace(f, estimates=e) for f, e in zip(found, estimates, strict=True)]
        things: list[SceneObject] = []
        if not kinds.isdisjoint((*OBJECT_KINDS, "plate", "nudity")):
            things = objects.find(rgb)
            people = () if kinds.isdisjoint(("person", "nudity")) else persons.find(rgb, things, found)
            found += [*people, *objects.risks(things)]
        if not kinds.isdisjoint((*TEXT_KINDS, "document")):
            found += text.read(rgb)
            found += _documents(rgb, found)
        if "code" in kinds:
            found += codes.find(rgb)
        if "nudity" in kinds:
            found += nudity.find(rgb, [f for f in found if f.kind == "person"])
        return Inspection(tuple(classified(found)), tuple(things))


def _documents(rgb: Pixels, found: Sequence[Finding]) -> list[Finding]:
    lines = [f for f in found if f.kind in TEXT_KINDS]
    return documents.find(lines, (rgb.shape[1], rgb.shape[0]))
