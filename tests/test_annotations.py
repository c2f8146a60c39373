"""Turning coordinates and masks: what is drawn in a stored image is where the turned coordinates say."""

import struct
import zlib
from io import BytesIO
from typing import Any

import cv2
import numpy as np
import PIL.Image
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL.PngImagePlugin import PngInfo

from hf_unsafe2safe.annotations import UnturnableError, annotation_forms, stored_size, turn
from hf_unsafe2safe.errors import ConfigError, UnknownNameError
from hf_unsafe2safe.imaging.modes import upright

CODES = range(1, 9)
INVERSE = {6: 8, 8: 6}  # all others are their own
quick = settings(max_examples=200, deadline=None, derandomize=True, database=None)


@st.composite
def drawn_boxes(draw: Any) -> tuple[tuple[int, int], tuple[int, int, int, int]]:
    """Draw the size of an image and an xyxy box in it of at least one pixel."""
    w, h = draw(st.integers(1, 12)), draw(st.integers(1, 12))
    x1, y1 = draw(st.integers(0, w - 1)), draw(st.integers(0, h - 1))
    return (w, h), (x1, y1, draw(st.integers(x1 + 1, w)), draw(st.integers(y1 + 1, h)))


def paint(size_wh: tuple[int, int], box: tuple[int, int, int, int]) -> np.ndarray:
    pixels = np.zeros((size_wh[1], size_wh[0]), np.uint8)
    pixels[box[1] : box[3], box[0] : box[2]] = 255
    return pixels


def seen(pixels: np.ndarray) -> list[int]:
    """Return the xyxy box of what is painted."""
    ys, xs = np.nonzero(pixels)
    return [int(xs.min()), int(ys.min()), int(xs.max()) + 1, int(ys.max()) + 1]


@quick
@given(drawn_boxes(), st.sampled_from(CODES))
def test_the_box_of_a_turned_image_is_the_turned_box(drawn: Any, code: int) -> None:
    size_wh, box = drawn
    x1, y1, x2, y2 = seen(upright(paint(size_wh, box), code))
    assert turn(list(box), "xyxy", code, size_wh) == [x1, y1, x2, y2]
    as_coco = [box[0], box[1], box[2] - box[0], box[3] - box[1]]
    assert turn(as_coco, "xywh", code, size_wh) == [x1, y1, x2 - x1, y2 - y1]


@quick
@given(drawn_boxes(), st.sampled_from(CODES))
def test_a_point_stays_on_its_pixel(drawn: Any, code: int) -> None:
    size_wh, (x, y, _, _) = drawn
    x1, y1, _, _ = seen(upright(paint(size_wh, (x, y, x + 1, y + 1)), code))
    here, there = (x + 0.5, y + 0.5), [x1 + 0.5, y1 + 0.5]
    assert turn(list(here), "points", code, size_wh) == there
    assert turn([*here, 2], "keypoints", code, size_wh) == [*there, 2]
    assert turn([*here] * 3, "polygons", code, size_wh) == there * 3


whole, eighths = st.integers(-50, 50), st.integers(-400, 400).map(lambda n: n / 8)


def lists_of(length: int) -> st.SearchStrategy[Any]:
    flat = st.one_of(*(st.lists(number, min_size=length, max_size=length) for number in (whole, eighths)))
    return st.recursive(st.one_of(st.none(), flat), lambda inner: st.lists(inner, max_size=3), max_leaves=6)


FORMS = {"xyxy": 4, "xywh": 4, "points": 2, "keypoints": 6, "polygons": 8}


@quick
@given(st.data(), st.sampled_from(sorted(FORMS)), st.sampled_from(CODES))
def test_the_inverse_returns_everything(data: Any, form: str, code: int) -> None:
    size_wh = (data.draw(st.integers(1, 40)), data.draw(st.integers(1, 40)))
    values = data.draw(lists_of(FORMS[form]))
    turned = turn(values, form, code, size_wh)
    assert turn(turned, form, INVERSE.get(code, code), stored_size(size_wh, code)) == values
    assert _types(turned) == _types(values)  # whole numbers stay whole, whatever is mirrored


