"""This package: `Sanitizer.records`, one image at a time as the others, nothing kept in the row store."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from loop import run

from hf_unsafe2safe import Sanitizer
from hf_unsafe2safe.imaging.metadata import sniff


def make(settings: dict[str, Any], target: Path) -> Callable[[Path], None]:
    """Return the editor; the settings are those of `Sanitizer`. Rows without an image write no file."""
    sanitize = Sanitizer(store=None, **settings)

    def one(path: Path) -> None:
        (record,) = sanitize.records([path])
        if record.image is not None:
            (target / f"{path.stem}.{sniff(record.image).lower()}").write_bytes(record.image)

    return one


if __name__ == "__main__":
    run(make)
