"""Edit until the verifier agrees, or give up: the loop in which nothing slips through.

Every region starts with the first editor of its chain. What the verifier still recognises moves on:
first to one more seed where the editor is stochastic, then to the next editor, at last to `fill`. What
the verifier finds that inspection missed joins the regions. A row that `fill` cannot make safe is
rejected.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ..detectors.geometry import iou
from ..editing.fill import FillEditor
from ..editing.masked import Assignment, EditJob, generates, masked_edit
from ..errors import StageError
from ..inspection.joined import classified
from ..policy import Policy
from ..protocols import Editor, Verifier
from ..records import Check, Finding, Pixels, PublicCaption, Verdict
from ..taxonomy import REASONS
from ..timing import Seconds
from ..views import Views, verify_views
from .common import consented

MAX_ATTEMPTS = 8  # the last of them is the end of every chain
Step = tuple[Editor, int]  # an editor and how many of its seeds were used before


@dataclass
class Draft:
    """A row on its way: what was found, how far each region has moved, what it looks like now."""

    views: Views
    findings: list[Finding]
    public_caption: PublicCaption
    edit_instruction: str
    seed: int
    target_caption: str = ""  # both texts in one, for editors that take a single text
    private_caption: str = field(default="", repr=False)  # for editors on this machine that take it
    steps: dict[int, int] = field(default_factory=dict)  # finding -> position in its chain
    attempts: int = 0
    pixels: Pixels | None = field(default=None, repr=False)  # (H, W, 3) RGB, set by the first attempt
    mask: Pixels | None = field(default=None, repr=False)
    guarded: set[str] = field(default_factory=set)  # what the leak guard replaced in the public texts
    rejected: str = ""  # a reason once no edit passed


class Chain:
    """The editors of each kind, in the order in which they are tried."""

    def __init__(
        self,
        editors: Mapping[str, Sequence[Editor]],
        policy: Policy,
        verifier: Verifier,
        kinds: Sequence[str] | None = None,
        seconds: Seconds | None = None,
    ) -> None:
        """Join what a run needs; `kinds` are those to verify, None for all that the policy edits."""
        self.policy, self.verifier, self._seconds = policy, verifier, seconds or Seconds()
        self._kinds = tuple(policy.scores if kinds is None else kinds)
        last = next((e for es in editors.values() for e in es if isinstance(e, FillEditor)), FillEditor())
        self._steps = {kind: _steps(chain, last) for kind, chain in editors.items()}
        every = [editor for steps in self._steps.values() for editor, _ in steps]
        self._order = {id(editor): rank for rank, editor in reversed(list(enumerate(every)))}
        self.counts: Counter[str] = Counter()  # see `Sanitizer.effort`

    def run(self, drafts: Sequence[Draft]) -> None:
        """Edit and verify the drafts in place, each until it passes or is rejected."""
        for draft in drafts:
            draft.steps = {i: 0 for i, f in enumerate(draft.findings) if self._edits(f)}
            draft.rejected = "whole_image" if any(map(self.policy.withholds, draft.findings)) else ""
        open_drafts = [draft for draft in drafts if not draft.rejected]
        while open_drafts:
            with self._seconds.of("edit"):
                self._edit(open_drafts)
            with self._seconds.of("verify"):
                verdicts = verify_views(self.verifier, self._checks(open_drafts), self._kinds)
            pairs = list(zip(open_drafts, verdicts, strict=True))
            open_drafts = [draft for draft, verdict in pairs if self._goes_on(draft, verdict)]

    def _edits(self, finding: Finding) -> bool:
        return self.policy.action(finding) == "edited"

    def _edit(self, drafts: Sequence[Draft]) -> None:
        jobs = []
        for draft in drafts:
            assignments = tuple(
                self._assignment(draft.findings[i], position) for i, position in sorted(draft.steps.items())
            )
            jobs.append(
                EditJob(
                    draft.views.rgb,
                    assignments,
                    draft.public_caption,
                    draft.edit_instruction,
                    draft.seed,
                    draft.target_caption,
                    draft.private_caption,
                )
            )
        for draft, (pixels, mask) in zip(drafts, masked_edit(jobs), strict=True):
            draft.pixels, draft.mask = pixels, mask
            draft.attempts += 1
            self.counts["attempts"] += bool(draft.steps)

    def _assignment(self, finding: Finding, position: int) -> Assignment:
        editor, retry = self._steps[finding.kind][position]
        return Assignment(finding, editor, retry, self._order[id(editor)])

    def _checks(self, drafts: Sequence[Draft]) -> list[tuple[Views, Check]]:
        return [
            (
                d.views,
                Check(
                    d.views.rgb,
                    _set(d.pixels),
                    _set(d.mask),
                    tuple(d.findings),
                    frozenset(d.steps),
                    frozenset(i for i in d.steps if self._generates(d, i)),
                ),
            )
            for d in drafts
        ]

    def _generates(self, draft: Draft, index: int) -> bool:
        editor, _ = self._steps[draft.findings[index].kind][draft.steps[index]]
        return generates(editor)

    def _goes_on(self, draft: Draft, verdict: Verdict) -> bool:
        """Take in a verdict; return whether there is something left to try.

        What failed moves to its next step. What was missed joins the findings, and with it others may
        become what the policy edits: the name tag of a face that is found late.
        """
        late = [f for f in verdict.missed if not consented(f, draft.findings)]
        draft.findings += [f for f in late if self._edits(f) or not _known(f, draft.findings)]
        for i, finding in enumerate(classified(draft.findings)):
            if i not in draft.steps:
                draft.findings[i] = finding
        fresh = {i for i, f in enumerate(draft.findings) if i not in draft.steps and self._edits(f)}
        failed = verdict.failed
        # A reason without a place counts against the row; one for what is only labelled does not.
        reasons = [r for r in verdict.reasons if not (r.endswith("_missed") and verdict.missed)]
        if not fresh and not failed and not reasons:
            return False
        # Only known reasons are counted or published: a verifier of someone else may say anything.
        self.counts.update(f"refused:{reason}" for reason in set(verdict.reasons) & set(REASONS))
        draft.rejected = next((r for r in verdict.reasons if r in REASONS), "whole_image")
        if not fresh and not failed:
            failed = frozenset(draft.steps)  # the whole row is wrong, for example changed outside the mask
        if draft.attempts >= MAX_ATTEMPTS or not (fresh or failed):
            return False
        final = draft.attempts == MAX_ATTEMPTS - 1  # only the end of the chains will do
        for i in failed:
            steps = self._steps.get(draft.findings[i].kind, ())
            step = draft.steps.get(i, -1) + 1
            if step >= len(steps):
                return False
            draft.steps[i] = len(steps) - 1 if final else step
            self.counts["retried" if steps[draft.steps[i]][1] else "fell_back"] += 1
        for i in fresh:
            draft.steps[i] = len(self._steps[draft.findings[i].kind]) - 1 if final else 0
        draft.rejected = ""
        return True


def _known(finding: Finding, findings: Sequence[Finding]) -> bool:
    return any(f.kind == finding.kind and iou(f.box, finding.box) >= 0.3 for f in findings)


def _steps(chain: Sequence[Editor], last: FillEditor) -> tuple[Step, ...]:
    editors = [e for e in chain if not isinstance(e, FillEditor)] + [last]
    return tuple((editor, retry) for editor in editors for retry in range(2 if editor.stochastic else 1))


def _set(pixels: Pixels | None) -> Pixels:
    if pixels is None:
        raise StageError("edit_failed", stage="edit")
    return pixels
