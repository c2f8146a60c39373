"""The draft of a dataset card: what was done, how often, and what it does not promise."""

import hashlib
import json
import re
import shlex
from collections.abc import Mapping
from typing import Any

import yaml
from datasets import ClassLabel, Features

from ..config import STAGES
from ..manifest import Manifest
from ..policy import POLICIES
from ..presets import PRESETS
from ..sources import IN_MEMORY

_TEXT = """
# {title}

The privacy-safe version of an image dataset, made with
hf-unsafe2safe {package_version} after the paper
[Unsafe2Safe](https://arxiv.org/abs/2603.28605). Every image was inspected for what the policy names; only
those regions were edited, and every row, edited or not, was looked at again: for faces by a second model
and in other views, for codes by a second reader, for text, nudity and objects in another view. All
metadata was removed from the files of `{image_column}`. **This is a draft:
set the licence of the source, and look at the images before you publish them.**

## What was done

| status | rows | meaning |
|---|---|---|
{statuses}

{labels}

Source: `{source}`{limit}. Policy: `{policy}`. Edited: {edit}. {only_labelled}
{notes}{splits}
## Columns

`{image_column}` is the safe image, null where the status is `rejected` or `failed`. `privacy_status`,
`privacy_flag`, `risk_labels`, `risk_regions`, `public_caption`, `edit_instruction` and `provenance` were
added.{passed}

## What this does not promise

It reduces risk and proves nothing. Detectors miss things; what is not named by the policy was not edited;
bodies, clothes, places and context can identify a person without a face or a name. Who owns the original
photo can still link it to its edited version, and that it is part of this dataset is not hidden.

## How to make it again

```bash
pip install hf-unsafe2safe=={package_version}
{command}
```
{config}
The configuration has the digest `{digest}`; `manifest.json` has all of it, and the models. Other versions of
the packages may give other pixels.

Paper: *Unsafe2Safe*, [arXiv 2603.28605](https://arxiv.org/abs/2603.28605).
"""

_MEANING = {
    "safe": "nothing found that the policy edits, or kept by consent: the pixels are the original's",
    "edited": "found and edited; the edit passed the check, or a person accepted it",
    "rejected": "no edit passed the check, or a person dropped it: no image",
    "failed": "could not be opened or worked on: no image",
}


def card(manifest: Manifest, features: Features) -> str:
    """Return the text of README.md: a YAML header that the Hub accepts, and the card.

    The header names the files of every split, so that `load_dataset` sees these and nothing else.

    Args:
        manifest: Of the result.
        features: Of the published columns.
    """
    header = yaml.safe_dump(_header(manifest, features), sort_keys=False, allow_unicode=True)
    policy = manifest.config["policy"]
    labelled = ", ".join(kind for kind in policy["label"] if kind not in manifest.not_inspected)
    text = _TEXT.format(
        title="Privacy-safe images",
        package_version=manifest.package_version,
        statuses="\n".join(f"| `{s}` | {n} | {_MEANING[s]} |" for s, n in manifest.statuses.items()),
        labels=_labels(manifest),
        source=manifest.source,
        limit=f", the first {manifest.limit} rows of every split" if manifest.limit else "",
        policy=policy["name"],
        edit=", ".join(k for k in policy["edit"] if k not in manifest.not_inspected) or "nothing",
        only_labelled=f"Only labelled: {labelled}." if labelled else "",
        notes=_notes(manifest),
        splits=_splits(manifest),
        image_column=manifest.image_column,
        passed=_passed(manifest, features),
        command=_command(manifest),
        config=_config(manifest),
        digest=manifest.config_digest,
    )
    return f"---\n{header}---\n{text}"


def _header(manifest: Manifest, features: Features) -> dict[str, Any]:
    labelled = any(
        isinstance(feature, ClassLabel) for name, feature in features.items() if name != "privacy_status"
    )
    files: dict[str, list[dict[str, str]]] = {}
    for name, counts in manifest.splits.items():
        config, _, split = name.rpartition("/")
        if sum(counts.values()):
            paths = files.setdefault(config or "default", [])
            paths.append({"split": split, "path": f"data/{name}-*.parquet"})
    return {
        "license": "unknown",
        "task_categories": ["image-classification" if labelled else "other"],
        "tags": ["unsafe2safe", "privacy", "anonymization", "image"],
        "configs": [
            {"config_name": config, "description": f"rows {_digest(manifest)}", "data_files": paths}
            for config, paths in files.items()
        ],
    }


