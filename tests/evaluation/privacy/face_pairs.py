"""Pairs with real faces: a shipped photo, its looks, and an edit of the faces."""

from functools import cache

import cv2
import numpy as np

from hf_unsafe2safe.detectors import faces, faces_ssd, identity
from hf_unsafe2safe.editing.masked import Assignment, EditJob, masked_edit
from hf_unsafe2safe.evaluation.pair import Pair, Seen
from hf_unsafe2safe.evaluation.privacy import renditions
from hf_unsafe2safe.evaluation.privacy.face_gaps import as_findings
from hf_unsafe2safe.records import Finding, PublicCaption
from hf_unsafe2safe.registry import create
from tests.photos import rgb

SHARP = ("people_astronaut.jpg", "people_biden_official.jpg", "people_obama_official.jpg")


def seen(pixels):
    """Return an image with both looks at its faces, made as the suite makes them."""
    found, second = faces.find(pixels), faces_ssd.find(pixels)
    looks = {
        "faces": {
            "boxes": np.array([f.box for f in found], np.float32).reshape(-1, 4),
            "scores": np.array([f.score for f in found], np.float32),
            "landmarks": np.array([f.landmarks for f in found], np.float32).reshape(-1, 5, 2),
            "embeddings": identity.embed(pixels, found),
        },
        "faces_second": {
            "boxes": np.array([f.box for f in second], np.float32).reshape(-1, 4),
            "scores": np.array([f.score for f in second], np.float32),
        },
    }
    return Seen(pixels, looks)


def edited(pixels, found, editor):
    """Return the image with its faces edited."""
    if editor == "none":
        return pixels
    job = EditJob(
        pixels,
        tuple(Assignment(f, create("editor", editor)) for f in found),
        PublicCaption("A photo."),
        "Hide it.",
        1,
    )
    return masked_edit([job])[0][0]


@cache
def _small(name):
    photo = rgb(name)
    zoom = 400 / max(photo.shape[:2])  # quick, and the faces have 80 pixels and more
    return seen(cv2.resize(photo, None, fx=zoom, fy=zoom, interpolation=cv2.INTER_AREA))


@cache
def photo_pair(name, editor):
    """Return the pair of a shipped photo and an editor, with the attack of someone who has the editor."""
    original = _small(name)
    look = original.looks["faces"]

    def attack(index):
        how = renditions.RENDITIONS[index]
        pixels, points, boxes = renditions.rendition(original.rgb, look["landmarks"], look["boxes"], *how)
        places = zip(boxes.tolist(), points.tolist(), strict=True)
        found = [Finding("face", 1.0, tuple(b), "any", landmarks=tuple(map(tuple, p))) for b, p in places]
        return edited(pixels, found, editor), points

    safe = edited(original.rgb, as_findings(look), editor)
    return Pair(name, original, original if editor == "none" else seen(safe), attack=attack)
