"""Flow models of diffusers as functions: an image to latents and back, and where a noisy latent moves.

A latent z at sigma is (1 - sigma) * image + sigma * noise; its velocity is noise - image. That is what
Stable Diffusion 3 and FLUX.1 were trained to tell; all else in their pipelines is packing and guidance.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ....errors import ConfigError
from ....records import Pixels
from .texts import Prompt, Texts

NOTHING = Prompt("", "")


class FlowModel:
    """What the pipelines of flow models have in common.

    Args:
        pipe: Of diffusers, loaded.
        texts: Its readers.
    """

    def __init__(self, pipe: Any, texts: Texts) -> None:
        self._pipe, self._texts = pipe, texts

    def embeds(self, prompts: Sequence[Prompt]) -> dict[str, Any]:
        """Return what `velocity` takes for as many latents."""
        return self._texts.embeds(prompts)

    def sigmas(self, steps: int, latents: Any) -> list[float]:
        """Return the shares of noise, falling, one more than there are steps; the last one is 0."""
        raise NotImplementedError

    def velocity(
        self, latents: Any, sigma: float, embeds: Mapping[str, Any], guidance: Sequence[float]
    ) -> Any:
        """Return the velocities of latents (n, c, h, w) float32, of each with its own text and guidance."""
        raise NotImplementedError

    def latents(self, pictures: Sequence[Pixels]) -> Any:
        """Return the latents (n, c, h, w) float32 of pictures of one size: the likeliest, not drawn."""
        import torch

        vae = self._pipe.vae
        rgb = torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2)
        rgb = (rgb.float() / 127.5 - 1).to(self._pipe._execution_device, vae.dtype)
        found = vae.encode(rgb).latent_dist.mode().float()
        return (found - vae.config.shift_factor) * vae.config.scaling_factor

    def pictures(self, latents: Any) -> npt.NDArray[np.float32]:
        """Return the pictures (n, h, w, 3) in [0, 1] that latents stand for."""
        vae = self._pipe.vae
        found = latents / vae.config.scaling_factor + vae.config.shift_factor
        rgb = vae.decode(found.to(vae.dtype), return_dict=False)[0].float()
        pictures: npt.NDArray[np.float32] = (rgb / 2 + 0.5).clamp(0, 1).permute(0, 2, 3, 1).cpu().numpy()
        return pictures


class Sd3Flow(FlowModel):
    """Stable Diffusion 3 and 3.5 (`StableDiffusion3Pipeline`): guided away from the empty text."""

    def embeds(self, prompts: Sequence[Prompt]) -> dict[str, Any]:
        """Those of the empty text too, before the others."""
        return super().embeds([NOTHING] * len(prompts) + list(prompts))

    def sigmas(self, steps: int, latents: Any) -> list[float]:
        """As the pipeline has them."""
        patch = self._pipe.transformer.config.patch_size
        places = (latents.shape[-2] // patch) * (latents.shape[-1] // patch)
        return _sigmas(self._pipe.scheduler, steps, _shift(self._pipe.scheduler, places, 1.16))

    def velocity(
        self, latents: Any, sigma: float, embeds: Mapping[str, Any], guidance: Sequence[float]
    ) -> Any:
        """All of them in one pass, with and without their texts."""
        import torch

        model = self._pipe.transformer
        found = model(
            hidden_states=torch.cat([latents, latents]).to(model.dtype),
            timestep=latents.new_full((2 * len(latents),), 1000 * sigma),
            encoder_hidden_states=embeds["prompt_embeds"],
            pooled_projections=embeds["pooled_prompt_embeds"],
            return_dict=False,
        )[0]
        plain, wanted = found.float().chunk(2)
        return plain + latents.new_tensor(guidance).view(-1, 1, 1, 1) * (wanted - plain)


class FluxFlow(FlowModel):
    """FLUX.1 (`FluxPipeline`), with guidance as an input of the model."""

    def sigmas(self, steps: int, latents: Any) -> list[float]:
        """As the pipeline has them."""
        places = (latents.shape[-2] // 2) * (latents.shape[-1] // 2)
        shift = _shift(self._pipe.scheduler, places, 1.15)
        return _sigmas(self._pipe.scheduler, steps, {"sigmas": np.linspace(1, 1 / steps, steps), **shift})

    def velocity(
        self, latents: Any, sigma: float, embeds: Mapping[str, Any], guidance: Sequence[float]
    ) -> Any:
        """All of them in one pass."""
        import torch

        model = self._pipe.transformer
        rows, columns = latents.shape[-2] // 2, latents.shape[-1] // 2
        places = torch.cartesian_prod(torch.arange(1), torch.arange(rows), torch.arange(columns))
        tokens = embeds["prompt_embeds"]
        found = model(
            hidden_states=packed(latents).to(model.dtype),
            timestep=latents.new_full((len(latents),), sigma).to(model.dtype),
            guidance=latents.new_tensor(guidance),
            encoder_hidden_states=tokens,
            pooled_projections=embeds["pooled_prompt_embeds"],
            txt_ids=tokens.new_zeros(tokens.shape[1], 3),
            img_ids=places.to(tokens),
            return_dict=False,
        )[0]
        return unpacked(found.float(), rows)


def flow_model(pipe: Any, texts: Texts) -> FlowModel:
    """Return the flow model of a pipeline, by the name of its class."""
    return FLOWS[type(pipe).__name__](pipe, texts)


def check_guided(pipe: Any) -> None:
    """Raise unless a pipeline can be guided.

    Raises:
        ConfigError: A FLUX that was distilled without guidance, as schnell: two texts would pull alike.
    """
    if type(pipe).__name__ == "FluxPipeline" and not pipe.transformer.config.guidance_embeds:
        raise ConfigError(
            "This FLUX model takes no guidance.", hint="Name one that does, for example FLUX.1-dev."
        )


FLOWS: dict[str, type[FlowModel]] = {"StableDiffusion3Pipeline": Sd3Flow, "FluxPipeline": FluxFlow}


def packed(latents: Any) -> Any:
    """Return latents (n, c, 2r, 2k) as FLUX takes them: a token (4c) for four neighbours, (n, rk, 4c)."""
    n, c, h, w = latents.shape
    squares = latents.reshape(n, c, h // 2, 2, w // 2, 2)
    return squares.permute(0, 2, 4, 1, 3, 5).reshape(n, h // 2 * (w // 2), 4 * c)


def unpacked(tokens: Any, rows: int) -> Any:
    """Return what `packed` was given; `rows` is its r."""
    n, places, width = tokens.shape
    squares = tokens.reshape(n, rows, places // rows, width // 4, 2, 2)
    return squares.permute(0, 3, 1, 4, 2, 5).reshape(n, width // 4, 2 * rows, 2 * (places // rows))


def _shift(scheduler: Any, places: int, largest: float) -> dict[str, float]:
    """Return the shift towards noise that a larger picture needs, where the scheduler asks for one.

    Source: Esser et al. 2024 (arXiv 2403.03206), section 5.3; linear between two sizes, as FLUX.1 has it.
    """
    config = scheduler.config
    if not config.get("use_dynamic_shifting"):
        return {}
    few, many = config.get("base_image_seq_len", 256), config.get("max_image_seq_len", 4096)
    low, high = config.get("base_shift", 0.5), config.get("max_shift", largest)
    return {"mu": low + (high - low) * (places - few) / (many - few)}


def _sigmas(scheduler: Any, steps: int, more: dict[str, Any]) -> list[float]:
    # A copy: the schedule of a size is no business of what else uses the pipeline.
    own = type(scheduler).from_config(scheduler.config)
    own.set_timesteps(None if "sigmas" in more else steps, **more)
    return [float(sigma) for sigma in own.sigmas]
