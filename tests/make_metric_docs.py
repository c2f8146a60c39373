"""Write a page a metric into docs/metrics, from the docstrings: `python -m tests.make_metric_docs`."""

import inspect
import math
import re
import sys
from pathlib import Path

from hf_unsafe2safe.evaluation.catalogue import OPTIONS, known
from hf_unsafe2safe.evaluation.metric import DIMENSIONS, Metric

FOLDER = Path(__file__).parent.parent / "docs" / "metrics"
PARTS = ("Formula", "Meaning", "Range", "Source", "Pitfalls")
QUESTIONS = {
    "quality": "Is it still a good picture of the same scene?",
    "cheating": "Was anything changed, or is it a copy?",
    "privacy": "Who or what can still be recognised, read or linked?",
    "utility": "Can models still learn from it?",
}
_BETTER = {True: "higher", False: "lower", None: "neither alone"}
HEAD = """# Metrics of `evaluate`

Made from the docstrings by `python -m tests.make_metric_docs`; how to run: [evaluation](../evaluation.md).
"""


def pages() -> dict[str, str]:
    """Return all files of the folder by name."""
    metrics = known()
    index = [HEAD]
    for dimension in DIMENSIONS:
        own = {name: kind for name, kind in metrics.items() if kind.dimension == dimension}
        index += [
            f"## {dimension.capitalize()}: {QUESTIONS[dimension]}",
            "",
            "| metric | what | better | needs |",
        ]
        index += ["|---|---|---|---|"]
        index += [
            f"| [{name}]({name}.md) | {kind.title} | {_BETTER[kind.higher_is_better]} | "
            f"{OPTIONS[kind.option][1] + f' (`{kind.option}`)' if kind.option else ''} |"
            for name, kind in own.items()
        ]
        index += [""]
    return {"README.md": "\n".join(index), **{f"{name}.md": page(kind) for name, kind in metrics.items()}}


def page(metric: type[Metric]) -> str:
    """Return the page of a metric."""
    first, parts = parsed(metric)
    low, high = metric.low, metric.high
    ends = f"{low:g} to {high:g}" if math.isfinite(high) else f"{low:g} and more"
    facts = [
        f"{metric.dimension}",
        f"better: {_BETTER[metric.higher_is_better]}",
        f"unit: {metric.unit or 'none'}" + (f", {ends}" if math.isfinite(low) else ""),
        *([f"needs the option `{metric.option}`: {OPTIONS[metric.option][1]}"] if metric.option else []),
    ]
    lines = [f"# `{metric.name}`: {metric.title}", "", first, "", "; ".join(facts) + ".", ""]
    for name, text in parts.items():
        lines += [f"## {name}", "", text, ""]
    return "\n".join(lines)


def parsed(metric: type[Metric]) -> tuple[str, dict[str, str]]:
    """Return the first paragraph of a docstring and its parts by name."""
    text = inspect.getdoc(metric) or ""
    head, *rest = re.split(rf"^({'|'.join(PARTS)}):\n", text, flags=re.MULTILINE)
    parts = {name: inspect.cleandoc(body) for name, body in zip(rest[::2], rest[1::2], strict=True)}
    return head.strip(), parts


def main() -> int:
    """Write the pages and remove those of metrics that are gone."""
    FOLDER.mkdir(exist_ok=True)
    wanted = pages()
    for path in FOLDER.glob("*.md"):
        if path.name not in wanted:
            path.unlink()
    for name, text in wanted.items():
        (FOLDER / name).write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
