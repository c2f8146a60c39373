"""`kontext`: FLUX.1 Kontext, an image and an instruction, held to the mask at every step.

Its best known weights, FLUX.1-Kontext-dev, are gated and for non-commercial use: no preset names them.
"""

from typing import Any, ClassVar

from ...backends.local.diffusion.painter import DiffusionPainter, Painting, pictures
from ...backends.local.diffusion.pipelines import LoadedPipeline
from ..generative import GenerativeEditor


class KontextPainter(DiffusionPainter):
    """Runs Kontext as its inpainting variant: what is not masked is the image's own at every step."""

    name = "kontext"
    grid = 16
    defaults: ClassVar = {"num_inference_steps": 28, "guidance_scale": 2.5, "strength": 1.0}

    def build(self, pipe: Any) -> Any:
        """Return the inpainting variant."""
        from diffusers import FluxKontextInpaintPipeline

        return FluxKontextInpaintPipeline(**pipe.components)

    def run(self, model: LoadedPipeline, painting: Painting) -> Any:
        """Return the pictures."""
        width, height = painting.size_wh
        return pictures(
            model.pipe(
                image=painting.images,
                mask_image=painting.masks,
                width=width,
                height=height,
                max_area=width * height,
                _auto_resize=False,  # else it takes one of its own sizes
                generator=painting.generators(),
                num_inference_steps=self.setting("num_inference_steps"),
                guidance_scale=self.guidance("guidance_scale", painting.canvases[0].retry),
                strength=self.setting("strength"),
                output_type="np",
                **model.texts.embeds(painting.prompts),
            )
        )


def kontext(argument: str = "black-forest-labs/FLUX.1-Kontext-dev") -> GenerativeEditor:
    """Return the editor.

    Args:
        argument: A model and options, as of `DiffusionPainter`; its own are `num_inference_steps` (28),
            `guidance_scale` (2.5) and `strength` (1: nothing of the masked pixels is kept).
    """
    return GenerativeEditor(KontextPainter(argument))
