"""Text by RapidOCR (PP-OCR): where it is and what it says. Whether it is personal is for `pii`.

What is read is private: it lives in `Finding.text` and nowhere else.
"""

import os
from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

import cv2
import numpy as np

from ..records import Finding, ModelInfo, Pixels, Points
from ..weights import threads
from .geometry import clip

NAME = "rapidocr"
MODELS: tuple[ModelInfo, ...] = (ModelInfo("rapidocr-ppocr", version("rapidocr")),)
MAX_SIDE = 1280  # all 88 lines of 20 rotated noisy cards are exact at this size
SECOND_LOOK = 0.7  # the check looks for text at this share of the first look's size
READABLE = 0.3  # a line read with less is noise
LONG_STRIP = 4  # an image of this aspect ratio or more is read in parts
THIN = 32  # pixels: strips less high are read at their own size
ENLARGED_SIDE = 736  # RapidOCR enlarges images until their short side has so many pixels
MIN_SIDE = 8  # no letter is legible in fewer pixels

_engines: dict[int, Any] = {}  # by process, for the reason given in weights/__init__.py


def read(rgb: Pixels) -> list[Finding]:
    """Return the lines of text in an RGB image, in any rotation, top to bottom."""
    found = []
    for x, y, part in _parts(rgb):
        result = _engine()(_bgr(part), text_score=READABLE)
        if result.txts is not None and result.boxes is not None:
            outlines = _along_reading(_crops(part, result.boxes)[1], result.boxes)
            for outline, text, score in zip(outlines, result.txts, result.scores, strict=True):
                found.append(_finding(np.add(outline, (x, y)), text, float(score), rgb.shape))
    return found


def locate(rgb: Pixels, *, scale: float = SECOND_LOOK) -> list[Points]:
    """Return the outlines of text in a second look at another scale, unread."""
    detector = _engine()._load_det_model()
    found = []
    for x, y, part in _parts(rgb):
        first = max(min(1.0, MAX_SIDE / max(part.shape[:2])), ENLARGED_SIDE / min(part.shape[:2]))
        side = scale * min(first, MAX_SIDE / max(part.shape[:2]))
        height, width = (max(32, round(n * side / 32) * 32) for n in part.shape[:2])
        view = cv2.resize(_bgr(part), (width, height), interpolation=cv2.INTER_AREA)
        blob = cv2.dnn.blobFromImage(view, 1 / 127.5, mean=(127.5, 127.5, 127.5))
        boxes, _ = detector.postprocess_op(detector.session(blob), part.shape[:2])
        found += [tuple((float(px) + x, float(py) + y) for px, py in box) for box in boxes]
    return found


def _parts(rgb: Pixels) -> list[tuple[int, int, Pixels]]:
    """Return the image, or the overlapping parts of a long strip, as (x, y, pixels).

    A panorama scaled down to `MAX_SIDE` as a whole would lose its text. RapidOCR enlarges the short side
    to `ENLARGED_SIDE`; parts are padded to an aspect ratio of 4 so that this has a bound (2.2 megapixels).
    """
    height, width = rgb.shape[:2]
    if min(height, width) < MIN_SIDE:
        return []
    corners = [(0, 0)]
    if max(height, width) > max(MAX_SIDE, LONG_STRIP * min(height, width)):
        last, step = max(height, width) - MAX_SIDE, MAX_SIDE * 4 // 5
        starts = [*range(0, last, step), last]
        corners = [(start, 0) if width > height else (0, start) for start in starts]
    size = max(height, width) if len(corners) == 1 else MAX_SIDE
    parts = []
    for x, y in corners:
        part = rgb[y : y + size, x : x + size]
        # What cannot hold two lines is not worth enlarging: a strip of 10 pixels took 25 s.
        thin = min(part.shape[:2]) < THIN
        least = ENLARGED_SIDE if thin else max(32, max(part.shape[:2]) // 4)
        below, right = (max(0, least - n) for n in part.shape[:2])
        parts.append((x, y, cv2.copyMakeBorder(part, 0, below, 0, right, cv2.BORDER_REPLICATE)))
    return parts


def read_crops(rgb: Pixels, outlines: Sequence[Points]) -> list[Finding]:
    """Return what each outline says now; a text of "" where nothing can be read."""
    if not outlines:
        return []
    turned, flipped = _crops(rgb, outlines)
    result = _engine().recognize_txt(turned)
    return [
        _finding(outline, text if score >= READABLE else "", float(score), rgb.shape)
        for outline, text, score in zip(
            _along_reading(flipped, outlines), result.txts, result.scores, strict=True
        )
    ]


def _crops(rgb: Pixels, outlines: Sequence[Any]) -> tuple[list[Pixels], list[bool]]:
    """Return what is in each outline, as it is read, and whether it stood on its head."""
    from rapidocr.utils.process_img import get_rotate_crop_image

    bgr = _bgr(rgb)
    crops = [get_rotate_crop_image(bgr, np.array(outline, np.float32)) for outline in outlines]
    turned, classes = _engine().cls_and_rotate(crops)
    threshold = _engine().cfg.Cls.cls_thresh
    return turned, ["180" in label and score > threshold for label, score in classes.cls_res]


def _along_reading(flipped: Sequence[bool], outlines: Sequence[Any]) -> list[Any]:
    """Return the outlines, each from where its reading starts: RapidOCR orders corners by their place."""
    turned = []
    for on_head, outline in zip(flipped, outlines, strict=True):
        points = np.array(outline, np.float64)
        # Upright boxes are read from top to bottom, unless they stand on their head.
        across, down = np.linalg.norm(points[1] - points[0]), np.linalg.norm(points[3] - points[0])
        turned.append(np.roll(points, -(int(down >= 1.5 * across) + 2 * on_head), axis=0))
    return turned


def _finding(outline: Any, text: str, score: float, shape: tuple[int, ...]) -> Finding:
    points = np.asarray(outline, np.float64)
    (x1, y1), (x2, y2) = points.min(0).tolist(), points.max(0).tolist()
    box = clip((x1, y1, x2, y2), (shape[1], shape[0]))
    return Finding("text", score, box, NAME, outline=tuple((x, y) for x, y in points.tolist()), text=text)


def _bgr(rgb: Pixels) -> Pixels:
    return np.ascontiguousarray(rgb[..., ::-1])


def _engine() -> Any:
    if os.getpid() not in _engines:
        from pathlib import Path

        import rapidocr

        models = Path(rapidocr.__file__).parent / "models"  # inside the wheel: nothing is downloaded
        _engines[os.getpid()] = rapidocr.RapidOCR(
            params={
                "Global.log_level": "critical",
                "Global.max_side_len": MAX_SIDE,
                "EngineConfig.onnxruntime.intra_op_num_threads": threads() or -1,
                "Det.model_path": str(models / "PP-OCRv6_det_small.onnx"),
                "Cls.model_path": str(models / "ch_ppocr_mobile_v2.0_cls_mobile.onnx"),
                "Rec.model_path": str(models / "PP-OCRv6_rec_small.onnx"),
            }
        )
    return _engines[os.getpid()]
