"""A disk that is full and a source that is gone: a clear message, and nothing that was finished is lost."""

import resource
import subprocess
import sys
import textwrap

import pytest
from datasets import Dataset, Features, Image, IterableDataset

from hf_unsafe2safe import Sanitizer, testing
from hf_unsafe2safe.errors import SourceLostError
from hf_unsafe2safe.materialize import materialize
from tests.runs import make, parquet, photos, picture, small_groups

FIXTURES = (photos, small_groups)


def test_a_full_disk(photos, tmp_path):
    """A limit on the size of files stands for the disk: the same call fails, with another number."""
    script = f"""
        import resource
        from hf_unsafe2safe import testing
        from hf_unsafe2safe.materialize import materialize
        resource.setrlimit(resource.RLIMIT_FSIZE, (12_000, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
        materialize({str(photos)!r}, {str(tmp_path / "out")!r}, testing.fakes(), batch_size=2)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)], capture_output=True, text=True, check=False
    )
    assert (
        "Unsafe2SafeError: The output cannot be written: File too large. When there is space" in done.stderr
    )
    assert not (tmp_path / "out" / "manifest.json").exists()
    manifest = make(photos, tmp_path / "out", max_shard_size="500MB")
    assert manifest.row_store == {"computed": 21, "read": 21}
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] == resource.RLIM_INFINITY


def test_a_source_that_goes_away(photos, tmp_path):
    def gone(statuses, total):
        if sum(statuses.values()) == 6 and photos.exists():
            photos.rename(tmp_path / "away")

    with pytest.raises(SourceLostError, match="source is not there any more"):
        make(photos, tmp_path / "out", progress=gone)
    (tmp_path / "away").rename(photos)
    assert make(photos, tmp_path / "out").reasons["missing"] == 1


def broken_stream(rows):
    for i in range(rows):
        yield {"image": {"bytes": picture(i), "path": None}}
    raise ConnectionError("https://secret.example/photo.png")


def stream(rows, broken):
    features = Features({"image": Image(decode=False)})
    data = Dataset.from_list(
        [{"image": {"bytes": picture(i), "path": None}} for i in range(21)], features=features
    )
    if not broken:
        return data.to_iterable_dataset()
    return IterableDataset.from_generator(broken_stream, features=features, gen_kwargs={"rows": rows})


def test_a_stream_that_breaks_off(tmp_path):
    sanitize = Sanitizer(**testing.fakes())
    options = {"batch_size": 2, "max_shard_size": 1}
    with pytest.raises(SourceLostError, match="cannot be read any more: ConnectionError") as error:
        materialize(stream(13, broken=True), tmp_path / "out", sanitize, **options)
    assert "secret" not in str(error.value)
    manifest = materialize(stream(13, broken=False), tmp_path / "out", sanitize, **options)
    materialize(stream(13, broken=False), tmp_path / "whole", sanitize, **options)
    assert parquet(tmp_path / "out") == parquet(tmp_path / "whole")
    assert manifest.rows == 21


def test_an_empty_mount_point_is_a_lost_source(photos, tmp_path):
    def unmounted(statuses, total):
        if sum(statuses.values()) == 6:
            for path in photos.iterdir():
                path.unlink()

    with pytest.raises(SourceLostError, match="source is not there any more"):
        make(photos, tmp_path / "out", progress=unmounted)
