"""The editors, each on a tiny pipeline with random weights that was saved and is loaded as any other one."""

from dataclasses import replace

import numpy as np
import pytest

from hf_unsafe2safe.editing.diffusion.any_pipeline import diffusion
from hf_unsafe2safe.editing.diffusion.inpainting import InpaintingPainter
from hf_unsafe2safe.editing.diffusion.instruct_pix2pix import InstructPix2PixPainter
from hf_unsafe2safe.editing.diffusion.klein import KleinPainter
from hf_unsafe2safe.editing.diffusion.kontext import KontextPainter
from hf_unsafe2safe.editing.diffusion.qwen_image_edit import QwenImageEditPainter
from hf_unsafe2safe.errors import ConfigError, MissingExtraError
from hf_unsafe2safe.testing import check_editor
from tests import tiny_editors as tiny
from tests.backends.diffusion.painted import apart, canvas, check_painter, mean_apart

pytestmark = pytest.mark.slow  # models, servers or photos, many times over

EDITORS = {
    "instruct-pix2pix": (InstructPix2PixPainter, tiny.tiny_instruct_pix2pix),
    "instruct-pix2pix of SDXL": (InstructPix2PixPainter, tiny.tiny_sdxl_instruct_pix2pix),
    "kontext": (KontextPainter, tiny.tiny_kontext),
    "klein": (KleinPainter, tiny.tiny_klein),
    "inpainting with SD 1.5": (InpaintingPainter, tiny.tiny_inpaint),
    "inpainting with SD 1.5 for texts": (InpaintingPainter, tiny.tiny_sd),
    "inpainting with SDXL": (InpaintingPainter, tiny.tiny_sdxl_inpaint),
    "inpainting with SD 3": (InpaintingPainter, tiny.tiny_sd3),
    "inpainting with FLUX": (InpaintingPainter, tiny.tiny_flux),
    "inpainting with FLUX Fill": (InpaintingPainter, tiny.tiny_flux_fill),
}
# What is not masked is the image's own at every step; for the other inpainting models the mask is an input.
HELD = [
    *("kontext", "klein", "inpainting with SD 1.5 for texts"),
    *("inpainting with SD 3", "inpainting with FLUX"),
]
INPAINTING = [name for name in EDITORS if name.startswith("inpainting")]
SIDES = {"instruct-pix2pix": 512, "instruct-pix2pix of SDXL": 768, "inpainting with SD 1.5": 512}


def painter(name: str, more: str = ""):
    make, folder = EDITORS[name]
    return make(f"{folder()},num_inference_steps=2{more}")


# Those that share their code with another one are left to the long run.
ALIKE = ("inpainting with SD 1.5 for texts", "inpainting with FLUX", "inpainting with SDXL")


@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=pytest.mark.slow) if n in ALIKE else n for n in EDITORS]
)
def test_no_row_depends_on_another(name):
    check_painter(painter(name, ",batch_size=4"))


@pytest.mark.parametrize("name", EDITORS)
def test_the_text_matters(name):
    """How much depends on the weights, which are random."""
    one = canvas(0, target_caption="A woman with a red hat.")
    other = replace(
        one,
        target_caption="Two blue birds.",
        public_caption="Two blue birds.",
        edit_instruction="Make it two blue birds.",
    )
    made = painter(name)
    assert mean_apart(*made.paint([one, other])) > 0


def latents(made, one) -> np.ndarray:
    """Return what the autoencoder of a painter decodes for a canvas, (channels, h, w)."""
    seen = []
    first = made._loaded().pipe.vae.decoder.conv_in
    hook = first.register_forward_pre_hook(lambda _, args: seen.append(args[0].numpy().copy()))
    made.paint([one])
    hook.remove()
    return seen[-1].reshape(seen[-1].shape[1], *seen[-1].shape[-2:])


