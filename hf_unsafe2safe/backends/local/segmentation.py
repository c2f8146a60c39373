"""The outline of what a box holds, by SAM 2."""

import json
from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from ...records import Box, ModelInfo, Pixels, Points
from .helpers import Helper, can_be_seen, running


class SamSegmenter:
    """Draw outlines with a model like SAM 2.

    Args:
        argument: `org/model[@revision]` or a folder; option `device_map`.

    Raises:
        ConfigError: The spec cannot work.
        MissingExtraError: A package is missing.
    """

    def __init__(self, argument: str) -> None:
        self._helper = Helper(argument, feature="The outlines", classes=("Sam2Processor", "Sam2Model"))

    @property
    def models(self) -> tuple[ModelInfo, ...]:
        """The model."""
        return self._helper.models

    def fingerprint(self) -> str:
        """Return what changes when its outlines would."""
        return json.dumps(["sam-1", *([m.name, m.revision] for m in self.models)])

    def outline(self, images: Sequence[Pixels], boxes: Sequence[Sequence[Box]]) -> list[list[Points | None]]:
        """Return the outline of what each box of each image holds, see `around`.

        Args:
            images: (H, W, 3) uint8 RGB each.
            boxes: A list of xyxy pixels an image.

        Raises:
            BackendError: Memory ran out.
        """
        return [self._outlines(rgb, wanted) for rgb, wanted in zip(images, boxes, strict=True)]

    def _outlines(self, rgb: Pixels, boxes: Sequence[Box]) -> list[Points | None]:
        import PIL.Image

        if not boxes or not can_be_seen(rgb):
            return [None] * len(boxes)
        processor, model = self._helper.loaded()
        with running():
            inputs = processor(
                images=[PIL.Image.fromarray(rgb)],
                input_boxes=[[list(box) for box in boxes]],
                return_tensors="pt",
            )
            inputs.pop("original_sizes")
            outputs = model(**inputs.to(model.device), multimask_output=False)
            # (boxes, h, w): few cells that cover the whole image. At its own size 64 of them would not fit.
            inside = (outputs.pred_masks[0, :, 0] > 0).cpu().numpy()
        size_wh = (rgb.shape[1], rgb.shape[0])
        return [around(cells, box, size_wh) for cells, box in zip(inside, boxes, strict=True)]


def around(cells: npt.NDArray[np.bool_], box: Box, size_wh: tuple[int, int]) -> Points | None:
    """Return the convex outline, in pixels, of the cells that are inside and touch a box.

    It holds all of each cell. None where there are none.

    Args:
        cells: (h, w); a grid laid over the whole image.
        box: xyxy pixels.
        size_wh: Of the image.

    Example:
        >>> sorted(around(np.ones((2, 2), bool), (0, 0, 4, 3), (8, 6)) or ())
        [(-1.0, -1.0), (-1.0, 4.0), (5.0, -1.0), (5.0, 4.0)]
    """
    wide, high = size_wh[0] / cells.shape[1], size_wh[1] / cells.shape[0]
    ys, xs = np.nonzero(cells)
    left, top = xs * wide, ys * high
    touch = (left < box[2]) & (left + wide > box[0]) & (top < box[3]) & (top + high > box[1])
    left, top = left[touch], top[touch]
    if not len(left):
        return None
    # A pixel more on each side: corners are rounded when the outline is filled.
    corners = [np.stack([left + dx, top + dy], axis=1) for dx in (-1.0, wide + 1) for dy in (-1.0, high + 1)]
    hull = cv2.convexHull(np.concatenate(corners).astype(np.float32))[:, 0]
    return tuple((float(x), float(y)) for x, y in hull)
