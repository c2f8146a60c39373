"""HTML pages that show private things: for their owner only, and where nothing is published."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from .errors import ConfigError
from .storage.output import is_result


def check_place(page: Path, *, result: Path | None = None, originals: Path | None = None) -> None:
    """Raise where a private page would be published or mistaken for an original; nothing is touched.

    Args:
        page: Where it would lie. Inside a result it must be beside the manifest and its name begin with
            `report`: only such files are kept from git and from `upload_folder` there.
        result: Folder that is published from; other results of ours are found without it.
        originals: Folder with the originals, None where they have none on this machine.

    Raises:
        ConfigError: It may not lie there, or is no HTML file.
    """
    if page.suffix.lower() != ".html":
        raise ConfigError("A report is an HTML file.", hint="Name one that ends in .html.")
    place = page.parent.resolve() / page.name  # a link of this name is replaced, not followed
    if originals is not None and originals.resolve() in place.parents:
        raise ConfigError("The report would lie among the originals.", hint="Name another file.")
    published = result.resolve() if result is not None else None
    inside = [folder for folder in place.parents if folder == published or is_result(folder)]
    beside = inside == [place.parent] and place.name.startswith("report")
    if inside and not beside:
        raise ConfigError(
            "The report would lie where the result is published from.",
            hint="Name it report.html in the result's folder, or a file elsewhere.",
        )


@contextmanager
def private_file(path: Path) -> Iterator[BinaryIO]:
    """Give a file that only its owner may read; leaving it without an error moves it to its place.

    Raises:
        ConfigError: It cannot be written there.
    """
    try:
        # Named as the page, so that what keeps the page from being published keeps this from it too.
        handle, name = tempfile.mkstemp(prefix=f"{path.stem}-", suffix=".unfinished", dir=path.parent)
    except OSError as error:
        raise ConfigError(f"The report cannot be written: {error.strerror}.") from None
    unfinished = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
        try:
            os.replace(unfinished, path)
        except OSError as error:
            raise ConfigError(f"The report cannot be written: {error.strerror}.") from None
    finally:
        unfinished.unlink(missing_ok=True)
