"""`qwen-image-edit`: Qwen-Image-Edit, an image and an instruction; the first one is held to the mask.

It reads the image together with the text, so that no text can be encoded beforehand.
"""

from typing import Any, ClassVar

import cv2
import numpy as np

from ...backends.local.diffusion.painter import NEGATIVE, DiffusionPainter, Painting, pictures
from ...backends.local.diffusion.pipelines import LoadedPipeline
from ..generative import GenerativeEditor


class QwenImageEditPainter(DiffusionPainter):
    """Runs Qwen-Image-Edit as its inpainting variant; the later "Plus" models as they are, without a mask.

    Both work at about a megapixel, whatever the size of the canvas; Plus at one canvas at a time.
    """

    name = "qwen-image-edit"
    grid = 32
    defaults: ClassVar = {"num_inference_steps": 50, "true_cfg_scale": 4.0, "strength": 1.0}

    def build(self, pipe: Any) -> Any:
        """Return the inpainting variant, where there is one."""
        from diffusers import QwenImageEditInpaintPipeline, QwenImageEditPipeline

        if isinstance(pipe, QwenImageEditPipeline):
            return QwenImageEditInpaintPipeline(**pipe.components)
        return pipe

    def run(self, model: LoadedPipeline, painting: Painting) -> Any:
        """Return the pictures."""
        from diffusers import QwenImageEditInpaintPipeline

        if isinstance(model.pipe, QwenImageEditInpaintPipeline):
            more = {"mask_image": painting.masks, "strength": self.setting("strength")}
            made = self._call(model, painting, painting.images, slice(None), **more)
        else:
            width, height = painting.size_wh
            made = np.concatenate(
                [
                    self._call(model, painting, [image], slice(row, row + 1), width=width, height=height)
                    for row, image in enumerate(painting.images)
                ]
            )
        if made.shape[2:0:-1] == painting.size_wh:
            return made
        return np.stack([cv2.resize(one, painting.size_wh, interpolation=cv2.INTER_AREA) for one in made])

    def _call(
        self, model: LoadedPipeline, painting: Painting, images: list[Any], rows: slice, **more: Any
    ) -> Any:
        return pictures(
            model.pipe(
                image=images,
                generator=painting.generators()[rows],
                num_inference_steps=self.setting("num_inference_steps"),
                true_cfg_scale=self.guidance("true_cfg_scale", painting.canvases[0].retry),
                guidance_scale=None,
                output_type="np",
                **model.texts.embeds(painting.prompts[rows], NEGATIVE),
                **more,
            )
        )


def qwen_image_edit(argument: str = "Qwen/Qwen-Image-Edit") -> GenerativeEditor:
    """Return the editor.

    Args:
        argument: A model and options, as of `DiffusionPainter`; its own are `num_inference_steps` (50),
            `true_cfg_scale` (4) and `strength` (1; the first Qwen-Image-Edit only).
    """
    return GenerativeEditor(QwenImageEditPainter(argument))
