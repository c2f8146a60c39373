"""What the masked edit costs beside the image model, and what crops save: tiny InstructPix2Pix on a CPU.

1. Overhead: `instruct-pix2pix` at batch 8 on photos with one small region each, against a plain loop over
   diffusers that does the same work by hand: cut, resize, one call for 8 images, resize, paste.
2. Crops: the same regions on large photos, against a plain loop that edits each photo as a whole at its size.

The tiny model is the hard case: with a real one what is outside of it is a smaller share.

    python benchmarks/masked_edit.py [rounds] [photos]
"""

import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

import numpy as np

from hf_unsafe2safe.imaging.open import open_image
from hf_unsafe2safe.records import EditRequest, Pixels, PublicCaption
from tests import tiny_editors

import cv2  # isort: skip
import torch  # isort: skip

SIDE, STEPS, BATCH = 64, 10, 8
LARGE = (256, 192)  # four times the side of the model in each direction, as 2048 is to 512
INSTRUCTION = "Give each marked person another face, other hair and other clothes; keep the pose."


def requests(count: int, size_wh: tuple[int, int]) -> list[EditRequest]:
    """Return distinct photos of a size, each with a face-sized region at a place of its own."""
    folder = Path(__file__).parent.parent / "examples" / "photos"
    photos = [open_image(p.read_bytes()).rgb for p in sorted(folder.glob("*.jpg"))]
    made = []
    for i in range(count):
        rgb = cv2.resize(photos[i % len(photos)], size_wh)
        mask = np.zeros(rgb.shape[:2], np.uint8)
        wide, high = size_wh[0] // 16, size_wh[0] // 13
        x = 3 * wide + 37 * i % (size_wh[0] - 6 * wide)
        y = 2 * high + 53 * i % (size_wh[1] - 4 * high)
        cv2.ellipse(mask, (x, y), (wide, high), 0, 0, 360, 255, -1)
        made.append(EditRequest(rgb, mask, PublicCaption("A photo of a person."), INSTRUCTION, i))
    return made


def window(mask: Pixels) -> tuple[slice, slice]:
    """Return a square around a mask, twice its size."""
    ys, xs = np.nonzero(mask)
    half = max(np.ptp(ys), np.ptp(xs)) + 1
    y, x = (int(v.min() + v.max()) // 2 for v in (ys, xs))
    return slice(max(0, y - half), y + half), slice(max(0, x - half), x + half)


def called(pipe: Any, pictures: Sequence[Pixels], seeds: Sequence[int]) -> list[Pixels]:
    """Return what one call of the pipeline makes of pictures of one size."""
    import PIL.Image

    made = pipe(
        prompt=[INSTRUCTION] * len(pictures),
        image=[PIL.Image.fromarray(one) for one in pictures],
        num_inference_steps=STEPS,
        generator=[torch.Generator().manual_seed(seed) for seed in seeds],
    )
    return [np.asarray(one) for one in made.images]


def by_hand(pipe: Any, rows: Sequence[EditRequest]) -> list[Pixels]:
    """Do what the editor does in the simplest way: crops in batches, pasted back."""
    out = []
    for start in range(0, len(rows), BATCH):
        part = rows[start : start + BATCH]
        places = [window(row.mask) for row in part]
        crops = [cv2.resize(row.pixels[at], (SIDE, SIDE)) for row, at in zip(part, places, strict=True)]
        painted = called(pipe, crops, [row.seed for row in part])
        for row, at, picture in zip(part, places, painted, strict=True):
            edited = row.pixels.copy()
            size = edited[at].shape[1], edited[at].shape[0]
            edited[at] = np.where(row.mask[at][..., None] > 0, cv2.resize(picture, size), edited[at])
            out.append(edited)
    return out


def as_a_whole(pipe: Any, rows: Sequence[EditRequest]) -> list[Pixels]:
    """Edit each photo at its own size and keep what is masked."""
    painted = [called(pipe, [row.pixels], [row.seed])[0] for row in rows]
    return [np.where(r.mask[..., None] > 0, p, r.pixels) for r, p in zip(rows, painted, strict=True)]


def seconds(call: Callable[[], object]) -> float:
    """Return how long a call takes."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def paired(name: str, ours: Callable[[], object], theirs: Callable[[], object], rounds: int) -> None:
    """Print medians of two calls that take turns, and of their ratio."""
    pairs = [(seconds(ours), seconds(theirs)) for _ in range(rounds)]
    a, b, ratio = (
        median(v) for v in ([p[0] for p in pairs], [p[1] for p in pairs], [p[0] / p[1] for p in pairs])
    )
    print(f"{name}: ours {a:.2f} s, plain {b:.2f} s, ours / plain {ratio:.3f} ({rounds} pairs)")


def main(rounds: int, count: int) -> None:
    """Print both comparisons."""
    from diffusers import DiffusionPipeline

    from hf_unsafe2safe.editing.diffusion.instruct_pix2pix import instruct_pix2pix

    folder = tiny_editors.tiny_instruct_pix2pix()
    pipe = DiffusionPipeline.from_pretrained(folder)
    pipe.set_progress_bar_config(disable=True)
    spec = f"{folder},side={SIDE},num_inference_steps={STEPS},batch_size={BATCH},device_map=cpu"

    def editor() -> Any:
        return instruct_pix2pix(spec)  # a new one remembers no picture; the weights are shared

    small, large = requests(count, (640, 480)), requests(max(2, count // 8), LARGE)
    editor().edit(small[:1])
    by_hand(pipe, small[:1])
    paired(
        f"overhead, {count} photos, crops of {SIDE}, batch {BATCH}, {STEPS} steps",
        lambda: editor().edit(small),
        lambda: by_hand(pipe, small),
        rounds,
    )
    paired(
        f"crops, {len(large)} photos of {LARGE[0]} x {LARGE[1]}, against whole images",
        lambda: editor().edit(large),
        lambda: as_a_whole(pipe, large),
        max(1, rounds // 2),
    )


if __name__ == "__main__":
    numbers = [int(word) for word in sys.argv[1:]]
    main(*(numbers + [5, 32][len(numbers) :]))
