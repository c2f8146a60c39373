"""The editor `safe-attention` on a tiny InstructPix2Pix, with and without a saved adapter."""

import pickle
import shutil
from functools import cache
from itertools import permutations
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hf_unsafe2safe.backends.painting import Canvas
from hf_unsafe2safe.editing.diffusion.instruct_pix2pix import InstructPix2PixPainter
from hf_unsafe2safe.editing.diffusion.safe_attention import SafeAttentionPainter
from hf_unsafe2safe.errors import ConfigError
from tests import tiny_editors, tiny_models

import torch  # isort: skip

from hf_unsafe2safe.editing.diffusion.safe_attention_adapter import SafeAttention  # isort: skip

pytestmark = pytest.mark.slow  # models, servers, processes or photos, many times over

STEPS = "num_inference_steps=2"


def base() -> Path:
    return tiny_editors.tiny_instruct_pix2pix()


@cache
def trained(gate: float = 0.5) -> Path:
    """Return the folder of an adapter whose gates were opened, as training would."""
    folder = base().parent / f"adapter-{gate}"
    adapter = SafeAttention(tiny_editors.df.UNet2DConditionModel.from_pretrained(base(), subfolder="unet"))
    with torch.no_grad():
        for layer in adapter.layers:
            layer.gate.weight.fill_(gate)
    adapter.save_pretrained(folder, base_model="local:stablediffusioninstructpix2pixpipeline")
    return folder


def painter(adapter: Path | None = None, options: str = STEPS, model: Path | None = None) -> Any:
    named = f",adapter={adapter}" if adapter else ""
    return SafeAttentionPainter(f"{model or base()}{named},{options}")


def canvas(seed: int = 0, *, size_wh: tuple[int, int] = (16, 16), **more: Any) -> Canvas:
    pixels = np.random.default_rng(seed).integers(0, 256, (size_wh[1], size_wh[0], 3), np.uint8)
    texts = {"public_caption": "a person", "edit_instruction": "describe the image"}
    return Canvas(pixels, np.full(pixels.shape[:2], 255, np.uint8), seed=seed, **{**texts, **more})


def painted(one: Any, *canvases: Canvas) -> list[Any]:
    pictures = one.paint(canvases)
    assert all(isinstance(picture, np.ndarray) for picture in pictures), pictures
    return pictures


def off(one: Any, other: Any) -> int:
    return int(np.abs(one.astype(int) - other).max())


def test_without_training_it_is_instruct_pix2pix_and_says_so_once(caplog, monkeypatch):
    monkeypatch.setattr("hf_unsafe2safe.backends.local.loading._loaded", {})
    canvases = [canvas(1), canvas(2, edit_instruction="red"), canvas(3, size_wh=(24, 16))]
    expected = painted(InstructPix2PixPainter(f"{base()},{STEPS}"), *canvases)
    for _ in range(2):
        assert [off(*both) for both in zip(painted(painter(), *canvases), expected, strict=True)] == [0, 0, 0]
    assert [record.levelname for record in caplog.records if "Safe Attention" in record.message] == [
        "WARNING"
    ]
    assert [off(*both) for both in zip(painted(painter(trained(0.0)), *canvases), expected, strict=True)] == [
        *(0, 0, 0)
    ]


# what is changed in a canvas, and whether it changes the picture, without and with what was trained
TEXTS = [
    ({"public_caption": "no red shirt"}, False, True),
    ({"edit_instruction": "no red shirt"}, True, True),
    ({"private_caption": "no red shirt"}, False, False),
    ({"target_caption": "no red shirt"}, False, False),
]


@pytest.mark.parametrize(("change", "untrained", "with_adapter"), TEXTS)
def test_which_texts_it_reads(change, untrained, with_adapter):
    for one, matters in [(painter(trained(0.0)), untrained), (painter(trained()), with_adapter)]:
        pictures = painted(one, canvas(1), canvas(1, **change))
        assert (off(*pictures) > 1) == matters


def test_a_canvas_gives_the_same_picture_alone_and_in_any_batch():
    canvases = [
        canvas(1),
        canvas(2, public_caption="a red shirt"),
        canvas(3, size_wh=(24, 16)),
        canvas(4, retry=1),
    ]
    alone = [painted(painter(trained()), one)[0] for one in canvases]
    for order in list(permutations(range(4)))[::13]:
        together = painted(painter(trained(), f"{STEPS},batch_size=2"), *(canvases[i] for i in order))
        assert max(off(together[k], alone[i]) for k, i in enumerate(order)) <= 1


