"""`inpaint:MODEL`: Stable Diffusion 1.5, SDXL, 3 or FLUX.1 paints what a text shows into the mask.

By default it never sees what was there: the masked pixels are grey before they reach the model.
"""

import inspect
from typing import Any, ClassVar

import numpy as np

from ...backends.local.diffusion.painter import (
    NEGATIVE,
    SETTINGS,
    DiffusionPainter,
    Painting,
    pictures,
    stronger,
)
from ...backends.local.diffusion.pipelines import LoadedPipeline
from ...backends.painting import Canvas
from ..generative import GenerativeEditor

GREY = 127  # what models for inpainting were trained to see under the mask
_MASKED = ("Inpaint", "Fill")  # in the names of pipelines that take a mask


class InpaintingPainter(DiffusionPainter):
    """Runs pipelines for inpainting, and those for texts in the variant that inpaints with their weights.

    Its guidance is that of the pipeline unless the spec has one; a retry raises it where there is a text to
    be guided away from.
    """

    name = "inpaint"
    grid = 16
    one_text = True
    defaults: ClassVar = {"num_inference_steps": 50, "strength": 1.0}
    readers: ClassVar = {"guidance_scale": SETTINGS["guidance_scale"]}

    @property
    def blind(self) -> bool:
        """Whether the model does not see what was there."""
        return bool(self.setting("strength") >= 1)

    def build(self, pipe: Any) -> Any:
        """Return the variant that inpaints."""
        if any(part in type(pipe).__name__ for part in _MASKED):
            return pipe
        from diffusers import AutoPipelineForInpainting

        return AutoPipelineForInpainting.from_pipe(pipe)

    def parts(self, canvas: Canvas) -> tuple[str, ...]:
        """Return what the picture shall show: an instruction says what to change, which is not in it."""
        return (canvas.target_caption or canvas.public_caption or canvas.edit_instruction,)

    def run(self, model: LoadedPipeline, painting: Painting) -> Any:
        """Return the pictures."""
        width, height = painting.size_wh
        takes = inspect.signature(type(model.pipe).__call__).parameters
        guidance = self.setting("guidance_scale")
        if guidance is None:
            guidance = takes["guidance_scale"].default
        if "negative_prompt_embeds" in takes and guidance is not None:
            guidance = stronger(guidance, painting.canvases[0].retry)
        return pictures(
            model.pipe(
                image=self._images(painting),
                mask_image=painting.masks,
                width=width,
                height=height,
                generator=painting.generators(),
                num_inference_steps=self.setting("num_inference_steps"),
                guidance_scale=guidance,
                strength=self.setting("strength"),
                output_type="np",
                **model.texts.embeds(painting.prompts, NEGATIVE),
            )
        )

    def _images(self, painting: Painting) -> list[Any]:
        if not self.blind:
            return painting.images
        from PIL import Image

        return [
            Image.fromarray(np.where(canvas.mask[..., None] > 0, np.uint8(GREY), canvas.pixels))
            for canvas in painting.canvases
        ]


def inpainting(argument: str) -> GenerativeEditor:
    """Return the editor.

    Args:
        argument: A model and options, as of `DiffusionPainter`; its own are `num_inference_steps` (50),
            `guidance_scale` (as the pipeline has it) and `strength` (1; below it the model starts from what
            was there, and sees it).
    """
    return GenerativeEditor(InpaintingPainter(argument))
