"""The whole path on real photos with the preset `local`, and its rules on the fakes."""

from dataclasses import replace
from io import BytesIO

import numpy as np
import PIL.Image
import pytest
from datasets.fingerprint import Hasher

from hf_unsafe2safe import Sanitizer, selftest, testing
from hf_unsafe2safe.detectors import face_presence, faces, faces_ssd, identity, text
from hf_unsafe2safe.errors import ConfigError, DatasetError, Unsafe2SafeError
from hf_unsafe2safe.imaging.cells import open_cell, open_cells
from hf_unsafe2safe.inspection.local import LocalInspector
from hf_unsafe2safe.records import Inspection, Verdict
from hf_unsafe2safe.taxonomy import REASONS, STATUSES
from tests.photos import FACES, FOLDER, NEGATIVES, PEOPLE, card, rgb


@pytest.fixture(scope="module")
def sanitize():
    return Sanitizer()


@pytest.fixture(scope="module")
def records(sanitize):
    return dict(zip(FACES, sanitize.records([FOLDER / name for name in FACES]), strict=True))


def decoded(data):
    with PIL.Image.open(BytesIO(data)) as image:
        return np.asarray(image.convert("RGB"))


def png(pixels):
    buffer = BytesIO()
    PIL.Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.mark.parametrize("name", NEGATIVES)
def test_photos_without_risks_stay_safe_with_identical_pixels(records, name):
    assert records[name].status == "safe"
    assert np.array_equal(decoded(records[name].image), rgb(name))


def recognised(before, after):
    """Return whether a person of one photo is recognised in another, by more looks than the path takes."""
    people = faces.find(before)
    assert people
    seen = [
        f for side in (480, 960, 1280) for m in (False, True) for f in faces.look(after, side, mirrored=m)
    ]
    seen += faces_ssd.find(after)
    left = [f for f in seen if face_presence.presence(after, [f.box])[0] >= 0.1]
    gaps = identity.distance(identity.embed(before, people), identity.embed(after, left))
    return bool((gaps < identity.SAME_PERSON).any())


@pytest.mark.parametrize("name", PEOPLE)
def test_nobody_is_left_in_an_edited_photo(records, name):
    assert records[name].status == "edited"
    assert recognised(rgb(name), rgb(name))  # the search sees them in the original
    assert not recognised(rgb(name), decoded(records[name].image))


@pytest.mark.parametrize("name", PEOPLE)
def test_only_the_regions_changed(records, name):
    after, before = decoded(records[name].image), rgb(name)
    changed = (after != before).any(axis=-1)
    near = np.zeros_like(changed)
    for region in records[name].regions:
        if region.action == "edited":
            x1, y1, x2, y2 = region.box
            grow = max(4, round(0.3 * max(x2 - x1, y2 - y1)))
            near[max(0, y1 - grow) : y2 + grow, max(0, x1 - grow) : x2 + grow] = True
    assert changed.any()
    assert not (changed & ~near).any()
    assert 0 < records[name].provenance.edited_fraction < 0.35


def test_the_surname_on_the_name_tag_is_gone(records):
    read = " ".join(f.text for f in text.read(decoded(records["people_grace_hopper.jpg"].image)))
    assert "HOPPER" not in read.upper()


def test_a_grey_photo_stays_grey(records):
    with PIL.Image.open(BytesIO(records["people_cameraman.png"].image)) as image:
        assert (image.mode, image.format) == ("L", "PNG")


def test_a_card_loses_its_personal_lines_and_keeps_the_others(sanitize):
    image = card("Conference pass", "Name: Jane Example", "Tel. +1 415 555 2671")
    (record,) = sanitize.records([png(image)])
    read = " ".join(f.text for f in text.read(decoded(record.image)))
    assert record.status == "edited"
    assert "Conference" in read
    assert "Jane" not in read
    assert "2671" not in read


