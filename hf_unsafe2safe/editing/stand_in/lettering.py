"""Text drawn where text was: in its colours, as long and as high, in its perspective.

The font is the one that comes with Pillow (Aileron, CC0).
"""

import cv2
import numpy as np

from ...records import Finding, Pixels

_FONT_SIZE = 96  # pixels at which letters are drawn before they are fitted
_WIDE, _HIGH = 0.97, 0.76  # of the outline that the letters fill
_OVER = 2  # pixels of the flat drawing for a pixel of the image
_LEAST_HEIGHT = 8  # pixels of a line; less is a smear
_LONGEST = 4096  # pixels of a side of the flat drawing
_EDGES = (5, 95)  # percentiles of the paper that its shading stays between


def corners_of(line: Finding) -> np.ndarray:
    """Return the four corners (4, 2) of a line in pixels, clockwise from where reading starts."""
    x1, y1, x2, y2 = line.box
    four = line.outline is not None and len(line.outline) == 4
    return np.array(line.outline if four else ((x1, y1), (x2, y1), (x2, y2), (x1, y2)), np.float64)


def can_be_drawn(corners: np.ndarray) -> bool:
    """Return whether a line is large enough for letters."""
    return min(_size(corners)) >= _LEAST_HEIGHT


def colours_of(rgb: Pixels, region: Pixels, corners: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the colour (3,) of the letters, and of the paper at each pixel of the region (N, 3).

    Of the two groups of pixels in the outline the larger is paper. Its colour is a plane over the region: of
    the pixels under it no more is taken.

    Args:
        rgb: (H, W, 3) uint8 as it was.
        region: (H, W); 255 = of this line.
        corners: (4, 2) of the line.

    Source: Otsu, A threshold selection method from gray-level histograms, 1979.
    """
    place = np.zeros_like(region)
    cv2.fillPoly(place, [np.rint(corners).astype(np.int32)], 255)
    ys, xs = np.nonzero(place & region)
    everywhere = np.argwhere(region > 0)[:, ::-1]
    if not len(xs):
        return np.zeros(3), np.full((len(everywhere), 3), 255.0)
    pixels = rgb[ys, xs]
    _, cut = cv2.threshold(
        cv2.cvtColor(pixels[None], cv2.COLOR_RGB2GRAY), 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU
    )
    bright = cut[0] > 0
    is_ink = bright != (bright.mean() >= 0.5)
    drawn = np.zeros_like(region)
    drawn[ys[is_ink], xs[is_ink]] = 255
    # Beside letters the paper has some of their colour.
    clean = cv2.dilate(drawn, np.ones((5, 5), np.uint8))[ys, xs] == 0
    clean = clean if clean.any() else ~is_ink
    plane, *_ = np.linalg.lstsq(_terms(np.stack([xs, ys], axis=1)[clean]), pixels[clean], rcond=None)
    least, most = np.percentile(pixels[clean], _EDGES, axis=0)
    paper = np.clip(_terms(everywhere) @ plane, least, most)
    return _strongest(pixels[is_ink], pixels[clean].mean(axis=0)), paper


def cover_of(corners: np.ndarray, text: str, size_wh: tuple[int, int]) -> np.ndarray:
    """Return how much of each pixel the letters of a text cover in the place of a line, (H, W) in [0, 1].

    Args:
        corners: (4, 2) of the line.
        text: What is written, one line.
        size_wh: Of the image.
    """
    width, height = (min(_LONGEST, max(1, round(_OVER * side))) for side in _size(corners))
    flat = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    matrix = cv2.getPerspectiveTransform(flat, corners.astype(np.float32))
    seen = cv2.warpPerspective(_letters(text, (width, height)), matrix, size_wh, flags=cv2.INTER_LINEAR)
    share: np.ndarray = seen.astype(np.float32) / 255
    return share


def _size(corners: np.ndarray) -> tuple[float, float]:
    """Return length and height of a line in pixels."""
    along, down = (float(np.linalg.norm(corners[i] - corners[0])) for i in (1, 3))
    return along, down


def _letters(text: str, size_wh: tuple[int, int]) -> Pixels:
    """Return white letters on black, (H, W) uint8, that fill a size."""
    import PIL.Image
    from PIL import ImageDraw, ImageFont

    font = ImageFont.load_default(_FONT_SIZE)
    left, top, right, bottom = (round(side) for side in font.getbbox(text))
    image = PIL.Image.new("L", (max(1, right - left), max(1, bottom - top)))
    ImageDraw.Draw(image).text((-left, -top), text, 255, font)
    width, height = size_wh
    inner = max(1, round(_WIDE * width)), max(1, round(_HIGH * height))
    result = np.zeros((height, width), np.uint8)
    x, y = (width - inner[0]) // 2, (height - inner[1]) // 2
    result[y : y + inner[1], x : x + inner[0]] = cv2.resize(
        np.asarray(image), inner, interpolation=cv2.INTER_AREA
    )
    return result


def _strongest(ink: np.ndarray, paper: np.ndarray) -> np.ndarray:
    """Return the median of the half of the ink (N, 3) that is least like the paper, black without any."""
    if not len(ink):
        return np.zeros(3)
    gaps = np.abs(ink - paper).sum(axis=1)
    colour: np.ndarray = np.median(ink[gaps >= np.median(gaps)], axis=0)
    return colour


def _terms(places: np.ndarray) -> np.ndarray:
    """Return x, y, 1 of places (N, 2)."""
    terms: np.ndarray = np.c_[places, np.ones(len(places))]
    return terms
