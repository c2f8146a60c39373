"""`evaluate` from end to end: rows, baselines, processes, what is written and what is never written."""

import json
from pathlib import Path

import numpy as np
import PIL.Image
import pytest

from hf_unsafe2safe import evaluate
from hf_unsafe2safe.errors import ConfigError, DatasetError, StageError, UnknownNameError
from hf_unsafe2safe.evaluation.metric import ExcludedRowError, Metric, part
from hf_unsafe2safe.evaluation.results import read_evaluation
from hf_unsafe2safe.evaluation.subjects import BASELINES
from hf_unsafe2safe.testing.evaluation import Brightness
from tests.runs import make, photos  # noqa: F401


class Changed(Metric):
    """The share of pixels that differ: of the raw baseline it is 0."""

    name, title, dimension, higher_is_better = "changed", "Pixels changed", "cheating", True

    def observe(self, pair):
        return part(float((pair.original.rgb != pair.safe.rgb).any(axis=2).mean()))


class Nothing(Changed):
    name = "nothing"

    def observe(self, pair):
        raise ExcludedRowError("there is nothing")


@pytest.fixture
def result(photos, tmp_path):  # noqa: F811
    make(photos, tmp_path / "out")
    return tmp_path / "out"


def judge(result, originals, *metrics, **options):
    options = {"store": None, **options}
    return evaluate(result, originals, metrics=metrics or [Changed(), Brightness()], **options)


def test_rows_in_are_rows_counted(result, photos):  # noqa: F811
    found = judge(result, photos)
    assert found.rows == {"original": 23, "judged": 21, "without_image": 2}
    assert found.statuses == {"edited": 21, "failed": 2}
    assert found["changed"].figure.rows == 21


def test_the_baselines_are_of_the_same_rows_and_regions(result, photos):  # noqa: F811
    found = judge(result, photos)["changed"].baselines
    assert list(found) == list(BASELINES)
    assert found["raw"].figure.value == 0.0
    assert 0 < found["fill"].figure.value < 0.5  # the face alone
    assert found["reencoded"].figure.value > 0
    for effect in found.values():
        assert effect.difference.value == pytest.approx(effect.safe.value - effect.figure.value)
        assert effect.difference.low <= effect.difference.value <= effect.difference.high


def test_baselines_of_some_rows_only(result, photos):  # noqa: F811
    found = judge(result, photos, baselines=("raw", "fill"), baseline_rows=7)["changed"]
    assert {name: effect.figure.rows for name, effect in found.baselines.items()} == {"raw": 7, "fill": 7}
    assert found.figure.rows == 21
    assert not judge(result, photos, baselines=())["changed"].baselines


def test_what_measures_nothing_is_not_run(result, photos):  # noqa: F811
    found = judge(result, photos, Nothing())
    assert not found.results
    (missing,) = found.not_run
    assert (missing.metric, missing.reason) == ("nothing", "there is nothing (21 rows)")


def test_a_metric_without_its_model_is_not_run_and_never_0(result, photos):  # noqa: F811
    found = judge(result, photos, "clip-score", Changed())
    assert [one.metric for one in found.not_run] == ["clip-score"]
    assert "option clip" in found.not_run[0].reason
    with pytest.raises(KeyError):
        found["clip-score"]


@pytest.mark.slow
def test_the_number_of_processes_changes_nothing(result, photos):  # noqa: F811
    one = judge(result, photos, "ssim", "phash-regions", "edited-too-little")
    two = judge(result, photos, "ssim", "phash-regions", "edited-too-little", num_proc=2)
    assert two.json() == one.json()


def test_the_same_again_gives_the_same_bytes(result, photos):  # noqa: F811
    assert judge(result, photos).json() == judge(result, photos).json()


def test_limit(result, photos):  # noqa: F811
    assert judge(result, photos, limit=4).rows == {"original": 4, "judged": 4}


def test_an_empty_dataset_has_no_figures(photos, tmp_path):  # noqa: F811
    # all rows failed: there is nothing to judge, which is no error
    for path in photos.glob("[0-4]*.png"):
        path.write_bytes(b"junk")
    make(photos, tmp_path / "out")
    found = judge(tmp_path / "out", photos)
    assert found.rows == {"original": 23, "judged": 0, "without_image": 23}
    assert [one.reason for one in found.not_run] == ["no rows that it can measure"] * 2


def test_one_row(photos, tmp_path):  # noqa: F811
    make(photos, tmp_path / "out", limit=1)
    found = judge(tmp_path / "out", photos, limit=1)
    assert found["changed"].figure.rows == 1
    assert found["changed"].figure.low is None  # an interval of one row says nothing


