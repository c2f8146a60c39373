"""Whether who has the originals can tell which safe image was made of which: linkage by pHash."""

from collections.abc import Sequence

import numpy as np

from ..metric import Metric, Observation, Table
from ..pair import Pair

CHUNK = 1024  # safe images compared at a time: 4 MB a thousand originals


def link_shares(originals: np.ndarray, safe: np.ndarray) -> np.ndarray:
    """Return for each safe image how surely its own original is the nearest one, (N,) in [0, 1].

    1 where it alone is the nearest, 1/k where it is one of k that are equally near, else 0. It takes N^2
    comparisons: a second or two for 10,000 images.

    Args:
        originals: (N, bits) bool, one line an image.
        safe: Of the same rows, in the same order.

    Example:
        >>> bits = np.eye(3, 8, dtype=bool)
        >>> link_shares(bits, bits).tolist(), link_shares(bits, ~bits).tolist()
        ([1.0, 1.0, 1.0], [0.0, 0.0, 0.0])
    """
    gallery, queries = (np.where(bits, 1, -1).astype(np.float32) for bits in (originals, safe))
    shares = np.zeros(len(safe))
    for start in range(0, len(safe), CHUNK):
        alike = queries[start : start + CHUNK] @ gallery.T  # bits minus twice the distance: whole numbers
        own = alike[np.arange(len(alike)), start + np.arange(len(alike))]
        best = alike.max(axis=1)
        shares[start : start + CHUNK] = (own == best) / (alike == best[:, None]).sum(axis=1)
    return shares


class Membership(Metric):
    """How often a safe image leads back to its own original among all originals, by perceptual hash.

    Formula:
        Mean over safe images of 1 if their own original has the least pHash distance of all originals of
        the set, 1/k if k originals have it, else 0.

    Meaning:
        1 says that who holds the originals knows for each safe image which one it was made of, and so that
        this photo was in the dataset. Chance is 1/N for N images.

    Range:
        0 to 1; a raw copy has 1, unless images occur twice. Lower is more private.

    Source:
        Linkage as in record linkage, with the hash of `phash-distance`; our own definition.

    Pitfalls:
        Edits inside regions keep the rest of the image, so the figure is near 1 by design: they hide who is
        seen, not which photo it was. Only whole new images lower it. It depends on the number of images:
        compare sets of the same size only. pHash does not survive mirroring or turning: such copies seem
        private. Copies within a set lower it without any privacy. Of one image
        it says nothing. The interval draws rows again, but not the originals that they are compared with.
    """

    name = "membership"
    title = "Safe images that lead to their original"
    dimension = "privacy"
    higher_is_better = False
    unit = "share"
    needs = ("phash",)
    least = "one row only"

    def observe(self, pair: Pair) -> Observation:
        """Return the bits of both images."""
        return {
            "original": np.asarray(pair.original.looks["phash"]["bits"], bool),
            "safe": np.asarray(pair.safe.looks["phash"]["bits"], bool),
        }

    def contributions(self, rows: Sequence[Observation]) -> Table:
        """Return share and weight of each row; of a single row the weight is 0."""
        originals, safe = (np.stack([row[name] for row in rows]) for name in ("original", "safe"))
        shares = link_shares(originals, safe)
        return np.stack([shares, np.full(len(rows), float(len(rows) > 1))], axis=1)
