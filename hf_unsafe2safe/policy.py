"""Which findings are edited and which are only labelled."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from .criteria import check_criteria
from .errors import ConfigError, UnknownNameError
from .records import Action, Finding
from .taxonomy import (
    CUSTOM,
    FAMILIES,
    GENERAL,
    GROUP_KINDS,
    KIND_GROUP,
    KINDS,
    OBJECT_KINDS,
    PERSONAL_TEXT,
    TEXT_KINDS,
)

# CenterFace at 0.35: all clearly visible faces of 20 photos, no false alarm on 23 without faces.
# A line that reads as a phone number or a name is edited however badly it was read (0.3 is the reader's
# own floor), and so are words on a person; plain words from 0.5, under which RapidOCR calls a line unread.
# Nudity from 0.2: what Yahoo calls unsure is risky here. Objects from the detector's own floor.
_SCORE = {
    **dict.fromkeys(KINDS, 0.5),
    **dict.fromkeys(PERSONAL_TEXT, 0.3),
    **dict.fromkeys(OBJECT_KINDS, 0.3),
    "face": 0.35,
    "nudity": 0.2,
}
WHOLE_IMAGE = ("edit", "reject", "label")


@dataclass(frozen=True)
class Policy:
    """What the user wants edited.

    A kind that is in neither list is still recorded as a region and in `risk_labels`; it just does not
    raise `privacy_flag`.

    Args:
        name: For the manifest and the card.
        edit: Kind -> lowest score from which a finding is edited, in [0, 1].
        label: Kinds that raise `privacy_flag` without being edited.
        criteria: Kinds of your own -> what to look for, in plain language, for inspectors that understand
            it: `{"company_logos": "logos of companies"}`. Edited from 0.5 where `edit` and `label` do not
            name them.
        whole_image: What becomes of a risk of which nobody knows the place: `edit` rewrites the whole
            image, `reject` withholds it, `label` only labels what the inspector could at least name.

    Raises:
        UnknownNameError: A kind is neither in `taxonomy.KINDS` nor in `criteria`.
        ConfigError: A score is outside [0, 1], no kind is named at all, or a criterion cannot be asked.

    Example:
        >>> policy = Policy("mine", edit={"face": 0.5})
        >>> policy.action(Finding("face", 0.6, (0, 0, 9, 9), "any"))
        'edited'
    """

    name: str
    edit: Mapping[str, float]
    label: tuple[str, ...] = ()
    criteria: Mapping[str, str] = field(default_factory=dict, repr=False)  # they may name somebody
    whole_image: str = "edit"

    def __post_init__(self) -> None:
        """Check the names and the scores, and sort them: two equal policies have one digest."""
        check_criteria(self.criteria)
        if self.whole_image not in WHOLE_IMAGE:
            raise ConfigError(
                f"Policy '{self.name}': whole_image cannot be {self.whole_image!r}.",
                hint=f"It is one of {', '.join(WHOLE_IMAGE)}.",
            )
        own = {kind: 0.5 for kind in self.criteria if kind not in (*self.edit, *self.label)}
        object.__setattr__(self, "edit", {**self.edit, **own})
        object.__setattr__(self, "criteria", {k: self.criteria[k] for k in sorted(self.criteria)})
        if not self.edit and not self.label:
            raise ConfigError(
                f"Policy '{self.name}' names no kind: every image would be called safe.",
                hint="Name at least one in edit or label.",
            )
        for kind in (*self.edit, *self.label):
            if kind not in KINDS and kind not in self.criteria:
                raise UnknownNameError(
                    f"Policy '{self.name}' names an unknown kind: {kind}.",
                    hint=f"Known kinds: {', '.join(KINDS)}.",
                )
        for kind, score in self.edit.items():
            # YAML's `face: true` is no score: as 1.0 it would let every face pass.
            if isinstance(score, bool) or not isinstance(score, int | float) or not 0 <= score <= 1:
                raise ConfigError(
                    f"Policy '{self.name}': the score of {kind} must be a number in [0, 1], got {score!r}."
                )
        object.__setattr__(self, "edit", {k: float(self.edit[k]) for k in sorted(self.edit)})
        object.__setattr__(self, "label", tuple(sorted(self.label)))

    @property
    def kinds(self) -> tuple[str, ...]:
        """Every kind that this policy names: what an inspector must look for."""
        return tuple(sorted({*self.edit, *self.label}))

    @cached_property
    def scores(self) -> dict[str, float]:
        """Every kind that is edited and its lowest score: those of `edit`, and finer kinds that none names.

        A policy that edits `private_text` edits a phone number, one that edits `person` a face. A code is
        text only where no kind of text is named more exactly.
        """
        exact = not set(self.kinds).isdisjoint(set(TEXT_KINDS) - {"private_text"})
        finer = {k: self.edit[g] for k, g in GENERAL.items() if g in self.edit and k not in self.kinds}
        if exact:
            finer.pop("code", None)
        return {**self.edit, **finer}

    def action(self, finding: Finding) -> Action:
        """Return what happens to a finding; what its person consented to is never edited.

        With `whole_image="label"` only what is named and has no place stays: of what nobody could name,
        nobody knows either whether it has one.
        """
        if finding.consented:
            return "kept"
        if not finding.placed and finding.item and self.whole_image == "label":
            return "labelled"
        lowest = self.scores.get(finding.kind)
        # Not `>=`: a score that is no number is edited.
        return "labelled" if lowest is None or finding.score < lowest else "edited"

    def withholds(self, finding: Finding) -> bool:
        """Return whether a finding alone is a reason to publish no image."""
        return not finding.placed and self.whole_image == "reject" and self.action(finding) == "edited"

    def group(self, kind: str) -> str:
        """Return the risk group of a kind; that of the user's own kinds is `custom`.

        Raises:
            KeyError: An inspector found a kind that nobody knows.
        """
        return CUSTOM if kind in self.criteria else KIND_GROUP[kind]

    def flags(self, findings: Iterable[Finding]) -> bool:
        """Return whether any finding is of a kind that this policy names."""
        return any(not {f.kind, GENERAL.get(f.kind)}.isdisjoint(self.kinds) for f in findings)

    def uncovered(self, covers: Iterable[str], *, allow: bool = False) -> tuple[str, ...]:
        """Return the kinds of this policy that no inspector looks for.

        Args:
            covers: The kinds that are looked for.
            allow: Return them instead of raising, unless nothing at all would be looked for.

        Raises:
            ConfigError: There are such kinds; the message lists them.
        """
        missing = tuple(kind for kind in self.kinds if kind not in set(covers))
        if missing and (not allow or missing == self.kinds):
            groups = set(GROUP_KINDS.values()) <= set(covers)  # a vision-language model alone
            cure = "Use the policy 'groups', or the inspector union with its detectors. " if groups else ""
            raise ConfigError(
                f"Policy '{self.name}' names kinds that the inspector does not cover: {', '.join(missing)}.",
                hint=f"{cure}Covered: {', '.join(sorted(covers))}. Remove the others, add an inspector for "
                "them, or pass allow_uncovered=True to have them recorded as not inspected.",
            )
        return missing

    def as_dict(self) -> dict[str, Any]:
        """Return the policy as plain values, for digest, manifest and YAML."""
        return {
            "name": self.name,
            "edit": dict(self.edit),
            "label": list(self.label),
            "criteria": dict(self.criteria),
            "whole_image": self.whole_image,
        }


def _edits(*kinds: str) -> dict[str, float]:
    return {kind: _SCORE[kind] for kind in kinds}


_DEFAULT = ("face", *PERSONAL_TEXT, "code", "nudity")
POLICIES: dict[str, Policy] = {
    "default": Policy("default", _edits(*_DEFAULT), label=("text", "document", *OBJECT_KINDS)),
    "faces": Policy("faces", _edits("face")),
    "text": Policy("text", _edits(*TEXT_KINDS)),
    "people": Policy("people", _edits(*_DEFAULT, "person"), label=("text", "document", "vehicle", "screen")),
    # All nine risk groups of the paper, whole.
    "strict": Policy("strict", _edits(*KINDS)),
    # The nine risk groups as an inspector that understands scenes tells them, and nothing finer.
    "groups": Policy("groups", _edits(*GROUP_KINDS.values())),
}


def resolve_policy(value: "str | Policy | Mapping[str, Any]") -> Policy:
    """Return the policy that a name, an object or a mapping (as in YAML) stands for.

    In a mapping, `edit` is a list of kinds or a mapping of kinds to scores; `personal_text` and
    `all_text` stand for all kinds of that family. `criteria` and `whole_image` are those of `Policy`.

    Raises:
        UnknownNameError: No such policy, key or kind.
        ConfigError: The value is of another type.
    """
    if isinstance(value, Policy):
        return value
    if isinstance(value, str):
        if value not in POLICIES:
            raise UnknownNameError(f"Unknown policy '{value}'.", hint=f"Known: {', '.join(POLICIES)}.")
        return POLICIES[value]
    if not isinstance(value, Mapping):
        raise ConfigError(f"policy must be a name, a Policy or a mapping, got {type(value).__name__}.")
    known = ("name", "edit", "label", "criteria", "whole_image")
    if unknown := sorted(map(str, set(value) - set(known))):
        raise UnknownNameError(
            f"Unknown keys in policy: {', '.join(unknown)}.", hint=f"Known: {', '.join(known)}."
        )
    criteria = value.get("criteria") or {}
    check_criteria(criteria)
    edit, label = (_expand(key, value.get(key) or {}) for key in ("edit", "label"))
    scores = {kind: _SCORE.get(kind, 0.5) if score is None else score for kind, score in edit.items()}
    whole_image = value.get("whole_image", "edit")
    return Policy(str(value.get("name", "custom")), scores, tuple(label), criteria, whole_image)


def _expand(key: str, names: Any) -> dict[str, Any]:
    """Return kinds and scores; what is said of a kind by its own name goes before what its family says."""
    given = names if isinstance(names, Mapping) else {}
    if isinstance(names, list | tuple) and all(isinstance(name, str) for name in names):
        given = dict.fromkeys(names)
    if not given and names:
        raise ConfigError(
            f"policy: {key} must be a list of kinds or a mapping of kinds to scores, got {names!r}."
        )
    families = {kind: given[name] for name in given if name in FAMILIES for kind in FAMILIES[name]}
    return {**families, **{name: given[name] for name in given if name not in FAMILIES}}
