"""How fast an editor is trained here, beside the usual recipe, which encodes every example at every step.

The model has random weights and the size of Stable Diffusion 1.5; all its weights are trained, at 256 pixels.
`usual` is the recipe of `usual_recipe.py`: images are decoded, the autoencoder and the text encoder run at
every step. `--diffusers-script PATH` runs `train_instruct_pix2pix.py` of diffusers instead. What ours encodes
ahead is not in its steps, but in the seconds to the first one. Each runs in a process of its own, in turns.

    python benchmarks/train_speed.py [--small] [--rounds 3] [--steps 20] [--batch 16]

`--small` has half of all widths, for a processor. Memory is the most that a process held at any time: of the
GPU where there is one, else of the machine. The first steps are not timed.
"""

import argparse
import os
import runpy
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

SIDE, WARM, RATE = 256, 3, 1e-5
DROPPED = 0.05  # of texts, of images, of both


@dataclass(frozen=True)
class Plan:
    """What is run: a folder to work in, timed steps, examples a step, a script of diffusers or ''."""

    folder: str
    steps: int
    batch: int
    script: str


class EnoughError(Exception):
    """All steps are timed."""


class Ruler:
    """Times the steps of any training in this process, from one update of the weights to another."""

    def __init__(self, steps: int) -> None:
        from torch.optim.optimizer import register_optimizer_step_post_hook

        self._steps, self._last = 0, WARM + steps
        self._made = self._begun = time.perf_counter()
        self.first, self.rate = 0.0, 0.0  # seconds to the first update, updates a second
        register_optimizer_step_post_hook(self._stepped)

    def _stepped(self, *_: Any) -> None:
        import torch

        if torch.cuda.is_available():
            torch.cuda.synchronize()
        now = time.perf_counter()
        self._steps += 1
        if self._steps == 1:
            self.first = now - self._made
        if self._steps == WARM:
            self._begun = now
        if self._steps == self._last:
            self.rate = (self._last - WARM) / (now - self._begun)
            raise EnoughError


