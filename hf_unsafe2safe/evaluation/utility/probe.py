"""A linear probe: how well classes can be told from frozen features, by a model that is quick to train.

Its splits depend on the labels and the order of the rows alone. Whatever the features are of, the same rows
are tested, so the difference between two datasets is paired.
"""

import numpy as np
import numpy.typing as npt

from ...extras import need

FOLDS = 5
SEEDS = (0, 1, 2)  # of the splits; each row is tested once a seed
LEAST_ROWS = 10
STRENGTH = 0.01  # scikit-learn's C: on crops of 12 photos as right as 0.1 and 1, in half the time

Floats = npt.NDArray[np.floating]
Ints = npt.NDArray[np.integer]


def splits(labels: Ints, seed: int, folds: int = FOLDS) -> Ints:
    """Return the fold of each row, in [0, folds): rows of a class are spread over all of them.

    Args:
        labels: (N,) class of each row.
        seed: Of the shuffle within a class.
        folds: How many; each class with two rows or more is in the training part of every fold.

    Example:
        >>> np.bincount(splits(np.array([0] * 6 + [1] * 4), seed=0, folds=5)).tolist()
        [2, 2, 2, 2, 2]
    """
    rng = np.random.default_rng(seed)
    order = np.lexsort((rng.random(len(labels)), labels))
    fold = np.empty(len(labels), np.int64)
    fold[order] = np.arange(len(labels)) % folds  # neighbours of a class go to different folds
    return fold


def enough(labels: Ints) -> npt.NDArray[np.bool_]:
    """Return which rows take part: of classes with two rows or more; none where that leaves too few.

    Args:
        labels: (N,).

    Returns:
        (N,) all False where under `LEAST_ROWS` rows or under two classes are left.

    Example:
        >>> enough(np.array([0] * 6 + [1] * 5 + [2]))[-2:].tolist()
        [True, False]
    """
    _, place, count = np.unique(labels, return_inverse=True, return_counts=True)
    use = (count >= 2)[place] if len(labels) else np.zeros(0, bool)
    if np.count_nonzero(use) < LEAST_ROWS or np.count_nonzero(count >= 2) < 2:
        return np.zeros(len(labels), bool)
    return use


def probe(train: Floats, test: Floats, labels: Ints) -> npt.NDArray[np.float64]:
    """Return how often each row was classified right, and how often it was tested.

    For every seed and fold a probe is trained on the `train` features of the other folds and tested on the
    `test` features of this one. Rows that are not `enough` are neither trained on nor tested.

    Args:
        train: (N, D) features of the images to learn from.
        test: (N, D) features of the images to be told, the same rows.
        labels: (N,).

    Returns:
        (N, 2) times right, times tested; (0, 2) where there are too few rows or classes.

    Raises:
        MissingExtraError: scikit-learn is missing.
    """
    use = enough(labels)
    table = np.zeros((len(labels), 2))
    if not use.any():
        return table[:0]
    train, test, labels = train[use], test[use], labels[use]
    right = np.zeros(len(labels))
    for seed in SEEDS:
        fold = splits(labels, seed)
        for held in range(FOLDS):
            out = fold == held
            right[out] += predict(train[~out], labels[~out], test[out]) == labels[out]
    table[use] = np.stack([right, np.full(len(labels), float(len(SEEDS)))], axis=1)
    return table


def predict(train: Floats, labels: Ints, test: Floats, strength: float = STRENGTH) -> Ints:
    """Return the classes that a probe gives to `test`: standardised features, logistic regression.

    Args:
        train: (N, D).
        labels: (N,) of `train`; where all are the same, that is the answer.
        test: (M, D).
        strength: scikit-learn's C; larger shrinks the weights less.

    Raises:
        MissingExtraError: scikit-learn is missing.

    Example:
        >>> x = np.array([[0.0], [1.0], [10.0], [11.0]])
        >>> predict(x, np.array([0, 0, 1, 1]), np.array([[2.0], [9.0]])).tolist()
        [0, 1]
    """
    need("evaluate", "The linear probe", "sklearn")
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler
    from threadpoolctl import threadpool_limits

    if not len(test) or len(set(labels.tolist())) == 1:
        return np.full(len(test), labels[0])
    with threadpool_limits(1):  # such small matrices are three times slower on threads that wait
        scaler = StandardScaler().fit(np.asarray(train, np.float64))
        learnt, asked = (scaler.transform(np.asarray(part, np.float64)) for part in (train, test))
        if learnt.shape[1] > len(learnt):
            # The same answer in fewer numbers: no weight has a part that is orthogonal to all training rows.
            basis = np.linalg.qr(learnt.T)[0]  # (D, N)
            learnt, asked = learnt @ basis, asked @ basis
        model = LogisticRegression(C=strength, max_iter=5_000).fit(learnt, labels)
        return np.asarray(model.predict(asked))
