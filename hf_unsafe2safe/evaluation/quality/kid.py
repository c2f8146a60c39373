"""Do the safe images look like the originals as a set, also where there are few?"""

from collections.abc import Sequence

from ..feature_sets import SEED, features, halves, side_by_side, subsets
from ..looks.inception import Inception
from ..metric import Metric, Observation, Table
from ..pair import Pair


def kernel_distance(originals: Table, safe: Table) -> float:
    """Return the kernel distance of two sets of features (N, D), by torch-fidelity.

    Returns:
        NaN where there are less than two rows.
    """
    if len(originals) < 2:
        return float("nan")
    import torch
    from torch_fidelity.metric_kid import KEY_METRIC_KID_MEAN, kid_features_to_metric

    count, size = subsets(len(originals))
    found = kid_features_to_metric(
        torch.from_numpy(originals),
        torch.from_numpy(safe),
        kid_subsets=count,
        kid_subset_size=size,
        rng_seed=SEED,
        verbose=False,
    )
    return float(found[KEY_METRIC_KID_MEAN])


class Kid(Metric):
    """How far the safe images are, as a set, from the originals; it needs fewer rows than FID.

    Formula:
        The squared maximum mean discrepancy of the Inception features with the kernel (x y / D + 1)^3, by
        torch-fidelity's unbiased estimate: mean k(x, x') over different originals + mean k(y, y') over
        different safe images - 2 mean k(x, y). Up to 1000 rows it is one subset of all rows, above the mean
        of 10 subsets of 1000. Images are resized as for FID.

    Meaning:
        Near 0 both sets cannot be told apart; it grows with artefacts, blur and lost variety. It says nothing
        of single rows: there is no worst row.

    Range:
        Lower is better. The estimate may be below 0, and is, a little, for copies.

    Source:
        Binkowski et al., "Demystifying MMD GANs" (arXiv 1801.01401). Not in the released code of Unsafe2Safe.

    Pitfalls:
        Its expectation does not depend on the number of rows where both sets are independent; here each safe
        image has its original in the other set, which makes figures a little lower. Rows drawn twice raise
        the figure, so the interval is moved to have the figure in its middle. Tools that take 100 subsets
        have other figures in the last digits; some print it times 1000. The features, 10 to 20 KB a row, are
        kept in memory until the end, about 2 GB for 100,000 rows.
    """

    name = "kid"
    title = "KID"
    dimension = "quality"
    higher_is_better = False
    low = float("-inf")
    high = float("inf")
    needs = ("inception",)
    least = "one row only"
    resamples = 50
    centred = True  # each takes three kernels of up to 1000 x 1000, ten times
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
        return kernel_distance(*halves(table))

    def fingerprint(self) -> str:
        """Return what tells two networks apart."""
        return f"{self.name},{self._inception.version}"
