"""The last step of the path: what becomes of a row, and the bytes of its safe image."""

import hashlib
import re
from dataclasses import replace

from .config import Config, package_version
from .errors import StageError
from .imaging.encode import encode
from .imaging.masks import composite, edited_fraction
from .imaging.open import OpenedImage
from .policy import Policy
from .records import Captions, Inspection, Private, Provenance, Record, Region, Status, failed_record
from .rowwise import known_reason
from .stages import Stages
from .taxonomy import RISK_GROUPS
from .texts.guard import GUARDS, public_captions, public_instructions
from .verification.chain import Draft

_NAME = re.compile(r"[a-z0-9][a-z0-9_.:-]{0,63}")  # of a detector; nothing that could be a sentence


class Recorder:
    """Writes records for one config."""

    def __init__(self, config: Config, stages: Stages) -> None:
        self.config, self.models = config, stages.models
        self.digest = config.digest(stages.models, stages.fingerprint)

    def seed(self, image: OpenedImage) -> int:
        """Return the seed of a row, from the config's seed and the image alone, in [0, 2**63)."""
        mixed = hashlib.sha256(f"{self.config.seed}:{image.sha256}".encode()).digest()
        return int.from_bytes(mixed[:8], "big") % 2**63

    def finished(self, image: OpenedImage, draft: Draft, captions: Captions) -> Record:
        """Return the record of a draft that the chain is done with."""
        status: Status
        kept = sum(f.consented and f.kind == "face" for f in draft.findings)
        if draft.rejected or draft.pixels is None or draft.mask is None:
            status, reason, safe, fraction = "rejected", draft.rejected or "whole_image", None, 0.0
        elif draft.steps:
            pixels = composite(image.pixels, draft.pixels, draft.mask)
            safe = encode(pixels, encoding=self.config.encoding, icc=image.icc)
            status, reason, fraction = "edited", "edited_and_verified", edited_fraction(draft.mask)
        else:
            safe = image.kept or encode(image.pixels, encoding=self.config.encoding, icc=image.icc)
            status, reason, fraction = "safe", "kept_by_consent" if kept else "nothing_to_edit", 0.0
        # Once more, now with what the verifier read.
        everything = [Inspection(tuple(draft.findings), context=image.context)]
        (caption,), (guard,) = public_captions([replace(captions, public=draft.public_caption)], everything)
        (instruction,), (other,) = public_instructions(
            [draft.edit_instruction], everything, invents=self.config.demographics
        )
        draft.guarded |= {*guard, *other}
        regions = _regions(draft, self.config.policy)
        found = {region.label for region in regions}
        return Record(
            status=status,
            flag=self.config.policy.flags(draft.findings),
            labels=tuple(group for group in RISK_GROUPS if group in found),
            regions=regions,
            public_caption=caption,
            edit_instruction=instruction if draft.steps else None,
            # The seed comes from the image's hash: without an image it would only tell who was here.
            provenance=self._provenance(
                reason, draft.seed if safe else 0, draft.attempts if draft.steps else 0, fraction, kept
            ),
            image=safe,
            private=_private(image, draft, captions),
        )

    def failed(self, error: StageError, image: OpenedImage | None = None) -> Record:
        """Return the record of a row whose stage raised: risky, and without an image."""
        private = _opened(image) if image else Private()
        return failed_record(self._provenance(known_reason(error), 0, 0, 0.0, 0), private)

    def _provenance(self, reason: str, seed: int, attempts: int, fraction: float, kept: int) -> Provenance:
        return Provenance(self.digest, package_version(), self.models, seed, attempts, fraction, reason, kept)


def _regions(draft: Draft, policy: Policy) -> tuple[Region, ...]:
    return tuple(
        Region(
            label=policy.group(finding.kind),
            kind=finding.kind,
            score=finding.score,
            box=_whole(finding.box),
            source=finding.source if _NAME.fullmatch(finding.source) else "other",
            action="kept" if finding.consented else "edited" if i in draft.steps else "labelled",
        )
        for i, finding in enumerate(draft.findings)
    )


def _whole(box: tuple[float, float, float, float]) -> tuple[int, int, int, int]:
    x1, y1, x2, y2 = (round(v) for v in box)
    return x1, y1, x2, y2


def _private(image: OpenedImage, draft: Draft, captions: Captions) -> Private:
    read = tuple((f.kind, f.text) for f in draft.findings if f.text)
    items = tuple((f.kind, f.item, f.why or "") for f in draft.findings if f.item)
    estimates = tuple((f.box, f.estimates) for f in draft.findings if f.estimates)
    guarded = tuple(name for name in GUARDS if name in draft.guarded)
    return replace(
        _opened(image),
        private_caption=captions.private,
        read_text=read,
        items=items,
        estimates=estimates,
        guarded=guarded,
    )


def _opened(image: OpenedImage) -> Private:
    return Private(
        image.sha256,
        metadata_kinds=image.metadata_kinds,
        orientation=image.orientation,
        size_wh=image.size_wh,
    )