def test_where_the_instruction_is_dropped_the_public_caption_is_too():
    one, seen = painter(trained(), f"{STEPS},batch_size=2"), []
    model = one._loaded()
    hook = model.pipe.unet.register_forward_pre_hook(
        lambda _, args, kwargs: seen.append(kwargs["encoder_hidden_states"]), with_kwargs=True
    )
    try:
        painted(one, canvas(1), canvas(2))
    finally:
        hook.remove()
    assert len(seen) == 2
    texts, image, neither = seen[0].chunk(3)
    assert texts.shape == (2, 2 * 77, 32)
    assert torch.equal(image, neither)
    nothing = model.texts.embeds([model.texts.fitted("")[0]])["prompt_embeds"][0]
    public = model.texts.embeds([model.texts.fitted("a person")[0]])["prompt_embeds"][0]
    assert torch.equal(image[0, 77:], nothing)
    assert torch.equal(texts[0, 77:], public)
    assert not torch.equal(nothing, public)


def test_an_adapter_in_the_folder_of_the_model_is_found(tmp_path):
    model = shutil.copytree(base(), tmp_path / "whole")
    shutil.copytree(trained(), model / "safe_attention")
    one, other = painter(model=model), painter(trained())
    assert [info.name for info in one.models] == [
        "local:stablediffusioninstructpix2pixpipeline",
        "local:safe-attention",
    ]
    assert one.models[1] == other.models[1]
    assert off(painted(one, canvas(1))[0], painted(other, canvas(1))[0]) == 0


def test_adapters_of_one_model_do_not_mix():
    before = painted(painter(trained()), canvas(1))[0]
    other = painted(painter(trained(0.9)), canvas(1))[0]
    plain = painted(InstructPix2PixPainter(f"{base()},{STEPS}"), canvas(1))[0]
    assert min(off(before, other), off(before, plain), off(other, plain)) > 1
    assert off(painted(painter(trained()), canvas(1))[0], before) == 0


def test_it_pickles_without_weights_and_its_digest_is_that_of_the_adapter(tmp_path):
    one = painter(trained())
    again = pickle.loads(pickle.dumps(one))  # noqa: S301
    assert len(pickle.dumps(one)) < 2000
    assert off(painted(again, canvas(1))[0], painted(one, canvas(1))[0]) == 0
    moved = painter(shutil.copytree(trained(), tmp_path / "elsewhere"))
    assert {again.fingerprint(), moved.fingerprint()} == {one.fingerprint()}
    others = [painter(), painter(trained(0.9)), InstructPix2PixPainter(f"{base()},{STEPS}")]
    assert len({one.fingerprint(), *(other.fingerprint() for other in others)}) == 4


def test_a_long_public_caption_is_shortened():
    """To whole sentences that CLIP reads to their end: what follows them changes nothing."""
    one = painter(trained())
    sentence = "A person in a red shirt."
    pictures = painted(
        one,
        canvas(1, public_caption=" ".join([sentence] * 40)),
        canvas(1, public_caption=" ".join([sentence] * 40 + ["No image at all."])),
        canvas(1, public_caption=sentence),
    )
    assert one.counts["prompts_shortened"] == 2
    assert off(*pictures[:2]) <= 1 < off(*pictures[1:])


def test_half_types_and_other_ways_to_run():
    one = canvas(1)
    exact = painted(painter(trained()), one)[0]
    other = painted(painter(trained(), f"{STEPS},channels_last=true,vae_slicing=true"), one)[0]
    assert off(other, exact) <= 1
    half = painted(painter(trained(), f"{STEPS},dtype=bfloat16"), one)[0]
    assert 0 < np.abs(half.astype(int) - exact).mean() < 12


@cache
def for_another_model() -> Path:
    """Return an adapter for a U-Net of other layers."""
    folder = base().parent / "adapter-other"
    kind = tiny_editors.df.UNet2DConditionModel
    unet = kind.from_config(kind.load_config(base() / "unet"), cross_attention_dim=48)
    SafeAttention(unet).save_pretrained(folder)
    return folder


def test_what_does_not_fit_is_refused(tmp_path):
    pickled = shutil.copytree(trained(), tmp_path / "very-private")
    (pickled / "model.safetensors").rename(pickled / "model.bin")
    with pytest.raises(ConfigError, match="no weights in safetensors files") as caught:
        painter(pickled)
    assert "very-private" not in str(caught.value)
    with pytest.raises(ConfigError, match="folder of the model is not there"):
        painter(tmp_path / "nowhere")
    with pytest.raises(ConfigError, match="instruct-pix2pix"):  # which can run SDXL
        painter(model=tiny_editors.tiny_sdxl_instruct_pix2pix())
    with pytest.raises(ConfigError, match="other layers or shapes"):
        painter(for_another_model()).paint([canvas(1)])
    with pytest.raises(ConfigError, match="no saved Safe Attention"):
        painter(tiny_models.tiny_llm()).paint([canvas(1)])


def test_quantised_weights_are_refused(monkeypatch):
    monkeypatch.setattr("hf_unsafe2safe.backends.local.loading.need", lambda *_: None)
    with pytest.raises(ConfigError, match="quantised weights"):
        painter(options="quantization=4bit")
