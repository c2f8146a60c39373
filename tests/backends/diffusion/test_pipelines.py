"""How pipelines are loaded, and what a spec can say of it, on a processor."""

import json
import shutil
from pathlib import Path

import pytest
import torch

from hf_unsafe2safe import extras
from hf_unsafe2safe.backends.local import loading
from hf_unsafe2safe.backends.local.diffusion import memory
from hf_unsafe2safe.backends.local.diffusion.options import ATTENTION, LOADING
from hf_unsafe2safe.editing.diffusion.inpainting import InpaintingPainter
from hf_unsafe2safe.editing.diffusion.instruct_pix2pix import InstructPix2PixPainter
from hf_unsafe2safe.editing.diffusion.klein import KleinPainter
from hf_unsafe2safe.editing.diffusion.kontext import KontextPainter
from hf_unsafe2safe.errors import ConfigError, MissingExtraError, UnknownNameError
from tests import tiny_editors
from tests.backends.diffusion.painted import apart, canvas, mean_apart

pytestmark = pytest.mark.slow  # models, servers or photos, many times over

PAINTERS = {
    "instruct-pix2pix": (InstructPix2PixPainter, tiny_editors.tiny_instruct_pix2pix),
    "kontext": (KontextPainter, tiny_editors.tiny_kontext),
    "klein": (KleinPainter, tiny_editors.tiny_klein),
    "inpainting": (InpaintingPainter, tiny_editors.tiny_flux_fill),
}


def painter(name: str, more: str = "", steps: int = 2):
    make, folder = PAINTERS[name]
    return make(f"{folder()},num_inference_steps={steps}{more and ','}{more}")


@pytest.fixture
def folder(tmp_path) -> Path:
    """A copy of a pipeline, at a place with a telling name."""
    return Path(shutil.copytree(tiny_editors.tiny_instruct_pix2pix(), tmp_path / "jane-doe" / "pipeline"))


# How it is run, and by how many grey levels that may change a picture in the mean.
@pytest.mark.parametrize(
    ("name", "option", "most"),
    [
        ("instruct-pix2pix", "channels_last=true", 0.1),
        ("instruct-pix2pix", "vae_slicing=true", 0.1),
        ("klein", "vae_slicing=true", 0.1),
        ("kontext", "attn=_native_math", 0.1),
        ("klein", "device_map=balanced", 0.1),
        ("instruct-pix2pix", "offload=none", 0.1),
        ("instruct-pix2pix", "dtype=bfloat16", 5),
        ("klein", "dtype=bfloat16", 5),
        ("instruct-pix2pix", "layerwise=true", 12),
        ("kontext", "layerwise=true", 5),
        ("kontext", "cache=pyramid", 5),
        ("klein", "cache=taylorseer", 5),
    ],
)
def test_options_that_work_on_a_processor(name, option, most):
    canvases = [canvas(0), canvas(1)]
    steps = 6 if "cache" in option else 2
    plain, changed = painter(name, steps=steps), painter(name, option, steps)
    pictures = changed.paint(canvases)
    assert mean_apart(plain.paint(canvases[:1])[0], pictures[0]) <= most
    assert apart(changed.paint(canvases[1:])[0], pictures[1]) <= 1
    weights = changed._loaded().pipe.components.values()
    kinds = {p.dtype for part in weights if isinstance(part, torch.nn.Module) for p in part.parameters()}
    expected = {"dtype=bfloat16": {torch.bfloat16}, "layerwise=true": {torch.float32, torch.float8_e4m3fn}}
    assert kinds == expected.get(option, {torch.float32})


@pytest.mark.slow
def test_repeated_blocks_are_compiled():
    """It takes a minute; all sizes after the first run without it."""
    plain, compiled = painter("kontext"), painter("kontext", "compile=true")
    canvases = [canvas(0), canvas(1, (96, 64))]
    pairs = zip(plain.paint(canvases), compiled.paint(canvases), strict=True)
    assert all(apart(one, other) <= 2 for one, other in pairs)


def test_tiling_is_for_pictures_larger_than_a_tile():
    """The autoencoders here have tiles of 32 pixels."""
    plain, tiled = painter("inpainting"), painter("inpainting", "vae_tiling=true")
    large, small = canvas(0), canvas(1, (32, 32), seed=3)
    assert apart(plain.paint([small])[0], tiled.paint([small])[0]) <= 1
    assert mean_apart(plain.paint([large])[0], tiled.paint([large])[0]) > 1


# What cannot be, and what the message says.
@pytest.mark.parametrize(
    ("name", "option", "message"),
    [
        ("kontext", "cache=first_block", "FluxKontextInpaintPipeline cannot run with cache=first_block"),
        ("klein", "cache=first_block", "cannot run with cache=first_block"),
        ("klein", "cache=pyramid", "cannot run with cache=pyramid"),
        ("instruct-pix2pix", "cache=taylorseer", "InstructPix2PixPipeline cannot run with cache=taylorseer"),
        ("kontext", "channels_last=true", "channels_last is for U-Nets"),
        ("instruct-pix2pix", "attn=native", "UNet2DConditionModel chooses how its attention"),
        ("kontext", "attn=xformers", "attn=xformers cannot run here"),
        ("kontext", "offload=model", "offload=model needs a GPU"),
        ("kontext", "dtype=float16", "float16 needs a GPU"),
    ],
)
def test_options_that_cannot_be(name, option, message):
    with pytest.raises(ConfigError, match=message):
        painter(name, f"device_map=cpu,{option}").paint([canvas()])


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_device_that_is_not_there():
    with pytest.raises(ConfigError, match="no device cuda:1 here"):
        painter("kontext", "device_map=cuda:1").paint([canvas()])


