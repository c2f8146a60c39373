"""The table of the README: the preset `local` with each of its editors, judged by `evaluate`.

`python benchmarks/evaluate_editors.py [FOLDER ...]`; without folders, the example photos. Results and looks
are made in a temporary folder.
"""

import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from hf_unsafe2safe import evaluate
from hf_unsafe2safe.evaluation.output.words import number
from hf_unsafe2safe.evaluation.results import Evaluation, Figure
from hf_unsafe2safe.materialize import materialize

EDITORS = ("fill", "inpaint", "stand-in", "mosaic", "pixelate", "blur")
# Metric -> the head of its column.
METRICS = {
    "adaptive-reidentification": "faces linked, attacker has the editor ↓",
    "reidentification": "faces recognised ↓",
    "facesim": "FaceSim ↓",
    "residual-faces": "faces found",
    "textsim-regions": "TextSim, edited text ↓",
    "characters-recovered-regions": "characters read ↓",
    "ssim-regions": "SSIM in regions ↓",
    "ssim-outside": "SSIM outside ↑",
    "detection-agreement": "same objects ↑",
}


def main(folders: list[Path]) -> None:
    """Print a Markdown table, a line an editor."""
    for folder in folders:
        with tempfile.TemporaryDirectory() as place:
            judged = {editor: judge(folder, Path(place), editor) for editor in EDITORS}
        raw = judged[EDITORS[0]]
        print(f"{raw.rows['original']} photos, {raw['facesim'].figure.rows} with faces")
        print(table({"none": floor(raw), **{e: figures(found) for e, found in judged.items()}}))


def judge(folder: Path, place: Path, editor: str) -> Evaluation:
    """Return the evaluation of one editor on a folder."""
    materialize(folder, place / editor, {"editor": editor, "store": None})
    baselines = ("raw",) if editor == EDITORS[0] else ()
    return evaluate(
        place / editor, folder, metrics=tuple(METRICS), baselines=baselines, baseline_rows=10_000, store=place
    )


def figures(found: Evaluation) -> dict[str, Figure]:
    """Return the figures of the metrics that ran."""
    return {one.metric: one.figure for one in found.results}


def floor(found: Evaluation) -> dict[str, Figure]:
    """Return those of the originals against themselves."""
    return {one.metric: one.baselines["raw"].figure for one in found.results if "raw" in one.baselines}


def table(rows: Mapping[str, Mapping[str, Figure]]) -> str:
    """Return the table; a figure with its interval where there is one."""
    lines = [f"| editor | {' | '.join(METRICS.values())} |", "|---" * (len(METRICS) + 1) + "|"]
    for name, found in rows.items():
        cells = [cell(found[metric]) if metric in found else "" for metric in METRICS]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def cell(figure: Figure) -> str:
    """Return a figure as the table shows it."""
    ends = "" if figure.low is None else f" [{number(figure.low)}, {number(figure.high)}]"
    return f"{number(figure.value)}{ends}"


if __name__ == "__main__":
    main([Path(p) for p in sys.argv[1:]] or [Path(__file__).parent.parent / "examples" / "photos"])
