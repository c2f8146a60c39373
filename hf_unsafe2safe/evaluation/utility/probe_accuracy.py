"""Train on safe images, test on originals: a linear probe on frozen features."""

from collections.abc import Sequence

import numpy as np

from ..looks.features import ModelFeatures
from ..metric import ExcludedRowError, Metric, Observation, Table
from ..pair import Pair
from .probe import probe


class ProbeAccuracy(Metric):
    """How well originals are classified by a probe that was trained on safe images.

    Formula:
        Right answers / tested rows, over 5 stratified folds and 3 seeds. A fold's probe (standardised
        features, logistic regression with C = 0.01) is trained on the safe images of the other four folds
        and tested on the originals of this one.
    Meaning:
        The share of real photos that a simple model puts in the right class after it has seen anonymised
        photos only. What counts is the distance to the baseline `raw`, whose probe was trained on originals
        with the same splits: what the anonymisation cost a model.
    Range:
        0 to 1, higher is better. Chance is about the share of the largest class.
    Source:
        Unsafe2Safe, section on utility: top-1 accuracy, trained on edited and tested on original images; a
        probe instead of a full fine-tune. Features: pooled detector responses, after Li et al., Object Bank,
        2010.
    Pitfalls:
        The features are those of a small detector of 80 common things: classes that differ in fine detail
        are not told apart even on originals. Rows without a label are excluded; rows of classes with one row
        are neither trained on nor tested. Under 10 rows or two classes it does not run. The interval is over
        tested rows; the training rows are not drawn again, so it is a little narrow. Near-duplicates in
        two folds make any dataset look more useful than it is. Rows without a safe image are in no figure: a
        tool that withholds hard rows pays nothing here, so read the counts of rows. The features, 10 to 20 KB
        a row, are kept in memory until the end, about 2 GB for 100,000 rows.
    """

    name, title, dimension = "probe-accuracy", "Probe trained on safe, tested on original", "utility"
    higher_is_better, unit, look = True, "share", "object_bank"
    needs = ("object_bank",)
    least = "fewer than 10 rows in classes of two or more, or one class only"

    def observe(self, pair: Pair) -> Observation:
        """Return both feature vectors and the label.

        Raises:
            ExcludedRowError: The row has no label, or a feature is no number.
        """
        if pair.label is None:
            raise ExcludedRowError("no label")
        vectors = {
            name: np.asarray(seen.looks[self.look]["vector"], np.float32)
            for name, seen in (("original", pair.original), ("safe", pair.safe))
        }
        if not all(np.isfinite(vector).all() for vector in vectors.values()):
            raise ExcludedRowError("no finite features")
        return {"label": np.array(pair.label), **vectors}

    def contributions(self, rows: Sequence[Observation]) -> Table:
        """Return how often each row was right and tested; no lines where there are too few rows."""
        safe, original, labels = (
            np.stack([row[name] for row in rows]) for name in ("safe", "original", "label")
        )
        return probe(safe, original, labels)


class ModelProbeAccuracy(ProbeAccuracy):
    """The same on the features of a model that the user names, for example DINOv2, CLIP or MAE.

    Formula:
        As `probe-accuracy`, on the frozen features of the model, see `ModelFeatures`.
    Meaning:
        As `probe-accuracy`; a large model's features tell far more classes apart, so this is nearer to what
        a model that is trained in earnest would lose.
    Range:
        0 to 1, higher is better.
    Source:
        Unsafe2Safe, section on utility; linear probes on frozen features as in Oquab et al., DINOv2, 2023.
    Pitfalls:
        As `probe-accuracy`. Figures of different models cannot be compared with each other.
    """

    name, title = "probe-accuracy-model", "Probe on a model's features"
    look, option, needs = "features", "probe_model", ("features",)

    def __init__(self, model: ModelFeatures) -> None:
        self._version = model.version

    def fingerprint(self) -> str:
        """Return name and model."""
        return f"{self.name} {self._version}"