def prepare(folder: str, small: bool, count: int) -> None:
    """Write a pipeline with random weights, and so many triplets of drawn pictures in two forms."""
    import torch
    from datasets import Image

    from tests import tiny_parts as parts  # first: it makes torchvision importable
    from tests.training.samples import row, write_triplets

    import diffusers as df  # isort: skip
    import transformers as tf  # isort: skip
    from hf_unsafe2safe.training.triplets.diffusers_order import for_diffusers
    from hf_unsafe2safe.training.triplets.read import open_triplets

    torch.set_num_threads(os.cpu_count() or 1)
    cut, words, levels = 2 if small else 1, parts.clip_words(), 4
    read = {"hidden_size": 768 // cut, "intermediate_size": 3072 // cut, "projection_dim": 768 // cut}
    reader = tf.CLIPTextConfig(**read, num_hidden_layers=12, num_attention_heads=12)
    reader.bos_token_id, reader.eos_token_id = words.bos_token_id, words.eos_token_id
    vae = df.AutoencoderKL(
        block_out_channels=[width // cut for width in (128, 256, 512, 512)],
        down_block_types=("DownEncoderBlock2D",) * levels,
        up_block_types=("UpDecoderBlock2D",) * levels,
        layers_per_block=2,
        latent_channels=4,
        sample_size=512,
    )
    unet = df.UNet2DConditionModel(
        block_out_channels=[width // cut for width in (320, 640, 1280, 1280)],
        cross_attention_dim=768 // cut,
        attention_head_dim=8,
        sample_size=64,
    )
    pipe = df.StableDiffusionPipeline(
        vae=vae,
        unet=unet,
        tokenizer=words,
        text_encoder=tf.CLIPTextModel(reader),
        scheduler=df.DDPMScheduler(beta_schedule="scaled_linear", beta_start=0.00085, beta_end=0.012),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )
    pipe.save_pretrained(f"{folder}/model")
    rows = [row(i, "train", SIDE) for i in range(count)]
    triplets = open_triplets(write_triplets(f"{folder}/triplets", rows, [row(count, "validation", SIDE)]))
    Path(folder, "plain").mkdir()
    plain = for_diffusers(triplets.train)
    for name in ("input_image", "edited_image"):
        plain = plain.cast_column(name, Image())
    plain.to_parquet(f"{folder}/plain/train.parquet")


def measured(plan: Plan, which: str) -> tuple[float, float, float]:
    """Return steps a second, GiB at most, and seconds to the first update, of one training."""
    import resource

    import torch

    import tests.tiny_models  # noqa: F401  # makes torchvision importable

    torch.set_num_threads(os.cpu_count() or 1)
    train = ours if which == "ours" else script if plan.script else usual
    ruler = Ruler(plan.steps)
    with tempfile.TemporaryDirectory(dir=plan.folder) as place, suppress(EnoughError):
        train(plan, place)
    if torch.cuda.is_available():
        return ruler.rate, torch.cuda.max_memory_allocated() / 2**30, ruler.first
    return ruler.rate, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20, ruler.first


def precision() -> str:
    """Return the type of the computation: bf16 on a GPU."""
    import torch

    return "bf16" if torch.cuda.is_available() else "no"


def ours(plan: Plan, place: str) -> None:
    """Train as `unsafe2safe train` does."""
    from hf_unsafe2safe.training.trainer import EditorTrainer
    from tests.training.samples import config

    options = {"drop_texts": DROPPED, "drop_image": DROPPED, "drop_all": DROPPED, "checkpoint_every": 10**6}
    EditorTrainer(
        config(
            f"{plan.folder}/triplets",
            f"{place}/run",
            model=f"{plan.folder}/model",
            side=SIDE,
            steps=plan.steps + WARM + 1,
            batch_size=plan.batch,
            learning_rate=RATE,
            log_every=10,
            mixed_precision=precision(),
            **options,
        )
    ).train()


def script(plan: Plan, place: str) -> None:
    """Run the script of diffusers in this process."""
    sys.argv = [
        plan.script,
        f"--pretrained_model_name_or_path={plan.folder}/model",
        f"--dataset_name={plan.folder}/plain",
        f"--output_dir={place}/run",
        f"--cache_dir={place}/cache",
        f"--resolution={SIDE}",
        f"--train_batch_size={plan.batch}",
        f"--max_train_steps={plan.steps + WARM + 1}",
        f"--learning_rate={RATE}",
        "--lr_warmup_steps=0",
        f"--conditioning_dropout_prob={DROPPED}",
        f"--mixed_precision={precision()}",
        "--seed=0",
    ]
    runpy.run_path(plan.script, run_name="__main__")


def usual(plan: Plan, _place: str) -> None:
    """Train the usual way, with the same choices as ours."""
    from benchmarks.usual_recipe import train

    train(f"{plan.folder}/model", f"{plan.folder}/plain", plan.batch, RATE, DROPPED, precision())


def alone(work: Callable[..., Any], *arguments: Any) -> Any:
    """Return what a function says in a process of its own."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(work, *arguments).result()


def main() -> None:
    """Print the medians of the rounds, and of their ratios."""
    reader = argparse.ArgumentParser()
    reader.add_argument("--small", action="store_true")
    reader.add_argument("--rounds", type=int, default=3)
    reader.add_argument("--steps", type=int, default=20)
    reader.add_argument("--batch", type=int, default=16)
    reader.add_argument("--diffusers-script", default="")
    asked = reader.parse_args()
    sides: dict[str, list[tuple[float, float, float]]] = {"ours": [], "usual": []}
    with tempfile.TemporaryDirectory() as folder:
        alone(prepare, folder, asked.small, 2 * asked.batch)
        plan = Plan(folder, asked.steps, asked.batch, asked.diffusers_script)
        for number in range(asked.rounds):
            for which, done in sides.items():
                done.append(alone(measured, plan, which))
                rate, memory, first = done[-1]
                print(f"round {number}: {which:5} {rate:.3f} steps/s, {memory:.2f} GiB, ", end="")
                print(f"the first after {first:.0f} s", flush=True)
    pairs = list(zip(sides["ours"], sides["usual"], strict=True))
    for which, done in sides.items():
        print(f"{which:5} {median(d[0] for d in done):.3f} steps/s, {median(d[1] for d in done):.2f} GiB")
    print(f"ours / usual: {median(a[0] / b[0] for a, b in pairs):.2f} times the steps a second, ", end="")
    print(f"{median(a[1] / b[1] for a, b in pairs):.2f} times the memory")


if __name__ == "__main__":
    main()