def _types(value: Any) -> Any:
    return (
        sorted(t for part in value for t in _types(part)) if isinstance(value, list) else [str(type(value))]
    )


# Given by hand, for an image of 40 x 30 on its side: what is left is on top after the turn.
CASES: dict[str, tuple[str, Any, Any]] = {
    "box": ("xyxy", [0, 0, 10, 20], [10, 0, 30, 10]),
    "no box": ("xyxy", None, None),
    "no boxes": ("xyxy", [], []),
    "some boxes": ("xywh", [[0, 0, 10, 20], None, []], [[10, 0, 20, 10], None, []]),
    # COCO writes a point that nobody labelled so; one at the corner of the image has a visibility.
    "unlabelled": ("keypoints", [0, 0, 0, 0, 0, 1, 5, 6, 0], [0, 0, 0, 30, 0, 1, 24, 5, 0]),
    "no visibility": ("keypoints", [5, 6, None], [24, 5, None]),
    "polygons of objects": ("polygons", [[[0, 0, 40, 0, 40, 30]], []], [[[30, 0, 30, 40, 0, 40]], []]),
    "beyond the edge": ("points", [-1, 31], [-1, -1]),
    "tuples": ("points", ((1, 2), (3, 4)), [[28, 1], [26, 3]]),
}


@pytest.mark.parametrize("case", CASES)
def test_values_by_hand(case: str) -> None:
    form, value, wanted = CASES[case]
    assert turn(value, form, 6, (40, 30)) == wanted


def test_not_a_number_stays_so() -> None:
    turned = turn([float("nan"), 1.0, 5.0, 2.0], "xyxy", 6, (40, 30))
    assert turned[0::2] == [28.0, 29.0]
    assert np.isnan(turned[1])


ODD: dict[str, tuple[str, Any]] = {
    "a box with an angle": ("xyxy", [1, 2, 3, 4, 0.5]),
    "a box of two": ("xywh", [1, 2]),
    "a box with a hole": ("xyxy", [1, None, 3, 4]),
    "three": ("points", [1, 2, 3]),
    "pairs": ("keypoints", [1, 2, 3, 4]),
    "an odd polygon": ("polygons", [1, 2, 3]),
    "a number": ("points", 5),
    "text": ("points", "1,2"),
    "run lengths": ("polygons", {"counts": [1], "size": [1, 1]}),
    "mixed": ("points", [[1, 2], 3]),
    "letters": ("points", ["1", "2"]),
    "no mask": ("mask", b"junk"),
    "an empty mask": ("mask", {"bytes": None, "path": None}),
}


@pytest.mark.parametrize("case", ODD)
def test_what_is_not_of_the_form_is_refused(case: str) -> None:
    form, value = ODD[case]
    with pytest.raises(UnturnableError):
        turn(value, form, 6, (40, 30))


def test_forms_are_checked() -> None:
    assert annotation_forms(None) == {}
    with pytest.raises(UnknownNameError, match=r"Unknown form 'yolo' of the annotations 'b'\. Known: xyxy, "):
        annotation_forms({"a": None, "b": "yolo"})
    for odd in (["bbox"], {3: "xyxy"}, "bbox"):
        with pytest.raises(ConfigError, match="annotations must map column names to forms"):
            annotation_forms(odd)  # type: ignore[arg-type]


# --- masks -------------------------------------------------------------------------------------------------

RNG = np.random.default_rng(3)


def palette_image() -> PIL.Image.Image:
    """Return three classes and 255 for void, with colours for all, as PASCAL VOC has them."""
    image = PIL.Image.fromarray(RNG.choice(np.array([0, 1, 2, 255], np.uint8), (30, 40)))
    image.putpalette([0, 0, 0, 128, 0, 0, 0, 128, 0, *[0] * 756, 224, 224, 192])
    return image


def short_palette(data: bytes) -> bytes:
    """Return a PNG with only the first three colours of its palette, as other writers make it."""
    start = data.index(b"PLTE")
    chunk = b"PLTE" + data[start + 4 : start + 13]
    chunk = struct.pack(">I", 9) + chunk + struct.pack(">I", zlib.crc32(chunk))
    return data[: start - 4] + chunk + data[start + 4 + 768 + 4 :]


