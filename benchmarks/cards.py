"""Personal strings on 60 drawn cards: which are found, and which can still be read after the edit.

Found: 60 % of a string's ink lies in regions that were edited and, where the row has an image, has other
pixels than before. Readable: two characters or more in a row count, and together they make up half of the
string; read upright, enlarged 1.5 times (the path reads neither so), whole and string by string, by the same
reader with its threshold lowered. A code is readable when any reader decodes it, at 1.5 or 3 times. Rows
without an image show nothing. The reader before the edit tells how much the reader after it is worth.
"""

import argparse
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable
from difflib import SequenceMatcher
from io import BytesIO
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import PIL.Image
import rapidocr
import zxingcpp
from card_layouts import Printed
from draw_cards import Card, draw

from hf_unsafe2safe import Sanitizer
from hf_unsafe2safe.records import Pixels, Record

FOUND, READABLE, LARGER = 0.6, 0.5, 1.5
CLOSED = np.ones((9, 9), np.uint8)  # a code filled in one of its own two colours has changed all the same
APART = ("bare name", "plain")  # what the default policy does not edit by its own rule


def reader() -> Any:
    """Return an OCR that says all it can make out, also what it doubts."""
    return rapidocr.RapidOCR(
        params={"Global.log_level": "critical", "Global.max_side_len": 4000, "Global.text_score": 0.1}
    )


def upright(card: Card, pixels: Pixels) -> Pixels:
    """Return the card without the desk, turned back and enlarged: whoever attacks sees how it lies."""
    width, height = (round(LARGER * n) for n in card.size_wh)
    matrix = card.matrix.copy()
    matrix[:, :2] /= LARGER
    return cv2.warpAffine(pixels, matrix, (width, height), flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP)


def readable(card: Card, pixels: Pixels, ocr: Any) -> list[bool]:
    """Return for each string of a card whether it can be read in these pixels."""
    sheet = np.ascontiguousarray(upright(card, pixels)[..., ::-1])
    page = ocr(sheet, use_det=True, use_cls=True)  # it remembers how it was last called
    lines = [] if page.txts is None else list(zip(page.boxes, page.txts, strict=True))
    codes = decoded(sheet)
    return [
        s.text in codes
        if s.kind == "code"
        else any(matches(s.text, t) for t in _readings(s, sheet, lines, ocr))
        for s in card.strings
    ]


def _readings(string: Printed, sheet: Pixels, lines: Iterable[tuple[Any, str]], ocr: Any) -> Iterable[str]:
    """Yield what is read at the place of a string: the lines that touch it, left to right, and its crop."""
    x1, y1, x2, y2 = (LARGER * v for v in string.box)
    here = []
    for outline, text in lines:
        (u1, v1), (u2, v2) = outline.min(0), outline.max(0)
        if u1 < x2 and u2 > x1 and min(v2, y2) - max(v1, y1) > (y2 - y1) / 2:
            here.append((u1, text))
    yield " ".join(text for _, text in sorted(here))
    pad = (y2 - y1) / 4
    left, top, right, bottom = (max(0, round(v)) for v in (x1 - pad, y1 - pad, x2 + pad, y2 + pad))
    crop = ocr(sheet[top:bottom, left:right], use_det=False, use_cls=False, use_rec=True)
    yield crop.txts[0] if crop.txts else ""


def matches(printed: str, read: str) -> bool:
    """Return whether half of a string's letters and digits are in what was read, two or more in a row."""
    a, b = (
        "".join(c for c in unicodedata.normalize("NFKD", t).casefold() if c.isalnum())
        for t in (printed, read)
    )
    blocks = SequenceMatcher(None, a, b, autojunk=False).get_matching_blocks()
    return sum(block.size for block in blocks if block.size >= 2) >= max(2, READABLE * len(a))


def decoded(bgr: Pixels) -> set[str]:
    """Return the texts of all codes that zxing or OpenCV decodes."""
    texts = set()
    for view in (bgr, cv2.resize(bgr, None, fx=2, fy=2)):
        texts |= {code.text for code in zxingcpp.read_barcodes(view)}
        texts |= set(cv2.QRCodeDetector().detectAndDecodeMulti(view)[1])
    return texts - {""}


