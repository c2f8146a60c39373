"""Train on safe images, test on originals: all weights of an image classifier."""

import hashlib
from collections.abc import Sequence

import numpy as np

from ...backends.local.helpers import Helper
from ...errors import ConfigError
from ...records import ModelInfo
from ..metric import ExcludedRowError, Metric, Observation, Table
from ..pair import Pair
from .fine_tuning import FineTuneRecipe, answers, sized, trained
from .probe import enough, splits


class FineTune(Metric):
    """How well originals are classified by a model all of whose weights were trained on safe images.

    Formula:
        Right answers / tested rows. The rows are split into the 5 stratified folds of `probe-accuracy`; the
        model, with a new head for the classes that occur, is trained on the safe images of four of them and
        tested on the originals of the fifth. One fold is tested, because training is dear; all five with
        `FineTuneRecipe(folds=5)`. Training: cross-entropy, AdamW with a learning rate of 5e-5 and a weight
        decay of 0.01, 10 epochs in batches of 32, gradients no longer than 1, a warm-up of a tenth of the
        steps, then a cosine to 0; images mirrored by chance.
    Meaning:
        The share of real photos that a model puts in the right class when it has learnt the classes from
        anonymised photos only. What counts is the distance to the baseline `raw`, whose model was trained on
        originals with the same splits: what the anonymisation cost.
    Range:
        0 to 1, higher is better. Chance is about the share of the largest class.
    Source:
        Unsafe2Safe (arXiv 2603.28605), section on utility: top-1 accuracy, trained on edited and tested on
        original images. Its settings for classifiers are not published: those here are usual ones for
        transformers that were trained before, so figures are not comparable with the paper's.
    Pitfalls:
        Baselines have `baseline_rows` rows: raise that number to some hundreds, as small sets give a model
        few steps. Only a fifth of the rows that are counted is tested with one fold, so the interval is wide;
        it holds neither another split nor another seed. A model that was trained on the same photos before
        knows the originals. Rows without a label are excluded; rows of classes with one row are neither
        trained on nor tested. Under 10 rows or two classes it does not run. Until the end both images of each
        row are in memory at the size that the model takes: 150 KB each at 224 pixels, 300 MB for 1000 rows.
        With all five baselines seven models are trained; on two CPU cores a ViT-B takes about 0.8 s an image
        and epoch, so 200 rows and 50 of each baseline take an hour: use a GPU. There two runs may differ by a
        few rows. Mirroring harms classes that differ by it, as letters do. Processors that scale where they
        are told not to, as that of EfficientNet, cannot be used. Rows without a safe image are in no figure:
        a tool that withholds hard rows pays nothing here, so read the counts of rows.

    Args:
        fine_tune: `org/model[@revision]`, a folder, or a `FineTuneRecipe`.

    Raises:
        ConfigError: The spec cannot work.
        MissingExtraError: A package is missing.
    """

    name = "fine-tune-accuracy"
    title = "Classifier fine-tuned on safe images"
    dimension = "utility"
    higher_is_better = True
    unit = "share"
    option = "fine_tune"
    least = "fewer than 10 rows in classes of two or more, or one class only"

    def __init__(self, fine_tune: str | FineTuneRecipe) -> None:
        self._recipe = FineTuneRecipe(fine_tune) if isinstance(fine_tune, str) else fine_tune
        classes = ("AutoImageProcessor", "AutoModelForImageClassification")
        self._helper = Helper(self._recipe.model, feature=f"Metric '{self.name}'", classes=classes)
        self._tables: dict[bytes, Table] = {}

    @property
    def models(self) -> tuple[ModelInfo, ...]:
        """The model as it is before it is trained."""
        return self._helper.models

    def fingerprint(self) -> str:
        """Return name, model and settings."""
        models = (f"{model.name}@{model.revision}" for model in self.models)
        return f"{self.name}-1 {' '.join(models)} {self._recipe!r}"

    def observe(self, pair: Pair) -> Observation:
        """Return the label and both images as the model takes them, (3, h, w) uint8.

        Raises:
            ExcludedRowError: The row has no label.
            ConfigError: The model cannot be loaded.
        """
        if pair.label is None:
            raise ExcludedRowError("no label")
        processor, _ = self._helper.loaded()
        return {
            "label": np.array(pair.label),
            "original": sized(processor, pair.original.rgb),
            "safe": sized(processor, pair.safe.rgb),
        }

    def contributions(self, rows: Sequence[Observation]) -> Table:
        """Return how often each row was right and tested; no lines where there are too few rows.

        The same rows are asked for more than once, for the figure and beside each baseline: a model is
        trained for them the first time.

        Raises:
            ConfigError: The model or its training does not fit into memory.
        """
        digest = hashlib.sha256()
        for row in rows:
            for name in ("label", "original", "safe"):
                digest.update(row[name].tobytes())
        key = digest.digest()
        if key not in self._tables:
            self._tables[key] = self._table(rows)
        return self._tables[key].copy()

    def _table(self, rows: Sequence[Observation]) -> Table:
        labels = np.array([row["label"] for row in rows])
        used = np.flatnonzero(enough(labels))
        table = np.zeros((len(rows), 2))
        if not len(used):
            return table[:0]
        if len({row[name].shape for row in rows for name in ("original", "safe")}) > 1:
            raise ConfigError(
                "The processor of the classifier makes images of more than one size.",
                hint="Name a model whose processor crops them, or brings them to one size.",
            )
        targets = np.unique(labels[used], return_inverse=True)[1]
        fold = splits(labels[used], self._recipe.seed)
        processor, model = self._helper.loaded()
        for held in range(self._recipe.folds):
            learnt, asked = np.flatnonzero(fold != held), np.flatnonzero(fold == held)
            safe = [rows[i]["safe"] for i in used[learnt]]
            net = trained(model, processor, safe, targets[learnt], self._recipe)
            said = answers(net, processor, [rows[i]["original"] for i in used[asked]], self._recipe)
            table[used[asked]] = np.stack([said == targets[asked], np.ones(len(asked))], axis=1)
        return table
