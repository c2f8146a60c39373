"""`inpaint`: continue the surroundings into the region. Clean on text; smears faces, which get `fill`."""

from collections.abc import Sequence

import cv2
import numpy as np

from ..protocols import Editor
from ..records import EditRequest, ModelInfo, Pixels
from .fill import FillEditor

RADIUS = 5  # pixels looked at around a point
CONTEXT = 24  # pixels around a region that are enough for it to be continued


def inpaint(model: str = "") -> Editor:
    """Return the editor of the spec `inpaint`, or `inpaint:org/model` with an inpainting model of diffusers.

    Args:
        model: Its spec; without one the surroundings are continued, which needs no model.

    Raises:
        ConfigError: The model cannot be used.
        MissingExtraError: A package for it is missing.
    """
    if not model:
        return InpaintEditor()
    from .diffusion.inpainting import inpainting

    return inpainting(model)


class InpaintEditor:
    """Inpaint each region from its border inwards.

    Where a mask leaves nothing to continue (the whole image), it fills instead.

    Source: Telea, An image inpainting technique based on the fast marching method, 2004 (OpenCV).
    """

    models: tuple[ModelInfo, ...] = ()
    stochastic = False
    generative = False

    def edit(self, requests: Sequence[EditRequest]) -> list[Pixels]:
        """Return the images with every masked region continued from around it."""
        return [_inpaint(r) for r in requests]

    def fingerprint(self) -> str:
        """Return what changes when the results would."""
        return f"inpaint-1-{cv2.__version__}"


def _inpaint(request: EditRequest) -> Pixels:
    rgb, mask = request.pixels, request.mask
    if (mask > 0).all():
        return FillEditor().edit([request])[0]
    out = rgb.copy()
    # Group by what touches once the context is drawn around it, so that no crop cuts a region in two.
    near = cv2.dilate(mask, np.ones((2 * CONTEXT + 1, 2 * CONTEXT + 1), np.uint8))
    count, _, stats, _ = cv2.connectedComponentsWithStats(near, connectivity=8)
    for index in range(1, count):
        x, y, width, height = stats[index, : cv2.CC_STAT_AREA]
        window = np.s_[y : y + height, x : x + width]
        # Nothing of the region itself may enter the crop: Telea reads only what is unmasked.
        out[window] = cv2.inpaint(np.ascontiguousarray(rgb[window]), mask[window], RADIUS, cv2.INPAINT_TELEA)
    return out
