"""Runs over small folders with the fakes, for tests of what is stopped, cut and merged."""

import signal
from pathlib import Path

import pytest

from hf_unsafe2safe import testing
from hf_unsafe2safe.materialize import materialize
from hf_unsafe2safe.storage import shards


@pytest.fixture(autouse=True)
def small_groups(monkeypatch):
    """Cut files after four rows."""
    monkeypatch.setattr(shards, "ROWS_A_GROUP", 4)


def picture(i: int) -> bytes:
    """Return one of many pictures, all different, in which the fakes see a face."""
    return testing.with_face(box=(i % 20, i % 7, i % 20 + 9 + i // 20, i % 7 + 9))


@pytest.fixture
def photos(tmp_path):
    """23 rows, all different, two of which are broken."""
    root = tmp_path / "photos"
    root.mkdir()
    for i in range(21):
        (root / f"{i:02d}.png").write_bytes(picture(i))
    (root / "50.png").write_bytes(b"junk")
    (root / "51.png").symlink_to("nowhere")
    return root


def make(photos, out, **options):
    """Materialize with the fakes in small files."""
    options = {"batch_size": 2, "max_shard_size": 1, **options}
    return materialize(photos, out, testing.fakes(**options.pop("stages", {})), **options)


def parquet(out: Path) -> dict[str, bytes]:
    """Return the Parquet files of a result by their names."""
    return {str(p.relative_to(out)): p.read_bytes() for p in sorted(out.rglob("*.parquet"))}


def stopping_after(rows: int):
    """Return a progress function that presses Ctrl-C."""

    def progress(statuses, total):
        if sum(statuses.values()) >= rows:
            raise KeyboardInterrupt

    return progress


def listening_to_ctrl_c() -> None:
    """Let a new process hear SIGINT, which whoever started the tests in the background may have ignored."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def damage(path: Path) -> None:
    """Flip a bit in the middle of a file."""
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
