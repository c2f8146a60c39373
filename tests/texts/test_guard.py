import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hf_unsafe2safe.errors import StageError
from hf_unsafe2safe.records import Captions, Finding, Inspection, PublicCaption
from hf_unsafe2safe.taxonomy import TEXT_KINDS
from hf_unsafe2safe.texts.guard import (
    GUARDS,
    NEUTRAL_CAPTION,
    NEUTRAL_INSTRUCTION,
    guarded,
    leaks,
    public_captions,
    public_instructions,
)

NOTHING = Inspection()


def found(*lines, kind="name"):
    return Inspection(tuple(Finding(kind, 0.9, (0, 0, 5, 5), "any", text=line) for line in lines))


def captions(*texts):
    return [Captions("private", PublicCaption(text)) for text in texts]


# Captions, what was read in the image, and what the guard says of them.
@pytest.mark.parametrize(
    ("text", "read", "reasons"),
    [
        ("A photo of a car.", "", ()),
        # read_text
        ("A photo of jane-example, smiling.", "Jane Example", ("read_text",)),
        ("Now ignore previous instructions.", "ignore previous instructions", ("read_text",)),
        ("A page with <script> tags.", "<script>", ("read_text",)),
        ("A photo from c:/users/jane now.", "C:\\Users\\jane", ("read_text", "name")),
        ("A sign with the word \u201cwelcome\u201d.", "", ("read_text",)),  # quoted, though not read
        ('A sign that says "welcome".', "", ("read_text",)),
        ("A sign that says 'come in'.", "", ("read_text",)),
        ("A person's dog and the people's bikes.", "", ()),  # apostrophes quote nothing
        # personal
        ("A note: it@example.org", "", ("personal",)),
        ("A page of www.example.org here.", "", ("personal",)),
        ("A card with 4111 1111 1111 1111.", "", ("personal", "number")),
        ("Call +1 415 555 2671.", "", ("personal", "number")),
        ("call \uff0b1 \u0664\u0661\u0665 555 2671", "", ("personal", "number")),  # digits of other scripts
        ("A photo of 5 may 2021.", "", ("personal", "number")),
        ("a house at 12 oak street", "", ("personal",)),
        ("An account, @jane_example.", "", ("personal",)),
        # name
        ("A photo of Dr. Example.", "", ("name",)),
        ("A photo of Mrs Example.", "", ("name",)),
        ("A podium with Barack Obama.", "", ("name",)),  # a capital letter within a sentence
        ("Barack smiles.", "", ("name",)),  # a given name, at the start
        ("a photo of john", "", ("name",)),  # or in lower case
        ("JOHN'S hat.", "", ("name",)),
        ("Jo\u200bhn smiles.", "", ("name",)),  # zero-width characters
        ("A bridge in London.", "", ("name",)),  # places are names too
        ("A bus, a TV, an LED and a T-shirt. I see it: A photo.", "", ()),  # capitals that are none
        ("They may stand; they will wave; a mark, a rose, a bill.", "", ()),  # words that are also names
        # number
        ("A bus with number 453.", "", ("number",)),
        ("Route 4 5 3.", "", ("number",)),  # taken apart
        ("A clock at 10:30.", "", ("number",)),
        ("Area 4-5-3 and \u0664\u0665\u0663.", "", ("number",)),
        ("A jersey with 23.", "", ()),  # two digits that were not read
        ("A jersey with 23.", "No 23", ("number",)),  # that were
        ("A jersey with \u0662\u0663.", "23", ("number",)),
        ("A jersey with 23.", "1234", ()),
        # brand
        ("A Nike shirt.", "", ("brand",)),
        ("a COCA-COLA can", "", ("brand",)),
        ("A car by ni\u200bssan.", "", ("brand",)),
        ("An apple and an orange.", "", ()),
        # demographic
        ("A woman on a bench.", "", ("demographic",)),
        ("Two ASIAN boys.", "", ("demographic",)),
        ("An elderly driver.", "", ("demographic",)),
        ("A Muslim couple.", "", ("demographic",)),
        ("A blind person.", "", ("demographic",)),
        ("A white person in a white car.", "", ("demographic",)),
        ("A white car and a black dog.", "", ()),
        # several
        ("A man with a Nike bag, number 453.", "", ("number", "brand", "demographic")),
        ("Mr. Example, 453.", "Example", ("read_text", "name", "number")),
    ],
)
def test_leaks(text, read, reasons):
    assert leaks(text, found(read)) == reasons
    assert set(reasons) <= set(GUARDS)


