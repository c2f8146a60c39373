"""A text-to-image U-Net that also takes an image: how InstructPix2Pix began.

Source: Brooks et al. 2023 (arXiv 2211.09800), section 3.2: new channels of the first layer, zero at first.

Import this only where torch is needed anyway.
"""

from typing import Any

import torch

CHANNELS = 8  # noisy latents, then those of the image


def as_instruct_pix2pix(pipe: Any) -> Any:
    """Return an InstructPix2Pix pipeline of the parts of a Stable Diffusion one; its U-Net is changed."""
    from diffusers import StableDiffusionInstructPix2PixPipeline

    unet, old = pipe.unet, pipe.unet.conv_in
    new = torch.nn.Conv2d(CHANNELS, old.out_channels, old.kernel_size, old.stride, old.padding)
    new = new.to(old.weight)
    with torch.no_grad():
        new.weight.zero_()
        new.weight[:, : old.in_channels] = old.weight
        new.bias.copy_(old.bias)
    unet.conv_in = new
    unet.register_to_config(in_channels=CHANNELS)
    return StableDiffusionInstructPix2PixPipeline(
        **pipe.components, requires_safety_checker=pipe.config.requires_safety_checker
    )
