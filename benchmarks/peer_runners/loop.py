"""The loop around every tool: a folder in, a folder out; seconds of each round and peak memory as JSON.

Runs inside the environment of the tool, so nothing but the standard library is imported here.
"""

import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ANSWER = "answer "  # tools print lines of their own


def run(make: Callable[[dict[str, Any], Path], Callable[[Path], None]]) -> None:
    """Read `IN OUT SETTINGS` from the command line, then run one round for each line of standard input.

    Each round writes the same files again and answers with its seconds, what crashed, and the peak memory so
    far; that of a program which the tool starts is added.

    Args:
        make: Gets the settings and the folder OUT, and returns what writes the safe image of a file
            there, under the same stem.
    """
    source, target = Path(sys.argv[1]), Path(sys.argv[2])
    one = make(json.loads(sys.argv[3]), target)
    paths = sorted(source.iterdir())
    for _ in sys.stdin:
        crashed, start = {}, time.perf_counter()
        for path in paths:
            try:
                one(path)
            except Exception as error:  # noqa: BLE001  a tool may raise anything; it is counted
                crashed[path.stem] = type(error).__name__
        seconds = time.perf_counter() - start
        own, started = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        peak_mb = (own.ru_maxrss + started.ru_maxrss) / 1024
        said = {"seconds": seconds, "crashed": crashed, "peak_mb": peak_mb}
        print(ANSWER + json.dumps(said), flush=True)