def _digest(manifest: Manifest) -> str:
    """Return what tells this result from others.

    `load_dataset` caches a local folder by its last name and these `configs` alone: without it, it would
    give the rows of an earlier result, or of another folder of the same name.
    """
    return hashlib.sha256(json.dumps(dict(manifest.files)).encode()).hexdigest()[:16]


def _labels(manifest: Manifest) -> str:
    if not manifest.risk_labels:
        return "No risk was found."
    rows = "\n".join(f"| `{label}` | {count} |" for label, count in manifest.risk_labels.items())
    return f"| risk label | rows |\n|---|---|\n{rows}"


_LINKABLE = ("pixelate", "blur")


def _notes(manifest: Manifest) -> str:
    """Return what a reader must know about this result, a paragraph each."""
    notes = []
    if manifest.not_inspected:
        notes.append(f"**Not inspected**, though the policy names them: {', '.join(manifest.not_inspected)}.")
    if manifest.kept_by_consent:
        notes.append(f"Faces kept because their people consented: {manifest.kept_by_consent}.")
    if manifest.reviewed:
        counts = ", ".join(f"{word} {count}" for word, count in manifest.reviewed.items())
        notes.append(
            f"A person who saw the originals decided on rows ({counts}); the command below does not repeat "
            "that."
        )
    if turned := [f"`{name}` ({form})" for name, form in manifest.config["annotations"].items() if form]:
        notes.append(f"Turned with their images where these were not stored upright: {', '.join(turned)}.")
    editors = yaml.safe_dump(manifest.config["editor"])
    if linkable := [name for name in _LINKABLE if re.search(rf"\b{name}\b", editors)]:
        notes.append(
            f"**Edited with {' and '.join(linkable)}**, which keep something of what they hide: who has other"
            " photos of a person and edits them the same way can link them to this dataset."
        )
    if manifest.leak_guard:
        counts = ", ".join(f"{name} {count}" for name, count in manifest.leak_guard.items())
        notes.append(f"Parts of public texts that were replaced (rows): {counts}.")
    return "".join(f"\n{note}\n" for note in notes)


def _splits(manifest: Manifest) -> str:
    empty = [split for split, counts in manifest.splits.items() if not sum(counts.values())]
    return f"\nSplits of the source without rows, which have no file: {', '.join(empty)}.\n" if empty else ""


def _passed(manifest: Manifest, features: Features) -> str:
    if not manifest.passed_through:
        return ""
    names = ", ".join(f"`{name}` ({kind})" for name, kind in manifest.passed_through.items())
    text = f"\n\n**Passed through and not inspected**: {names}."
    if any(isinstance(features[name], ClassLabel) for name in manifest.passed_through):
        text += " Class names come with a ClassLabel column: read them before you publish."
    return text


def _overrides(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return what differs from the preset and is no option of the command."""
    preset = PRESETS[config["preset"]]
    stages = {stage: config[stage] for stage in STAGES if config[stage] != preset[stage]}
    policy, known = config["policy"], POLICIES.get(config["policy"]["name"])
    others = {} if known and known.as_dict() == policy else {"policy": policy}
    others |= {name: True for name in ("demographics", "allow_uncovered") if config[name]}
    others |= {name: config[name] for name in ("annotations", "context_columns") if config[name]}
    return {**stages, **others}


def _config(manifest: Manifest) -> str:
    overrides = _overrides(manifest.config)
    if not overrides:
        return ""
    block = yaml.safe_dump(overrides, sort_keys=False)
    text = f"\nwith this `CONFIG.yaml`:\n\n```yaml\n{block}```\n"
    if "object: " in block:
        text += "\nA stage named `object` was made by hand: pass it to `Sanitizer` in Python.\n"
    return text


def _command(manifest: Manifest) -> str:
    config, overrides = manifest.config, _overrides(manifest.config)
    source, _, revision = manifest.source.partition("@")
    given = source == IN_MEMORY
    source = "FOLDER" if given else source
    words = ["unsafe2safe", "sanitize", source, "--output", "DIR", "--preset", config["preset"]]
    words += ["--revision", revision] if revision else []
    words += manifest.source_options
    words += ["--image-column", config["image_column"]] if config["image_column"] else []
    words += ["--config", "CONFIG.yaml"] if overrides else []
    words += [] if "policy" in overrides else ["--policy", config["policy"]["name"]]
    words += ["--seed", str(config["seed"]), "--encoding", config["encoding"]]
    words += ["--keep", "FOLDER"] if config["keep"] else []
    words += ["--limit", str(manifest.limit)] if manifest.limit else []
    first = "# first, of the dataset in Python: dataset.save_to_disk('FOLDER')\n" if given else ""
    return first + shlex.join(words)
