"""Losses an example, (n,), of what a network predicted."""

from typing import Any


def masked_mse(predicted: Any, wanted: Any, mask: Any, mask_weight: float) -> Any:
    """Return the squared error of each example, (n,) float32: a mean in which masked places count more.

    Args:
        predicted: (n, c, h, w), any type; the error is computed in float32.
        wanted: The same shape.
        mask: (n, 1, h, w) in [0, 1], 1 = repaint.
        mask_weight: How much a masked place counts where any other counts 1; 1 for the plain mean.
    """
    error = (predicted.float() - wanted.float()).square().mean(dim=1, keepdim=True)
    weights = 1 + (mask_weight - 1) * mask.float()
    return (error * weights).sum(dim=(1, 2, 3)) / weights.sum(dim=(1, 2, 3)).clamp(min=1e-6)
