"""Which model a spec means: its place and its revision, known before anything is loaded.

Weights are read from safetensors files only, because a pickle runs what is written in it; code that comes
with a model runs only where the spec says so.
"""

import hashlib
import json
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ...errors import ConfigError
from ...records import ModelInfo
from ..specs import ModelSpec

TIMEOUT_S = 10.0  # to ask the Hub for a commit
WHOLE = 64 * 2**20  # bytes: larger files are sampled
SAMPLES, PIECE = 64, 2**16
_COMMIT = re.compile(r"[0-9a-f]{40}")


@dataclass(frozen=True)
class FoundModel:
    """A model that can be loaded.

    Args:
        info: Name and revision, fit to publish: of a folder the type of the model, never the path.
        where: Repo id or folder; also the folder of a repo in the local cache.
        commit: Of a repo; None for a folder.
        trusted: Whether code that comes with it may run.
    """

    info: ModelInfo
    where: str = field(repr=False)
    commit: str | None = None
    trusted: bool = False


def find(spec: ModelSpec, *, trusted: bool = False) -> FoundModel:
    """Return the model that a spec means; nothing is downloaded or imported.

    The revision of a folder is the start of a sha256 over its files: whole files up to 64 MiB, of larger
    ones the size, both ends and 64 pieces between. That of a repo is its commit, asked of the Hub; where
    the Hub cannot be reached, that of the copy in the local cache.

    Raises:
        ConfigError: There is no such model, it has no safetensors files, or it needs code of its own and
            is not `trusted`.
    """
    folder = Path(os.path.expanduser(spec.name))
    if folder.is_dir():
        if spec.revision:
            raise ConfigError("A folder has no revisions.", hint="Leave out what follows the @.")
        return _in_folder(folder, trusted)
    if spec.name.startswith(("/", ".", "~")):
        raise ConfigError("The folder of the model is not there.", hint="Check the spec.")
    if spec.revision and _COMMIT.fullmatch(spec.revision):
        return FoundModel(ModelInfo(spec.name, spec.revision), spec.name, spec.revision, trusted)
    asked = _on_hub(spec.name, spec.revision)
    if asked is None:
        commit, folder = _in_cache(spec.name, spec.revision)
        # By its folder: by its name transformers would try for minutes to reach the Hub.
        return FoundModel(ModelInfo(spec.name, commit), str(folder), trusted=trusted)
    commit, files = asked
    _check_safe(files, spec.name)
    return FoundModel(ModelInfo(spec.name, commit), spec.name, commit, trusted)


def _in_folder(folder: Path, trusted: bool) -> FoundModel:
    files = sorted(_files(folder))
    config = _config(folder)
    name = _local_name(config)
    _check_safe((path.name for path in files), name)
    if "auto_map" in config and not trusted and not _built_in(config):
        raise untrusted(name)
    listing = tuple((str(path), path.stat().st_size, path.stat().st_mtime_ns) for path in files)
    return FoundModel(ModelInfo(name, _digest(str(folder), listing)), str(folder), trusted=trusted)


def untrusted(name: str) -> ConfigError:
    """Return the error for a model that needs code of its own."""
    return ConfigError(
        f"The model {name} runs code that comes with it.",
        hint="If you have read that code and trust it, add ,trust_remote_code=true to the spec.",
    )


def _files(folder: Path) -> Iterator[Path]:
    for path in folder.rglob("*"):
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if path.is_file() and not hidden:
            yield path


def _check_safe(files: Iterable[str], name: str) -> None:
    if not any(file.endswith(".safetensors") for file in files):
        raise ConfigError(
            f"The model {name} has no weights in safetensors files; other files are not opened.",
            hint="Convert it: load it in a place you trust, then model.save_pretrained(folder).",
        )


