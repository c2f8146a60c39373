"""Looks kept on disk by content, so that no image is looked at twice.

One file an image and look, written beside its place and moved there, for its owner only: it holds what was
read in the image. What is damaged has a wrong checksum and counts as not there.
"""

import hashlib
import secrets
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

import numpy as np

from ...errors import Unsafe2SafeError
from ...records import Pixels
from ...storage.store import DEFAULT, LOOK, LOOKS, PART, cache_folder, write_private
from ..pair import Look
from .look import Looker

_SUM = 32  # bytes of the checksum, before an npz


class KeptLooks:
    """Looks on disk.

    Args:
        place: A folder, `storage.store.DEFAULT` for that of `cache_folder`, None to keep nothing.
    """

    def __init__(self, place: str | None) -> None:
        base = None if place is None else cache_folder() if place == DEFAULT else Path(place).expanduser()
        self._folder = None if base is None else base / LOOKS

    def get(self, image: str, looker: Looker) -> Look | None:
        """Return a look at an image, None when there is none or it is damaged.

        Args:
            image: What `content` says of it.
            looker: Who looked.
        """
        if self._folder is None:
            return None
        try:
            data = _path(self._folder, image, looker).read_bytes()
            if hashlib.sha256(data[_SUM:]).digest() != data[:_SUM]:
                return None
            with np.load(BytesIO(data[_SUM:]), allow_pickle=False) as arrays:
                return dict(arrays)
        except (OSError, ValueError):
            return None

    def put(self, image: str, looker: Looker, look: Look) -> None:
        """Keep a look at an image.

        Raises:
            Unsafe2SafeError: It cannot be written, for example because the disk is full.
        """
        if self._folder is None:
            return
        buffer = BytesIO()
        np.savez(buffer, **look)  # type: ignore[arg-type]  # the stubs take the arrays for `allow_pickle`
        data = buffer.getvalue()
        path = _path(self._folder, image, looker)
        part = path.with_name(f".{secrets.token_hex(8)}{PART}")
        try:
            write_private(part, path, hashlib.sha256(data).digest() + data)
        except OSError as error:
            raise Unsafe2SafeError(
                f"The kept looks cannot be written: {error.strerror}.",
                hint="Free some space, or name another folder for the row store.",
            ) from None


def look_all(images: Sequence[Pixels], lookers: Sequence[Looker], kept: KeptLooks) -> list[dict[str, Look]]:
    """Return what every looker says of every image, by its name; equal images are looked at once.

    Args:
        images: (H, W, 3) uint8 each; sizes may differ.
        lookers: With distinct names.
        kept: Where looks are read and put.
    """
    contents = [content(rgb) for rgb in images]
    distinct = dict(zip(contents, images, strict=True))
    seen: dict[str, dict[str, Look]] = {image: {} for image in distinct}
    for looker in lookers:
        missing = []
        for image in distinct:
            look = kept.get(image, looker)
            if look is None:
                missing.append(image)
            else:
                seen[image][looker.name] = look
        for start in range(0, len(missing), looker.batch_size):
            batch = missing[start : start + looker.batch_size]
            for image, look in zip(batch, looker.look([distinct[i] for i in batch]), strict=True):
                kept.put(image, looker, look)
                seen[image][looker.name] = look
    return [seen[image] for image in contents]


def content(rgb: Pixels) -> str:
    """Return the sha256 of shape and pixels, in hex.

    Example:
        >>> content(np.zeros((1, 2, 3), np.uint8)) == content(np.zeros((2, 1, 3), np.uint8))
        False
    """
    digest = hashlib.sha256(f"{rgb.shape}:".encode())
    digest.update(np.ascontiguousarray(rgb).data)
    return digest.hexdigest()


def _path(folder: Path, image: str, looker: Looker) -> Path:
    who = hashlib.sha256(f"{looker.name}:{looker.version}".encode()).hexdigest()[:16]
    key = hashlib.sha256(f"{who}:{image}".encode()).hexdigest()
    return folder / who / key[:2] / f"{key[2:]}{LOOK}"
