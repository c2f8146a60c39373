"""Training and validation: whole groups, drawn by seed."""

import hashlib

import numpy as np
import numpy.typing as npt

from ...errors import DatasetError


def validation_rows(groups: npt.NDArray[np.int64], share: float, seed: int) -> npt.NDArray[np.bool_]:
    """Return which rows are for validation, (N,) bool.

    Groups come in an order drawn by seed; one that would bring validation over the share stays in training.
    Where none fits, the smallest one is for validation. So at least one group is in each split.

    Args:
        groups: Of each row, from 0.
        share: Of the rows, in [0, 1); 0 for none.
        seed: Of the order.

    Raises:
        DatasetError: All rows are one group.
    """
    sizes = np.bincount(groups) if len(groups) else np.zeros(0, np.int64)
    if share == 0:
        return np.zeros(len(groups), bool)
    if len(sizes) < 2:
        raise DatasetError(
            f"The {len(groups)} triplets are {len(sizes)} group of near-duplicates or of one person: "
            "a validation split would show what was trained on.",
            hint="Add rows of other scenes and people, or pass validation=0 and validate on another dataset.",
        )
    room = int(share * len(groups))
    taken: list[int] = []
    for group in sorted(range(len(sizes)), key=lambda g: hashlib.sha256(f"{seed} {g}".encode()).digest()):
        if sizes[group] <= room and len(taken) < len(sizes) - 1:
            taken.append(group)
            room -= sizes[group]
    return np.isin(groups, taken or [int(sizes.argmin())])
