"""A folder of images as rows: every file is a row or is counted.

Walked by ourselves, because `imagefolder` leaves out what it cannot read. Folder names become splits only
by the closed list below, and class names only on request.
"""

import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePath
from typing import Any, Literal

import pyarrow as pa
from datasets import ClassLabel, Dataset, DatasetDict, Features, Image
from datasets.table import InMemoryTable

from .detectors.pii import classify
from .errors import DatasetError

# Pillow opens these, and `imaging` knows how to strip or re-encode them.
IMAGES = frozenset(
    (".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".gif", ".tif", ".tiff", ".bmp", ".mpo")
)

# Closed, because the end of a file name is free text ("notes.jane doe") and these counts are published.
_OTHERS = """
    .heic .heif .avif .jxl .jp2 .svg .ico .psd .ppm .pgm .pbm .pnm .tga .exr .hdr
    .raw .dng .cr2 .cr3 .nef .arw .orf .rw2 .raf .mp4 .mov .avi .mkv .webm .mpg .mpeg .m4v .3gp .mp3 .wav
    .txt .md .csv .tsv .json .jsonl .xml .html .htm .yaml .yml .toml .ini .log .py .pdf .doc .docx
    .xls .xlsx .ppt .pptx .parquet .arrow .npy .npz .h5 .db .sqlite .mat .pkl .aae .xmp .thm
    .zip .tar .gz .tgz .7z .rar .bz2 .xz .bak .tmp
"""
_KNOWN = IMAGES | frozenset(_OTHERS.split())

SPLIT_FOLDERS = {
    **dict.fromkeys(("train", "training"), "train"),
    **dict.fromkeys(("validation", "valid", "val", "dev"), "validation"),
    **dict.fromkeys(("test", "testing", "eval", "evaluation"), "test"),
}

Entry = Literal["file", "folder", "unreadable folder", "no file"]


def read_folder(root: Path, *, keep_labels: bool = False) -> tuple[DatasetDict, dict[str, int]]:
    """Return the images below a folder, and how many files by extension are none.

    Top-level folders named as in `SPLIT_FOLDERS` are splits when all images are in them.

    Raises:
        DatasetError: There are no images, images lie beside split folders, or an image without a class.
    """
    images: list[str] = []
    skipped: Counter[str] = Counter()
    for path, entry in walk(root):
        if _suffix(path) in IMAGES and entry in ("file", "folder"):
            images.append(path)
        else:
            skipped[extension_of(path) if entry == "file" else f"({entry})"] += 1
    if not images:
        found = ", ".join(f"{name} {count}" for name, count in sorted(skipped.items()))
        raise DatasetError(
            f"No images in the folder. {f'Found: {found}.' if found else 'It is empty.'}",
            hint=f"Expected files ending in {', '.join(sorted(IMAGES))}.",
        )
    splits = _splits(root, images)
    classes = _classes(root, images, depth=1 if None in splits else 2) if keep_labels else {}
    parts = {name or "train": _rows(paths, classes) for name, paths in splits.items()}
    return DatasetDict(parts), dict(sorted(skipped.items()))


def walk(folder: str | Path, parents: frozenset[str] = frozenset()) -> Iterator[tuple[str, Entry]]:
    """Yield every file below a folder in a fixed order, hidden ones too.

    Links are followed, except back into a folder that is being read. A folder itself comes up when it
    cannot be listed, and when its name is that of an image; `no file` is a pipe or a device.
    """
    here = os.path.realpath(folder)
    try:
        with os.scandir(os.path.abspath(folder)) as listing:
            entries = sorted(listing, key=lambda entry: entry.name)
    except OSError:
        yield str(folder), "unreadable folder"
        return
    for entry in entries:
        kind = _kind(entry)
        if kind != "folder":
            yield entry.path, kind
            continue
        if _suffix(entry.path) in IMAGES:
            yield entry.path, kind
        if os.path.realpath(entry.path) not in {here, *parents}:
            yield from walk(entry.path, parents | {here})


def _kind(entry: "os.DirEntry[str]") -> Entry:
    try:
        if entry.is_dir():
            return "folder"
        # A link to nothing counts as a file: it has a name, and reading it fails. A pipe would block.
        return "file" if entry.is_file() or entry.is_symlink() else "no file"
    except OSError:
        return "file"


def extension_of(path: str) -> str:
    """Return the extension in lower case as it may be published: of a closed list, `(none)` or `(other)`."""
    suffix = _suffix(path)
    return suffix if suffix in _KNOWN else "(other)" if suffix else "(none)"


def _suffix(path: str) -> str:
    return os.path.splitext(path)[1].lower()


def _parts(root: Path, path: str) -> tuple[str, ...]:
    return PurePath(os.path.relpath(path, root)).parts


def _splits(root: Path, images: Sequence[str]) -> dict[str | None, list[str]]:
    """Return the images by split, in the order of `SPLIT_FOLDERS`; under None when there are no splits."""
    splits: dict[str | None, list[str]] = {}
    for path in images:
        parts = _parts(root, path)
        splits.setdefault(SPLIT_FOLDERS.get(parts[0].lower()) if len(parts) > 1 else None, []).append(path)
    if None in splits and len(splits) > 1:
        named = ", ".join(name for name in splits if name)
        raise DatasetError(
            f"{len(splits[None])} images lie outside the folders of the splits {named}.",
            hint="Move them into one of these folders, or sanitize each folder alone.",
        )
    order = (None, *dict.fromkeys(SPLIT_FOLDERS.values()))
    return {name: splits[name] for name in order if name in splits}


def _classes(root: Path, images: Sequence[str], depth: int) -> dict[str, int]:
    """Return the names of the images' folders with their numbers, as `imagefolder` gives them."""
    bare = sum(len(_parts(root, path)) <= depth for path in images)
    if bare:
        raise DatasetError(
            f"{bare} images lie in no class folder.", hint="Move them into one, or leave keep_labels out."
        )
    names = sorted({_class_of(path) for path in images})
    if personal := sorted({classify(name) for name in names} - {"text"}):
        raise DatasetError(
            f"Folder names that would be published as class names look personal: {', '.join(personal)}.",
            hint="Rename these folders, or leave keep_labels out.",
        )
    return {name: i for i, name in enumerate(names)}


def _class_of(path: str) -> str:
    return os.fsencode(os.path.basename(os.path.dirname(path))).decode("utf-8", "replace")


def _rows(paths: Sequence[str], classes: Mapping[str, int]) -> Dataset:
    features = Features({"image": Image(decode=False)})
    columns: dict[str, list[Any]] = {"image": [_cell(path) for path in paths]}
    if classes:
        features["label"] = ClassLabel(names=list(classes))
        columns["label"] = [classes[_class_of(path)] for path in paths]
    return Dataset(InMemoryTable(pa.table(columns, schema=features.arrow_schema)))


def _cell(path: str) -> dict[str, Any] | None:
    """Return an image cell with the path; with the bytes where Arrow cannot hold a name that is not UTF-8."""
    try:
        path.encode()
        return {"bytes": None, "path": path}
    except UnicodeEncodeError:
        try:
            return {"bytes": Path(path).read_bytes(), "path": None}
        except OSError:
            return None
