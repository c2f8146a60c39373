"""A run that is stopped, in whatever way, goes on and ends as if nothing had happened."""

import os
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from datasets import Dataset, Features, Image

from hf_unsafe2safe import testing
from hf_unsafe2safe.errors import ConfigError, SourceLostError, Unsafe2SafeError
from hf_unsafe2safe.storage.cache import clear_rows
from hf_unsafe2safe.storage.store import cache_folder
from tests.runs import (
    damage,
    listening_to_ctrl_c,
    make,
    parquet,
    photos,
    picture,
    small_groups,
    stopping_after,
)

pytestmark = pytest.mark.slow  # models, processes or photos, many times over

FIXTURES = (photos, small_groups)


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
    (photos / "03.png").write_bytes(picture(15))  # the last row of the first file
    with pytest.raises(ConfigError, match="row train/3 is another image"):
        make(photos, tmp_path / "out")


def test_a_run_that_stopped_after_its_first_split(tmp_path):
    for split in ("train", "test"):
        (tmp_path / "in" / split).mkdir(parents=True)
        for i in range(5):
            (tmp_path / "in" / split / f"{i}.png").write_bytes(picture(i + 5 * (split == "test")))
    make(tmp_path / "in", tmp_path / "whole")
    for rows in (6, 8, 10):  # in the second split, and after the last row of all
        with pytest.raises(KeyboardInterrupt):
            make(tmp_path / "in", tmp_path / "out", progress=stopping_after(rows))
    make(tmp_path / "in", tmp_path / "out")
    assert parquet(tmp_path / "out") == parquet(tmp_path / "whole")


def datasets_of(*numbers):
    cells = [{"bytes": picture(i), "path": None} for i in numbers]
    return Dataset.from_dict({"image": cells}, features=Features({"image": Image()}))


@pytest.mark.parametrize("finished", [True, False])
@pytest.mark.parametrize("form", ["dataset", "stream", "saved"])
def test_another_dataset_is_not_taken_for_the_first(tmp_path, form, finished):
    def given(*numbers):
        part = datasets_of(*numbers)
        if form == "saved":
            shutil.rmtree(tmp_path / "saved", ignore_errors=True)
            part.save_to_disk(tmp_path / "saved")
        return {"dataset": part, "stream": part.to_iterable_dataset(), "saved": tmp_path / "saved"}[form]

    out = tmp_path / "out"
    if finished:
        make(given(1, 2, 3, 4, 5, 6), out)
    else:
        with pytest.raises(KeyboardInterrupt):
            make(given(1, 2, 3, 4, 5, 6), out, progress=stopping_after(5))
    with pytest.raises(ConfigError, match=r"another image|source"):
        make(given(11, 12, 13, 14, 15, 16), out)
    make(given(11, 12, 13, 14, 15, 16), out, overwrite=True)  # which begins anew
    make(given(11, 12, 13, 14, 15, 16), tmp_path / "whole")
    assert parquet(out) == parquet(tmp_path / "whole")


def test_photos_that_were_replaced_are_noticed(photos, tmp_path):
    make(photos, tmp_path / "out")
    (photos / "10.png").write_bytes(testing.with_text(size_wh=(90, 60)))  # neither first nor last of its file
    with pytest.raises(ConfigError, match="files of the source have changed"):
        make(photos, tmp_path / "out")


def test_what_others_put_there_meanwhile_stays(photos, tmp_path):
    out = tmp_path / "out"
    with pytest.raises(KeyboardInterrupt):
        make(photos, out, progress=stopping_after(9))
    (out / "README.md").write_text("mine")
    with pytest.raises(ConfigError, match=r"did not write: README\.md"):
        make(photos, out)
    assert (out / "README.md").read_text() == "mine"
    (out / "README.md").unlink()
    assert make(photos, out).rows == 23


def test_a_disk_that_does_not_answer_once_costs_no_finished_file(photos, tmp_path, monkeypatch):
    with pytest.raises(KeyboardInterrupt):
        make(photos, tmp_path / "out", progress=stopping_after(13))
    read_text = Path.read_text

    def stale(path, *arguments, **options):
        if path.name == "state.json":
            raise OSError(116, "Stale file handle")
        return read_text(path, *arguments, **options)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "read_text", stale)
        with pytest.raises(Unsafe2SafeError, match="Stale file handle"):
            make(photos, tmp_path / "out")
    assert len(list((tmp_path / "out").rglob("data/*.parquet"))) == 3


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
        preexec_fn=listening_to_ctrl_c,
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
@pytest.mark.parametrize("seconds", [0.8, 1.2, 1.6, 2.0])
def test_ctrl_c_while_workers_start(photos, tmp_path, seconds):
    run = start(photos, tmp_path / "out", tmp_path, 2)
    time.sleep(seconds)
    os.killpg(run.pid, signal.SIGINT)
    _, err = run.communicate(timeout=60)
    assert "worker process ended" not in err
    assert "Process Spawn" not in err  # a worker's own traceback
    assert run.returncode == 0 or "KeyboardInterrupt" in err


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


def test_unreadable_is_not_another_image(tmp_path):
    files = [tmp_path / f"{i}.png" for i in range(9)]
    for i, path in enumerate(files):
        path.write_bytes(picture(i))
    rows = Dataset.from_dict({"image": [str(path) for path in files]}, features=Features({"image": Image()}))
    with pytest.raises(KeyboardInterrupt):
        make(rows, tmp_path / "out", progress=stopping_after(5))
    for path in files:
        path.rename(path.with_suffix(".away"))
    for overwrite in (False, True):  # nor is what is finished thrown away for it
        with pytest.raises(SourceLostError, match="row train/0 was there and is not"):
            make(rows, tmp_path / "out", overwrite=overwrite)
    for path in files:
        path.with_suffix(".away").rename(path)
    assert make(rows, tmp_path / "out").statuses["edited"] == 9


def test_a_folder_that_begins_with_links_to_nothing(tmp_path):
    (tmp_path / "in").mkdir()
    for i in range(24):
        (tmp_path / "in" / f"a{i:02d}.png").symlink_to("nowhere")
    (tmp_path / "in" / "z.png").write_bytes(picture(1))
    statuses = make(tmp_path / "in", tmp_path / "out").statuses
    assert (statuses["edited"], statuses["failed"]) == (1, 24)


def test_the_working_folder_does_not_matter(photos, tmp_path, monkeypatch):
    make(photos, tmp_path / "out")
    (tmp_path / "elsewhere" / "train").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert make(photos.parent / "elsewhere" / ".." / photos.name, tmp_path / "out").rows == 23


def test_a_kill_before_the_last_removal_leaves_nothing(photos, tmp_path):
    make(photos, tmp_path / "out")
    (tmp_path / "out" / ".unfinished" / "result").mkdir(parents=True)
    (tmp_path / "out" / ".unfinished" / "part-00000-of-00001").mkdir()
    make(photos, tmp_path / "out")
    assert not (tmp_path / "out" / ".unfinished").exists()
