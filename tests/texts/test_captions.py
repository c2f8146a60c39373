import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hf_unsafe2safe import testing
from hf_unsafe2safe.detectors import objects, text
from hf_unsafe2safe.detectors.objects import LABELS
from hf_unsafe2safe.records import Finding, Inspection, SceneObject
from hf_unsafe2safe.taxonomy import KINDS
from hf_unsafe2safe.texts.captions import TemplateCaptioner
from hf_unsafe2safe.texts.guard import leaks
from hf_unsafe2safe.texts.instructions import TemplateInstructor
from tests.photos import rgb

GREY = np.full((40, 60, 3), 120, np.uint8)
WIDE = np.full((100, 200, 3), 120, np.uint8)
NAN = float("nan")


def finding(kind, box, **more):
    return Finding(kind, 0.9, box, "any", **more)


def scene(*things, findings=()):
    """An inspection with things given as (label, box) or (label, box, score)."""
    made = [SceneObject(label, *score or [0.9], box) for label, box, *score in things]
    return Inspection(tuple(findings), tuple(made))


def public(image, inspection=None):
    return TemplateCaptioner().caption([image], [inspection or Inspection()])[0].public


def said(*things, findings=()):
    """What the caption of a wide grey image says between `photo` and the colours."""
    caption = public(WIDE, scene(*things, findings=findings))
    return caption.partition(" photo")[2].partition("mostly")[0].strip(" ;,.").removeprefix("of ")


def test_it_conforms():
    testing.check_captioner(TemplateCaptioner())


# Images without anything in them.
@pytest.mark.parametrize(
    ("image", "words"),
    [
        (GREY, "An evenly lit, landscape-format photo, mostly in grey tones."),
        (np.full((60, 40, 3), (250, 10, 10), np.uint8), "A bright, upright photo, mostly red."),
        (np.full((50, 50, 3), (10, 10, 60), np.uint8), "A dark, square photo, mostly blue."),
        (np.full((1, 1, 3), 0, np.uint8), "A dark, square photo, mostly in grey tones."),
    ],
)
def test_images_alone(image, words):
    assert public(image) == words


# Regions that hide the whole image, and what is left to say.
@pytest.mark.parametrize(
    ("image", "box", "words"),
    [
        (GREY, (0, 0, 60, 40), "A landscape-format photo."),
        (GREY.transpose(1, 0, 2).copy(), (0, 0, 40, 60), "An upright photo."),
        (GREY, (NAN, 0, 60, 40), "A landscape-format photo."),  # nobody knows where it is
        (GREY, (0, 0, float("inf"), 40), "A landscape-format photo."),
    ],
)
def test_a_hidden_image_has_no_light_and_no_colours(image, box, words):
    assert public(image, Inspection((finding("face", box),))) == words


# A red part of a grey image, as a region of each kind: its colour would tell something of what is in it.
@pytest.mark.parametrize("kind", KINDS)
def test_the_colours_of_a_region_do_not_count(kind):
    image = GREY.copy()
    image[10:30, 10:50] = (255, 0, 0)
    assert "red" in public(image)
    assert "red" not in public(image, Inspection((finding(kind, (10, 10, 50, 30), text="Jane Example"),)))


# The same for things that are no finding, when the policy does not ask for people and vehicles.
@pytest.mark.parametrize(
    ("label", "seen"), [("person", False), ("car", False), ("bus", False), ("dog", True)]
)
def test_the_colours_of_people_and_vehicles_do_not_count(label, seen):
    image = GREY.copy()
    image[10:30, 10:50] = (255, 0, 0)
    assert ("red" in public(image, scene((label, (10, 10, 50, 30))))) is seen


