"""The row store: finished rows on disk, so that no row is paid for twice.

One file a row, written beside its place and moved there: a reader sees a whole row or none, with many
processes and on network file systems too. What a power loss tears has a wrong checksum and counts as not
there. Rows hold private captions: files are for their owner only.
"""

import hashlib
import logging
import os
import secrets
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Final

from ..errors import ConfigError, Unsafe2SafeError
from ..records import SCHEMA_VERSION, Record
from .packing import packed, unpacked

logger = logging.getLogger(__name__)

DEFAULT: Final = "DEFAULT"  # the place that `cache_folder` names
ROWS: Final = "rows"  # folder in the cache: one folder a config digest, 256 in each, then a file a row
LOOKS: Final = "looks"  # the same of what `evaluate` saw in images
ENDING, LOOK, PART = ".row", ".look", ".part"


def cache_folder() -> Path:
    """Return the folder of everything that is kept between runs.

    It is the environment variable UNSAFE2SAFE_CACHE, by default `unsafe2safe` under HF_HOME.
    """
    if folder := os.environ.get("UNSAFE2SAFE_CACHE"):
        return Path(folder).expanduser()
    from huggingface_hub.constants import HF_HOME

    return Path(HF_HOME) / "unsafe2safe"


def place_of(store: str | Path | None) -> str | None:
    """Return a place as the configuration has it; `none` says the same as None.

    Raises:
        ConfigError: It is an empty text.
    """
    if store is None or store == "none":
        return None
    if not str(store).strip():
        raise ConfigError("store is an empty text.", hint="Name a folder, or pass None to keep nothing.")
    return str(store)


def rows_folder(place: str | None) -> Path | None:
    """Return the folder of the rows at a place, None for no place."""
    if place is None:
        return None
    return (cache_folder() if place == DEFAULT else Path(place).expanduser()) / ROWS


class RowStore:
    """The finished rows of one configuration.

    Rows that are `failed` are never kept: what made them fail may be gone the next time.

    Args:
        place: A folder, `DEFAULT` for that of `cache_folder`, None to keep nothing.
        digest: Of the configuration: everything but the image that a stage reads.

    Attributes:
        counts: Rows that were `read` from the store, `computed`, and `damaged`: not whole and computed again.
    """

    def __init__(self, place: str | None, digest: str) -> None:
        self._place, self._digest = place, digest
        self.counts: Counter[str] = Counter()

    def get(self, image_sha256: str, context: str = "") -> Record | None:
        """Return the finished row of an image and its context, None when there is none or it is damaged."""
        if self._place is None:
            return None
        try:
            record = unpacked(self._path(image_sha256, context).read_bytes())
            whole = (record.provenance.config_digest, record.private.image_sha256) == (
                self._digest,
                image_sha256,
            )
        except FileNotFoundError:
            return None
        except (OSError, ValueError):
            whole = False
        if not whole:
            self.counts["damaged"] += 1
            logger.warning("A row of the store is damaged; it is worked on again.")
            return None
        self.counts["read"] += 1
        return record

    def put(self, record: Record, context: str = "") -> None:
        """Keep a finished row of an image and its context.

        Raises:
            Unsafe2SafeError: The store cannot be written, for example because the disk is full.
        """
        self.counts["computed"] += 1
        if self._place is None or record.status == "failed":
            return
        path = self._path(record.private.image_sha256, context)
        part = path.with_name(f".{secrets.token_hex(8)}{PART}")
        try:
            write_private(part, path, packed(record))
        except OSError as error:
            raise Unsafe2SafeError(
                f"The row store cannot be written: {error.strerror}.",
                hint="Free some space, or name another folder for the row store; then run the same again.",
            ) from None

    def _path(self, image_sha256: str, context: str) -> Path:
        about = f":{context}" if context else ""
        key = hashlib.sha256(f"{SCHEMA_VERSION}:{self._digest}:{image_sha256}{about}".encode()).hexdigest()
        rows = rows_folder(self._place) or Path()
        return rows / self._digest / key[:2] / f"{key[2:]}{ENDING}"


def write_private(part: Path, path: Path, data: bytes) -> None:
    """Write a file for its owner only, beside its place, and move it there.

    Args:
        part: The name beside it; nothing of it is left after an error.
        path: Its place; folders that are missing are made.
        data: All of it.

    Raises:
        OSError: The disk is full, for example.
    """
    try:
        try:
            _write(part, path, data)
        except FileNotFoundError:  # somebody cleared the cache meanwhile
            _write(part, path, data)
    except OSError:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise


def _write(part: Path, path: Path, data: bytes) -> None:
    _make_private(path.parent, depth=3)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(data)
    os.replace(part, path)


def _make_private(folder: Path, depth: int) -> None:
    """Make a folder and `depth` folders above it, those that are new for their owner only."""
    if folder.is_dir():
        return
    if depth:
        _make_private(folder.parent, depth - 1)
    folder.mkdir(mode=0o700, parents=not depth, exist_ok=True)