def test_an_attention_backend_is_of_one_model():
    from diffusers.models.attention_dispatch import AttentionBackendName, _AttentionBackendRegistry

    before = _AttentionBackendRegistry._active_backend
    painter("kontext", "attn=_native_math")._loaded()
    assert _AttentionBackendRegistry._active_backend == before
    assert set(ATTENTION) < {one.value for one in AttentionBackendName}


@pytest.mark.parametrize("option", ["guidance=3", "batch=4", "image_guidance_scale=1.5"])
def test_unknown_options(option):
    with pytest.raises(UnknownNameError, match="Unknown option"):
        painter("kontext", option)


@pytest.mark.parametrize("option", ["side=100", "side=0", "strength=0", "batch_size=0", "offload=disk"])
def test_values_that_are_none(option):
    with pytest.raises(ConfigError):
        painter("kontext", option)


def test_quantization_needs_a_package(monkeypatch):
    known = extras.find_spec
    monkeypatch.setattr(extras, "find_spec", lambda name: None if name == "bitsandbytes" else known(name))
    with pytest.raises(MissingExtraError, match=r"Editor 'kontext' with quantization needs bitsandbytes"):
        painter("kontext", "quantization=4bit")


def test_one_copy_of_the_weights():
    one, same = painter("kontext"), painter("kontext", "batch_size=2,side=512,guidance_scale=3")
    other = painter("kontext", "dtype=bfloat16")
    assert one._loaded() is same._loaded() is not other._loaded()
    assert {"batch_size", "side"}.isdisjoint(LOADING)


@pytest.mark.parametrize("part", ["unet", "vae", "text_encoder"])
def test_pickled_weights_are_not_opened(folder, part):
    """Beside safetensors of other parts too."""
    (weights,) = (folder / part).glob("*.safetensors")
    name = "pytorch_model.bin" if part == "text_encoder" else "diffusion_pytorch_model.bin"
    weights.rename(folder / part / name)
    made = InstructPix2PixPainter(str(folder))
    with pytest.raises(ConfigError, match="cannot be loaded") as raised:
        made.paint([canvas()])
    assert "jane" not in str(raised.value)


def test_a_folder_of_pickles_is_refused(folder):
    for weights in folder.rglob("*.safetensors"):
        weights.rename(weights.with_suffix(".bin"))
    with pytest.raises(ConfigError, match="no weights in safetensors"):
        InstructPix2PixPainter(str(folder))


# Folders that are broken in other ways.
@pytest.mark.parametrize(
    "damage",
    [
        lambda f: next((f / "unet").glob("*.safetensors")).write_bytes(b"cut"),
        lambda f: shutil.rmtree(f / "vae"),
        lambda f: (f / "unet" / "config.json").write_text("{"),
        lambda f: (f / "scheduler" / "scheduler_config.json").unlink(),
    ],
)
def test_broken_folders(folder, damage):
    damage(folder)
    with pytest.raises(ConfigError, match="cannot be loaded") as raised:
        InstructPix2PixPainter(str(folder)).paint([canvas()])
    assert "jane" not in str(raised.value)


def test_a_part_with_code_of_its_own_is_refused(folder):
    index = json.loads((folder / "model_index.json").read_text())
    (folder / "unet" / "own.py").write_text("raise SystemExit('was run')")
    (folder / "model_index.json").write_text(json.dumps({**index, "unet": ["own", "Own"]}))
    with pytest.raises(ConfigError, match=r"cannot be loaded|runs code"):
        InstructPix2PixPainter(str(folder)).paint([canvas()])


def test_cuda_in_a_fork_is_refused(monkeypatch):
    monkeypatch.setattr("torch.cuda._is_in_bad_fork", lambda: True)
    monkeypatch.setattr(loading, "_loaded", {})
    with pytest.raises(ConfigError, match="num_proc=1"):
        painter("klein").paint([canvas()])


def test_a_safety_checker_can_be_switched_off():
    where = tiny_editors.tiny_checked_instruct_pix2pix()
    assert InstructPix2PixPainter(str(where))._loaded().pipe.safety_checker is not None
    off = InstructPix2PixPainter(f"{where},safety_checker=false")
    assert off._loaded().pipe.safety_checker is None
    assert off.fingerprint() != InstructPix2PixPainter(str(where)).fingerprint()


# Batches by memory: gigabytes of a GPU, weight of a picture, pictures.
@pytest.mark.parametrize(
    ("gigabytes", "weight", "most"),
    [(8, 1, 1), (12, 1, 2), (24, 1, 4), (40, 1, 8), (80, 1, 16), (80, 8, 2), (24, 8, 1), (80, 3, 5)],
)
def test_batches_by_memory(monkeypatch, gigabytes, weight, most):
    class Card:
        total_memory = gigabytes * 2**30

    monkeypatch.setattr("torch.cuda.get_device_properties", lambda _: Card)
    assert memory.batch_size("cuda", weight) == most
    assert memory.batch_size("cpu", weight) == 1


# Offloading by what fits: of the free memory, in weights of the tiny pipeline.
@pytest.mark.parametrize(("share", "how"), [(2.0, "none"), (1.1, "model"), (0.3, "group")])
def test_offloading_by_memory(monkeypatch, share, how):
    pipe = painter("instruct-pix2pix")._loaded().pipe
    parts = [part for part in pipe.components.values() if isinstance(part, torch.nn.Module)]
    whole = sum(p.numel() * 4 for part in parts for p in part.parameters())
    monkeypatch.setattr("torch.cuda.mem_get_info", lambda _: (int(share * whole), 0))
    assert memory._needed(pipe, "cuda") == how
    assert memory._needed(pipe, "cpu") == "none"
