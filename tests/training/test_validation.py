"""How an editor is judged on the way, and which step is the best."""

import json
import stat

import numpy as np
import PIL.Image
import pytest
from datasets import Dataset

from hf_unsafe2safe.training.sampler import Sampler
from hf_unsafe2safe.training.validation.best import better
from hf_unsafe2safe.training.validation.picture import sheet
from hf_unsafe2safe.training.validation.validate import Validator
from tests.training.fake_objective import FakeObjective
from tests.training.samples import config, row
from tests.training.test_examples import with_photo

GOOD = {"reidentification": 0.1, "facesim": 0.3, "loss": 1.0}


# New figures beside GOOD, and whether they are better.
@pytest.mark.parametrize(
    ("new", "expected"),
    [
        ({**GOOD, "reidentification": 0.0, "facesim": 0.9, "loss": 9.0}, True),  # privacy first
        ({**GOOD, "reidentification": 0.2, "facesim": 0.0, "loss": 0.1}, False),
        ({**GOOD, "reidentification": 0.105, "facesim": 0.2}, True),  # as good as equal: faces
        ({**GOOD, "reidentification": 0.095, "facesim": 0.305, "loss": 0.9}, True),  # then the loss
        (GOOD, False),  # the first of two equal ones stays
        ({"loss": 0.1}, False),  # nobody knows whether people are recognised
        ({**GOOD, "loss": float("nan")}, False),
        ({"reidentification": 0.0, "facesim": 0.0}, False),
    ],
)
def test_privacy_first(new, expected):
    assert better(new, GOOD) is expected


def test_without_faces_the_loss_counts():
    assert better({"loss": 1.0}, {"loss": 2.0})
    assert not better({"loss": 2.0}, {"loss": 1.0})
    assert better(GOOD, {"loss": 0.1})


class Painter(FakeObjective):
    """Makes the same of every example: a copy of the original, or one grey."""

    side = 128

    def __init__(self, grey):
        super().__init__()
        self.grey = grey

    def encode(self, examples):
        self.seen = examples
        return super().encode(examples)

    def sample(self, encoded, steps, seeds):
        return [np.full_like(one.original, 90) if self.grey else one.original.copy() for one in self.seen]


def judged(tmp_path, objective):
    made, _ = with_photo()
    dataset = Dataset.from_list([{**made, "scores": None}])
    options = config("t", "o", framing="crops", validation_rows=3)
    return Validator(objective, dataset, options, tmp_path).validate(5)


def test_a_copy_is_recognised_and_a_grey_is_not(tmp_path):
    copy, grey = judged(tmp_path / "a", Painter(grey=False)), judged(tmp_path / "b", Painter(grey=True))
    assert (copy["reidentification"], copy["facesim"], copy["faces"]) == (1.0, 1.0, 1.0)
    assert copy["changed_in_mask"] == 0.0
    assert copy["error_in_mask"] > 0.1
    assert grey["reidentification"] == 0.0
    assert grey["error_in_mask"] < 0.03  # it is the target but for the edge, which was scaled
    assert better(grey, copy)
    assert json.loads(json.dumps(grey)) == grey


def test_the_pictures_are_for_their_owner(tmp_path):
    judged(tmp_path, Painter(grey=True))
    (path,) = (tmp_path / "validation").iterdir()
    assert path.name == "step-000000005.png"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with PIL.Image.open(path) as page:
        assert page.size == sheet([(np.zeros((8, 8, 3), np.uint8),) * 3]).size


def test_no_split_no_figures(tmp_path):
    nothing = Dataset.from_list([{**row(0, "validation"), "sampling_weight": 1.0}]).select([])
    assert Validator(FakeObjective(), nothing, config("t", "o"), tmp_path).validate(1) is None


def test_every_example_comes_once_an_epoch():
    sampler = Sampler(10, 4, seed=3)
    seen = [i for step in range(5) for i in sampler.batch(step)]
    assert sorted(seen[:10]) == sorted(seen[10:]) == list(range(10))
    assert seen[:10] != seen[10:]
    again = Sampler(10, 4, seed=3)
    assert again.batch(3) == sampler.batch(3)  # of the step alone
    assert Sampler(10, 4, seed=4).batch(0) != sampler.batch(0)
    assert len(Sampler(2, 5, seed=0).batch(0)) == 5  # a batch of more than an epoch


def test_weights_say_how_often():
    sampler = Sampler(3, 50, seed=0, weights=[1.0, 1.0, 8.0])
    counts = np.bincount([i for step in range(40) for i in sampler.batch(step)], minlength=3) / 2000
    assert counts == pytest.approx([0.1, 0.1, 0.8], abs=0.03)


@pytest.mark.parametrize("weights", [[1.0], [1.0, 0.0], [1.0, float("nan")], [1.0, -1.0]])
def test_weights_that_are_none(weights):
    with pytest.raises(ValueError, match="weights"):
        Sampler(2, 1, 0, weights)
