"""Masks, the CLIP filter, groups, splits and weights."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hf_unsafe2safe.errors import DatasetError
from hf_unsafe2safe.evaluation.looks.clip import Clip
from hf_unsafe2safe.evaluation.looks.faces import FacesLook
from hf_unsafe2safe.evaluation.looks.phash import PhashLook
from hf_unsafe2safe.evaluation.subjects import mask_of, recorded_places
from hf_unsafe2safe.schema import PUBLIC_FEATURES
from hf_unsafe2safe.training.triplets import groups as grouping
from hf_unsafe2safe.training.triplets.balance import MOST, weights
from hf_unsafe2safe.training.triplets.filters import FaceGap, Fidelity, face_gap, fidelity
from hf_unsafe2safe.training.triplets.groups import Marks, grouped
from hf_unsafe2safe.training.triplets.make import make_triplets
from hf_unsafe2safe.training.triplets.masks import triplet_mask
from hf_unsafe2safe.training.triplets.read import open_triplets
from hf_unsafe2safe.training.triplets.splitting import validation_rows
from tests.evaluation.tiny_encoders import tiny_clip
from tests.photos import FACES, rgb

EDITED = PUBLIC_FEATURES["risk_regions"].feature["action"].str2int("edited")
REGION = {"kind": "face", "box": [20, 20, 40, 40], "action": EDITED}
NOBODY = np.zeros((0, 128), np.float32)


def marks(name, bits, faces=NOBODY):
    return Marks(name, np.array(bits), np.asarray(faces, np.float32))


def far(i):
    """Return bits that are 32 from those of any other number under 6, mirrored or not."""
    one = (np.arange(64) >> i) & 1 > 0
    return [one, one]


def test_the_mask_is_the_regions_and_what_changed_beside_them():
    before = np.zeros((64, 80, 3), np.uint8)
    after = before.copy()
    after[60, 70] = 1
    region = mask_of(recorded_places([REGION]), (80, 64))
    mask = triplet_mask(before, after, [REGION])
    assert mask[60, 70] == 255
    assert (mask == 255).sum() == (region == 255).sum() + 1
    assert (triplet_mask(before, after, [])[60, 70], triplet_mask(before, after, []).sum()) == (255, 255)
    assert (triplet_mask(before, before + 1, [REGION]) == 255).all()  # saved anew


@pytest.mark.parametrize(
    ("original", "edited", "kept"),
    [
        (0.25, 0.2, True),
        (0.25, 0.17, False),
        (-0.1, 0.2, False),  # the original has nothing to do with the text
        (0.0, 0.2, False),
        (float("nan"), 0.2, False),
        (0.2, float("nan"), False),
    ],
)
def test_a_ratio_that_is_no_number_is_out(original, edited, kept):
    assert (Fidelity(original, edited).ratio > 0.7) is kept


@pytest.mark.parametrize(
    ("distance", "out"), [(None, False), (0.59, True), (0.6, False), (float("nan"), True)]
)
def test_who_is_nearer_than_the_threshold_is_recognised(distance, out):
    assert FaceGap(NOBODY, distance).reidentified is out


def test_clip_fits_are_those_of_the_model():
    clip = Clip(str(tiny_clip()))
    one, other = rgb("neg_cat.png"), rgb("people_cameraman.png")
    found = fidelity(clip, one, other, "A cat.")
    (words,) = clip.texts(["A cat."])
    assert found.original == pytest.approx(float(clip.look([one])[0]["vector"] @ words), abs=1e-5)
    assert found.edited == pytest.approx(float(clip.look([other])[0]["vector"] @ words), abs=1e-5)


@pytest.mark.slow
def test_rows_under_the_ratio_are_counted_out(made, tmp_path):
    def make(ratio):
        options = {"clip": str(tiny_clip()), "clip_ratio": ratio, "validation": 0, "keep_reidentified": True}
        return make_triplets(made / "result", made / "photos", tmp_path / "out", **options)

    with pytest.raises(DatasetError, match=r"CLIP ratio: 6, no image: 1, safe: 1"):
        make(1e6)
    counts = make(1e-9).counts  # what fits at all
    assert counts["kept"] + counts.get("CLIP ratio", 0) == 6
    opened = open_triplets(tmp_path / "out")
    for row in opened.train:
        scores = row["scores"]
        assert scores["clip_ratio"] == pytest.approx(
            scores["clip_edited"] / scores["clip_original"], rel=1e-4
        )
    assert str(tiny_clip()) not in (tmp_path / "out" / "triplets.json").read_text()
    assert (opened.manifest["clip"]["ratio_above"], opened.manifest["clip"]["text"]) == (
        1e-9,
        "public_caption",
    )


def test_without_a_face_there_is_no_distance():
    cat = rgb("neg_cat.png")
    found = face_gap(FacesLook(), cat, cat // 2)
    assert (found.distance, found.reidentified, found.embeddings.shape) == (None, False, (0, 128))


def test_copies_are_found_and_different_photos_are_not():
    look = PhashLook()
    photos = [rgb(name) for name in FACES]
    seen = [*photos, *(photo[::-1][::-1, ::-1] for photo in photos), *(p[::2, ::2] for p in photos)]
    both = [look.look([np.ascontiguousarray(p), np.ascontiguousarray(p[:, ::-1])]) for p in seen]
    rows = [marks(str(i), [one["bits"] for one in looks]) for i, looks in enumerate(both)]
    assert grouped(rows).tolist() == [*range(len(FACES))] * 3  # mirrored and half as large


def test_groups_are_of_files_copies_persons_and_what_links_them():
    face, other = np.zeros((2, 128), np.float32)
    other[0] = 0.59
    rows = [
        marks("a", far(0)),
        marks("b", far(1), [face]),
        marks("a", far(2)),  # the same file
        marks("c", far(3), [other, other + 1]),  # the person of b, and somebody else
        marks("d", far(4), [face + 0.5]),
        marks("e", far(5), [other + 1.01]),  # that somebody
    ]
    assert grouped(rows).tolist() == [0, 1, 0, 1, 2, 1]
    assert grouped([]).tolist() == []


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=12), st.integers(1, 40))
def test_groups_are_those_of_a_plain_search(pairs, at_a_time):
    bits = np.random.default_rng(0).random((len(pairs), 2, 64)) < 0.5
    rows = [marks(f"{i}", bits[i], np.eye(128)[list(pair)]) for i, pair in enumerate(pairs)]
    before = grouping._PAIRS
    try:
        grouping._PAIRS = at_a_time
        found = grouped(rows)
    finally:
        grouping._PAIRS = before
    labels = list(range(len(pairs)))
    for _ in pairs:
        for i, one in enumerate(pairs):
            for j, two in enumerate(pairs):
                bits = (rows[i].bits[0] != rows[j].bits[0]).sum(), (rows[i].bits[0] != rows[j].bits[1]).sum()
                if set(one) & set(two) or min(bits) <= grouping.NEAR_DUPLICATE:
                    labels[i] = labels[j] = min(labels[i], labels[j])
    order = list(dict.fromkeys(labels))
    assert found.tolist() == [order.index(label) for label in labels]


@given(st.lists(st.integers(0, 12), min_size=2, max_size=60), st.floats(0.01, 0.9), st.integers(0, 5))
def test_a_split_is_of_whole_groups_and_near_its_share(names, share, seed):
    groups = np.unique(names, return_inverse=True)[1]
    if groups.max() == 0:
        with pytest.raises(DatasetError, match="validation=0"):
            validation_rows(groups, share, seed)
        return
    apart = validation_rows(groups, share, seed)
    assert apart.any()
    assert not apart.all()
    assert not set(groups[apart]) & set(groups[~apart])
    assert apart.sum() <= max(share * len(groups), np.bincount(groups).min())
    assert not validation_rows(groups, 0, seed).any()


@given(st.lists(st.sampled_from("aaaaaaaaaaaaabc"), min_size=1, max_size=400))
def test_every_class_is_drawn_alike_up_to_the_cap(classes):
    found = weights(classes)
    assert found.mean() == pytest.approx(1, abs=1e-4)
    assert found.max() <= MOST * (1 + 1e-5)
    sums = [found[[one == name for one in classes]].sum() for name in set(classes)]
    if found.max() < MOST * 0.99:
        assert max(sums) == pytest.approx(min(sums), rel=1e-3)
