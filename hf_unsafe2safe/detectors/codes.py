"""Codes that a machine reads (QR, Aztec, Data Matrix, PDF417, EAN, Code 128 and others), decoded ones only.

Found by ZXing, checked by OpenCV's readers and by ZXing on other views. What a code says is private: it
lives in `Finding.text` and nowhere else. A code too small, blurred or bent to be decoded is not found: it
should have three pixels a module, with two some are missed. MaxiCode and turned rMQR are not read.
"""

import math
import os
import re
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from importlib.metadata import version

import cv2
import numpy as np

from .. import weights
from ..records import Finding, ModelInfo, Pixels
from .code_bars import whole_bars
from .geometry import clip

NAME = "zxing"
MODELS: tuple[ModelInfo, ...] = (ModelInfo("zxing-cpp", version("zxing-cpp")),)

# ZXing scans rows and columns, so a code of bars must lie near one of them: PDF417 within 6 degrees, others
# by how low their bars are. Square codes are found at any angle in the level view.
TURNS = tuple(range(10, 90, 10))  # degrees
TURNS_AGAIN = tuple(range(5, 90, 10))  # between those of the first look
DIAGONAL = 45  # degrees: square codes are read again in this view
INVERTED = 20  # degrees between the turns at which light bars on dark are looked for: they are rare
LEVEL_PIXELS = 16_000_000  # larger images are scaled down; all views of 12 megapixels take 1.3 s of one core
TURNED_PIXELS = 4_000_000  # the same for the turned views, margins included
LONGEST = 20_000  # pixels a side before enlarging: OpenCV cannot turn images with more than 32,767
MARGIN = 16  # white pixels around a view: codes cut at their edge need a quiet zone
STRIP = 16  # aspect ratio above which OpenCV looks for no QR code: it would enlarge a strip without bound
LEAST = 4  # pixels of a view's strip: there is no code in less
SMALL = 1_000_000  # pixels up to which an image is also seen enlarged
# Scales of further level views: PDF417 that one view happens to miss, one in twenty, is seen in another.
ENLARGED = 1.5  # in the first look
ENLARGED_AGAIN, REDUCED_AGAIN = 1.25, 0.75  # in the second, of small images and of others
_Look = Callable[[], list[Finding]]
SAME = 0.5  # an outline with this share in a larger one is the same code


def find(rgb: Pixels) -> list[Finding]:
    """Return the codes of an RGB image (H, W, 3) uint8, the largest first.

    Looks at the image as it is, at small ones also enlarged, then turned in steps of 10 degrees for codes
    made of bars.
    """
    gray = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
    full = _zoom(gray.shape, LEVEL_PIXELS)
    views = [partial(_zxing, gray, zoom) for zoom in (full, ENLARGED * full)[: 1 + (gray.size <= SMALL)]]
    return _distinct(_at_once([*views, *_turned(gray, TURNS, 0)]))


def decode_again(rgb: Pixels) -> list[Finding]:
    """Return the codes that other eyes see in an RGB image (H, W, 3) uint8, the largest first.

    OpenCV reads QR codes and EAN, UPC; for the other formats there is ZXing again, at another scale and
    turned by angles between those of `find`.
    """
    gray = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
    full = _zoom(gray.shape, LEVEL_PIXELS)
    level = partial(_zxing, gray, full * (ENLARGED_AGAIN if gray.size <= SMALL else REDUCED_AGAIN))
    return _distinct(_at_once([partial(_opencv, gray, full), level, *_turned(gray, TURNS_AGAIN, 5)]))


def _turned(gray: Pixels, turns: Sequence[int], inverted: int) -> list[_Look]:
    """Return looks at the turned views; those `inverted` degrees beside `INVERTED` read light bars too."""
    return [
        partial(_zxing, gray, _turned_zoom(gray.shape, turn), turn, inverted=turn % INVERTED == inverted)
        for turn in turns
    ]


def _at_once(looks: Sequence[_Look]) -> list[Finding]:
    """Return what all looks find, in their order, on all cores: the readers run outside Python's lock."""
    with ThreadPoolExecutor(weights.threads() or os.cpu_count()) as pool:
        return [finding for found in pool.map(lambda look: look(), looks) for finding in found]


