"""What a public caption may say of a scene: things by their label, people by a vague count, never more.

Of the nine risk groups of the paper, whatever was reviewed is left out: faces, text, codes, documents,
symbols, places. What stays is that there are people, vehicles and things, and where. Belongings are left out,
that is what lies mostly on a person (a tie, a bag, a phone in the hand): they describe the person.

Source: arXiv 2603.28605, the rule of the public caption.
"""

import math
from collections.abc import Sequence

from ..detectors.geometry import area, center, intersection, iou
from ..records import Box, Finding, Inspection, SceneObject
from ..taxonomy import TEXT_KINDS
from .colours import Colours
from .labels import COLOURED, INDOOR, OUTDOOR, SMALL, WORN, named

SCORE = 0.45  # from which a thing is named: a wrong word is worse than a missing one
NEAR, FAR = 0.25, 0.01  # shares of the image from and under which something is in the fore- or background
_TINY = 0.0005  # share of the image under which a thing is not worth a word
_ON_PERSON = 0.7  # share of a thing inside a person from which it is a belonging
_SAME = 0.6  # IoU from which two labels are two names for one thing
_READ = 0.5  # under it RapidOCR calls a line unread: often it is no text
_PAGE = 12  # lines of text
_LARGE = 0.05  # share of the image's height from which a line is on a sign
_PLACES = {
    "near": ("in the left foreground", "in the foreground", "in the right foreground"),
    "": ("at the left", "in the middle", "at the right"),
    "far": ("in the left background", "in the background", "in the right background"),
}
Size = tuple[int, int]  # width, height


def persons(inspection: Inspection) -> list[Box]:
    """Return the boxes of the people: of those that were judged as a risk, else of the objects."""
    found = [f.box for f in inspection.findings if f.kind == "person"]
    return found or [o.box for o in inspection.objects if o.label == "person" and o.score >= SCORE]


def people(boxes: Sequence[Box], size_wh: Size) -> str:
    """Return how many people are where, as vaguely as it goes; "" for none.

    Example:
        >>> people([(0, 0, 20, 50), (70, 0, 90, 50)], (100, 100))
        'two people'
    """
    if not boxes:
        return ""
    count = ("a person", "two people")[len(boxes) - 1] if len(boxes) < 3 else "a group of people"
    return _placed("a crowd" if len(boxes) > 7 else count, [_place(box, size_wh) for box in boxes])


def things(inspection: Inspection, size_wh: Size) -> list[SceneObject]:
    """Return the objects that a caption may name, largest first: no people, no belongings, nothing twice."""
    around = persons(inspection)
    if not all(math.isfinite(v) for box in around for v in box):
        return []  # what is on such a person cannot be told
    kept: list[SceneObject] = []
    # Chosen before they are sorted: what is no number has no order.
    worth = [o for o in inspection.objects if _worth_a_word(o, size_wh)]
    for thing in sorted(worth, key=lambda o: (-o.score, o.label, o.box)):
        worn = any(intersection(thing.box, box) >= _ON_PERSON * area(thing.box) for box in around)
        if not worn and all(iou(thing.box, other.box) < _SAME for other in kept):
            kept.append(thing)
    return sorted(kept, key=lambda o: (-area(o.box), o.label, o.box))


def listed(kept: Sequence[SceneObject], most: int, size_wh: Size, colours: Colours) -> str:
    """Return the things by label and place, at most so many labels; "" for none."""
    by_place: dict[str, list[str]] = {}
    for label in list(dict.fromkeys(o.label for o in kept))[:most]:
        group = [o for o in kept if o.label == label]
        colour = colours.of(group[0].box) if len(group) == 1 and label in COLOURED else ""
        places = {_place(o.box, size_wh, small=label in SMALL) for o in group}
        place = places.pop() if len(places) == 1 else ""
        by_place.setdefault(place, []).append(named(label, len(group), colour))
    return ", ".join(_placed(_joined(names), [place]) for place, names in by_place.items())


def setting(objects: Sequence[SceneObject]) -> str:
    """Return `indoor` or `outdoor` when the labels tell, else "".

    Every label votes once, with its best score.

    Example:
        >>> setting([SceneObject("traffic light", 0.8, (0, 0, 9, 9))])
        'outdoor'
    """
    best: dict[str, float] = {}
    for thing in objects:
        if thing.score >= SCORE:
            best[thing.label] = max(best.get(thing.label, 0.0), thing.score)
    # Sorted, as a sum of floats depends on its order.
    outdoor, indoor = (sum(side.get(k, 0) * v for k, v in sorted(best.items())) for side in (OUTDOOR, INDOOR))
    if max(outdoor, indoor) < 0.4 or max(outdoor, indoor) < 2 * min(outdoor, indoor):
        return ""
    return "outdoor" if outdoor > indoor else "indoor"


def text_class(findings: Sequence[Finding], size_wh: Size) -> str:
    """Return how much text there is, never what it says; "" for none.

    Text on people and on plates does not count: it belongs to them.
    """
    kinds = set(TEXT_KINDS) - {"person_text", "plate"}
    lines = [f for f in findings if f.kind in kinds and f.score >= _READ]
    if len(lines) >= _PAGE or any(f.kind == "document" for f in findings):
        return "a page of text"
    large = [f for f in lines if min(f.box[2] - f.box[0], f.box[3] - f.box[1]) >= _LARGE * size_wh[1]]
    if large:
        return "a sign with text" if len(large) < 3 else "signs with text"
    return "a little text" if lines else ""


def _worth_a_word(thing: SceneObject, size_wh: Size) -> bool:
    if thing.label == "person" or thing.label in WORN or not thing.score >= SCORE:
        return False
    return all(map(math.isfinite, thing.box)) and area(thing.box) >= _TINY * size_wh[0] * size_wh[1]


def _place(box: Box, size_wh: Size, *, small: bool = False) -> str:
    if not all(map(math.isfinite, box)):
        return ""
    width, height = size_wh
    share = area(box) / (width * height)
    depth = "near" if share >= NEAR else "far" if share < FAR and not small else ""
    return _PLACES[depth][min(2, max(0, int(3 * center(box)[0] / width)))]


def _placed(name: str, places: Sequence[str]) -> str:
    return f"{name} {places[0]}".strip() if len(set(places)) == 1 else name


def _joined(names: Sequence[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else names[0]
