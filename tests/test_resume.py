"""A run that is stopped, in whatever way, goes on and ends as if nothing had happened."""

import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from datasets import Dataset, Features, Image, IterableDataset, load_dataset

from hf_unsafe2safe import Sanitizer, testing
from hf_unsafe2safe.errors import ConfigError, DatasetError, Unsafe2SafeError
from hf_unsafe2safe.materialize import materialize
from hf_unsafe2safe.merge import merge
from hf_unsafe2safe.storage import shards
from hf_unsafe2safe.storage.cache import clear_rows
from hf_unsafe2safe.storage.store import cache_folder


@pytest.fixture(autouse=True)
def _small_groups(monkeypatch):
    monkeypatch.setattr(shards, "ROWS_A_GROUP", 4)


def picture(i: int) -> bytes:
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
    options = {"batch_size": 2, "max_shard_size": 1, **options}
    return materialize(photos, out, testing.fakes(**options.pop("stages", {})), **options)


def parquet(out: Path) -> dict[str, bytes]:
    return {str(p.relative_to(out)): p.read_bytes() for p in sorted(out.rglob("*.parquet"))}


def stopping_after(rows: int, error: type[BaseException] = KeyboardInterrupt):
    def progress(statuses, total):
        if sum(statuses.values()) >= rows:
            raise error

    return progress


@pytest.mark.parametrize("num_proc", [1, pytest.param(2, marks=pytest.mark.slow)])
@pytest.mark.parametrize("store", [True, False])
def test_the_same_bytes_after_any_number_of_stops(photos, tmp_path, num_proc, store):
    make(photos, tmp_path / "whole")
    clear_rows(cache_folder())
    stages = {} if store else {"store": None}
    for rows in (1, 5, 9, 13, 22):
        with pytest.raises(KeyboardInterrupt):
            make(photos, tmp_path / "out", progress=stopping_after(rows), num_proc=num_proc, stages=stages)
    manifest = make(photos, tmp_path / "out", num_proc=num_proc, stages=stages)
    assert parquet(tmp_path / "out") == parquet(tmp_path / "whole")
    assert manifest.rows == 23
    if store:
        # Each once, in whatever run; what workers finished after a stop nobody counted.
        assert manifest.row_store["computed"] == 21 if num_proc == 1 else manifest.row_store["computed"] <= 21


def test_finished_shards_are_never_written_again(photos, tmp_path):
    out = tmp_path / "out"
    with pytest.raises(KeyboardInterrupt):
        make(photos, out, progress=stopping_after(9))
    before = {p.name: p.stat().st_ino for p in out.rglob("*.parquet") if p.parent.name == "data"}
    assert len(before) == 2
    make(photos, out)
    after = {p.name.partition("-of-")[0]: p.stat().st_ino for p in (out / "data").iterdir()}
    assert all(after[name.removesuffix(".parquet")] == inode for name, inode in before.items())


def test_a_rerun_of_a_finished_run_does_nothing(photos, tmp_path):
    out = tmp_path / "out"
    first = make(photos, out)
    times = {p: p.stat().st_mtime_ns for p in out.rglob("*")}
    seen = []
    again = make(photos, out, progress=lambda *counts: seen.append(counts))
    assert not seen
    assert {p: p.stat().st_mtime_ns for p in out.rglob("*")} == times
    assert (again.statuses, again.troubles, again.files) == (first.statuses, first.troubles, first.files)


DIFFERENT = [
    ({"stages": {"policy": "faces"}}, "edit.*was"),
    ({"stages": {"seed": 4}}, "seed was 0 and is 4"),
    ({"limit": 3}, "limit was None and is 3"),
    ({"max_shard_size": 99}, "shard_bytes was 1 and is 99"),
    (
        {"stages": {"inspector": testing.FakeInspector(fail_on=(1, 2, 3))}},
        "stages or their models differ",
    ),
]


