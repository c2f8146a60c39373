"""How FLUX.1 Kontext is called, as its inpainting pipeline calls it, for latents (n, c, h, w)."""

from collections.abc import Mapping
from typing import Any

from ...backends.local.diffusion.flow import packed, unpacked
from ...editing.diffusion.kontext import KontextPainter


class KontextCalls:
    """What is Kontext's own.

    Attributes:
        painter: The editor that runs it.
        targets: Names of the layers that get a LoRA, a regular expression: all projections of the attention,
            of image and text, and both of a single block, where attention and MLP share their output.
    """

    painter = KontextPainter
    targets = (
        r".*\.attn\.(to_[qkv]|add_[qkv]_proj|to_out\.0|to_add_out)"
        r"|single_transformer_blocks\.\d+\.(proj_mlp|proj_out)"
    )

    @staticmethod
    def tokens(latents: Any) -> int:
        """Return how many tokens a picture is."""
        return int(latents.shape[-2] // 2 * (latents.shape[-1] // 2))

    @staticmethod
    def latents(pipe: Any, rgb: Any) -> Any:
        """Return the latents of a picture (n, 3, H, W) in [-1, 1]: the likeliest, normalised."""
        vae = pipe.vae
        found = vae.encode(rgb).latent_dist.mode()
        return (found - vae.config.shift_factor) * vae.config.scaling_factor

    @staticmethod
    def pictures(pipe: Any, latents: Any) -> Any:
        """Return the pictures (n, 3, H, W) in about [-1, 1] of latents."""
        vae = pipe.vae
        found = latents / vae.config.scaling_factor + vae.config.shift_factor
        return vae.decode(found.to(vae.dtype), return_dict=False)[0]

    @staticmethod
    def inputs(
        pipe: Any, noisy: Any, reference: Any, sigma: Any, embeds: Mapping[str, Any], guidance: float
    ) -> dict[str, Any]:
        """Return what the transformer is called with.

        Args:
            pipe: The pipeline.
            noisy: Latents (n, c, h, w), of the type that the transformer computes in.
            reference: Latents of the original, the same shape and type.
            sigma: (n,) share of noise.
            embeds: Of the texts.
            guidance: Which a distilled model takes as an input.
        """
        import torch

        rows, columns = noisy.shape[-2] // 2, noisy.shape[-1] // 2
        places = torch.cartesian_prod(torch.arange(2), torch.arange(rows), torch.arange(columns))
        texts = embeds["prompt_embeds"]
        guided = pipe.transformer.config.guidance_embeds
        return {
            "hidden_states": torch.cat([packed(noisy), packed(reference)], dim=1),
            "timestep": sigma.to(noisy.dtype),
            "guidance": torch.full_like(sigma, guidance, dtype=torch.float32) if guided else None,
            "pooled_projections": embeds["pooled_prompt_embeds"].to(noisy.dtype),
            "encoder_hidden_states": texts.to(noisy.dtype),
            "txt_ids": noisy.new_zeros(texts.shape[1], 3),
            "img_ids": places.to(noisy),  # first 0 of the picture, 1 of its reference
        }

    @staticmethod
    def unpacked(tokens: Any, shape: tuple[int, ...]) -> Any:
        """Return the latents of the tokens of a picture."""
        return unpacked(tokens, shape[-2] // 2)
