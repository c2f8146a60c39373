"""The scan for what must not be there: private texts of rows, names of their files, and planted strings.

In text, letter case does not matter; in other bytes, such as images, strings are also looked for as UTF-16
and Latin-1. Not looked for are strings of less than 5 characters (4 for planted ones), and in bytes that are
no text those of less than 6 bytes, which stand there by chance. Not found is what was compressed, encrypted,
encoded (base64, percent signs, backslashes), split, spelt otherwise, or drawn as pixels.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from ....detectors.pii import classify
from ....detectors.pii_formats import words
from ....errors import PublishError
from ..columns.texts import class_name_passes, passes
from .search import Finder

PLANTED, CAPTION, READ = "planted string", "private caption", "read text"
FILE, PATH, FOLDER, HASH = "file name", "path", "folder name", "hash of an original"
KINDS = (PLANTED, CAPTION, READ, FILE, PATH, FOLDER, HASH)
SHORTEST, SHORTEST_PLANTED = 5, 4  # characters
_CERTAIN = 8  # bytes; a shorter string stands in a million bytes of an image by chance, in some case
_FEWEST = 6  # bytes; 5 given ones stand in one of a million such images, and rows are many
_REMOTE = (
    "hf:/",
    "http:/",
    "https:/",
    "s3:/",
    "gs:/",
)  # their folders are the name of a dataset, which is told
_BETWEEN = re.compile(r"[/\\]+")
# Folders of any dataset.
_ANY_FOLDER = words(
    """images photos pictures train training valid validation testing dataset datasets annotations labels
    users shared downloads documents desktop content workspace"""
)


@dataclass(frozen=True)
class Needles:
    """What must not be found.

    Args:
        strings: Each -> one of `KINDS`. They never come back from here.
    """

    strings: Mapping[str, str] = field(repr=False)

    @classmethod
    def of_row(
        cls, row: Mapping[str, Any], planted: Sequence[str] = (), allowed: Collection[str] = ()
    ) -> "Needles":
        """Return what must not be found of one row, see `of_rows`."""
        return cls.of_rows([row], planted, allowed)

    @classmethod
    def of_rows(
        cls, rows: Iterable[Mapping[str, Any]], planted: Sequence[str] = (), allowed: Collection[str] = ()
    ) -> "Needles":
        """Return what must not be found of some rows.

        Private captions; read text that is personal; the paths, file names (with their ending: "cat" is a
        caption too) and folder names of originals, but not folders named by known words for things; hashes.

        Args:
            rows: With some of the columns of `layout.BESIDE`.
            planted: Strings that the publisher wants to be nowhere.
            allowed: Texts that leave on purpose: names of folders that are published class names, and public
                captions that say what a private one says too, if that passes the text inspection.

        Raises:
            PublishError: A planted string is too short.
        """
        planted = [one.strip() for one in planted]
        if any(len(one) < SHORTEST_PLANTED for one in planted):
            raise PublishError(
                f"A planted string is shorter than {SHORTEST_PLANTED} characters.",
                hint="It would be anywhere.",
            )
        fine = {one.casefold() for one in allowed}
        found: dict[str, str] = {}
        for row in rows:
            for string, kind in _of_row(row):
                known = string.casefold() in fine and (kind != CAPTION or passes(string))
                if len(string) >= SHORTEST and not known:
                    found.setdefault(string, kind)
        return cls({**found, **dict.fromkeys(planted, PLANTED)})

    def found_in(self, data: bytes | str) -> tuple[str, ...]:
        r"""Return which of `KINDS` stand in a text, or in bytes; never what was found.

        Args:
            data: Bytes that are UTF-8 are looked at as text.

        Example:
            >>> needles = Needles.of_row({"source_path": "holiday/JaneDoe.jpg"}, planted=["canary-7"])
            >>> needles.found_in("see janedoe.JPG"), needles.found_in(b"\xff" + b"CANARY-7")
            (('file name',), ('planted string',))
        """
        text = data if isinstance(data, str) else _as_text(data)
        if text is not None:
            kinds = self._in_text.found_in(text.lower().encode(errors="surrogatepass"))
            if FOLDER in kinds and not self._is_folder_named(text):
                kinds = kinds - {FOLDER}
        elif isinstance(data, bytes):
            kinds = self._in_any_case.found_in(data.lower()) | self._as_written.found_in(data)
        return tuple(kind for kind in KINDS if kind in kinds)

    def _is_folder_named(self, text: str) -> bool:
        """Return whether a folder's name stands in a text as a whole word: "scape" is none of "landscape"."""
        folders = [form for s, kind in self.strings.items() if kind == FOLDER for form in _forms(s)]
        names = "|".join(map(re.escape, folders))
        # Letters alone go on with a word: "jane_003" and "jane3" name the folder "jane".
        return bool(re.search(rf"(?<![^\W\d_])(?:{names})(?![^\W\d_])", text, re.IGNORECASE))

    # Each is made when it is needed: the finders of a hundred thousand rows take seconds and memory.
    @cached_property
    def _in_text(self) -> Finder:
        forms = ((form.lower(), kind) for string, kind in self.strings.items() for form in _forms(string))
        return Finder({form.encode(errors="surrogatepass"): kind for form, kind in forms})

    @cached_property
    def _in_any_case(self) -> Finder:
        return Finder({data.lower(): kind for data, kind in self._in_bytes() if len(data) >= _CERTAIN})

    @cached_property
    def _as_written(self) -> Finder:
        return Finder({data: kind for data, kind in self._in_bytes() if _FEWEST <= len(data) < _CERTAIN})

    def _in_bytes(self) -> Iterator[tuple[bytes, str]]:
        for string, kind in self.strings.items():
            for form in _forms(string):
                yield from ((data, kind) for data in _encoded(form))


def _of_row(row: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the private strings of a row and their kinds."""
    if caption := (row.get("private_caption") or "").strip():
        yield caption, CAPTION
    for line in row.get("read_text") or ():
        text = (line["text"] or "").strip()
        if line["kind"] != "text" or classify(text) != "text":
            yield text, READ
    if sha256 := row.get("image_sha256"):
        yield sha256, HASH
    if path := row.get("source_path"):
        yield path, PATH
        for part in path.split("::"):  # a file within an archive, then the archive
            yield from _of_path(part)


def _of_path(path: str) -> Iterator[tuple[str, str]]:
    *folders, name = _BETWEEN.split(path)
    yield path, PATH
    if "." in name:
        yield name, FILE
    elif name:
        folders.append(name)
    if not path.startswith(_REMOTE):
        for folder in folders:
            if folder.casefold() not in _ANY_FOLDER and not class_name_passes(folder):
                yield folder, FOLDER


def _forms(string: str) -> set[str]:
    """Return a string as it is and with its accents joined and apart, as file systems write them."""
    return {string, unicodedata.normalize("NFC", string), unicodedata.normalize("NFD", string)}


def _encoded(form: str) -> Iterator[bytes]:
    """Yield a string as programs write it into files."""
    for case in {form, form.lower(), form.upper()} if not form.isascii() else {form}:
        for encoding in ("utf-8", "utf-16-le", "utf-16-be"):
            yield case.encode(encoding, errors="surrogatepass")
        if not case.isascii() and all(c < "\u0100" for c in case):
            yield case.encode("latin-1")


def _as_text(data: bytes) -> str | None:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return None
