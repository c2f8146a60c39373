"""How evenly the faces of the safe images spread over groups: estimated gender, age and skin-tone bands."""

from collections.abc import Sequence
from typing import ClassVar, Protocol

import numpy as np
import numpy.typing as npt

from ...detectors.crops import square_around, view
from ...errors import ConfigError
from ...records import Pixels
from ..metric import ExcludedRowError, Metric, Observation, Table
from ..pair import Pair

# Degrees of the individual typology angle between brown, tan, intermediate, light and very light; dark is
# up to the first.
TONE_BANDS = (-30.0, 10.0, 28.0, 41.0, 55.0)
AGE_BANDS = (18.0, 30.0, 45.0, 60.0)  # years
GENDER_BANDS = (0.5,)  # probability of female
_CROP, _AROUND = 224, 1.2  # side in pixels of a face crop, and how much larger than the face


def normalised_entropy(counts: npt.ArrayLike) -> float:
    """Return the entropy of shares over K groups / ln K, in [0, 1]; NaN without any count.

    K is the number of groups that can be answered, empty ones included.

    Example:
        >>> [normalised_entropy(c) for c in ([4, 4], [8, 0])]
        [1.0, 0.0]
    """
    numbers = np.asarray(counts, np.float64)
    if not numbers.sum():
        return float("nan")
    shares = numbers[numbers > 0] / numbers.sum()
    spread = -(shares * np.log(shares)).sum() / np.log(len(numbers))
    return float(min(1.0, max(0.0, spread)))  # rounding leaves a little more


class _Entropy(Metric):
    """Base: counts of faces per group, a line a row."""

    dimension, higher_is_better, unit = "privacy", True, "entropy / maximum"

    def contributions(self, rows: Sequence[Observation]) -> Table:
        """Return how many faces of each row are in each group, (N, K)."""
        return np.stack([np.asarray(row["counts"], np.float64) for row in rows])

    def summarise(self, table: Table) -> float:
        """Return the entropy over all faces; NaN without faces."""
        return normalised_entropy(table.sum(axis=0))

    def row_value(self, line: npt.NDArray[np.float64]) -> float:
        """Return NaN: a spread is that of a set, and no row is the worst."""
        return float("nan")


class BandEntropy(_Entropy):
    """Base: groups are bands of an estimate.

    Args:
        groups: Borders between the bands, growing; a value on a border is in the upper band.

    Raises:
        ConfigError: There is no border, or they do not grow.
    """

    needs = ("faces", "estimates")
    estimate: ClassVar[str]
    bands: ClassVar[tuple[float, ...]]

    def __init__(self, groups: Sequence[float] | None = None) -> None:
        self.groups = tuple(self.bands if groups is None else groups)
        if not self.groups or not all(a < b for a, b in zip(self.groups, self.groups[1:], strict=False)):
            raise ConfigError(f"The groups of {self.name} need borders that grow.")

    def observe(self, pair: Pair) -> Observation:
        """Return how many faces of the safe image are in each band.

        Raises:
            ExcludedRowError: There is no face in the safe image, or none with an estimate.
        """
        values = np.asarray(pair.safe.looks["estimates"][self.estimate], np.float64)
        if not len(values):
            raise ExcludedRowError("no face in the safe image")
        known = values[np.isfinite(values)]
        if not len(known):
            raise ExcludedRowError("no estimate of a face")
        bands = np.searchsorted(self.groups, known, side="right")
        return {"counts": np.bincount(bands, minlength=len(self.groups) + 1)}

    def fingerprint(self) -> str:
        """Return name and borders."""
        return f"{self.name} {self.groups}"


class ToneEntropy(BandEntropy):
    """How evenly the faces of the safe images spread over six bands of skin tone.

    Formula:
        - sum p ln p / ln 6, where p are the shares of faces whose individual typology angle is above 55
          degrees (very light), 41 to 55 (light), 28 to 41 (intermediate), 10 to 28 (tan), -30 to 10 (brown)
          and under -30 (dark).
    Meaning:
        1: all bands are equally frequent in the safe set. 0: all faces are in one. An editor that gives
        everybody the same face has 0, and its set tells which group its model prefers.
    Range:
        0 to 1, higher is better.
    Source:
        Unsafe2Safe, section on privacy, Race Entropy, with two changes. The groups are bands of a skin-tone
        proxy, since no model with a free licence predicts origin reliably; and the divisor has all groups
        that can be answered, where the released code takes 5 of 7. Bands: Chardon et al., 1991.
    Pitfalls:
        It is a proxy that depends on light and camera, never of race. A set without people of some band ought
        not to have 1: compare with the baseline `raw`. Faces that are gone are not counted, so an editor
        that removes faces is judged by those it missed. With few faces entropy comes out too low.
    """

    name, title = "tone-entropy", "Spread over skin-tone bands (proxy)"
    estimate, bands = "tones", TONE_BANDS


