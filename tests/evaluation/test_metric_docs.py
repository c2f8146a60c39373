"""Every metric says what it is, and its page says the same."""

import pytest

from hf_unsafe2safe.evaluation.catalogue import OPTIONS, known
from hf_unsafe2safe.evaluation.looks.embedded import EMBEDDED
from hf_unsafe2safe.evaluation.metric import DIMENSIONS
from tests.make_metric_docs import FOLDER, PARTS, pages, parsed

METRICS = known()
OWN_LOOKS = {"clip", "inception", "features", "paper_faces"}  # of options

# Whether a higher figure is better; None: neither end is.
HIGHER_IS_BETTER = {
    "clip-score": True,
    "directional-clip": True,
    "embedded-caption-score": True,
    "embedded-kid": False,
    "fid": False,
    "kid": False,
    "ssim-outside": True,
    "clip-similarity": False,
    "edited-too-little": False,
    "edited-too-much": False,
    "embedded-similarity": False,
    "lpips": True,
    "lpips-regions": True,
    "phash-distance": True,
    "phash-regions": True,
    "ssim": False,
    "ssim-regions": False,
    "adaptive-reidentification": False,
    "age-entropy": True,
    "age-predictability": False,
    "characters-recovered": False,
    "characters-recovered-regions": False,
    "codes-readable": False,
    "entities-left": False,
    "face-distance": True,
    "faces-gone": None,
    "facesim": False,
    "facesim-paper": False,
    "gender-entropy": True,
    "gender-predictability": False,
    "membership": False,
    "metadata-bytes": False,
    "metadata-rows": False,
    "nearest-original": False,
    "plates-readable": False,
    "race-entropy": True,
    "reidentification": False,
    "residual-faces": None,
    "textsim": False,
    "textsim-regions": False,
    "tone-entropy": True,
    "tone-predictability": False,
    "vlm-score": True,
    "caption-similarity": True,
    "detection-agreement": True,
    "detection-agreement-outside": True,
    "fine-tune-accuracy": True,
    "probe-accuracy": True,
    "probe-accuracy-model": True,
    "vqa-accuracy": True,
}


def test_the_pages_are_those_of_the_docstrings():
    wanted = pages()
    assert {path.name for path in FOLDER.glob("*.md")} == set(wanted), "python -m tests.make_metric_docs"
    for name, text in wanted.items():
        assert (FOLDER / name).read_text() == text, f"{name}: python -m tests.make_metric_docs"


@pytest.mark.parametrize("name", METRICS)
def test_a_metric_says_what_it_is(name):
    metric = METRICS[name]
    first, parts = parsed(metric)
    assert tuple(parts) == PARTS
    assert all(len(text) > 3 for text in parts.values())
    assert first.endswith(".")
    assert metric.name == name
    assert 0 < len(metric.title) <= 45
    assert metric.dimension in DIMENSIONS
    assert metric.low < metric.high
    assert set(metric.needs) <= {*EMBEDDED, *OWN_LOOKS}
    assert metric.option in ("", *OPTIONS)


def test_each_metric_is_better_in_the_direction_that_is_written_down_here():
    assert {name: metric.higher_is_better for name, metric in METRICS.items()} == HIGHER_IS_BETTER


def test_no_two_metrics_have_one_title():
    titles = [metric.title for metric in METRICS.values()]
    assert len(set(titles)) == len(titles)
