"""The vendored ONNX weights: where they are, what they must hash to, one session a process."""

import hashlib
import multiprocessing
import os
from functools import cache
from pathlib import Path
from typing import Any

from ..errors import ConfigError
from ..records import ModelInfo

FOLDER = Path(__file__).parent

SHA256 = {
    "agegender_112": "15ea62f286e046443bef6b4c4df45da3dbfea707a3504ee38c6b51d246213199",
    "centerface_dyn": "68120a5a6d6e7671af654017c08ca8b611140f085de7c6f918e2bee6d3ab4c44",
    "face_embed_dlib128_u8": "7aed87083ca537e3319f135d7b025ced9e9b636a47981c2f6f4d1a2c85494c78",
    "facemesh_192": "4fe345be0ab7ee9d2a0ebdc9e2223ff71b30aaf5d1fba4f717ac3f36e31c0c3a",
    "nanodet_g_416": "9c5f8dd25c28150e23cbb6936a37af9948508f367c172b888578691bbc6f5429",
    "selfie_256": "715cf6a0223eccd850ce1f74ba98c9cfd8d2e844e8f978073e94618d505b2c02",
    "ssd_face_512": "cfd7148a375932aeeca0a98c47b0fa39c953e9faaf499f02c5dd710ec6853717",
}

# What is no network.
DATA_SHA256 = {"average_face.npz": "32c31daa2498227b26b005de66d034a84049c65bafd5d55d2c00bf10953488b0"}

# Sessions by process: a session made before a fork has no threads in the child and would hang there.
_sessions: dict[tuple[int, str], Any] = {}


def model_info(name: str) -> ModelInfo:
    """Return name and revision of a vendored model, without loading it."""
    return ModelInfo(name, SHA256[name][:12])


def threads() -> int:
    """Return how many threads an embedded model may use: one in a worker process, else all cores (0).

    The environment variable `UNSAFE2SAFE_THREADS` says otherwise, for processes that something else started.

    Raises:
        ConfigError: It is no whole number from 1.
    """
    given = os.environ.get("UNSAFE2SAFE_THREADS", "")
    if given:
        if not given.isascii() or not given.isdecimal() or int(given) < 1:
            raise ConfigError(f"UNSAFE2SAFE_THREADS must be a whole number from 1, got {given!r}.")
        return int(given)
    return 0 if multiprocessing.parent_process() is None and not _multiprocess_child() else 1


def session(name: str) -> Any:
    """Return the onnxruntime session of a vendored model, loaded once a process.

    Raises:
        ConfigError: The file is missing or is not the file this version was tested with.
    """
    return session_of(name, FOLDER / f"{name}.onnx", SHA256[name])


def session_of(name: str, path: Path, sha256: str) -> Any:
    """Return the session of a model file, which may be that of another package, loaded once a process.

    Raises:
        ConfigError: The file is missing or has another sha256.
    """
    key = (os.getpid(), name)
    if key not in _sessions:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads()
        options.log_severity_level = 3  # warnings about unused initialisers are noise
        _sessions[key] = onnxruntime.InferenceSession(
            _read(name, path, sha256), options, providers=["CPUExecutionProvider"]
        )
    return _sessions[key]


def check(name: str) -> None:
    """Raise unless a vendored file is the one this version was tested with.

    Raises:
        ConfigError: It is missing or damaged.
    """
    if name in DATA_SHA256:
        data(name)
    else:
        _read(name, FOLDER / f"{name}.onnx", SHA256[name])


def data(file: str) -> bytes:
    """Return a vendored file that is no network.

    Raises:
        ConfigError: It is missing or damaged.
    """
    return _read(file, FOLDER / file, DATA_SHA256[file])


def network(name: str) -> bytes:
    """Return a vendored ONNX file, for what runs it elsewhere than in onnxruntime.

    Raises:
        ConfigError: It is missing or damaged.
    """
    return _read(name, FOLDER / f"{name}.onnx", SHA256[name])


@cache
def _read(name: str, path: Path, sha256: str) -> bytes:
    if not path.is_file():
        raise ConfigError(f"The weights '{name}' are missing.", hint="Reinstall hf-unsafe2safe.")
    data = path.read_bytes()
    if hashlib.sha256(data).hexdigest() != sha256:
        raise ConfigError(
            f"The weights '{name}' are damaged: their sha256 is not the expected one.",
            hint="Reinstall hf-unsafe2safe.",
        )
    return data


def _multiprocess_child() -> bool:
    # `datasets` forks with the package multiprocess, whose parent_process is its own.
    import sys

    other = sys.modules.get("multiprocess")
    return other is not None and other.parent_process() is not None
