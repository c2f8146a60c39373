"""The scan for private strings: what it finds in texts and bytes, what it does not, and many at a time."""

import json
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hf_unsafe2safe.errors import PublishError
from hf_unsafe2safe.hub.publishing.look import planted
from hf_unsafe2safe.hub.publishing.look.planted import Needles
from hf_unsafe2safe.hub.publishing.look.search import FEW, Finder

SHA256 = "5e" * 32
ROW = {
    "row": "train/0",
    "source_path": "/srv/jane_doe/photos/Strand Zürich.JPG",
    "image_sha256": SHA256,
    "private_caption": "A woman with a tattoo of a dragon.",
    "read_text": [
        {"kind": "text", "text": "Call +1 415 555 2671"},  # personal by what it says
        {"kind": "name", "text": "Quillfeather"},  # personal by its kind
        {"kind": "text", "text": "bakery"},  # neither
        {"kind": "name", "text": "Jo"},  # too short to be looked for
    ],
}
NOT_TEXT = b"\x89PNG\xff\xfe"  # no UTF-8


@pytest.fixture(scope="module")
def needles():
    return Needles.of_row(ROW, planted=["canary-7", "Müller"])


@pytest.mark.parametrize(
    ("data", "kinds"),
    [
        ("Nothing private. A person with a tattoo in front of a bakery.", ()),
        # each kind, in any case, within other text
        ("x A WOMAN with a tattoo of a dragon. y", (planted.CAPTION,)),
        ("call +1 415 555 2671!", (planted.READ,)),
        ("by quillfeathers", (planted.READ,)),
        ("see Strand Zürich.jpg", (planted.FILE,)),
        ("in jane_doe/", (planted.FOLDER,)),
        (f"sha256:{SHA256.upper()}", (planted.HASH,)),
        ("CANARY-7", (planted.PLANTED,)),
        ("MÜLLER", (planted.PLANTED,)),
        # a whole path is one, and has the others in it
        ("/srv/jane_doe/photos/Strand Zürich.JPG", (planted.FILE, planted.PATH, planted.FOLDER)),
        # accents apart from their letters, as some file systems write them
        ("see Strand Zu\u0308rich.jpg", (planted.FILE,)),
        # several, in the order of KINDS
        ("Quillfeather canary-7", (planted.PLANTED, planted.READ)),
        # not the stem of a file name, not a folder that any dataset has
        ("a strand zürich on photos", ()),
    ],
)
def test_texts(needles, data, kinds):
    assert needles.found_in(data) == kinds
    assert needles.found_in(data.encode()) == kinds


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be", "latin-1"])
@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Strand Zürich.JPG", planted.FILE),
        ("canary-7", planted.PLANTED),
        ("CANARY-7", planted.PLANTED),
        ("MÜLLER", planted.PLANTED),
        ("müller", planted.PLANTED),
    ],
)
def test_bytes(needles, text, kind, encoding):
    assert kind in needles.found_in(NOT_TEXT + text.encode(encoding) + NOT_TEXT)
    assert needles.found_in(NOT_TEXT + text[:-1].encode(encoding) + NOT_TEXT) == ()


def test_short_strings_in_bytes_stand_there_by_chance():
    needles = Needles.of_row({}, planted=["jane!", "jane!!", "abcd"])
    assert needles.found_in("JANE! abcd") == (planted.PLANTED,)
    assert needles.found_in(NOT_TEXT + b"jane!") == ()  # 5 bytes: not looked for
    assert needles.found_in(NOT_TEXT + b"jane!!") == (planted.PLANTED,)  # 6 bytes: as written
    assert needles.found_in(NOT_TEXT + b"JANE!!") == ()
    assert needles.found_in(NOT_TEXT + "ABCD".encode("utf-16-le")) == (planted.PLANTED,)  # 8 bytes
    noise = random.Random(1).randbytes(4_000_000)
    assert needles.found_in(noise) == ()


