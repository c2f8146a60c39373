"""Ways to keep finished rows: writes and reads a second, and what a SIGKILL of four writers leaves.

A row is a key of 64 hex digits and an entry: the sha256 of key and value, then 100 kB of random bytes. Stores
hand out what they hold; the check is here, the same for all. Each row is written on its own. Times include
opening the store; reads come from the page cache. The stores take about 30 GB and are removed at the end,
because removing one slows the next down. LMDB is optional: where it is not installed it is left out.
"""

import hashlib
import importlib.util
import multiprocessing
import os
import random
import sqlite3
import subprocess
import sys
import tempfile
import time
import uuid
from collections import Counter
from contextlib import suppress
from functools import cached_property, partial
from pathlib import Path
from statistics import median
from typing import Any

import pyarrow as pa

lmdb: Any = importlib.import_module("lmdb") if importlib.util.find_spec("lmdb") else None

ROUNDS, KILLS, VALUE_BYTES, DIGEST_BYTES = 3, 5, 100_000, 32
ROWS, ROWS_UNTIL_KILLED = 2_000, 9_000  # a process; the second is never reached
KILLED_AFTER, PATIENCE = (0.2, 1.2), 300  # seconds; the latter for a worker, and for the look after a kill
SCHEMA = pa.schema({"key": pa.binary(), "entry": pa.binary()})
pa.array([b""])  # the first array imports pandas where it is installed: not to be timed
spawn = multiprocessing.get_context("spawn")


class _Files:
    def __init__(self, folder: Path, *, fsync: bool) -> None:
        self._folder, self._fsync = folder, fsync
        self.close = lambda: None  # nothing is held open

    def put(self, key: str, entry: bytes) -> None:
        folder = self._folder / key[:2]
        folder.mkdir(exist_ok=True)
        part = folder / f"{uuid.uuid4().hex}.tmp"
        with part.open("wb") as file:
            file.write(entry)
            if self._fsync:
                file.flush()
                os.fsync(file.fileno())
        part.replace(folder / key)

    def get(self, key: str) -> bytes | None:
        path = self._folder / key[:2] / key
        return path.read_bytes() if path.exists() else None


class _Sqlite:
    def __init__(self, folder: Path) -> None:
        self._db = sqlite3.connect(folder / "rows.db", timeout=60, isolation_level=None)
        self._db.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL")
        self._db.execute("CREATE TABLE IF NOT EXISTS rows (key TEXT PRIMARY KEY, entry BLOB)")
        self.close = self._db.close

    def put(self, key: str, entry: bytes) -> None:
        self._db.execute("INSERT OR REPLACE INTO rows VALUES (?, ?)", (key, entry))

    def get(self, key: str) -> bytes | None:
        return (self._db.execute("SELECT entry FROM rows WHERE key = ?", (key,)).fetchone() or [None])[0]


class _Lmdb:
    def __init__(self, folder: Path, *, sync: bool) -> None:
        self._env = lmdb.open(str(folder), map_size=8 << 30, sync=sync)
        self.close = self._env.close

    def put(self, key: str, entry: bytes) -> None:
        with self._env.begin(write=True) as transaction:
            transaction.put(key.encode(), entry)

    def get(self, key: str) -> bytes | None:
        with self._env.begin() as transaction:
            return transaction.get(key.encode())


class _Segments:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @cached_property
    def _segment(self) -> Any:
        return pa.ipc.new_stream(str(self._folder / f"{uuid.uuid4().hex}.arrows"), SCHEMA)

    @cached_property
    def _index(self) -> dict[bytes, Any]:
        index = {}
        for path in self._folder.glob("*.arrows"):
            with suppress(OSError, pa.ArrowInvalid):  # cut off: the rest was never finished
                for batch in pa.ipc.open_stream(pa.memory_map(str(path))):
                    index[batch.column(0)[0].as_py()] = batch.column(1)[0]
        return index

    def put(self, key: str, entry: bytes) -> None:
        self._segment.write_batch(pa.record_batch([[key.encode()], [entry]], schema=SCHEMA))

    def get(self, key: str) -> bytes | None:
        return self._index.get(key.encode(), pa.scalar(None)).as_py()

    def close(self) -> None:
        if "_segment" in self.__dict__:
            self._segment.close()


# How to open it, and the files that an orderly end of its writers does not leave.
OPTIONS: dict[str, tuple[Any, str]] = {
    "plain files": (partial(_Files, fsync=False), "*/*.tmp"),
    "plain files, fsync": (partial(_Files, fsync=True), "*/*.tmp"),
    "SQLite, WAL": (_Sqlite, "rows.db-*"),
    "LMDB, sync=False": (partial(_Lmdb, sync=False), "*.tmp"),
    "LMDB": (partial(_Lmdb, sync=True), "*.tmp"),
    "Arrow IPC segments": (_Segments, "*.arrows"),
}


def key_of(process: int, row: int) -> str:
    """Return the key of a row."""
    return hashlib.sha256(f"{process}:{row}".encode()).hexdigest()


def entry_of(key: str, value: bytes) -> bytes:
    """Return checksum and value; with the key in it, a row in another's place is found out."""
    return hashlib.sha256(key.encode() + value).digest() + value


def whole(key: str, entry: bytes | None) -> bool:
    """Tell whether the checksum of an entry is right."""
    return entry is not None and entry == entry_of(key, entry[DIGEST_BYTES:])


