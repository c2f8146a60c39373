"""Real objectives train in bfloat16, from the examples to the editor that is saved."""

import math

import pytest
from safetensors.torch import load_file

from hf_unsafe2safe.training.trainer import EditorTrainer
from tests import tiny_editors
from tests.training.proof import losses
from tests.training.samples import config, row, write_triplets

RUNS = {
    # all weights are float32, the autoencoder is not
    "instruct-pix2pix": ("instruct-pix2pix", tiny_editors.tiny_instruct_pix2pix, {"side": 32}),
    # new float32 weights beside frozen half ones
    "instruct-pix2pix-lora": (
        "instruct-pix2pix",
        tiny_editors.tiny_instruct_pix2pix,
        {"side": 32, "lora_rank": 2},
    ),
    # what the new attention says goes into a normalisation of the half type
    "safe-attention": ("safe-attention", tiny_editors.tiny_instruct_pix2pix, {"side": 32}),
    "safe-attention-lora": (
        "safe-attention",
        tiny_editors.tiny_instruct_pix2pix,
        {"side": 32, "lora_rank": 2},
    ),
    # transformers: rotations and times are made in float32
    "kontext": ("kontext", tiny_editors.tiny_kontext, {"side": 64, "lora_rank": 2}),
    "klein": ("klein", tiny_editors.tiny_klein, {"side": 64, "lora_rank": 2}),
}


@pytest.mark.parametrize("name", RUNS)
def test_an_editor_trains_in_bfloat16(name, tmp_path):
    editor, model, options = RUNS[name]
    triplets = write_triplets(
        tmp_path / "triplets", [row(i, "train") for i in range(3)], [row(9, "validation")]
    )
    options = {"model": str(model()), "mixed_precision": "bf16", "steps": 2, "batch_size": 2, **options}
    made = config(triplets, tmp_path / "run", editor=editor, **options)
    done = EditorTrainer(made).train()
    assert all(math.isfinite(one) for one in losses(tmp_path / "run"))
    assert math.isfinite(done.figures["loss"])
    weights = list(done.editor.rglob("*.safetensors"))
    assert all(bool(value.isfinite().all()) for file in weights for value in load_file(file).values())
    assert weights
