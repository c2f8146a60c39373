"""What there is to see in an image: its colours, and with transparency its picture over white and black.

A picture drawn by the alpha channel alone is invisible in the colours; in white ink it is invisible over
white, in black over black. All views are inspected and verified; edits make their region opaque.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from .detectors.geometry import iou, window
from .errors import StageError
from .imaging.open import OpenedImage
from .protocols import Inspector, Verifier
from .records import Check, Finding, Inspection, Pixels, Verdict
from .taxonomy import OBJECT_KINDS, TEXT_KINDS

PAGES = (255, 0)  # white and black
# The reason when an edit did not change what is to be seen, by kind; of others it is `risk_remains`.
_UNTOUCHED = {
    **dict.fromkeys(OBJECT_KINDS, "object_remains"),
    **dict.fromkeys(TEXT_KINDS, "text_remains"),
    **{kind: f"{kind}_remains" for kind in ("face", "nudity", "code", "document")},
}
_BODIES = ("face", "person", "nudity")
STROKE = 24  # grey levels by which strokes differ from what they stand on
FLAT = 3.0  # grey levels: pixels that vary less show nobody


@dataclass(frozen=True)
class Views:
    """The (H, W, 3) RGB colours of an image, and its alpha (H, W) where not all of it is opaque."""

    rgb: Pixels = field(repr=False)
    alpha: Pixels | None = field(default=None, repr=False)

    def over(self, page: int, rgb: Pixels, opaque: Pixels | None = None) -> Pixels:
        """Return the colours `rgb` laid over a grey page by the alpha, which is full where `opaque` > 0."""
        if self.alpha is None:
            return rgb
        alpha = self.alpha if opaque is None else np.maximum(self.alpha, opaque)
        share = alpha[..., None].astype(np.uint16)
        return ((rgb * share + page * (255 - share) + 127) // 255).astype(np.uint8)


def views_of(image: OpenedImage) -> Views:
    """Return the views of an opened image."""
    alpha = image.pixels[..., 3] if image.mode == "RGBA" else None
    return Views(image.rgb, None if alpha is None or (alpha == 255).all() else alpha)


def inspect_views(inspector: Inspector, images: Sequence[Views], kinds: Collection[str]) -> list[Inspection]:
    """Inspect every view of every image; return one inspection an image."""
    layered = [i for i, v in enumerate(images) if v.alpha is not None]
    pictures = [v.rgb for v in images]
    pictures += [images[i].over(page, images[i].rgb) for page in PAGES for i in layered]
    found = inspector.inspect(pictures, kinds)
    if len(found) != len(pictures):
        raise StageError("inspect_failed", stage="inspect", hint="An inspector lost an image.")
    results = list(found[: len(images)])
    for i, extra in zip(layered * len(PAGES), found[len(images) :], strict=True):
        known = results[i].findings
        every = (*_surer(known, extra.findings), *_new(known, extra.findings))
        results[i] = replace(results[i], findings=every)
    return results


def verify_views(
    verifier: Verifier, checks: Sequence[tuple[Views, Check]], kinds: Collection[str]
) -> list[Verdict]:
    """Verify every view of every candidate; return one verdict an image.

    Whatever the verifier says, what is as it was in every view has failed: see `_as_it_was`.
    """
    layered = [i for i, (views, _) in enumerate(checks) if views.alpha is not None]
    every = [check for _, check in checks]
    every += [_over(page, *checks[i]) for page in PAGES for i in layered]
    verdicts = verifier.verify(every, kinds)
    if len(verdicts) != len(every):
        raise StageError("verify_failed", stage="verify", hint="A verifier lost an image.")
    results = list(verdicts[: len(checks)])
    for i, extra in zip(layered * len(PAGES), verdicts[len(checks) :], strict=True):
        results[i] = _both(results[i], extra)
    return [_both(verdict, _untouched(*pair)) for verdict, pair in zip(results, checks, strict=True)]


def _untouched(views: Views, check: Check) -> Verdict:
    visible = [i for i in sorted(check.edited) if not _is_read(check.findings[i])]
    if not visible:
        return Verdict()
    pages = PAGES if views.alpha is not None else ()
    seen = [check, *(_over(page, views, check) for page in pages)]
    failed = frozenset(i for i in visible if all(_as_it_was(one, one.findings[i]) for one in seen))
    reasons = dict.fromkeys(_UNTOUCHED.get(check.findings[i].kind, "risk_remains") for i in sorted(failed))
    return Verdict(tuple(reasons), failed)


def _is_read(finding: Finding) -> bool:
    """Return whether a verifier reads a line again, so that its pixels need not tell: paper stays white."""
    return finding.kind in TEXT_KINDS and bool(finding.text)


def _as_it_was(check: Check, finding: Finding) -> bool:
    """Return whether an edit left what it should have changed: most of a body, nearly all of other things.

    Paper and the light half of a code may stay what they were, but not the strokes and bars on them too.
    """
    place = window(finding.box)
    masked = check.mask[place] > 0
    if check.candidate.shape != check.original.shape or not masked.any():
        return False
    before, after = check.original[place][masked], check.candidate[place][masked]  # (N, 3)
    if is_flat(before):
        return False  # there was nothing to see: a fill may have the very colour that was there
    same = (before == after).all(axis=-1)
    if finding.kind in _BODIES:
        return bool(same.mean() > 0.5)
    ground = np.median(before, axis=0)
    strokes = (np.abs(before - ground) > STROKE).any(axis=-1)
    return bool(same.mean() > 0.7 and (same[strokes].mean() > 0.7 if strokes.any() else True))


def is_flat(pixels: Pixels) -> bool:
    """Return whether pixels (N, 3) are all about one colour."""
    return bool((pixels.std(axis=0) < FLAT).all())


def _over(page: int, views: Views, check: Check) -> Check:
    original, candidate = views.over(page, check.original), views.over(page, check.candidate, check.mask)
    return replace(check, original=original, candidate=candidate)


def _both(a: Verdict, b: Verdict) -> Verdict:
    reasons = tuple(dict.fromkeys((*a.reasons, *b.reasons)))
    return Verdict(reasons, a.failed | b.failed, (*a.missed, *_new(a.missed, b.missed)))


def _new(known: Sequence[Finding], others: Sequence[Finding]) -> list[Finding]:
    return [f for f in others if not any(_same(f, k) for k in known)]


def _same(finding: Finding, known: Finding) -> bool:
    alike = finding.kind == known.kind and finding.placed == known.placed
    return alike and iou(finding.box, known.box) >= 0.5


def _surer(known: Sequence[Finding], others: Sequence[Finding]) -> list[Finding]:
    """Return the known findings, each with the highest score that it has in any view."""
    return [replace(k, score=max([k.score, *(f.score for f in others if _same(f, k))])) for k in known]
