"""The last look, at the very bytes that will be uploaded: one leak stops the push.

Every row: its image is one, holds no metadata and no path, and none of the row's private texts stands in it.
A sample of the images, or all: inspected again from their pixels. In a row that is `safe` nothing may be
found that the policy edits. In one that is `edited`, what was edited can look like a face to a detector
(filled ovals, measured up to 0.5), so in recorded regions only clear finds count, and what a model drew
never.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

import numpy as np
import PIL.Image
import pyarrow as pa
from datasets import ClassLabel, Features, Image, LargeList, List

from ....errors import ConfigError, PublishError, StageError
from ....imaging import metadata
from ....imaging.open import open_image
from ....policy import Policy
from ....records import Box, Record
from ....sanitizer import Sanitizer
from ....taxonomy import STATUSES, TEXT_KINDS
from .planted import FOLDER, PLANTED, Needles

CLEAR_FACE = 0.6  # CenterFace on filled, pixelated and averaged faces: at most 0.5; on real ones mostly more
INSIDE = 0.5  # share of a find's box within a recorded region from which the region explains it
_AT_A_TIME = 16
_OPAQUE = frozenset(("fill", "mosaic", "pixelate", "blur", "inpaint"))
_READ = (*TEXT_KINDS, "code")
_MOST_NAMED = 20


@dataclass
class Gate:
    """Looks at rows and remembers leaks.

    Args:
        config: `Manifest.config`: the policy and the editors of the rows.
        column: The image column.
        sample: Numbers of the images to inspect again, counted over all splits; None for all.
        images: How many there are.
        private_columns: Columns that the publisher named: private texts may stand there.
    """

    config: Mapping[str, Any]
    column: str
    sample: frozenset[int] | None
    images: int
    private_columns: Sequence[str] = ()
    seen: int = 0
    inspected: int = 0
    leaks: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Make what looks again: the embedded models, whatever made the rows."""
        policy = Policy(**{**self.config["policy"], "label": tuple(self.config["policy"]["label"])})
        kinds = {kind: score for kind, score in policy.edit.items() if kind not in policy.criteria}
        self._drawn = bool(set(_editors(self.config["editor"])) - _OPAQUE)
        # Templates never see the name of a folder, but may have a word in common with it.
        templated = [self.config.get(stage) == "template" for stage in ("captioner", "instructor")]
        self._templated = ("public_caption",) * templated[0] + ("edit_instruction",) * all(templated)
        self._again: Sanitizer | None = None
        try:
            asked = Policy("gate", edit=kinds, whole_image=policy.whole_image)
            self._again = Sanitizer(policy=asked, editor="fill", allow_uncovered=True, store=None)
        except ConfigError:  # a policy of which the embedded models know no kind at all
            self._again = None
        self._waiting: list[tuple[str, bytes, Mapping[str, Any]]] = []

    @property
    def looks_again(self) -> bool:
        """Whether the embedded models know anything that the policy names."""
        return self._again is not None

    def look(self, table: pa.Table, features: Features, private: Sequence[tuple[str, Needles]]) -> None:
        """Look at rows as they stand in a file.

        Args:
            table: The rows.
            features: Of the file.
            private: Id of each row and what must not stand in it.
        """
        images = [name for name, feature in features.items() if isinstance(feature, Image)]
        known = {"privacy_status", "risk_regions", "provenance"}
        texts = [name for name in features if name not in images]
        for row, (row_id, needles) in zip(_rows(table), private, strict=True):
            for name in images:
                self._cell(row_id, row[name], needles)
            for name in texts:
                found = needles.found_in(_text(row[name]))
                if name in known or name in self.private_columns:  # named, or words of our own
                    found = tuple(kind for kind in found if kind == PLANTED)
                if name in self._templated:
                    found = tuple(kind for kind in found if kind != FOLDER)
                self._found(row_id, found)
            data = (row[self.column] or {}).get("bytes")
            if data is not None and STATUSES[row["privacy_status"]] not in ("safe", "edited"):
                self.leaks.append(f"{row_id}: an image in a row that has none")
            if data is not None and (self.sample is None or self.seen in self.sample):
                self._waiting.append((row_id, data, {name: row[name] for name in known}))
            self.seen += data is not None
            if len(self._waiting) >= _AT_A_TIME:
                self._inspect()

    def look_at_texts(self, texts: Mapping[str, str], planted: Sequence[str]) -> None:
        """Look for planted strings in what leaves beside the rows.

        Args:
            texts: By what they are, for messages.
            planted: Strings that must be nowhere.
        """
        needles = Needles.of_rows([], planted)
        for what, text in texts.items():
            self._found(what, needles.found_in(text))

    def finish(self) -> None:
        """Look at what is still waiting.

        Raises:
            PublishError: There is a leak; rows are named, what was found only by its kind.
        """
        self._inspect()
        if self.leaks:
            shown = "; ".join(self.leaks[:_MOST_NAMED])
            more = len(self.leaks) - _MOST_NAMED
            raise PublishError(
                f"Nothing was uploaded: the last look found leaks: {shown}"
                f"{f' and {more} more' if more > 0 else ''}.",
                hint="Look at these rows (`unsafe2safe locate`, `review`), drop them with `decide` or leave "
                "them out by name (--leave-out), and look at all: verify='all' (--verify all).",
            )

    def _cell(self, row_id: str, cell: Mapping[str, Any] | None, needles: Needles) -> None:
        if cell is None:
            return
        if cell.get("path") is not None:
            self.leaks.append(f"{row_id}: a path")
        data = cell.get("bytes")
        if data is None:
            self.leaks.append(f"{row_id}: an image without bytes")
            return
        try:
            kinds = set(metadata.found(data))
        except StageError:
            self.leaks.append(f"{row_id}: not an image")
            return
        if "icc" in kinds and _is_clean(data):
            kinds.discard("icc")
        if kinds:
            self.leaks.append(f"{row_id}: metadata ({', '.join(sorted(kinds))})")
        self._found(row_id, needles.found_in(data))

    def _found(self, row_id: str, kinds: Sequence[str]) -> None:
        self.leaks += [f"{row_id}: a {kind}" for kind in kinds]

    def _inspect(self) -> None:
        waiting, self._waiting = self._waiting, []
        if not waiting or self._again is None:
            return
        records = self._again.records([data for _, data, _ in waiting])
        for (row_id, data, row), record in zip(waiting, records, strict=True):
            self.inspected += 1
            if _has_hidden_colours(data):
                self.leaks.append(f"{row_id}: colours where the image is transparent")
            if record.status == "failed":
                self.leaks.append(f"{row_id}: it could not be inspected again")
            kinds = sorted(set(self._unexplained(row, record)))
            if kinds:
                self.leaks.append(f"{row_id}: found again ({', '.join(kinds)})")

    def _unexplained(self, row: Mapping[str, Any], record: Record) -> Iterator[str]:
        """Yield the kinds that were found now and that what is recorded of the row does not explain."""
        regions = row["risk_regions"] or ()
        status, provenance = STATUSES[row["privacy_status"]], row["provenance"] or {}
        kept = provenance.get("kept_by_consent") or provenance.get("reason") == "kept_by_reviewer"
        accepted = provenance.get("reason") == "accepted_by_reviewer"
        for found in record.regions:
            if found.action != "edited":
                continue
            near = [r for r in regions if _share_within(found.box, r["box"]) >= INSIDE]
            actions = {r["action"] for r in near}
            if near and (accepted or (kept and _KEPT in actions)):  # a person who saw the original said so
                continue
            clear = found.kind in _READ or (found.kind == "face" and found.score >= CLEAR_FACE)
            if status == "edited" and near and not (clear and _EDITED in actions and not self._drawn):
                continue
            yield found.kind


