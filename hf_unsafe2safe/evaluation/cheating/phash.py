"""Distance of perceptual hashes (pHash): over the image, and of each risky region."""

import numpy as np
import PIL.Image

from ...detectors.geometry import clip, window
from ...extras import need
from ...records import Pixels
from ..metric import ExcludedRowError, Metric, Observation, part
from ..pair import Pair
from ..sizes import safe_like_original

LEAST_SIDE = 16  # pixels of a place: the hash looks at 32 x 32, and smaller ones are mostly interpolated
BITS = 64


def hash_bits(rgb: Pixels) -> np.ndarray:
    """Return the pHash of an image, (64,) bool."""
    import imagehash

    return np.asarray(imagehash.phash(PIL.Image.fromarray(rgb)).hash, bool).ravel()


def hash_distance(a: np.ndarray, b: np.ndarray) -> float:
    """Return the share of bits that differ, in [0, 1].

    Example:
        >>> hash_distance(np.array([True, False]), np.array([True, True]))
        0.5
    """
    return float((a != b).mean())


class PhashDistance(Metric):
    """How far the perceptual hashes of safe image and original are apart.

    Formula:
        Bits that differ of 64, divided by 64; a bit says whether one of the 64 lowest frequencies of the
        image at 32 x 32 pixels is above their median. Mean over images.

    Meaning:
        0 says that who has the original finds the safe image by its hash. Unrelated images have about 0.5.

    Range:
        0 to 1; a raw copy has 0. Higher is less of a copy.

    Source:
        Zauner, Implementation and benchmarking of perceptual image hash functions, 2010; `imagehash`.

    Pitfalls:
        It hashes the whole image at 32 x 32 pixels: an edit of small regions changes no bit, and should not.
        A distance of 0 is then no sign of cheating; see `phash-regions`.
    """

    name = "phash-distance"
    title = "pHash distance to the original"
    dimension = "cheating"
    higher_is_better = True
    unit = "share of bits"
    needs = ("phash",)

    def observe(self, pair: Pair) -> Observation:
        """Return the distance of the two looks."""
        first, second = (seen.looks["phash"]["bits"] for seen in (pair.original, pair.safe))
        return part(hash_distance(first, second))


class RegionPhash(Metric):
    """How far the perceptual hashes of the risky regions are apart.

    Formula:
        As `phash-distance`, of each risky region cut out of both images; mean over regions.

    Meaning:
        0 says that the regions are as they were, to a rough look. Unrelated pictures have about 0.5.

    Range:
        0 to 1; a raw copy has 0. Higher is less of a copy.

    Source:
        As `phash-distance`.

    Pitfalls:
        A blur keeps low frequencies and so most bits, by design of the hash. Of a region of one colour the
        bits are those of rounding. Regions with a side under 16 pixels are left out, and images where none
        is left. A safe image of another size is first resized to that of the original. A safe image that is
        cropped, mirrored or turned is compared at the wrong places and seems edited: read `facesim` and
        `reidentification` there.
    """

    name = "phash-regions"
    title = "pHash distance of the risky regions"
    dimension = "cheating"
    higher_is_better = True
    unit = "share of bits"

    def __init__(self) -> None:
        need("evaluate", "pHash", "imagehash")

    def observe(self, pair: Pair) -> Observation:
        """Return the sum of the distances and the number of regions."""
        if not pair.places:
            raise ExcludedRowError("no risky regions")
        original, safe = pair.original.rgb, safe_like_original(pair)
        distances = []
        for place in pair.places:
            cut = window(clip(place.box, (original.shape[1], original.shape[0])))
            if min(original[cut].shape[:2]) >= LEAST_SIDE:
                distances.append(hash_distance(hash_bits(original[cut]), hash_bits(safe[cut])))
        if not distances:
            raise ExcludedRowError("all risky regions under 16 pixels")
        return part(sum(distances), len(distances))
