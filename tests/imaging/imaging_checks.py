"""The check that every file with planted metadata goes through."""

import io

import numpy as np
from PIL import Image

from hf_unsafe2safe.imaging import metadata
from hf_unsafe2safe.imaging.open import open_image
from hf_unsafe2safe.imaging.scan import KINDS
from tests.imaging.imaging_samples import (
    leaks,
)


def check(data, kinds):
    """Open a file with planted metadata; compare kinds, pixels and what is left."""
    with Image.open(io.BytesIO(data)) as image:
        expected = np.asarray(image)
    opened = open_image(data)
    assert set(opened.metadata_kinds) == set(kinds)
    assert set(kinds) <= set(KINDS)
    assert metadata.found(data) == opened.metadata_kinds
    np.testing.assert_array_equal(opened.pixels, expected)
    assert opened.kept is not None
    assert not leaks(opened.kept)
    with Image.open(io.BytesIO(opened.kept)) as kept:
        np.testing.assert_array_equal(np.asarray(kept), expected)
    assert set(metadata.found(opened.kept)) == ({"icc"} if opened.icc else set())
    assert open_image(opened.kept).kept == opened.kept  # stripping twice changes nothing
    return opened
