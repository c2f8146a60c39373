"""Drawn triplets that all tests of the training share."""

import pytest

from tests.training.samples import row, write_triplets


@pytest.fixture(scope="session")
def triplets(tmp_path_factory):
    """Ten rows to learn from and three to judge by."""
    train = [row(i, "train") for i in range(10)]
    return write_triplets(
        tmp_path_factory.mktemp("triplets") / "drawn", train, [row(i, "validation") for i in range(100, 103)]
    )
