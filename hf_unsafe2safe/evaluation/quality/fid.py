"""Do the safe images look like the originals as a set?"""

from collections.abc import Sequence

import numpy as np

from ..feature_sets import features, halves, side_by_side
from ..looks.inception import Inception
from ..metric import Metric, Observation, Table
from ..pair import Pair

Features = np.ndarray  # (N, D), a line a row


def frechet_distance(originals: Features, safe: Features) -> float:
    """Return the Frechet distance of two sets of features (N, D) and (M, D), by torch-fidelity; at least 0.

    With fewer rows than features both sets lie in a small space: they are turned into it first, which changes
    no distance and makes the square root of the covariances quick.

    Returns:
        NaN where a set has less than two rows.
    """
    if min(len(originals), len(safe)) < 2:
        return float("nan")
    import torch
    from torch_fidelity.metric_fid import (
        KEY_METRIC_FID,
        fid_features_to_statistics,
        fid_statistics_to_metric,
    )

    both = _turned(originals, safe)
    of_originals, of_safe = (fid_features_to_statistics(torch.from_numpy(one)) for one in both)
    value = fid_statistics_to_metric(of_originals, of_safe, verbose=False)[KEY_METRIC_FID]
    return float(np.maximum(value, 0.0))  # of equal sets rounding may leave less; NaN stays


def _turned(originals: Features, safe: Features) -> tuple[Features, Features]:
    """Return both sets in an orthonormal basis of the space that they lie in."""
    both = np.concatenate([originals, safe]).astype(np.float64)
    if len(both) < both.shape[1]:
        middle = both.mean(axis=0)
        basis, _ = np.linalg.qr((both - middle).T)  # (D, N + M)
        both = (both - middle) @ basis
    return both[: len(originals)], both[len(originals) :]


class Fid(Metric):
    """How far the safe images are, as a set, from the originals.

    Formula:
        |m - n|^2 + tr(S + T - 2 (S T)^(1/2)) with mean m and covariance S of the Inception features of the
        originals, n and T of the safe images. Computed by torch-fidelity. Images are resized to 299 x 299 by
        Pillow's bicubic filter to 8 bits, then embedded ("clean" resizing).

    Meaning:
        0 is two equal sets. It grows when the safe images have artefacts, are blurred or less varied. It says
        nothing of single rows: there is no worst row.

    Range:
        From 0, without end; lower is better.

    Source:
        Heusel et al., "GANs Trained by a Two Time-Scale Update Rule" (arXiv 1706.08500); resizing as in
        Parmar et al. (arXiv 2104.11222). Not in the released code of Unsafe2Safe.

    Pitfalls:
        It is biased upward, the more the fewer rows: with less than 2048 rows, which is the number of
        features, the covariances are not known, and figures may be compared only between sets of the same
        rows. Prefer KID there. Rows drawn twice raise the figure, so the interval is moved to have the figure
        in its middle. Both sets show the same scenes, so figures are far lower than those printed for image
        generators. A copy has 0: read it beside the cheating metrics. The features, 10 to 20 KB a row, are
        kept in memory until the end, about 2 GB for 100,000 rows.
    """

    name = "fid"
    title = "FID"
    dimension = "quality"
    higher_is_better = False
    high = float("inf")
    needs = ("inception",)
    least = "one row only"
    resamples = 50
    centred = True  # each takes a square root of a matrix
    option = "inception"

    def __init__(self, inception: Inception) -> None:
        self._inception = inception

    def observe(self, pair: Pair) -> Observation:
        """Return the features of both images.

        Raises:
            ExcludedRowError: The network gives no number.
        """
        return features(pair, "inception")

    def contributions(self, rows: Sequence[Observation]) -> Table:
        """Return the features of both images side by side, (N, 2 D)."""
        return side_by_side(rows)

    def summarise(self, table: Table) -> float:
        """Return the distance of both halves of the table."""
        return frechet_distance(*halves(table))

    def fingerprint(self) -> str:
        """Return what tells two networks apart."""
        return f"{self.name},{self._inception.version}"
