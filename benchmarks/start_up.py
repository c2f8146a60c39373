"""Start-up: the wall time of a new process, as a median, beside that of an empty Python."""

import subprocess
import sys
import time
from pathlib import Path
from statistics import median

COMMANDS = {
    "python -c pass": [sys.executable, "-c", "pass"],
    "import hf_unsafe2safe": [sys.executable, "-c", "import hf_unsafe2safe"],
    "unsafe2safe --help": [str(Path(sys.executable).parent / "unsafe2safe"), "--help"],
}

if __name__ == "__main__":
    times: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(11):
        for name, command in COMMANDS.items():
            start = time.perf_counter()
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            times[name].append(time.perf_counter() - start)
    for name, seconds in times.items():
        print(f"{name:24} {median(seconds):.3f} s")