def check_mask_is_held(made) -> None:
    """Check that another text changes what is masked, and no bit of the rest, before it is decoded."""
    texts = dict.fromkeys(("public_caption", "edit_instruction", "target_caption"), "Two blue birds.")
    one, other = latents(made, canvas(0)), latents(made, canvas(0, **texts))
    step = 64 // one.shape[1]
    masked = canvas(0).mask[step // 2 :: step, step // 2 :: step] > 0
    assert (one != other).any(0)[masked].mean() > 0.9
    assert (one == other).all(0)[~masked].all()


@pytest.mark.parametrize("name", HELD)
def test_the_mask_is_held_inside_the_model(name):
    check_mask_is_held(painter(name))


def test_instruct_pix2pix_knows_no_mask():
    one, other = painter("instruct-pix2pix").paint([canvas(0), canvas(0, seed=5)])
    beside = canvas(0).mask == 0
    assert mean_apart(one[beside], other[beside]) > 5


@pytest.mark.parametrize("name", INPAINTING)
def test_inpainting_never_sees_what_was_there(name):
    one = canvas(0)
    pixels = np.where(one.mask[..., None] > 0, 255 - one.pixels, one.pixels)
    made = painter(name)
    assert apart(*made.paint([one, replace(one, pixels=pixels)])) <= 1
    weaker = painter(name, ",strength=0.5")
    assert mean_apart(*weaker.paint([one, replace(one, pixels=pixels)])) > 0.5


def test_guidance_of_inpainting_is_that_of_the_pipeline():
    one = canvas(0)
    plain, same, other = (painter("inpainting with SD 1.5", f",guidance_scale={g}") for g in (7.5, 7.5, 2))
    unsaid = painter("inpainting with SD 1.5").paint([one])[0]
    assert apart(unsaid, plain.paint([one])[0]) == apart(unsaid, same.paint([one])[0]) == 0
    assert mean_apart(unsaid, other.paint([one])[0]) > 0


@pytest.mark.parametrize("name", EDITORS)
def test_a_model_alone_names_its_editor(name):
    make, folder = EDITORS[name]
    if name in ("inpainting with SD 3", "inpainting with FLUX"):
        assert diffusion(str(folder())).painter.name == "flowedit"  # they can do both
        return
    editor = diffusion(f"{folder()},num_inference_steps=2")
    assert type(editor.painter) is make
    assert editor.fingerprint() == f"generative-1-{painter(name).fingerprint()}"
    assert editor.painter.side == SIDES.get(name, editor.painter.side)
    assert editor.one_text == name.startswith("inpainting")


def test_what_no_editor_runs(tmp_path):
    (tmp_path / "model_index.json").write_text('{"_class_name": "DiTPipeline"}')
    (tmp_path / "weights.safetensors").write_bytes(b"")
    with pytest.raises(ConfigError, match=r"local:ditpipeline is a DiTPipeline. No editor runs"):
        diffusion(str(tmp_path))


def test_without_diffusers(monkeypatch):
    from hf_unsafe2safe import extras

    known = extras.find_spec
    monkeypatch.setattr(extras, "find_spec", lambda name: None if name == "diffusers" else known(name))
    where = str(tiny.tiny_klein())
    with pytest.raises(MissingExtraError, match=r"needs diffusers.*hf-unsafe2safe\[models\]"):
        diffusion(where)
    with pytest.raises(MissingExtraError, match=r"Editor 'klein' needs diffusers"):
        KleinPainter(where)


# As editors of photos, at a side that their tiny weights can bear.
@pytest.mark.parametrize("name", ["instruct-pix2pix", "kontext", "klein", "inpainting with SD 1.5"])
def test_as_an_editor(name):
    _, folder = EDITORS[name]
    check_editor(diffusion(f"{folder()},num_inference_steps=1,side=64"))


@pytest.mark.slow
def test_qwen_image_edit():
    """It works at a megapixel whatever it is given, and gives back what was asked for."""
    made = QwenImageEditPainter(f"{tiny.tiny_qwen_edit()},num_inference_steps=1,batch_size=2")
    asked = [canvas(0), canvas(1), canvas(2, (96, 64))]
    together = made.paint(asked)
    assert [picture.shape for picture in together] == [one.pixels.shape for one in asked]
    assert apart(made.paint(asked[1:2])[0], together[1]) <= 1
    assert mean_apart(made.paint([canvas(1, seed=5)])[0], together[1]) > 0.5


@pytest.mark.slow
def test_qwen_image_edit_holds_the_mask():
    check_mask_is_held(QwenImageEditPainter(f"{tiny.tiny_qwen_edit()},num_inference_steps=2"))


@pytest.mark.slow
def test_qwen_image_edit_plus():
    made = QwenImageEditPainter(f"{tiny.tiny_qwen_edit_plus()},num_inference_steps=2")
    check_painter(made, [canvas(0), canvas(1), canvas(2, (96, 64))])


@pytest.mark.slow
@pytest.mark.parametrize("cache", ["first_block", "taylorseer"])
def test_caches_of_qwen_image_edit(cache):
    """That of the first block looks at the mean over a batch: it must not be run in one."""
    where = tiny.tiny_qwen_edit_plus()
    plain = QwenImageEditPainter(f"{where},num_inference_steps=6")
    made = QwenImageEditPainter(f"{where},num_inference_steps=6,cache={cache}")
    asked = [canvas(0), canvas(1)]
    pictures = made.paint(asked)
    assert apart(pictures[1], made.paint(asked[1:])[0]) <= 1
    assert mean_apart(pictures[0], plain.paint(asked[:1])[0]) < 12
