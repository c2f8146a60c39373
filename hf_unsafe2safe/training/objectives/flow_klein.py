"""How FLUX.2 klein is called, as its inpainting pipeline calls it.

Its latents are those of four neighbours in one, (n, 4c, h / 2, w / 2), normalised by the statistics that its
autoencoder keeps of each channel.
"""

from collections.abc import Mapping
from typing import Any

from ...editing.diffusion.klein import KleinPainter

REFERENCE = 10  # the place in time of the first reference


class KleinCalls:
    """What is klein's own; as `KontextCalls`, but a single block has all its projections in one."""

    painter = KleinPainter
    targets = (
        r".*\.attn\.(to_[qkv]|add_[qkv]_proj|to_out\.0|to_add_out|to_qkv_mlp_proj)"
        r"|single_transformer_blocks\.\d+\.attn\.to_out"
    )

    @staticmethod
    def tokens(latents: Any) -> int:
        """Return how many tokens a picture is."""
        return int(latents.shape[-2] * latents.shape[-1])

    @staticmethod
    def latents(pipe: Any, rgb: Any) -> Any:
        """Return the latents of a picture, see `KontextCalls`."""
        found = pipe.vae.encode(rgb).latent_dist.mode()
        n, c, h, w = found.shape
        squares = found.reshape(n, c, h // 2, 2, w // 2, 2).permute(0, 1, 3, 5, 2, 4)
        mean, std = _statistics(pipe.vae, found)
        return (squares.reshape(n, 4 * c, h // 2, w // 2) - mean) / std

    @staticmethod
    def pictures(pipe: Any, latents: Any) -> Any:
        """Return the pictures of latents, see `KontextCalls`."""
        mean, std = _statistics(pipe.vae, latents)
        n, c, h, w = latents.shape
        squares = (latents * std + mean).reshape(n, c // 4, 2, 2, h, w).permute(0, 1, 4, 2, 5, 3)
        found = squares.reshape(n, c // 4, 2 * h, 2 * w)
        return pipe.vae.decode(found.to(pipe.vae.dtype), return_dict=False)[0]

    @staticmethod
    def inputs(
        pipe: Any, noisy: Any, reference: Any, sigma: Any, embeds: Mapping[str, Any], guidance: float
    ) -> dict[str, Any]:
        """Return what the transformer is called with, see `KontextCalls`; it takes no guidance."""
        import torch

        (n, _, rows, columns), texts = noisy.shape, embeds["prompt_embeds"]
        one = torch.arange(1)
        places = torch.cartesian_prod(
            torch.tensor([0, REFERENCE]), torch.arange(rows), torch.arange(columns), one
        )
        words = torch.cartesian_prod(one, one, one, torch.arange(texts.shape[1]))
        return {
            "hidden_states": torch.cat([_tokens(noisy), _tokens(reference)], dim=1),
            "timestep": sigma.to(noisy.dtype),
            "guidance": None,
            "encoder_hidden_states": texts.to(noisy.dtype),
            "txt_ids": words.to(noisy.device).expand(n, -1, -1),
            "img_ids": places.to(noisy.device).expand(n, -1, -1),
        }

    @staticmethod
    def unpacked(tokens: Any, shape: tuple[int, ...]) -> Any:
        """Return the latents of the tokens of a picture."""
        return tokens.transpose(1, 2).reshape(shape)


def _tokens(latents: Any) -> Any:
    return latents.flatten(2).transpose(1, 2)


def _statistics(vae: Any, like: Any) -> tuple[Any, Any]:
    mean, variance = vae.bn.running_mean, vae.bn.running_var
    std = (variance + vae.config.batch_norm_eps).sqrt()
    return mean.view(1, -1, 1, 1).to(like), std.view(1, -1, 1, 1).to(like)
