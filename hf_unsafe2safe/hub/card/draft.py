"""The draft of a dataset card: what was done, how often, and what it does not promise."""

from datasets import ClassLabel, Features

from ...manifest import Manifest
from . import counts
from .again import again
from .header import draft_header, written
from .markdown import code, escaped

_TEXT = """
# Privacy-safe images

The privacy-safe version of an image dataset, made with hf-unsafe2safe {package_version} after the paper
[Unsafe2Safe](https://arxiv.org/abs/2603.28605). {method} **This is a draft:
set the licence of the source, and look at the images before you publish them.**

## What was done

{statuses}

{labels}

Source: {source}{limit}. {policy}
{notes}
## Columns

{image_column} is the safe image, null where the status is `rejected` or `failed`. `privacy_status`,
`privacy_flag`, `risk_labels`, `risk_regions`, `public_caption`, `edit_instruction` and `provenance` were
added.{passed}

## What this does not promise

It reduces risk and proves nothing. Detectors miss things; what is not named by the policy was not edited;
bodies, clothes, places and context can identify a person without a face or a name. Who owns the original
photo can still link it to its edited version, and that it is part of this dataset is not hidden.

## How to make it again

{again}

The configuration has the digest `{digest}`; `manifest.json` has all of it, and the models. Other versions of
the packages may give other pixels.

Paper: *Unsafe2Safe*, [arXiv 2603.28605](https://arxiv.org/abs/2603.28605).
"""


def card(manifest: Manifest, features: Features) -> str:
    """Return the text of README.md of a result: a YAML header that the Hub accepts, and the card.

    The header names the files of every split, so that `load_dataset` sees these and nothing else.

    Args:
        manifest: Of the result.
        features: Of the published columns.
    """
    notes = [*counts.notes(manifest), *_empty_splits(manifest)]
    text = _TEXT.format(
        package_version=escaped(manifest.package_version),
        method=counts.method(manifest),
        statuses=counts.statuses(manifest),
        labels=counts.labels(manifest),
        source=code(manifest.source),
        limit=f", the first {manifest.limit} rows of every split" if manifest.limit else "",
        policy=counts.policy(manifest),
        notes="".join(f"\n{note}\n" for note in notes),
        image_column=code(manifest.image_column),
        passed=_passed(manifest, features),
        again=again(manifest),
        digest=manifest.config_digest,
    )
    return written(draft_header(manifest, features)) + text


def _empty_splits(manifest: Manifest) -> list[str]:
    empty = [split for split, counts in manifest.splits.items() if not sum(counts.values())]
    return (
        [f"Splits of the source without rows, which have no file: {', '.join(map(escaped, empty))}."]
        if empty
        else []
    )


def _passed(manifest: Manifest, features: Features) -> str:
    if not manifest.passed_through:
        return ""
    names = ", ".join(f"{code(name)} ({escaped(kind)})" for name, kind in manifest.passed_through.items())
    text = f"\n\n**Passed through and not inspected**: {names}."
    if any(isinstance(features[name], ClassLabel) for name in manifest.passed_through):
        text += " Class names come with a ClassLabel column: read them before you publish."
    return text
