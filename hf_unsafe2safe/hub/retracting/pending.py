"""Takedowns that were begun: what was asked, and the row keys that it meant, until all of it is done.

Once rows are gone, `train/17` names another row and a photo is not found. Run again after an interruption,
the same arguments must mean the same rows. The file lies beside the key of row keys, for its owner only.
"""

import hashlib
import json
from collections.abc import Collection, Mapping
from pathlib import Path

from ...errors import ConfigError
from ...storage.output import write_text
from ..keys import settings_folder


def read_pending(repo_id: str) -> dict[str, list[str]]:
    """Return what was asked -> row keys, of takedowns of a repo that were begun and not finished.

    Raises:
        ConfigError: The file cannot be read.
    """
    try:
        return {str(k): list(map(str, v)) for k, v in json.loads(_path(repo_id).read_text()).items()}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, AttributeError, TypeError):
        raise ConfigError(
            "The list of unfinished takedowns cannot be read.",
            hint="Remove the folder 'takedowns' in the settings folder, and name rows by their row_key.",
        ) from None


def write_pending(repo_id: str, asked: Mapping[str, list[str]]) -> None:
    """Remember what was asked, beside what is remembered.

    Raises:
        ConfigError: The disk refuses.
    """
    _write(repo_id, {**read_pending(repo_id), **asked})


def forget_pending(repo_id: str, gone: Collection[str]) -> None:
    """Forget what is done, however it was asked for: of the row keys in `gone` nothing is left."""
    rest = {name: keys for name, keys in read_pending(repo_id).items() if not set(keys) <= set(gone)}
    _write(repo_id, rest)


def _write(repo_id: str, values: Mapping[str, list[str]]) -> None:
    path = _path(repo_id)
    try:
        if not values:
            path.unlink(missing_ok=True)
            return
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_text(path, json.dumps(values, sort_keys=True), private=True)
    except OSError as error:
        raise ConfigError(
            f"The settings folder cannot be written: {error.strerror}.",
            hint="Set UNSAFE2SAFE_SETTINGS to a folder of yours.",
        ) from None


def _path(repo_id: str) -> Path:
    name = hashlib.sha256(repo_id.lower().encode()).hexdigest()[:16]
    return settings_folder() / "takedowns" / f"{name}.json"
