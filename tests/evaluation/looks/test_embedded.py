import numpy as np
import pytest

from hf_unsafe2safe.detectors import faces, objects
from hf_unsafe2safe.evaluation.looks.embedded import EMBEDDED
from hf_unsafe2safe.evaluation.looks.look import Looker
from hf_unsafe2safe.evaluation.looks.objects import pooled
from hf_unsafe2safe.taxonomy import TEXT_KINDS
from tests.photos import card, rgb

# Look -> arrays with their dtype kind and the shape of one entry; the others are about the whole image.
LISTS = {
    "faces": {"boxes": ("f", (4,)), "scores": ("f", ()), "landmarks": ("f", (5, 2)),
              "embeddings": ("f", (128,))},
    "faces_second": {"boxes": ("f", (4,)), "scores": ("f", ())},
    "lines": {"boxes": ("f", (4,)), "texts": ("U", ()), "scores": ("f", ()), "kinds": ("U", ())},
    "codes": {"boxes": ("f", (4,)), "texts": ("U", ())},
    "objects": {"boxes": ("f", (4,)), "labels": ("U", ()), "scores": ("f", ())},
    "estimates": {"ages": ("f", ()), "female": ("f", ()), "tones": ("f", ())},
}  # fmt: skip


def look(name, image):
    return EMBEDDED[name]().look([image])[0]


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize(
    ("image", "full"),
    [
        (np.full((40, 60, 3), 128, np.uint8), False),  # nothing to see
        (np.zeros((1, 1, 3), np.uint8), False),  # a pixel
        (rgb("people_astronaut.jpg"), True),  # a face and a person
    ],
    ids=["blank", "pixel", "photo"],
)
def test_arrays_have_one_entry_a_find(name, image, full):
    seen = look(name, image)
    assert {key: (a.dtype.kind, a.shape[1:]) for key, a in seen.items()} == LISTS[name]
    (count,) = {len(array) for array in seen.values()}
    assert count == 0 or full
    assert count or not full or name in ("codes", "lines")


@pytest.mark.parametrize("name", EMBEDDED)
def test_every_look_says_who_it_is(name):
    looker = EMBEDDED[name]()
    assert isinstance(looker, Looker)
    assert looker.name == name
    assert "@" in looker.version  # a model and its revision


def test_a_face_and_its_estimates_are_in_one_order():
    photo = rgb("people_obama_official.jpg")
    assert look("faces", photo)["boxes"][0] == pytest.approx(faces.find(photo)[0].box, rel=1e-5)
    seen = look("estimates", photo)
    assert 30 < seen["ages"][0] < 70
    assert seen["female"][0] < 0.5


def test_a_grey_face_has_no_skin_tone():
    assert np.isnan(look("estimates", rgb("people_cameraman.png"))["tones"]).all()


def test_lines_are_read_with_their_kinds():
    seen = look("lines", card("Email: jane.doe@example.org", "Opening hours"))
    assert [str(kind) for kind in seen["kinds"]] == ["email", "text"]
    assert "jane.doe@example.org" in seen["texts"][0]
    assert set(seen["kinds"]) <= set(TEXT_KINDS)


def test_the_plate_of_a_car_is_one():
    assert "plate" in look("lines", rgb("plate_skoda.jpg"))["kinds"]


def test_the_object_bank_is_of_the_same_scores_as_the_objects():
    photo = rgb("neg_cat.png")
    best = max(
        float(scores[..., objects.LABELS.index("cat")].max()) for scores in objects.class_scores(photo)
    )
    cat = next(thing for thing in objects.find(photo) if thing.label == "cat")
    assert cat.score == pytest.approx(min(best, 1.0))


@pytest.mark.parametrize(
    "shape",
    [
        (1, 1),  # a pixel
        (4, 900),  # one row of cells
        (900, 4),  # one column
        (300, 500),
    ],
)
def test_the_object_bank_has_one_length(shape):
    vector = look("object_bank", np.full((*shape, 3), 90, np.uint8))["vector"]
    assert vector.shape == (2400,)
    assert vector.dtype == np.float32
    assert ((vector >= 0) & (vector <= 1)).all()


def test_pooling_knows_where_a_response_is():
    scores = np.zeros((4, 4, 1))
    scores[3, 0] = 0.64  # bottom left
    largest = pooled(scores)[::2]
    assert largest == pytest.approx([0.8, 0, 0, 0.8, 0])


def test_phash_bears_a_small_change_and_no_other_photo():
    photo = rgb("neg_coffee.jpg")
    own, darker, other = (
        look("phash", i)["bits"] for i in (photo, (photo * 0.9).astype(np.uint8), rgb("neg_cat.png"))
    )
    assert own.shape == (64,)
    assert own.dtype == bool
    assert np.count_nonzero(own != darker) <= 4 < 16 <= np.count_nonzero(own != other)
