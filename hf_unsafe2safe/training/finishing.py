"""The end of a run: the editor with its card takes its place, and what was kept of originals goes."""

import json
from pathlib import Path
from typing import Any

from ..errors import TrainingError
from ..storage.output import remove
from . import result
from .card import card
from .config import TrainConfig
from .objectives.objective import Objective
from .triplets.read import OpenTriplets


def finish(
    config: TrainConfig,
    output: Path,
    objective: Objective,
    triplets: OpenTriplets,
    best: dict[str, Any],
    examples: Any,
) -> None:
    """Write the editor, its card and `training.json`, and remove the encoded examples.

    Args:
        config: Of the run.
        output: Its folder.
        objective: With the weights of the best step.
        triplets: What it was trained on.
        best: That step, and its figures.
        examples: As encoded; removed unless a folder was named for them.

    Raises:
        TrainingError: The disk does not take it.
    """
    part = output / ".editor.part"
    counts = {"examples": examples.count, "skipped": dict(examples.skipped)}
    values: dict[str, Any] = {
        "steps": config.optimization.steps,
        "best_step": best["step"],
        "figures": best["figures"],
        "skipped": dict(examples.skipped),
        "options": result.options_of(config),
        "models": [[model.name, model.revision] for model in objective.models],
        "triplets": dict(triplets.manifest),
    }
    try:
        remove(part)
        part.mkdir(parents=True)
        objective.save(part)
        _forget_places(part)
        told = {**best, "identity": bool(config.loss.identity_weight)}
        text = card(config, triplets.manifest, told, objective.models, counts)
        (part / "README.md").write_text(text, encoding="utf-8")
        values["files"] = result.digests(part)
        result.replace_editor(output, part)
        result.write_result(output, values)
    except OSError as error:
        raise TrainingError(
            f"The trained editor cannot be written: {error.strerror}.",
            hint="Make room on the disk, then run the same again: all checkpoints are there.",
        ) from None
    if not config.data.cache:
        examples.remove()


def _forget_places(folder: Path) -> None:
    """Remove from saved configs where on this machine they were loaded from."""
    for path in folder.rglob("*.json"):
        values = json.loads(path.read_text("utf-8"))
        if isinstance(values, dict) and values.pop("_name_or_path", None) is not None:
            path.write_text(json.dumps(values, indent=2) + "\n", encoding="utf-8")
