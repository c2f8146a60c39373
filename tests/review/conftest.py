"""A reviewed result: one to look at, and a fresh one to change."""

import pytest

from hf_unsafe2safe.review import export_review
from tests.review.samples import build


@pytest.fixture(scope="package")
def made(tmp_path_factory):
    """Return source, result, review folder and counts; tests leave them as they are."""
    folder = tmp_path_factory.mktemp("made")
    source, result = build(folder)
    return source, result, folder / "review", export_review(result, source, folder / "review")


@pytest.fixture
def reviewed(tmp_path):
    """Return source, result and review folder, in `tmp_path`."""
    source, result = build(tmp_path)
    export_review(result, source, tmp_path / "review")
    return source, result, tmp_path / "review"
