"""A result and its pages, made once; tests leave them as they are."""

import pytest

from hf_unsafe2safe.report import write_report
from tests.review.samples import build


@pytest.fixture(scope="package")
def made(tmp_path_factory):
    """Return source, result, the page with originals and the page without."""
    folder = tmp_path_factory.mktemp("made")
    source, result = build(folder)
    assert write_report(result, folder / "both.html", source) == 6
    assert write_report(result, folder / "safe.html") == 6
    return source, result, folder / "both.html", folder / "safe.html"


@pytest.fixture
def result(tmp_path):
    """Return a source and its result, in `tmp_path`."""
    return build(tmp_path)