@pytest.mark.parametrize(
    ("path", "text", "kinds"),
    [
        # a file in an archive, and the archive
        ("zip://faces/quill_a.png::/srv/zebulon/all.zip", "faces/quill_a.png", (planted.FILE,)),
        ("zip://faces/quill_a.png::/srv/zebulon/all.zip", "zebulon", (planted.FOLDER,)),
        # of a dataset on the Hub the name is told in the card
        ("hf://datasets/quill/zebulon@main/a_b_c.png", "quill/zebulon", ()),
        ("hf://datasets/quill/zebulon@main/a_b_c.png", "a_b_c.png", (planted.FILE,)),
        # folders that are things or that any dataset has
        ("/srv/photos/train/accordion/image_1.jpg", "photos of an accordion, split train", ()),
        ("C:\\srv\\zebulon\\image_1.jpg", "zebulon", (planted.FOLDER,)),
        ("", "anything", ()),
    ],
)
def test_paths(path, text, kinds):
    assert Needles.of_row({"source_path": path}).found_in(text) == kinds


def test_what_leaves_on_purpose_is_allowed():
    rows = [
        {"source_path": "/srv/jane_doe/image_1.jpg", "private_caption": "A dog on a mat near a cat."},
        {"private_caption": "A woman on a mat."},
    ]
    text = "jane_doe: A dog on a mat near a cat. A woman on a mat."
    assert Needles.of_rows(rows).found_in(text) == (planted.CAPTION, planted.FOLDER)
    # A caption that names a group of people stays private, whoever says that it may leave.
    allowed = ["Jane_Doe", "A dog on a mat near a cat.", "A woman on a mat."]
    assert Needles.of_rows(rows, allowed=allowed).found_in(text) == (planted.CAPTION,)
    assert Needles.of_rows(rows[:1], allowed=allowed).found_in(text) == ()
    assert Needles.of_rows(rows, planted=["jane_doe"], allowed=allowed).found_in("jane_doe") == (
        planted.PLANTED,
    )


def test_short_planted_strings_are_refused_without_showing_them():
    with pytest.raises(PublishError, match="shorter than 4") as error:
        Needles.of_row({}, planted=["zebulon", "zeb"])
    assert "zeb" not in str(error.value)


def test_nothing_private_is_shown(needles):
    shown = repr(needles) + repr(Finder({b"Quillfeather": planted.READ}))
    assert "Quill" not in shown
    assert "dragon" not in shown


@pytest.mark.parametrize(
    "hidden",
    [
        json.dumps("Müller"),  # backslashes
        "M%C3%BCller",
        "M ü l l e r",
        "Mueller",
    ],
)
def test_what_is_not_found(needles, hidden):
    assert needles.found_in(hidden) == ()


@settings(max_examples=25, deadline=None)  # the first call builds a table
@given(st.integers(0, 2**32), st.integers(4, 60))
def test_many_strings_are_found_wherever_they_stand(seed, length):
    draw = random.Random(seed)
    strings = {draw.randbytes(draw.randint(4, 60)): "other" for _ in range(FEW)}
    needle = draw.randbytes(length)
    data = draw.randbytes(draw.randint(0, 70)) + needle + draw.randbytes(draw.randint(0, 70))
    assert "needle" in Finder({**strings, needle: "needle"}).found_in(data)
    expected = {kind for one, kind in strings.items() if one in data}
    assert Finder(dict(strings) | {b"\0" * 61: "none"}).found_in(data) == expected


def test_many_strings_that_are_alike():
    strings = {b"the same beginning %05d and the same ending" % i: str(i) for i in range(1_000)}
    data = b"the same beginning 00777 and the same ending"
    assert Finder(strings).found_in(b"x" + data + data[1:]) == {"777"}


def test_a_string_over_the_end_of_a_piece(monkeypatch):
    monkeypatch.setattr("hf_unsafe2safe.hub.publishing.look.search._AT_A_TIME", 64)
    strings = {bytes([i]) * 30: str(i) for i in range(100)}
    for before in range(130):
        assert Finder(strings).found_in(b"\xff" * before + bytes([7]) * 30 + b"\xff" * 90) == {"7"}
