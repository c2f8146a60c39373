"""From what somebody asks to be taken down, a key, a place or a photo, to rows of a published dataset."""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from ...errors import DatasetError, StageError
from ...imaging.cells import open_cell
from ...imaging.open import open_image
from ..keys import ROW_KEY, key_check, local_key, row_key
from ..published import PUBLISHED, Published
from .likeness import ALIKE, ENOUGH, LEAST, SURE, Small, likeness, small
from .reading import DataFile, Reader, split_name

_KEY = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True)
class Photo:
    """A photo that somebody has; its path is in no message.

    Args:
        label: `photo 1`.
        sha256: Of the file.
        seen: Its small copy.
    """

    label: str
    sha256: str
    seen: Small = field(repr=False)


@dataclass(frozen=True)
class Hit:
    """A row that was found.

    Args:
        key: Its row key; other rows made from the same file have it too.
        place: `split/index`; empty where the row is gone from the repo already.
        asked: What it was found by: a key or a place as given, or `photo 1`.
        likeness: To the photo, where that is how it was found; None where it was named or has the very key.
        sure: False where somebody has to look: it is not the only one that is so like the photo, or too much
            of it was edited.
    """

    key: str
    place: str
    asked: str
    likeness: float | None = None
    sure: bool = True


@dataclass
class Found:
    """What was found.

    Args:
        hits: Rows, the most alike first where a photo was looked for.
        missing: Labels of photos that were not found.
        unseen: Images edited over so much of their area that likeness says nothing of them.
        without_key: Why photos could not be looked for exactly; empty where they could.
    """

    hits: list[Hit] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    unseen: int = 0
    without_key: str = ""


def open_photos(images: Sequence[str | Path]) -> list[Photo]:
    """Return photos as they are looked for.

    Raises:
        DatasetError: One cannot be read or opened.
    """
    photos = []
    for number, image in enumerate(images, 1):
        label = f"photo {number}"
        try:
            data = Path(image).read_bytes()
            opened = open_image(data)
        except OSError as error:
            raise DatasetError(f"{label} cannot be read: {error.strerror}.") from None
        except StageError as error:
            raise DatasetError(f"{label} cannot be opened: {error.reason}.") from None
        photos.append(Photo(label, hashlib.sha256(data).hexdigest(), small(opened.rgb)))
    return photos


def find_rows(rows: Sequence[str], files: Sequence[DataFile], published: Published) -> list[Hit]:
    """Return the rows that keys and places name; a key that was taken down before has no place.

    Raises:
        DatasetError: Some are not there; the message lists them as they were given.
    """
    by_key = places(files, published)
    hits, missing = [], []
    for asked in rows:
        key = asked if _KEY.fullmatch(asked) else _key_at(asked, files, published)
        if key is None or (key not in by_key and key not in published.retracted):
            missing.append(asked)
        else:
            hits += [Hit(key, place, asked) for place in by_key.get(key, [""])]
    if missing:
        raise DatasetError(
            f"No such row in the repo: {', '.join(missing)}. Nothing was changed.",
            hint="Name rows by their row_key, or as SPLIT/INDEX; CONFIG/SPLIT/INDEX where there are several.",
        )
    return hits


def find_photos(
    photos: Sequence[Photo], repo_id: str, files: Sequence[DataFile], published: Published, reader: Reader
) -> Found:
    """Return the rows made from these very files, and those whose images look like them.

    Raises:
        DatasetError: A data file has no images.
        PublishError: The Hub does not give a data file.
    """
    if not photos:
        return Found()
    key, found = local_key(), Found()
    if key is None:
        found.without_key = "There is no key of row keys on this machine"
    elif published.key_check not in ("", key_check(key, repo_id)):
        key, found.without_key = None, "The key of this machine is not the one of this repo"
    by_key = places(files, published)
    exact: dict[str, set[str]] = {photo.label: set() for photo in photos}
    for photo in photos if key else ():
        for content in (f"original:{photo.sha256}", f"published:{photo.sha256}"):
            match = row_key(key, repo_id, content)  # type: ignore[arg-type]
            if match in by_key or match in published.retracted:
                exact[photo.label].add(match)
                found.hits += [Hit(match, place, photo.label) for place in by_key.get(match, [""])]
    alike: list[Hit] = []
    for row, place, image in _images(files, published, reader):
        if image is None or image.known.mean() < LEAST:
            found.unseen += 1
            continue
        for photo in photos:
            if row not in exact[photo.label] and (value := likeness(photo.seen, image)) >= ALIKE:
                enough = value >= SURE and image.known.mean() >= ENOUGH
                alike.append(Hit(row, place, photo.label, value, sure=enough))
    alike = [replace(hit, sure=hit.sure and _alone(hit, [*found.hits, *alike])) for hit in alike]
    found.hits += sorted(alike, key=lambda hit: -(hit.likeness or 0.0))
    found.missing = [p.label for p in photos if all(hit.asked != p.label for hit in found.hits)]
    return found


def _alone(hit: Hit, hits: Sequence[Hit]) -> bool:
    """Return whether no row with another key is the photo or as like it as the same picture is."""
    others = (one for one in hits if one.asked == hit.asked and one.key != hit.key)
    return all(one.likeness is not None and one.likeness < SURE for one in others)


def places(files: Sequence[DataFile], published: Published) -> dict[str, list[str]]:
    """Return row key -> where its rows are."""
    found: dict[str, list[str]] = {}
    for file in files:
        name = split_name(published, file.config, file.split)
        for i, key in enumerate(file.keys, file.start):
            found.setdefault(key, []).append(f"{name}/{i}")
    return found


def _key_at(place: str, files: Sequence[DataFile], published: Published) -> str | None:
    name, _, index = place.rpartition("/")
    if not index.isdecimal():
        return None
    for file in files:
        named = name in (f"{file.config}/{file.split}", split_name(published, file.config, file.split))
        if named and file.start <= int(index) < file.start + len(file.keys):
            return file.keys[int(index) - file.start]
    return None


def _images(
    files: Sequence[DataFile], published: Published, reader: Reader
) -> Iterator[tuple[str, str, Small | None]]:
    """Yield key, place and small copy of every row with an image; None for one that cannot be opened."""
    for file in files:
        column, place = published.configs[file.config].image_column, file.start
        name = split_name(published, file.config, file.split)
        for table in reader.groups(file.path, [column, "risk_regions", ROW_KEY]):
            if column not in table.column_names:
                raise DatasetError(f"A data file of the repo has no such images as {PUBLISHED} says.")
            for row in table.to_pylist():
                if row[column] is not None:
                    yield row[ROW_KEY], f"{name}/{place}", _seen(row[column], row.get("risk_regions"))
                place += 1


def _seen(cell: Mapping[str, object], regions: Sequence[Mapping[str, object]] | None) -> Small | None:
    try:
        return small(open_cell(cell).rgb, regions or ())
    except StageError:
        return None
