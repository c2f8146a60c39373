"""Faces only, without verify, against deface 1.5.0: a file in, a file out, in one warm process each.

Both read the same files and write an image; deface with its defaults (blur, threshold 0.2, its best
backend), ours with `fill`. Rounds alternate. Then: is every face that deface finds masked by ours?
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

DEFACE = """
import json, sys, time
from pathlib import Path
from deface.centerface import CenterFace
from deface.deface import image_detect
import imageio.v2 as iio
from deface.centerface import ensure_rgb
net, out = CenterFace(), Path(sys.argv[1])
def run(path):
    image_detect(str(path), str(out / (path.stem + ".jpg")), net, 0.2, "blur", 1.3, True, False, False, False)
for line in sys.stdin:
    job = json.loads(line)
    paths = [Path(p) for p in job["paths"]]
    if job["what"] == "time":
        start = time.perf_counter()
        done = 0
        for path in paths:
            run(path)
            done += 1
        print("answer", json.dumps(time.perf_counter() - start), flush=True)
    else:
        found = {str(p): net(ensure_rgb(iio.imread(p)), threshold=0.2)[0].tolist() for p in paths}
        print("answer", json.dumps(found), flush=True)
"""


def ours(path: Path, folder: Path) -> None:
    """Open, find faces, fill, encode, write; the parts of the path without captions and verify."""
    from hf_unsafe2safe.detectors import faces
    from hf_unsafe2safe.editing.fill import FillEditor
    from hf_unsafe2safe.editing.masked import Assignment, EditJob, masked_edit
    from hf_unsafe2safe.imaging.cells import open_cell
    from hf_unsafe2safe.imaging.encode import encode
    from hf_unsafe2safe.imaging.masks import composite
    from hf_unsafe2safe.records import PublicCaption

    image = open_cell(path)
    found = tuple(Assignment(f, FillEditor()) for f in faces.find(image.rgb))
    ((pixels, mask),) = masked_edit([EditJob(image.rgb, found, PublicCaption(""), "", 0)])
    kept = image.kept if not found else None
    data = kept or encode(composite(image.pixels, pixels, mask), encoding=ARGS.encoding, icc=image.icc)
    (folder / path.stem).write_bytes(data)


def covered(paths: list[Path], boxes: dict[str, list[list[float]]]) -> tuple[int, list[str]]:
    """Return how many boxes deface found, and which of them no mask of ours touches in the middle."""
    from hf_unsafe2safe import Sanitizer

    sanitize = Sanitizer(policy="faces")
    missed, total = [], 0
    for path in paths:
        regions = [r.box for r in sanitize.records([path])[0].regions if r.action == "edited"]
        for x1, y1, x2, y2, score in boxes[str(path)]:
            total += 1
            x, y = (x1 + x2) / 2, (y1 + y2) / 2
            if not any(a <= x <= c and b <= y <= d for a, b, c, d in regions):
                missed.append(f"{path.name} {score:.2f} at {x:.0f},{y:.0f} size {x2 - x1:.0f}x{y2 - y1:.0f}")
    return total, missed


def main() -> None:
    """Alternate the two and print medians and the ratio of each pair."""
    paths = sorted(p.absolute() for p in Path(ARGS.folder).iterdir() if p.suffix in (".jpg", ".png"))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        command = [ARGS.deface_python, "-c", DEFACE, name]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as peer:

            def ask(what: str, group: list[Path]) -> object:
                assert peer.stdin is not None
                assert peer.stdout is not None
                peer.stdin.write(json.dumps({"what": what, "paths": [str(p) for p in group]}) + "\n")
                peer.stdin.flush()
                # deface prints a line about its backend first.
                line = next(line for line in peer.stdout if line.startswith("answer "))
                return json.loads(line.removeprefix("answer "))

            # deface crashes on grayscale images; they are left out of the timing and said so.
            colour = [p for p in paths if "cameraman" not in p.name]
            ask("time", colour)
            for path in colour:
                ours(path, folder)
            pairs = []
            for _ in range(ARGS.rounds):
                theirs = ask("time", colour)
                start = time.perf_counter()
                for path in colour:
                    ours(path, folder)
                pairs.append((theirs, time.perf_counter() - start))
            boxes = ask("boxes", paths)
            peer.stdin.close()  # type: ignore[union-attr]
    print(f"{len(colour)} photos, {ARGS.rounds} pairs, encoding {ARGS.encoding}")
    print(f"deface 1.5.0   {len(colour) / median(a for a, _ in pairs):6.2f} images a second")  # type: ignore[type-var]
    print(f"ours           {len(colour) / median(b for _, b in pairs):6.2f} images a second")
    print(f"ours / deface  {median(a / b for a, b in pairs):6.2f} times as fast (median of the pairs)")  # type: ignore[operator]
    total, missed = covered(paths, boxes)  # type: ignore[arg-type]
    print(f"boxes of deface at its threshold 0.2: {total}; outside our masks: {len(missed)}")
    print("\n".join(f"  {line}" for line in missed))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "folder", nargs="?", default=str(Path(__file__).parent.parent / "examples" / "photos")
    )
    parser.add_argument("--deface-python", default=sys.executable)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--encoding", default="auto")
    ARGS = parser.parse_args()
    main()