MASKS: dict[str, PIL.Image.Image] = {
    "1": PIL.Image.fromarray(RNG.integers(0, 2, (30, 40)).astype(bool)),
    "L": PIL.Image.fromarray(RNG.integers(0, 256, (30, 40), np.uint8)),
    "P": palette_image(),
    "I;16": PIL.Image.fromarray(RNG.integers(0, 65536, (30, 40), np.uint16)),
    "LA": PIL.Image.fromarray(RNG.integers(0, 256, (30, 40, 2), np.uint8)),
    "RGB": PIL.Image.fromarray(RNG.integers(0, 256, (30, 40, 3), np.uint8)),
    "RGBA": PIL.Image.fromarray(RNG.integers(0, 256, (30, 40, 4), np.uint8)),
}


def stored(image: PIL.Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    out = BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


@pytest.mark.parametrize("code", CODES[1:])
@pytest.mark.parametrize("mode", MASKS)
def test_masks_keep_their_values(mode: str, code: int) -> None:
    cell = {"bytes": stored(MASKS[mode]), "path": "private.png"}
    turned = turn(cell, "mask", code, (40, 30))
    assert turned["path"] is None
    image = PIL.Image.open(BytesIO(turned["bytes"]))
    assert (image.mode, image.format) == (mode, "PNG")
    assert np.array_equal(np.asarray(image), upright(np.asarray(MASKS[mode]), code))
    assert image.getpalette() == MASKS[mode].getpalette()


def test_values_without_a_colour_stay() -> None:
    data = short_palette(stored(MASKS["P"]))
    assert len(PIL.Image.open(BytesIO(data)).getpalette() or []) == 9
    image = PIL.Image.open(BytesIO(turn({"bytes": data, "path": None}, "mask", 2, (40, 30))["bytes"]))
    assert np.array_equal(np.asarray(image), np.asarray(MASKS["P"])[:, ::-1])


def test_masks_in_lists_and_as_pil_images() -> None:
    image = MASKS["L"]
    one, nothing, other = turn([{"bytes": stored(image), "path": None}, None, image], "mask", 8, (40, 30))
    assert nothing is None
    assert np.array_equal(np.asarray(other), np.asarray(PIL.Image.open(BytesIO(one["bytes"]))))


def test_a_mask_loses_its_metadata_and_keeps_its_transparency() -> None:
    info = PngInfo()
    info.add_text("Author", "Zebulon")
    options = {"pnginfo": info, "icc_profile": b"Zebulon" * 30, "transparency": 1}
    data = stored(MASKS["P"], **options)
    turned = PIL.Image.open(BytesIO(turn({"bytes": data, "path": None}, "mask", 3, (40, 30))["bytes"]))
    turned.load()
    assert set(turned.info) == {"transparency"}
    assert np.array_equal(
        np.asarray(turned.convert("RGBA")),
        upright(np.asarray(PIL.Image.open(BytesIO(data)).convert("RGBA")), 3),
    )


def sideways() -> PIL.Image.Exif:
    exif = PIL.Image.Exif()
    exif[0x112] = 6
    return exif


BAD_MASKS: dict[str, bytes] = {
    "another size": stored(MASKS["L"].resize((20, 15))),
    "upright already": stored(MASKS["L"].transpose(PIL.Image.Transpose.ROTATE_90)),
    "an orientation of its own": stored(MASKS["L"], exif=sideways()),
    "a mode that PNG has not": stored(MASKS["RGB"].convert("CMYK"), "TIFF"),
    "16-bit colour": cv2.imencode(".png", RNG.integers(0, 65536, (30, 40, 3), np.uint16))[1].tobytes(),
    "half a file": stored(MASKS["L"])[:200],
    "no bytes": b"",
}


@pytest.mark.parametrize("case", BAD_MASKS)
def test_masks_that_cannot_be_turned(case: str) -> None:
    with pytest.raises(UnturnableError):
        turn({"bytes": BAD_MASKS[case], "path": None}, "mask", 6, (40, 30))
