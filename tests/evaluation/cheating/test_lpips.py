"""LPIPS with random weights of VGG16: the formula, and what holds for any weights."""

import numpy as np
import pytest
import torch

from hf_unsafe2safe.evaluation.cheating.lpips import Lpips, LpipsRegions, cut
from hf_unsafe2safe.evaluation.cheating.lpips_net import LpipsNet
from hf_unsafe2safe.evaluation.metric import ExcludedRowError
from tests.evaluation.pairs import figure, pair
from tests.evaluation.tiny_encoders import vgg_file

RNG = np.random.default_rng(0)
IMAGE = RNG.integers(60, 190, (72, 96, 3), dtype=np.uint8)
NOISE = RNG.normal(size=IMAGE.shape)


def _noisy(strength):
    return np.clip(IMAGE + NOISE * strength, 0, 255).astype(np.uint8)


@pytest.fixture(scope="module")
def net():
    return LpipsNet(str(vgg_file()))


def _naive(first, second):
    """Return the formula written out, with the weights of both files."""
    from pathlib import Path

    import torchmetrics
    from safetensors.torch import load_file

    weights = load_file(vgg_file())
    folder = Path(torchmetrics.__file__).parent / "functional" / "image" / "lpips_models"
    linear = torch.load(folder / "vgg.pth", weights_only=True, map_location="cpu")
    shift, scale = torch.tensor([-0.030, -0.088, -0.188]), torch.tensor([0.458, 0.448, 0.450])
    blocks = [(0, 2), (5, 7), (10, 12, 14), (17, 19, 21), (24, 26, 28)]

    def layers(rgb):
        x = ((torch.from_numpy(rgb).float() / 127.5 - 1 - shift) / scale).permute(2, 0, 1)[None]
        for i, block in enumerate(blocks):
            x = torch.nn.functional.max_pool2d(x, 2) if i else x
            for n in block:
                w, b = weights[f"features.{n}.weight"], weights[f"features.{n}.bias"]
                x = torch.relu(torch.nn.functional.conv2d(x, w, b, padding=1))
            yield x / torch.sqrt((x**2).sum(dim=1, keepdim=True) + 1e-8)

    total = 0.0
    for i, (a, b) in enumerate(zip(layers(first), layers(second), strict=True)):
        total += float(((a - b) ** 2 * linear[f"lin{i}.model.1.weight"]).sum(dim=1).mean())
    return total


@pytest.mark.slow
def test_it_is_the_formula(net):
    other = _noisy(40)
    assert net.distances([(IMAGE, other)])[0] == pytest.approx(_naive(IMAGE, other), rel=1e-3)


@pytest.mark.slow
def test_a_copy_is_0_and_noise_makes_it_grow(net):
    pairs = [(IMAGE, _noisy(strength)) for strength in (0, 10, 40, 120)]
    found = net.distances(pairs)
    assert found[0] == 0
    assert found == sorted(found)
    assert found[1] > 0
    assert net.distances([(b, a) for a, b in pairs]) == pytest.approx(found, rel=1e-4)
    assert [net.distances([one])[0] for one in pairs] == found


@pytest.mark.slow
def test_regions_are_measured_where_they_are(net):
    safe = IMAGE.copy()
    safe[:20, :20] = 0
    inside, outside = (0.0, 0.0, 16.0, 16.0), (60.0, 40.0, 80.0, 60.0)
    assert figure(LpipsRegions(net), [pair(IMAGE, safe, boxes=[outside])]) == 0
    changed = figure(LpipsRegions(net), [pair(IMAGE, safe, boxes=[inside])])
    assert changed > figure(Lpips(net), [pair(IMAGE, safe)]) > 0
    both = figure(LpipsRegions(net), [pair(IMAGE, safe, boxes=[inside, outside])])
    assert both == pytest.approx(changed / 2)


@pytest.mark.slow
def test_another_size_and_grey_are_compared(net):
    grey = np.repeat(IMAGE[..., :1], 3, axis=2)
    assert figure(Lpips(net), [pair(grey, grey[::2, ::2])]) > 0
    assert figure(Lpips(net), [pair(grey)]) == 0


# A box in an image of 72 x 96, and what is cut: a quarter more on each side, inside the image.
@pytest.mark.parametrize(
    ("box", "rows", "columns"),
    [
        ((40, 20, 60, 40), (15, 45), (35, 65)),
        ((0, 0, 16, 8), (0, 10), (0, 20)),  # in the corner
        ((80, 60, 96, 72), (57, 72), (76, 96)),
    ],
)
def test_a_region_is_cut_with_what_is_around_it(box, rows, columns):
    assert np.array_equal(cut(IMAGE, box), IMAGE[slice(*rows), slice(*columns)])


def test_rows_without_regions_are_left_out(net):
    for boxes in ([], [(500.0, 0.0, 520.0, 9.0)]):  # none; outside the image
        with pytest.raises(ExcludedRowError):
            LpipsRegions(net).observe(pair(IMAGE, boxes=boxes))
