"""How long judging takes beside sanitizing: the same photos, one process each, nothing kept between runs.

`python benchmarks/evaluate_speed.py [PHOTOS] [ROUNDS]`: by default 200 photos, each example photo several
times at other sizes and brightness, so that no two are equal, and 3 rounds. The figures are the medians; the
ratio is that of the pairs.
"""

import statistics
import sys
import tempfile
import time
from pathlib import Path

import PIL.Image
from PIL import ImageEnhance

from hf_unsafe2safe import evaluate
from hf_unsafe2safe.materialize import materialize

PHOTOS = Path(__file__).parent.parent / "examples" / "photos"


def varied(folder: Path, count: int) -> None:
    """Write so many different photos into a folder."""
    sources = sorted(p for p in PHOTOS.iterdir() if p.suffix in (".jpg", ".png"))
    folder.mkdir()
    for i in range(count):
        with PIL.Image.open(sources[i % len(sources)]) as image:
            turn = i // len(sources)
            photo = image.convert("RGB")
        scale = 1 - 0.02 * turn
        photo = photo.resize((round(photo.width * scale), round(photo.height * scale)))
        ImageEnhance.Brightness(photo).enhance(0.9 + 0.02 * (turn % 10)).save(
            folder / f"{i:03d}.jpg", quality=92
        )


def main(count: int, rounds: int) -> None:
    """Print the seconds of both and their ratio."""
    with tempfile.TemporaryDirectory() as place:
        photos = Path(place) / "photos"
        varied(photos, count)
        pairs, kept = [], []
        for i in range(rounds):
            result, looks = Path(place) / f"result{i}", Path(place) / f"looks{i}"
            started = time.perf_counter()
            materialize(photos, result, {"store": None})
            sanitized = time.perf_counter()
            evaluate(result, photos, store=looks)
            judged = time.perf_counter()
            evaluate(result, photos, store=looks)
            pairs.append((sanitized - started, judged - sanitized))
            kept.append(time.perf_counter() - judged)
            seconds = (*pairs[-1], kept[-1])
            print("round {}: sanitize {:.1f} s, evaluate {:.1f} s, again {:.1f} s".format(i, *seconds))
    median = statistics.median
    ratio = median(judged / sanitized for sanitized, judged in pairs)
    whole = (median(seconds) for seconds in zip(*pairs, strict=True))
    print("{} photos: sanitize {:.1f} s, evaluate {:.1f} s".format(count, *whole))
    print(f"evaluate / sanitize {ratio:.2f}; with the looks of an earlier run {median(kept):.1f} s")


if __name__ == "__main__":
    main(*(map(int, sys.argv[1:])) if sys.argv[1:] else (200, 3))
