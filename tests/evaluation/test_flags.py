"""Flags against annotations like those of VISPR."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hf_unsafe2safe.errors import BackendError, ConfigError, DatasetError, StageError
from hf_unsafe2safe.evaluation.flags import MOST_POINTS, evaluate_flags, report
from hf_unsafe2safe.inspection.local import LocalInspector
from hf_unsafe2safe.records import Finding, Inspection
from tests.photos import FACES, FOLDER, rgb

TRUTH = {name: count > 0 for name, count in FACES.items()}


class Brightness:
    """An inspector whose score is how bright the image is, on a scale that tells the photos apart."""

    covers, models = ("person", "face"), ()

    def __init__(self, error=None):
        self.error, self.sizes = error, []

    def inspect(self, images, kinds):
        self.sizes.append(len(images))
        if self.error and any(len(image) == 400 for image in images):  # one of the photos
            raise self.error
        return [Inspection((Finding("person", self.score(image), (0, 0, 9, 9), "any"),)) for image in images]

    def score(self, image):
        return float(image.mean() / 255)


@pytest.fixture
def annotated(tmp_path):
    """Return a folder of photos and one of annotations, one a photo."""
    images, annotations = tmp_path / "images", tmp_path / "annotations"
    shutil.copytree(FOLDER, images / "val", ignore=lambda _, names: set(names) - set(TRUTH))
    for i, (name, risky) in enumerate(TRUTH.items()):
        annotate(
            annotations / f"part{i % 2}" / f"{i}.json", f"val/{name}", ["a1_face"] if risky else ["a0_safe"]
        )
    return images, annotations


def annotate(path, image_path, labels):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"image_path": image_path, "labels": labels}))


def test_the_detectors_tell_faces_from_none(annotated):
    got = evaluate_flags(LocalInspector(), *annotated, kinds=("face",), threshold=0.35)
    risky = sum(TRUTH.values())
    assert (got.at.tp, got.at.fp, got.at.tn, got.at.fn) == (risky, 0, len(TRUTH) - risky, 0)
    assert (got.at.accuracy, got.at.precision, got.at.recall, got.at.f1) == (1, 1, 1, 1)
    assert (got.n, got.failed) == (len(TRUTH), 0)


def test_nothing_is_flagged_of_other_kinds(annotated):
    got = evaluate_flags(Brightness(), *annotated, kinds=("face",))
    assert (got.at.tp, got.at.fp) == (0, 0)
    assert got.at.precision is None


def test_neither_batches_nor_places_matter(annotated):
    images, _ = annotated
    first, inspector = evaluate_flags(Brightness(), *annotated, batch_size=5), Brightness()
    for path in list((images / "val").iterdir()):
        path.rename(images / path.name)  # found by their names alone
    assert evaluate_flags(inspector, *annotated, batch_size=1) == first
    assert inspector.sizes == [1] * len(TRUTH)


def test_images_that_nobody_annotated_are_not_looked_at(annotated):
    images, _ = annotated
    (images / "other.jpg").write_bytes(b"not looked at")
    assert evaluate_flags(Brightness(), *annotated).n == len(TRUTH)


def test_what_fails_counts_as_flagged(annotated):
    images, annotations = annotated
    (images / "junk.png").write_bytes(b"junk")
    annotate(annotations / "junk.json", "junk.png", ["a0_safe"])
    got = evaluate_flags(Brightness(), *annotated, threshold=1.0)
    assert (got.failed, got.at.fp, got.n) == (1, 1, len(TRUTH) + 1)


@pytest.mark.parametrize("error", [StageError("inspect_failed"), BackendError("backend_unavailable")])
def test_an_inspector_that_fails_at_a_row_fails_that_row(annotated, error):
    fails = sum(1 for name in TRUTH if len(rgb(name)) == 400)
    assert fails
    assert evaluate_flags(Brightness(error), *annotated, threshold=1.0).failed == fails


# What is wrong with the folders, and what is said.
@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda images, annotations: shutil.rmtree(annotations), "no annotations"),
        (lambda images, annotations: shutil.rmtree(images), "12 of 12 annotated images are not"),
        (lambda images, annotations: (annotations / "a.json").write_text("{"), "1 of 13 annotations cannot"),
        (
            lambda images, annotations: (annotations / "a.json").write_bytes(b"\xff"),
            "1 of 13 annotations cannot",
        ),
        (lambda images, annotations: (annotations / "a.json").write_text("[]"), "1 of 13 annotations cannot"),
        (lambda images, annotations: annotate(annotations / "a.json", 5, []), "1 of 13 annotations cannot"),
        (lambda images, annotations: annotate(annotations / "a.json", "x", "a0_safe"), "1 of 13 annotations"),
        (
            lambda images, annotations: annotate(annotations / "a.json", "x", [1]),
            "1 of 13 annotations cannot",
        ),
        (lambda images, annotations: annotate(annotations / "a.json", "secret.png", []), "1 of 13 annotated"),
        (
            lambda images, annotations: annotate(annotations / "a.json", "/etc/passwd", []),
            "1 of 13 annotated",
        ),
        (
            lambda images, annotations: annotate(annotations / "a.json", "../annotations/a.json", []),
            "1 of 13",
        ),
        (
            lambda images, annotations: annotate(annotations / "a.json", "x/neg_cat.png", []),
            "1 of 13 annotations",
        ),
    ],
)
def test_a_folder_that_cannot_be_used(annotated, spoil, message):
    spoil(*annotated)
    with pytest.raises(DatasetError, match=message) as error:
        evaluate_flags(Brightness(), *annotated)
    assert not [part for part in ("secret", "passwd", str(annotated[0].parent)) if part in str(error.value)]


def test_a_name_that_is_there_twice_means_neither(annotated):
    images, annotations = annotated
    for folder in ("a", "b"):
        (images / folder).mkdir()
        shutil.copy(FOLDER / "neg_cat.png", images / folder / "twice.png")
    annotate(annotations / "a.json", "twice.png", ["a0_safe"])
    with pytest.raises(DatasetError, match="1 of 13 annotated images"):
        evaluate_flags(Brightness(), *annotated)
    annotate(annotations / "a.json", "a/twice.png", ["a0_safe"])
    assert evaluate_flags(Brightness(), *annotated).n == 13


def test_batches_have_images():
    with pytest.raises(ConfigError, match="batch_size"):
        evaluate_flags(Brightness(), "images", "annotations", batch_size=0)


def test_the_report_names_no_file(annotated):
    words = json.dumps(evaluate_flags(Brightness(), *annotated).as_dict())
    assert not [name for name in TRUTH if Path(name).stem in words]
    assert "images" not in words


@pytest.mark.parametrize("score", [float("nan"), float("inf"), -1.0, 7.0])
def test_a_score_that_is_none_counts_as_sure(annotated, score):
    inspector = Brightness()
    inspector.score = lambda image: score
    assert evaluate_flags(inspector, *annotated, threshold=1.0).at.recall == 1


pairs = st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=300)


@given(pairs, st.floats(0, 1))
def test_the_numbers_are_those_of_their_definitions(rows, threshold):
    scores, risky = zip(*rows, strict=True)
    for point in (report(scores, risky, threshold=threshold).at, *report(scores, risky).curve):
        flagged = [score >= point.threshold for score in scores]
        both = sum(f and r for f, r in zip(flagged, risky, strict=True))
        right = sum(f == r for f, r in zip(flagged, risky, strict=True))
        assert point.n == len(rows)
        assert point.accuracy == right / len(rows)
        assert point.precision == (both / sum(flagged) if sum(flagged) else None)
        assert point.recall == (both / sum(risky) if sum(risky) else None)
        if point.precision and point.recall:
            mean = 2 * point.precision * point.recall / (point.precision + point.recall)
            assert point.f1 == pytest.approx(mean)


@given(pairs)
def test_a_higher_threshold_never_finds_more(rows):
    curve = report(*zip(*rows, strict=True)).curve
    thresholds = [point.threshold for point in curve]
    assert thresholds == sorted(set(thresholds))
    assert len(curve) <= MOST_POINTS
    for name in ("tp", "fp"):
        counts = [getattr(point, name) for point in curve]
        assert counts == sorted(counts, reverse=True)
    assert (curve[0].fn, curve[0].tn) == (0, 0)  # the lowest score that occurs: everything is flagged


def test_a_long_curve_keeps_both_ends():
    scores = np.linspace(0, 1, 5_000)
    curve = report(scores.tolist(), [True] * 5_000).curve
    assert (len(curve), curve[0].threshold, curve[-1].threshold) == (MOST_POINTS, 0, 1)


@pytest.mark.parametrize(
    ("scores", "risky", "undefined"),
    [
        ([0.1], [True], {"precision"}),  # nothing is flagged
        ([0.1], [False], {"precision", "recall", "f1"}),  # nothing is flagged, and nothing is risky
        ([0.9], [False], {"recall"}),  # nothing is risky
        ([], [], {"accuracy", "precision", "recall", "f1"}),  # no images
    ],
)
def test_a_share_of_nothing_is_none(scores, risky, undefined):
    got = report(scores, risky).at.as_dict()
    assert {name for name, value in got.items() if value is None} == undefined


def test_folders_may_be_relative(annotated, monkeypatch):
    monkeypatch.chdir(annotated[0].parent)
    got = evaluate_flags(Brightness(), "images", "annotations")
    assert got == evaluate_flags(Brightness(), *annotated)
