import pytest

from hf_unsafe2safe import testing
from hf_unsafe2safe.detectors import text
from hf_unsafe2safe.inspection.local import LocalInspector, classify_text, person_box
from hf_unsafe2safe.records import Finding
from hf_unsafe2safe.taxonomy import KINDS
from tests.photos import card, rgb

INSPECTOR = LocalInspector()


def kinds(image):
    return [f.kind for f in INSPECTOR.inspect([image], KINDS)[0].findings]


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
    assert [f.kind for f in classify_text([line], [(100, 100, 120, 120)])] == [kind]


def test_the_person_box_grows_from_the_face():
    assert person_box((100, 100, 120, 130)) == (70, 85, 150, 250)
