"""`klein`: FLUX.2 klein, an image and an instruction in four steps, held to the mask at every step."""

from typing import Any, ClassVar

from ...backends.local.diffusion.painter import NEGATIVE, DiffusionPainter, Painting, pictures
from ...backends.local.diffusion.pipelines import LoadedPipeline
from ..generative import GenerativeEditor


class KleinPainter(DiffusionPainter):
    """Runs klein as its inpainting variant.

    The plain pipeline takes a list of images as references that all prompts share; the variant takes one a
    prompt, so that it can be run in batches.
    """

    name = "klein"
    grid = 16
    defaults: ClassVar = {"num_inference_steps": 4, "guidance_scale": 4.0, "strength": 1.0}

    def build(self, pipe: Any) -> Any:
        """Return the inpainting variant."""
        from diffusers import Flux2KleinInpaintPipeline

        return Flux2KleinInpaintPipeline(**pipe.components, is_distilled=pipe.config.is_distilled)

    def run(self, model: LoadedPipeline, painting: Painting) -> Any:
        """Return the pictures."""
        width, height = painting.size_wh
        distilled = model.pipe.config.is_distilled  # it has no guidance, and warns of it
        return pictures(
            model.pipe(
                image=painting.images,
                mask_image=painting.masks,
                width=width,
                height=height,
                generator=painting.generators(),
                num_inference_steps=self.setting("num_inference_steps"),
                guidance_scale=1.0
                if distilled
                else self.guidance("guidance_scale", painting.canvases[0].retry),
                strength=self.setting("strength"),
                output_type="np",
                **model.texts.embeds(painting.prompts, "" if distilled else NEGATIVE),
            )
        )


def klein(argument: str = "black-forest-labs/FLUX.2-klein-4B") -> GenerativeEditor:
    """Return the editor.

    Args:
        argument: A model and options, as of `DiffusionPainter`; its own are `num_inference_steps` (4; 50 for
            a model that is not distilled), `guidance_scale` (4, for such a model only) and `strength` (1).
    """
    return GenerativeEditor(KleinPainter(argument))