@pytest.mark.slow
def test_sizes_that_differ_and_grey_images(tmp_path):
    before, after = tmp_path / "before", tmp_path / "after"
    rng = np.random.default_rng(0)
    for root in (before, after):
        root.mkdir()
    for i, (size, mode) in enumerate([((64, 48), "RGB"), ((40, 40), "L"), ((90, 30), "RGBA")]):
        pixels = rng.integers(0, 256, (size[1], size[0], 3), np.uint8)
        image = PIL.Image.fromarray(pixels).convert(mode)
        image.save(before / f"{i}.png")
        image.resize((size[0] // 2, size[1] // 2)).save(after / f"{i}.png")
    names = ("ssim", "phash-distance", "ssim-outside", "edited-too-much", "membership")
    found = evaluate(after, before, metrics=names, store=None, baselines=("raw",))
    assert found.rows == {"original": 3, "judged": 3}
    assert {one.metric for one in (*found.results, *found.not_run)} == set(names)
    assert found["ssim"].baselines["raw"].figure.value == pytest.approx(1.0)


def test_other_originals_are_refused(result, photos, tmp_path):  # noqa: F811
    (photos / "03.png").write_bytes((photos / "04.png").read_bytes())
    with pytest.raises(DatasetError, match="Row train/3 of the result was made from another image") as error:
        judge(result, photos)
    assert str(tmp_path) not in str(error.value)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"metrics": ["nosuch"]}, UnknownNameError, "Unknown metrics: nosuch"),
        ({"options": {"clop": "a/b"}}, UnknownNameError, "Unknown option 'clop'"),
        ({"options": {"race_classifier": "a/b"}}, ConfigError, "Pass it in Python"),
        ({"baselines": ["raw", "nosuch"]}, UnknownNameError, "Unknown baselines: nosuch"),
        ({"attack_editor": "klein"}, ConfigError, "no embedded editor"),  # it would load a model
        ({"num_proc": 0}, ConfigError, "num_proc"),
        ({"baseline_rows": 0}, ConfigError, "baseline_rows"),
        ({"limit": 0}, ConfigError, "limit"),
        ({"seed": -1}, ConfigError, "seed must be"),
        ({"regions": "all"}, ConfigError, "regions must be"),
        ({"metrics": [Changed]}, ConfigError, "metrics holds a type"),  # a class, not an object
        ({"metrics": [Changed(), Changed()]}, ConfigError, "Two metrics are called changed"),
        ({"metrics": "privacy"}, ConfigError, "Pass a list"),
    ],
)
def test_wrong_calls(result, photos, options, error, message):  # noqa: F811
    with pytest.raises(error, match=message):
        evaluate(result, photos, **{"metrics": [Changed()], "store": None, **options})


def test_dimensions_name_all_their_metrics(result, photos):  # noqa: F811
    from hf_unsafe2safe.evaluation.catalogue import choose, known

    chosen = choose(["utility"], {})
    asked = {m.name for m in (*chosen.metrics,)} | {one.metric for one in chosen.not_run}
    assert asked == {name for name, kind in known().items() if kind.dimension == "utility"}


def test_what_is_written_can_be_read_back(result, photos, tmp_path):  # noqa: F811
    found = judge(result, photos, output=tmp_path / "judged")
    assert read_evaluation(tmp_path / "judged") == found
    assert (
        json.loads((tmp_path / "judged" / "evaluation.json").read_text())["format"]
        == "unsafe2safe-evaluation/1"
    )


def test_the_card_takes_what_is_written(result, photos):  # noqa: F811
    from hf_unsafe2safe.hub.publishing.evaluated import evaluation_of

    found = judge(result, photos, output=result)
    rows = evaluation_of(result)
    assert [(row["metric"], row["value"]) for row in rows] == [
        (one.metric, one.figure.value) for one in found.results
    ]
    assert {row["better"] for row in rows} <= {"higher", "lower", ""}


def test_nothing_private_is_in_what_may_be_published(photos, tmp_path):  # noqa: F811
    (photos / "00.png").rename(photos / "jane-doe-0170.png")
    make(photos, tmp_path / "out")
    judge(tmp_path / "out", photos, output=tmp_path / "judged")
    for name in ("evaluation.json", "evaluation.md"):
        text = (tmp_path / "judged" / name).read_text()
        assert not [bad for bad in ("jane", str(tmp_path), "train/", photos.name + "/") if bad in text]


def test_the_page_is_for_its_owner_only(result, photos, tmp_path):  # noqa: F811
    judge(result, photos, output=tmp_path / "judged")
    modes = {path.name: path.stat().st_mode & 0o777 for path in Path(tmp_path / "judged").iterdir()}
    assert modes["report-evaluation.html"] == 0o600


