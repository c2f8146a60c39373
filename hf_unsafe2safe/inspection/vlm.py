"""`vlm`: a vision-language model that says whether an image holds each kind of risk, then what and where.

Unsure means risky: a decision that cannot be read counts as yes, and a list that cannot be read makes the
whole image the place of every risk that was decided.
"""

import json
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from copy import copy
from typing import Any

from ..backends.chat import ChatModel
from ..backends.opening import open_chat
from ..backends.specs import Options, number, one_of, take
from ..errors import ConfigError, StageError
from ..records import Finding, Inspection, ModelInfo, Pixels
from ..taxonomy import KINDS
from ..texts.asking import ask, settled, unreadable
from ..texts.prompts import info
from ..texts.prose import is_answer
from .items import Item, place, read_items
from .located import Locator, Segmenter, located, outlined
from .questions import PROMPTS, decision, groups, listing

NAME = "vlm"
THRESHOLD = 0.3  # no policy of ours edits from less; from 0.5 most kinds are edited
LISTED = 0.5  # at least the score of what the model lists, having looked for it
FEATURE = "Inspector 'vlm'"
OPTIONS: Options = {
    "threshold": number(0, 1),
    "boxes": one_of("thousandths", "none"),
    "locator": str,
    "masks": str,
}

Scores = dict[str, float]  # kind -> probability of yes


