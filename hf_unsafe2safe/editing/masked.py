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
from .fill import FillEditor

# An ellipse inside the box grown by (sqrt(2) - 1) / 2 a side goes through the corners of the box itself:
# every pixel that the detector called a face is masked.
FACE_GROWTH = 0.22
TEXT_GROWTH = 0.25  # of the height of the line: ascenders, and the blur of compression around strokes
BOX_GROWTH = 0.1


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


def region_mask(finding: Finding, size_wh: tuple[int, int]) -> Pixels:
    """Return the (H, W) mask of a finding, 255 = repaint, grown by the share stated above."""
    if finding.kind == "face":
        return ellipse_mask(size_wh, grow_box(finding.box, FACE_GROWTH))
    if finding.outline is not None:
        (x, y), (width, height), angle = cv2.minAreaRect(np.array(finding.outline, np.float32))
        grow = 2 * max(2.0, TEXT_GROWTH * min(width, height))
        points = cv2.boxPoints(((x, y), (width + grow, height + grow), angle))
        return polygon_mask(size_wh, points.tolist())
    return box_mask(size_wh, grow_box(finding.box, BOX_GROWTH))


def masked_edit(jobs: Sequence[EditJob]) -> list[tuple[Pixels, Pixels]]:
    """Return for each job the edited RGB image and the mask of all that was allowed to change.

    Each editor gets one batch over all jobs. Fills go first: an editor that continues what is around a
    region must find safe pixels there, not a face that is filled later.

    Raises:
        StageError: An editor returned another number of images, another size or another type.
    """
    edited = [job.pixels for job in jobs]
    done = [np.zeros(job.pixels.shape[:2], np.uint8) for job in jobs]
    calls = {_call_of(a): a.editor for job in jobs for a in job.assignments}
    # By the configuration, not by what comes first in the batch: rows do not depend on their neighbours.
    ranked = sorted(calls, key=lambda k: (not isinstance(calls[k], FillEditor), k[0], k[2]))
    for key in ranked:
        rows, requests = [], []
        for row, job in enumerate(jobs):
            mine = [a.finding for a in job.assignments if _call_of(a) == key]
            mask = _joined(mine, job.pixels.shape[:2]) & ~done[row]
            if mask.any():
                rows.append(row)
                requests.append(
                    EditRequest(
                        edited[row],
                        mask,
                        job.public_caption,
                        job.edit_instruction,
                        derived_seed(job.seed, key[2]),
                    )
                )
        for row, request, result in zip(rows, requests, _call(calls[key], requests), strict=True):
            edited[row] = np.where(request.mask[..., None] > 0, result, edited[row])
            done[row] = done[row] | request.mask
    return list(zip(edited, done, strict=True))


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
