"""What may stand in an image cell of a dataset, and how it becomes an opened image."""

import errno
import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import PIL.Image

from ..errors import DatasetError, SourceLostError, StageError
from .open import OpenedImage, open_image, open_pil

MOST_PIXELS = 50_000_000  # opened at a time; about 20 bytes a pixel are held until a group is done
MOST_IMAGES = 16  # in a group: with more, the next group is opened while one is worked on


Known = TypeVar("Known")


def no_result(image_sha256: str, context: str) -> None:
    """Know of no image."""


def open_cells(
    cells: Sequence[Any],
    known: Callable[[str, str], Known | None] = no_result,
    contexts: Sequence[str] | None = None,
) -> Iterator[dict[int, OpenedImage | StageError | Known]]:
    """Open cells in groups of bounded memory: position -> image, or the error of one that cannot be opened.

    A group ends with the image that brings it over `MOST_PIXELS`, or to `MOST_IMAGES`. Positions come in
    order, each once.

    Args:
        cells: As `open_cell` takes them.
        known: What is known of an image by its sha256 and its context; that image is not decoded, this takes
            its place.
        contexts: One a cell; None for none.
    """
    group: dict[int, OpenedImage | StageError | Known] = {}
    pixels = 0
    for i, (cell, context) in enumerate(zip(cells, contexts or [""] * len(cells), strict=True)):
        try:
            group[i] = image = _known_or_opened(cell, known, context)
        except StageError as error:
            group[i] = error
            continue
        pixels += image.size_wh[0] * image.size_wh[1] if isinstance(image, OpenedImage) else 0
        if pixels > MOST_PIXELS or len(group) >= MOST_IMAGES:
            yield group
            group, pixels = {}, 0
    if group:
        yield group


def _known_or_opened(
    cell: Any, known: Callable[[str, str], Known | None], context: str
) -> OpenedImage | Known:
    data = read_cell(cell)
    if isinstance(data, bytes):
        found = known(hashlib.sha256(data).hexdigest(), context)
        return _about(open_image(data), context) if found is None else found
    image = open_pil(data)
    found = known(image.sha256, context)
    return _about(image, context) if found is None else found


def _about(image: OpenedImage, context: str) -> OpenedImage:
    return replace(image, context=context) if context else image


def open_cell(cell: Any) -> OpenedImage:
    """Open an image given as encoded bytes, a path or URL, a PIL image, or a `{"bytes", "path"}` dict.

    Raises:
        StageError: The image is missing or cannot be opened: a bad row.
        DatasetError: The cell is of another type: a bad call.
        SourceLostError: The server that has the image cannot be reached.
    """
    data = read_cell(cell)
    return open_pil(data) if isinstance(data, PIL.Image.Image) else open_image(data)


def read_cell(cell: Any) -> bytes | PIL.Image.Image:
    """Return what is in a cell, encoded or as a PIL image; raises as `open_cell`."""
    if isinstance(cell, Mapping):
        data = cell.get("bytes")
        return read_cell(data if data is not None else cell.get("path"))
    if isinstance(cell, bytes | bytearray | memoryview):
        return bytes(cell)
    if isinstance(cell, PIL.Image.Image):
        return cell
    if cell is None or (isinstance(cell, str) and not cell):
        _missing()
    if isinstance(cell, str | Path):
        return _read(str(cell))
    raise DatasetError(
        f"An image cell holds a {type(cell).__name__}; expected bytes, a path or a PIL image.",
        hint="Use sanitize.map(dataset), which takes every format.",
    )


# Of a network file system that is gone: not the file is bad but the way to it.
_LOST = (
    *("ESTALE", "ENOTCONN", "ENODEV", "EREMOTEIO", "ETIMEDOUT"),
    *("EHOSTDOWN", "EHOSTUNREACH", "ENETDOWN", "ENETUNREACH"),
)
# What `datasets` itself writes into a streamed cell. Other URLs are not fetched because a row says so.
_SCHEMES = ("hf://", "zip://", "tar://", "gzip://")


def _read(path: str) -> bytes:
    path = path.removeprefix("file://")
    data = _from_url(path) if "://" in path else _from_file(path)
    # Not raised while an error of the file system is handled: its message, with the path, would go along.
    return data if data is not None else _missing()


def _from_file(path: str) -> bytes | None:
    try:
        # Only files: reading a pipe or a device named in a dataset might never end.
        return Path(path).read_bytes() if Path(path).is_file() else None
    except OSError as error:
        if errno.errorcode.get(error.errno or 0) in _LOST:
            raise SourceLostError(
                f"The source cannot be read any more: {error.strerror}.",
                hint="Check the disk or the network, then run the same again: it goes on.",
            ) from None
        return None
    except ValueError:
        return None


def _from_url(url: str) -> bytes | None:
    *outer, last = url.split("::")  # zip://a.png::hf://..., or zip://a.png::/folder/archive.zip
    source_is_known = last.startswith(_SCHEMES) or ("://" not in last and Path(last).is_file())
    if not source_is_known or not all(part.startswith(_SCHEMES) for part in outer):
        return None
    import fsspec
    from huggingface_hub.errors import EntryNotFoundError

    from ..hub.http import HTTP_ERROR

    try:
        with fsspec.open(url, "rb") as file:
            data: bytes = file.read()
            return data
    except (FileNotFoundError, EntryNotFoundError):
        return None
    except (ConnectionError, TimeoutError, HTTP_ERROR) as error:  # not the row is bad but the way to it
        lost = type(error).__name__
    except Exception:  # noqa: BLE001 - archives fail in ways of their own; the row is missing
        return None
    raise SourceLostError(
        f"The source cannot be reached any more: {lost}.",
        hint="Check the network, then run the same again: it goes on.",
    )


def _missing() -> NoReturn:
    raise StageError("missing", stage="open")
