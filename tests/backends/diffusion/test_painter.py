"""What holds for every editor that runs a pipeline: batches, memory, pictures that are none."""

import logging
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from hf_unsafe2safe.backends.local.diffusion.options import LOADING
from hf_unsafe2safe.backends.local.diffusion.pipelines import LoadedPipeline, load
from hf_unsafe2safe.backends.painting import Painter
from hf_unsafe2safe.editing.diffusion.instruct_pix2pix import InstructPix2PixPainter
from hf_unsafe2safe.editing.diffusion.kontext import KontextPainter
from hf_unsafe2safe.errors import BackendError, ConfigError, StageError
from tests import tiny_editors
from tests.backends.diffusion.painted import apart, canvas, mean_apart

pytestmark = pytest.mark.slow  # models, processes or photos, many times over

ROOT = Path(__file__).parents[3]
LAZY = """
import pickle, sys
from hf_unsafe2safe.editing.diffusion.any_pipeline import diffusion
editor = diffusion(sys.argv[1])
again = pickle.loads(pickle.dumps(editor))
again.fingerprint(), again.models, again.painter.side
heavy = ("torch", "diffusers", "transformers", "huggingface_hub")
print([name for name in heavy if name in sys.modules])
"""


def painter(more: str = "") -> KontextPainter:
    return KontextPainter(f"{tiny_editors.tiny_kontext()},num_inference_steps=2{more}")


def own(made: KontextPainter) -> LoadedPipeline:
    """Give a painter weights that no other one has."""
    how = {name: value for name, value in made._options.items() if name in LOADING}
    mine = load(made._found, how, made.build, made.name)
    made._loaded = lambda: mine
    return mine


def cramped(most: int, more: str = "") -> tuple[KontextPainter, LoadedPipeline]:
    """Return a painter of whose pictures no more than `most` fit into memory."""
    made = painter(more)
    mine = own(made)

    def refuse(module, args, kwargs):
        if len(kwargs["hidden_states"]) > mine.most:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB")

    mine.most = most
    mine.pipe.transformer.register_forward_pre_hook(refuse, with_kwargs=True)
    return made, mine


def test_nothing_is_imported_to_make_one():
    command = [sys.executable, "-c", LAZY, str(tiny_editors.tiny_kontext())]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=60, check=True)
    assert done.stdout.strip() == "[]"


def test_it_is_a_painter():
    made = painter()
    assert isinstance(made, Painter)
    assert (made.side, made.grid, made.one_text, made.sees_private) == (1024, 16, False, False)
    assert painter(",side=512").side == 512
    assert made.models[0].name == "local:fluxkontextpipeline"


def test_pickled_by_its_spec():
    made = painter(",batch_size=3")
    one = made.paint([canvas()])[0]
    data = pickle.dumps(made)
    again = pickle.loads(data)  # noqa: S301
    assert len(data) < 2000
    assert again.fingerprint() == made.fingerprint()
    assert not again.counts
    assert apart(again.paint([canvas()])[0], one) == 0


# What is another result, and what is the same one.
@pytest.mark.parametrize(
    ("more", "same"),
    [
        (",batch_size=7", True),
        (",device_map=cpu", True),
        (",offload=none", True),
        (",vae_slicing=true", True),
        (",guidance_scale=2.5", True),  # the default
        (",guidance_scale=3", False),
        (",side=512", False),
        (",dtype=bfloat16", False),
        (",strength=0.5", False),
    ],
)
def test_fingerprint(more, same):
    assert (painter(more).fingerprint() == painter().fingerprint()) is same


def test_no_canvas_loads_nothing():
    made = painter()
    made._loaded = lambda: pytest.fail("loaded")
    assert made.paint([]) == []


def test_a_batch_is_of_one_size_and_one_retry():
    made = painter(",batch_size=2")
    seen = []
    inner = made.run

    def run(model, painting):
        seen.append([(one.seed, one.pixels.shape[1], one.retry) for one in painting.canvases])
        return inner(model, painting)

    made.run = run
    asked = [canvas(0), canvas(1, (96, 64)), canvas(2, retry=1), canvas(3), canvas(4), canvas(5, (96, 64))]
    pictures = made.paint(asked)
    assert sorted(seen) == [
        [(100, 64, 0), (103, 64, 0)],
        [(101, 96, 0), (105, 96, 0)],
        [(102, 64, 1)],
        [(104, 64, 0)],
    ]
    assert [p.shape for p in pictures] == [c.pixels.shape for c in asked]
    assert made.counts["images"] == 6
    assert made.counts["busy_s"] > 0


def test_the_input_is_left_alone():
    one = canvas()
    pixels, mask = one.pixels.copy(), one.mask.copy()
    painter().paint([one])
    assert (one.pixels == pixels).all()
    assert (one.mask == mask).all()