def found(card: Card, record: Record, after: Pixels | None) -> list[bool]:
    """Return for each string of a card whether it was edited."""
    edited = np.zeros(card.ink.shape, np.uint8)
    for x1, y1, x2, y2 in (r.box for r in record.regions if r.action == "edited"):
        edited[max(y1, 0) : y2, max(x1, 0) : x2] = 1
    if after is not None:
        changed = (after != card.pixels).any(-1).astype(np.uint8)
        edited &= cv2.morphologyEx(changed, cv2.MORPH_CLOSE, CLOSED)
    return [bool(edited[card.ink == i].mean() >= FOUND) for i in range(1, len(card.strings) + 1)]


def table(title: str, rows: dict[str, Counter[str]]) -> None:
    """Print counts and shares."""
    print(f"\n{title:26} strings  read before       found  read after")
    for name, n in rows.items():
        shares = (f"{n[key]:5} {100 * n[key] / n['all']:4.0f} %" for key in ("before", "found", "after"))
        print(f"{name:26} {n['all']:7} " + " ".join(shares))


def measure(count: int, seed: int, font: Path | None, sheet: Path | None) -> None:
    """Print the tables and what was missed."""
    sanitize, ocr = Sanitizer(), reader()
    kinds: dict[str, Counter[str]] = defaultdict(Counter)
    effects: dict[str, Counter[str]] = defaultdict(Counter)
    statuses, misses, pairs = Counter[str](), [], []
    for index in range(count):
        card = draw(index, seed, font)
        data = BytesIO()
        PIL.Image.fromarray(card.pixels).save(data, "PNG")
        (record,) = sanitize.records([data.getvalue()])
        statuses[record.status] += 1
        after = np.asarray(PIL.Image.open(BytesIO(record.image)).convert("RGB")) if record.image else None
        pairs.append((card.pixels, after))
        results = zip(
            card.strings,
            readable(card, card.pixels, ocr),
            found(card, record, after),
            [False] * len(card.strings) if after is None else readable(card, after, ocr),
            strict=True,
        )
        for string, before, seen, left in results:
            one = Counter(all=1, before=before, found=seen, after=left)
            kinds[string.kind].update(one)
            if string.kind in APART:
                continue
            kinds["all personal kinds"].update(one)
            for effect in card.effects.items():
                effects[": ".join(effect)].update(one)
            if not seen or left:
                misses.append(_miss(index, card, string, record, seen=seen, left=left))
    print(f"{count} cards, seed {seed}, font {font.stem if font else 'inside Pillow'}; {dict(statuses)}")
    last = ("all personal kinds", *APART)
    table("kind", {k: kinds[k] for k in (*sorted(kinds.keys() - set(last)), *last)})
    table("effect, personal kinds", dict(sorted(effects.items())))
    print(f"\nmissed or still readable: {len(misses)}", *misses, sep="\n")
    if sheet:
        contact_sheet(pairs).save(sheet)


def _miss(index: int, card: Card, string: Printed, record: Record, *, seen: bool, left: bool) -> str:
    """Return a line on a string; the texts are invented, so they may be printed."""
    read = [(kind, text) for kind, text in record.private.read_text if matches(string.text, text)]
    how = ("" if seen else "not found ") + ("readable" if left else "")
    return (
        f"  card {index} {' '.join(card.effects.values())}: {string.kind} {string.text!r} {how}; read {read}"
    )


def contact_sheet(
    pairs: list[tuple[Pixels, Pixels | None]], side: int = 300, columns: int = 4
) -> PIL.Image.Image:
    """Return all cards, each beside what became of it; nothing beside one that was rejected."""
    picture = PIL.Image.new("RGB", (2 * side * columns, side * -(-len(pairs) // columns)), "white")
    for i, pair in enumerate(pairs):
        for j, pixels in enumerate(pair):
            if pixels is not None:
                small = PIL.Image.fromarray(pixels)
                small.thumbnail((side - 8, side - 8))
                picture.paste(small, ((2 * (i % columns) + j) * side, i // columns * side))
    return picture


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cards", type=int, default=60)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--font", type=Path, help="a font file with accented letters")
    parser.add_argument("--sheet", type=Path, help="where to save a picture of all cards")
    args = parser.parse_args()
    measure(args.cards, args.seed, args.font, args.sheet)
