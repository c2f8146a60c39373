from io import BytesIO

import numpy as np
import PIL.Image
import PIL.ImageCms
import pytest

from hf_unsafe2safe.evaluation.metric import ExcludedRowError
from hf_unsafe2safe.evaluation.privacy.metadata import MetadataBytes, MetadataRows, metadata_size
from tests.evaluation.pairs import figure, pair
from tests.imaging.imaging_samples import app, into_jpeg, into_png, into_webp, png_chunk, riff_chunk
from tests.photos import png, rgb


def saved(kind, **options):
    buffer = BytesIO()
    PIL.Image.fromarray(rgb("neg_coffee.jpg")[:60, :80]).save(buffer, kind, **options)
    return buffer.getvalue()


PROFILE = PIL.ImageCms.ImageCmsProfile(PIL.ImageCms.createProfile("sRGB")).tobytes()
COUNTS = [
    (saved("JPEG"), 0),  # a JFIF header is no metadata
    (saved("PNG"), 0),
    (saved("WEBP"), 0),
    (saved("JPEG", icc_profile=PROFILE), 0),  # colours
    (saved("PNG", icc_profile=PROFILE), 0),
    (saved("WEBP", icc_profile=PROFILE), 0),
    (saved("JPEG", comment=b"12345"), 4 + 5),  # marker and length, then the comment
    (into_jpeg(saved("JPEG"), app(0xE5, b"unknown")), 4 + 7),
    (saved("JPEG") + b"behind", 6),
    (into_png(saved("PNG"), png_chunk(b"tEXt", b"a\0bcd")), 12 + 5),
    (saved("PNG") + b"behind", 6),
    (into_webp(saved("WEBP"), riff_chunk(b"EXIF", b"odd")), 8 + 4),  # padded to even
    (saved("WEBP") + b"behind", 6),
    (saved("GIF"), None),  # not counted
]


@pytest.mark.parametrize(("data", "size"), COUNTS)
def test_bytes_of_metadata(data, size):
    assert metadata_size(data) == size


ROWS = [
    (saved("GIF"), 0.0),
    (saved("GIF", comment=b"by me"), 1.0),  # flagged although not counted
    (saved("TIFF"), 0.0),
    (saved("TIFF", description="me"), 1.0),
    (saved("JPEG", comment=b"x"), 1.0),
    (png(rgb("neg_coffee.jpg")), 0.0),
]


@pytest.mark.parametrize(("data", "share"), ROWS)
def test_rows_with_metadata(data, share):
    assert figure(MetadataRows(), [pair(safe_data=data)]) == share


def test_the_mean_is_over_files_that_count():
    files = [saved("JPEG", comment=b"12345"), saved("JPEG"), None, saved("GIF"), b"no image"]
    assert figure(MetadataBytes(), [pair(safe_data=data) for data in files]) == 4.5


@pytest.mark.parametrize("data", [None, b"", b"no image", saved("PNG")[:80], saved("JPEG")[:200]])
@pytest.mark.parametrize("metric", [MetadataBytes(), MetadataRows()])
def test_what_cannot_be_counted_is_excluded(metric, data):
    with pytest.raises(ExcludedRowError):
        metric.observe(pair(safe_data=data))


def test_a_whole_photo_has_as_much_as_pillow_wrote_more():
    exif = PIL.Image.Exif()
    exif[0x013B] = "An Artist"
    for kind in ("JPEG", "PNG"):
        assert metadata_size(saved(kind, exif=exif)) == len(saved(kind, exif=exif)) - len(saved(kind))
    assert np.isfinite(metadata_size(saved("WEBP", exif=exif)))
