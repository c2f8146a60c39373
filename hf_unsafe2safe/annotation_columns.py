"""Which columns of a dataset hold coordinates or masks of its image: those named, and those that look so."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from datasets import Array2D, Array3D, Array4D, Array5D, Image, LargeList, List, Value

from .errors import DatasetError


def _set(*lines: str) -> frozenset[str]:
    return frozenset(word for line in lines for word in line.split())


# Words in the names of columns of coordinates, and of images with a value for each pixel. Any of them counts,
# wherever it stands: that a row is refused for nothing is better than that its boxes are wrong.
COORDINATES: Final = _set(
    "bbox bboxes bndbox bndboxes box boxes bounding boundingbox boundingboxes rect rects rectangle",
    "rectangles roi rois region regions keypoint keypoints kpt kpts landmark landmarks joint joints",
    "skeleton point points pts polygon polygons poly polyline polylines contour contours outline",
    "outlines vertices quad quads corner corners segmentation segmentations segment segments rle mask",
    "masks xy xyxy xywh cxcywh coord coords coordinate coordinates",
)
IMAGES: Final = _set(
    "mask masks segmentation segmentations seg semantic instance panoptic annotation annotations label",
    "labels depth trimap matte alpha saliency heatmap map gt groundtruth truth disparity normal normals flow",
    "edge edges",
)
# Words that say so only together with what is in the column, and words with which it is something else.
_LOOSE: Final = _set(
    "position positions location locations center centers centre pose detection detections face faces person",
    "persons people head heads hand hands object objects",
)
_OTHERS: Final = _set(
    "embedding embeddings feature features vector vectors id ids index indices count score scores confidence",
    "attribute attributes logits prob probs probability category categories counts gps age class classes",
    "name names",
)
_SIDES: Final = _set("x y w h cx cy left top right bottom width height xmin ymin xmax ymax minx miny")
# How many numbers belong together.
_PARTS: Final = {"xyxy": 4, "xywh": 4, "points": 2, "keypoints": 3, "polygons": 2}
_ARRAYS = (Array2D, Array3D, Array4D, Array5D)
_NUMBERS = ("int", "uint", "float")

Keys = tuple[str, ...]


@dataclass(frozen=True)
class Plan:
    """The annotations of a dataset.

    Args:
        named: Where they are, from the column inwards, and their form.
        unnamed: What looks like coordinates and was not named.
    """

    named: tuple[tuple[Keys, str], ...] = ()
    unnamed: tuple[Keys, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that have to be read."""
        return tuple(dict.fromkeys([keys[0] for keys, _ in self.named] + [keys[0] for keys in self.unnamed]))


def plan(source: Mapping[str, Any], image_column: str, forms: Mapping[str, str | None]) -> Plan:
    """Return what is to be turned in a dataset.

    Args:
        source: Its features.
        image_column: The column that is sanitized, and no annotation.
        forms: Of `annotation_forms`.

    Raises:
        DatasetError: A named column is not there, or is of a type that cannot be that form.
    """
    parts = {keys: part for keys, part in _parts(source) if keys[0] != image_column}
    by_name = {".".join(keys): keys for keys in parts}
    for name in forms:
        if name not in by_name and not _is_null(name, by_name, parts):
            others = ", ".join(name for name in source if name != image_column) or "none"
            raise DatasetError(
                f"Annotation column '{name}' not found. Beside the image the dataset has: {others}.",
                hint="Name a part of a column with a dot, such as 'objects.bbox'.",
            )
    named = [(by_name[name], form) for name, form in forms.items() if form and name in by_name]
    for keys, form in named:
        if not _fits(form, parts[keys]):
            raise DatasetError(
                f"Annotation column '{'.'.join(keys)}' cannot be '{form}'.",
                hint="Name another form, or None for a column to leave as it is.",
            )
    looks = [keys for keys, part in parts.items() if _looks(keys[-1], part)]
    covered = {by_name[name] for name in forms if name in by_name} | set(looks)
    unnamed = [keys for keys in looks if not any(keys[:n] in covered for n in range(1, len(keys)))]
    return Plan(tuple(named), tuple(keys for keys in unnamed if ".".join(keys) not in forms))


