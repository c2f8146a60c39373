"""A sheet of what an editor makes: original, target, edited, a row an example. Private."""

import os
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

import numpy as np
import PIL.Image
import PIL.ImageDraw
import PIL.ImageFont

from ...records import Pixels

TITLES = ("original", "target", "edited")
SIDE, GAP, TOP = 256, 8, 28  # pixels: of a picture, between them, for the titles


def sheet(rows: Sequence[tuple[Pixels, Pixels, Pixels]]) -> PIL.Image.Image:
    """Return the sheet of some examples.

    Args:
        rows: Original, target and edited image of each, of one size.
    """
    step = SIDE + GAP
    page = PIL.Image.new("RGB", (GAP + 3 * step, TOP + len(rows) * step), "white")
    draw, font = PIL.ImageDraw.Draw(page), PIL.ImageFont.load_default(15)
    for column, title in enumerate(TITLES):
        draw.text((GAP + column * step, 6), title, fill=(40, 40, 40), font=font)
    for line, pictures in enumerate(rows):
        for column, rgb in enumerate(pictures):
            small = rgb.shape[0] < SIDE // 2  # pixels of tiny models are shown as they are
            how = PIL.Image.Resampling.NEAREST if small else PIL.Image.Resampling.LANCZOS
            picture = PIL.Image.fromarray(np.ascontiguousarray(rgb)).resize((SIDE, SIDE), how)
            page.paste(picture, (GAP + column * step, TOP + line * step))
    return page


def write_picture(path: Path, rows: Sequence[tuple[Pixels, Pixels, Pixels]]) -> None:
    """Write the sheet of some examples as PNG, for its owner only; nothing happens without a row."""
    if not rows:
        return
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    data = BytesIO()
    sheet(rows).save(data, "PNG")
    path.unlink(missing_ok=True)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(data.getvalue())
