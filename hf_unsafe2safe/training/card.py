"""The model card of a trained editor: what it learnt from, how it was judged, what that does not say."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from ..config import package_version
from ..hub.card.markdown import code, escaped, fenced, table
from ..hub.licences import hub_licences, licence_of
from ..records import ModelInfo
from .config import TrainConfig
from .validation.best import TOLERANCE

_FIGURES = {
    "reidentification": (
        "People recognised",
        "share of faces that a recogniser still knows, lower is better",
    ),
    "facesim": ("Similarity of faces", "to the original's, lower is better"),
    "error_in_mask": ("Distance to the target", "where it is masked, 0 to 1, lower is better"),
    "changed_in_mask": ("Distance to the original", "where it is masked, 0 to 1"),
    "loss": ("Loss", "of training, with nothing dropped"),
}
# Options that tell how it was trained; none of them is a name or a place.
_TOLD = (
    *("editor", "lora_rank", "steps", "batch_size", "learning_rate", "schedule", "optimizer", "ema_decay"),
    *("mixed_precision", "framing", "balanced", "drop_texts", "drop_image", "drop_all", "drop_each"),
    *("min_snr_gamma", "mask_weight", "identity_weight", "identity_margin", "seed"),
)


def card(
    config: TrainConfig,
    triplets: Mapping[str, Any],
    best: Mapping[str, Any],
    models: Sequence[ModelInfo],
    counts: Mapping[str, Any],
    *,
    licence: str = "",
) -> str:
    """Return the README.md of a trained editor. It has no caption, name or place in it.

    Args:
        config: Of the run.
        triplets: The manifest of what it was trained on.
        best: Step and figures of the weights.
        models: The model that it started with.
        counts: `examples`, and `skipped` by reason.
        licence: Of the editor; empty for that of the model it started with, where that is known.
    """
    from .result import options_of

    options = options_of(config)
    editor = options["editor"]
    base = models[0]
    use = (
        "from hf_unsafe2safe import Sanitizer\n\n"
        "# owner/name on the Hub, or the folder\n"
        f'sanitize = Sanitizer(editor={{"face": ["{editor}:owner/name", "fill"]}})'
    )
    parts = [
        _header(base, licence),
        "# An image editor that was fine-tuned for privacy-safe edits",
        f"{code(editor)}, fine-tuned with hf-unsafe2safe {code(package_version())} to rewrite masked, "
        f"sensitive regions of images. It started from {code(base.name)} at {code(base.revision)}.",
        fenced(use, "python"),
        "Every edit is checked by other models before it is kept, as with any editor of hf-unsafe2safe.",
        "## Data",
        _data(triplets, counts),
        "## Training",
        table(["Option", "Value"], [[code(name), code(options[name])] for name in _TOLD if name in options]),
        "## Validation",
        _validation(best),
        "## Intended use, and not",
        "For making image datasets safer to share, with a check of every result. Not for changing pictures "
        "of people to deceive anybody, and not as a proof of anonymity.\n\n"
        "**It saw originals.** Diffusion models can memorise what they were trained on, faces included, and "
        "fine-tuning alone makes edited faces more like the original ones (Unsafe2Safe, arXiv 2603.28605: "
        "similarity 0.516 before, 0.591 after). Whoever has this model may get something of the originals "
        "out of it. It was published by somebody who decided that this may be.",
        "## Licences",
        _licences(base, triplets, licence),
    ]
    return "\n\n".join(parts) + "\n"


def _header(base: ModelInfo, licence: str) -> str:
    known = hub_licences(licence or licence_of(base.name, base.revision))
    lines = ["library_name: diffusers", "pipeline_tag: image-to-image"]
    lines.append("tags: [unsafe2safe, privacy, anonymization, image-editing]")
    if len(known) == 1:
        lines.append(f"license: {known[0]}")
    if "/" in base.name:
        lines.append(f"base_model: {json.dumps(base.name)}")
    return "\n".join(["---", *lines, "---"])


def _data(triplets: Mapping[str, Any], counts: Mapping[str, Any]) -> str:
    rows = [[code(name), number] for name, number in triplets.get("rows", {}).items()]
    clip = triplets.get("clip")
    ratio = clip.get("ratio_above") if isinstance(clip, Mapping) else None
    said = [
        f"Trained on {int(counts['examples']):,} examples of the training split, from (original, edited "
        "image, public caption, edit instruction). Near-duplicates and people are in one split only.",
        table(["Split", ">Rows"], rows),
        "Rows whose people a recogniser still knew in the edited image were "
        f"{triplets.get('reidentified_rows')}; "
        + (
            f"rows were kept whose CLIP ratio of edited to original is above {ratio}."
            if ratio
            else "the CLIP ratio was not measured."
        ),
    ]
    left = {**dict(triplets.get("counts", {})), **dict(counts.get("skipped", {}))}
    if left:
        said.append(table(["Rows by what became of them", ">Rows"], [[code(n), c] for n, c in left.items()]))
    return "\n\n".join(said)


def _validation(best: Mapping[str, Any]) -> str:
    figures = best["figures"]
    if not figures:
        return (
            "There was no validation split: nothing is known of how well it edits. "
            "The weights are the last ones."
        )
    rows = [
        [title, f"{figures[name]:.3g}", what] for name, (title, what) in _FIGURES.items() if name in figures
    ]
    faces = int(figures.get("faces", 0))
    return "\n\n".join(
        [
            f"At step {best['step']}, on rows that it did not learn from; {faces} of them show a face that "
            "is large enough to be judged.",
            table(["Figure", ">Value", "What it is"], rows),
            "Of all validated steps this one was chosen: the fewest people recognised, then, within "
            f"{TOLERANCE}, the least similar faces, then the lowest loss. Few rows make a rough figure, and "
            "another recogniser, or one that knows this editor, may still tell who it is"
            + (
                "; above all here, where the very recogniser of these figures was trained against."
                if best.get("identity")
                else "."
            ),
        ]
    )


def _licences(base: ModelInfo, triplets: Mapping[str, Any], licence: str) -> str:
    data = str(triplets.get("licence") or "")
    return "\n".join(
        [
            f"- of the model that it started with: {escaped(licence_of(base.name, base.revision))}",
            f"- of the data: {escaped(data) if data else 'not known'}",
            f"- of this model: {escaped(licence) if licence else 'as of the model that it started with'}",
        ]
    )