def guess(value: Any) -> Any:
    """Return the feature of a plain value, as far as `plan` looks at it."""
    if isinstance(value, Mapping):
        return Image() if set(value) == {"bytes", "path"} else {k: guess(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return List(next((guess(part) for part in value if holds(part, ())), Value("null")))
    if value is None or type(value).__module__.startswith("PIL."):
        return Value("null") if value is None else Image()
    return Value("float64" if isinstance(value, int | float) else "string")


def holds(value: Any, keys: Keys) -> bool:
    """Whether there is anything but nulls and empty lists at `keys` in a value."""
    if isinstance(value, Mapping):
        return any(holds(part, keys[1:]) for key, part in value.items() if not keys or key == keys[0])
    if isinstance(value, list | tuple):
        return any(holds(part, keys) for part in value)
    return value is not None


def _parts(feature: Any, keys: Keys = ()) -> Iterator[tuple[Keys, Any]]:
    """Yield every named part of a feature with the names that lead to it."""
    feature, _ = _unlisted(feature)
    if isinstance(feature, Mapping) and not _is_image(feature):
        for key, part in feature.items():
            yield (*keys, key), part
            yield from _parts(part, (*keys, key))


def _unlisted(feature: Any) -> tuple[Any, int]:
    """Return what the lists of a feature hold, and the length of the innermost: 0 for no list, -1 for any."""
    length = 0
    while isinstance(feature, List | LargeList | list):
        length = getattr(feature, "length", -1)
        feature = feature[0] if isinstance(feature, list) else feature.feature
    if isinstance(feature, _ARRAYS):
        return Value(feature.dtype), feature.shape[-1] or -1
    return feature, length


def _is_image(feature: Any) -> bool:
    return isinstance(feature, Image) or (isinstance(feature, Mapping) and set(feature) == {"bytes", "path"})


def _is_number(feature: Any) -> bool:
    return isinstance(feature, Value) and feature.dtype.startswith(_NUMBERS)


def _is_null(name: str, by_name: Mapping[str, Keys], parts: Mapping[Keys, Any]) -> bool:
    """Whether a name leads into a part of which only nulls are known."""
    return any(
        name.startswith(f"{n}.") and _unlisted(parts[k])[0] == Value("null") for n, k in by_name.items()
    )


def _fits(form: str, feature: Any) -> bool:
    inner, length = _unlisted(feature)
    if inner == Value("null"):
        return True
    if form == "mask":
        return _is_image(inner)
    flat = form in ("keypoints", "polygons")
    right = length == -1 or (length % _PARTS[form] == 0 if flat else length == _PARTS[form])
    return _is_number(inner) and length != 0 and right


_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")


def _looks(name: str, feature: Any) -> bool:
    """Return whether a part of a dataset looks like coordinates or masks, by its name or its type."""
    words = _words(name)
    inner, length = _unlisted(feature)
    if _is_image(inner):
        return bool(words & IMAGES)
    if isinstance(inner, Mapping):  # a box as a struct of its sides, a mask as run lengths
        numbers = [keys[-1] for keys, part in _parts(inner) if _is_number(_unlisted(part)[0])]
        if words & (COORDINATES | IMAGES):
            return bool(numbers)
        return bool(words & _LOOSE) and any(_words(key) & _SIDES for key in numbers)
    if length == 0 or not _is_number(inner) or words & _OTHERS:
        return False
    # Four numbers in a list that must have four are hardly anything but a box; an array may be a mask.
    nested = isinstance(feature, _ARRAYS) or (isinstance(feature, List) and isinstance(feature.feature, List))
    return bool(words & (COORDINATES | _LOOSE)) or (nested and (bool(words & IMAGES) or length == 4))


def _words(name: str) -> set[str]:
    return {word.lower() for word in _WORD.findall(name)}