# Things in an image of 200 x 100, and what is said of them.
@pytest.mark.parametrize(
    ("things", "words"),
    [
        ([("dog", (10, 40, 40, 60))], "a grey dog at the left"),
        ([("dog", (90, 40, 110, 60))], "a grey dog in the middle"),
        ([("horse", (160, 40, 190, 60))], "a grey horse at the right"),
        ([("cow", (40, 0, 160, 90))], "a grey cow in the foreground"),
        ([("cow", (100, 40, 110, 50))], "a cow in the background"),  # too few pixels for a colour
        ([("cup", (100, 40, 110, 50))], "a cup in the middle"),  # small things are not far away
        ([("car", (10, 40, 40, 60))], "a car at the left"),  # a vehicle's colour is not said
        ([("car", (10, 40, 40, 60)), ("car", (10, 70, 40, 90))], "two cars at the left"),
        ([("car", (10, 40, 40, 60)), ("car", (150, 70, 180, 90))], "two cars"),  # at both sides
        ([("car", (10, 40, 50, 60)), ("bus", (10, 70, 40, 90))], "a car and a bus at the left"),
        ([("car", (10, 40, 50, 60)), ("bus", (150, 70, 180, 90))], "a car at the left, a bus at the right"),
        ([("car", (10, 40, 40, 60)), ("truck", (10, 41, 40, 61), 0.6)], "a car at the left"),  # two names
        ([("car", (10, 40, 40, 60), 0.4)], ""),  # not sure enough
        ([("car", (10, 40, 40, 60), NAN)], ""),
        ([("car", (NAN, 40, 40, 60))], ""),
        ([("car", (40, 60, 10, 40))], ""),  # inside out
        ([("car", (10, 40, 11, 41))], ""),  # a few pixels
        ([("tie", (10, 40, 40, 60)), ("handbag", (60, 40, 90, 60))], ""),  # clothing tells who it is
        ([("person", (10, 40, 40, 60))], "a person at the left"),
        ([("person", (40, 0, 160, 90))], "a person in the foreground"),
        ([("person", (NAN, 0, 120, 90))], "a person"),
        ([("person", (10, 40, 40, 60)), ("cell phone", (20, 45, 30, 55))], "a person at the left"),  # in hand
        ([("person", (NAN, 40, 40, 60)), ("cell phone", (20, 45, 30, 55))], "a person"),
        (
            [("person", (10, 40, 40, 60)), ("laptop", (30, 45, 70, 65))],
            "a laptop at the left; a person at the left",
        ),  # beside
    ],
)
def test_things_and_places(things, words):
    assert said(*things) == words


# So many people side by side, at the left of the image.
@pytest.mark.parametrize(
    ("count", "words"),
    [
        (1, "a person at the left"),
        (2, "two people at the left"),
        (3, "a group of people at the left"),
        (7, "a group of people at the left"),
        (8, "a crowd at the left"),
        (60, "a crowd at the left"),
    ],
)
def test_people_are_counted_vaguely(count, words):
    boxes = [(i / 2, 20, i / 2 + 30, 60) for i in range(count)]
    assert said(*(("person", box) for box in boxes)) == words
    assert said(findings=[finding("person", box) for box in boxes]) == words


def test_people_who_are_findings_and_objects_count_once():
    box = (10, 40, 40, 60)
    assert said(("person", box), findings=[finding("person", box)]) == "a person at the left"


# Lines of text as (kind, height in pixels of 100, count), and what is said of them.
@pytest.mark.parametrize(
    ("kind", "height", "count", "words"),
    [
        ("text", 3, 1, "with a little text"),
        ("text", 8, 1, "with a sign with text"),
        ("text", 8, 4, "with signs with text"),
        ("phone", 8, 2, "with a sign with text"),  # what kind it is, is not said
        ("text", 3, 12, "with a page of text"),
        ("document", 80, 1, "with a page of text"),
        ("person_text", 8, 1, ""),  # a name tag, a jersey: it belongs to the person
        ("plate", 8, 1, ""),
        ("code", 8, 1, ""),
        ("screen", 8, 1, ""),
        ("face", 8, 1, ""),
    ],
)
def test_text_classes(kind, height, count, words):
    lines = [finding(kind, (150, 5, 190, 5 + height), text="Jane Example") for _ in range(count)]
    assert said(findings=lines) == words


def test_text_that_was_hardly_read_is_not_spoken_of():
    line = (150, 5, 190, 15)
    assert said(findings=[Finding("text", 0.4, line, "any"), Finding("text", NAN, line, "any")]) == ""


# What stands in the image, and where it was taken.
@pytest.mark.parametrize(
    ("labels", "where"),
    [
        (["car"], "outdoor"),
        (["traffic light", "bench"], "outdoor"),
        (["couch", "tv"], "indoor"),
        (["microwave"], "indoor"),
        (["dog"], ""),  # anywhere
        (["chair"], ""),  # too weak alone
        (["car", "bed"], ""),  # one against one
        (["bus", "car", "chair"], "outdoor"),  # a café
        ([], ""),
    ],
)
def test_indoor_and_outdoor(labels, where):
    things = [(label, (20 * i, 40, 20 * i + 15, 55)) for i, label in enumerate(labels)]
    caption = public(WIDE, scene(*things))
    assert [word for word in ("indoor", "outdoor") if f" {word} photo" in caption] == [where] * bool(where)


