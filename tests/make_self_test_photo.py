"""Remake `hf_unsafe2safe/weights/self_test.jpg` from the astronaut photo; prints the two places in it."""

from pathlib import Path

import numpy as np
import PIL.Image
import zxingcpp
from PIL import ImageDraw, ImageFont

from hf_unsafe2safe.detectors import faces, text

ROOT = Path(__file__).parent.parent
LINE = "Name: Jane Example"
CODE = zxingcpp.create_barcode("Jane Example", zxingcpp.BarcodeFormat.QRCode)

if __name__ == "__main__":
    photo = PIL.Image.open(ROOT / "examples/photos/people_astronaut.jpg").convert("RGB")
    canvas = PIL.Image.new("RGB", (320, 410), "white")
    canvas.paste(photo.crop((70, 0, 390, 256)), (0, 0))
    ImageDraw.Draw(canvas).text((20, 272), LINE, "black", ImageFont.load_default(28))
    canvas.paste(PIL.Image.fromarray(np.asarray(CODE.to_image(scale=3, add_quiet_zones=False))), (24, 326))
    canvas.save(ROOT / "hf_unsafe2safe/weights/self_test.jpg", quality=90)
    rgb = np.asarray(PIL.Image.open(ROOT / "hf_unsafe2safe/weights/self_test.jpg"))
    for finding in (*faces.find(rgb), *text.read(rgb)):
        print(finding.kind, round(finding.score, 2), [round(v) for v in finding.box], finding.text)  # noqa: T201
