"""The masked edit: findings to masks, masks to requests, results back into the image.

Only pixels inside a mask change; everything else is copied from the image as it was opened, whatever
an editor returned there.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np

from ..errors import StageError
from ..imaging.masks import box_mask, ellipse_mask, grow_box, polygon_mask
from ..protocols import Editor
from ..records import EditRequest, Finding, Pixels, PublicCaption
from ..taxonomy import TEXT_KINDS
from .fill import FillEditor
from .inpaint import InpaintEditor

# An ellipse inside the box grown by (sqrt(2) - 1) / 2 a side goes through the corners of the box itself:
# every pixel that the detector called a face is masked.
FACE_GROWTH = 0.22
TEXT_GROWTH = 0.25  # of the height of the line: ascenders, and the blur of compression around strokes
CODE_GROWTH = 0.05  # of the side: a sliver of bars could still be read
BODY_GROWTH = 0.03  # of the box: hair and the edge of clothes
BOX_GROWTH = 0.1
TURNED = (*TEXT_KINDS, "code", "document")  # their outline is a turned rectangle, that of others a shape


@dataclass(frozen=True)
class Assignment:
    """Which editor rewrites which finding.

    Args:
        finding: What is rewritten.
        editor: By whom.
        retry: How many seeds that editor has used up on it.
        order: The editor's place among all: where regions touch, the earlier one edits first.
    """

    finding: Finding
    editor: Editor
    retry: int = 0
    order: int = 0


@dataclass(frozen=True)
class EditJob:
    """All edits of one image; `pixels` is (H, W, 3) uint8 RGB."""

    pixels: Pixels = field(repr=False)
    assignments: tuple[Assignment, ...]
    public_caption: PublicCaption
    edit_instruction: str
    seed: int
    target_caption: str = ""
    private_caption: str = field(default="", repr=False)  # for editors with `sees_private` only


def region_mask(finding: Finding, size_wh: tuple[int, int]) -> Pixels:
    """Return the (H, W) mask of a finding, 255 = repaint, grown by the share stated above."""
    if finding.kind == "face":
        return ellipse_mask(size_wh, grow_box(finding.box, FACE_GROWTH))
    if finding.outline is None:
        return box_mask(size_wh, grow_box(finding.box, BOX_GROWTH))
    if finding.kind not in TURNED:
        x1, y1, x2, y2 = finding.box
        around = max(1, round(BODY_GROWTH * max(x2 - x1, y2 - y1)))
        kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * around + 1, 2 * around + 1))
        return np.asarray(cv2.dilate(polygon_mask(size_wh, finding.outline), kernel), np.uint8)
    (x, y), (width, height), angle = cv2.minAreaRect(np.array(finding.outline, np.float32))
    share = CODE_GROWTH if finding.kind == "code" else TEXT_GROWTH
    grow = 2 * max(2.0, share * min(width, height))
    return polygon_mask(size_wh, cv2.boxPoints(((x, y), (width + grow, height + grow), angle)).tolist())


def region_within(finding: Finding, mask: Pixels) -> Pixels:
    """Return what of a finding's own mask lies in another one, (H, W)."""
    return np.bitwise_and(region_mask(finding, (mask.shape[1], mask.shape[0])), mask)


def masked_edit(jobs: Sequence[EditJob]) -> list[tuple[Pixels, Pixels]]:
    """Return for each job the edited RGB image and the mask of all that was allowed to change.

    Each editor gets one batch over all jobs. It sees the pixels of its own regions; those of others are
    edited or filled by then, so that what takes colours from around a region finds safe ones there. Fills go
    first and inpainting last. A generative editor sees others' regions filled only: nobody has verified yet
    what another one made there.

    Raises:
        StageError: An editor returned another number of images, another size or another type.
    """
    filled = [_prefilled(job) for job in jobs]
    edited = list(filled)
    done = [np.zeros(job.pixels.shape[:2], np.uint8) for job in jobs]
    calls = {_call_of(a): a.editor for job in jobs for a in job.assignments}
    # By the configuration, not by what comes first in the batch: rows do not depend on their neighbours.
    ranked = sorted(calls, key=lambda k: (_turn(calls[k]), k[0], k[2]))
    for key in ranked:
        rows, requests = [], []
        for row, job in enumerate(jobs):
            mine = [a.finding for a in job.assignments if _call_of(a) == key]
            mask = _joined(mine, job.pixels.shape[:2]) & ~done[row]
            if mask.any():
                rows.append(row)
                around = filled[row] if generates(calls[key]) else edited[row]
                pixels = np.where(mask[..., None] > 0, job.pixels, around)
                requests.append(_request(job, pixels, mask, mine, calls[key], key[2]))
        for row, request, result in zip(rows, requests, _call(calls[key], requests), strict=True):
            edited[row] = np.where(request.mask[..., None] > 0, result, edited[row])
            done[row] = done[row] | request.mask
    return list(zip(edited, done, strict=True))


def _request(
    job: EditJob, pixels: Pixels, mask: Pixels, findings: Sequence[Finding], editor: Editor, retry: int
) -> EditRequest:
    return EditRequest(
        pixels,
        mask,
        job.public_caption,
        job.edit_instruction,
        derived_seed(job.seed, retry),
        job.target_caption if getattr(editor, "one_text", False) else "",
        job.private_caption if getattr(editor, "sees_private", False) else "",
        tuple(findings),
        retry,
    )


def generates(editor: Editor) -> bool:
    """Return whether an editor makes something new, which may be a copy; one that does not say does."""
    return bool(getattr(editor, "generative", True))


def _prefilled(job: EditJob) -> Pixels:
    """Return the image with all regions filled where several editors share it."""
    if len({_call_of(a) for a in job.assignments}) < 2:
        return job.pixels
    mask = _joined([a.finding for a in job.assignments], job.pixels.shape[:2])
    request = EditRequest(job.pixels, mask, job.public_caption, job.edit_instruction, job.seed)
    return FillEditor().edit([request])[0]


def _turn(editor: Editor) -> int:
    """Return when an editor's turn is: what continues its surroundings comes last."""
    return 0 if isinstance(editor, FillEditor) else 2 if isinstance(editor, InpaintEditor) else 1


def _call_of(assignment: Assignment) -> tuple[int, int, int]:
    return assignment.order, id(assignment.editor), assignment.retry


def derived_seed(seed: int, retry: int) -> int:
    """Return the seed of a retry: the row's own first, then others that depend on nothing else."""
    return (seed + retry * 0x9E3779B97F4A7C15) % 2**63


def _joined(findings: Sequence[Finding], shape: tuple[int, ...]) -> Pixels:
    mask = np.zeros(shape[:2], np.uint8)
    for finding in findings:
        mask |= region_mask(finding, (shape[1], shape[0]))
    return mask


def _call(editor: Editor, requests: Sequence[EditRequest]) -> list[Pixels]:
    if not requests:
        return []
    results = editor.edit(requests)
    if len(results) != len(requests) or any(
        not isinstance(out, np.ndarray) or out.shape != r.pixels.shape or out.dtype != np.uint8
        for out, r in zip(results, requests, strict=False)
    ):
        raise StageError(
            "edit_failed", stage="edit", hint="An editor changed the number, size or type of the images."
        )
    return results