class VlmInspector:
    """Find what only somebody who understands the scene can: one kind for each risk group of the paper.

    A model that answers in pixels instead of thousandths puts boxes in wrong places, see `items.place`: for
    it, and for any of which that is not known, say `boxes="none"`.

    Args:
        model: `org/model[@revision]` or a folder, with options of the backend and of this stage
            (`org/model,threshold=0.4,locator=org/detector,masks=org/sam`); `endpoint:...`; or a model.
        threshold: Probability of yes from which a kind counts as found, in [0, 1]. At 0 every image is
            asked for its items.
        criteria: Kinds of your own -> what to look for, in plain language.
        boxes: `thousandths`, or `none` to use no place that the model tells.
        locator: Looks for what the model names without a place: a zero-shot detector. None leaves such
            risks without a place.
        masks: Draws the outline of what is in a box: a model like SAM 2. None leaves the boxes.

    Raises:
        ConfigError: A spec or the threshold cannot work, or a criterion has the name of a kind.
        MissingExtraError: A package is missing.
    """

    def __init__(
        self,
        model: str | ChatModel,
        *,
        threshold: float = THRESHOLD,
        criteria: Mapping[str, str] | None = None,
        boxes: str = "thousandths",
        locator: str | Locator | None = None,
        masks: str | Segmenter | None = None,
    ) -> None:
        own: dict[str, Any] = {}
        if isinstance(model, str):
            model, own = take(model, OPTIONS)
        self.threshold = own.get("threshold", threshold)
        if not 0 <= self.threshold <= 1:
            raise ConfigError(f"threshold must be a number from 0 to 1, got {self.threshold!r}.")
        self._boxes = OPTIONS["boxes"](own.get("boxes", boxes))
        self._chat = open_chat(model, images=True, feature=FEATURE)
        self._locator = _opened_locator(own.get("locator", locator))
        self._masks = _opened_masks(own.get("masks", masks))
        self._looks = _looks(criteria or {})

    @property
    def covers(self) -> tuple[str, ...]:
        """A kind a risk group, and those of your own."""
        return tuple(self._looks)

    @property
    def asks(self) -> tuple[str, ...]:
        """The kinds that the model is asked for where a policy names them."""
        return self.covers

    @property
    def models(self) -> tuple[ModelInfo, ...]:
        """The model, its helpers and the prompts."""
        helpers = [helper for helper in (self._locator, self._masks) if helper is not None]
        return (*self._chat.models, *(model for one in helpers for model in one.models), *info(*PROMPTS))

    @property
    def counts(self) -> Counter[str]:
        """What the model did so far, see `ChatModel.counts`."""
        return self._chat.counts

    def with_criteria(self, criteria: Mapping[str, str]) -> "VlmInspector":
        """Return this inspector with kinds of your own, the same model behind it."""
        other = copy(self)
        other._looks = _looks(criteria)
        return other

    def fingerprint(self) -> str:
        """Return what changes when its findings would."""
        helpers = [None if one is None else one.fingerprint() for one in (self._locator, self._masks)]
        own = {kind: text for kind, text in self._looks.items() if kind not in groups()}
        return json.dumps(
            ["vlm-1", self._chat.fingerprint(), self.threshold, self._boxes, own, *helpers], sort_keys=True
        )

    def inspect(self, images: Sequence[Pixels], kinds: Collection[str]) -> list[Inspection]:
        """Return what the model sees of `kinds` in each image; what is not named there is not asked.

        Raises:
            StageError: The model or a helper failed.
        """
        asked = {kind: text for kind, text in self._looks.items() if kind in kinds}
        if not asked:
            return [Inspection() for _ in images]
        scores = self._decide(images, asked)
        risky = [i for i, one in enumerate(scores) if max(one.values()) >= self.threshold]
        listed = self._list([images[i] for i in risky], asked)
        found: list[list[Finding]] = [[] for _ in images]
        for i, items in zip(risky, listed, strict=True):
            found[i] = self._findings(items, scores[i], (images[i].shape[1], images[i].shape[0]))
        if self._locator is not None:
            found = located(self._locator, images, found)
        if self._masks is not None:
            found = outlined(self._masks, images, found)
        return [Inspection(tuple(one)) for one in found]

    def _decide(self, images: Sequence[Pixels], asked: Mapping[str, str]) -> list[Scores]:
        """Return the probability of yes for each kind of each image, one after the other of an image."""
        prompts = [decision(rgb, text) for rgb in images for text in asked.values()]
        answers = [_risk(answer) for answer in self._chat.decide(prompts)]
        if len(answers) != len(prompts):
            raise StageError("inspect_failed", stage="inspect", hint="A model lost a question.")
        return [
            dict(zip(asked, answers[i : i + len(asked)], strict=True))
            for i in range(0, len(answers), len(asked))
        ]

    def _list(self, images: Sequence[Pixels], asked: Mapping[str, str]) -> list[list[Item]]:
        """Return the items of each image, none where the reply cannot be read."""
        prompts = [listing(rgb, asked, self.covers) for rgb in images]
        replies = ask(self._chat, prompts, lambda _, reply: read_items(reply, self.covers), stage="inspect")
        return settled([[] if unreadable(reply) else reply for reply in replies])

    def _findings(self, items: Sequence[Item], scores: Scores, size_wh: tuple[int, int]) -> list[Finding]:
        """Return a finding an item; and one without a place for a risk of which no item tells."""
        whole = (0.0, 0.0, float(size_wh[0]), float(size_wh[1]))
        found = []
        for item in items:
            if item.kind in scores:
                told = None if self._boxes == "none" else item.box
                box, score = place(told, size_wh), max(scores[item.kind], LISTED)
                found.append(
                    Finding(
                        item.kind,
                        score,
                        box or whole,
                        NAME,
                        item=item.what if is_answer(item.what) else None,
                        why=item.why or None,
                        placed=box is not None,
                    )
                )
        named = {f.kind for f in found}
        silent = {kind: p for kind, p in scores.items() if p >= self.threshold and kind not in named}
        return [*found, *(Finding(kind, p, whole, NAME, placed=False) for kind, p in silent.items())]


def _risk(answer: float | StageError) -> float:
    """Return a probability; 1 for what is none, as the image may hold anything then.

    Raises:
        StageError: The model failed in another way than by its answer.
    """
    if isinstance(answer, StageError):
        if answer.reason != "unreadable_reply":
            raise answer
        return 1.0
    return answer if 0 <= answer <= 1 else 1.0


def _looks(criteria: Mapping[str, str]) -> dict[str, str]:
    """Return all kinds with what to look for."""
    if taken := sorted(set(criteria) & set(KINDS)):
        raise ConfigError(f"A criterion cannot have the name of a kind: {', '.join(taken)}.")
    return {**groups(), **criteria}


def _opened_locator(locator: str | Locator | None) -> Locator | None:
    if not isinstance(locator, str):
        return locator
    from ..backends.local.grounding import GroundingLocator

    return GroundingLocator(locator)


def _opened_masks(masks: str | Segmenter | None) -> Segmenter | None:
    if not isinstance(masks, str):
        return masks
    from ..backends.local.segmentation import SamSegmenter

    return SamSegmenter(masks)
