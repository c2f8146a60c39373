"""`instruct-pix2pix`: InstructPix2Pix, of Stable Diffusion 1.5 or SDXL: an image and an instruction.

It knows no mask: what it changes beside the regions is dropped.

Source: Brooks et al. 2023 (arXiv 2211.09800); guidance by text and by image as in its equation 3.
"""

from typing import Any, ClassVar

from ...backends.local.diffusion.painter import NEGATIVE, DiffusionPainter, Painting, pictures
from ...backends.local.diffusion.pipelines import LoadedPipeline
from ...backends.painting import Canvas
from ..generative import GenerativeEditor


class InstructPix2PixPainter(DiffusionPainter):
    """Runs an InstructPix2Pix; its prompt is the edit instruction alone, which is what it was trained on."""

    name = "instruct-pix2pix"
    defaults: ClassVar = {"num_inference_steps": 50, "guidance_scale": 7.5, "image_guidance_scale": 1.5}

    def parts(self, canvas: Canvas) -> tuple[str, ...]:
        """Return the instruction, or where there is none what the image shows."""
        return (canvas.edit_instruction or canvas.public_caption,)

    def run(self, model: LoadedPipeline, painting: Painting) -> Any:
        """Return the pictures."""
        width, height = painting.size_wh
        sized = {"width": width, "height": height} if hasattr(model.pipe, "text_encoder_2") else {}
        return pictures(
            model.pipe(
                image=painting.images,
                generator=painting.generators(),
                num_inference_steps=self.setting("num_inference_steps"),
                guidance_scale=self.guidance("guidance_scale", painting.canvases[0].retry),
                image_guidance_scale=self.setting("image_guidance_scale"),
                output_type="np",
                **sized,
                **self.embeds(model, painting),
            )
        )

    def embeds(self, model: LoadedPipeline, painting: Painting) -> dict[str, Any]:
        """Return what a call of the pipeline takes as its texts."""
        return model.texts.embeds(painting.prompts, NEGATIVE)


def instruct_pix2pix(argument: str = "timbrooks/instruct-pix2pix") -> GenerativeEditor:
    """Return the editor.

    Args:
        argument: A model and options, as of `DiffusionPainter`; its own are `num_inference_steps` (50),
            `guidance_scale` (7.5) and `image_guidance_scale` (1.5: more keeps more of the image).
    """
    return GenerativeEditor(InstructPix2PixPainter(argument))
