"""Generative editors in a chain: what the verifier is told, another seed, the next editor, the counts."""

import numpy as np

from hf_unsafe2safe import Sanitizer, testing
from hf_unsafe2safe.editing.fill import FillEditor
from hf_unsafe2safe.editing.generative import GenerativeEditor
from hf_unsafe2safe.editing.masked import Assignment, EditJob, masked_edit
from hf_unsafe2safe.policy import Policy
from hf_unsafe2safe.records import Captions, Finding, PublicCaption, Verdict
from hf_unsafe2safe.testing import FakeCaptioner, ScriptedPainter
from hf_unsafe2safe.verification.chain import Chain, Draft
from hf_unsafe2safe.views import Views
from tests.verification.test_chain import Scripted, remains

FACES = [Finding("face", 0.9, (4, 4, 12, 12), "fake"), Finding("face", 0.9, (60, 40, 70, 52), "fake")]
COPY = Verdict(("copy_remains",), frozenset({1}))


def run(verifier, *chain):
    rgb = np.random.default_rng(1).integers(0, 256, (80, 90, 3), np.uint8)
    row = Draft(Views(rgb), list(FACES), PublicCaption("A photo."), "Neutralise.", 5, "Both.", "Who it is.")
    made = Chain({"face": chain}, Policy("test", {"face": 0.35}), verifier)
    made.run([row])
    return row, made.counts


def test_the_verifier_is_told_what_was_generated():
    verifier = Scripted(COPY, COPY)
    row, counts = run(verifier, GenerativeEditor(ScriptedPainter()))
    # Its own seed, another one, then fill, which generates nothing; the other face stays what it was.
    assert [check.generated for check in verifier.checks] == [{0, 1}, {0, 1}, {0}]
    assert not row.rejected
    assert counts == {"attempts": 3, "refused:copy_remains": 2, "retried": 1, "fell_back": 1}


def test_editors_that_copy_nothing_are_not_generated():
    verifier = Scripted()
    run(verifier, FillEditor())
    assert [check.generated for check in verifier.checks] == [frozenset()]


def test_another_seed_and_stronger():
    painter = ScriptedPainter()
    run(Scripted(remains(0, 1)), GenerativeEditor(painter))
    before, after = painter.canvases
    assert [canvas.retry for canvas in (*before, *after)] == [0, 0, 1, 1]
    assert {c.seed for c in before}.isdisjoint(c.seed for c in after)


def test_the_next_editor_of_the_chain():
    first, second = ScriptedPainter(), ScriptedPainter()
    second.fingerprint = lambda: "another"
    row, counts = run(
        Scripted(remains(0), remains(0), remains(0)), GenerativeEditor(first), GenerativeEditor(second)
    )
    assert (len(first.canvases), len(second.canvases)) == (2, 2)
    assert counts["fell_back"] == 1
    assert not row.rejected


def test_the_end_is_opaque():
    """What no seed of any editor passes is filled; the last verdict is against the fill itself."""
    row, counts = run(Scripted(*[remains(0, 1)] * 3), GenerativeEditor(ScriptedPainter()))
    assert row.rejected == "face_remains"
    assert counts["refused:face_remains"] == 3


def test_a_long_chain_ends_in_the_fill_too():
    """Of ten steps eight are tried, and the last of them is the fill."""
    painters = [ScriptedPainter() for _ in range(5)]
    late = Finding("face", 0.9, (30, 60, 40, 72), "verify:fake")
    for missed in (0, 6):
        verdicts = [remains(0, 1)] * 7
        verdicts[missed] = Verdict(("face_remains", "face_missed"), frozenset({0, 1}), (late,))
        row, counts = run(Scripted(*verdicts), *map(GenerativeEditor, painters))
        assert not row.rejected
        assert counts["attempts"] == 8
        assert len(np.unique(row.pixels[6:10, 6:10].reshape(-1, 3), axis=0)) == 1


def test_an_editor_that_does_not_say_counts_as_generative():
    class Silent:
        models, stochastic = (), False

        def edit(self, requests):
            return [r.pixels.copy() for r in requests]

    verifier = Scripted(COPY)
    run(verifier, Silent())
    assert verifier.checks[0].generated == {0, 1}


def test_a_generative_editor_sees_no_work_of_another():
    """Nobody has verified it yet: the regions of others are filled."""
    pixels = np.random.default_rng(1).integers(0, 256, (80, 90, 3), np.uint8)
    near = [Finding("face", 0.9, (20, 20, 32, 32), "fake"), Finding("person", 0.9, (36, 20, 48, 40), "fake")]
    seen = []
    for level in (0, 255):
        painters = ScriptedPainter(lambda c, level=level: np.full_like(c.pixels, level)), ScriptedPainter()
        assignments = tuple(
            Assignment(finding, GenerativeEditor(painter), order=i)
            for i, (finding, painter) in enumerate(zip(near, painters, strict=True))
        )
        masked_edit([EditJob(pixels, assignments, PublicCaption("A photo."), "Neutralise.", 3)])
        seen.append(painters[1].canvases[0][0])
    assert np.array_equal(seen[0].pixels, seen[1].pixels)
    # The first one's region is in that crop, and not as it was.
    alone = ScriptedPainter()
    masked_edit(
        [EditJob(pixels, (Assignment(near[1], GenerativeEditor(alone)),), PublicCaption("A."), "N.", 3)]
    )
    assert not np.array_equal(alone.canvases[0][0].pixels, seen[0].pixels)


def test_a_reason_that_nobody_knows_is_counted_nowhere():
    _, counts = run(Scripted(Verdict(("Jane Doe",), frozenset({0}))), GenerativeEditor(ScriptedPainter()))
    assert not any("Jane" in name for name in counts)


def test_private_text_goes_only_to_who_asks_for_it():
    plain, sees = ScriptedPainter(), ScriptedPainter(sees_private=True, one_text=True)
    run(Scripted(), GenerativeEditor(plain))
    run(Scripted(), GenerativeEditor(sees))
    assert [(c.private_caption, c.target_caption) for c in plain.canvases[0]] == [("", "")] * 2
    assert [(c.private_caption, c.target_caption) for c in sees.canvases[0]] == [("Who it is.", "Both.")] * 2


class Teller(FakeCaptioner):
    """Writes a private caption that is easy to find again."""

    def caption(self, images, inspections):
        return [Captions("Private words.", c.public) for c in super().caption(images, inspections)]


def test_along_the_whole_path():
    painter = ScriptedPainter(sees_private=True)
    stages = {**testing.fakes(), "captioner": Teller(), "editor": GenerativeEditor(painter)}
    sanitize = Sanitizer(policy="default", store=None, **stages)
    (record,) = sanitize.records([testing.with_face()])
    assert record.status == "edited"
    assert {canvas.private_caption for canvas in painter.canvases[0]} == {"Private words."}
    assert "Private words." not in repr(record)
    assert sanitize.effort["edits"]["attempts"] == 1
    assert record.provenance.models  # the painter's among them
    assert "scripted-painter" in {model.name for model in record.provenance.models}