@pytest.mark.parametrize(("changes", "words"), DIFFERENT, ids=lambda value: str(value)[:40])
@pytest.mark.parametrize("finished", [True, False])
def test_another_configuration_is_refused_and_told(photos, tmp_path, changes, words, finished):
    out = tmp_path / "out"
    if finished:
        make(photos, out)
    else:
        with pytest.raises(KeyboardInterrupt):
            make(photos, out, progress=stopping_after(9))
    before = parquet(out)
    with pytest.raises(ConfigError, match=f"other settings: .*{words}") as error:
        make(photos, out, **changes)
    assert str(tmp_path) not in str(error.value)
    assert parquet(out) == before
    make(photos, out, overwrite=True, **changes)
    assert not (out / ".unfinished").exists()


def test_files_added_to_the_source_are_noticed(photos, tmp_path):
    with pytest.raises(KeyboardInterrupt):
        make(photos, tmp_path / "out", progress=stopping_after(9))
    (photos / "00_new.png").write_bytes(testing.blank())
    with pytest.raises(ConfigError, match="files were added to the source or taken away"):
        make(photos, tmp_path / "out")


def test_a_source_that_changed_under_a_finished_shard_is_noticed(photos, tmp_path):
    with pytest.raises(KeyboardInterrupt):
        make(photos, tmp_path / "out", progress=stopping_after(9))
    (photos / "03.png").write_bytes(testing.blank())  # the last row of the first shard
    with pytest.raises(ConfigError, match="row train/3 is another image"):
        make(photos, tmp_path / "out")