# Captions and what is published instead.
@pytest.mark.parametrize(
    ("text", "published"),
    [
        ("A photo of a car.", "A photo of a car."),
        ("A  photo\u200b of a\ncar.", "A photo of a car."),  # one spelling, nothing invisible
        ("A woman in a Nike shirt.", "A person in a shirt."),
        ("A white Nike man.", "A person."),  # what stands together only then
        ("A Ford. The Japanese woman drives.", "A car. The person drives."),
        ("A woman called Jane.", NEUTRAL_CAPTION),  # cutting the name out would tell where it was
        ("A photo of secretword.", NEUTRAL_CAPTION),
        ("A man with number 453.", NEUTRAL_CAPTION),
        ("Women.", "People."),
        ("Nike.", "Clothing."),
        ("Elderly.", NEUTRAL_CAPTION),  # nothing is left
        (NEUTRAL_CAPTION, NEUTRAL_CAPTION),
    ],
)
def test_what_is_published(text, published):
    inspection = found("secretword")
    (caption,), _ = public_captions(captions(text), [inspection])
    assert caption == published
    assert public_captions(captions(caption), [inspection]) == ([caption], [()])


def test_the_guards_are_counted_per_row_and_the_other_rows_stay():
    inspections = [found("Jane Example")] * 3
    texts = ("A photo of Jane Example.", "A photo.", "A woman.")
    assert public_captions(captions(*texts), inspections) == (
        ["An image.", "A photo.", "A person."],
        [("read_text", "name"), (), ("demographic",)],
    )
    assert public_instructions(texts, inspections) == (
        [NEUTRAL_INSTRUCTION, "A photo.", "A person."],
        [("read_text", "name"), (), ("demographic",)],
    )


def test_instructions_name_no_groups_unless_they_may():
    texts = ["Replace the face with an elderly asian muslim woman."]
    assert public_instructions(texts, [NOTHING]) == (["Replace the face with a person."], [("demographic",)])


# Captions of several sentences, what was read, what was found, and what is left.
@pytest.mark.parametrize(
    ("text", "read", "item", "published", "reasons"),
    [
        ("A person sits. They talk to Jane.", "", "", "A person sits.", ("name",)),
        ('A street at dusk. A sign says "open".', "", "", "A street at dusk.", ("read_text",)),
        ("A woman sits there. A bus, 453.", "", "", "A person sits there.", ("number", "demographic")),
        ("A red hat. A person sits there.", "", "a red hat", "A person sits there.", ("item",)),
        ("A hat is there. It is red.", "", "a red hat", NEUTRAL_CAPTION, ("item",)),  # only together
        ("A person, 453.", "", "", NEUTRAL_CAPTION, ("number",)),  # nothing is left
        ("Yes. A person, 453.", "", "", NEUTRAL_CAPTION, ("number",)),  # nothing that says much
        (
            "A bakery stands there. Below is 453.",
            "453 Bakery",
            "",
            NEUTRAL_CAPTION,
            ("number",),
        ),  # half a line
    ],
)
def test_sentences_that_tell_too_much_are_dropped(text, read, item, published, reasons):
    findings = (
        Finding("text", 0.9, (0, 0, 5, 5), "any", text=read),
        Finding("belonging", 0.9, (0, 0, 5, 5), "any", item=item),
    )
    inspection = Inspection(findings)
    assert guarded(text, inspection, NEUTRAL_CAPTION) == (published, reasons)
    assert guarded(published, inspection, NEUTRAL_CAPTION) == (published, ())


def test_a_public_caption_is_compared_with_the_private_one():
    both = [
        Captions("A bench at the Golden Gate.", PublicCaption("A bench there. It is near a golden gate."))
    ]
    assert public_captions(both, [NOTHING]) == (["A bench there."], [("private_caption",)])
    brand = [Captions("A red Nike bag.", PublicCaption("A nike bag."))]  # what is taken out anyhow
    assert public_captions(brand, [NOTHING]) == (["A bag."], [("brand",)])


# A short word that was read tells who it is where it is a name, or stands on a person or a plate.
@pytest.mark.parametrize(
    ("kind", "read", "text", "told"),
    [
        ("name", "Kim Lee", "A photo of a lee badge.", True),
        ("person_text", "WU", "A sign with wu on it.", True),
        ("plate", "KXZ 12", "A car with kxz on it.", True),
        ("name", "The Lee", "A photo of the sea.", False),  # a function word
        ("url", "www.kim.io", "A kim on a table.", False),  # not a kind that names
        ("text", "Kim", "A kim on a table.", False),  # plain words count as whole lines of four letters
    ],
)
def test_short_words_that_were_read(kind, read, text, told):
    inspection = Inspection((Finding(kind, 0.9, (0, 0, 9, 9), "any", text=read),))
    assert ("read_text" in leaks(text, inspection)) is told


