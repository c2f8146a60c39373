"""Canvases and pictures that tests of image servers draw."""

import numpy as np

from hf_unsafe2safe.backends.painting import Canvas
from hf_unsafe2safe.imaging.encode import encode


def canvas(seed=1, *, size_wh=(48, 32), caption="A street.", instruction="Change the face.", **more):
    """Return a canvas of noise with a mask of 6 x 5 pixels."""
    width, height = size_wh
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)
    mask = np.zeros((height, width), np.uint8)
    mask[4:9, 5:11] = 255
    return Canvas(pixels, mask, caption, instruction, seed, **more)


def png(seed=7, *, size_wh=(48, 32)):
    """Return a picture as a file, and its pixels."""
    pixels = canvas(seed, size_wh=size_wh).pixels
    return encode(pixels, encoding="png"), pixels
