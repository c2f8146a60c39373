"""The leak guard on captions that a model wrote: names that begin a sentence, things that were found."""

import pytest

from hf_unsafe2safe.records import Finding, Inspection
from hf_unsafe2safe.texts.guard import leaks

# Captions that a model wrote -> what the guard says of them. Half of these begin as a name would.
BEGINNINGS = {
    "Zendaya poses on a carpet.": ("name",),
    "A person walks. Kowalczyk waves.": ("name",),
    "Somebody waves.": (),
    "Music plays in a park.": (),
    "Pizza sits on a wooden table.": (),
    "Train tracks run through a field.": (),
    "Street vendors sell fruit.": (),
    "Colorful sailboats rest on the water.": (),
    "A note with five five five, zero one two.": ("number",),
    "Two people and three dogs.": (),
}


@pytest.mark.parametrize("caption", BEGINNINGS)
def test_who_does_something_at_the_start_of_a_sentence_may_be_named(caption):
    assert leaks(caption, Inspection(), private="A photo.") == BEGINNINGS[caption]
    assert "name" not in leaks(caption, Inspection())  # an instruction begins with a verb


# what was found -> a caption, and whether it tells that
ITEMS = [
    (
        "health",
        "white plaster cast with signatures on the left forearm",
        "A plaster cast with signatures.",
        True,
    ),
    ("health", "orange prescription bottle", "A bottle of pills on a table.", False),  # one word of three
    ("appearance", "wheel chair", "A person in a wheelchair.", True),
    ("person", "man playing tennis on a court", "A person plays tennis on a court.", False),  # not all of it
    ("place", "kitchen with stove, sink and white cabinets", "A kitchen with a stove and a sink.", False),
    ("belonging", "a teddy bear", "A teddy bear on a bed.", True),  # all of it
]


@pytest.mark.parametrize(("kind", "item", "caption", "told"), ITEMS)
def test_what_was_found_is_told_by_enough_of_its_words(kind, item, caption, told):
    found = Finding(kind, 0.9, (0, 0, 9, 9), "vlm", item=item)
    assert ("item" in leaks(caption, Inspection((found,)))) is told
