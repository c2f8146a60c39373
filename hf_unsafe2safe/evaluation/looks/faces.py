"""Faces with their embeddings, and faces as another family of networks sees them."""

from collections.abc import Sequence

import numpy as np

from ...detectors import faces, faces_ssd, identity
from ...records import Finding, Pixels
from ..pair import Look
from .single import Once, SingleLook

found = Once(faces.find)  # shared with the looks `estimates` and `lines`


class FacesLook(SingleLook):
    """Look `faces`: boxes (N, 4), scores (N,), landmarks (N, 5, 2), embeddings (N, 128), best first."""

    name = "faces"
    models = (*faces.MODELS, *identity.MODELS)

    def see(self, rgb: Pixels) -> Look:
        """Return the arrays of an RGB image (H, W, 3) uint8."""
        seen = found(rgb)
        landmarks = np.array([face.landmarks for face in seen], np.float32).reshape(-1, 5, 2)
        return {
            "boxes": boxes_of(seen),
            "scores": scores_of(seen),
            "landmarks": landmarks,
            "embeddings": identity.embed(rgb, seen),
        }


class SecondFacesLook(SingleLook):
    """Look `faces_second`: boxes (N, 4), scores (N,) by an SSD, another family than CenterFace."""

    name = "faces_second"
    models = faces_ssd.MODELS

    def see(self, rgb: Pixels) -> Look:
        """Return the arrays of an RGB image (H, W, 3) uint8."""
        seen = faces_ssd.find(rgb)
        return {"boxes": boxes_of(seen), "scores": scores_of(seen)}


def boxes_of(findings: Sequence[Finding]) -> np.ndarray:
    """Return the boxes (N, 4) float32, xyxy pixels.

    Example:
        >>> boxes_of([]).shape
        (0, 4)
    """
    return np.array([finding.box for finding in findings], np.float32).reshape(-1, 4)


def scores_of(findings: Sequence[Finding]) -> np.ndarray:
    """Return the scores (N,) float32."""
    return np.array([finding.score for finding in findings], np.float32)
