"""What a model listed in an image, and where it says that is: a place is used only where it can be meant."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from ..backends.chat import Reply
from ..detectors.geometry import area, clip
from ..records import Box
from ..texts.replies import read_json
from .questions import schema

SCALE = 1000  # of the coordinates, whatever the size of the image
# Each side of a box moves outwards by this share of it. Models place a corner within a few percent of what it
# belongs to; a hand or the end of a word that is left out would stay in the image. The mask of every finding
# is grown once more.
GROWTH = 0.05
EVERYTHING = 0.95  # a box of this share of the image tells no place
LEAST, LEAST_SHARE = 4.0, 0.005  # pixels, and share of the longer side of the image: less is a speck


@dataclass(frozen=True)
class Item:
    """One thing that a model listed.

    Args:
        kind: What it was asked for.
        what: In its words. Private.
        why: What it tells about somebody, in its words. Private.
        box: As it wrote it: left, top, right, bottom, 0 to 1000; None for no place.
    """

    kind: str
    what: str = field(repr=False)
    why: str = field(repr=False)
    box: Sequence[float] | None


def read_items(reply: Reply, kinds: Iterable[str]) -> list[Item]:
    """Return the items of a reply.

    Args:
        reply: To the question of `questions.listing`.
        kinds: Those that it may name.

    Raises:
        ParseError: It is no such list.
    """
    found = read_json(reply, schema(kinds))["items"]
    return [Item(one["kind"], one["what"].strip(), one["why"].strip(), one["box"]) for one in found]


def place(box: Sequence[float] | None, size_wh: tuple[int, int]) -> Box | None:
    """Return a box from a model as xyxy pixels, grown a little; None where it tells no place.

    Not used are boxes that are inside out, empty, beyond the image or about as large as it, and boxes of
    which no value is above 1: they may be shares as well as thousandths.

    Args:
        box: Left, top, right, bottom in thousandths of width and height.
        size_wh: Of the image.

    Example:
        >>> place([100, 100, 200, 300], (1000, 500))
        (95.0, 45.0, 205.0, 155.0)
        >>> place([0.1, 0.1, 0.2, 0.3], (1000, 500)) is None
        True
    """
    if box is None or len(box) != 4 or not all(0 <= v <= SCALE for v in box) or max(box) <= 1:
        return None
    width, height = size_wh
    x1, y1, x2, y2 = (v * n / SCALE for v, n in zip(box, (width, height, width, height), strict=True))
    if x2 <= x1 or y2 <= y1:
        return None
    wide, high = GROWTH * (x2 - x1), GROWTH * (y2 - y1)
    return usable((x1 - wide, y1 - high, x2 + wide, y2 + high), size_wh)


def usable(box: Box, size_wh: tuple[int, int]) -> Box | None:
    """Return a box clipped to the image, None where it then is a speck or about as large as the image.

    Example:
        >>> usable((-5, 10, 20, 30), (100, 50)), usable((0, 0, 99, 50), (100, 50))
        ((0.0, 10, 20, 30), None)
    """
    if not all(map(math.isfinite, box)):
        return None
    inside = clip(box, size_wh)
    if min(inside[2] - inside[0], inside[3] - inside[1]) < max(LEAST, LEAST_SHARE * max(size_wh)):
        return None
    share = area(inside) / (size_wh[0] * size_wh[1])
    return inside if 0 < share < EVERYTHING else None
