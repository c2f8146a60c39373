"""Stand-ins for KID and CLIP score by what the package brings, for runs without models."""

import re
from collections.abc import Sequence
from functools import cache

import numpy as np

from ...detectors.objects import LABELS
from ...texts.labels import named
from ..feature_sets import drawn, features, halves, side_by_side
from ..metric import ExcludedRowError, Metric, Observation, Table, part
from ..pair import Pair

# A colour, an animal, an adjective: words that often mean something else than the thing.
_AMBIGUOUS = frozenset({"orange", "mouse", "remote"})
_MORE = {
    "person": ("pedestrian", "pedestrians", "crowd"),
    "tv": ("television",),
    "motorcycle": ("motorbike",),
}


def kernel_distance(originals: Table, safe: Table) -> float:
    """Return the unbiased squared distance (MMD) of two sets of features (N, D), as KID has it.

    Returns:
        NaN where there are less than two rows.

    Source: Binkowski et al., "Demystifying MMD GANs" (arXiv 1801.01401), equation 4.
    """
    if len(originals) < 2:
        return float("nan")
    return float(np.mean([_mmd(originals[i], safe[j]) for i, j in drawn(len(originals))]))


def _mmd(x: Table, y: Table) -> float:
    from sklearn.metrics.pairwise import polynomial_kernel

    count = len(x)
    within = 0.0
    for one in (x, y):
        kernel = polynomial_kernel(one)  # (x y / D + 1)^3 by default
        within += (kernel.sum() - np.trace(kernel)) / (count * (count - 1))
    return float(within - 2 * polynomial_kernel(x, y).mean())


class EmbeddedKid(Metric):
    """How far the safe images are, as a set, from the originals, in the eyes of the embedded object detector.

    Formula:
        As KID, on the look `object_bank` instead of Inception features: the unbiased squared distance with
        the kernel (x y / D + 1)^3. Up to 1000 rows one subset of all, above the mean of 10 subsets of 1000.

    Meaning:
        Near 0 the detector responds to both sets alike. It grows when things and people can no longer be
        seen as such. A stand-in for runs without models.

    Range:
        Lower is better. The estimate may be below 0, and is, a little, for copies.

    Source:
        The kernel is that of Binkowski et al. (arXiv 1801.01401), the features are in the manner of Li et
        al., "Object Bank", 2010.

    Pitfalls:
        It is not KID and cannot be compared with one: the detector knows 80 things, and hardly minds texture
        or artefacts. Compare it with the baselines of the same run only. Of few rows it is mostly noise.
        The features, 10 to 20 KB a row, are kept in memory until the end, about 2 GB for 100,000 rows.
    """

    name = "embedded-kid"
    title = "KID on embedded features (stand-in)"
    dimension = "quality"
    higher_is_better = False
    low = float("-inf")
    high = float("inf")
    needs = ("object_bank",)
    least = "one row only"
    resamples = 100
    centred = True  # each takes three kernels

    def observe(self, pair: Pair) -> Observation:
        """Return the features of both images.

        Raises:
            ExcludedRowError: They hold what is no number.
        """
        return features(pair, "object_bank")

    def contributions(self, rows: Sequence[Observation]) -> Table:
        """Return the features of both images side by side, (N, 2 D)."""
        return side_by_side(rows)

    def summarise(self, table: Table) -> float:
        """Return the distance of both halves of the table."""
        return kernel_distance(*halves(table))


def things_named(caption: str) -> frozenset[str]:
    """Return the labels of COCO that a caption names, by the names and plurals that our captions use.

    A name inside a longer one is not meant: a hot dog is no dog.

    Example:
        >>> sorted(things_named("A crowd, two wine glasses and a hot dog beside a TV; mostly orange."))
        ['hot dog', 'person', 'tv', 'wine glass']
    """
    words, pattern = _vocabulary()
    return frozenset(words[match] for match in pattern.findall(caption.lower()))


@cache
def _vocabulary() -> tuple[dict[str, str], re.Pattern[str]]:
    """Return what each name means, and what finds the longest names first."""
    words: dict[str, str] = {}
    for label in LABELS:
        # "a road sign", "two road signs": without the article and the number
        names = {named(label, count).split(maxsplit=1)[1].lower() for count in (1, 2)}
        for name in {*names, label, *_MORE.get(label, ())} - _AMBIGUOUS:
            words[name] = label
    longest_first = sorted(words, key=len, reverse=True)
    return words, re.compile(rf"\b({'|'.join(map(re.escape, longest_first))})\b")


class EmbeddedCaptionScore(Metric):
    """How many of the things that the public caption names the embedded detector finds in the safe image.

    Formula:
        |things named and found| / |things named|, the mean over rows. Things are the 80 of COCO, each counted
        once an image.

    Meaning:
        1 means that all that the caption promises can still be seen. A stand-in for CLIP score in runs
        without models.

    Range:
        0 to 1, higher is better.

    Source:
        A measure of this package; the question is that of CLIP score in Unsafe2Safe, section 4.

    Pitfalls:
        It is not CLIP score. Rows without a public caption, or whose caption names none of the 80 things, are
        left out. It knows the words of our own captions; others call a person by many more names. Captions
        made by the same detector favour the originals: read it beside the row `raw`.
    """

    name = "embedded-caption-score"
    title = "Captioned things found (stand-in)"
    dimension = "quality"
    higher_is_better = True
    unit = "share"
    needs = ("objects",)

    def observe(self, pair: Pair) -> Observation:
        """Return the share of the things named that are found.

        Raises:
            ExcludedRowError: Nothing is named.
        """
        if not pair.public_caption.strip():
            raise ExcludedRowError("no public caption")
        wanted = things_named(pair.public_caption)
        if not wanted:
            raise ExcludedRowError("the public caption names no thing that the detector knows")
        found = set(pair.safe.looks["objects"]["labels"].tolist())
        return part(len(wanted & found) / len(wanted))
