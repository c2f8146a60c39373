"""How near the faces of an original are to what is in its safe image: computed once a pair for all metrics.

There are two ways to look. A face *found* in the safe image is what a face search sees that knows nothing.
A face *at its place* is what an attacker sees who knows where it was, for example from the published region:
the embedder looks at the safe image with the landmarks of the original, whether a detector sees a face there
or not.
"""

import weakref

import numpy as np

from ...detectors import identity
from ...detectors.geometry import window
from ...records import Box, Finding
from ..metric import ExcludedRowError
from ..pair import Look, Pair
from ..sizes import safe_like_original

# Pixels high, in the original. To a recogniser a smaller face and a filled spot are alike: of 20 faces under
# 32 pixels 11 were nearer than 0.6 to their filled place, of 21 others 2.
LEAST_FACE = 32

# The pair that was looked at last and the embeddings at its places: several metrics ask for them in a row.
_latest: tuple[weakref.ref[Pair], np.ndarray] | None = None


def as_findings(look: Look) -> list[Finding]:
    """Return the faces of the look `faces` as findings with landmarks, in its order."""
    return [
        Finding("face", 1.0, _box(box), "faces", landmarks=tuple((float(x), float(y)) for x, y in points))
        for box, points in zip(look["boxes"], look["landmarks"], strict=True)
    ]


def original_faces(pair: Pair) -> Look:
    """Return the look `faces` of the original.

    Raises:
        ExcludedRowError: There is no face.
    """
    look = pair.original.looks["faces"]
    if not len(look["boxes"]):
        raise ExcludedRowError("no face in the original")
    return look


def is_judged(pair: Pair) -> np.ndarray:
    """Return which faces of the original are large enough for a recogniser, (all faces,) bool.

    Raises:
        ExcludedRowError: None is.
    """
    boxes = original_faces(pair)["boxes"]
    large = np.asarray(boxes[:, 3] - boxes[:, 1] >= LEAST_FACE)
    if not large.any():
        raise ExcludedRowError(f"no face of {LEAST_FACE} pixels or more")
    return large


def judged_faces(pair: Pair) -> Look:
    """Return the look `faces` of the original with those faces only that are judged, N of them.

    Raises:
        ExcludedRowError: There is none.
    """
    large = is_judged(pair)
    return {name: values[large] for name, values in pair.original.looks["faces"].items()}


def gaps_to_found(pair: Pair) -> np.ndarray:
    """Return the (N,) L2 distance of each judged face to the nearest face found in the safe image.

    It is infinite where none was found, and 0 where a distance is no number: that must not look safe.
    """
    own, found = judged_faces(pair)["embeddings"], pair.safe.looks["faces"]["embeddings"]
    if not len(found):
        return np.full(len(own), np.inf)
    gaps = np.nan_to_num(identity.distance(own, found), nan=0.0)
    return np.asarray(gaps.min(axis=1), np.float64)


def gaps_at_place(pair: Pair) -> np.ndarray:
    """Return the (N,) L2 distance of each judged face to what is at its place; no number counts as 0."""
    own = judged_faces(pair)["embeddings"]
    gaps = np.nan_to_num(np.linalg.norm(own - embeddings_at_place(pair), axis=1), nan=0.0)
    return np.asarray(gaps, np.float64)


def embeddings_at_place(pair: Pair) -> np.ndarray:
    """Return the (N, 128) embeddings of the safe image at the landmarks of the judged faces.

    Where no pixel of a face's box changed they are those of the original.
    """
    global _latest
    if _latest is not None and _latest[0]() is pair:
        return _latest[1]
    look = judged_faces(pair)
    known, safe = as_findings(look), safe_like_original(pair)
    places = [window(face.box) for face in known]
    changed = [k for k, p in enumerate(places) if not np.array_equal(pair.original.rgb[p], safe[p])]
    result = np.array(look["embeddings"], np.float32)
    result[changed] = identity.embed(safe, [known[k] for k in changed])
    _latest = weakref.ref(pair), result
    return result


def embeddings_found(pair: Pair) -> np.ndarray:
    """Return for each judged face the embedding of the nearest face found in the safe image, (N, 128).

    Where none was found it is that of what is at its place. A distance that is no number is the nearest.
    """
    own, found = judged_faces(pair)["embeddings"], pair.safe.looks["faces"]["embeddings"]
    if not len(found):
        return embeddings_at_place(pair)
    gaps = np.nan_to_num(identity.distance(own, found), nan=-1.0)
    return np.asarray(found[gaps.argmin(axis=1)], np.float32)


def _box(sides: np.ndarray) -> Box:
    x1, y1, x2, y2 = sides.tolist()
    return x1, y1, x2, y2