def damage(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize("what", ["data", "private", "missing", "state"])
def test_a_torn_shard_is_made_again(photos, tmp_path, what):
    make(photos, tmp_path / "whole")
    out = tmp_path / "out"
    with pytest.raises(KeyboardInterrupt):
        make(photos, out, progress=stopping_after(13))
    part = out / ".unfinished" / "part-00000-of-00001"
    shard = part / ("private" if what == "private" else "data") / "train-00001.parquet"
    if what == "missing":
        shard.unlink()
    elif what == "state":
        (part / "state.json").write_text("{}")
    else:
        damage(shard)
    make(photos, out)
    assert parquet(out) == parquet(tmp_path / "whole")


def test_two_runs_at_a_time(photos, tmp_path):
    seen = []

    def second(statuses, total):
        with pytest.raises(ConfigError, match="Another run is writing"):
            make(photos, tmp_path / "out")
        seen.append(1)

    make(photos, tmp_path / "out", progress=second)
    assert seen


def test_a_kill_while_a_result_is_moved(photos, tmp_path, monkeypatch):
    make(photos, tmp_path / "whole")
    for moves in range(5):
        out = tmp_path / f"out{moves}"
        left = [moves]
        replace = os.replace

        def dying(source, target, left=left, out=out, replace=replace):
            if Path(target).parent == out:
                if not left[0]:
                    raise KeyboardInterrupt  # what comes here has no chance to clean up after itself
                left[0] -= 1
            replace(source, target)

        with monkeypatch.context() as patch:
            patch.setattr(os, "replace", dying)
            with pytest.raises(KeyboardInterrupt):
                make(photos, out)
        make(photos, out)
        assert parquet(out) == parquet(tmp_path / "whole")
        assert not (out / ".unfinished").exists()


# --retry failed


def test_retry(photos, tmp_path):
    out = tmp_path / "out"
    first = make(photos, out)
    assert first.reasons["missing"] == 1
    before = {p.name: (p.stat().st_ino, p.read_bytes()) for p in (out / "data").iterdir()}
    (photos / "51.png").unlink()
    (photos / "51.png").write_bytes(testing.with_text())
    manifest = make(photos, out, retry_failed=True)
    assert "missing" not in manifest.reasons
    assert manifest.reasons["not_an_image"] == 1
    assert manifest.statuses["edited"] == first.statuses["edited"] + 1
    after = {p.name: (p.stat().st_ino, p.read_bytes()) for p in (out / "data").iterdir()}
    changed = [name for name in after if after[name] != before[name]]
    assert changed == ["train-00005-of-00006.parquet"]
    rows = pq.read_table(out / "private", columns=["row"])["row"].to_pylist()
    assert rows == [f"train/{i}" for i in range(23)]
    assert load_dataset(str(out), split="train")[22]["image"].size == (48, 32)
    assert json.loads((out / "manifest.json").read_text())["files"] == manifest.files
    # as if it had been there from the beginning
    make(photos, tmp_path / "whole")
    assert parquet(out) == parquet(tmp_path / "whole")


def test_retry_when_nothing_may_pass(photos, tmp_path):
    (photos / "51.png").unlink()
    make(photos, tmp_path / "out")
    before = {p: p.stat().st_mtime_ns for p in (tmp_path / "out").rglob("*")}
    make(photos, tmp_path / "out", retry_failed=True)
    assert {p: p.stat().st_mtime_ns for p in (tmp_path / "out").rglob("*")} == before


def test_retry_needs_a_result(photos, tmp_path):
    with pytest.raises(ConfigError, match="no finished result"):
        make(photos, tmp_path / "out", retry_failed=True)
    make(photos, tmp_path / "out")
    with pytest.raises(ConfigError, match="seed was 0 and is 1"):
        make(photos, tmp_path / "out", retry_failed=True, stages={"seed": 1})


# --shard and merge


def test_shards_of_jobs_become_one_result(photos, tmp_path):
    whole = make(photos, tmp_path / "whole")
    out = tmp_path / "out"
    for i in (2, 0, 1):
        assert make(photos, out, shard=(i, 3)) is None
    manifest = merge(out)
    assert (manifest.rows, manifest.statuses, manifest.reasons) == (whole.rows, whole.statuses, whole.reasons)
    one, all_ = (
        load_dataset(str(tmp_path / name), split="train").cast_column("image", Image(decode=False))
        for name in ("out", "whole")
    )
    assert one.to_list() == all_.to_list()
    beside = [pq.read_table(tmp_path / name / "private").to_pylist() for name in ("out", "whole")]
    assert beside[0] == beside[1]
    assert not (out / ".unfinished").exists()
    assert merge(out).files == manifest.files  # once more does nothing


def test_a_merge_needs_every_shard(photos, tmp_path):
    out = tmp_path / "out"
    with pytest.raises(ConfigError, match="nothing to merge"):
        merge(out)
    make(photos, out, shard=(0, 3))
    with pytest.raises(KeyboardInterrupt):
        make(photos, out, shard=(2, 3), progress=stopping_after(5))
    with pytest.raises(ConfigError, match="2 of 3 shards are not complete: 1/3, 2/3"):
        merge(out)
    assert not (out / "manifest.json").exists()


def test_a_merge_checks_the_files(photos, tmp_path):
    out = tmp_path / "out"
    for i in range(2):
        make(photos, out, shard=(i, 2))
    damage(out / ".unfinished" / "part-00001-of-00002" / "data" / "train-00000.parquet")
    with pytest.raises(ConfigError, match=r"1 files are not as they were written: train-00000.parquet"):
        merge(out)
    make(photos, out, shard=(1, 2))
    assert merge(out).rows == 23


def test_a_merge_refuses_rows_that_are_there_twice(photos, tmp_path):
    out = tmp_path / "out"
    for i in range(2):
        make(photos, out, shard=(i, 2))
    first, second = (out / ".unfinished" / f"part-0000{i}-of-00002" for i in range(2))
    shutil.rmtree(second)
    shutil.copytree(first, second)
    with pytest.raises(Unsafe2SafeError, match="not whole: rows are missing, are there twice"):
        merge(out)
    assert not (out / "manifest.json").exists()


def test_shards_of_different_settings_do_not_merge(photos, tmp_path):
    out = tmp_path / "out"
    make(photos, out, shard=(0, 2))
    make(photos, out, shard=(1, 2), stages={"seed": 3})
    with pytest.raises(ConfigError, match="different settings: seed was 0 and is 3"):
        merge(out)
    with pytest.raises(ConfigError, match="parts of a run in 2 shards"):
        make(photos, out, shard=(1, 3))


WRONG = [
    ({"shard": (3, 3)}, "shard 3/3 is none"),
    ({"shard": (-1, 3)}, "shard -1/3 is none"),
    ({"shard": (0, 3), "overwrite": True}, "do not go together"),
]


@pytest.mark.parametrize(("options", "words"), WRONG)
def test_wrong_shards(photos, tmp_path, options, words):
    with pytest.raises(ConfigError, match=words):
        make(photos, tmp_path / "out", **options)


# Disks and sources that fail


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

    with pytest.raises(DatasetError, match="source is not there any more"):
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
    with pytest.raises(DatasetError, match="cannot be read any more: ConnectionError") as error:
        materialize(stream(13, broken=True), tmp_path / "out", sanitize, **options)
    assert "secret" not in str(error.value)
    manifest = materialize(stream(13, broken=False), tmp_path / "out", sanitize, **options)
    materialize(stream(13, broken=False), tmp_path / "whole", sanitize, **options)
    assert parquet(tmp_path / "out") == parquet(tmp_path / "whole")
    assert manifest.rows == 21


# A real Ctrl-C, a real kill

RUN = """
    import sys
    from hf_unsafe2safe import testing
    from hf_unsafe2safe.materialize import materialize

    class Slow(testing.FakeCaptioner):
        def caption(self, images, inspections):
            import time
            time.sleep(0.05 * len(images))
            return super().caption(images, inspections)

    if __name__ == "__main__":
        def progress(statuses, total):
            print(sum(statuses.values()), flush=True)
        source, output, num_proc = sys.argv[1:]
        stages = testing.fakes(captioner=Slow())
        materialize(source, output, stages, batch_size=2, num_proc=int(num_proc), progress=progress)
"""


def start(photos, out, tmp_path, num_proc):
    script = tmp_path / "run.py"
    script.write_text(textwrap.dedent(RUN))
    return subprocess.Popen(
        [sys.executable, script, photos, out, str(num_proc)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


@pytest.mark.parametrize("num_proc", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_ctrl_c_finishes_the_batch(photos, tmp_path, num_proc):
    run = start(photos, tmp_path / "out", tmp_path, num_proc)
    assert run.stdout.readline() == "2\n"
    os.killpg(run.pid, signal.SIGINT)  # as a terminal does: to all processes
    out, err = run.communicate(timeout=60)
    assert run.returncode != 0
    assert "KeyboardInterrupt" in err
    assert "BrokenProcessPool" not in err
    rows = list(cache_folder().rglob("*.row"))
    assert len(rows) >= int((["2", *out.split()])[-1])
    assert not list(cache_folder().rglob("*.part"))


@pytest.mark.slow
@pytest.mark.parametrize("num_proc", [1, 2])
def test_kills_at_any_moment(photos, tmp_path, num_proc):
    make(photos, tmp_path / "whole", max_shard_size="500MB", stages={"store": None})
    for seconds in (0.3, 1.2, 1.5, 1.8, 2.1, 2.4):
        run = start(photos, tmp_path / "out", tmp_path, num_proc)
        time.sleep(seconds)
        os.killpg(run.pid, signal.SIGKILL)
        run.communicate()
    run = start(photos, tmp_path / "out", tmp_path, num_proc)
    _, err = run.communicate(timeout=120)
    assert run.returncode == 0, err
    images = [pq.read_table(tmp_path / d / "data", columns=["image"]).to_pylist() for d in ("out", "whole")]
    assert images[0] == images[1]
    assert list(parquet(tmp_path / "out")) == list(parquet(tmp_path / "whole"))


def members(group: int) -> list[int]:
    """Return the living processes of a group; one that nobody has waited for yet is dead."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, its_group = stat.read_text().rpartition(")")[2].split()[:3]
        except OSError:  # it ended meanwhile
            continue
        found += [int(stat.parent.name)] if int(its_group) == group and state != "Z" else []
    return found


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks for processes in /proc")
def test_workers_end_when_only_their_parent_is_killed(photos, tmp_path):
    run = start(photos, tmp_path / "out", tmp_path, 2)
    assert run.stdout.readline() == "2\n"
    assert len(members(run.pid)) >= 3
    os.kill(run.pid, signal.SIGKILL)  # as the system does when memory runs out
    run.wait()
    deadline = time.monotonic() + 20
    while (left := members(run.pid)) and time.monotonic() < deadline:
        time.sleep(0.1)
    for process in left:
        os.kill(process, signal.SIGKILL)
    assert not left