@pytest.mark.parametrize("quarters", [1, 2, 3])
@pytest.mark.slow
def test_a_sideways_photo_loses_face_and_name_tag_all_the_same(sanitize, quarters):
    turned = np.ascontiguousarray(np.rot90(rgb("people_grace_hopper.jpg"), quarters))
    (record,) = sanitize.records([png(turned)])
    assert record.status == "edited"
    assert any(r.kind == "face" and r.action == "edited" for r in record.regions)
    upright = np.ascontiguousarray(np.rot90(decoded(record.image), -quarters))
    assert "HOPPER" not in " ".join(f.text for f in text.read(upright)).upper()


class Partly(LocalInspector):
    """The embedded inspector with gaps; on the self-test it sees all."""

    def __init__(self, *kinds):
        self.kinds = kinds

    def inspect(self, images, kinds):
        found = super().inspect(images, kinds)
        if any(image.shape == selftest.photo().shape for image in images):
            return found
        return [Inspection(tuple(f for f in one.findings if f.kind in self.kinds)) for one in found]

    def fingerprint(self):
        return f"partly-{self.kinds}"


# What an inspector may have overlooked; face and name tag must go all the same.
@pytest.mark.parametrize(
    "seen", [(), ("face",), ("text", "person_text", "name")], ids=["nothing", "faces", "text"]
)
@pytest.mark.slow
def test_what_is_found_late_is_judged_with_what_was_found_before(seen):
    class Blindish(Partly):
        def inspect(self, images, kinds):
            # Text that was seen without its face is plain.
            plain = {"person_text": "text"}
            return [
                Inspection(tuple(replace(f, kind=plain.get(f.kind, f.kind)) for f in one.findings))
                for one in super().inspect(images, kinds)
            ]

    (record,) = Sanitizer(inspector=Blindish(*seen)).records([FOLDER / "people_grace_hopper.jpg"])
    after = decoded(record.image)
    assert record.status == "edited"
    assert not recognised(rgb("people_grace_hopper.jpg"), after)
    assert "HOPPER" not in " ".join(f.text for f in text.read(after)).upper()


@pytest.mark.slow
def test_a_label_gives_its_kind_to_a_line_that_is_found_late():
    class NoValue(Partly):
        def inspect(self, images, kinds):
            found = LocalInspector.inspect(self, images, kinds)
            return [Inspection(tuple(f for f in one.findings if f.text != "Examplename")) for one in found]

    (record,) = Sanitizer(inspector=NoValue()).records([png(card("Surname", "Examplename"))])
    assert record.status == "edited"
    assert "Examplename" not in " ".join(f.text for f in text.read(decoded(record.image)))


@pytest.mark.parametrize("ink", [255, 0])
@pytest.mark.slow
def test_a_portrait_drawn_by_the_alpha_channel_alone_is_found(sanitize, ink):
    grey = rgb("people_astronaut.jpg").mean(axis=-1).astype(np.uint8)
    alpha = np.maximum(grey if ink else 255 - grey, 1)
    hidden = np.dstack([np.full((*alpha.shape, 3), ink, np.uint8), alpha])
    (record,) = sanitize.records([png(hidden)])
    assert record.status == "edited"
    with PIL.Image.open(BytesIO(record.image)) as image:
        page = PIL.Image.new("RGBA", image.size, (255 - ink,) * 3)
        after = np.asarray(PIL.Image.alpha_composite(page, image).convert("RGB"))
    assert not recognised(rgb("people_astronaut.jpg"), after)


def test_an_image_of_extreme_size_fails_alone(sanitize):
    strip = np.full((40, 33_000, 3), 200, np.uint8)
    good, bad = sanitize.records([FOLDER / "neg_cat.png", png(strip)])
    assert good.status == "safe"
    assert (bad.status, bad.provenance.reason) == ("failed", "too_large")


@pytest.mark.slow
def test_letters_drawn_by_the_alpha_channel_alone_are_found(sanitize):
    # Black on black: the colours show nothing, a viewer with a white page shows the number.
    alpha = 255 - card("Tel. +1 415 555 2671")[..., 0]
    alpha[alpha < 60] = 0
    hidden = np.dstack([np.full((*alpha.shape, 3), 1, np.uint8), alpha])
    (record,) = sanitize.records([png(hidden)])
    assert record.status == "edited"
    with PIL.Image.open(BytesIO(record.image)) as image:
        assert image.mode == "RGBA"
        over = PIL.Image.alpha_composite(PIL.Image.new("RGBA", image.size, "white"), image).convert("RGB")
    assert "2671" not in " ".join(f.text for f in text.read(np.asarray(over)))


