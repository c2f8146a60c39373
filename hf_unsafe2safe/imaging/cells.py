"""What may stand in an image cell of a dataset, and how it becomes an opened image."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

import PIL.Image

from ..errors import DatasetError, StageError
from .open import OpenedImage, open_image, open_pil

MOST_PIXELS = 50_000_000  # opened at a time; about 20 bytes a pixel are held until a group is done


def open_cells(cells: Sequence[Any]) -> Iterator[dict[int, OpenedImage | StageError]]:
    """Open cells in groups of bounded memory: position -> image, or the error of one that cannot be opened.

    A group ends with the image that brings it over `MOST_PIXELS`. Positions come in order, each once.
    """
    group: dict[int, OpenedImage | StageError] = {}
    pixels = 0
    for i, cell in enumerate(cells):
        try:
            image = open_cell(cell)
        except StageError as error:
            group[i] = error
            continue
        group[i] = image
        pixels += image.size_wh[0] * image.size_wh[1]
        if pixels > MOST_PIXELS:
            yield group
            group, pixels = {}, 0
    if group:
        yield group


def open_cell(cell: Any) -> OpenedImage:
    """Open an image given as encoded bytes, a path or URL, a PIL image, or a `{"bytes", "path"}` dict.

    Raises:
        StageError: The image is missing or cannot be opened: a bad row.
        DatasetError: The cell is of another type: a bad call.
    """
    if isinstance(cell, Mapping):
        data = cell.get("bytes")
        return open_image(data) if data is not None else open_cell(cell.get("path"))
    if isinstance(cell, bytes | bytearray | memoryview):
        return open_image(bytes(cell))
    if isinstance(cell, PIL.Image.Image):
        return open_pil(cell)
    if cell is None or (isinstance(cell, str) and not cell):
        _missing()
    if isinstance(cell, str | Path):
        return open_image(_read(str(cell)))
    raise DatasetError(
        f"An image cell holds a {type(cell).__name__}; expected bytes, a path or a PIL image.",
        hint="Use sanitize.map(dataset), which takes every format.",
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
    except (OSError, ValueError):
        return None


def _from_url(url: str) -> bytes | None:
    *outer, last = url.split("::")  # zip://a.png::hf://..., or zip://a.png::/folder/archive.zip
    source_is_known = last.startswith(_SCHEMES) or ("://" not in last and Path(last).is_file())
    if not source_is_known or not all(part.startswith(_SCHEMES) for part in outer):
        return None
    import fsspec

    try:
        with fsspec.open(url, "rb") as file:
            data: bytes = file.read()
            return data
    except Exception:  # noqa: BLE001 - archives and servers fail in ways of their own; the row is missing
        return None


def _missing() -> NoReturn:
    raise StageError("missing", stage="open")
