"""What the editor `stand-in` makes of faces: found again, how far from who was there, seconds.

Distances as `identity` sees them, between the face that was there and what is found in its place; under 0.6
it is the same person. Every face is edited once, with the seed of its photo: on the path what fails gets
another seed, then `fill`. With `--sheet` the faces before and after, one above the other.
"""

import argparse
import time
import zlib
from pathlib import Path

import cv2
import numpy as np
import PIL.Image

from hf_unsafe2safe.detectors import faces, identity
from hf_unsafe2safe.detectors.geometry import iou, window
from hf_unsafe2safe.editing.masked import Assignment, EditJob, masked_edit
from hf_unsafe2safe.editing.stand_in.average import average_face, pose_of
from hf_unsafe2safe.editing.stand_in.editor import StandInEditor
from hf_unsafe2safe.editing.stand_in.faces import LEAST_FACE, can_be_rewritten
from hf_unsafe2safe.editing.stand_in.mesh import meshes
from hf_unsafe2safe.imaging.cells import open_cell
from hf_unsafe2safe.records import Finding, Pixels, PublicCaption

PHOTOS = Path(__file__).parent.parent / "examples" / "photos"
CELL, ACROSS = 220, 7  # of the sheet: pixels, faces in a row


def edited(rgb: Pixels, found: list[Finding]) -> tuple[Pixels, Pixels, float]:
    """Return the edited photo, its mask, and the seconds."""
    editor = StandInEditor()
    start = time.perf_counter()
    todo = tuple(Assignment(f, editor) for f in found)
    job = EditJob(rgb, todo, PublicCaption("A photo."), "Edit.", zlib.crc32(rgb.tobytes()))
    ((out, mask),) = masked_edit([job])
    return out, mask, time.perf_counter() - start


def gaps(rgb: Pixels, out: Pixels, found: list[Finding]) -> list[float]:
    """Return the distance of each face to what is found in its place now, NaN where nothing is."""
    again = faces.find(out)
    result = []
    for face, before in zip(found, identity.embed(rgb, found), strict=True):
        there = [f for f in again if iou(f.box, face.box) > 0.3]
        after = identity.embed(out, there)
        result.append(float(identity.distance(before[None], after).min()) if there else float("nan"))
    return result


def cell(rgb: Pixels, out: Pixels, face: Finding) -> Pixels:
    """Return a face before and after, (2 * CELL, CELL, 3)."""
    x1, y1, x2, y2 = face.box
    x, y, reach = (x1 + x2) / 2, (y1 + y2) / 2, y2 - y1
    place = window((x - reach, y - reach, x + reach, y + reach))
    return np.vstack([cv2.resize(p[place], (CELL, CELL), interpolation=cv2.INTER_AREA) for p in (rgb, out)])


def main() -> None:
    """Print one line a photo and what they come to."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folders", nargs="*", type=Path, default=[PHOTOS])
    parser.add_argument("--sheet", type=Path)
    args = parser.parse_args()
    near: list[float] = []
    cells, outside = [], True
    for path in sorted(
        p for folder in args.folders for p in folder.iterdir() if p.suffix in (".jpg", ".png")
    ):
        rgb = open_cell(path).rgb
        found = faces.find(rgb)
        if not found:
            continue
        shape = average_face().shape
        out, mask, seconds = edited(rgb, found)
        outside = outside and np.array_equal(out[mask == 0], rgb[mask == 0])
        seen = meshes(rgb, found)
        ours = [can_be_rewritten(f, m, pose_of(m, shape)) for f, m in zip(found, seen, strict=True)]
        here = [gap for gap, mine in zip(gaps(rgb, out, found), ours, strict=True) if mine]
        near += here
        cells += [cell(rgb, out, f) for f in found if f.box[3] - f.box[1] >= LEAST_FACE]
        nearest = f"{np.nanmin(here):.2f}" if np.isfinite(here).any() else "-"
        times = f"{1000 * seconds / len(found):5.0f} ms a face"
        print(f"{path.name:30} faces {len(found):3}, rewritten {len(here):3}, nearest {nearest:5} {times}")
    again = np.isfinite(near)
    print(f"{len(near)} rewritten, {again.mean():.0%} found again, outside the masks the same: {outside}")
    print(f"distance to who was there: smallest {np.nanmin(near):.2f}, median {np.nanmedian(near):.2f}")
    if args.sheet:
        cells += [np.zeros_like(cells[0])] * (-len(cells) % ACROSS)
        rows = [np.hstack(cells[i : i + ACROSS]) for i in range(0, len(cells), ACROSS)]
        PIL.Image.fromarray(np.vstack(rows)).save(args.sheet)


if __name__ == "__main__":
    main()
