"""Bad rows are data: one `failed` row each. Bad set-ups stop the run. Nothing unsafe ever passes."""

import struct
import zlib
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest
from datasets import Dataset, Features, Image, Value
from hypothesis import given, settings
from hypothesis import strategies as st

from hf_unsafe2safe import Sanitizer, selftest, testing
from hf_unsafe2safe.errors import ConfigError, StageError, Unsafe2SafeError
from hf_unsafe2safe.records import Inspection, Record
from hf_unsafe2safe.storage.cache import kept_rows
from hf_unsafe2safe.storage.store import cache_folder

CULPRIT = (1, 2, 3)  # a colour on which a stage fails


def sanitizer(**changes: Any) -> Sanitizer:
    return Sanitizer(**testing.fakes(**changes))


def dataset(cells: Sequence[Any]) -> Dataset:
    values = [
        cell if isinstance(cell, dict | None) else {"bytes": cell, "path": "private.png"} for cell in cells
    ]
    features = Features({"image": Image(decode=False), "n": Value("int64")})
    return Dataset.from_dict({"image": values, "n": list(range(len(values)))}, features=features)


def pixels(record: Record) -> np.ndarray:
    assert record.image is not None
    return np.asarray(PIL.Image.open(BytesIO(record.image)).convert("RGB"))


def bomb() -> bytes:
    """Return a PNG that says it has 60,000 x 60,000 pixels."""
    header = b"IHDR" + struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    data = b"IDAT" + zlib.compress(b"\0" * 1000)
    parts = (header, data, b"IEND")
    chunks = [struct.pack(">I", len(part) - 4) + part + struct.pack(">I", zlib.crc32(part)) for part in parts]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def jpeg() -> bytes:
    buffer = BytesIO()
    PIL.Image.effect_noise((64, 48), 50).convert("RGB").save(buffer, "JPEG")
    return buffer.getvalue()