@pytest.mark.slow
def test_records_do_not_depend_on_their_batch(sanitize, records):
    names = ["people_grace_hopper.jpg", "neg_cat.png", "people_astronaut.jpg"]
    alone = [sanitize.records([FOLDER / name])[0] for name in names]
    assert alone == [records[name] for name in names]
    assert [a.private for a in alone] == [records[n].private for n in names]


@pytest.mark.parametrize("most", [0, 3000, 10**9])
def test_memory_is_bounded_by_groups_that_change_nothing(most, monkeypatch):
    cells = [testing.blank(), b"junk", testing.with_face(), None, testing.with_text(), testing.blank()]
    sanitize = Sanitizer(**testing.fakes())
    alone = [sanitize.records([cell])[0] for cell in cells]
    monkeypatch.setattr("hf_unsafe2safe.imaging.cells.MOST_PIXELS", most)
    groups = list(open_cells(cells))
    assert [i for group in groups for i in group] == list(range(len(cells)))
    assert len(groups) == {0: 4, 3000: 2}.get(most, 1)
    assert sanitize.records(cells) == alone


def test_the_faces_policy_leaves_text_alone():
    (record,) = Sanitizer(policy="faces").records([FOLDER / "people_grace_hopper.jpg"])
    assert {r.kind for r in record.regions} == {"face"}
    assert "HOPPER" in " ".join(f.text for f in text.read(decoded(record.image)))


def test_the_text_policy_leaves_faces_alone():
    (record,) = Sanitizer(policy="text").records([FOLDER / "people_grace_hopper.jpg"])
    assert {r.kind for r in record.regions if r.action == "edited"} <= {"person_text", "text"}
    assert len(faces.find(decoded(record.image))) == 1


@pytest.mark.slow
def test_an_editor_that_only_blurs_a_little_does_not_pass(sanitize):
    class Blur(testing.FakeEditor):
        def edit(self, requests):
            import cv2

            return [cv2.GaussianBlur(r.pixels, (5, 5), 0) for r in requests]

    photo = FOLDER / "people_obama_official.jpg"
    (record,) = Sanitizer(editor={"face": Blur(), "text": "inpaint"}).records([photo])
    assert record.status == "edited"
    assert record.provenance.attempts == 2  # the blur was refused, then came the fill


def test_record_fields_come_from_closed_lists(records):
    for record in records.values():
        assert record.status in STATUSES
        assert record.provenance.reason in REASONS
        assert (record.edit_instruction is None) == (record.status == "safe")
        assert len(record.public_caption.split()) <= 50


def test_private_text_is_in_no_repr_and_no_public_field(records):
    record = records["people_grace_hopper.jpg"]
    assert any("HOPPER" in words for _, words in record.private.read_text)
    assert "HOPPER" in record.private.private_caption
    assert "HOPPER" not in repr(record)
    assert "HOPPER" not in record.public_caption + record.edit_instruction


# Images that no reader can open, and the closed reason that the row gets.
@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        (None, "missing"),  # a null in the column
        (b"", "empty"),
        (b"not an image", "not_an_image"),
        ((FOLDER / "neg_cat.png").read_bytes()[:2000], "truncated"),
        ("/nowhere/at/all.jpg", "missing"),
        ({"bytes": None, "path": None}, "missing"),
    ],
)
def test_a_bad_image_is_one_failed_row(cell, reason):
    good, bad = Sanitizer(**testing.fakes()).records([testing.blank(), cell])
    assert good.status == "safe"
    assert (bad.status, bad.provenance.reason, bad.image, bad.flag) == ("failed", reason, None, True)


# Stages that are blind; each must be refused before the first row.
@pytest.mark.parametrize(
    ("change", "who"),
    [
        ({"inspector": testing.FakeInspector(blind=True)}, "inspector"),
        ({"verifier": testing.FakeVerifier(blind=True)}, "verifier"),
    ],
)
def test_a_blind_stage_may_not_begin(change, who):
    with pytest.raises(ConfigError, match=f"the {who}"):
        Sanitizer(**testing.fakes(**change)).records([testing.blank()])