def work(name: str, folder: Path, keys: list[str], put: bool, taken: Any, start: Any, times: Any) -> None:
    """Write the rows or read and check them, count them in `taken`, and send (begin, end) in seconds."""
    pool = os.urandom(VALUE_BYTES + len(keys))
    start.wait()
    begin = time.perf_counter()
    store = OPTIONS[name][0](folder)
    for row, key in enumerate(keys):
        if put:
            store.put(key, entry_of(key, pool[row : row + VALUE_BYTES]))
        elif not whole(key, store.get(key)):
            raise ValueError(f"{name}: a row is missing or torn")
        taken.value = row + 1
    store.close()
    times.put((begin, time.perf_counter()))


def rate(name: str, folder: Path, shares: list[list[str]], put: bool) -> float:
    """Return the rows a second of one process a share, from the first begin to the last end."""
    start, times = spawn.Barrier(len(shares)), spawn.Queue()
    for keys in shares:
        spawn.Process(target=work, args=(name, folder, keys, put, spawn.RawValue("l"), start, times)).start()
    begins, ends = zip(*(times.get(timeout=PATIENCE) for _ in shares), strict=True)
    return sum(map(len, shares)) / (max(ends) - min(begins))


def fresh(name: str, parent: Path) -> Path:
    """Return a folder with an empty store in it, all earlier writing done."""
    os.sync()
    folder = Path(tempfile.mkdtemp(dir=parent))
    OPTIONS[name][0](folder).close()
    return folder


def speed(name: str, parent: Path, processes: int) -> tuple[float, float]:
    """Return writes and reads a second."""
    folder = fresh(name, parent)
    shares = [[key_of(process, row) for row in range(ROWS)] for process in range(processes)]
    writes = rate(name, folder, shares, put=True)
    os.sync()
    keys = [key for share in shares for key in share]
    random.shuffle(keys)
    return writes, rate(name, folder, [keys[p::processes] for p in range(processes)], put=False)


def look(name: str, folder: Path, done: list[int], counts: Any) -> None:
    """Open a store after a kill, without repair; count its rows, add one, and read it in a second opening."""
    store, found = OPTIONS[name][0](folder), Counter[str]()
    for process, rows in enumerate(done):
        for row in range(rows + 1):  # and the one that was under way
            key = key_of(process, row)
            if (entry := store.get(key)) is not None:
                found["readable" if whole(key, entry) else "torn"] += 1
            elif row < rows:
                found["lost"] += 1
    store.put(key := key_of(len(done), 0), entry_of(key, b"added"))
    store.close()
    found["opens"] = int(OPTIONS[name][0](folder).get(key) == entry_of(key, b"added"))
    counts.put(found)


def kill(name: str, parent: Path) -> Counter[str]:
    """Kill four writers at a random moment and return what is found afterwards."""
    folder, counts, start = fresh(name, parent), spawn.Queue(), spawn.Barrier(5)
    writers, taken = [], [spawn.RawValue("l") for _ in range(4)]
    for process, count in enumerate(taken):
        keys = [key_of(process, row) for row in range(ROWS_UNTIL_KILLED)]
        writers.append(spawn.Process(target=work, args=(name, folder, keys, True, count, start, counts)))
        writers[-1].start()
    start.wait()
    time.sleep(random.uniform(*KILLED_AFTER))
    for writer in writers:
        writer.kill()
    for writer in writers:
        writer.join()
    left = set(folder.glob(OPTIONS[name][1]))
    done = [count.value for count in taken]
    looker = spawn.Process(target=look, args=(name, folder, done, counts), daemon=True)
    looker.start()
    looker.join(PATIENCE)
    found: Counter[str] = counts.get() if looker.exitcode == 0 else Counter()
    return found + Counter(taken=sum(done), left=len(left), stay=sum(path.exists() for path in left))


def main(parent: Path) -> None:
    """Print medians of the rates with their ranges, and sums over the kills, as a Markdown table."""
    system = subprocess.check_output(["df", "--output=fstype", str(parent)], text=True).split()[-1]
    if system in ("tmpfs", "ramfs", "devtmpfs"):
        raise SystemExit(f"{system} is in memory: name a folder on a disk")
    names = [name for name in OPTIONS if lmdb or "LMDB" not in name]
    print(f"{system}; load {os.getloadavg()[0]:.2f} before")
    rates: dict[str, list[tuple[float, ...]]] = {name: [] for name in names}
    for name in names * ROUNDS:
        rates[name].append(speed(name, parent, 1) + speed(name, parent, 4))
    found = {name: Counter[str]() for name in names}
    for name in names * KILLS:
        found[name].update(kill(name, parent))
    print(f"load {os.getloadavg()[0]:.2f} at the end\n")
    counts = ("taken", "readable", "lost", "torn", "opens", "left", "stay")
    head = ("option", "writes/s, 1 process", "reads/s, 1", "writes/s, 4 processes", "reads/s, 4", *counts)
    print(f"| {' | '.join(head)} |\n|{'---|' * len(head)}")
    for name in names:
        cells = [f"{median(v):,.0f} ({min(v):,.0f}-{max(v):,.0f})" for v in zip(*rates[name], strict=True)]
        print(f"| {' | '.join([name, *cells, *(str(found[name][count]) for count in counts)])} |")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(dir=sys.argv[1] if sys.argv[1:] else None) as place:
        main(Path(place))
