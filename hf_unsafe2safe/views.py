"""What there is to see in an image: its colours, and with transparency also its picture over white.

Black letters drawn by the alpha channel alone are invisible in the colours; white letters are invisible
over white. Both views are inspected and verified; edits make their region opaque.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

import numpy as np

from .detectors.geometry import iou
from .errors import StageError
from .imaging.open import OpenedImage
from .protocols import Inspector, Verifier
from .records import Check, Finding, Inspection, Pixels, Verdict


@dataclass(frozen=True)
class Views:
    """The (H, W, 3) RGB colours of an image, and its alpha (H, W) where not all of it is opaque."""

    rgb: Pixels = field(repr=False)
    alpha: Pixels | None = field(default=None, repr=False)

    def over_white(self, rgb: Pixels, opaque: Pixels | None = None) -> Pixels:
        """Return the colours `rgb` laid over white by the alpha, which is full where `opaque` > 0."""
        if self.alpha is None:
            return rgb
        alpha = self.alpha if opaque is None else np.maximum(self.alpha, opaque)
        share = alpha[..., None].astype(np.uint16)
        return ((rgb * share + 255 * (255 - share) + 127) // 255).astype(np.uint8)


def views_of(image: OpenedImage) -> Views:
    """Return the views of an opened image."""
    alpha = image.pixels[..., 3] if image.mode == "RGBA" else None
    return Views(image.rgb, None if alpha is None or (alpha == 255).all() else alpha)


def inspect_views(inspector: Inspector, images: Sequence[Views], kinds: Collection[str]) -> list[Inspection]:
    """Inspect every view of every image; return one inspection an image."""
    pictures = [v.rgb for v in images]
    layered = [i for i, v in enumerate(images) if v.alpha is not None]
    pictures += [images[i].over_white(images[i].rgb) for i in layered]
    found = inspector.inspect(pictures, kinds)
    if len(found) != len(pictures):
        raise StageError("inspect_failed", stage="inspect", hint="An inspector lost an image.")
    extra = dict(zip(layered, found[len(images) :], strict=True))
    return [
        Inspection((*one.findings, *_new(one.findings, extra[i].findings))) if i in extra else one
        for i, one in enumerate(found[: len(images)])
    ]


def verify_views(
    verifier: Verifier, checks: Sequence[tuple[Views, Check]], kinds: Collection[str]
) -> list[Verdict]:
    """Verify every view of every candidate; return one verdict an image."""
    every = [check for _, check in checks]
    layered = [i for i, (views, _) in enumerate(checks) if views.alpha is not None]
    every += [_over_white(*checks[i]) for i in layered]
    verdicts = verifier.verify(every, kinds)
    if len(verdicts) != len(every):
        raise StageError("verify_failed", stage="verify", hint="A verifier lost an image.")
    extra = dict(zip(layered, verdicts[len(checks) :], strict=True))
    return [_both(v, extra[i]) if i in extra else v for i, v in enumerate(verdicts[: len(checks)])]


def _over_white(views: Views, check: Check) -> Check:
    return Check(
        views.over_white(check.original),
        views.over_white(check.candidate, check.mask),
        check.mask,
        check.findings,
        check.edited,
    )


def _both(a: Verdict, b: Verdict) -> Verdict:
    reasons = tuple(dict.fromkeys((*a.reasons, *b.reasons)))
    return Verdict(reasons, a.failed | b.failed, (*a.missed, *_new(a.missed, b.missed)))


def _new(known: Sequence[Finding], others: Sequence[Finding]) -> list[Finding]:
    return [f for f in others if all(f.kind != k.kind or iou(f.box, k.box) < 0.5 for k in known)]
