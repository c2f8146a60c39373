"""Who can still be linked: an attacker edits a gallery of known faces in the same way and compares.

This "parrot" attack recognises pixelated and blurred faces that no person and no face model recognises.
Probes are the faces of the photos; the gallery are other renditions of the same photos (smaller, turned,
other gamma, JPEG), a stand-in for another photo of the person. That is better for the attacker than a real
one: pose and expression are the same, and so is what lies around the face.

Source: Newton, Sweeney and Malin, Preserving privacy by de-identifying face images, 2005 ("parrot
recognition").
"""

import sys
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np

from hf_unsafe2safe.detectors import faces
from hf_unsafe2safe.editing.masked import Assignment, EditJob, masked_edit, region_mask
from hf_unsafe2safe.evaluation.privacy import parrot, renditions
from hf_unsafe2safe.evaluation.privacy.face_gaps import LEAST_FACE
from hf_unsafe2safe.evaluation.privacy.parrot import ATTACKS, Features, Mask
from hf_unsafe2safe.evaluation.privacy.ranking import rank_one
from hf_unsafe2safe.imaging.cells import open_cell
from hf_unsafe2safe.imaging.masks import box_mask, grow_box
from hf_unsafe2safe.protocols import Editor
from hf_unsafe2safe.records import Finding, Pixels, PublicCaption
from hf_unsafe2safe.registry import create

EDITORS = (
    "none", "blur:0.05", "blur", "pixelate:16", "pixelate", "pixelate:4", "mosaic", "fill", "inpaint",
)  # fmt: skip
SIDE = 32  # pixels of a crop that is compared pixel by pixel


@dataclass(frozen=True)
class Shot:
    """A photo and its faces."""

    rgb: Pixels
    found: list[Finding]


def shots_in(folder: Path) -> list[Shot]:
    """Return the photos of a folder that show a face of at least `LEAST_FACE` pixels."""
    shots = []
    for path in sorted(p for p in folder.iterdir() if p.suffix in (".jpg", ".png")):
        rgb = open_cell(path).rgb
        found = [f for f in faces.find(rgb) if f.box[3] - f.box[1] >= LEAST_FACE]
        shots += [Shot(rgb, found)] if found else []
    return shots


def rendition(shot: Shot, scale: float, degrees: float, gamma: float) -> Shot:
    """Return a photo scaled, turned, with another gamma, through JPEG; its faces at their new places."""
    points, boxes = np.array([f.landmarks for f in shot.found]), np.array([f.box for f in shot.found])
    rgb, points, boxes = renditions.rendition(shot.rgb, points, boxes, scale, degrees, gamma)
    places = zip(shot.found, boxes.tolist(), points.tolist(), strict=True)
    return Shot(rgb, [replace(f, box=tuple(b), landmarks=tuple(map(tuple, p))) for f, b, p in places])


def elsewhere(shot: Shot) -> Shot:
    """Return the photo with everything outside its face regions replaced by drawn patches of colour."""
    height, width = shot.rgb.shape[:2]
    drawn = np.random.default_rng(zlib.crc32(shot.rgb.tobytes())).integers(0, 256, (8, 8, 3), np.uint8)
    scene = cv2.resize(drawn, (width, height), interpolation=cv2.INTER_LINEAR)
    mask = np.any([region_mask(f, (width, height)) for f in shot.found], axis=0)
    return Shot(np.where(mask[..., None], shot.rgb, scene), shot.found)


def edited(shots: list[Shot], editor: Editor | None) -> list[Shot]:
    """Return the photos with all faces edited; the seed comes from the photo, as on the real path."""
    if editor is None:
        return shots
    jobs = [
        EditJob(
            s.rgb,
            tuple(Assignment(f, editor) for f in s.found),
            PublicCaption("A photo."),
            "Neutralise what is marked.",
            zlib.crc32(s.rgb.tobytes()),
        )
        for s in shots
    ]
    return [replace(s, rgb=rgb) for s, (rgb, _) in zip(shots, masked_edit(jobs), strict=True)]


def twice_the_box(finding: Finding, size_wh: tuple[int, int]) -> Pixels:
    """Return the mask of a face with what is around it."""
    return box_mask(size_wh, grow_box(finding.box, 0.5))


def features(shots: Sequence[Shot], seen: Mask) -> Features:
    """Return what each attack knows of each face, having looked at nothing outside the mask `seen`."""
    many = [parrot.features(shot.rgb, shot.found, SIDE, seen) for shot in shots]
    result = {attack: np.concatenate([one[attack] for one in many]) for attack in ATTACKS}
    return result | {"colours": parrot.same_light(result["colours"])}


def linked(probes: Features, galleries: list[Features]) -> dict[str, float]:
    """Return the mean rank-1 accuracy of each attack over the galleries."""
    return {a: float(np.mean([rank_one(probes[a], g[a]) for g in galleries])) for a in ATTACKS}


def main(folders: list[Path]) -> None:
    """Print one line an editor: the share of faces that are linked."""
    shots = [shot for folder in folders for shot in shots_in(folder)]
    galleries = [[rendition(shot, *how) for shot in shots] for how in renditions.RENDITIONS]
    foreign = [[elsewhere(shot) for shot in gallery] for gallery in galleries]
    unedited = [features(gallery, region_mask) for gallery in galleries]
    count = sum(len(shot.found) for shot in shots)
    print(f"{count} faces in {len(shots)} photos, {len(galleries)} galleries; chance {1 / count:.0%}")
    heads = (*ATTACKS, "best", "naive", "elsewhere", "around")
    print(f"{'editor':12}" + "".join(f"{head:>11}" for head in heads))
    for name in EDITORS:
        editor = None if name == "none" else create("editor", name)
        safe = edited(shots, editor)
        parrots = [edited(gallery, editor) for gallery in galleries]
        inside, wide = features(safe, region_mask), features(safe, twice_the_box)
        parrot = linked(inside, [features(gallery, region_mask) for gallery in parrots])
        naive = linked(inside, unedited)
        moved = linked(inside, [features(edited(gallery, editor), region_mask) for gallery in foreign])
        around = linked(wide, [features(gallery, twice_the_box) for gallery in parrots])
        best = (max(scores.values()) for scores in (parrot, naive, moved, around))
        print(f"{name:12}" + "".join(f"{score:11.0%}" for score in (*parrot.values(), *best)))


if __name__ == "__main__":
    main([Path(p) for p in sys.argv[1:]] or [Path(__file__).parent.parent / "examples" / "photos"])
