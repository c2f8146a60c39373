"""Tiny pipelines of diffusers with random weights, built and saved here: they prove wiring, never quality.

Each function returns the folder of a pipeline, saved once a process.
"""

from functools import cache
from pathlib import Path
from typing import Any

import torch

from tests import tiny_models
from tests import tiny_parts as parts

# After tiny_models, which makes torchvision importable.
import diffusers as df  # isort: skip
import transformers as tf  # isort: skip


@cache
def tiny_instruct_pix2pix() -> Path:
    """InstructPix2Pix of Stable Diffusion 1.5; without a safety checker."""
    return _saved("ip2p", _instruct_pix2pix)


@cache
def tiny_checked_instruct_pix2pix() -> Path:
    """The same with a safety checker."""
    return _saved("ip2p-checked", lambda: _instruct_pix2pix(checked=True))


@cache
def tiny_sdxl_instruct_pix2pix() -> Path:
    """InstructPix2Pix of SDXL, with its two text encoders."""
    return _saved("ip2p-xl", _sdxl_instruct_pix2pix)


@cache
def tiny_inpaint() -> Path:
    """Inpainting of Stable Diffusion 1.5: nine channels."""
    return _saved("inpaint", _inpaint)


@cache
def tiny_sd() -> Path:
    """Stable Diffusion 1.5 for texts only: it inpaints with what is in it."""
    return _saved("sd", _sd)


@cache
def tiny_sdxl_inpaint() -> Path:
    """Inpainting of SDXL."""
    return _saved("inpaint-xl", _sdxl_inpaint)


@cache
def tiny_sd3() -> Path:
    """Stable Diffusion 3, with its three text encoders."""
    return _saved("sd3", _sd3)


@cache
def tiny_flux() -> Path:
    """FLUX.1."""
    return _saved("flux", lambda: df.FluxPipeline(**_flux(16)))


@cache
def tiny_flux_fill() -> Path:
    """FLUX.1 Fill: the mask is a part of its input."""
    return _saved("flux-fill", lambda: df.FluxFillPipeline(**_flux(16 + 16 + 4 * FLUX_SCALE**2)))


@cache
def tiny_kontext() -> Path:
    """FLUX.1 Kontext."""
    return _saved("kontext", lambda: df.FluxKontextPipeline(**_flux(16)))


@cache
def tiny_qwen_edit() -> Path:
    """Qwen-Image-Edit. It works at a megapixel whatever it is given: some seconds a picture."""
    return _saved("qwen", lambda: _qwen_edit(df.QwenImageEditPipeline))


@cache
def tiny_qwen_edit_plus() -> Path:
    """Qwen-Image-Edit-Plus (2509, 2511)."""
    return _saved("qwen-plus", lambda: _qwen_edit(df.QwenImageEditPlusPipeline))


@cache
def tiny_klein() -> Path:
    """FLUX.2 klein, distilled. It refuses pictures with a side below 64."""
    return _saved("klein", _klein)


def _saved(name: str, make: Any) -> Path:
    return tiny_models.save(f"editor-{name}", lambda: (make(),))


_UNCHECKED = {"safety_checker": None, "feature_extractor": None, "requires_safety_checker": False}


def _sd_parts(channels: int) -> dict[str, Any]:
    words = parts.clip_words()
    return {
        "vae": parts.vae(),
        "tokenizer": words,
        "text_encoder": parts.clip_text(words),
        "unet": parts.unet(channels),
        "scheduler": df.DDIMScheduler(steps_offset=1, clip_sample=False),
    }


def _instruct_pix2pix(*, checked: bool = False) -> Any:
    made = {**_sd_parts(8), "scheduler": df.EulerAncestralDiscreteScheduler()}
    return df.StableDiffusionInstructPix2PixPipeline(**made, **(parts.checker() if checked else _UNCHECKED))


def _inpaint() -> Any:
    return df.StableDiffusionInpaintPipeline(**_sd_parts(9), **_UNCHECKED)


def _sd() -> Any:
    return df.StableDiffusionPipeline(**_sd_parts(4), **_UNCHECKED)


def _xl_parts(channels: int) -> dict[str, Any]:
    words = parts.clip_words()
    return {
        "vae": parts.vae(),
        "text_encoder": parts.clip_text(words, tf.CLIPTextModel),
        "tokenizer": words,
        "text_encoder_2": parts.clip_text(words, tf.CLIPTextModelWithProjection),
        "tokenizer_2": words,
        "unet": parts.xl_unet(channels),
        "scheduler": df.EulerDiscreteScheduler(),
    }


def _sdxl_instruct_pix2pix() -> Any:
    return df.StableDiffusionXLInstructPix2PixPipeline(**_xl_parts(8))


def _sdxl_inpaint() -> Any:
    return df.StableDiffusionXLInpaintPipeline(**_xl_parts(9))


