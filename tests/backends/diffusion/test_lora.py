"""The option `lora=` of the editors: what it changes, and what cannot be."""

import shutil

import pytest
import torch

from hf_unsafe2safe import extras
from hf_unsafe2safe.backends.local.diffusion import lora
from hf_unsafe2safe.editing.diffusion.flowedit import FlowEditPainter
from hf_unsafe2safe.editing.diffusion.inpainting import InpaintingPainter
from hf_unsafe2safe.editing.diffusion.instruct_pix2pix import InstructPix2PixPainter
from hf_unsafe2safe.editing.diffusion.klein import KleinPainter
from hf_unsafe2safe.errors import ConfigError
from tests import tiny_editors
from tests.backends.diffusion.painted import apart, canvas, mean_apart

# After tiny_editors, which makes torchvision importable.
import diffusers  # isort: skip
from peft import LoraConfig, get_peft_model_state_dict  # isort: skip

PAINTERS = {
    "instruct-pix2pix": (InstructPix2PixPainter, tiny_editors.tiny_instruct_pix2pix),
    "inpaint": (InpaintingPainter, tiny_editors.tiny_inpaint),
    "flowedit": (FlowEditPainter, tiny_editors.tiny_flux),
}


def saved(base, folder):
    """Write a LoRA with random weights for a pipeline and return its folder."""
    pipe = diffusers.DiffusionPipeline.from_pretrained(base)
    part = "unet" if hasattr(pipe, "unet") else "transformer"
    network = getattr(pipe, part)
    targets = ["to_q", "to_k", "to_v", "to_out.0"]
    network.add_adapter(LoraConfig(r=4, lora_alpha=4, target_modules=targets))
    state = get_peft_model_state_dict(network)
    source = torch.Generator().manual_seed(0)
    random = {name: 0.5 * torch.randn(value.shape, generator=source) for name, value in state.items()}
    type(pipe).save_lora_weights(folder, **{f"{part}_lora_layers": random})
    return folder


QUICK = ("instruct-pix2pix",)


@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=() if n in QUICK else pytest.mark.slow) for n in PAINTERS]
)
def test_a_lora_changes_pictures_as_the_merged_pipeline_does(name, tmp_path):
    make, base = PAINTERS[name][0], PAINTERS[name][1]()
    folder = saved(base, tmp_path / "lora")
    pipe = diffusers.DiffusionPipeline.from_pretrained(base)
    lora.add(pipe, lora.find_lora(str(folder)))
    pipe.save_pretrained(tmp_path / "merged")
    specs = [f"{base}", f"{base},lora={folder}", f"{base},lora={folder},lora_scale=0.5", tmp_path / "merged"]
    one = canvas(0, private_caption="A man.", target_caption="Two birds.")
    plain, added, half, merged = (make(f"{spec},num_inference_steps=2").paint([one])[0] for spec in specs)
    assert mean_apart(plain, added) > 0.01
    assert mean_apart(half, added) > 0
    assert apart(added, merged) <= 1


def test_it_is_named_and_fingerprinted_by_its_weights_not_by_its_place(tmp_path):
    base = tiny_editors.tiny_instruct_pix2pix()
    first = saved(base, tmp_path / "jane-doe")
    second = shutil.copytree(first, tmp_path / "second")
    plain, one, other = (
        InstructPix2PixPainter(f"{base}{more}") for more in ("", f",lora={first}", f",lora={second}")
    )
    assert [info.name for info in one.models] == [plain.models[0].name, "local:lora"]
    assert one.models == other.models
    assert one.fingerprint() == other.fingerprint() != plain.fingerprint()
    assert "jane-doe" not in repr(one.models)


# What cannot be, and what the message says.
@pytest.mark.parametrize(
    ("more", "message"),
    [
        ("lora_scale=0.5", "no LoRA to scale"),  # without a LoRA
        ("lora=/nowhere/at/all", "not there"),
        ("lora=,", "cannot be"),
        ("lora={pickled}", "safetensors"),  # a pickle is never opened
        ("lora={good},lora_scale=3", "lora_scale cannot be"),
    ],
)
def test_what_cannot_be(more, message, tmp_path):
    base = tiny_editors.tiny_instruct_pix2pix()
    pickled = tmp_path / "pickled"
    pickled.mkdir()
    (pickled / "pytorch_lora_weights.bin").write_bytes(b"no")
    spec = more.format(pickled=pickled, good=base).rstrip(",")
    with pytest.raises(ConfigError, match=message):
        InstructPix2PixPainter(f"{base},{spec}")


def test_quantised_weights_take_none():
    with pytest.raises(ConfigError, match="quantised"):
        lora.with_lora({"lora": "org/model", "quantization": "4bit"})


def test_peft_has_to_be_there(monkeypatch):
    monkeypatch.setattr(extras, "find_spec", lambda name: None)
    with pytest.raises(Exception, match="peft"):
        lora.with_lora({"lora": "org/model"})


# Found, but it cannot be used: told when it is loaded, without its place.
def test_a_lora_of_another_model_or_several_files(tmp_path):
    folder = saved(tiny_editors.tiny_instruct_pix2pix(), tmp_path / "jane-doe")
    klein = KleinPainter(f"{tiny_editors.tiny_klein()},lora={folder}")
    with pytest.raises(ConfigError) as failed:
        klein.paint([canvas()])
    assert "jane-doe" not in str(failed.value)
    for name in ("a", "b"):
        shutil.copy(folder / lora.FILE, folder / f"{name}.safetensors")
    (folder / lora.FILE).unlink()
    painter = InstructPix2PixPainter(f"{tiny_editors.tiny_instruct_pix2pix()},lora={folder}")
    with pytest.raises(ConfigError, match="2 safetensors files"):
        painter.paint([canvas()])