class GenderEntropy(BandEntropy):
    """How evenly the faces of the safe images spread over the two genders that the estimator knows.

    Formula:
        - sum p ln p / ln 2 over the shares of faces estimated female (probability 0.5 or more) and male.
    Meaning:
        1: as many of one as of the other. 0: all faces are of one.
    Range:
        0 to 1, higher is better.
    Source:
        As `tone-entropy`, with the age and gender network of face-api.
    Pitfalls:
        As `tone-entropy`. It is a guess of a model that knows two genders.
    """

    name, title = "gender-entropy", "Spread over estimated genders"
    estimate, bands = "female", GENDER_BANDS


class AgeEntropy(BandEntropy):
    """How evenly the faces of the safe images spread over five bands of estimated age.

    Formula:
        - sum p ln p / ln 5 over the shares of faces estimated under 18, 18 to 29, 30 to 44, 45 to 59, and 60
          or older.
    Meaning:
        1: all bands are equally frequent. 0: all faces are in one.
    Range:
        0 to 1, higher is better.
    Source:
        As `tone-entropy`, with the age and gender network of face-api.
    Pitfalls:
        As `tone-entropy`. The estimates are off by 8 years or more.
    """

    name, title = "age-entropy", "Spread over estimated ages"
    estimate, bands = "ages", AGE_BANDS


class RaceClassifier(Protocol):
    """What the user brings for `race-entropy`.

    Attributes:
        name: With a version: it tells two classifiers apart.
        groups: All groups that can be answered, two or more.
    """

    name: str
    groups: Sequence[str]

    def __call__(self, crops: Sequence[Pixels]) -> Sequence[int]:
        """Return the number of the group of each RGB face crop (224, 224, 3) uint8."""
        ...


class RaceEntropy(_Entropy):
    """How evenly the faces of the safe images spread over the groups of a classifier that the user brings.

    Formula:
        - sum p ln p / ln K over the shares p of the K groups that the classifier can answer.
    Meaning:
        1: all groups are equally frequent. 0: all faces are put in one.
    Range:
        0 to 1, higher is better.
    Source:
        Unsafe2Safe, section on privacy, Race Entropy; the released code divides by ln 5 where 7 groups can be
        answered, here K is always the number of groups.
    Pitfalls:
        As `tone-entropy`. What a classifier says of a face is its guess, and no fact about a person; figures
        of classifiers with other groups do not compare.

    Args:
        classifier: See `RaceClassifier`.

    Raises:
        ConfigError: It has fewer than two groups.
    """

    name, title = "race-entropy", "Spread over the classifier's groups"
    needs, option = ("faces",), "race_classifier"

    def __init__(self, classifier: RaceClassifier) -> None:
        if len(classifier.groups) < 2:
            raise ConfigError("A race classifier has two groups or more.")
        self._classifier = classifier

    def observe(self, pair: Pair) -> Observation:
        """Return how many faces of the safe image are in each group.

        Raises:
            ExcludedRowError: There is no face in the safe image.
            ConfigError: The classifier answers with a group that it does not have, or not once a face.
        """
        boxes = pair.safe.looks["faces"]["boxes"].tolist()
        if not boxes:
            raise ExcludedRowError("no face in the safe image")
        crops = [view(pair.safe.rgb, square_around((a, b, c, d), _AROUND), _CROP) for a, b, c, d in boxes]
        found, known = [int(group) for group in self._classifier(crops)], len(self._classifier.groups)
        if len(found) != len(crops) or not all(0 <= group < known for group in found):
            raise ConfigError("The race classifier did not answer with one of its groups for each face.")
        return {"counts": np.bincount(found, minlength=known)}

    def fingerprint(self) -> str:
        """Return name and classifier."""
        return f"{self.name} {self._classifier.name} {list(self._classifier.groups)}"
