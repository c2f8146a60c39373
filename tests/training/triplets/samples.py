"""A real result of a few shipped photos, with planted copies and other photos of the same person."""

import cv2
import numpy as np

from tests.photos import png, rgb


def warped(pixels):
    """Return another photo of the same person: nearer, turned by 6 degrees, darker, on another ground."""
    height, width = pixels.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 3), 6, 0.6)
    return (cv2.warpAffine(pixels, matrix, (width, height), borderValue=(20, 160, 60)) * 0.85).astype(
        np.uint8
    )


def small(name, side=320):
    """Return a shipped photo that is quickly looked at."""
    pixels = rgb(name)
    scale = side / max(pixels.shape[:2])
    return cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)


def photos():
    """Return file name -> bytes, in the order of the rows."""
    hopper = small("people_grace_hopper.jpg")
    return {
        "0_astronaut.png": png(small("people_astronaut.jpg")),
        "1_hopper.png": png(hopper),
        "2_hopper_again.png": png(hopper),  # the very same file
        "3_hopper_squeezed.png": png(cv2.resize(hopper, (200, 256), interpolation=cv2.INTER_AREA)),
        "4_hopper_elsewhere.png": png(warped(hopper)),  # the same person, another photo
        "5_obama.png": png(small("people_obama_official.jpg")),
        "6_coffee.png": png(small("neg_coffee.jpg")),  # safe
        "7_broken.png": b"junk",
    }


HOPPER = {"train/1", "train/2", "train/3", "train/4"}
