"""How much memory opening an image takes at its peak: `python benchmarks/open_memory.py FILE...` (Linux).

Each file is opened once, one after the other, and what the process then has taken at most is written, less
what it had taken before the first: bytes, seconds, and what became of the file.
"""

import sys
import time
from pathlib import Path

import numpy as np

from hf_unsafe2safe.errors import StageError
from hf_unsafe2safe.imaging.encode import encode
from hf_unsafe2safe.imaging.open import open_image


def peak() -> int:
    """Return the most bytes of memory that this process has had.

    Not `getrusage`: there a new process begins with what the one that started it had taken.
    """
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))


def outcome(data: bytes) -> str:
    """Return mode, size and whether the file is kept, or the reason why it cannot be opened."""
    try:
        image = open_image(data)
    except StageError as error:
        return error.reason
    return f"{image.mode} {image.size_wh[0]}x{image.size_wh[1]} {'kept' if image.kept else 'encoded anew'}"


def main(paths: list[str]) -> None:
    """Open the files and write a line for each."""
    for name in ("png", "webp", "jpeg:90"):  # what every first image loads
        open_image(encode(np.zeros((64, 64, 3), np.uint8), encoding=name))
    for path in paths:
        data = Path(path).read_bytes()
        before, start = peak(), time.monotonic()
        said = outcome(data)
        print(f"{peak() - before} bytes, {time.monotonic() - start:.2f} s, {len(data)} in the file: {said}")


if __name__ == "__main__":
    main(sys.argv[1:])