def _sd3() -> Any:
    words, more_words = parts.clip_words(), parts.t5_words()
    transformer = df.SD3Transformer2DModel(
        sample_size=16,
        patch_size=1,
        in_channels=16,
        out_channels=16,
        num_layers=1,
        attention_head_dim=8,
        num_attention_heads=4,
        caption_projection_dim=32,
        joint_attention_dim=64,
        pooled_projection_dim=64,
        pos_embed_max_size=96,
    )
    return df.StableDiffusion3Pipeline(
        vae=parts.vae(16, (16, 32), shift_factor=0.06, use_quant_conv=False, use_post_quant_conv=False),
        text_encoder=parts.clip_text(words, tf.CLIPTextModelWithProjection),
        tokenizer=words,
        text_encoder_2=parts.clip_text(words, tf.CLIPTextModelWithProjection),
        tokenizer_2=words,
        text_encoder_3=parts.t5(more_words, 64),
        tokenizer_3=more_words,
        transformer=transformer.eval(),
        scheduler=df.FlowMatchEulerDiscreteScheduler(shift=3.0),
    )


FLUX_SCALE = 2  # by how much the autoencoder of the tiny FLUX makes an image smaller


def _flux(channels: int) -> dict[str, Any]:
    words, more_words = parts.clip_words(), parts.t5_words()
    transformer = df.FluxTransformer2DModel(
        patch_size=1,
        in_channels=channels,
        out_channels=16,
        num_layers=1,
        num_single_layers=1,
        attention_head_dim=16,
        num_attention_heads=2,
        joint_attention_dim=32,
        pooled_projection_dim=32,
        axes_dims_rope=(4, 4, 8),
        guidance_embeds=True,
    )
    return {
        "scheduler": df.FlowMatchEulerDiscreteScheduler(use_dynamic_shifting=True),
        "vae": parts.vae(4, (8, 16), shift_factor=0.06, use_quant_conv=False, use_post_quant_conv=False),
        "text_encoder": parts.clip_text(words),
        "tokenizer": words,
        "text_encoder_2": parts.t5(more_words),
        "tokenizer_2": more_words,
        "transformer": transformer.eval(),
    }


def _qwen_edit(kind: Any, levels: int = 5) -> Any:
    vlm, processor = tiny_models._vlm()
    transformer = df.QwenImageTransformer2DModel(
        patch_size=2,
        in_channels=16,
        out_channels=4,
        num_layers=2,  # one would leave nothing to a cache of the first
        attention_head_dim=16,
        num_attention_heads=2,
        joint_attention_dim=32,
        guidance_embeds=False,
        axes_dims_rope=(4, 6, 6),
    )
    # Many levels of few channels: at a megapixel the transformer still sees only some hundred places.
    vae = df.AutoencoderKLQwenImage(
        base_dim=2,
        z_dim=4,
        dim_mult=[1] * (levels + 1),
        num_res_blocks=1,
        temperal_downsample=[False] * (levels - 1) + [True],
        latents_mean=[0.0] * 4,
        latents_std=[1.0] * 4,
    )
    with torch.no_grad():  # random biases would drown what is decoded
        for name, weights in vae.named_parameters():
            if name.endswith("bias"):
                weights.zero_()
    return kind(
        scheduler=df.FlowMatchEulerDiscreteScheduler(use_dynamic_shifting=True),
        vae=vae.eval(),
        text_encoder=vlm.eval(),
        tokenizer=processor.tokenizer,
        processor=tf.Qwen2VLProcessor(
            image_processor=processor.image_processor,
            tokenizer=processor.tokenizer,
            video_processor=processor.video_processor,
            chat_template=processor.chat_template,
        ),
        transformer=transformer.eval(),
    )


def _klein() -> Any:
    words = tiny_models.tokenizer()
    reader = tf.Qwen3ForCausalLM(
        tf.Qwen3Config(
            vocab_size=len(words),
            hidden_size=8,
            intermediate_size=8,
            num_hidden_layers=28,  # the pipeline reads its layers 9, 18 and 27
            num_attention_heads=2,
            num_key_value_heads=2,
            head_dim=4,
            eos_token_id=words.eos_token_id,
            pad_token_id=words.pad_token_id,
            bos_token_id=None,
            initializer_range=0.4,
        )
    )
    transformer = df.Flux2Transformer2DModel(
        patch_size=1,
        in_channels=16,
        num_layers=2,
        num_single_layers=2,
        attention_head_dim=16,
        num_attention_heads=2,
        joint_attention_dim=24,
        timestep_guidance_channels=256,
        axes_dims_rope=[4, 4, 4, 4],
        guidance_embeds=False,
    )
    vae = df.AutoencoderKLFlux2(
        sample_size=parts.SIDE,
        down_block_types=("DownEncoderBlock2D",) * 2,
        up_block_types=("UpDecoderBlock2D",) * 2,
        block_out_channels=(8, 16),
        layers_per_block=1,
        latent_channels=4,
        norm_num_groups=4,
        use_quant_conv=False,
        use_post_quant_conv=False,
    )
    return df.Flux2KleinPipeline(
        scheduler=df.FlowMatchEulerDiscreteScheduler(use_dynamic_shifting=True),
        vae=vae.eval(),
        text_encoder=reader.eval(),
        tokenizer=words,
        transformer=transformer.eval(),
        is_distilled=True,
    )
