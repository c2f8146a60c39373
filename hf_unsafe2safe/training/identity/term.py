"""How near the faces of predicted pictures still are to those of the original, as a loss.

Import this only where torch is needed anyway.
"""

from typing import Any

import torch

from .chips import face_chips

LEAST = 1e-6  # of a squared distance: at 0 a norm has no gradient
SHIFTS = ((0.0, 0.0), (1.5, -1.0), (-1.0, 1.5))  # pixels of the picture that landmarks are moved by


def identity_loss(
    embedder: Any, pictures: Any, landmarks: Any, embeddings: Any, faces: Any, margin: float
) -> Any:
    """Return the loss of each picture, (n,): 0 where every face is far enough.

    For each face of the original: `max(0, margin - d) / margin`, where `d` is the L2 distance of what is at
    its place to the nearest face of the original; a mean over small shifts of the place, so that pixels are
    not set against one alignment only. A distance that is no number counts as 0, the full loss.

    Args:
        embedder: As `load_embedder` returns it.
        pictures: (n, 3, H, W) in about [0, 1], differentiable.
        landmarks: (n, F, 5, 2) in their pixels.
        embeddings: (n, F, 128) of the original's faces.
        faces: (n, F) bool: which there are.
        margin: Distance that is far enough, above `detectors.identity.SAME_PERSON`.
    """
    rows, places = faces.nonzero(as_tuple=True)
    losses = pictures.new_zeros(len(pictures), dtype=torch.float32)
    if not len(rows):
        return losses
    seen = pictures.float().clamp(0, 1)[rows] * 255
    for shift in SHIFTS:
        moved = landmarks[rows, places] + torch.tensor(shift, device=landmarks.device)
        found = embedder(face_chips(seen, moved))
        gaps = (found[:, None] - embeddings[rows].float()).square().sum(dim=-1).clamp(min=LEAST).sqrt()
        nearest = gaps.masked_fill(~faces[rows], torch.inf).min(dim=1).values
        nearest = torch.where(nearest.isfinite(), nearest, torch.zeros_like(nearest))
        short = (margin - nearest).relu() / (margin * len(SHIFTS))
        losses = losses.index_add(0, rows, short)
    return losses
