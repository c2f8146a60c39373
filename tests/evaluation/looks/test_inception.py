"""Images by Inception v3 with random weights, read from safetensors only."""

import pickle

import numpy as np
import pytest
import torch

from hf_unsafe2safe.errors import ConfigError
from hf_unsafe2safe.evaluation.looks.inception import SIDE, Inception, resized
from hf_unsafe2safe.evaluation.looks.look import Looker
from tests import photos
from tests.evaluation.tiny_encoders import inception_file, saved


@pytest.mark.slow
def test_it_is_the_network_of_torch_fidelity_on_resized_images():
    from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3

    look = Inception(str(inception_file()))
    assert isinstance(look, Looker)
    images = [photos.rgb("neg_cat.png"), photos.rgb("people_cameraman.png")]
    found = [one["vector"] for one in look.look(images)]
    path = inception_file().with_suffix(".pth")
    from safetensors.torch import load_file

    torch.save(load_file(inception_file()), path)
    net = FeatureExtractorInceptionV3("net", ["2048"], feature_extractor_weights_path=str(path))
    batch = torch.from_numpy(np.stack([resized(rgb) for rgb in images])).permute(0, 3, 1, 2)
    expected = net(batch)[0].numpy()
    assert np.allclose(found, expected, rtol=1e-3, atol=float(np.abs(expected).max()) * 1e-4)
    assert not np.allclose(found[0], found[1], rtol=1e-3, atol=0)
    assert pickle.loads(pickle.dumps(look)).version == look.version  # noqa: S301  (made here)


def test_the_networks_own_resizing_changes_nothing():
    from torch_fidelity.interpolate_compat_tensorflow import interpolate_bilinear_2d_like_tensorflow1x

    image = torch.from_numpy(resized(photos.rgb("neg_cat.png"))).permute(2, 0, 1)[None].float()
    again = interpolate_bilinear_2d_like_tensorflow1x(image, size=(SIDE, SIDE), align_corners=False)
    assert torch.equal(again, image)


def test_resizing_averages():
    # a checkerboard of single pixels is grey when it shrinks, as no resizing by picking would have it
    board = (np.indices((897, 897)).sum(axis=0) % 2 * 255).astype(np.uint8)
    middle = resized(np.repeat(board[..., None], 3, axis=2))[5:-5, 5:-5]
    assert np.abs(middle.astype(int) - 128).max() < 20


def test_a_pickle_is_never_opened(tmp_path):
    path = tmp_path / "weights-inception.pth"
    path.write_bytes(b"no tensors")
    with pytest.raises(ConfigError) as caught:
        Inception(str(path))
    assert str(tmp_path) not in f"{caught.value} {caught.value.hint}"


def test_tensors_of_another_network_are_refused(tmp_path):
    look = Inception(str(saved({"a": torch.zeros(1)}, tmp_path / "other.safetensors")))
    with pytest.raises(ConfigError) as caught:
        look.look([photos.rgb("neg_cat.png")])
    assert str(tmp_path) not in f"{caught.value} {caught.value.hint}"