BAD: dict[str, tuple[Any, str]] = {
    "None": (None, "missing"),
    "a path that does not exist": ({"bytes": None, "path": "/nowhere/private.png"}, "missing"),
    "a folder": ({"bytes": None, "path": str(Path(__file__).parent)}, "missing"),
    "a path with a zero byte": ({"bytes": None, "path": "a\0b"}, "missing"),
    "a path longer than any": ({"bytes": None, "path": "x" * 5000}, "missing"),
    "a URL of no known kind": ({"bytes": None, "path": "nothing://private"}, "missing"),
    "an empty path": ({"bytes": None, "path": ""}, "missing"),
    "no bytes": (b"", "empty"),
    "text": ("Zoë wrote this".encode(), "not_an_image"),
    "HTML": (b"<html><body>404</body></html>", "not_an_image"),
    "half a PNG": (testing.with_face()[:60], "truncated"),
    "half a JPEG": (jpeg()[: len(jpeg()) // 2], "truncated"),
    "a decompression bomb": (bomb(), "too_large"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_row_fails_alone(case: str) -> None:
    cell, reason = BAD[case]
    ds = dataset([testing.blank(), cell, testing.with_face()])
    result = ds.map(sanitizer(), batched=True)
    assert result["privacy_status"][:] == [0, 3, 1]
    assert [image is None for image in result["image"]] == [False, True, False]
    failed = result[1]
    assert failed["provenance"]["reason"] == reason
    assert failed["privacy_flag"] is True
    assert failed["risk_regions"] == failed["risk_labels"] == []
    assert failed["public_caption"] is failed["edit_instruction"] is None


@pytest.mark.parametrize("batch_size", [1, 4, 100])
def test_a_dataset_of_bad_rows_only(batch_size: int) -> None:
    cells = [cell for cell, _ in BAD.values()] * 3  # more than 20 equal ones in a row do not stop the run
    result = dataset(cells).map(sanitizer(), batched=True, batch_size=batch_size)
    assert set(result["privacy_status"]) == {3}
    assert [row["reason"] for row in result["provenance"]] == [reason for _, reason in BAD.values()] * 3
    assert dataset([b"junk"] * 30).map(sanitizer())["n"][:] == list(range(30))


def test_a_failing_stage_takes_only_its_culprits() -> None:
    culprit, face = testing.blank(colour=CULPRIT), testing.with_face()
    cells = [face, culprit, testing.blank(), b"junk", culprit, testing.with_text(), culprit]
    sanitize = sanitizer(inspector=testing.FakeInspector(fail_on=CULPRIT))
    results = [dataset(cells).map(sanitize, batched=True, batch_size=n).to_dict() for n in (1, 2, 3, 7)]
    assert results[0]["privacy_status"] == [1, 3, 0, 3, 3, 1, 3]
    reasons = [row["reason"] for row in results[0]["provenance"]]
    assert [reasons[i] for i in (1, 3, 4, 6)] == [
        "inspect_failed",
        "not_an_image",
        "inspect_failed",
        "inspect_failed",
    ]
    assert results[0]["provenance"][1]["seed"] == sanitize.records([culprit])[0].provenance.seed == 0
    assert all(result == results[0] for result in results)


@pytest.mark.parametrize("batch_size", [1, 7, 40])
def test_twenty_equal_failures_in_a_row_stop_the_run(batch_size: int) -> None:
    culprit = testing.blank(colour=CULPRIT)

    def run(cells: list[bytes]) -> list[int]:
        sanitize = sanitizer(inspector=testing.FakeInspector(fail_on=CULPRIT))
        return dataset(cells).map(sanitize, batched=True, batch_size=batch_size)["privacy_status"][:]

    assert run([culprit] * 19) == [3] * 19
    assert run(([culprit] * 19 + [testing.blank()]) * 2) == ([3] * 19 + [0]) * 2
    # unreadable files say nothing about the stage: they neither count nor start the count again
    assert run(([culprit] * 9 + [b"junk"]) * 2) == [3] * 20
    for cells in ([culprit] * 20, ([culprit] * 9 + [b"junk"]) * 3):
        with pytest.raises(
            Unsafe2SafeError, match="20 rows in a row failed with the same reason: inspect_failed"
        ):
            run(cells)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        # It would call everything safe.
        ({"inspector": testing.FakeInspector(blind=True)}, "the inspector did not find the known face"),
        # It would accept everything.
        ({"verifier": testing.FakeVerifier(blind=True)}, "the verifier let the known face"),
        ({"verifier": testing.FakeVerifier(blind=True), "policy": "text"}, "the verifier let the known text"),
        (
            {"inspector": testing.FakeInspector(blind=True), "policy": {"label": ["face"]}},
            "inspector did not find",
        ),
    ],
)
def test_a_blind_stage_finishes_no_row(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        sanitizer(**change).records([testing.blank()])
    assert kept_rows(cache_folder()) == []
    with pytest.raises(ConfigError, match=message):  # and from a worker process
        dataset([testing.blank()] * 2).map(sanitizer(**change), num_proc=2)


def test_an_editor_that_does_nothing_is_followed_by_fill() -> None:
    for editor in (testing.FakeEditor(lazy=True), [testing.FakeEditor(lazy=True, stochastic=True)]):
        record = sanitizer(editor=editor).records([testing.with_face()])[0]
        assert record.status == "edited"
        assert record.provenance.attempts == (3 if isinstance(editor, list) else 2)
        assert not (pixels(record) == testing.COLOURS["face"]).all(axis=-1).any()


def test_pixels_outside_the_mask_are_the_original_s() -> None:
    for editor in (testing.FakeEditor(spills=True), "fill", "inpaint"):
        original = np.asarray(PIL.Image.open(BytesIO(testing.with_face())))
        record = sanitizer(editor=editor).records([testing.with_face()])[0]
        changed = (pixels(record) != original).any(axis=-1)
        assert record.status == "edited"
        assert changed[8:20, 8:20].all()
        assert not changed[:3].any()
        assert not changed[:, 26:].any()
        assert changed.mean() <= record.provenance.edited_fraction < 0.2


def test_a_caption_that_quotes_is_replaced() -> None:
    leaky = testing.FakeCaptioner(leaks=True)
    records = sanitizer(captioner=leaky).records([testing.blank(), testing.with_text(), testing.with_face()])
    assert [r.status for r in records] == ["safe", "edited", "edited"]
    assert records[1].public_caption == "An image."


class WrongSize(testing.FakeEditor):
    def edit(self, requests: Any) -> Any:
        return [out[:-1] for out in super().edit(requests)]


class Forgetful:
    """Whatever stage it stands for, the last result is lost; only the self-test goes well."""

    def __init__(self, stage: Any, method: str, only_batches: bool) -> None:
        self.stage, self.method, self.only_batches = stage, method, only_batches

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or "stage" not in vars(self):
            raise AttributeError(name)
        value = getattr(self.stage, name)
        return self._lose if name == self.method else value

    def _lose(self, batch: Any, *others: Any) -> Any:
        results = getattr(self.stage, self.method)(batch, *others)
        image = getattr(batch[0], "original", batch[0])
        tested = isinstance(image, np.ndarray) and np.array_equal(image, selftest.photo())
        return results if tested or (self.only_batches and len(batch) == 1) else results[:-1]


FORGETFUL = {
    "inspector": (testing.FakeInspector(), "inspect", "inspect_failed"),
    "captioner": (testing.FakeCaptioner(), "caption", "caption_failed"),
    "instructor": (testing.FakeInstructor(), "instruct", "instruct_failed"),
    "editor": (testing.FakeEditor(), "edit", "edit_failed"),
    "verifier": (testing.FakeVerifier(), "verify", "verify_failed"),
}
CELLS = [testing.with_face(), testing.blank(), testing.with_text(), testing.with_face(box=(1, 1, 30, 9))]


@pytest.mark.parametrize("stage", FORGETFUL)
def test_a_stage_that_loses_a_result_fails_rows_and_never_shifts_them(stage: str) -> None:
    fake, method, reason = FORGETFUL[stage]
    records = sanitizer(**{stage: Forgetful(fake, method, only_batches=False)}).records(CELLS)
    lost = [True, stage != "editor", True, True]  # a row without edits needs no editor
    assert [r.status == "failed" for r in records] == lost
    assert {r.provenance.reason for r in records if r.status == "failed"} == {reason}
    # One that only loses in batches: the rows are run alone, and are what they are with a good stage.
    records = sanitizer(**{stage: Forgetful(fake, method, only_batches=True)}).records(CELLS)
    good = sanitizer(**{stage: fake}).records(CELLS)
    assert [(r.status, r.regions, r.image) for r in records] == [(r.status, r.regions, r.image) for r in good]


def test_an_editor_that_changes_the_size_fails_the_row() -> None:
    records = sanitizer(editor=WrongSize()).records([testing.with_face(), testing.blank()])
    assert [(r.status, r.provenance.reason) for r in records] == [
        ("failed", "edit_failed"),
        ("safe", "nothing_to_edit"),
    ]


class Raises(testing.FakeInspector):
    def inspect(self, images: Any, kinds: Any) -> list[Inspection]:
        if not np.array_equal(images[0], selftest.photo()):
            raise StageError("Zebulon in /home/private", stage="inspect")
        return super().inspect(images, kinds)


def test_a_reason_of_a_stage_s_own_is_never_published() -> None:
    record = sanitizer(inspector=Raises()).records([testing.blank()])[0]
    assert record.provenance.reason == "inspect_failed"


MIX = {
    "blank": testing.blank(),
    "other blank": testing.blank(colour=(200, 10, 10)),
    "face": testing.with_face(),
    "text": testing.with_text(),
    "two": testing.with_face(size_wh=(90, 60), box=(40, 20, 70, 50)),
    "culprit": testing.blank(colour=CULPRIT),
    "none": None,
    "junk": b"junk",
    "empty": b"",
    "half": testing.with_text()[:70],
}


@settings(max_examples=60, deadline=None, derandomize=True, database=None)
@given(st.lists(st.sampled_from(sorted(MIX)), max_size=9), st.integers(1, 9))
def test_a_row_never_depends_on_its_neighbours(names: list[str], batch_size: int) -> None:
    sanitize = sanitizer(
        inspector=testing.FakeInspector(fail_on=CULPRIT), editor=testing.FakeEditor(stochastic=True)
    )
    cells = [MIX[name] for name in names]
    records = [
        r for i in range(0, len(cells), batch_size) for r in sanitize.records(cells[i : i + batch_size])
    ]
    alone = {name: sanitizer(**_same(sanitize)).records([MIX[name]])[0] for name in set(names)}
    assert records == [alone[name] for name in names]
    for record in records:
        assert (record.image is not None) == (record.status in ("safe", "edited"))


def _same(sanitize: Sanitizer) -> dict[str, Any]:
    return {"inspector": sanitize.config.inspector, "editor": sanitize.config.editor}
