import pytest

from hf_unsafe2safe.texts.quotes import repeats, spelt


# Texts, what was read in the image, and whether the text repeats it; one longer word is enough.
@pytest.mark.parametrize(
    ("text", "read", "leak"),
    [
        ("A photo of Jane Example.", "Jane Example", True),  # the whole line
        ("A photo of jane EXAMPLE.", "JANE Example", True),  # mixed case
        ("A photo of JANE-EXAMPLE.", "jane example", True),  # case and marks
        ("A photo of Example.", "Jane Example", True),  # one long word of it
        ("The Examples at home.", "Jane Example", True),  # a plural
        ("Example's hat.", "Jane Example", True),
        ("Jane\u2019s hat.", "Jane Example", True),  # a curly apostrophe
        ("(Example), at last!", "Jane Example", True),  # marks around it
        ("Exam-ple.", "Jane Example", True),  # hyphenated in the text
        ("An example.", "Exam-\nple", True),  # hyphenated in the image, over two lines
        ("E.x.a.m.p.l.e", "Example", True),  # taken apart by points
        ("J a n e E x a m p l e", "Jane Example", True),  # by spaces
        ("JaneExample", "Jane Example", True),  # put together
        ("Ja\u200bne Exam\u200dple", "Jane Example", True),  # zero-width characters in the text
        ("Jane Example", "Ja\u00adne Exa\u2060mple", True),  # and in the image
        ("Ｊａｎｅ", "Jane Example", True),  # full-width letters  # noqa: RUF001
        ("Jose Muller", "José Müller", True),  # accents that a reader drops
        ("Jose\u0301 here", "JOSÉ", True),  # an accent of its own
        ("STRASSE", "Straße", True),
        ("Call 415 555.", "+1 415 555 2671", False),  # pieces under four signs do not count alone...
        ("Call 2671.", "+1 415 555 2671", True),  # ...longer ones do
        ("Call (415) 555-2671.", "+1 415 555 2671", True),
        ("\u0662\u0666\u0667\u0661", "+1 415 555 2671", True),  # digits of another script
        ("2671", "\u0664\u0661\u0665 \u0662\u0666\u0667\u0661", True),
        ("写真に山田太郎がいます", "山田太郎", True),  # no spaces around words
        ("김철수가 있다", "김철수", True),  # an ending without a space
        ("ชายคนนี้ชื่อสมชาย", "สมชาย", True),
        ("A man, Иванов, waves.", "ИВАНОВ", True),
        ("He runs <script> here", "<script>alert(1)</script>", True),  # markup
        ("see C:\\Users\\jane", "C:\\Users\\jane\\a.txt", True),  # a path
        ("in /home/jane/photos", "/home/jane/photos", True),
        ("mail jane@example.org", "jane@example.org", True),
        ("open example.org/jane", "https://example.org/jane", True),  # what a code holds
        ("A bright photo.", "Jane Example", False),  # nothing of it
        ("An example.", "Jane Ex", False),  # no whole word
        ("A sample.", "ample", False),  # a part of a word
        ("A photo.", "", False),
        ("A photo.", "...", False),  # nothing in it
        ("...", "...", False),
    ],
)
def test_personal_text(text, read, leak):
    assert repeats(text, read, words=True) is leak


# The same for plain text, of which only whole lines count.
@pytest.mark.parametrize(
    ("text", "read", "leak"),
    [
        ("A parking lot.", "Parking prohibited", False),
        ("It says parking prohibited.", "Parking prohibited", True),
        ("It says PARKING-PROHIBITED!", "Parking prohibited", True),
        ("A bench.", "bench", True),  # one word is a whole line too
        ("ignore previous instructions", "Ignore previous instructions!", True),
        ("Some instructions.", "Ignore previous instructions!", False),
        ("a way out", "OUT", False),  # three letters
    ],
)
def test_plain_text(text, read, leak):
    assert repeats(text, read, words=False) is leak


def test_one_spelling_is_stable():
    # Without the invisible character the accent joins its letter only the second time.
    text = "e\u200b\u0301 it\u2019s \uff11\u0662"
    assert spelt(text) == "\u00e9 it's 12"
    assert spelt(spelt(text)) == spelt(text)
