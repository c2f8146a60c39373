"""`transformers serve` on the loopback interface, as a process of its own, with a tiny model.

Run as a program it is that command, with torchvision made usable first.
"""

import io
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image

START_S = 120


@contextmanager
def serving(model: Path) -> Iterator[str]:
    """Serve a saved model, and nothing else.

    Yields:
        The base address. The server knows the model by its folder.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = ["--host", "127.0.0.1", "--port", str(port), "--device", "cpu", "--log-level", "error"]
    command = [sys.executable, "-m", "tests.backends.serve", "serve", str(model), *options]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait(process, f"http://127.0.0.1:{port}/health")
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        process.kill()
        process.wait()


def _wait(process: subprocess.Popen[bytes], address: str) -> None:
    until = time.monotonic() + START_S
    while time.monotonic() < until:
        assert process.poll() is None, "the server ended"
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except OSError:
            time.sleep(0.2)
    raise AssertionError("the server did not start")


def _decoded(data: Any, **_: Any) -> Any:
    """Decode an image as `torchvision.io.decode_image` does, whose compiled part is missing here."""
    import torch

    with PIL.Image.open(io.BytesIO(data.numpy().tobytes())) as image:
        return torch.from_numpy(np.array(image.convert("RGB"))).permute(2, 0, 1)


if __name__ == "__main__":
    from tests.tiny_models import use_torchvision

    use_torchvision()
    import torchvision

    torchvision.io.decode_image = _decoded
    from transformers.cli.transformers import app

    app()