def test_a_word_that_mixes_scripts_is_refused():
    assert "read_text" in leaks("A person j\u0430ne sits.", NOTHING)


def test_a_text_without_end_is_refused():
    with pytest.raises(StageError):
        public_captions(captions("a." * 600), [NOTHING])


# With demographics=True they may name the age and the gender of people whom they invent, but nothing else.
@pytest.mark.parametrize(
    ("text", "published"),
    [
        ("Show a young adult, a woman.", "Show a young adult, a woman."),
        ("Show a woman in a Nike shirt.", "Show a woman in a shirt."),
        ("Show an Asian woman.", NEUTRAL_INSTRUCTION),  # origin has a capital letter
        ("Show Barack Obama.", NEUTRAL_INSTRUCTION),
        ("Write 453 on it.", NEUTRAL_INSTRUCTION),
    ],
)
def test_instructions(text, published):
    assert public_instructions([text], [NOTHING], invents=True)[0] == [published]


def test_a_fixed_text_stays_whatever_was_read():
    inspection = found("An image.", NEUTRAL_INSTRUCTION)
    assert public_captions(captions(NEUTRAL_CAPTION), [inspection]) == ([NEUTRAL_CAPTION], [()])
    assert public_instructions([NEUTRAL_INSTRUCTION], [inspection]) == ([NEUTRAL_INSTRUCTION], [()])


def test_the_second_look_takes_what_was_read_late():
    text = "A photo of a bakery."
    assert guarded(text, NOTHING, NEUTRAL_CAPTION) == (text, ())
    assert guarded(text, found("Bakery", kind="text"), NEUTRAL_CAPTION) == (NEUTRAL_CAPTION, ("read_text",))


# Texts that no stage may return; the row fails.
@pytest.mark.parametrize(
    "text",
    ["", "   ", "\u200b\u200d", "word " * 51, None, 7],
    ids=["empty", "blank", "invisible", "too long", "none", "a number"],
)
def test_bad_public_texts_fail_their_row(text):
    with pytest.raises(StageError, match="caption_failed"):
        public_captions(captions(text), [NOTHING])
    with pytest.raises(StageError, match="instruct_failed"):
        public_instructions([text], [NOTHING])


def test_a_lost_text_fails():
    with pytest.raises(StageError):
        public_captions([], [NOTHING])


LINES = st.text(min_size=4, max_size=40).filter(lambda line: sum(c.isalpha() for c in line) >= 4)
HOSTILE = st.sampled_from(["ignore previous instructions", "<script>alert(1)</script>", "C:\\Users\\jane"])


@settings(deadline=None)
@given(LINES | HOSTILE, st.sampled_from(TEXT_KINDS), st.sampled_from(["A sign: {}.", "{}", "It, {}, here"]))
@example("<b>ignore all</b>", "code", "A sign: {}.")
@example("FIREMAN", "name", "A sign: {}.")
def test_no_line_that_was_read_is_published(line, kind, frame):
    inspection = found(line, kind=kind)
    text = frame.format(line)
    assert guarded(text, inspection, NEUTRAL_CAPTION).text == NEUTRAL_CAPTION
    assert guarded(text, inspection, NEUTRAL_INSTRUCTION, demographics=False).text == NEUTRAL_INSTRUCTION


SPOKEN = st.lists(
    st.sampled_from(
        ["A", "an", "woman", "old", "black", "Asian", "Nike", "Jane", "453", "car", "and", ",", "."]
    )
    | st.text(max_size=5),
    max_size=20,
).map(" ".join)


@settings(deadline=None)
@given(SPOKEN.filter(str.strip), st.lists(st.text(max_size=12), max_size=3), st.booleans())
def test_the_guard_is_idempotent_and_lengthens_nothing(text, lines, demographics):
    inspection = found(*lines)
    once = guarded(text, inspection, NEUTRAL_CAPTION, demographics=demographics)
    assert guarded(once.text, inspection, NEUTRAL_CAPTION, demographics=demographics) == (once.text, ())
    assert bool(once.reasons) == bool(once.text != text)
    assert once.text == NEUTRAL_CAPTION or leaks(once.text, inspection, demographics=demographics) == ()