def test_an_output_folder_that_cannot_be(result, photos, tmp_path):  # noqa: F811
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="output folder"):
        judge(result, photos, output=tmp_path / "file" / "sub")


class Failing(Changed):
    """Its model fails at some rows."""

    name = "failing"

    def __init__(self, bad):
        self.bad = bad

    def observe(self, pair):
        if int(pair.row.rpartition("/")[2]) in self.bad:
            raise StageError("refused", stage="judge")
        return super().observe(pair)


def test_a_model_that_fails_at_a_row_costs_that_row(result, photos):  # noqa: F811
    figure = judge(result, photos, Failing({3, 7}), Changed(), baselines=())["failing"].figure
    assert (figure.rows, figure.excluded) == (19, {"the model failed": 2})


def test_a_model_that_always_fails_stops_the_run(result, photos):  # noqa: F811
    with pytest.raises(StageError):
        judge(result, photos, Failing(set(range(21))), baselines=())


def test_the_figures_of_another_result_are_not_for_this_card(photos, tmp_path):  # noqa: F811
    from hf_unsafe2safe.hub.publishing.evaluated import evaluation_of

    out = tmp_path / "out"
    make(photos, out, limit=3)
    judge(out, photos, output=out)
    figures = (out / "evaluation.json").read_text()
    assert evaluation_of(out)
    make(photos, out, limit=5, overwrite=True)
    assert not (out / "evaluation.json").exists()  # it goes with the result that it speaks of
    assert not (out / "report-evaluation.html").exists()
    (out / "evaluation.json").write_text(figures)
    with pytest.raises(DatasetError, match="speaks of another one"):
        evaluation_of(out)


def test_the_page_lies_where_nothing_is_published(result, photos, tmp_path):  # noqa: F811
    blurred = tmp_path / "blurred"
    blurred.mkdir()
    for path in photos.glob("0*.png"):
        (blurred / path.name).write_bytes(path.read_bytes())
    places = [(blurred, blurred), (blurred, blurred / "sub"), (blurred, photos / "sub"), (blurred, result)]
    for safe, output in places:
        with pytest.raises(ConfigError):
            judge(safe, photos, output=output)
        assert not list(output.glob("*evaluation*"))
    assert not (photos / "sub").exists()


@pytest.mark.slow
def test_models_of_this_machine_are_not_named(result, photos, tmp_path):  # noqa: F811
    private = (
        "vlm:/home/jane/x,dtype=float16",
        "~/jane/clip",
        "endpoint:http://jane:pw@10.1.2.3/v1,model=jane",
    )
    for value in (*private, str(tmp_path), "../jane/clip"):
        text = judge(result, photos, options={"vqa": value}, limit=2, baselines=()).json()
        assert not [word for word in ("jane", "10.1", str(tmp_path)) if word in text], value
    assert "org/model@main" in judge(result, photos, options={"vqa": "vlm:org/model@main"}, limit=2).json()


@pytest.mark.slow
def test_how_rows_were_paired_is_told(result, photos, tmp_path):  # noqa: F811
    from hf_unsafe2safe.evaluation.output.terminal import table

    same = judge(photos, photos, limit=3, baselines=())
    assert same.settings["paired_by"] == "name"
    assert "paired by name" in table(same)
    assert judge(result, photos, limit=3, baselines=()).settings["paired_by"] == "hash"


def test_an_original_that_is_gone_is_refused(result, photos):  # noqa: F811
    (photos / "03.png").write_bytes(b"junk")
    with pytest.raises(DatasetError, match="Row train/3 of the result was made from another image"):
        judge(result, photos)


@pytest.mark.slow
def test_images_that_cannot_be_opened_are_counted(photos, tmp_path):  # noqa: F811
    other = tmp_path / "other"
    other.mkdir()
    for i in range(3):
        (other / f"{i:02d}.png").write_bytes(b"junk" if i == 1 else (photos / f"{i:02d}.png").read_bytes())
    found = judge(other, photos)
    assert found.rows == {"original": 23, "judged": 2, "missing": 20, "unreadable": 1}


def test_the_metadata_of_the_originals_is_the_floor(photos, tmp_path):  # noqa: F811
    for i, path in enumerate(sorted(photos.glob("[0-2]*.png"))):
        with PIL.Image.open(path) as image:
            exif = image.getexif()
            exif[0x010E] = f"planted {i}"
            image.save(path, exif=exif)
    make(photos, tmp_path / "out")
    found = judge(tmp_path / "out", photos, "metadata-bytes")["metadata-bytes"]
    assert found.figure.value == 0
    assert found.baselines["raw"].figure.value > 20
