from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from hf_unsafe2safe.detectors import faces
from hf_unsafe2safe.detectors.geometry import iou
from hf_unsafe2safe.evaluation.metric import ExcludedRowError
from hf_unsafe2safe.evaluation.privacy.adaptive import AdaptiveReidentification
from hf_unsafe2safe.evaluation.privacy.nearest import NearestOriginal
from hf_unsafe2safe.evaluation.privacy.parrot import features
from hf_unsafe2safe.evaluation.privacy.ranking import rank_one
from hf_unsafe2safe.evaluation.privacy.renditions import RENDITIONS, moved_boxes, rendition
from tests.evaluation.pairs import figure, look_faces, pair
from tests.evaluation.privacy.face_pairs import SHARP, photo_pair, seen
from tests.photos import rgb

ROWS = arrays(np.int64, st.tuples(st.integers(1, 12), st.just(3)), elements=st.integers(-4, 4))


@given(ROWS, st.integers(0, 2**31))
def test_rank_one_is_what_a_loop_says(gallery, seed):
    probes = np.random.default_rng(seed).integers(-4, 5, gallery.shape)
    for k, share in enumerate(rank_one(probes, gallery)):
        gaps = [int(((probes[k] - entry) ** 2).sum()) for entry in gallery]
        expected = 1 / gaps.count(min(gaps)) if gaps[k] == min(gaps) else 0
        assert share == pytest.approx(expected)


def test_rank_one_of_many_is_that_of_a_few():
    rng = np.random.default_rng(0)
    gallery = rng.normal(size=(1100, 16))  # more than a chunk
    probes = gallery + rng.normal(size=gallery.shape)
    whole = rank_one(probes, gallery)
    gaps = np.linalg.norm(probes[:, None] - gallery[None], axis=-1)
    assert np.array_equal(whole, gaps.argmin(axis=1) == np.arange(1100))
    assert 0.1 < whole.mean() < 1


def test_rounding_links_nobody():
    noise = np.random.default_rng(0).normal(size=(10, 6)) * 1e-13
    assert np.allclose(rank_one(noise, noise), 0.1)


def test_rank_one_of_what_is_no_number_is_not_safe():
    assert rank_one(np.array([[np.nan], [0.0]]), np.array([[5.0], [0.0]])).tolist() == [1, 1]
    assert rank_one(np.zeros((0, 3)), np.zeros((0, 3))).shape == (0,)


def raw(*embeddings):
    boxes = [(50 * k, 0, 50 * k + 40, 40) for k in range(len(embeddings))]
    image = np.zeros((40, 50 * len(embeddings), 3), np.uint8)
    return pair(image, looks={"faces": look_faces([[v] for v in embeddings], boxes)})


# Rows of embeddings, each against itself -> share that is nearest to itself.
@pytest.mark.parametrize(
    ("rows", "share"),
    [
        ([[0]], 1),  # one face
        ([[0, 1], [2]], 1),
        ([[0, 1], [0]], 2 / 3),  # a face that is there twice
    ],
)
def test_the_nearest_original_is_looked_for_in_all_rows(rows, share):
    assert figure(NearestOriginal(), [raw(*row) for row in rows]) == pytest.approx(share)


def test_each_row_has_its_own_line():
    observed = [NearestOriginal().observe(raw(*row)) for row in ([0, 1], [0], [7, 8, 9])]
    assert NearestOriginal().contributions(observed).tolist() == [[1.5, 2], [0.5, 1], [3, 3]]


