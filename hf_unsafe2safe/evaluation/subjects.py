"""What is judged beside the dataset: baselines made of the same originals, and what an attacker can make.

The baselines edit the same regions as the dataset, so that they differ in the editor alone.
"""

import hashlib
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from io import BytesIO
from typing import Any, Final

import numpy as np
import PIL.Image

from ..editing.masked import Assignment, EditJob, masked_edit, region_mask
from ..errors import UnknownNameError
from ..protocols import Editor
from ..records import Finding, Pixels, PublicCaption
from ..registry import create, create_editors
from ..schema import PUBLIC_FEATURES
from ..taxonomy import KINDS
from .metric import ExcludedRowError
from .pair import Look, Place
from .privacy.renditions import RENDITIONS, rendition

SAFE: Final = "safe"  # the dataset itself, among the names of the baselines
RAW, REENCODED = "raw", "reencoded"  # the noise floor: the original, and the original saved again
BASELINES: Final = (RAW, REENCODED, "blur", "pixelate", "fill")
EMBEDDED: Final = ("fill", "blur", "pixelate", "mosaic", "inpaint", "stand-in")  # editors without a download
_JPEG_SIDE = 65_500  # pixels
_WARP_SIDE = 32_000  # pixels that OpenCV can turn
QUALITY = 90  # of the JPEG: a photo that was saved once more
_EDITED = PUBLIC_FEATURES["risk_regions"].feature["action"].str2int("edited")

Attack = Callable[[int], tuple[Pixels, np.ndarray]]


def check_baselines(names: Sequence[str]) -> tuple[str, ...]:
    """Return the names of the baselines that are wanted, in their order, each once.

    Raises:
        UnknownNameError: There is no such baseline.
    """
    if unknown := sorted(set(names) - set(BASELINES)):
        raise UnknownNameError(
            f"Unknown baselines: {', '.join(unknown)}.", hint=f"Known: {', '.join(BASELINES)}."
        )
    return tuple(name for name in BASELINES if name in names)


def recorded_places(regions: Iterable[Mapping[str, Any]]) -> tuple[Place, ...]:
    """Return the regions that a result calls edited."""
    return tuple(_place(r["kind"], r["box"]) for r in regions if r["action"] == _EDITED)


def found_places(looks: Mapping[str, Look]) -> tuple[Place, ...]:
    """Return the risky regions of an original that nobody recorded: faces, personal texts, plates, codes."""
    faces, codes = (
        [_place(kind, box) for box in looks[look]["boxes"]]
        for look, kind in (("faces", "face"), ("codes", "code"))
    )
    lines = zip(looks["lines"]["kinds"], looks["lines"]["boxes"], strict=True)
    texts = [_place(str(kind), box) for kind, box in lines if str(kind) != "text"]
    return (*faces, *texts, *codes)


def mask_of(places: Sequence[Place], size_wh: tuple[int, int]) -> Pixels:
    """Return (H, W) uint8, 255 inside the regions as our editors grow them."""
    masks = [region_mask(_finding(place), size_wh) for place in places]
    width, height = size_wh
    return np.asarray(np.maximum.reduce([np.zeros((height, width), np.uint8), *masks]))


def baseline(name: str, rgb: Pixels, places: Sequence[Place]) -> Pixels | None:
    """Return what a baseline makes of an original, None where it is too wide or high for a JPEG.

    Args:
        name: One of `BASELINES`.
        rgb: (H, W, 3) uint8.
        places: What is edited.
    """
    if name == RAW:
        return rgb
    if name == REENCODED:
        if max(rgb.shape) > _JPEG_SIDE:
            return None
        buffer = BytesIO()
        PIL.Image.fromarray(rgb).save(buffer, "JPEG", quality=QUALITY)
        return np.asarray(PIL.Image.open(buffer))
    return _edited({"*": create("editor", name)}, rgb, places)


def attack(editors: Mapping[str, Editor] | None, rgb: Pixels, places: Sequence[Place], faces: Look) -> Attack:
    """Return what an attacker makes who has the editors: other renditions of the original, edited by them.

    Args:
        editors: Kind -> editor, `*` for all others; None for images that nobody edited.
        rgb: The original.
        places: What is edited.
        faces: Of the original.
    """

    def make(i: int) -> tuple[Pixels, np.ndarray]:
        if max(rgb.shape) > _WARP_SIDE:
            raise ExcludedRowError("too wide or high to be attacked")
        boxes = np.array([place.box for place in places], np.float64).reshape(-1, 4)
        other, landmarks, moved = rendition(rgb, faces["landmarks"], boxes, *RENDITIONS[i])
        there = [_place(place.kind, box) for place, box in zip(places, moved, strict=True)]
        return other if editors is None else _edited(editors, other, there), landmarks

    return make


def editors_of(spec: Any) -> dict[str, Editor] | None:
    """Return the editors that an attacker takes, the first of each chain, by kind and `*` for all others.

    Args:
        spec: As in a manifest: a name, a chain, or either by kind.

    Returns:
        None where an editor is not embedded: its model would have to be loaded, and objects are not known.
    """
    by_kind = spec if isinstance(spec, Mapping) else {"*": spec}
    names = {k: one[0] if isinstance(one, list | tuple) and one else one for k, one in by_kind.items()}
    if not all(isinstance(name, str) and _is_embedded(name) for name in names.values()):
        return None
    chains = create_editors(names, KINDS)
    return {
        **{kind: chain[0] for kind, chain in chains.items()},
        "*": create("editor", names.get("*", "fill")),
    }


def _is_embedded(name: str) -> bool:
    return "/" not in name and name.partition(":")[0] in EMBEDDED


def chosen_rows(ids: Iterable[str], most: int, seed: int) -> frozenset[str]:
    """Return at most so many rows, drawn by their names: the same in any order and any process."""

    def rank(row: str) -> bytes:
        return hashlib.sha256(f"{seed} {row}".encode()).digest()

    return frozenset(sorted(ids, key=rank)[:most])


def _edited(editors: Mapping[str, Editor], rgb: Pixels, places: Sequence[Place]) -> Pixels:
    if not places:
        return rgb
    assigned = [(place, editors.get(place.kind, editors["*"])) for place in places]
    order = list({id(editor): editor for _, editor in assigned}.values())
    assignments = tuple(Assignment(_finding(p), editor, order=order.index(editor)) for p, editor in assigned)
    seed = zlib.crc32(rgb.tobytes())
    job = EditJob(rgb, assignments, PublicCaption("A photo."), "Neutralise what is marked.", seed)
    ((pixels, _),) = masked_edit([job])
    return pixels


def _place(kind: str, box: Sequence[float] | np.ndarray) -> Place:
    x1, y1, x2, y2 = map(float, box)
    return Place(kind, (x1, y1, x2, y2))


def _finding(place: Place) -> Finding:
    return Finding(place.kind, 1.0, place.box, "evaluation")