def test_a_retry_is_guided_more_strongly():
    where = tiny_editors.tiny_instruct_pix2pix()
    plain = InstructPix2PixPainter(f"{where},num_inference_steps=2,guidance_scale=4")
    strong = InstructPix2PixPainter(f"{where},num_inference_steps=2,guidance_scale=5")
    retried = plain.paint([canvas(0, retry=1)])[0]
    assert apart(retried, strong.paint([canvas(0)])[0]) == 0
    assert mean_apart(retried, plain.paint([canvas(0)])[0]) > 0


def test_memory_that_runs_out_halves_the_batch():
    made, _ = cramped(1, ",batch_size=8")
    asked = [canvas(row) for row in range(5)]
    assert all(apart(a, b) <= 1 for a, b in zip(made.paint(asked), painter().paint(asked), strict=True))
    assert made.counts["out_of_memory"] == 2  # 5, 2: then one fits, and that is remembered
    made.paint(asked)
    assert (made.counts["out_of_memory"], made.counts["images"]) == (2, 10)


def test_one_that_does_not_fit_is_tried_offloaded(caplog):
    made, model = cramped(0)

    def offload() -> bool:  # there is no GPU here
        model.most = 1
        return True

    model.offload = offload
    with caplog.at_level(logging.WARNING):
        picture = made.paint([canvas()])[0]
    assert apart(picture, painter().paint([canvas()])[0]) <= 1
    assert (made.counts["offloaded"], made.counts["out_of_memory"]) == (1, 1)
    assert [r.message for r in caplog.records if r.name.startswith("hf_unsafe2safe")] == [
        "The model local:fluxkontextpipeline does not fit beside a picture: it is offloaded from now on."
    ]


def test_one_that_fits_nowhere_fails_alone():
    made, model = cramped(0, ",device_map=cpu")
    assert not model.offload()  # on a processor there is nowhere to go
    failed = made.paint([canvas(0), canvas(1)])
    assert all(isinstance(one, BackendError) and one.reason == "out_of_memory" for one in failed)
    model.most = 4
    assert isinstance(made.paint([canvas(0)])[0], np.ndarray)


# What a pipeline may give back that is no picture.
@pytest.mark.parametrize(
    "broken",
    [
        lambda made: made * np.nan,
        lambda made: np.where(made > made.min(), made, np.inf),
        lambda made: made * 0,  # a safety checker that says nothing
        lambda made: made[:-8],
        lambda made: made[..., :1],
    ],
)
def test_what_is_no_picture_is_an_error(broken):
    made = painter()
    inner = made.run

    made.run = lambda model, painting: [broken(one) for one in inner(model, painting)]
    (error,) = made.paint([canvas(0)])
    assert isinstance(error, StageError)
    assert (error.reason, error.retryable) == ("edit_failed", False)


def test_what_a_safety_checker_blocks_is_an_error_of_that_row():
    made = InstructPix2PixPainter(
        f"{tiny_editors.tiny_checked_instruct_pix2pix()},num_inference_steps=2,device_map=cpu,batch_size=2"
    )
    mine = own(made)
    asked = [canvas(0), canvas(1)]
    fine = made.paint(asked)
    checker, inner = mine.pipe.safety_checker, mine.pipe.safety_checker.forward

    def forward(clip_input, images):
        images, flags = inner(clip_input=clip_input, images=images)
        images[1] = 0.0  # as it does with what it finds
        return images, [flags[0], True]

    checker.forward = forward
    first, second = made.paint(asked)
    assert apart(first, fine[0]) == 0
    assert isinstance(second, StageError)
    assert second.reason == "edit_failed"


def test_a_safety_checker_that_finds_something():
    """Its own thresholds: all of them are always passed."""
    made = InstructPix2PixPainter(
        f"{tiny_editors.tiny_checked_instruct_pix2pix()},num_inference_steps=2,device_map=cpu"
    )
    checker = own(made).pipe.safety_checker
    checker.concept_embeds_weights.data.fill_(-2.0)
    (error,) = made.paint([canvas(0)])
    assert isinstance(error, StageError)


def test_a_black_canvas_may_stay_black():
    made = painter()
    made.run = lambda model, painting: np.zeros((1, 64, 64, 3))
    black = canvas(0)
    black.pixels[:] = 0
    assert not made.paint([black])[0].any()


def test_no_prompt_is_in_an_error_or_a_log(caplog):
    made = painter()
    mine = own(made)

    def refuse(*args, **kwargs):
        raise ValueError("Cannot forward Jane Doe's secret street.")

    mine.pipe.check_inputs = refuse
    caplog.set_level(logging.DEBUG)
    with pytest.raises(ConfigError, match="cannot run so: ValueError") as raised:
        made.paint([canvas(0, public_caption="Jane Doe's secret street.")])
    shown = f"{raised.value!r} {raised.value.hint} {raised.value.__cause__!r} {caplog.text}"
    assert "Jane" not in shown
    assert "Jane" not in repr(canvas(0, private_caption="Jane Doe"))


def test_other_errors_stop_the_run():
    made = painter()
    made.run = lambda model, painting: 1 / 0
    with pytest.raises(ZeroDivisionError):
        made.paint([canvas()])
