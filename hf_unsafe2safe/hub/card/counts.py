"""What was done to the images of a result, in words and tables that both cards share."""

import re
from collections.abc import Iterable
from typing import Any

import yaml

from ...manifest import Manifest
from ..published import PublishedConfig
from .markdown import code, codes, escaped, table

Result = Manifest | PublishedConfig

MEANING = {
    "safe": "nothing found that the policy edits, or kept by consent: the pixels are the original's",
    "edited": "found and edited; the edit passed the check, or a person accepted it",
    "rejected": "no edit passed the check, or a person dropped it: no image",
    "failed": "could not be opened or worked on: no image",
}

_LOOKED = (
    "for faces by a second model and in other views, for codes by a second reader, for text, nudity and "
    "objects in another view"
)
_STAGES = ("inspector", "captioner", "instructor", "editor", "verifier")
_LINKABLE = ("pixelate", "blur")


def method(result: Result) -> str:
    """Return how the images were made safe: two sentences."""
    verifier = result.config["verifier"]
    looked = f": {_LOOKED}" if verifier == "local" else f", by the verifier {_spec(verifier)}"
    return (
        "Every image was inspected for what the policy names; only those regions were edited, and every row, "
        f"edited or not, was looked at again{looked}. All metadata was removed from the files of "
        f"{code(result.image_column)}."
    )


def statuses(result: Result) -> str:
    """Return the table of rows by status."""
    rows = ((code(name), count, MEANING.get(name, "")) for name, count in result.statuses.items())
    return table(("status", ">rows", "meaning"), rows)


def labels(result: Result) -> str:
    """Return the table of rows by risk label."""
    if not result.risk_labels:
        return "No risk was found."
    rows = ((code(label), count) for label, count in result.risk_labels.items())
    return table(("risk label", ">rows"), rows)


def policy(result: Result) -> str:
    """Return what the policy edits and labels; what nobody looked for is in neither list."""
    rules = result.config["policy"]
    edit, label = ([k for k in rules[key] if k not in result.not_inspected] for key in ("edit", "label"))
    text = f"Policy: {code(rules['name'])}. Edited: {_listed(edit) or 'nothing'}."
    if label:
        text += f" Only labelled: {_listed(label)}."
    if rules.get("criteria"):
        text += (
            f" Criteria of the publisher's own, whose texts are not published: {codes(rules['criteria'])}."
        )
    text += {
        "reject": " Where a risk has no place in the image, the row has no image.",
        "label": " Where a named risk has no place in the image, it is only labelled.",
    }.get(rules.get("whole_image", "edit"), "")
    return text


def stages(result: Result) -> str:
    """Return the table of what did each step."""
    return table(("step", "by"), ((name, _spec(result.config[name])) for name in _STAGES))


def notes(result: Result) -> list[str]:
    """Return what a reader must know about this result, a paragraph each."""
    found = []
    if result.not_inspected:
        found.append(f"**Not inspected**, though the policy names them: {_listed(result.not_inspected)}.")
    if result.kept_by_consent:
        found.append(f"Faces kept because their people consented: {result.kept_by_consent:,}.")
    if result.reviewed:
        found.append(
            f"A person who saw the originals decided on rows ({_counted(result.reviewed)}); the command below"
            " does not repeat that."
        )
    annotations = result.config.get("annotations") or {}
    if turned := [f"{code(name)} ({escaped(form)})" for name, form in annotations.items() if form]:
        found.append(f"Turned with their images where these were not stored upright: {', '.join(turned)}.")
    editors = yaml.safe_dump(result.config["editor"])
    if linkable := [name for name in _LINKABLE if re.search(rf"\b{name}\b", editors)]:
        found.append(
            f"**Edited with {' and '.join(linkable)}**, which keep something of what they hide: who has other"
            " photos of a person and edits them the same way can link them to this dataset."
        )
    if result.leak_guard:
        found.append(f"Parts of public texts that were replaced (rows): {_counted(result.leak_guard)}.")
    return found


def _spec(spec: Any) -> str:
    """Return a stage as people read it: a mapping by kind, a list as the chain that it is."""
    if isinstance(spec, str):
        return code(spec)
    if isinstance(spec, list):
        return ", then ".join(map(_spec, spec))
    if set(spec) == {"object"}:
        return f"{code(spec['object'])}, made by hand"
    kinds = sorted(spec, key=lambda kind: (kind == "*", kind))
    return "; ".join(f"{'all else' if kind == '*' else escaped(kind)}: {_spec(spec[kind])}" for kind in kinds)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(map(escaped, names))


def _counted(counts: Any) -> str:
    return ", ".join(f"{escaped(word)} {count:,}" for word, count in counts.items())
