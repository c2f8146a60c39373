"""The card of a published dataset: made of what `unsafe2safe.json` says and of nothing else."""

import json
from collections.abc import Mapping

from datasets import Features

from ..licences import forbids_derivatives, licence_of
from ..published import Published
from .header import DEFAULT, published_header
from .keeping import split, with_header, with_text
from .markdown import Sections, code, codes, escaped, fenced, joined, table, warning
from .sections import sections
from .sources import hub_id, link

_INTRO = """Privacy-safe images, made with hf-unsafe2safe {versions} after the paper
[Unsafe2Safe](https://arxiv.org/abs/2603.28605). **This reduces risk and proves nothing**: read below what it
does not promise."""

_LOAD = """from datasets import load_dataset

dataset = load_dataset({arguments})

# the same, and a check first that the files are those that were published
from hf_unsafe2safe import load_safe_dataset

dataset = load_safe_dataset({arguments})"""

_FORBIDDEN = """**The licence of the source{which} forbids derivatives**, and edited images are derivatives.
> See *Source and licence*."""

_LICENCES = "Licences as known when this was written; read those of the models yourself."

_LIMITS = """- It reduces risk and proves nothing. Detectors miss things, of some people more than others.
- What the policy does not name was not edited. Bodies, clothes, places and context can tell who somebody is
  without a face or a name.
- **Masked edits do not protect against linkage or membership tests.** Outside the edited regions the pixels
  are the original's: who holds the same photo can find it here, and knows then that it is in this dataset.
- No k-anonymity is claimed, nor any other formal guarantee.
- `row_key` is an HMAC of the original's hash with a key that stays with the publisher. It tells others
  nothing; the publisher can find a row again by it, to take it down.
- Public texts were checked by rules, for English."""

_TAKEDOWN = """You are in one of these images, or hold rights in one, and want it gone? {where} and name its
`row_key`, or its configuration, split and row. Post no photo where others can see it. The publisher removes
the row, and the history and files behind it:

{command}

Copies that were already downloaded cannot be recalled. Rows taken down so far: {count:,}."""

_BIBTEX = """@inproceedings{dinh2026unsafe2safe,
  title         = {Unsafe2Safe},
  author        = {Dinh and Jin},
  booktitle     = {CVPR},
  year          = {2026},
  eprint        = {2603.28605},
  archivePrefix = {arXiv}
}"""


def published_card(
    published: Published, repo_id: str, features: Mapping[str, Features], existing: str | None
) -> str:
    """Return the text of README.md of a repo. To update it twice changes nothing.

    What a user wrote stays: the text around our marks, and every key of the header that is not ours.

    Args:
        published: What the repo holds.
        repo_id: Its `owner/name`.
        features: Of the published columns, by configuration; those that are not at hand may be missing.
        existing: The README that is there; None where there is none.
    """
    text, there, body = split(existing or "")
    header = with_header(text, there, published_header(published, features, there))
    return f"---\n{header}---\n{with_text(body, _text(published, repo_id))}"


def _text(published: Published, repo_id: str) -> str:
    versions = dict.fromkeys(config.package_version for config in published.configs.values())
    parts = [
        f"# {escaped(repo_id.rpartition('/')[2])}",
        _INTRO.format(versions=escaped(", ".join(versions))),
        *_warnings(published),
        joined({"How to load it": _load(published, repo_id)}),
    ]
    for name in _names(published):
        own = sections(published.configs[name], repo_id)
        one = len(published.configs) == 1
        parts += [joined(own)] if one else [f"## Configuration {code(name)}", joined(own, level=3)]
    return "\n\n".join([*parts, joined(_common(published, repo_id))])


def _names(published: Published) -> list[str]:
    return sorted(published.configs, key=lambda name: (name != DEFAULT, name))


def _common(published: Published, repo_id: str) -> Sections:
    return {
        "Models": _models(published),
        "What this does not promise": _LIMITS,
        "Takedown": _takedown(published, repo_id),
        "Citation": _citation(published),
    }


def _warnings(published: Published) -> list[str]:
    """Return what must be read first."""
    forbidden = [n for n, c in published.configs.items() if forbids_derivatives(c.source_licence)]
    which = "" if len(published.configs) == 1 else f" ({codes(sorted(forbidden))})"
    return [warning(_FORBIDDEN.format(which=which))] if forbidden else []


def _load(published: Published, repo_id: str) -> str:
    names = _names(published)
    given = [repo_id, *(name for name in names[:1] if name != DEFAULT)]
    text = fenced(_LOAD.format(arguments=", ".join(map(json.dumps, given))), "python")
    if len(names) == 1:
        return text
    rows = ((code(name), sum(published.configs[name].published.values())) for name in names)
    return f"{table(('configuration', '>rows'), rows)}\n\n{text}"


def _models(published: Published) -> str:
    used = {(m["name"], m["revision"]): None for c in published.configs.values() for m in c.models}
    if not used:
        return "No model took part."
    rows = ((code(name), code(revision), escaped(licence_of(name, revision))) for name, revision in used)
    return f"{table(('model', 'revision', 'licence'), rows)}\n\n{_LICENCES}"


def _takedown(published: Published, repo_id: str) -> str:
    contact = escaped(published.contact)
    where = f"Write to {contact}" if contact else f"Open a [discussion](/datasets/{repo_id}/discussions)"
    commands = (f"unsafe2safe retract {repo_id} {what}" for what in ("--rows ROW_KEY", "--image photo.jpg"))
    return _TAKEDOWN.format(
        where=where, command=fenced("\n".join(commands), "bash"), count=len(set(published.retracted))
    )


def _citation(published: Published) -> str:
    names = filter(None, dict.fromkeys(map(hub_id, published.configs.values())))
    links = ", ".join(map(link, names))
    return f"{fenced(_BIBTEX, 'bibtex')}\n\nCite the source{': ' if links else ' '}{links or 'too'}."
