"""Evaluations made up by hand, with numbers as real ones have them."""

import numpy as np

from hf_unsafe2safe.evaluation.output.worst import WorstRow
from hf_unsafe2safe.evaluation.results import Effect, Evaluation, Figure, NotRun, Result

# Each would end the element it stands in, start one, or be markup, if it were not escaped.
NASTY = "</script><img src=x onerror='window.ran = 1'> | **b** `c` \"'&amp; \x1b[2J \u202e"
# Metric -> group, title, unit, better, range, value of the dataset, of raw, reencoded, blur, pixelate, fill.
METRICS = {
    "embedded-similarity": ("quality", "Embedded image similarity", "cosine", "higher", (-1, 1),
                            0.912, 1, 0.994, 0.951, 0.944, 0.887),
    "ssim-outside": ("quality", "SSIM outside the regions", "", "higher", (-1, 1),
                     0.9996, 1, 0.981, 1, 1, 1),
    "ssim-regions": ("cheating", "SSIM inside the risky regions", "", "lower", (-1, 1),
                     0.213, 1, 0.972, 0.644, 0.402, 0.118),
    "edited-too-little": ("cheating", "Rows edited too little", "share", "lower", (0, 1),
                          0.0062, 1, 1, 0.134, 0.021, 0),
    "reidentification": ("privacy", "Re-identified faces", "share", "lower", (0, 1),
                         0.0312, 1, 0.998, 0.412, 0.187, 0.0104),
    "facesim": ("privacy", "FaceSim", "", "lower", (0, 1), 0.0718, 1, 0.961, 0.448, 0.267, 0.0421),
    "entities-left": ("privacy", "Personal texts still readable", "share", "lower", (0, 1),
                      0.0217, 1, 0.987, 0.344, 0.107, 0),
    "metadata-bytes": ("privacy", "Metadata left", "bytes", "lower", (0, None), 0, 8_412.5, 0, 0, 0, 0),
    "residual-faces": ("privacy", "Faces that a detector still finds", "share", "", (0, 1),
                       0.412, 1, 1, 0.802, 0.364, 0.0104),
    "probe-accuracy": ("utility", "Accuracy of a probe trained on safe images", "share", "higher", (0, 1),
                       0.842, 0.857, 0.853, 0.846, 0.844, 0.829),
    "detection-agreement": ("utility", "Objects found before and after", "F1", "higher", (0, 1),
                            0.871, 1, 0.973, 0.902, 0.893, 0.848),
}  # fmt: skip
NAMES = ("raw", "reencoded", "blur", "pixelate", "fill")


def figure(value, rows=188, spread=0.04, excluded=None):
    """Return a figure with an interval that is wider around the middle, as that of a share is."""
    half = spread * (4 * abs(value) * max(0.0, 1 - abs(value)) if abs(value) <= 1 else abs(value))
    return Figure(value, value - half, value + half, rows, excluded or {})


def result(name, change=0.0):
    group, title, unit, better, span, value, *others = METRICS[name]
    excluded = {"no face in the original": 12} if name in ("reidentification", "facesim") else {}
    own = figure(value + change, excluded=excluded)
    beside = {
        base: Effect(figure(other), own, figure(own.value - other, spread=0.02))
        for base, other in zip(NAMES, others, strict=True)
    }
    return Result(group, name, title, unit, better, span, own, beside)


def evaluation(subject="photos-safe, preset local", change=0.0, without=()):
    """Return an evaluation; `change` is added to every figure of the dataset, some metrics left out."""
    return Evaluation(
        subject,
        {"original": 203, "judged": 200, "without_image": 2, "missing": 1},
        tuple(result(name, change) for name in METRICS if name not in without),
        (
            NotRun("quality", "fid", "FID", "pass inception=DIR, a folder with the network's weights"),
            NotRun("privacy", "vlm-score", "VLMScore", "pass judge=ENDPOINT"),
            *(NotRun(METRICS[n][0], n, METRICS[n][1], "too few rows") for n in without),
        ),
        {"safe": 80, "edited": 120, "rejected": 2, "failed": 0},
        {"seed": 0, "resamples": 1_000},
        "0.1.0",
    )


def nasty():
    """Return an evaluation in which every text is hostile."""
    return Evaluation(
        NASTY,
        {"original": 1, "judged": 1},
        (
            Result(NASTY, NASTY, NASTY, NASTY, NASTY, (None, None), Figure(1.0, excluded={NASTY: 1}),
                   {NASTY: Effect(Figure(1.0), Figure(1.0), Figure(0.0))}),
        ),
        (NotRun(NASTY, NASTY, NASTY, NASTY),),
        {NASTY: 1},
        {NASTY: NASTY},
        NASTY,
    )  # fmt: skip


def distribution(name, rows=188):
    """Return values around the figure of a metric, the same each time."""
    rng = np.random.default_rng(len(name))
    value = METRICS[name][5]
    return tuple(np.clip(value + rng.normal(0, 0.08, rows), 0, None).tolist())


def worst(count=24, size_wh=(160, 120)):
    """Return rows with drawn thumbnails."""
    across = np.linspace(40, 220, size_wh[0], dtype=np.uint8)
    original = np.broadcast_to(across[None, :, None], (size_wh[1], size_wh[0], 3)).copy()
    safe = original.copy()
    safe[30:80, 50:100] = (94, 96, 102)
    return [WorstRow(f"train/{i}", 0.9 - i / 50, original, safe) for i in range(count)]
