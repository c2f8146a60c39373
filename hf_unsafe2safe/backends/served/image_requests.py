"""The request that a canvas becomes: a picture, what to do with it, and nothing else."""

import numpy as np

from ...imaging.encode import encode
from ...records import Pixels
from .. import specs
from ..painting import Canvas
from ..resizing import GREY
from .bodies import Body
from .spec import COMMON, EndpointSpec

GRID = 16  # of pixels; what the largest servers want sides to be multiples of
SIDE = 1024
_LARGEST_SEED = 2**31  # providers read seeds as signed numbers of 32 bits


def _side(value: str) -> int:
    side = specs.count(256, 4096)(value)
    if side % GRID:
        raise ValueError(f"It is a multiple of {GRID}.")
    return side


OPTIONS: specs.Options = {
    **COMMON,
    "side": _side,
    "masked": specs.yes_or_no,
    "num_inference_steps": specs.count(1, 1000),
    "guidance_scale": specs.number(0, 100),
    "image_price": specs.number(0, 1e6),
}
_PASSED_ON = ("num_inference_steps", "guidance_scale")


def request(canvas: Canvas, spec: EndpointSpec) -> Body:
    """Return the request for a repainted picture.

    The private caption, names of files and metadata are in no request.

    Args:
        canvas: What to paint.
        spec: Who is asked; with the option `masked`, masked pixels are grey in what is sent.

    Returns:
        For a server the mask goes along, as a PNG which is transparent where it is to paint; the interface of
        Inference Providers has no place for one.
    """
    height, width = canvas.pixels.shape[:2]
    body = {
        "image": encode(covered(canvas) if spec.options.get("masked") else canvas.pixels, encoding="png"),
        "prompt": prompt(canvas),
        "seed": canvas.seed % _LARGEST_SEED,
        **{name: spec.options[name] for name in _PASSED_ON if name in spec.options},
    }
    if spec.url is None:
        return {**body, "target_size": {"height": height, "width": width}}
    return {
        **body,
        "model": spec.model,
        "mask": encode(_transparent(canvas.mask), encoding="png"),
        "size": f"{width}x{height}",
        "response_format": "b64_json",
    }


def prompt(canvas: Canvas) -> str:
    """Return both texts in one, the instruction first.

    Example:
        >>> blank = np.zeros((16, 16), np.uint8)
        >>> prompt(Canvas(blank, blank, "A street.", "Change the face.", 1)).splitlines()
        ['Change the face.', '', 'The picture: A street.']
    """
    caption = f"The picture: {canvas.public_caption}" if canvas.public_caption else ""
    return "\n\n".join(part for part in (canvas.edit_instruction, caption) if part)


def covered(canvas: Canvas) -> Pixels:
    """Return the pixels of a canvas with the masked ones in one grey, so that nothing tells what was there.

    Example:
        >>> pixels, mask = np.zeros((1, 2, 3), np.uint8), np.array([[255, 0]], np.uint8)
        >>> covered(Canvas(pixels, mask, "", "", 1)).tolist()
        [[[127, 127, 127], [0, 0, 0]]]
    """
    return np.where(canvas.mask[..., None] > 0, np.uint8(GREY), canvas.pixels)


def _transparent(mask: Pixels) -> Pixels:
    drawn = np.zeros((*mask.shape, 4), np.uint8)
    drawn[..., 3] = np.where(mask > 0, 0, 255)
    return drawn
