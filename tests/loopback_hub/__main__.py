"""`python -m tests.loopback_hub`: says where it listens, and ends when its input does."""

import signal
import sys

from . import LoopbackHub

if __name__ == "__main__":
    # Ctrl-C in a notebook that started this is meant for a cell.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with LoopbackHub() as hub:
        sys.stdout.write(f"{hub.url}\n")
        sys.stdout.flush()
        sys.stdin.read()
