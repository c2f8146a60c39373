"""`template` captions: what was found, in private; format, light and colours, in public."""

from collections import Counter
from collections.abc import Sequence

import cv2
import numpy as np

from ..records import Captions, Inspection, ModelInfo, Pixels, PublicCaption

# Hue of OpenCV's HSV (0-179) up to which a colour has this name.
_HUES = (
    (8, "red"),
    (22, "orange"),
    (34, "yellow"),
    (85, "green"),
    (130, "blue"),
    (160, "purple"),
    (180, "red"),
)


class TemplateCaptioner:
    """Describe an image without a model.

    The public caption is made of the image's format, its light and its main colours outside every
    region that was found: nothing that was found can be in it.
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
        return "template-1"


def _private(inspection: Inspection) -> str:
    counts = Counter(f.kind for f in inspection.findings)
    parts = [f"{count} x {kind.replace('_', ' ')}" for kind, count in sorted(counts.items())]
    read = " / ".join(f.text for f in inspection.findings if f.text)
    caption = f"A photo with {', '.join(parts)}." if parts else "A photo in which nothing was found."
    words = f"{caption} It reads: {read}".split() if read else caption.split()
    return " ".join(words[:50])


def _public(rgb: Pixels, inspection: Inspection) -> str:
    small = _outside(rgb, inspection)  # (N, 3)
    height, width = rgb.shape[:2]
    shape = "square" if 0.9 < width / height < 1.1 else "landscape-format" if width > height else "upright"
    if not len(small):
        return f"A {shape} photo."
    hsv = cv2.cvtColor(small[None], cv2.COLOR_RGB2HSV)[0]
    light = ("A dark", "An evenly lit", "A bright")[int(np.digitize(hsv[:, 2].mean(), (85, 170)))]
    return f"{light}, {shape} photo, mostly {' and '.join(_colours(hsv)) or 'in grey tones'}."


def _outside(rgb: Pixels, inspection: Inspection) -> Pixels:
    """Return the pixels of a small copy that lie in no region, as (N, 3)."""
    height, width = rgb.shape[:2]
    scale = min(1.0, 96 / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA)
    keep = np.ones(small.shape[:2], bool)
    for finding in inspection.findings:
        x1, y1, x2, y2 = (v * scale for v in finding.box)
        keep[max(0, int(y1) - 1) : int(y2) + 2, max(0, int(x1) - 1) : int(x2) + 2] = False
    return np.ascontiguousarray(small[keep])


def _colours(hsv: Pixels) -> list[str]:
    vivid = hsv[(hsv[:, 1] > 60) & (hsv[:, 2] > 40)]
    if len(vivid) < 0.05 * len(hsv):
        return []
    bounds, names = zip(*_HUES, strict=True)
    counts = Counter(names[i] for i in np.digitize(vivid[:, 0], bounds[:-1]))
    common = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return [name for name, count in common[:2] if count > 0.15 * len(vivid)]
