import pytest

from hf_unsafe2safe.records import Finding, Inspection
from hf_unsafe2safe.texts.told import names_item, retells


def found(*items, context="", text=None):
    findings = tuple(Finding("belonging", 0.9, (0, 0, 9, 9), "vlm", item=item, text=text) for item in items)
    return Inspection(findings, context=context)


# What was found, in a model's words, a public text, and whether it names the thing.
@pytest.mark.parametrize(
    ("item", "text", "told"),
    [
        ("a red hat", "A person with a red hat.", True),
        ("a red hat", "Two hats, and a red car.", True),  # anywhere, in the plural
        ("a red hat", "A person with a hat.", False),  # half of it tells less
        ("wedding rings", "A ring for a WEDDING.", True),  # the singular, another case
        ("two families at a table", "A family. Tables.", True),
        ("woman's handbag", "A handbag on a chair.", True),  # whose it is does not count
        ("hand-written note", "A note, hand written.", True),
        ("caf\u00e9 receipt", "A cafe receipt.", True),  # accents
        ("a man's face", "A person's face.", False),  # words about anybody
        ("people in the background, partly visible", "People in the background.", False),
        ("", "A person.", False),
        ("\u540d\u524d", "A person.", False),  # another script is never in an English text
        ("note", "A notebook.", False),  # whole words
    ],
)
def test_names_item(item, text, told):
    assert names_item(text, found(item)) is told


def test_one_of_several_items_is_enough_and_the_context_may_be_named():
    assert names_item("A kite on a beach.", found("a red hat", "a kite"))
    assert not names_item("A kite on a beach.", found("a red hat", "a kite", context="class: kites"))
    assert names_item("A red kite on a beach.", found("a red kite", context="kite"))


# A private caption, a public one, and whether that tells a name or a number of it.
@pytest.mark.parametrize(
    ("private", "public", "told"),
    [
        ("A man at the Golden Gate.", "A person at a golden gate.", True),  # in lower case
        ("A man at the Golden Gate.", "A person near golden light.", True),  # a part of it
        ("A man called O'Hara.", "A person, ohara.", False),  # taken apart it is `name`'s business
        ("A shirt with number 23.", "A shirt with 23.", True),  # a number
        ("A shirt with \u0662\u0663.", "A shirt with 23.", True),  # of another script
        ("Bus X17 stops.", "A bus, x17.", True),
        ("A note by Dr. Zebulon.", "A note by zebulon.", True),  # not the end of a sentence
        ("It reads: Zebulon; Quill.", "A zebulon.", True),  # nor is a colon
        ("It reads: Zebulon; Quill.", "A quill.", True),
        ("A cat. Quills lie there.", "A quill.", False),
        ("An Apple laptop.", "A laptop by apple.", True),  # a brand that is a plain word
        ("Golden light on a field.", "A field in golden light.", False),  # it begins a sentence
        ("A dog. Dogs and a Dog.", "A dog.", False),  # in lower case too: no name
        ("A TV and an SUV.", "A TV beside an SUV.", False),  # capitals that are none
        ("A view of The Hague.", "The view.", False),  # function words
        ("", "A person.", False),
    ],
)
def test_retells(private, public, told):
    assert retells(public, private, found()) is told


def test_what_was_read_is_not_looked_for_here_but_what_the_dataset_says_is():
    assert retells("A stop sign.", "A sign. It reads: NO Stop", found())
    # In capital letters only it is a sign, and looked for as what was read; else it may be somebody's name.
    assert not retells("A stop sign.", "A sign. It reads: NO STOP", found("a sign", text="NO STOP"))
    assert retells("A stop sign.", "A sign. It reads: NO Stop", found("a sign", text="NO Stop"))
    assert retells("A person, zebulon.", "A man called Zebulon.", found(context="Zebulon"))