# What a tool that edits nothing does to a photo, and the least share of faces that are linked all the same.
@pytest.mark.parametrize(
    ("change", "least"),
    [
        (lambda photo: photo[len(photo) * 8 // 100 :, photo.shape[1] * 8 // 100 :], 1),  # crop left and top
        (lambda photo: photo[:, ::-1], 1),
        (lambda photo: np.rot90(photo, 2), 2 / 3),  # upside down the detector misses one of three
    ],
    ids=["crop", "mirror", "turn"],
)
def test_a_face_that_only_moved_is_linked(change, least):
    raw = [photo_pair(name, "none") for name in SHARP]
    moved = [replace(one, safe=seen(np.ascontiguousarray(change(one.original.rgb)))) for one in raw]
    assert figure(NearestOriginal(), moved) >= least - 1e-9


@pytest.mark.parametrize(
    "editor", ["fill", *(pytest.param(one, marks=pytest.mark.slow) for one in ("blur", "pixelate"))]
)
def test_an_edited_face_is_linked_by_its_place_alone(editor):
    rows = [NearestOriginal().observe(photo_pair(name, editor)) for name in SHARP]
    at_place = [{**row, "seen": row["safe"]} for row in rows]
    table = NearestOriginal().contributions(rows)
    assert np.array_equal(table, NearestOriginal().contributions(at_place))
    assert table[:, 0].sum() < len(SHARP)


# Embeddings found in the safe image, of an original with faces 0 and 5 -> what each is compared with.
@pytest.mark.parametrize(
    ("found", "nearest"),
    [
        ([5.0, 0.1], [0.1, 5]),  # in any order
        ([4.0], [4, 4]),  # one left
        ([], [0, 5]),  # none: what is at the place, which did not change
        ([5.0, np.nan], [np.nan, np.nan]),  # what is no number is the nearest, and counts as linked
    ],
)
def test_the_nearest_found_face_stands_for_an_original_one(found, nearest):
    one = raw(0, 5)
    boxes = [(0, 0, 40, 40)] * len(found)
    moved = replace(one, safe=replace(one.safe, looks={"faces": look_faces([[v] for v in found], boxes)}))
    kept = NearestOriginal().observe(moved)
    assert np.array_equal(kept["seen"][:, 0], np.array(nearest, np.float32), equal_nan=True)
    if np.isnan(nearest).any():
        assert NearestOriginal().contributions([kept]).tolist() == [[2, 2]]


@pytest.mark.parametrize("metric", [NearestOriginal, AdaptiveReidentification])
def test_rows_that_cannot_be_judged_are_left_out(metric):
    with pytest.raises(ExcludedRowError, match="no face in the original"):
        metric().observe(pair(looks={"faces": look_faces()}))
    with pytest.raises(ExcludedRowError, match="no face of 32 pixels"):
        metric().observe(pair(looks={"faces": look_faces([[0]])}))  # of 16


def test_an_unknown_editor_is_not_judged():
    with pytest.raises(ExcludedRowError, match="the editor is not known"):
        AdaptiveReidentification().observe(raw(0))


@pytest.mark.parametrize("how", RENDITIONS)
def test_a_rendition_says_where_its_faces_are(how):
    photo = rgb(SHARP[0])
    face = faces.find(photo)[0]
    points, boxes = np.array([face.landmarks]), np.array([face.box])
    made, there, places = rendition(photo, points, boxes, *how)
    found = faces.find(made)[0]
    assert iou(found.box, places[0].tolist()) > 0.7
    size = found.box[3] - found.box[1]
    assert np.abs(there[0] - np.array(found.landmarks)).max() < 0.1 * size


def test_a_rendition_that_changes_nothing_leaves_all_in_place():
    photo = rgb(SHARP[0])
    points, boxes = np.array([[[3.0, 4]] * 5]), np.array([[1.0, 2, 30, 40]])
    made, there, places = rendition(photo, points, boxes, 1.0, 0.0, 1.0)
    assert np.allclose(there, points)
    assert np.allclose(places, boxes)
    assert np.abs(made.astype(int) - photo).mean() < 4  # JPEG


def test_no_boxes_and_no_faces_may_be_moved():
    _, points, boxes = rendition(rgb(SHARP[0]), np.zeros((0, 5, 2)), np.zeros((0, 4)), *RENDITIONS[0])
    assert points.shape == (0, 5, 2)
    assert boxes.shape == moved_boxes(np.zeros((0, 4)), np.eye(2, 3)).shape == (0, 4)


def test_the_attacks_see_nothing_outside_the_region():
    photo = rgb(SHARP[0])
    face = faces.find(photo)[0]
    x1, y1, x2, y2 = (int(v) for v in face.box)
    wide, high = x2 - x1, y2 - y1
    elsewhere = np.random.default_rng(0).integers(0, 256, photo.shape, np.uint8)
    rows = slice(max(0, y1 - high // 2), y2 + high // 2)
    columns = slice(max(0, x1 - wide // 2), x2 + wide // 2)
    elsewhere[rows, columns] = photo[rows, columns]
    for one, other in zip(
        features(photo, [face], 16).values(), features(elsewhere, [face], 16).values(), strict=True
    ):
        assert np.array_equal(one, other)
    changed = photo.copy()
    changed[y1:y2, x1:x2] //= 2
    assert all(
        not np.array_equal(one, other)
        for one, other in zip(
            features(photo, [face], 16).values(), features(changed, [face], 16).values(), strict=True
        )
    )


@pytest.mark.parametrize(
    ("editor", "least", "most"),
    [
        pytest.param("none", 1, 1, marks=pytest.mark.slow),
        ("pixelate:6", 1, 1),  # no face is to be recognised, and all are linked
        # three faces: the best of three attacks is above chance
        pytest.param("mosaic", 0, 0.85, marks=pytest.mark.slow),
    ],
)
def test_the_adaptive_attack_links_pixelated_faces(editor, least, most):
    pairs = [photo_pair(name, editor) for name in SHARP]
    assert least <= figure(AdaptiveReidentification(), pairs) <= most
    assert figure(AdaptiveReidentification(), pairs[::-1]) == figure(AdaptiveReidentification(), pairs)


def test_what_is_kept_of_a_row_is_small():
    kept = AdaptiveReidentification().observe(photo_pair(SHARP[0], "pixelate:6"))
    assert sum(values.nbytes for values in kept.values()) < 8_000  # one face, three images
    assert all(np.isfinite(values).all() for values in kept.values())


def test_a_figure_is_that_of_the_best_attack():
    lines = np.array([[1.0, 0, 2, 2], [0, 0, 0, 2]])  # hits of three attacks, faces
    metric = AdaptiveReidentification()
    assert metric.summarise(lines) == 0.5
    assert metric.row_value(lines[1]) == 0
    assert np.isnan(metric.summarise(np.zeros((0, 4))))


def test_an_attack_of_another_size_is_understood():
    one = photo_pair(SHARP[0], "none")
    safe = replace(one.safe, rgb=one.safe.rgb[::2, ::2].copy())
    assert AdaptiveReidentification().observe(replace(one, safe=safe))["identity"].shape == (3, 1, 128)
