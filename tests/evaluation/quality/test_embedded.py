"""Stand-ins without models: things named and found, similarity of embedded features."""

import math

import pytest

from hf_unsafe2safe.detectors.objects import LABELS
from hf_unsafe2safe.evaluation.cheating.embedded_similarity import EmbeddedSimilarity
from hf_unsafe2safe.evaluation.quality.embedded import EmbeddedCaptionScore, things_named
from hf_unsafe2safe.texts.labels import named
from tests.evaluation.pairs import figure, look_objects, look_vector, pair


@pytest.mark.parametrize("label", LABELS)
@pytest.mark.parametrize("count", [1, 3])
def test_every_thing_is_known_by_the_name_that_captions_use(label, count):
    expected = set() if (label, count) == ("orange", 1) else {label}  # one orange may be a colour
    assert things_named(f"A photo of {named(label, count)} in the middle.") == expected


@pytest.mark.parametrize(
    ("caption", "expected"),
    [
        ("A landscape-format photo, mostly orange.", set()),  # a colour
        ("A teddy bear and a hot dog.", {"teddy bear", "hot dog"}),  # neither a bear nor a dog
        ("A scarf and a catalogue.", set()),  # car, cat inside words
        ("People beside a TV", {"person", "tv"}),  # capitals
        ("", set()),
    ],
)
def test_only_things_are_meant(caption, expected):
    assert things_named(caption) == expected


@pytest.mark.parametrize(
    ("caption", "found", "expected"),
    [
        ("A dog and a cat.", ["dog", "cat", "car"], 1.0),  # more than named is no fault
        ("A dog and a cat.", ["dog", "dog"], 0.5),  # one of two
        ("A dog and a cat.", [], 0.0),  # nothing is found
        ("", ["dog"], math.nan),  # no caption
        ("A sunny meadow.", ["dog"], math.nan),  # nothing that the detector knows
    ],
)
def test_share_of_things_found(caption, found, expected):
    row = pair(
        public_caption=caption,
        looks={"objects": look_objects(["dog", "cat"])},
        safe_looks={"objects": look_objects(found)},
    )
    assert figure(EmbeddedCaptionScore(), [row]) == pytest.approx(expected, nan_ok=True)


@pytest.mark.parametrize(
    ("original", "safe", "expected"),
    [
        ([1, 2, 0], [1, 2, 0], 1.0),  # a copy
        ([1, 0, 0], [0, 1, 0], 0.0),  # nothing of it is left
        ([1, 0, 0], [1, 1, 0], 0.5**0.5),
        ([1, 0, 0], [0, 0, 0], math.nan),  # no response at all
    ],
)
def test_embedded_similarity(original, safe, expected):
    row = pair(looks={"object_bank": look_vector(original)}, safe_looks={"object_bank": look_vector(safe)})
    assert figure(EmbeddedSimilarity(), [row]) == pytest.approx(expected, nan_ok=True)