def test_the_real_stages_pass_the_self_test_and_blind_ones_do_not(monkeypatch):
    Sanitizer(store=None).records([testing.blank()])
    monkeypatch.setattr(faces, "find", lambda rgb: [])
    with pytest.raises(ConfigError, match="Self-test failed: the inspector did not find the known face"):
        Sanitizer(store=None).records([testing.blank()])


def test_a_stage_error_fails_only_its_row():
    bad = (1, 2, 3)
    sanitize = Sanitizer(**testing.fakes(inspector=testing.FakeInspector(fail_on=bad)))
    images = [testing.blank(), testing.blank(colour=bad), testing.with_face()]
    assert [r.status for r in sanitize.records(images)] == ["safe", "failed", "edited"]


def test_the_same_failure_twenty_times_in_a_row_stops_the_run():
    bad = (1, 2, 3)
    sanitize = Sanitizer(**testing.fakes(inspector=testing.FakeInspector(fail_on=bad)))
    assert len(sanitize.records([testing.blank(colour=bad)] * 19 + [testing.blank()])) == 20
    with pytest.raises(Unsafe2SafeError, match="20 rows in a row"):
        sanitize.records([testing.blank(colour=bad)] * 20)
    # Files that cannot be opened do not count: they say nothing of the stages.
    assert len(Sanitizer(**testing.fakes()).records([b"junk"] * 40)) == 40


def test_a_single_image_instead_of_a_list_is_refused():
    for one in ("photo.jpg", b"bytes", FOLDER / "neg_cat.png"):
        with pytest.raises(DatasetError, match="a list of images"):
            Sanitizer(**testing.fakes()).records(one)


def test_what_stages_of_others_say_is_not_published():
    class Talkative(testing.FakeInspector):
        def inspect(self, images, kinds):
            said = super().inspect(images, kinds)
            return [
                Inspection(tuple(replace(f, source=testing.SECRET) for f in one.findings)) for one in said
            ]

    class Refusing(testing.FakeVerifier):
        def verify(self, checks, kinds):
            seen = super().verify(checks, kinds)
            return seen if seen[0].missed else [Verdict((testing.SECRET,)) for _ in checks]

    stages = testing.fakes(inspector=Talkative(), verifier=Refusing())
    (record,) = Sanitizer(**stages).records([testing.with_face()])
    assert (record.status, record.provenance.reason) == ("rejected", "whole_image")
    assert [r.source for r in record.regions] == ["other"]
    assert testing.SECRET not in repr(record)


def test_rows_without_an_image_tell_nothing_of_it():
    sanitize = Sanitizer(**testing.fakes(inspector=testing.FakeInspector(fail_on=(1, 2, 3))))
    (record,) = sanitize.records([testing.blank(colour=(1, 2, 3))])
    assert record.status == "failed"
    assert record.provenance.seed == 0


def test_what_the_second_look_only_labels_is_recorded():
    # The policy edits names alone; the face that inspection was told nothing of is still in the regions.
    class NoFaces(testing.FakeInspector):
        def inspect(self, images, kinds):
            found = super().inspect(images, kinds)
            return [Inspection(tuple(f for f in one.findings if f.kind != "face")) for one in found]

    (record,) = Sanitizer(**testing.fakes(inspector=NoFaces(), policy={"edit": ["name"]})).records(
        [testing.with_face()]
    )
    assert record.status == "safe"
    assert [(r.kind, r.action) for r in record.regions] == [("face", "labelled")]


def test_a_stage_given_by_name_is_part_of_the_digest(monkeypatch):
    before, hashed = Sanitizer(), Hasher.hash(Sanitizer())
    monkeypatch.setattr("hf_unsafe2safe.editing.fill.FillEditor.fingerprint", lambda self: "fill-2")
    assert Sanitizer().digest != before.digest
    assert Hasher.hash(Sanitizer()) != hashed


