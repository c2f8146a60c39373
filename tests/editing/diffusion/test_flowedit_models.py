"""Flow models as functions, on tiny pipelines: what our packing and guidance give is what diffusers gives."""

from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hf_unsafe2safe.backends.local.diffusion.flow import FlowModel, flow_model, packed, unpacked
from hf_unsafe2safe.backends.local.diffusion.texts import Texts
from tests import tiny_editors

import torch  # isort: skip

FOLDERS = {"sd3": tiny_editors.tiny_sd3, "flux": tiny_editors.tiny_flux}
PROMPTS = ["a person in a red shirt", "describe the image"]


@cache
def loaded(name: str) -> tuple[Any, FlowModel]:
    pipe = tiny_editors.df.DiffusionPipeline.from_pretrained(folder(name))
    pipe.set_progress_bar_config(disable=True)
    return pipe, flow_model(pipe, Texts(pipe))


def folder(name: str) -> Path:
    return FOLDERS[name]()


@pytest.fixture(autouse=True)
def _no_gradients():
    with torch.no_grad():
        yield


def noise(*shape: int) -> Any:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(0))


def start(name: str, count: int, height: int, width: int) -> Any:
    """Return latents of nothing but noise."""
    return noise(count, loaded(name)[0].vae.config.latent_channels, height, width)


def photo(seed: int, size_wh: tuple[int, int] = (32, 48)) -> Any:
    coarse = np.random.default_rng(seed).integers(0, 256, (4, 4, 3), np.uint8)
    return np.kron(coarse, np.ones((size_wh[1] // 4, size_wh[0] // 4, 1), np.uint8))


@pytest.mark.parametrize("name", FOLDERS)
@pytest.mark.parametrize("size", [(16, 16), (12, 24)])  # latents, (h, w)
def test_plain_sampling_gives_the_pictures_of_the_pipeline(name, size):
    pipe, model = loaded(name)
    first = start(name, 2, *size)
    sigmas = model.sigmas(4, first)
    embeds = model.embeds([model._texts.fitted(prompt)[0] for prompt in PROMPTS])
    latents = first
    for now, then in pairwise(sigmas):
        latents = latents + (then - now) * model.velocity(latents, now, embeds, [4.0, 4.0])
    expected = pipe(
        prompt=PROMPTS,
        latents=packed(first) if name == "flux" else first,
        guidance_scale=4.0,
        num_inference_steps=4,
        height=2 * size[0],
        width=2 * size[1],
        output_type="np",
    ).images
    assert expected.std() > 0.1
    assert np.abs(model.pictures(latents) - expected).max() < 1e-5


@pytest.mark.parametrize("name", FOLDERS)
def test_each_sample_has_its_own_text_and_guidance(name):
    _, model = loaded(name)
    latents = start(name, 1, 8, 8).repeat(3, 1, 1, 1)
    prompts = [model._texts.fitted(prompt)[0] for prompt in (PROMPTS[0], PROMPTS[1], PROMPTS[1])]
    together = model.velocity(latents, 0.5, model.embeds(prompts), [3.5, 3.5, 13.5])
    assert all((together[a] - together[b]).abs().max() > 1e-4 for a, b in [(0, 1), (1, 2)])
    for i, (prompt, scale) in enumerate(zip(prompts, (3.5, 3.5, 13.5), strict=True)):
        alone = model.velocity(latents[:1], 0.5, model.embeds([prompt]), [scale])
        assert torch.allclose(alone[0], together[i], atol=1e-5)


@pytest.mark.parametrize("name", FOLDERS)
def test_sigmas_fall_from_noise_to_the_image(name):
    pipe, model = loaded(name)
    before = pipe.scheduler.timesteps
    sigmas = model.sigmas(50, start(name, 1, 16, 16))
    assert len(sigmas) == 51
    assert (sigmas[0], sigmas[-1]) == (1, 0)
    assert sigmas == sorted(sigmas, reverse=True)
    assert torch.equal(pipe.scheduler.timesteps, before)  # what else uses the pipeline goes on undisturbed


def test_a_larger_picture_needs_more_noise_in_flux():
    _, model = loaded("flux")
    small, large = (model.sigmas(10, start("flux", 1, side, side))[5] for side in (32, 128))
    assert 0.5 < small < large < 0.8


@pytest.mark.parametrize("name", FOLDERS)
def test_latents_are_those_of_the_pipeline_and_not_drawn(name):
    pipe, model = loaded(name)
    photos = [photo(0), photo(1)]
    latents = model.latents(photos)
    assert latents.dtype == torch.float32
    assert torch.equal(latents, model.latents(photos))
    ready = pipe.image_processor.preprocess(np.stack(photos) / np.float32(255))
    config = pipe.vae.config
    expected = (pipe.vae.encode(ready).latent_dist.mode() - config.shift_factor) * config.scaling_factor
    assert torch.allclose(latents, expected, atol=1e-4)
    assert model.pictures(latents).shape == (2, 48, 32, 3)


@given(n=st.integers(1, 3), channels=st.integers(1, 4), rows=st.integers(1, 4), columns=st.integers(1, 4))
@settings(max_examples=30, deadline=None)
def test_packing_can_be_undone(n, channels, rows, columns):
    latents = noise(n, channels, 2 * rows, 2 * columns)
    tokens = packed(latents)
    assert tokens.shape == (n, rows * columns, 4 * channels)
    assert torch.equal(tokens[0, 0, :4], latents[0, 0, :2, :2].flatten())
    assert torch.equal(unpacked(tokens, rows), latents)
