import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hf_unsafe2safe.detectors import text
from hf_unsafe2safe.detectors.pii import classify
from hf_unsafe2safe.editing.fill import FillEditor
from hf_unsafe2safe.editing.inpaint import InpaintEditor
from hf_unsafe2safe.editing.masked import region_mask
from hf_unsafe2safe.editing.stand_in.editor import StandInEditor
from hf_unsafe2safe.editing.stand_in.fictional import fictional
from hf_unsafe2safe.editing.stand_in.lettering import colours_of, corners_of
from hf_unsafe2safe.records import EditRequest, Finding, PublicCaption
from hf_unsafe2safe.verification.texts import still_readable
from tests.photos import card, rgb


def draw(seed=0):
    return np.random.default_rng(seed)


def request(pixels, found, seed=0):
    mask = np.bitwise_or.reduce([region_mask(f, pixels.shape[1::-1]) for f in found])
    return EditRequest(pixels, mask, PublicCaption("A photo."), "Edit.", seed, findings=tuple(found))


# Lines that become fiction of the same format.
@pytest.mark.parametrize(
    "line",
    [
        "Jane Doe",  # a bare name
        "Dr. Jane Doe-Smith",  # a name by its honorific: nothing may be left that reads as one
        "4111 1111 1111 1111",  # a card that passes the check of its digits
        "DE89 3704 0044 0532 0130 00",  # an account
        "12.05.1985",  # a date
        "+1 415 555 2671",  # a phone number
        "Musterstraße 12, 10115 Berlin",  # an address, with an accent
        "5AU 5341",  # a plate
        "AB",  # two letters
    ],
)
def test_fiction_has_the_format_and_nothing_else(line):
    made = fictional(line, draw())
    assert len(made) == len(line)
    for before, after in zip(line, made, strict=True):
        assert before.isdigit() == after.isdigit()
        assert before.isupper() == after.isupper()
        assert after != before if before.isalnum() else after == before
    assert not still_readable(line, made)
    assert classify(made) == "text"
    assert made == fictional(line, draw())
    assert len({fictional(line, draw(seed)) for seed in range(8)}) > 4


# Nothing can be written that nobody would take for the real thing.
@pytest.mark.parametrize("line", ["jane@acme.org", "@jane_doe", "...", "~"])
def test_what_has_no_fiction(line):
    assert fictional(line, draw()) is None


@given(st.text(max_size=30), st.integers(0, 2**32))
@settings(max_examples=60, deadline=None)
def test_fiction_is_never_what_was_there(line, seed):
    made = fictional(line, draw(seed))
    assert made is None or not still_readable(line, made)


@pytest.mark.parametrize("angle", [12, -20])
def test_a_line_is_redrawn_and_reads_as_another(angle):
    pixels = card("Jane Doe", "4111 1111 1111 1111", angle=angle)
    found = text.read(pixels)
    assert [f.text for f in found] == ["Jane Doe", "4111 1111 1111 1111"]
    one = request(pixels, found)
    (out,) = StandInEditor("text=redraw").edit([one])
    for line, now in zip(found, text.read_crops(out, [f.outline for f in found]), strict=True):
        assert len(now.text) >= 0.8 * len(line.text)  # somebody reads something there
        assert not still_readable(line.text, now.text)
    assert np.array_equal(out[one.mask == 0], pixels[one.mask == 0])


def test_a_plate_keeps_its_colours():
    photo = rgb("plate_skoda.jpg")
    (line,) = [f for f in text.read(photo) if "5341" in f.text]
    region = region_mask(line, photo.shape[1::-1])
    ink, paper = colours_of(photo, region, corners_of(line))
    assert ink.mean() < 100
    assert paper.mean() > 180
    assert paper.shape == (int((region > 0).sum()), 3)


def test_text_is_inpainted_unless_asked():
    pixels = card("Jane Doe")
    one = request(pixels, text.read(pixels))
    assert np.array_equal(StandInEditor().edit([one])[0], InpaintEditor().edit([one])[0])


# Lines of which nothing can be drawn are inpainted.
@pytest.mark.parametrize(
    ("words", "box"),
    [
        (None, (100, 100, 300, 130)),  # nobody read it
        ("jane@acme.org", (100, 100, 300, 130)),  # no fiction
        ("Jane Doe", (100, 100, 300, 105)),  # too small
    ],
)
def test_a_line_without_fiction_is_inpainted(words, box):
    pixels = card("A long line of plain text")
    one = request(pixels, [Finding("name", 0.9, box, "any", text=words)])
    (out,) = StandInEditor("text=redraw").edit([one])
    assert np.array_equal(out, InpaintEditor().edit([one])[0])


def test_what_is_neither_a_face_nor_text_is_filled():
    photo = rgb("neg_coffee.jpg")
    one = request(photo, [Finding("person", 0.9, (40, 40, 140, 160), "any")])
    assert np.array_equal(StandInEditor().edit([one])[0], FillEditor().edit([one])[0])


def test_what_was_read_is_in_no_repr():
    pixels = card("Jane Doe")
    assert "Jane" not in repr(request(pixels, text.read(pixels)))
