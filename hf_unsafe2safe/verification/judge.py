"""`judge`: another verifier, and a vision-language model that compares generated regions with the original.

The model adds reasons and takes none away: nothing it says, or a picture tells it to say, makes a row safe.
"""

import json
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

import cv2
import numpy as np

from ..backends.chat import ChatModel, Prompt
from ..backends.opening import open_chat
from ..backends.specs import Options, number, take
from ..detectors.geometry import window
from ..errors import ConfigError, StageError
from ..imaging.masks import grow_box
from ..protocols import Verifier
from ..records import Check, Finding, ModelInfo, Pixels, Verdict
from ..texts.prompts import info, load
from .common import is_edited
from .local import LocalVerifier

THRESHOLD = 0.5
OPTIONS: Options = {"threshold": number(0, 1)}
CONTEXT = 0.5  # of the longer side of a region, on each side of it
SIDE = 448  # pixels of the longer side of a half
_GAP = 16  # white pixels between the halves


class JudgeVerifier:
    """Verify as `local` does, then ask a model about every generated region that passed.

    It sees the original beside the candidate: with `endpoint:...` both leave this machine.

    Args:
        model: `org/model[@revision]` or a folder, with options of the backend and `threshold=`;
            `endpoint:...`; or a model.
        threshold: Probability of yes, "it can still be recognised", from which an edit has failed, in
            [0, 1].
        verifier: Another one than the embedded one.

    Raises:
        ConfigError: A spec or the threshold cannot work.
        MissingExtraError: A package is missing.
    """

    def __init__(
        self, model: str | ChatModel, *, threshold: float = THRESHOLD, verifier: Verifier | None = None
    ) -> None:
        own: dict[str, Any] = {}
        if isinstance(model, str):
            model, own = take(model, OPTIONS)
        self.threshold = own.get("threshold", threshold)
        if not 0 <= self.threshold <= 1:
            raise ConfigError(f"threshold must be a number from 0 to 1, got {self.threshold!r}.")
        self._chat = open_chat(model, images=True, feature="Verifier 'judge'")
        self._verifier: Verifier = LocalVerifier() if verifier is None else verifier

    @property
    def models(self) -> tuple[ModelInfo, ...]:
        """Those of the other verifier, the model and its prompt."""
        return (*self._verifier.models, *self._chat.models, *info("judge"))

    @property
    def counts(self) -> Counter[str]:
        """What the model did so far, see `ChatModel.counts`."""
        return self._chat.counts

    def fingerprint(self) -> str:
        """Return what changes when its verdicts would."""
        method = getattr(self._verifier, "fingerprint", None)
        inner = [type(self._verifier).__qualname__, method() if callable(method) else ""]
        return json.dumps(["judge-1", self._chat.fingerprint(), self.threshold, *inner])

    def verify(self, checks: Sequence[Check], kinds: Collection[str]) -> list[Verdict]:
        """Return the verdicts of the other verifier, and `judge_remains` for what the model recognises.

        Raises:
            StageError: The model failed in another way than by its answer, or a check was lost.
        """
        verdicts = self._verifier.verify(checks, kinds)
        if len(verdicts) != len(checks):
            raise StageError("verify_failed", stage="verify", hint="A verifier lost an image.")
        asked = [
            (row, i)
            for row, (check, verdict) in enumerate(zip(checks, verdicts, strict=True))
            if not _goes_back(verdict)
            for i in sorted(check.generated)
            if is_edited(check, check.findings[i])
        ]
        answers = self._chat.decide([_question(checks[row], i) for row, i in asked]) if asked else []
        if len(answers) != len(asked):
            raise StageError("verify_failed", stage="verify", hint="A model lost a question.")
        failed: dict[int, set[int]] = {}
        for (row, i), answer in zip(asked, answers, strict=True):
            if self._remains(answer):
                failed.setdefault(row, set()).add(i)
        return [
            _added(verdict, failed[row]) if row in failed else verdict for row, verdict in enumerate(verdicts)
        ]

    def _remains(self, answer: float | StageError) -> bool:
        if isinstance(answer, StageError):
            if answer.reason != "unreadable_reply":
                raise answer
            return True
        # Not `>=`: what is no probability makes nothing safe.
        return not 0 <= answer < self.threshold


def _goes_back(verdict: Verdict) -> bool:
    """Return whether a candidate is edited again anyhow: what was missed may be nothing to edit."""
    return bool(verdict.failed or (verdict.reasons and not verdict.missed))


def _added(verdict: Verdict, failed: Collection[int]) -> Verdict:
    return replace(verdict, reasons=(*verdict.reasons, "judge_remains"), failed=verdict.failed | set(failed))


def _question(check: Check, i: int) -> Prompt:
    text = (
        "Can what was private on the left be recognised on the right, or is it still there? Answer yes or no."
    )
    return Prompt(load("judge").text, text, side_by_side(check, check.findings[i]), max_new_tokens=1)


def side_by_side(check: Check, finding: Finding) -> Pixels:
    """Return a region with what is around it, in the original and in the candidate, (h, w, 3) uint8 RGB.

    Both halves have the same size, `SIDE` pixels on the longer side, whatever size the region has.
    """
    x1, y1, x2, y2 = finding.box
    around = CONTEXT * max(x2 - x1, y2 - y1)
    size_wh = (check.mask.shape[1], check.mask.shape[0])
    place = window(grow_box((x1 - around, y1 - around, x2 + around, y2 + around), 0, size_wh))
    left, right = (_sized(pixels[place]) for pixels in (check.original, check.candidate))
    gap = np.full((left.shape[0], _GAP, 3), 255, np.uint8)
    return np.concatenate([left, gap, right], axis=1)


def _sized(pixels: Pixels) -> Pixels:
    height, width = pixels.shape[:2]
    scale = SIDE / max(height, width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(pixels, size, interpolation=method), np.uint8)
