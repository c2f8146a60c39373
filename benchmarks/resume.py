"""What a stop costs: SIGKILL at random moments, a rerun, and the share of the row store.

    python benchmarks/resume.py [ROWS] [KILLS]

Rows are distinct: seeded crops and flips of the example photos. Everything runs with the preset `local`.
"""

import argparse
import json
import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import PIL.Image

from hf_unsafe2safe import Sanitizer

PHOTOS = Path(__file__).parent.parent / "examples" / "photos"
RUN = [sys.executable, "-m", "hf_unsafe2safe.cli", "sanitize"]


def draw(folder: Path, count: int) -> None:
    """Write distinct photos: crops of seeded places and sizes, every other one flipped."""
    chance = random.Random(4)
    photos = [PIL.Image.open(path).convert("RGB") for path in sorted(PHOTOS.iterdir())]
    folder.mkdir()
    for i in range(count):
        photo = photos[i % len(photos)]
        share = chance.uniform(0.7, 0.95)
        w, h = int(photo.width * share), int(photo.height * share)
        x, y = chance.randrange(photo.width - w), chance.randrange(photo.height - h)
        crop = photo.crop((x, y, x + w, y + h))
        crop = crop.transpose(PIL.Image.Transpose.FLIP_LEFT_RIGHT) if i % 2 else crop
        crop.save(folder / f"{i:04d}.jpg", quality=90)


def sanitize(photos: Path, output: Path, cache: Path | None, *options: str) -> tuple[float, dict]:
    """Run the command; return its seconds and the manifest."""
    environment = {**os.environ, "UNSAFE2SAFE_CACHE": str(cache or "")}
    options = options if cache else (*options, "--store", "none")
    start = time.perf_counter()
    command = [*RUN, str(photos), "-o", str(output), *options]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 3), done.stderr
    return time.perf_counter() - start, json.loads((output / "manifest.json").read_text())


def killed(photos: Path, output: Path, cache: Path, kills: int) -> tuple[int, int]:
    """Kill a run with two processes at random moments; return the rows computed in all, and the kills."""
    chance = random.Random(7)
    environment = {**os.environ, "UNSAFE2SAFE_CACHE": str(cache)}
    command = [*RUN, str(photos), "-o", str(output), "--num-proc", "2"]
    computed, done_kills = 0, 0
    for _ in range(kills):
        before = time.time()
        run = subprocess.Popen(
            command,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            run.wait(chance.uniform(2, 25))
        except subprocess.TimeoutExpired:
            os.killpg(run.pid, signal.SIGKILL)
            run.wait()
            done_kills += 1
        computed += sum(path.stat().st_mtime >= before for path in cache.rglob("*.row"))
    return computed, done_kills


def same(a: Path, b: Path) -> bool:
    """Return whether all Parquet files of two results are the same, byte for byte."""
    names = sorted(path.relative_to(a) for path in a.rglob("*.parquet"))
    others = sorted(path.relative_to(b) for path in b.rglob("*.parquet"))
    return names == others and all((a / n).read_bytes() == (b / n).read_bytes() for n in names)


def rerun(work: Path, photos: Path, cache: Path, first: float) -> None:
    """Print how long a rerun takes into a new folder, and into the finished one."""
    fresh = [sanitize(photos, work / f"again{i}", cache)[0] for i in range(3)]
    finished = [sanitize(photos, work / "one", cache)[0] for _ in range(3)]
    for name, times in (("from the row store, new folder", fresh), ("finished result", finished)):
        median = statistics.median(times)
        print(f"rerun, {name}: {median:.2f} s, {first / median:.0f} times faster than {first:.1f} s")
    assert all(same(work / "one", work / f"again{i}") for i in range(3))


def overhead(work: Path, photos: list[Path], rounds: int) -> None:
    """Print the share of the store in a run: each photo with and without it, warm, in alternating order."""
    plain = Sanitizer(store=None)
    plain.records([photos[0]])  # models are loaded once a process
    ratios, seconds = [], {True: 0.0, False: 0.0}
    for at in range(rounds):
        for i, photo in enumerate(photos):
            pair = {}
            for kept in (True, False) if (at + i) % 2 else (False, True):
                sanitize = Sanitizer(store=work / f"cache-{at}") if kept else Sanitizer(store=None)
                sanitize._stages._tested_in = os.getpid()  # the self-test belongs to neither
                start = time.perf_counter()
                sanitize.records([photo])
                pair[kept] = time.perf_counter() - start
                seconds[kept] += pair[kept]
            ratios.append(pair[True] / pair[False])
    share = seconds[True] / seconds[False]
    print(f"row store, with / without: median of pairs {statistics.median(ratios):.4f}, sums {share:.4f}")


def main() -> None:
    """Print a line a measurement."""
    parser = argparse.ArgumentParser()
    parser.add_argument("rows", type=int, nargs="?", default=200)
    parser.add_argument("kills", type=int, nargs="?", default=20)
    parser.add_argument("--rounds", type=int, default=3, help="of the measurement of the store's share")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        photos, cache = work / "photos", work / "cache"
        draw(photos, given.rows)
        first, manifest = sanitize(photos, work / "one", cache, "--num-proc", "2")
        print(f"undisturbed: {first:.1f} s, {manifest['statuses']}, {manifest['row_store']}")
        rerun(work, photos, cache, first)
        overhead(work, sorted(photos.iterdir())[:24], given.rounds)
        computed, kills = killed(photos, work / "killed", work / "cache2", given.kills)
        sanitize(photos, work / "killed", work / "cache2", "--num-proc", "2")
        kept = len(list((work / "cache2").rglob("*.row")))
        print(f"killed {kills} times: the same bytes: {same(work / 'one', work / 'killed')}")
        print(f"rows kept: {kept} of {manifest['rows']}; written twice: {max(0, computed - kept)}")


if __name__ == "__main__":
    main()
