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
from collections.abc import Callable
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path

import cv2
import numpy as np
import PIL.Image

from hf_unsafe2safe.detectors import faces, identity
from hf_unsafe2safe.detectors.geometry import center
from hf_unsafe2safe.editing.masked import Assignment, EditJob, masked_edit, region_mask
from hf_unsafe2safe.imaging.cells import open_cell
from hf_unsafe2safe.imaging.masks import box_mask, grow_box
from hf_unsafe2safe.protocols import Editor
from hf_unsafe2safe.records import Finding, Pixels, PublicCaption
from hf_unsafe2safe.registry import create

LEAST_FACE = 32  # pixels high
EDITORS = (
    "none", "blur:0.05", "blur", "pixelate:16", "pixelate", "pixelate:4", "mosaic", "fill", "inpaint",
)  # fmt: skip
RENDITIONS = ((0.7, 5.0, 1.3), (0.8, -5.0, 0.8), (0.6, 3.0, 1.1))  # scale, degrees, gamma
QUALITY = 70  # of the JPEG
SIDE = 32  # pixels of a crop that is compared pixel by pixel
ATTACKS = ("identity", "pixels", "colours")


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
    height, width = shot.rgb.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, scale)
    reach = np.abs(matrix[:, :2]) @ [width, height]  # of the turned photo
    matrix[:, 2] += reach / 2 - [width / 2, height / 2]
    size_wh = tuple(np.ceil(reach).astype(int).tolist())
    turned = cv2.warpAffine(shot.rgb, matrix, size_wh, borderMode=cv2.BORDER_REFLECT)
    curve = (np.linspace(0, 1, 256) ** gamma * 255).astype(np.uint8)
    buffer = BytesIO()
    PIL.Image.fromarray(curve[turned]).save(buffer, "JPEG", quality=QUALITY)
    found = []
    for f in shot.found:
        x, y = matrix[:, :2] @ center(f.box) + matrix[:, 2]
        wide, high = (scale * (f.box[i + 2] - f.box[i]) / 2 for i in (0, 1))
        points = np.array(f.landmarks) @ matrix[:, :2].T + matrix[:, 2]
        box = (x - wide, y - high, x + wide, y + high)
        found.append(replace(f, box=box, landmarks=tuple(map(tuple, points.tolist()))))
    return Shot(np.asarray(PIL.Image.open(buffer)), found)


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


Features = dict[str, np.ndarray]  # attack -> (N, D)
Seen = Callable[[Finding, tuple[int, int]], Pixels]  # the mask of what an attacker looks at


def twice_the_box(finding: Finding, size_wh: tuple[int, int]) -> Pixels:
    """Return the mask of a face with what is around it."""
    return box_mask(size_wh, grow_box(finding.box, 0.5))


def features(shots: list[Shot], seen: Seen) -> Features:
    """Return what each attack knows of each face, having looked at nothing outside the mask `seen`."""
    rows: dict[str, list[np.ndarray]] = {attack: [] for attack in ATTACKS}
    for shot in shots:
        for f in shot.found:
            mask = seen(f, (shot.rgb.shape[1], shot.rgb.shape[0])) > 0
            inside = shot.rgb[mask].astype(np.float64)
            # In their own mean, so that no outline is seen: where it lies around known landmarks tells most.
            view = np.where(mask[..., None], shot.rgb, inside.mean(0).astype(np.uint8))
            rows["identity"].append(identity.embed(view, [f])[0])
            rows["pixels"].append(_crop(shot.rgb, mask))
            rows["colours"].append(np.concatenate([inside.mean(0), inside.std(0)]))
    result = {attack: np.array(many) for attack, many in rows.items()}
    # A change of light that all of a set share is no obstacle to an attacker.
    colours = result["colours"]
    result["colours"] = (colours - colours.mean(0)) / np.maximum(colours.std(0), 1)
    return result


def _crop(rgb: Pixels, mask: np.ndarray) -> np.ndarray:
    x, y, width, height = cv2.boundingRect(mask.astype(np.uint8))
    window = np.s_[y : y + height, x : x + width]
    inside = mask[window].astype(np.float64)[..., None]
    weighed = np.dstack([rgb[window] * inside, inside])  # nothing from outside may enter a mean
    small = cv2.resize(weighed, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    kept = small[..., 3] > 0.5
    pixels = small[kept][:, :3] / small[kept][:, 3:]
    result = np.zeros((SIDE, SIDE, 3))
    result[kept] = (pixels - pixels.mean(0)) / np.maximum(pixels.std(0), 1)
    return result.ravel()


def rank_one(probes: np.ndarray, gallery: np.ndarray) -> float:
    """Return the share of probes whose nearest in the gallery is their own; ties count in part."""
    gaps = identity.distance(probes, gallery)
    nearest = gaps <= gaps.min(axis=1, keepdims=True) + 1e-9
    return float((np.diag(nearest) / nearest.sum(axis=1)).mean())


def linked(probes: Features, galleries: list[Features]) -> dict[str, float]:
    """Return the mean rank-1 accuracy of each attack over the galleries."""
    return {a: float(np.mean([rank_one(probes[a], g[a]) for g in galleries])) for a in ATTACKS}


def main(folders: list[Path]) -> None:
    """Print one line an editor: the share of faces that are linked."""
    shots = [shot for folder in folders for shot in shots_in(folder)]
    galleries = [[rendition(shot, *how) for shot in shots] for how in RENDITIONS]
    foreign = [[elsewhere(shot) for shot in gallery] for gallery in galleries]
    unedited = [features(gallery, region_mask) for gallery in galleries]
    count = sum(len(shot.found) for shot in shots)
    print(f"{count} faces in {len(shots)} photos, {len(RENDITIONS)} galleries; chance {1 / count:.0%}")
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
