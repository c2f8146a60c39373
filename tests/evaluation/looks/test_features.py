from functools import cache

import numpy as np
import pytest

from hf_unsafe2safe.errors import ConfigError
from hf_unsafe2safe.evaluation.looks.features import ModelFeatures
from hf_unsafe2safe.evaluation.looks.look import Looker
from tests.photos import rgb
from tests.tiny_models import save, sizes, tf

IMAGES = [rgb("neg_cat.png"), rgb("neg_coffee.jpg"), np.zeros((3, 300, 3), np.uint8)]  # the last a strip
SIDE = {"image_size": 28, "patch_size": 14, "initializer_range": 0.4}


def _images():
    size = {"height": 28, "width": 28}
    return tf.ViTImageProcessorPil(size=size)


# Models with random weights: name -> what makes one.
MODELS = {
    "dinov2": lambda: tf.Dinov2Model(tf.Dinov2Config(**sizes(**SIDE))),
    "vit": lambda: tf.ViTModel(tf.ViTConfig(**sizes(**SIDE))),
    "clip_vision_model": lambda: tf.CLIPVisionModel(tf.CLIPVisionConfig(**sizes(**SIDE))),
    "vit_mae": lambda: tf.ViTMAEModel(tf.ViTMAEConfig(**sizes(**SIDE))),
    "resnet": lambda: tf.ResNetModel(
        tf.ResNetConfig(embedding_size=8, hidden_sizes=[8, 32], depths=[1, 1], layer_type="basic")
    ),
    "clip": lambda: tf.CLIPModel(
        tf.CLIPConfig(
            text_config=sizes(vocab_size=50, max_position_embeddings=8),
            vision_config=sizes(**SIDE),
            projection_dim=32,
        )
    ),
}


@cache
def features(name):
    """Return the look of a tiny model."""
    return ModelFeatures(str(save(f"features-{name}", lambda: (MODELS[name](), _images()))))


def vectors(name, images):
    return np.stack([look["vector"] for look in features(name).look(images)])


@pytest.mark.parametrize("name", MODELS)
def test_one_vector_an_image_whatever_the_batch(name):
    together = vectors(name, IMAGES)
    assert together.shape == (3, 32)
    assert together.dtype == np.float32
    assert np.isfinite(together).all()
    alone = np.concatenate([vectors(name, [image]) for image in IMAGES])
    assert np.allclose(together, alone, atol=1e-4)
    assert np.abs(together[0] - together[1]).max() > 1e-3  # it sees the image
    assert np.allclose(together, vectors(name, IMAGES), atol=1e-5)  # MAE hides nothing by chance


# Where a model's features are: name -> of what its own forward pass returns.
@pytest.mark.parametrize(
    ("name", "taken"),
    [
        ("dinov2", lambda model, x: model(pixel_values=x).pooler_output),  # its normalised class token
        ("vit", lambda model, x: model(pixel_values=x).last_hidden_state[:, 0]),  # its pooler may be random
        ("clip_vision_model", lambda model, x: model(pixel_values=x).pooler_output),  # normalised there only
        ("resnet", lambda model, x: model(pixel_values=x).pooler_output.flatten(1)),  # a mean over the map
        ("clip", lambda model, x: model.visual_projection(model.vision_model(pixel_values=x).pooler_output)),
    ],
)
def test_the_vector_is_what_the_model_means_by_it(name, taken):
    import PIL.Image
    import torch

    processor, model = features(name)._helper.loaded()
    pixels = processor(images=[PIL.Image.fromarray(IMAGES[0])], return_tensors="pt")["pixel_values"]
    with torch.inference_mode():
        expected = taken(model, pixels).numpy()
    assert np.allclose(vectors(name, IMAGES[:1]), expected, atol=1e-4)


def test_it_is_a_look_that_names_its_model():
    look = features("vit")
    assert isinstance(look, Looker)
    assert look.version.startswith("features-1 local:vit@")
    assert look.look([]) == []
    assert look.version != features("dinov2").version


def test_a_folder_without_safetensors_is_refused(tmp_path):
    (tmp_path / "config.json").write_text('{"model_type": "vit"}')
    (tmp_path / "pytorch_model.bin").write_bytes(b"a pickle")
    with pytest.raises(ConfigError, match="safetensors"):
        ModelFeatures(str(tmp_path))