@pytest.mark.parametrize(
    "path", ["http://127.0.0.1:9/a.png", "s3://bucket/a.png", "zip://a.png::https://127.0.0.1/b"]
)
def test_a_row_cannot_make_us_fetch_a_url(path, monkeypatch):
    monkeypatch.setattr("socket.socket.connect", lambda *args: pytest.fail("a connection was opened"))
    (record,) = Sanitizer(**testing.fakes()).records([{"bytes": None, "path": path}])
    assert record.provenance.reason == "missing"


# Cells that name something else than a file, or an archive that is none: one missing row each.
@pytest.mark.parametrize(
    "path",
    ["/dev/zero", "file:///dev/zero", "/tmp", "zip://a::/etc/hostname", "blockcache::file:///etc/hostname"],
)
def test_what_is_no_file_is_not_read(path):
    (record,) = Sanitizer(**testing.fakes()).records([path])
    assert record.provenance.reason == "missing"


def test_a_bug_stops_the_run():
    class Broken(testing.FakeCaptioner):
        def caption(self, images, inspections):
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        Sanitizer(**testing.fakes(captioner=Broken())).records([testing.blank()])


def test_a_caption_that_quotes_what_was_read_is_replaced():
    sanitize = Sanitizer(**testing.fakes(captioner=testing.FakeCaptioner(leaks=True)))
    (record,) = sanitize.records([testing.with_text()])
    assert record.status == "edited"
    assert record.public_caption == "An image."


def test_an_instruction_that_quotes_what_was_read_is_replaced():
    class Leaking(testing.FakeInstructor):
        def instruct(self, captions, seeds):
            return [f"Write {testing.SECRET} again." for _ in captions]

    (record,) = Sanitizer(**testing.fakes(instructor=Leaking())).records([testing.with_text()])
    assert record.edit_instruction == "Replace every marked region with a neutral stand-in."


# Words of our own templates on a sign: nothing to fail for.
@pytest.mark.slow
@pytest.mark.parametrize(
    ("line", "word"), [("Photo", "photo"), ("Name: Jane Bright", "bright"), ("Name: Mary Keep", "keep")]
)
def test_a_sign_with_a_word_of_the_templates_fails_nothing(sanitize, line, word):
    (record,) = sanitize.records([png(card(line))])
    assert record.status in ("safe", "edited")
    assert word not in record.public_caption.lower().split()
    assert word not in (record.edit_instruction or "").lower().split()


@pytest.mark.parametrize(
    "editor", [testing.FakeEditor(lazy=True), testing.FakeEditor(spills=True)], ids=["lazy", "spills"]
)
def test_a_lazy_or_a_careless_editor_ends_well(editor):
    (record,) = Sanitizer(**testing.fakes(editor=editor)).records([testing.with_face()])
    before, after = (decoded(data) for data in (testing.with_face(), record.image))
    assert record.status == "edited"
    assert not (after == testing.COLOURS["face"]).all(axis=-1).any()
    assert np.array_equal(after[25:], before[25:])


def test_the_seed_depends_on_image_and_config_alone():
    image = testing.with_face()
    a, b, other = (Sanitizer(**testing.fakes(), seed=s).records([image])[0] for s in (3, 3, 4))
    (alone,), (_, second) = (
        Sanitizer(**testing.fakes(), seed=3).records(batch) for batch in ([image], [testing.blank(), image])
    )
    assert a == b == alone == second
    assert a.provenance.seed != other.provenance.seed


def test_opening_keeps_nothing_of_the_files_metadata(sanitize):
    image = PIL.Image.open(FOLDER / "neg_coffee.jpg")
    exif = image.getexif()
    exif[0x013B] = "PLANTED-ARTIST"
    buffer = BytesIO()
    image.save(buffer, "JPEG", exif=exif, comment=b"PLANTED-COMMENT", quality="keep")
    (record,) = sanitize.records([buffer.getvalue() + b"PLANTED-TRAILER"])
    assert record.status == "safe"
    assert b"PLANTED" not in record.image
    assert {"owner", "comment", "trailing_bytes"} <= set(record.private.metadata_kinds)
    assert np.array_equal(decoded(record.image), open_cell(buffer.getvalue()).rgb)
