"""How much of stage 1 is spent outside the models: the stages `vlm` and `llm`, tiny random models, batch 16.

Tiny models are the hard case: with real ones the same work outside is a smaller share. Images are the
example photos at their own size. Every image is risky (`threshold=0`), so that every call is made:
decisions, items, captions, instructions. Random models write no sentences: their captions are asked for three
times and given up, with the same work inside and outside a try.

    python benchmarks/stage1_overhead.py [rounds] [images]
"""

import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from statistics import median
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from hf_unsafe2safe.errors import StageError
from hf_unsafe2safe.imaging.open import open_image
from hf_unsafe2safe.inspection.vlm import VlmInspector
from hf_unsafe2safe.records import Inspection, Pixels, PublicCaption
from hf_unsafe2safe.texts.llm_instructions import LlmInstructor
from hf_unsafe2safe.texts.vlm_captions import VlmCaptioner
from tests import tiny_models

BATCH = 16
CAPTION = PublicCaption("A bright outdoor photo of several people beside a car, mostly blue and grey")


def pictures(count: int) -> list[Pixels]:
    """Return distinct photos, (H, W, 3) uint8 RGB."""
    folder = Path(__file__).parent.parent / "examples" / "photos"
    photos = [open_image(p.read_bytes()).rgb for p in sorted(folder.glob("*.jpg"))]
    made = [photos[i % len(photos)].copy() for i in range(count)]
    for i, rgb in enumerate(made):
        rgb[0, 0] = (i % 256, i // 256, 7)
    return made


def timed(stage: Any, call: Callable[[], object]) -> tuple[float, float]:
    """Return the seconds of a call, and those of them inside the model."""
    busy, start = stage.counts["busy_s"], time.perf_counter()
    with suppress(StageError):  # replies without sense
        call()
    return time.perf_counter() - start, stage.counts["busy_s"] - busy


Stages = tuple[VlmInspector, VlmCaptioner, LlmInstructor]


def one_batch(stages: Stages, batch: list[Pixels], seeds: range) -> dict[str, tuple[float, float]]:
    """Return for each stage its seconds, and those inside the model."""
    inspector, captioner, instructor = stages
    found: list[Inspection] = []
    said = [PublicCaption(f"{CAPTION} {'and sky ' * i}.") for i in range(len(batch))]
    return {
        "inspect": timed(inspector, lambda: found.extend(inspector.inspect(batch, inspector.covers))),
        "caption": timed(captioner, lambda: captioner.caption(batch, found)),
        "instruct": timed(instructor, lambda: instructor.instruct(said, seeds)),
    }


def one_round(model: str, images: list[Pixels]) -> dict[str, tuple[float, float]]:
    """Return the sums over all batches."""
    llm = str(tiny_models.tiny_llm())
    stages = VlmInspector(f"{model},threshold=0"), VlmCaptioner(model), LlmInstructor(llm)
    one_batch(stages, [images[0][:64, :64]], range(1))  # loads the models
    starts = range(0, len(images), BATCH)
    done = [one_batch(stages, images[i : i + BATCH], range(i, i + BATCH)) for i in starts]
    return {
        stage: (sum(one[stage][0] for one in done), sum(one[stage][1] for one in done)) for stage in done[0]
    }


def main(rounds: int, count: int) -> None:
    """Print medians of the rounds for each tiny model."""
    images = pictures(count)
    for name, make, options in (
        ("Qwen2.5-VL, images to 1024 px", tiny_models.tiny_vlm, ""),
        ("LLaVA, images to 448 px", tiny_models.tiny_llava, ",size=448"),
    ):
        done = [one_round(f"{make()}{options}", images) for _ in range(rounds)]
        print(f"{name}: {count} images, batch {BATCH}, medians of {rounds} rounds")
        for stage in done[0]:
            whole, busy = (median(one[stage][i] for one in done) for i in (0, 1))
            print(
                f"  {stage:9}{whole:8.2f} s, inside the model {busy:8.2f} s, outside {1 - busy / whole:6.1%}"
            )
        share = median(1 - sum(b for _, b in one.values()) / sum(w for w, _ in one.values()) for one in done)
        print(f"  stage 1: {share:.1%} outside the model")


if __name__ == "__main__":
    numbers = [int(word) for word in sys.argv[1:]]
    main(*(numbers + [5, 32][len(numbers) :]))
