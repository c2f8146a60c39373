"""Training on a task with a known answer: `python -m benchmarks.train_small [STEPS]`, minutes on a processor.

Tiny editors with random weights learn to paint a disc in the colour that a text names (`recolour` in
`tests/training`); errors are mean absolute ones of the disc, in [0, 255], on held-out pictures painted by the
saved editor. Then a network that copies faces is trained with and without the identity term (`copying`):
distances are L2, and below 0.6 a face is the same person's for the embedder, the one that the term uses.
"""

import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from tests.training import copying, proof


def main(steps: int) -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        recoloured(folder, steps)
        faces(folder)


def recoloured(folder: Path, steps: int) -> None:
    """Train InstructPix2Pix, and on top of it Safe Attention and a LoRA."""
    print("| editor | steps | s | loss, first to last | error, untrained | right text | another's text |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    base = None
    for name, options in proof.RUNS.items():
        began = time.perf_counter()
        found = proof.recoloured(folder / name, steps, base=base, **options)
        seconds = time.perf_counter() - began
        base = base or found.editor
        print(
            f"| {name} | {steps} | {seconds:.0f} | {found.losses[0]:.3f} to {found.losses[-1]:.3f} "
            f"| {found.untrained:.1f} | {found.right:.1f} | {found.wrong:.1f} |",
            flush=True,
        )
        if found.gates:
            print(f"\nGates of {name}: {', '.join(f'{gate:.3f}' for gate in found.gates)}\n")


def faces(folder: Path) -> None:
    """Train the copier with and without the identity term."""
    triplets = copying.write_portraits(folder / "portraits")
    print("| identity_weight | distances of the faces | changed, of 255 |")
    print("| --- | --- | --- |")
    for weight in (0.0, 0.1, 1.0):
        objective = proof.copied(triplets, folder / f"copier-{weight}", weight)
        gaps = copying.distances(objective)
        print(
            f"| {weight} | {', '.join(f'{gap:.2f}' for gap in gaps)}; mean {np.mean(gaps):.2f} "
            f"| {copying.changed(objective):.1f} |",
            flush=True,
        )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 500)