def _zxing(gray: Pixels, zoom: float, turn: float = 0.0, *, inverted: bool = True) -> list[Finding]:
    """Return what ZXing decodes in one view, at its place in `gray`.

    Args:
        gray: (H, W) uint8.
        zoom: Scale of the view.
        turn: Degrees by which it is turned; only codes of bars are looked for unless level or `DIAGONAL`.
        inverted: Look for light bars on dark too. On its own ZXing does so for square codes only.
    """
    import zxingcpp

    if min(gray.shape) * zoom < LEAST:
        return []
    view, matrix = _view(gray, zoom, turn)
    back = cv2.invertAffineTransform(matrix)
    linear = zxingcpp.barcode_formats_from_str("AllLinear")
    wanted = zxingcpp.barcode_formats_from_str("AllLinear,PDF417,MicroPDF417" if turn % DIAGONAL else "All")
    read = zxingcpp.read_barcodes(view, formats=wanted)
    if inverted:
        read += zxingcpp.read_barcodes(255 - view, formats=linear, try_invert=False)
    bars = zxingcpp.barcode_formats_list(linear)
    found = []
    for code in read:
        place = code.position
        points = (place.top_left, place.top_right, place.bottom_right, place.bottom_left)
        corners = np.array([(p.x, p.y) for p in points], np.float64)
        if code.format in bars:
            corners = whole_bars(view, corners)
        name = re.sub("[^a-z0-9]", "", str(code.format).lower())
        found.append(_finding(corners @ back[:, :2].T + back[:, 2], f"{NAME}:{name}", code.text, gray.shape))
    return found


def _opencv(gray: Pixels, zoom: float) -> list[Finding]:
    """Return what OpenCV decodes in the level view, at its place in `gray`."""
    view, matrix = _view(gray, zoom, 0.0)
    back = cv2.invertAffineTransform(matrix)
    read: list[tuple[str, str, np.ndarray]] = []
    if max(view.shape) <= STRIP * min(view.shape):
        try:
            _, texts, points, _ = cv2.QRCodeDetector().detectAndDecodeMulti(view)
            read += [("opencv:qr", *pair) for pair in _pairs(texts, points)]
        except cv2.error:
            pass  # it asserts on some shapes that only resemble a QR code: there is none that it can read
    _, texts, _, points = cv2.barcode.BarcodeDetector().detectAndDecodeWithType(view)
    read += [("opencv:barcode", *pair) for pair in _pairs(texts, points)]
    return [
        _finding(corners @ back[:, :2].T + back[:, 2], source, text, gray.shape)
        for source, text, corners in read
    ]


def _pairs(texts: Sequence[str], points: np.ndarray | None) -> list[tuple[str, np.ndarray]]:
    """Return what OpenCV decoded with its corners (4, 2); it also lists what it saw and could not decode."""
    places = () if points is None else points
    return [(text, corners) for text, corners in zip(texts, places, strict=True) if text]


def _view(gray: Pixels, zoom: float, turn: float) -> tuple[Pixels, np.ndarray]:
    """Return the image scaled, turned and set in a white margin, and the (2, 3) matrix that leads there."""
    height, width = gray.shape
    small_wh = (max(1, round(width * zoom)), max(1, round(height * zoom)))
    small = cv2.resize(gray, small_wh, interpolation=cv2.INTER_AREA if zoom < 1 else cv2.INTER_LINEAR)
    matrix = cv2.getRotationMatrix2D((small_wh[0] / 2, small_wh[1] / 2), turn, 1)
    around = np.abs(matrix[:, :2]) @ small_wh + 2 * MARGIN  # width and height of the view
    matrix[:, 2] += around / 2 - np.array(small_wh) / 2
    size_wh = (math.ceil(around[0]), math.ceil(around[1]))
    view = cv2.warpAffine(small, matrix, size_wh, flags=cv2.INTER_LINEAR, borderValue=255)
    return view, matrix * np.array([small_wh[0] / width, small_wh[1] / height, 1])


def _zoom(shape: Sequence[int], pixels: int) -> float:
    """Return the scale, at most 1, at which an image has no more than `pixels` nor a side over `LONGEST`."""
    return min(1.0, math.sqrt(pixels / (shape[0] * shape[1])), LONGEST / max(shape[:2]))


def _turned_zoom(shape: Sequence[int], turn: float) -> float:
    """Return the scale for a turned view: the area around a turned strip is much larger than the strip."""
    cos, sin = math.cos(math.radians(turn)), math.sin(math.radians(turn))
    height, width = shape[:2]
    return _zoom(
        (math.ceil(height * cos + width * sin), math.ceil(width * cos + height * sin)), TURNED_PIXELS
    )


def _finding(corners: np.ndarray, source: str, text: str, shape: Sequence[int]) -> Finding:
    (x1, y1), (x2, y2) = corners.min(0).tolist(), corners.max(0).tolist()
    outline = tuple((float(x), float(y)) for x, y in corners)
    return Finding("code", 1.0, clip((x1, y1, x2, y2), (shape[1], shape[0])), source, outline, text=text)


def _distinct(found: Sequence[Finding]) -> list[Finding]:
    """Return the findings, the largest first, without those that lie in a larger one."""
    kept: list[tuple[Finding, np.ndarray]] = []
    hulls = [(f, cv2.convexHull(np.array(f.outline, np.float32))) for f in found]
    for finding, hull in sorted(hulls, key=lambda pair: -cv2.contourArea(pair[1])):
        area = max(cv2.contourArea(hull), 1.0)
        if all(cv2.intersectConvexConvex(hull, other)[0] <= SAME * area for _, other in kept):
            kept.append((finding, hull))
    return [finding for finding, _ in kept]
