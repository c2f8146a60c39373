"""Other tools and this one on the same photos, judged by the same suite; docs/peers.md has a table of it.

    python benchmarks/peers.py [FOLDER ...] [--cards N] [--work DIR] [--rounds 3] [--only NAME ...]

Every tool gets the same copies, with a place, a name and a thumbnail planted in their metadata, and runs in
an environment of its own, made on first use (2 GB in DIR). All stay loaded, and rounds alternate. A row is
lost when there is no image of it, and unchanged when its pixels are those of the original or of a JPEG of it.
"""

import argparse
import json
import shutil
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import PIL.Image
from draw_cards import draw
from peer_subjects import SUBJECTS, Running, Subject, python_of
from plant_metadata import plant_folder

from hf_unsafe2safe.evaluation.looks.embedded import EMBEDDED
from hf_unsafe2safe.evaluation.suite import evaluate
from hf_unsafe2safe.records import Pixels

PHOTOS = Path(__file__).parent.parent / "examples" / "photos"
METRICS = (
    "residual-faces",
    "faces-gone",
    "reidentification",
    "entities-left",
    "plates-readable",
    "codes-readable",
    "characters-recovered",
    "metadata-bytes",
    "ssim-outside",
)
BLOCK = 8  # pixels, as in JPEG
# Levels by which the mean of a block may differ. JPEG of quality 75 or 90: 2.7 at most in 21 photos.
REENCODED = 4


def rgb_of(path: Path) -> Pixels:
    """Return the pixels of an image file, (H, W, 3)."""
    with PIL.Image.open(path) as image:
        return np.asarray(image.convert("RGB"))


def unchanged(before: Pixels, after: Pixels) -> bool:
    """Return whether nothing was done to an image but saving it: no block of it has another brightness."""
    if before.shape != after.shape:
        return False
    size_wh = (max(1, before.shape[1] // BLOCK), max(1, before.shape[0] // BLOCK))
    gray = (cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY).astype(np.float32) for rgb in (before, after))
    first, second = (cv2.resize(g, size_wh, interpolation=cv2.INTER_AREA) for g in gray)
    return bool(np.abs(first - second).max() < REENCODED)


def risks_in(folder: Path) -> dict[str, set[str]]:
    """Return the stems of the originals with a face, and of those with a personal text or a plate."""
    paths = sorted(folder.iterdir())
    images = [rgb_of(path) for path in paths]
    faces, lines = (EMBEDDED[name]().look(images) for name in ("faces", "lines"))
    shown = zip(paths, faces, lines, strict=True)
    marks = [(path.stem, len(face["boxes"]) > 0, set(line["kinds"]) - {"text"}) for path, face, line in shown]
    return {"faces": {m[0] for m in marks if m[1]}, "texts": {m[0] for m in marks if m[2]}}


def passed(originals: Path, target: Path, risks: dict[str, set[str]]) -> dict[str, int]:
    """Return how many rows a tool lost, and how many with a face or a text it passed unchanged."""
    before, after = ({p.stem: p for p in folder.iterdir()} for folder in (originals, target))
    same = {stem for stem in before.keys() & after if unchanged(rgb_of(before[stem]), rgb_of(after[stem]))}
    counts = {f"unchanged with {risk}": len(same & stems) for risk, stems in risks.items()}
    return {"lost": len(before.keys() - after), **counts}


def judged(originals: Path, target: Path, store: Path) -> dict[str, Any]:
    """Return the figures of the suite: value, interval and what they rest on."""
    if not any(target.iterdir()):
        return {}
    evaluation = evaluate(target, originals, metrics=METRICS, baselines=(), store=store)
    (target.parent / f"{target.name}.json").write_text(evaluation.json())
    figures = {r.metric: r.figure for r in evaluation.results}
    return {name: (f.value, f.low, f.high, f.rows) for name, f in figures.items()}


def ready(subject: Subject, work: Path) -> bool:
    """Return whether a tool can run, and say what it needs if it cannot."""
    if need := subject.missing():
        print(f"{subject.name}: not run, first: {need}")
    return not need


def run_all(subjects: list[Subject], source: Path, work: Path, rounds: int) -> list[Running]:
    """Run every tool with every setting, in alternating rounds."""
    with ExitStack() as stack:
        tools = [
            stack.enter_context(Running(s, setting, work / "out" / s.folder / setting)).start(
                python_of(s, work), source
            )
            for s in subjects
            for setting in s.settings
        ]
        for _ in range(rounds):
            for tool in tools:
                tool.round()
    return tools


def rows_of(tools: list[Running], source: Path, work: Path) -> list[dict[str, Any]]:
    """Return a row for each tool and setting, and a first one for the untouched copies."""
    images, risks = len(list(source.iterdir())), risks_in(source)
    counts = {risk: len(stems) for risk, stems in risks.items()}
    print(f"{images} images, of them with risks that our own detectors find: {counts}")
    store = work / "looks"
    copy = work / "out" / "copy"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(source, copy)
    rows = [{"tool": "untouched copy", **passed(source, copy, risks), **judged(source, copy, store)}]
    for tool in tools:
        rows.append(
            {
                "tool": f"{tool.subject.name}, {tool.setting}",
                "images/s": round(tool.images_a_second(images), 1),
                "peak MB": round(tool.peak_mb),
                **passed(source, tool.target, risks),
                "crashed": sorted(tool.crashed.values()),
                **judged(source, tool.target, store),
            }
        )
    return rows


def table(rows: list[dict[str, Any]]) -> str:
    """Return the rows as Markdown: figures without their intervals, which are in the JSON file."""
    heads = ["tool", "images/s", "peak MB", "lost", "unchanged with faces", "unchanged with texts", *METRICS]
    lines = ["| " + " | ".join(heads) + " |", "|---" * len(heads) + "|"]
    for row in rows:
        cells = (row.get(head, "-") for head in heads)
        lines.append("| " + " | ".join(_cell(cell) for cell in cells) + " |")
    return "\n".join(lines)


def _cell(value: Any) -> str:
    return f"{value[0]:.3g}" if isinstance(value, tuple) else str(value)


def main() -> None:
    """Plant, run, judge, print."""
    work = ARGS.work.absolute()
    source = work / "photos"
    shutil.rmtree(source, ignore_errors=True)
    folders = ARGS.folder or ([] if ARGS.cards else [PHOTOS])
    if ARGS.cards:
        drawn = work / "drawn"
        drawn.mkdir(parents=True, exist_ok=True)
        for i in range(ARGS.cards):
            PIL.Image.fromarray(draw(i, 0).pixels).save(drawn / f"card{i:03}.jpg", quality=95)
        folders = [*folders, drawn]
    for folder in folders:
        plant_folder(folder, source)
    wanted = [s for s in SUBJECTS if not ARGS.only or s.folder in ARGS.only]
    tools = run_all([s for s in wanted if ready(s, work)], source, work, ARGS.rounds)
    rows = rows_of(tools, source, work)
    (work / "peers.json").write_text(json.dumps(rows, indent=2) + "\n")
    print(table(rows))


if __name__ == "__main__":
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=raw)
    parser.add_argument("folder", nargs="*", type=Path)
    parser.add_argument("--cards", type=int, default=0, help="drawn cards with personal texts")
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()) / "unsafe2safe-peers")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", nargs="*", help="names of tools: deface presidio data-juicer ours")
    ARGS = parser.parse_args()
    main()
