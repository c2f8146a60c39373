import numpy as np
import pytest

from hf_unsafe2safe import testing
from hf_unsafe2safe.detectors import text
from hf_unsafe2safe.inspection.joined import classified, person_box
from hf_unsafe2safe.inspection.local import LocalInspector
from hf_unsafe2safe.records import Finding
from hf_unsafe2safe.taxonomy import KINDS
from tests.photos import card, rgb

INSPECTOR = LocalInspector()


def kinds(image):
    return [f.kind for f in INSPECTOR.inspect([image], KINDS)[0].findings]


@pytest.mark.slow
def test_it_conforms():
    testing.check_inspector(INSPECTOR)


def test_the_surname_on_the_name_tag_is_personal():
    (found,) = INSPECTOR.inspect([rgb("people_grace_hopper.jpg")], KINDS)
    assert any(f.kind in ("person_text", "name") and "HOPPER" in (f.text or "") for f in found.findings)


# Drawn cards: what is on them, and the kinds that must be found.
@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (("Name: Jane Example",), {"name"}),  # a name with its label
        (("Tel. +1 415 555 2671",), {"phone"}),  # international phone
        (("jane@example.com",), {"email"}),  # e-mail
        (("www.example.com",), {"url"}),  # URL
        (("4111 1111 1111 1111",), {"card"}),  # card number, Luhn valid
        (("DE89 3704 0044 0532 0130 00",), {"iban"}),  # IBAN, mod 97 valid
        (("Date of birth: 12.03.1984",), {"date"}),  # a date
        (("221B Baker Street",), {"address"}),  # an address
        (("Surname", "Example"), {"name", "text"}),  # a label above its value
        (("NO PARKING", "AT ANY TIME"), {"text"}),  # plain words
    ],
)
def test_text_is_told_apart(lines, expected):
    assert set(kinds(card(*lines))) == expected


def test_faces_only_reads_no_text(monkeypatch):
    monkeypatch.setattr(text, "read", lambda rgb: pytest.fail("text was read"))
    (found,) = INSPECTOR.inspect([rgb("people_grace_hopper.jpg")], ("face",))
    assert [f.kind for f in found.findings] == ["face"]


# Where text lies, seen from a face of 20 x 20 at (100, 100), and whether a person wears it.
@pytest.mark.parametrize(
    ("box", "words", "kind"),
    [
        ((95, 150, 125, 160), "HOPPER", "person_text"),  # on the chest
        ((60, 150, 75, 160), "HOPPER", "person_text"),  # touching the side
        ((300, 150, 350, 160), "HOPPER", "text"),  # beside the person
        ((95, 20, 125, 30), "HOPPER", "text"),  # above the head
        ((95, 150, 125, 160), "|", "text"),  # strokes that are no letters
        ((95, 150, 125, 160), "Tel. +1 415 555 2671", "phone"),  # keeps its own kind
    ],
)
def test_text_on_a_person_is_personal(box, words, kind):
    line = Finding("text", 0.9, box, "any", text=words)
    assert [f.kind for f in classified([face(0), line])] == ["face", kind]


def face(quarters, landmarks=True):
    """Return a face of 20 x 20 at (100, 100) whose mouth is below, right, above or left of its eyes."""
    upright = np.array([[-5, -5], [5, -5], [0, 0], [-4, 5], [4, 5]], float)
    turn = np.array([[0, 1], [-1, 0]])
    points = upright @ np.linalg.matrix_power(turn, quarters).T + 110
    return Finding(
        "face", 0.9, (100, 100, 120, 120), "any", landmarks=tuple(map(tuple, points)) if landmarks else None
    )


# A face turned by quarters, and a point on the chest of its person, which must be in the box.
@pytest.mark.parametrize(
    ("quarters", "chest"), [(0, (110, 170)), (1, (170, 110)), (2, (110, 50)), (3, (50, 110))]
)
def test_the_person_box_lies_where_the_mouth_is(quarters, chest):
    x1, y1, x2, y2 = person_box(face(quarters))
    assert x1 < chest[0] < x2
    assert y1 < chest[1] < y2
    beyond = (220 - chest[0], 220 - chest[1])  # as far on the other side of the face: nobody's chest
    assert not (x1 < beyond[0] < x2 and y1 < beyond[1] < y2)


def test_the_person_box_of_an_upright_face():
    assert person_box(face(0)) == pytest.approx((70, 90, 150, 200))


def test_a_face_without_landmarks_may_wear_text_on_any_side():
    x1, y1, x2, y2 = person_box(face(0, landmarks=False))
    assert (x1, y1, x2, y2) == (20, 20, 200, 200)


def test_a_kind_once_found_stays():
    phone = Finding("phone", 0.9, (300, 300, 350, 310), "any", text="hello")
    assert classified([phone]) == [phone]


@pytest.mark.parametrize("turned", [False, True])
def test_what_a_model_saw_and_nobody_read_turns_no_lines(turned):
    # A card that lies on its side: label above value, each line reading upwards.
    lines = [
        Finding(
            "text", 0.9, (x, 50, x + 20, 250), "ocr", ((x, 250), (x, 50), (x + 20, 50), (x + 20, 250)), text=t
        )
        for x, t in ((50, "Surname:"), (75, "Example"))
    ]
    alone = [f.kind for f in classified(lines)]
    assert "name" in alone
    seen = Finding("private_text", 0.9, (0, 0, 300, 300), "vlm", placed=turned)
    assert [f.kind for f in classified([*lines, seen])] == [*alone, "private_text"]