def test_everything_together():
    image = np.zeros((100, 200, 3), np.uint8)
    image[:50], image[50:] = (90, 160, 255), (60, 160, 60)
    things = [("car", (5, 60, 35, 75)), ("car", (35, 60, 60, 75)), ("bench", (40, 80, 60, 90))]
    people = [finding("person", (80 + 10 * i, 50, 100 + 10 * i, 80)) for i in range(4)]
    sign = finding("text", (150, 5, 190, 20), text="Jane Example")
    assert public(image, scene(*things, findings=[*people, sign])) == (
        "A bright, landscape-format outdoor photo of two cars and a green bench at the left; "
        "a group of people in the middle; a sign with text; mostly blue and green."
    )


BOXES = st.tuples(*[st.floats(-50, 250) | st.just(NAN)] * 4)
THINGS = st.builds(SceneObject, st.sampled_from(LABELS), st.floats(0, 1) | st.just(NAN), BOXES)
FOUND = st.builds(Finding, st.sampled_from(KINDS), st.floats(0, 1), BOXES, st.just("any"))
SCENES = st.builds(
    Inspection,
    st.lists(FOUND, max_size=15).map(tuple),
    st.lists(THINGS, max_size=25).map(tuple),
)


@settings(deadline=None)
@given(SCENES, st.integers(0, 2**32 - 1))
def test_captions_and_their_instructions_never_trip_the_guard(inspection, seed):
    image = np.random.default_rng(seed).integers(0, 256, (5, 9, 3), np.uint8).repeat(20, 0).repeat(22, 1)
    captions = TemplateCaptioner().caption([image], [inspection])[0]
    assert 1 <= len(captions.public.split()) <= 50
    assert 1 <= len(captions.private.split()) <= 50
    assert leaks(captions.public, inspection) == ()
    for argument in ("", "demographics"):
        (instruction,) = TemplateInstructor(argument).instruct([captions.public], [seed])
        assert leaks(instruction, inspection, demographics=False) == ()


@pytest.mark.parametrize("label", LABELS)
def test_no_label_trips_the_guard(label):
    one, several = (label, (80, 20, 140, 80)), [(label, (70 * i, 20, 70 * i + 60, 80)) for i in range(3)]
    assert leaks(public(WIDE, scene(one)), Inspection()) == ()
    assert leaks(public(WIDE, scene(*several)), Inspection()) == ()


@settings(deadline=None)
@given(SCENES, st.randoms())
def test_a_caption_does_not_depend_on_the_order_of_things(inspection, random):
    mixed = list(inspection.objects)
    random.shuffle(mixed)
    assert public(WIDE, inspection) == public(WIDE, Inspection(inspection.findings, tuple(mixed)))


def test_the_private_caption_has_what_was_found_and_read():
    read = [finding("name", (0, 0, 5, 5), text="Jane Example"), finding("face", (0, 0, 9, 9))]
    things = [("tie", (0, 0, 5, 5)), ("car", (0, 0, 5, 5)), ("car", (9, 9, 15, 15))]
    captions = TemplateCaptioner().caption([GREY], [scene(*things, findings=read)])[0]
    assert captions.private == (
        "A photo with 1 x face, 1 x name. To be seen: two cars, a tie. It reads: Jane Example"
    )
    assert "Jane" not in repr(captions)


def test_the_private_caption_has_at_most_50_words_and_never_loses_what_was_read():
    many = [(label, (0, 0, 9, 9)) for label in LABELS]
    read = [finding("name", (0, 0, 5, 5), text="Jane Example")]
    lines = [finding("text", (0, 0, 5, 5), text="word")] * 80
    captions = TemplateCaptioner().caption([GREY], [scene(*many, findings=[*read, *lines])])[0]
    assert "Jane Example" in captions.private
    assert len(captions.private.split()) == 50


# Shipped photos, and what of a scene their captions name.
@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("neg_cat.png", ["cat in the foreground"]),
        ("neg_motorcycle.jpg", ["outdoor", "motorcycle in the foreground"]),
        ("plate_skoda.jpg", ["outdoor", "cars"]),
        ("people_obama_official.jpg", ["upright", "of a person in the foreground"]),
        ("neg_flower.jpg", ["landscape-format", "blue"]),
    ],
)
def test_photos(name, words):
    image = rgb(name)
    inspection = Inspection(objects=tuple(objects.find(image)))
    caption = public(image, inspection)
    assert [word for word in words if word not in caption] == []
    assert leaks(caption, inspection) == ()


def test_a_photo_with_a_name_tag_and_a_tie():
    image = rgb("people_grace_hopper.jpg")
    inspection = Inspection(tuple(text.read(image)), tuple(objects.find(image)))
    captions = TemplateCaptioner().caption([image], [inspection])[0]
    assert "a person in the foreground; a sign with text; mostly" in captions.public
    assert "a tie" in captions.private
    assert "HOPPER" in captions.private
    assert leaks(captions.public, inspection) == ()
