"""The editor `flowedit` on tiny pipelines: its texts, its steps, its seeds, what it refuses."""

import json
import logging
import pickle
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from itertools import permutations
from typing import Any

import numpy as np
import pytest

from hf_unsafe2safe.backends.local.diffusion.flow import flow_model
from hf_unsafe2safe.backends.painting import Canvas
from hf_unsafe2safe.editing.diffusion.flowedit import FlowEditPainter, _places
from hf_unsafe2safe.errors import ConfigError, UnknownNameError
from tests import tiny_editors

import torch  # isort: skip

pytestmark = pytest.mark.slow  # models, servers or photos, many times over

FOLDERS: dict[str, Callable[[], Any]] = {"sd3": tiny_editors.tiny_sd3, "flux": tiny_editors.tiny_flux}
BOTH = pytest.mark.parametrize("name", FOLDERS)
STEPS = "num_inference_steps=3"


def painter(name: str, options: str = STEPS) -> FlowEditPainter:
    return FlowEditPainter(f"{FOLDERS[name]()},{options}")


def canvas(seed: int = 0, *, size_wh: tuple[int, int] = (32, 32), **more: Any) -> Canvas:
    """Return coarse noise whose middle shall be repainted."""
    coarse = np.random.default_rng(seed).integers(0, 256, (4, 4, 3), np.uint8)
    pixels = np.kron(coarse, np.ones((size_wh[1] // 4, size_wh[0] // 4, 1), np.uint8))
    mask = np.zeros(pixels.shape[:2], np.uint8)
    mask[8:-8, 8:-8] = 255
    texts = {
        "public_caption": "a person",
        "edit_instruction": "describe",
        "target_caption": "describe the image",
        "private_caption": "a person in a red shirt",
    }
    return Canvas(pixels, mask, seed=seed, **{**texts, **more})


def painted(name: str, *canvases: Canvas, options: str = STEPS) -> list[Any]:
    pictures = painter(name, options).paint(canvases)
    assert all(isinstance(one, np.ndarray) for one in pictures), pictures
    return pictures


def off(one: Any, other: Any) -> int:
    return int(np.abs(one.astype(int) - other).max())


@contextmanager
def forwards(name: str) -> Iterator[list[int]]:
    """Yield the sizes of the batches that the transformer gets."""
    sizes: list[int] = []
    transformer = painter(name)._loaded().pipe.transformer
    hook = transformer.register_forward_pre_hook(
        lambda _, args, kwargs: sizes.append(len(kwargs["hidden_states"])), with_kwargs=True
    )
    try:
        yield sizes
    finally:
        hook.remove()


@cache
def round_trip(name: str, seed: int) -> Any:
    """Return what the autoencoder makes of a canvas, without an edit."""
    model = painter(name)._loaded()
    flow = flow_model(model.pipe, model.texts)
    with torch.no_grad():
        picture = flow.pictures(flow.latents([canvas(seed).pixels]))[0]
    return (picture * 255).round().astype(np.uint8)


@BOTH
def test_equal_texts_and_guidance_return_the_image(name):
    """The image as its autoencoder has it: tiny ones with random weights lose almost all of it."""
    same = {"private_caption": "a person", "target_caption": "a person"}
    options = f"{STEPS},source_guidance_scale=5,guidance_scale=5"
    pictures = painted(name, canvas(0, **same), canvas(1, **same), options=options)
    assert [off(picture, round_trip(name, seed)) for seed, picture in enumerate(pictures)] == [0, 0]
    others = painted(name, canvas(0), canvas(1), options=options)
    assert min(off(picture, round_trip(name, seed)) for seed, picture in enumerate(others)) > 2


@BOTH
def test_a_canvas_gives_the_same_picture_alone_and_in_any_batch(name):
    canvases = [
        canvas(1),
        canvas(2, private_caption="no image"),
        canvas(3, size_wh=(48, 32)),
        canvas(4, retry=1),
        canvas(5),
    ]
    alone = [painted(name, one)[0] for one in canvases]
    assert [one.shape for one in alone] == [one.pixels.shape for one in canvases]
    orders = list(permutations(range(5)))[::67]
    for order in orders:
        together = painted(name, *(canvases[i] for i in order), options=f"{STEPS},batch_size=3")
        assert max(off(together[k], alone[i]) for k, i in enumerate(order)) <= 1


@BOTH
def test_the_seed_decides(name):
    one, same, other = painted(name, canvas(1), canvas(1), replace(canvas(1), seed=2))
    assert off(one, same) <= 1 < 2 < off(one, other)


# what is changed in a canvas, and whether it changes the picture
TEXTS = [
    ({"private_caption": "no person"}, True),
    ({"target_caption": "a red person"}, True),
    ({"public_caption": "no"}, False),  # it is in the target caption
    ({"edit_instruction": "no"}, False),
]


@BOTH
@pytest.mark.parametrize(("change", "matters"), TEXTS)
def test_the_source_is_the_private_caption_and_the_target_the_joined_one(name, change, matters):
    one, other = painted(name, canvas(1), canvas(1, **change))
    assert (off(one, other) > 2) == matters


@BOTH
def test_without_a_private_caption_the_source_is_the_public_one(name):
    one, other = painted(
        name, canvas(1, private_caption=""), canvas(1, private_caption="a person", public_caption="no")
    )
    assert off(one, other) <= 1


@pytest.fixture
def said(caplog, monkeypatch):
    """All that is logged, by diffusers too, whose records reach no other handler than its own."""
    caplog.set_level(logging.DEBUG)
    for library in ("diffusers", "transformers"):
        monkeypatch.setattr(logging.getLogger(library), "propagate", True)
    return caplog


def test_the_private_caption_is_nowhere_to_be_read(said, capsys):
    secret = "Wilhelmina"
    long = " ".join([f"{secret} in a red shirt."] * 40)
    one = painter("sd3")
    pictures = one.paint([canvas(private_caption=long)])
    assert one.counts["prompts_shortened"] == 1
    assert one.counts["images"] == 1
    seen = [said.text, *capsys.readouterr(), repr(canvas(private_caption=long)), repr(pictures), repr(one)]
    assert not [text for text in seen if secret.lower() in text.lower() or "red shirt" in text]
    assert secret.encode() not in pickle.dumps(one)
    one._loaded().pipe.encode_prompt(long, long, long)  # what is too long, diffusers tells
    assert "red shirt" in said.text


# options, retry, and how many steps are done: all of a step in one pass
DONE = [
    ("num_inference_steps=6,n_max=0", 0, 0),
    ("num_inference_steps=6,n_max=2", 0, 2),
    ("num_inference_steps=6,n_max=2", 2, 3),  # each retry a tenth of the steps more
    ("num_inference_steps=6,n_max=6", 3, 6),
    ("num_inference_steps=6,n_max=2,n_avg=3", 0, 6),
    ("num_inference_steps=50", 0, 33),
    ("num_inference_steps=10", 0, 7),  # the same share of them
]


@pytest.mark.parametrize(("options", "retry", "done"), DONE)
def test_how_many_steps_are_done(options, retry, done):
    with forwards("sd3") as sizes:
        painted("sd3", *(canvas(seed, retry=retry) for seed in range(2)), options=f"{options},batch_size=2")
    # two canvases, of each the source and the target, with and without their texts
    assert sizes == [8] * done


def test_flux_has_other_settings_and_no_pass_without_texts():
    with forwards("flux") as sizes:
        painted("flux", canvas(1), canvas(2), options="batch_size=2")
    assert sizes == [4] * 24
    with forwards("flux") as sizes:
        painted("flux", canvas(1), options="num_inference_steps=5,n_max=4,n_min=3")
    assert sizes == [2, 1, 1, 1]


@BOTH
def test_settings_matter_and_the_guidance_is_the_published_one(name):
    published = {"sd3": "source_guidance_scale=3.5,guidance_scale=13.5"}
    published["flux"] = "source_guidance_scale=1.5,guidance_scale=5.5"
    default, written = (
        painted(name, canvas(1), options=f"{STEPS}{one}")[0] for one in ("", f",{published[name]}")
    )
    assert off(default, written) == 0
    for option in ("guidance_scale=2", "source_guidance_scale=9", "n_max=1", "n_min=1", "n_avg=2"):
        assert off(painted(name, canvas(1), options=f"{STEPS},{option}")[0], default) > 1, option


@BOTH
def test_only_what_is_masked_moves(name):
    """With nothing to repaint it is the image; with a part, another picture than with all of it."""
    blank = np.zeros((32, 32), np.uint8)
    none, part, whole = painted(
        name, replace(canvas(1), mask=blank), canvas(1), replace(canvas(1), mask=blank + 255)
    )
    assert off(none, round_trip(name, 1)) == 0
    assert min(off(none, part), off(none, whole), off(part, whole)) > 2


def test_a_place_is_repainted_where_one_of_its_pixels_is():
    mask = np.zeros((16, 24), np.uint8)
    mask[3, 17] = 255
    places = _places([mask, mask * 0], torch.zeros(2, 4, 8, 12))
    assert places.shape == (2, 1, 8, 12)
    assert places.nonzero().tolist() == [[0, 0, 1, 8]]


def test_it_loads_nothing_before_it_paints_and_pickles_without_weights():
    one = painter("sd3")
    assert len(pickle.dumps(one)) < 2000
    again = pickle.loads(pickle.dumps(one))  # noqa: S301
    assert again.fingerprint() == one.fingerprint()
    assert off(again.paint([canvas(1)])[0], one.paint([canvas(1)])[0]) == 0
    other = {painter("sd3", f"{STEPS},{more}").fingerprint() for more in ("n_max=1", "n_min=1", "n_avg=2")}
    assert len(other | {one.fingerprint()}) == 4
    assert (one.side, one.grid, one.one_text, one.sees_private) == (1024, 16, True, True)


# options, and what the error says
REFUSED = [
    ("n_max=51", "n_max 51 and num_inference_steps 50 do not fit"),
    ("n_min=34", "n_min 34, n_max 33"),
    ("num_inference_steps=10,n_max=11", "n_max 11 and num_inference_steps 10 do not fit"),
    ("n_avg=0", "n_avg cannot be '0'"),
    ("guidance_scale=-1", "guidance_scale cannot be '-1'"),
    ("cache=first_block", "no cache can serve it"),
]


@pytest.mark.parametrize(("options", "message"), REFUSED)
def test_numbers_that_do_not_fit_are_refused_when_it_is_made(options, message):
    with pytest.raises(ConfigError, match=message):
        painter("sd3", options)


def test_what_it_does_not_run_is_refused_when_it_is_made():
    with pytest.raises(ConfigError, match="instruct-pix2pix"):
        FlowEditPainter(str(tiny_editors.tiny_instruct_pix2pix()))
    with pytest.raises(UnknownNameError, match="image_guidance_scale"):
        painter("sd3", "image_guidance_scale=1")


def test_a_flux_model_without_guidance_is_refused_when_it_is_loaded(tmp_path):
    folder = shutil.copytree(tiny_editors.tiny_flux(), tmp_path / "schnell")
    config = folder / "transformer" / "config.json"
    config.write_text(json.dumps({**json.loads(config.read_text()), "guidance_embeds": False}))
    with pytest.raises(ConfigError, match="takes no guidance"):
        FlowEditPainter(str(folder)).paint([canvas(1)])
