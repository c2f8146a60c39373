"""Pairs made by hand, one small builder a look, and the figure of a metric over pairs."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from hf_unsafe2safe.evaluation.metric import ExcludedRowError, Metric
from hf_unsafe2safe.evaluation.pair import Look, Pair, Place, Seen
from hf_unsafe2safe.records import Box, Pixels

GRAY = np.full((32, 32, 3), 128, np.uint8)


def pair(
    original_rgb: Pixels = GRAY,
    safe_rgb: Pixels | None = None,
    *,
    looks: Mapping[str, Look] | None = None,
    safe_looks: Mapping[str, Look] | None = None,
    data: bytes | None = None,
    safe_data: bytes | None = None,
    boxes: Sequence[Box] = (),
    kind: str = "face",
    row: str = "train/0",
    **rest: Any,
) -> Pair:
    """Return a pair; what is not given of the safe image is that of the original: a raw copy.

    Args:
        boxes: Places of `kind`; the mask is drawn from them.
        rest: Other fields of `Pair`.
    """
    mask = np.zeros(original_rgb.shape[:2], np.uint8)
    for x0, y0, x1, y1 in boxes:
        mask[int(y0) : int(y1), int(x0) : int(x1)] = 255
    seen = looks or {}
    fields = {"places": tuple(Place(kind, box) for box in boxes), "mask": mask} | rest
    return Pair(
        row,
        Seen(original_rgb, seen, data),
        Seen(
            original_rgb if safe_rgb is None else safe_rgb,
            seen if safe_looks is None else safe_looks,
            safe_data,
        ),
        **fields,
    )


def look_faces(embeddings: Any = (), boxes: Any = None, scores: Any = None) -> Look:
    """Return the look `faces`: embeddings (N, 128); shorter ones are filled up with zeros."""
    given = [np.asarray(one, np.float32) for one in embeddings]
    full = [np.pad(one, (0, 128 - len(one))) for one in given]
    places = _boxes(boxes, len(full))
    return {
        "boxes": places,
        "scores": _scores(scores, len(full)),
        "landmarks": np.repeat(places[:, None, :2], 5, axis=1),
        "embeddings": np.array(full, np.float32).reshape(-1, 128),
    }


def look_faces_second(boxes: Any = (), scores: Any = None) -> Look:
    """Return the look `faces_second`."""
    return {"boxes": _boxes(boxes, len(boxes)), "scores": _scores(scores, len(boxes))}


def look_lines(
    texts: Sequence[str] = (), kinds: Sequence[str] | None = None, boxes: Any = None, scores: Any = None
) -> Look:
    """Return the look `lines`; without kinds all are `text`."""
    return {
        "boxes": _boxes(boxes, len(texts)),
        "texts": _words(texts),
        "scores": _scores(scores, len(texts)),
        "kinds": _words(["text"] * len(texts) if kinds is None else kinds),
    }


def look_codes(texts: Sequence[str] = (), boxes: Any = None) -> Look:
    """Return the look `codes`; an empty text is a code that nothing decodes."""
    return {"boxes": _boxes(boxes, len(texts)), "texts": _words(texts)}


def look_objects(labels: Sequence[str] = (), boxes: Any = None, scores: Any = None) -> Look:
    """Return the look `objects`."""
    return {
        "boxes": _boxes(boxes, len(labels)),
        "labels": _words(labels),
        "scores": _scores(scores, len(labels)),
    }


def look_vector(values: Any) -> Look:
    """Return the look `object_bank`, `clip`, `inception` or `features`."""
    return {"vector": np.asarray(values, np.float32)}


def look_phash(bits: Any) -> Look:
    """Return the look `phash`: 64 bits, or the places of those that are set as a sequence of numbers."""
    given = np.asarray(bits)
    if given.dtype == bool:
        return {"bits": given}
    bits = np.zeros(64, bool)
    bits[given.astype(int)] = True
    return {"bits": bits}


def look_estimates(ages: Any = (), female: Any = None, tones: Any = None) -> Look:
    """Return the look `estimates`; what is not given is unknown, NaN."""
    unknown = np.full(len(ages), np.nan, np.float32)
    return {
        "ages": np.asarray(ages, np.float32),
        "female": unknown if female is None else np.asarray(female, np.float32),
        "tones": unknown if tones is None else np.asarray(tones, np.float32),
    }


def figure(metric: Metric, pairs: Iterable[Pair]) -> float:
    """Return the figure of a metric over pairs; excluded rows are left out, and none at all is NaN."""
    rows = []
    for one in pairs:
        try:
            rows.append(metric.observe(one))
        except ExcludedRowError:
            continue
    return metric.summarise(metric.contributions(rows)) if rows else float("nan")


def _boxes(boxes: Any, count: int) -> np.ndarray:
    """Return boxes (N, 4); those not given stand side by side."""
    if boxes is None:
        boxes = [(20 * k, 0, 20 * k + 16, 16) for k in range(count)]
    return np.asarray(boxes, np.float32).reshape(-1, 4)


def _scores(scores: Any, count: int) -> np.ndarray:
    return np.ones(count, np.float32) if scores is None else np.asarray(scores, np.float32)


def _words(words: Sequence[str]) -> np.ndarray:
    return np.array(list(words), dtype=str)
