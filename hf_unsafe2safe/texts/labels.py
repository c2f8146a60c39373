"""How captions speak of the 80 labels of COCO: their names, their plurals, where such things stand.

Source: the labels are those of COCO (arXiv 1405.0312). Names are changed where the label is short for
something ("mouse"), or is what the thing says: a stop sign is called a road sign, as a public caption must
not repeat text.
"""


def _labels(text: str) -> frozenset[str]:
    return frozenset(" ".join(label.split()) for label in text.split(","))


VEHICLES = _labels("bicycle, car, motorcycle, airplane, bus, train, truck, boat")
# What somebody wears or carries, also where that person was not found.
WORN = _labels("tie, handbag, backpack")

_NAMES = {
    "stop sign": "road sign",
    "sports ball": "ball",
    "skis": "pair of skis",
    "scissors": "pair of scissors",
    "broccoli": "piece of broccoli",
    "dining table": "table",
    "tv": "TV",
    "mouse": "computer mouse",
    "remote": "remote control",
    "hair drier": "hair dryer",
}
_PLURALS = {
    "person": "people",
    "pair of skis": "pairs of skis",
    "pair of scissors": "pairs of scissors",
    "piece of broccoli": "pieces of broccoli",
    "sheep": "sheep",
    "knife": "knives",
    "computer mouse": "computer mice",
}
# Small things: far away is no word for them.
SMALL = _labels(
    """bird, frisbee, sports ball, baseball bat, baseball glove, tennis racket, bottle, wine
    glass, cup, fork, knife, spoon, bowl, banana, apple, sandwich, orange, broccoli, carrot, hot dog,
    pizza, donut, cake, mouse, remote, keyboard, cell phone, laptop, toaster, book, clock, vase,
    scissors, hair drier, toothbrush"""
)
# Whose main colour tells one from another. Not food, whose colour is known, nor what has a picture on it.
COLOURED = _labels(
    """bench, bird, cat, dog, horse, cow, umbrella, suitcase, frisbee, snowboard, sports
    ball, kite, skateboard, surfboard, bottle, cup, bowl, cake, chair, couch, bed, refrigerator, vase,
    teddy bear, fire hydrant"""
)
# Votes: 1 = nearly always there, less where such things are seen on both sides of a door.
OUTDOOR = {
    "bicycle": 0.4,
    "car": 1.0,
    "motorcycle": 0.6,
    "airplane": 1.0,
    "bus": 1.0,
    "train": 0.7,
    "truck": 1.0,
    "boat": 1.0,
    "traffic light": 1.0,
    "fire hydrant": 1.0,
    "stop sign": 1.0,
    "parking meter": 1.0,
    "bench": 0.4,
    "horse": 0.6,
    "sheep": 1.0,
    "cow": 1.0,
    "elephant": 1.0,
    "zebra": 1.0,
    "giraffe": 1.0,
    "skis": 1.0,
    "snowboard": 1.0,
    "kite": 1.0,
    "surfboard": 0.8,
}
INDOOR = {
    "bed": 1.0,
    "toilet": 1.0,
    "couch": 0.8,
    "tv": 0.8,
    "laptop": 0.5,
    "mouse": 0.7,
    "remote": 0.7,
    "keyboard": 0.7,
    "microwave": 1.0,
    "oven": 1.0,
    "toaster": 1.0,
    "sink": 0.9,
    "refrigerator": 1.0,
    "dining table": 0.3,
    "chair": 0.2,
    "book": 0.3,
    "vase": 0.3,
    "hair drier": 0.8,
    "toothbrush": 0.8,
    "cup": 0.2,
    "bowl": 0.2,
    "fork": 0.2,
    "knife": 0.2,
    "spoon": 0.2,
    "teddy bear": 0.4,
}
_COUNTS = ("no", "one", "two", "three", "four")
_VOWELS = frozenset("aeiou")


def named(label: str, count: int, colour: str = "") -> str:
    """Return so many things of a label, with an article for one.

    Args:
        label: Of COCO; another word is taken as it is.
        count: At least 1.
        colour: Put before the name, "" for none.

    Example:
        >>> [named("knife", 1), named("orange", 1), named("bench", 2, "red"), named("mouse", 7)]
        ['a knife', 'an orange', 'two red benches', 'several computer mice']
    """
    name = _NAMES.get(label, label)
    word = f"{colour} {name if count == 1 else plural(name)}".strip()
    if count == 1:
        return f"{'an' if word[0] in _VOWELS else 'a'} {word}"
    return f"{_COUNTS[count] if count < len(_COUNTS) else 'several'} {word}"


def plural(name: str) -> str:
    """Return the plural of a name that captions use.

    Example:
        >>> [plural(name) for name in ("bus", "wine glass", "toothbrush", "sheep", "person")]
        ['buses', 'wine glasses', 'toothbrushes', 'sheep', 'people']
    """
    return _PLURALS.get(name) or f"{name}{'es' if name.endswith(('s', 'ch', 'sh')) else 's'}"
