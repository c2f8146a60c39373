"""Editors that take a single text get both in one."""

import pytest

from hf_unsafe2safe import Sanitizer, testing
from hf_unsafe2safe.errors import ConfigError


class OneText(testing.FakeEditor):
    one_text = True

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []

    def edit(self, requests):
        self.seen += [request.target_caption for request in requests]
        return super().edit(requests)

    def fingerprint(self) -> str:
        return "one text"


def test_an_editor_of_one_text_gets_caption_and_instruction() -> None:
    editor = OneText()
    fakes = testing.fakes(editor=editor, instructor="template")
    Sanitizer(**fakes).records([testing.with_face()])
    (target,) = editor.seen
    assert 1 <= len(target.split()) <= 50
    assert target.startswith("An image")


def test_other_editors_get_none() -> None:
    editor = OneText()
    editor.one_text = False
    Sanitizer(**testing.fakes(editor=editor, instructor="template")).records([testing.with_face()])
    assert editor.seen == [""]


def test_an_instructor_that_cannot_combine_is_refused() -> None:
    with pytest.raises(ConfigError, match="cannot combine"):
        Sanitizer(**testing.fakes(editor=OneText()))


class Talkative(testing.FakeInstructor):
    def combine(self, captions, instructions, seeds):
        return ["word " * 51 for _ in captions]


def test_a_target_caption_has_a_limit() -> None:
    fakes = testing.fakes(editor=OneText(), instructor=Talkative())
    (record,) = Sanitizer(**fakes).records([testing.with_face()])
    assert (record.status, record.provenance.reason) == ("failed", "instruct_failed")
