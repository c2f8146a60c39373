"""`union`: the detectors and a vision-language model. The model adds risks and takes none away.

Nothing that the model says, or that an image tells it to say, changes what the detectors found.
"""

import json
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from copy import copy
from dataclasses import replace

from ..backends.chat import ChatModel
from ..detectors.geometry import iou
from ..errors import ConfigError, StageError
from ..protocols import Inspector
from ..records import Finding, Inspection, ModelInfo, Pixels
from .joined import classified
from .local import LocalInspector
from .vlm import VlmInspector

SAME = 0.5  # IoU from which a finding of the model is one of the detectors'


class UnionInspector:
    """Find what detectors see and what a vision-language model understands.

    A row in which the model fails, fails: it is never inspected by the detectors alone.

    Args:
        model: As `VlmInspector` takes it, with its options; or a `VlmInspector`.
        detectors: Another inspector than the embedded one.

    Raises:
        ConfigError: The spec cannot work.
        MissingExtraError: A package is missing.
    """

    def __init__(
        self, model: "str | ChatModel | VlmInspector", *, detectors: Inspector | None = None
    ) -> None:
        self._vlm = model if isinstance(model, VlmInspector) else VlmInspector(model)
        self._detectors: Inspector = LocalInspector() if detectors is None else detectors

    @property
    def covers(self) -> tuple[str, ...]:
        """All that either of them covers."""
        return tuple(dict.fromkeys((*self._detectors.covers, *self._vlm.covers)))

    @property
    def asks(self) -> tuple[str, ...]:
        """The kinds that the model is asked for where a policy names them."""
        return self._vlm.asks

    @property
    def threshold(self) -> float:
        """The probability from which the model's kinds count as found."""
        return float(self._vlm.threshold)

    @property
    def models(self) -> tuple[ModelInfo, ...]:
        """The models of both."""
        return tuple(dict.fromkeys((*self._detectors.models, *self._vlm.models)))

    @property
    def counts(self) -> Counter[str]:
        """What the model did so far, see `ChatModel.counts`."""
        return self._vlm.counts

    def with_criteria(self, criteria: Mapping[str, str]) -> "UnionInspector":
        """Return this inspector with kinds of your own, which the model is asked for."""
        other = copy(self)
        other._vlm = self._vlm.with_criteria(criteria)
        return other

    def with_demographics(self) -> "UnionInspector":
        """Return this inspector with estimates of age, gender and a skin-tone proxy for every face.

        Raises:
            ConfigError: Its detectors know none.
        """
        if not hasattr(self._detectors, "with_demographics"):
            raise ConfigError("These detectors know no demographics.", hint="Use the embedded ones.")
        other = copy(self)
        other._detectors = self._detectors.with_demographics()
        return other

    def fingerprint(self) -> str:
        """Return what changes when its findings would."""
        method = getattr(self._detectors, "fingerprint", None)
        parts = [method() if callable(method) else "", [[m.name, m.revision] for m in self._detectors.models]]
        return json.dumps(["union-1", type(self._detectors).__qualname__, *parts, self._vlm.fingerprint()])

    def inspect(self, images: Sequence[Pixels], kinds: Collection[str]) -> list[Inspection]:
        """Return what the detectors found in each image, first and as it is, then what the model adds.

        Raises:
            StageError: The model failed, or one of the two lost an image.
        """
        seen, more = self._detectors.inspect(images, kinds), self._vlm.inspect(images, kinds)
        if len(seen) != len(images) or len(more) != len(images):
            raise StageError("inspect_failed", stage="inspect", hint="An inspector lost an image.")
        return [_joined(*pair) for pair in zip(seen, more, strict=True)]


def _joined(seen: Inspection, more: Inspection) -> Inspection:
    """Return what the detectors found, at the place where they found it, and what the model adds.

    What both found counts with the higher score: the policy may edit it for the surer of the two only.
    """
    found = list(seen.findings)
    for finding in more.findings:
        known = next((i for i, f in enumerate(seen.findings) if _same(finding, f)), None)
        if known is None:
            found.append(finding)
        elif finding.score > found[known].score:
            found[known] = replace(found[known], score=finding.score)
    return Inspection(tuple(classified(found)), seen.objects)


def _same(finding: Finding, known: Finding) -> bool:
    return finding.placed and finding.kind == known.kind and iou(finding.box, known.box) >= SAME
