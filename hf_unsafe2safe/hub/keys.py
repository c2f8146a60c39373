"""Keys of published rows: an HMAC of the original's hash, with a key that never leaves its owner.

With the key and the very file somebody finds its row again, to take it down. Without the key a row key tells
nothing, not even to who has the file.
"""

import hashlib
import hmac
import os
import re
import secrets
from pathlib import Path

from ..errors import ConfigError

ROW_KEY = "row_key"  # the column
KEY_FILE = "row.key"
_KEY = re.compile(r"[0-9a-f]{64}")


def settings_folder() -> Path:
    """Return the folder of what must outlive every cache: the key, the user's own catalog.

    It is the environment variable UNSAFE2SAFE_SETTINGS, by default `unsafe2safe` in the user's folder for
    settings. Nothing is created.
    """
    if folder := os.environ.get("UNSAFE2SAFE_SETTINGS"):
        return Path(folder).expanduser()
    base = os.environ.get("XDG_CONFIG_HOME") or "~/.config"
    return Path(base).expanduser() / "unsafe2safe"


def local_key(*, create: bool = False) -> bytes | None:
    """Return the key of this user: UNSAFE2SAFE_KEY (64 hex digits), else the file in `settings_folder`.

    Args:
        create: Make a new one where there is none.

    Returns:
        32 bytes; None where there is none and none was to be made.

    Raises:
        ConfigError: It is no key, or cannot be read or written.
    """
    if given := os.environ.get("UNSAFE2SAFE_KEY"):
        return _parsed(given)
    path = settings_folder() / KEY_FILE
    try:
        if create and not path.exists():
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            # Linked to its name once it is whole: of two that make one at a time, both take the first.
            part = path.with_name(f".{KEY_FILE}.{os.getpid()}.part")
            part.unlink(missing_ok=True)
            handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "w") as file:
                file.write(secrets.token_hex(32) + "\n")
                file.flush()
                os.fsync(file.fileno())
            try:
                os.link(part, path)
            except FileExistsError:
                part.unlink()
            except OSError:  # a file system without second names
                os.replace(part, path)
            else:
                part.unlink()
        return _parsed(path.read_text()) if path.exists() else None
    except OSError as error:
        raise ConfigError(
            f"The key of row keys cannot be read or written: {error.strerror}.",
            hint="Set UNSAFE2SAFE_KEY to 64 hex digits, or UNSAFE2SAFE_SETTINGS to a folder of yours.",
        ) from None


def row_key(key: bytes, repo_id: str, content: str) -> str:
    """Return the key of a row, 32 hex digits.

    Rows made from the same file have the same key within a repo, and others in another repo.

    Args:
        key: Of `local_key`.
        repo_id: Where it is published, `owner/name`.
        content: `original:` and the sha256 of the original; `published:` and that of the safe image, where
            nobody kept the other; or `row:` and the id of a row without an image.

    Example:
        >>> row_key(bytes(32), "me/photos", "original:" + "0" * 64)
        '94c47478c17fab42b8fef3d5d9ac085d'
    """
    message = f"{repo_id.lower()}\n{content}".encode()
    return hmac.new(key, message, hashlib.sha256).hexdigest()[:32]


def key_check(key: bytes, repo_id: str) -> str:
    """Return what tells, within a repo, whether two pushes used the same key."""
    return row_key(key, repo_id, "key")


def _parsed(text: str) -> bytes:
    if not _KEY.fullmatch(text.strip()):
        raise ConfigError(
            "The key of row keys is no key: 64 hex digits were expected.",
            hint="Restore the file from a copy, or remove it: a new key cannot find rows published before.",
        )
    return bytes.fromhex(text.strip())
