"""The result that the triplets are made of, made once."""

import pytest

from hf_unsafe2safe.materialize import materialize
from tests.training.triplets.samples import photos


@pytest.fixture(scope="session")
def made(tmp_path_factory):
    """Return a folder with `photos` and `result`."""
    root = tmp_path_factory.mktemp("triplets")
    (root / "photos").mkdir()
    for name, data in photos().items():
        (root / "photos" / name).write_bytes(data)
    materialize(
        root / "photos", root / "result", {"editor": "fill", "policy": {"edit": {"face": 0.5}}, "store": None}
    )
    return root
