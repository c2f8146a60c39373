"""Coordinates and masks in stored pixel order, turned as their image is turned upright.

Coordinates are pixels and continuous: the left edge of the stored image is x = 0 and its right edge x = W,
so that a turn maps an x to W - x, or to a y, for boxes and points alike. (Of the index of a pixel it would
be W - 1 - x: add a half first.) Lists nest at any depth; whole numbers stay whole, null stays null.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from typing import Any, Final

from PIL import Image

from .errors import ConfigError, StageError, UnknownNameError
from .imaging.cells import read_cell
from .imaging.decode import MAX_PIXELS, first_frame
from .imaging.metadata import scan

FORMS: Final = {
    "xyxy": "lists of left, top, right, bottom",
    "xywh": "lists of left, top, width, height, as in COCO",
    "points": "lists of x, y",
    "keypoints": "flat lists of x, y, visibility, as in COCO; 0, 0, 0 stays",
    "polygons": "flat lists of x, y, x, y, ..., as in COCO",
    "mask": "images of the size of the stored image; they become PNG",
}
"""What a column may hold."""

_TURNS: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_MIRRORED_X, _MIRRORED_Y, _SIDEWAYS = (2, 3, 7, 8), (3, 4, 6, 7), (5, 6, 7, 8)
_PNG_MODES: Final = ("1", "L", "LA", "P", "RGB", "RGBA", "I;16")  # that PNG holds value by value

Size = tuple[int, int]


class UnturnableError(ValueError):
    """A value is not of the form that its column was said to have, so it cannot be turned."""


def annotation_forms(annotations: Mapping[str, str | None] | None) -> dict[str, str | None]:
    """Return the forms of columns as given, checked.

    Raises:
        ConfigError: It is no mapping from column names.
        UnknownNameError: A form is not known.

    Example:
        >>> annotation_forms({"objects.bbox": "xywh", "points": None})
        {'objects.bbox': 'xywh', 'points': None}
    """
    if annotations is None:
        return {}
    if not isinstance(annotations, Mapping) or not all(isinstance(name, str) for name in annotations):
        raise ConfigError(
            f"annotations must map column names to forms, got {annotations!r}.",
            hint="For example {'objects.bbox': 'xywh'}.",
        )
    for name, form in annotations.items():
        if form is not None and form not in FORMS:
            raise UnknownNameError(
                f"Unknown form '{form}' of the annotations '{name}'.",
                hint=f"Known: {', '.join(FORMS)}, and None for a column to leave as it is.",
            )
    return dict(annotations)


def stored_size(upright_wh: Size, code: int) -> Size:
    """Return the size of the stored image whose upright size this is.

    Example:
        >>> stored_size((30, 40), 6)
        (40, 30)
    """
    return (upright_wh[1], upright_wh[0]) if code in _SIDEWAYS else upright_wh


def turn(value: Any, form: str, code: int, size_wh: Size) -> Any:
    """Return a value of the stored image as one of the upright image.

    Args:
        value: Coordinates or masks of the form, in lists at any depth; None and empty lists stay.
        form: One of `FORMS`.
        code: EXIF orientation, 1 to 8.
        size_wh: Of the stored image, in pixels.

    Raises:
        UnturnableError: The value is not of that form.

    Example:
        >>> turn([[0, 0, 10, 20]], "xyxy", 6, (40, 30))  # what is left and top comes to be right and top
        [[10, 0, 30, 10]]
    """
    if value is None or code == 1:
        return value
    if isinstance(value, list | tuple) and (form == "mask" or all(map(_is_list, value))):
        return [turn(part, form, code, size_wh) for part in value]
    if form == "mask":
        return _turn_mask(value, code, size_wh)
    if not isinstance(value, list | tuple) or (form in ("xyxy", "xywh") and _is_of_fractions(value)):
        raise UnturnableError
    return _FLAT[form](list(value), code, size_wh)


def _is_of_fractions(box: list[Any] | tuple[Any, ...]) -> bool:
    """Whether the numbers of a box are parts of the image, in [0, 1], and not pixels."""
    floats = all(isinstance(v, float) and 0 <= v <= 1 for v in box)
    return floats and any(not v.is_integer() for v in box)


def _is_list(part: Any) -> bool:
    return part is None or isinstance(part, list | tuple)


def _turn_point(x: Any, y: Any, code: int, size_wh: Size, w: Any = 0, h: Any = 0) -> list[Any]:
    """Return a point, or the first corner of a box of w by h pixels, in the upright image."""
    if not all(isinstance(v, int | float) for v in (x, y, w, h)):
        raise UnturnableError
    x = size_wh[0] - x - w if code in _MIRRORED_X else x
    y = size_wh[1] - y - h if code in _MIRRORED_Y else y
    return [y, x] if code in _SIDEWAYS else [x, y]


def _xyxy(box: list[Any], code: int, size_wh: Size) -> list[Any]:
    if len(box) != 4:
        raise UnturnableError
    x1, y1, x2, y2 = box
    ax, ay = _turn_point(x1, y1, code, size_wh)
    bx, by = _turn_point(x2, y2, code, size_wh)
    if code in (2, 3, 6, 7):  # left and right of the upright box have changed places
        ax, bx = bx, ax
    if code in (3, 4, 7, 8):
        ay, by = by, ay
    return [ax, ay, bx, by]


def _xywh(box: list[Any], code: int, size_wh: Size) -> list[Any]:
    if len(box) != 4:
        raise UnturnableError
    x, y, w, h = box
    return [*_turn_point(x, y, code, size_wh, w, h), *((h, w) if code in _SIDEWAYS else (w, h))]


def _pair(point: list[Any], code: int, size_wh: Size) -> list[Any]:
    if len(point) != 2:
        raise UnturnableError
    x, y = point
    return _turn_point(x, y, code, size_wh)


def _polygon(values: list[Any], code: int, size_wh: Size) -> list[Any]:
    if len(values) % 2:
        raise UnturnableError
    pairs = zip(values[::2], values[1::2], strict=True)
    return [v for x, y in pairs for v in _turn_point(x, y, code, size_wh)]


def _keypoints(values: list[Any], code: int, size_wh: Size) -> list[Any]:
    if len(values) % 3:
        raise UnturnableError
    # 0, 0, 0 is how COCO says that a point was not labelled.
    return [
        v
        for x, y, seen in zip(values[::3], values[1::3], values[2::3], strict=True)
        for v in ((x, y, seen) if x == y == seen == 0 else (*_turn_point(x, y, code, size_wh), seen))
    ]


_FLAT: Final[dict[str, Callable[[list[Any], int, Size], list[Any]]]] = {
    "xyxy": _xyxy,
    "xywh": _xywh,
    "points": _pair,
    "keypoints": _keypoints,
    "polygons": _polygon,
}


def _turn_mask(cell: Any, code: int, size_wh: Size) -> Any:
    """Return an image cell turned: encoded ones as `{"bytes": PNG, "path": None}`, PIL images as such."""
    try:
        data = read_cell(cell)
        image = data if isinstance(data, Image.Image) else _decoded(data)
    except StageError:
        image = None
    # A mask with an orientation of its own is not in the pixel order of the image.
    if image is None or image.size != size_wh or image.mode not in _PNG_MODES:
        raise UnturnableError
    turned = image.transpose(_TURNS[code])
    if isinstance(data, Image.Image):
        return turned
    turned.info = {key: value for key, value in image.info.items() if key == "transparency"}
    if turned.mode == "P":  # all 256 colours, or Pillow would store fewer bits and cut higher indices off
        colours = image.getpalette("RGB") or []
        turned.putpalette(colours + [0] * (768 - len(colours)))
    out = io.BytesIO()
    turned.save(out, "PNG", compress_level=1)
    return {"bytes": out.getvalue(), "path": None}


def _decoded(data: bytes) -> Image.Image | None:
    """Return the stored pixels of an encoded mask, None where they are not all of its values."""
    structure = scan(data)
    image = first_frame(structure, MAX_PIXELS)
    whole = image.mode == "I;16" or not structure.deep
    return image if whole and structure.upright_code() == 1 else None