def _config(folder: Path) -> dict[str, Any]:
    for name in ("config.json", "model_index.json"):  # the latter of a pipeline of diffusers
        try:
            read = json.loads((folder / name).read_text("utf-8"))
        except (OSError, ValueError):
            continue  # a folder of several models, or none: what loads it will say
        if isinstance(read, dict):
            return read
    return {}


def _local_name(config: dict[str, Any]) -> str:
    kind = str(config.get("model_type") or config.get("_class_name", "")).lower()
    return f"local:{kind}" if re.fullmatch(r"[a-z0-9_.-]{1,40}", kind) else "local-model"


def _built_in(config: dict[str, Any]) -> bool:
    # Asked of the files, because importing the table of models imports torch.
    package = find_spec("transformers")
    folders = (package.submodule_search_locations or []) if package else []
    kind = str(config.get("model_type", "")).replace("-", "_")
    return kind.isidentifier() and any((Path(folder) / "models" / kind).is_dir() for folder in folders)


@cache
def _digest(folder: str, listing: tuple[tuple[str, int, int], ...]) -> str:
    digest = hashlib.sha256()
    for path, size, _ in listing:
        digest.update(f"{Path(path).relative_to(folder).as_posix()}\0{size}\0".encode())
        with Path(path).open("rb") as file:
            if size <= WHOLE:
                digest.update(file.read())
                continue
            for i in range(SAMPLES + 2):
                file.seek((size - PIECE) * i // (SAMPLES + 1))
                digest.update(file.read(PIECE))
    return digest.hexdigest()[:16]


def _on_hub(repo_id: str, revision: str | None) -> tuple[str, list[str]] | None:
    """Return the commit of a repo and the names of its files, None where the Hub cannot be reached."""
    from huggingface_hub import HfApi
    from huggingface_hub.errors import (
        GatedRepoError,
        HFValidationError,
        RepositoryNotFoundError,
        RevisionNotFoundError,
    )

    from ...hub.http import HTTP_ERROR

    try:
        info = HfApi().model_info(repo_id, revision=revision, timeout=TIMEOUT_S)
    except HFValidationError:
        raise ConfigError("The spec names neither a folder here nor a model of the Hub.") from None
    except GatedRepoError:
        raise gated(repo_id) from None
    except RepositoryNotFoundError:
        raise ConfigError(
            f"The Hub has no model '{repo_id}', or it is private.", hint="Check the name, or `hf auth login`."
        ) from None
    except RevisionNotFoundError:
        raise ConfigError(f"The model '{repo_id}' has no revision '{revision}'.") from None
    except (HTTP_ERROR, OSError):
        return None
    return str(info.sha), [one.rfilename for one in info.siblings or []]


def gated(name: str) -> ConfigError:
    """Return the error for a model whose conditions were not accepted."""
    return ConfigError(
        f"The model '{name}' is gated.", hint="Accept its conditions on its page, then `hf auth login`."
    )


def _in_cache(repo_id: str, revision: str | None) -> tuple[str, Path]:
    """Return the commit that a branch or tag was seen at, or by default the newest one, and its folder.

    What is loaded by its commit, as here, leaves no name of a branch in the cache.
    """
    from huggingface_hub import scan_cache_dir
    from huggingface_hub.errors import CacheNotFound

    try:
        repos = scan_cache_dir().repos
    except CacheNotFound:
        repos = frozenset()
    for repo in repos:
        if (repo.repo_type, repo.repo_id) != ("model", repo_id):
            continue
        named = repo.refs.get(revision or "main")
        known = [named] if named else []
        if not named and revision in (None, "main"):
            known = sorted(repo.revisions, key=lambda one: one.last_modified, reverse=True)
        for cached in known:
            if any(file.file_name.endswith(".safetensors") for file in cached.files):
                return cached.commit_hash, cached.snapshot_path
    raise ConfigError(
        f"The model '{repo_id}' is not on this machine, and the Hub cannot be reached.",
        hint="Check the name and the network, download it before with `hf download`, or name a commit.",
    )
