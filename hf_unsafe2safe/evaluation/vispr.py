"""Images annotated like those of VISPR.

Source: Orekondy et al., "Towards a Visual Privacy Advisor" (arXiv 1703.10660): one JSON file an image with
its labels; `a0_safe` says that there is nothing private in it.
"""

import json
import os
from collections import Counter
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from ..errors import DatasetError
from ..folders import walk

SAFE = "a0_safe"


def annotated(images: Path, annotations: Path) -> list[tuple[str, bool]]:
    """Return the path of every annotated image and whether it is risky, in the order of the paths.

    Args:
        images: A folder; its other images do not matter.
        annotations: A folder with one `.json` file an image, at any depth:
            `{"image_path": "test/1.jpg", "labels": ["a0_safe"]}`. The path is one below `images`, or ends
            in the name of the only image of that name there.

    Raises:
        DatasetError: There are no annotations, some cannot be read, two are of one image, or images are
            missing. Files are counted, never named.
    """
    read = [_read(path) for path, entry in walk(annotations) if entry == "file" and path.endswith(".json")]
    if not read:
        raise DatasetError("There are no annotations.", hint="Expected .json files, one an image.")
    if bad := sum(one is None for one in read):
        raise DatasetError(
            f"{bad} of {len(read)} annotations cannot be read.",
            hint='Expected {"image_path": "...", "labels": ["..."]} in each.',
        )
    known = _images(images)
    found = {_find(known, path): risky for path, risky in filter(None, read)}
    missing = sum(_find(known, path) is None for path, _ in filter(None, read))
    if missing:
        raise DatasetError(
            f"{missing} of {len(read)} annotated images are not in the folder.",
            hint="image_path is a path below the folder of images, or a name that is there once.",
        )
    if len(found) != len(read):
        raise DatasetError(
            f"{len(read) - len(found)} of {len(read)} annotations are of an image that has another."
        )
    return sorted((path, risky) for path, risky in found.items() if path is not None)


def _read(path: str) -> tuple[str, bool] | None:
    """Return the image that an annotation names, and whether it is risky; None when it cannot be read."""
    try:
        value = json.loads(Path(path).read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    if not isinstance(value, dict):
        return None
    name, labels = value.get("image_path"), value.get("labels")
    if not isinstance(name, str) or not isinstance(labels, list):
        return None
    return (name, SAFE not in labels) if all(isinstance(label, str) for label in labels) else None


def _images(folder: Path) -> dict[str, str]:
    """Return the files below a folder by their path there, and by their name where that is there once."""
    folder = Path(os.path.abspath(folder))  # as `walk` has it
    files = {Path(path).relative_to(folder).as_posix(): path for path, kind in walk(folder) if kind == "file"}
    names = Counter(PurePosixPath(name).name for name in files)
    return {
        **{PurePosixPath(n).name: p for n, p in files.items() if names[PurePosixPath(n).name] == 1},
        **files,
    }


def _find(known: Mapping[str, str], image_path: str) -> str | None:
    """Return the file that an annotation means; only what lies in the folder can be meant."""
    path = PurePosixPath(image_path.replace("\\", "/"))
    return known.get(path.as_posix()) or known.get(path.name)
