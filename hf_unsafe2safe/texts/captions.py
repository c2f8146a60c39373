"""`template` captions, written without a model: all that was found in private, the plain scene in public."""

from collections import Counter
from collections.abc import Sequence

from ..records import Captions, Inspection, ModelInfo, Pixels, PublicCaption
from .colours import Colours
from .guard import CAPTION_WORDS
from .labels import VEHICLES, named
from .scene import listed, people, persons, setting, text_class, things

_MOST = 5  # labels in a caption


class TemplateCaptioner:
    """Describe an image without a model.

    The public caption tells things, people, text and colours apart by how much of them may be said, see
    `scene`. Light and colours are those outside every region, every person and every vehicle.
    """

    models: tuple[ModelInfo, ...] = ()

    def caption(self, images: Sequence[Pixels], inspections: Sequence[Inspection]) -> list[Captions]:
        """Return the two captions of each image, each at most 50 words."""
        return [
            Captions(_private(inspection), PublicCaption(_public(rgb, inspection)))
            for rgb, inspection in zip(images, inspections, strict=True)
        ]

    def fingerprint(self) -> str:
        """Return what changes when the captions would."""
        return "template-2"


def _private(inspection: Inspection) -> str:
    kinds = Counter(f.kind for f in inspection.findings)
    labels = Counter(o.label for o in inspection.objects)
    parts = [f"{count} x {kind.replace('_', ' ')}" for kind, count in sorted(kinds.items())]
    seen = [named(label, count) for label, count in sorted(labels.items())]
    caption = f"A photo with {', '.join(parts)}." if parts else "A photo in which nothing was found."
    if seen:
        caption += f" To be seen: {', '.join(seen)}."
    read = " / ".join(f.text for f in inspection.findings if f.text)
    if not read:
        return " ".join(caption.split()[:CAPTION_WORDS])
    words = [*caption.split()[: CAPTION_WORDS // 2], "It", "reads:", *read.split()]
    return " ".join(words[:CAPTION_WORDS])


def _public(rgb: Pixels, inspection: Inspection) -> str:
    """Return the longest caption that fits."""
    colours = Colours(rgb, _hidden(inspection))
    tries = (_composed(rgb, inspection, colours, most) for most in range(_MOST, -1, -1))
    return next(caption for caption in tries if len(caption.split()) <= CAPTION_WORDS)


def _composed(rgb: Pixels, inspection: Inspection, colours: Colours, most: int) -> str:
    height, width = rgb.shape[:2]
    size_wh = width, height
    shape = "square" if 0.9 < width / height < 1.1 else "landscape-format" if width > height else "upright"
    light, mostly = colours.light(), colours.mostly()
    start = f"{light}," if light else "An" if shape == "upright" else "A"
    head = f"{start} {shape} {setting(inspection.objects)} photo"
    named = listed(things(inspection, size_wh), most, size_wh, colours)
    shown = "; ".join(filter(None, (named, people(persons(inspection), size_wh))))
    text = text_class(inspection.findings, size_wh)
    scene = f" of {shown}" if shown else ""
    scene += f"; {text}" if scene and text else f" with {text}" if text else ""
    end = f"{';' if scene else ','} mostly {mostly}" if mostly else ""
    return " ".join(f"{head}{scene}{end}.".split())


def _hidden(inspection: Inspection) -> list[tuple[float, float, float, float]]:
    """Return what no colour is taken from: every region, and the clothes and paint around it."""
    kept = {"person", *VEHICLES}
    return [f.box for f in inspection.findings] + [o.box for o in inspection.objects if o.label in kept]
