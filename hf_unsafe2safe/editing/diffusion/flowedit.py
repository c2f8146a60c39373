"""`flowedit`: training-free, with Stable Diffusion 3 or FLUX.1, from the private caption to the target one.

Source: Kulikov et al. 2024, FlowEdit (arXiv 2412.08629): the settings of FLUX.1-dev; Unsafe2Safe (arXiv
2603.28605): those of Stable Diffusion 3, whose source text is the private caption.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any, ClassVar, NamedTuple

import numpy as np

from ...backends.local.diffusion.families import class_name
from ...backends.local.diffusion.flow import check_guided, flow_model
from ...backends.local.diffusion.painter import SETTINGS, DiffusionPainter, Painting
from ...backends.local.diffusion.pipelines import LoadedPipeline
from ...backends.local.diffusion.texts import Prompt
from ...backends.painting import Canvas
from ...backends.specs import Options, count, number
from ...errors import ConfigError
from ...records import Pixels
from ..generative import GenerativeEditor
from .flowedit_steps import Side, flow_edit

EARLIER = 0.1  # share of the steps that each retry starts earlier, and so further from the original


class Published(NamedTuple):
    """The settings of a family of models.

    Args:
        steps: Of which `n_max` are done.
        n_max: The last ones.
        source: Guidance of the source text.
        target: Guidance of the target text.
    """

    steps: int
    n_max: int
    source: float
    target: float


PUBLISHED = {
    "StableDiffusion3Pipeline": Published(50, 33, 3.5, 13.5),
    "FluxPipeline": Published(28, 24, 1.5, 5.5),
}


class FlowEditPainter(DiffusionPainter):
    """Repaint by following what the target text adds to the source text.

    Both texts are read by the model itself and nothing else: the private caption stays on this machine.
    Outside of the mask the latents stay those of the image, so that what is new fits to it.

    Args:
        argument: As of `DiffusionPainter`; options: `num_inference_steps`, `source_guidance_scale`,
            `guidance_scale` (of the target), `n_max`, `n_min`, `n_avg`, see `flow_edit`. By default as
            published; fewer steps have as large a share of them done.

    Raises:
        ConfigError: As `DiffusionPainter`; or the numbers do not fit to each other, or a cache is asked
            for: each step has new noise.
    """

    name = "flowedit"
    one_text = True
    sees_private = True
    grid = 16
    readers: ClassVar[Options] = {
        "num_inference_steps": SETTINGS["num_inference_steps"],
        "guidance_scale": SETTINGS["guidance_scale"],
        "source_guidance_scale": number(0, 100),
        "n_max": count(0, 1000),
        "n_min": count(0, 1000),
        "n_avg": count(1, 100),
    }

    def __init__(self, argument: str) -> None:
        super().__init__(argument)
        if self._options.get("cache", "none") != "none":
            raise ConfigError("FlowEdit has new noise at every step: no cache can serve it.")
        self._steps(0)

    def build(self, pipe: Any) -> Any:
        """Return the pipeline, if it can be guided."""
        check_guided(pipe)
        return pipe

    def run(self, model: LoadedPipeline, painting: Painting) -> Any:
        """Return the pictures."""
        flow, canvases = flow_model(model.pipe, model.texts), painting.canvases
        prompts = {"source": [self._source(model, one) for one in canvases], "target": painting.prompts}
        published = self._published()
        scale = {
            "source": self._options.get("source_guidance_scale", published.source),
            "target": self._options.get("guidance_scale", published.target),
        }

        @cache
        def embeds(sides: tuple[Side, ...]) -> dict[str, Any]:
            return flow.embeds([prompt for side in sides for prompt in prompts[side]])

        def velocity(noisy: Any, sigma: float, sides: Sequence[Side]) -> Any:
            guidance = [scale[side] for side in sides for _ in canvases]
            found = flow.velocity(noisy.flatten(0, 1), sigma, embeds(tuple(sides)), guidance)
            return found.view_as(noisy)

        latents = flow.latents([one.pixels for one in canvases])
        steps, n_max, n_min = self._steps(canvases[0].retry)
        edited = flow_edit(
            latents,
            velocity,
            flow.sigmas(steps, latents),
            painting.generators(),
            n_max=n_max,
            n_min=n_min,
            n_avg=self._options.get("n_avg", 1),
            mask=_places([one.mask for one in canvases], latents),
        )
        pictures = flow.pictures(edited)
        model.pipe.maybe_free_model_hooks()
        return pictures

    def _source(self, model: LoadedPipeline, canvas: Canvas) -> Prompt:
        prompt, shorter = model.texts.fitted(canvas.private_caption or canvas.public_caption)
        self.counts["prompts_shortened"] += shorter
        return prompt

    def _published(self) -> Published:
        return PUBLISHED[class_name(self._found)]

    def _steps(self, retry: int) -> tuple[int, int, int]:
        """Return how many steps there are, how many of them are done, and how many of those are plain."""
        published = self._published()
        steps = self._options.get("num_inference_steps", published.steps)
        n_max = self._options.get("n_max", round(steps * published.n_max / published.steps))
        n_min = self._options.get("n_min", 0)
        if not n_min <= n_max <= steps:
            raise ConfigError(
                f"n_min {n_min}, n_max {n_max} and num_inference_steps {steps} do not fit to each other.",
                hint="Each is at most the next one.",
            )
        return steps, min(steps, n_max + round(retry * EARLIER * steps)), n_min


def flowedit(argument: str = "stabilityai/stable-diffusion-3-medium-diffusers") -> GenerativeEditor:
    """Return the editor.

    Args:
        argument: A model and options, as of `FlowEditPainter`. The default is the model of the paper: gated,
            under a licence of its own.
    """
    return GenerativeEditor(FlowEditPainter(argument))


def _places(masks: Sequence[Pixels], latents: Any) -> Any:
    """Return 1 for each place of latents (n, 1, h, w) that has a pixel to repaint, else 0."""
    import torch

    repaint = torch.from_numpy(np.stack(masks) > 0)[:, None].to(latents)
    return torch.nn.functional.adaptive_max_pool2d(repaint, latents.shape[-2:])