_EDITED, _KEPT = 0, 2  # in `taxonomy.ACTIONS`


def sample_of(rows: int, wanted: int | None, seed: str) -> frozenset[int] | None:
    """Return the numbers of the rows to inspect again, the same for the same seed; None for all."""
    if wanted is None or wanted >= rows:
        return None
    return frozenset(random.Random(seed).sample(range(rows), wanted))


def needles_of(
    table: pa.Table, beside: pa.Table, features: Features, planted: Sequence[str]
) -> Iterator[tuple[str, Needles]]:
    """Yield the id of each row and what must not stand in it.

    Args:
        table: The rows as they leave; a private caption that says no more than the public one is none.
        beside: Their private columns.
        features: Of `table`; folders that are published class names are no secret.
        planted: Strings that must be nowhere.
    """
    classes = [name for feature in features.values() for name in _class_names(feature)]
    captions = table["public_caption"].to_pylist()
    for row, caption in zip(beside.to_pylist(), captions, strict=True):
        yield row["row"], Needles.of_row(row, planted, [*classes, *filter(None, (caption,))])


def _class_names(feature: Any) -> Iterator[str]:
    """Yield the class names in a feature, at any depth."""
    if isinstance(feature, ClassLabel):
        yield from feature.names or ()
    elif isinstance(feature, Mapping):
        for part in feature.values():
            yield from _class_names(part)
    elif isinstance(feature, List | LargeList):
        yield from _class_names(feature.feature)


def _editors(spec: Any) -> Iterator[str]:
    """Yield the names of the editors in a spec; a model alone is one that draws."""
    if isinstance(spec, str):
        name, _, argument = spec.partition(":")
        yield "model" if name == "inpaint" and argument else name
    elif isinstance(spec, Mapping):
        for part in spec.values():
            yield from _editors(part)
    else:
        for part in spec:
            yield from _editors(part)


def _has_hidden_colours(data: bytes) -> bool:
    """Return whether there are colours under full transparency, which readers that drop alpha show."""
    with PIL.Image.open(BytesIO(data)) as image:
        if image.mode not in ("RGBA", "LA", "PA") and "transparency" not in image.info:
            return False
        pixels = np.asarray(image.convert("RGBA"))
    return bool(pixels[pixels[..., 3] == 0].any())


def _share_within(box: Box, region: Sequence[int]) -> float:
    x1, y1, x2, y2 = box
    width = min(x2, region[2]) - max(x1, region[0])
    height = min(y2, region[3]) - max(y1, region[1])
    area = (x2 - x1) * (y2 - y1)
    return max(width, 0) * max(height, 0) / area if area > 0 else 0.0


def _is_clean(data: bytes) -> bool:
    """Return whether the colour profile of an image is one that was rebuilt from its numbers."""
    try:
        return open_image(data).icc == metadata.scan(data).icc
    except StageError:
        return False


def _rows(table: pa.Table) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = table.to_pylist()
    return rows


def _text(value: Any) -> str:
    """Return all texts in a value, one a line."""
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping):
        return "\n".join(filter(None, map(_text, value.values())))
    if isinstance(value, list):
        return "\n".join(filter(None, map(_text, value)))
    return ""
