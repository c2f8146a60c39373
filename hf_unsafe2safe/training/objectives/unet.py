"""InstructPix2Pix learns to predict noise; with Safe Attention it also reads the public caption.

Source: Brooks et al. 2023 (arXiv 2211.09800); Unsafe2Safe (arXiv 2603.28605); min-SNR weights: Hang et al.
2023 (arXiv 2303.09556).

Import this only where torch is needed anyway.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ...backends.local.diffusion import lora as loras
from ...backends.local.diffusion import pipelines
from ...backends.local.diffusion.families import class_name, family
from ...backends.local.diffusion.painter import NEGATIVE
from ...backends.local.diffusion.texts import Prompt, Texts
from ...backends.local.finding import FoundModel, find
from ...backends.specs import parse
from ...editing.diffusion.instruct_pix2pix import InstructPix2PixPainter
from ...editing.diffusion.safe_attention import INSIDE, has_adapter
from ...editing.diffusion.safe_attention_adapter import SafeAttention
from ...extras import need
from ...records import Pixels
from ..config import TrainConfig
from ..draws import Draws
from ..example import Encoded, Example
from .eight_channels import as_instruct_pix2pix
from .lora import add_lora, lora_state
from .losses import masked_mse
from .objective import Prediction
from .tensors import common, dropped, rgb_tensor

PLAIN = "StableDiffusionPipeline"  # of texts only: it is given the channels of an image
TYPES = {"no": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}
TARGETS = ("to_q", "to_k", "to_v", "to_out.0")  # of every attention: what gets a LoRA


class UNetObjective:
    """An `Objective` of the editors `instruct-pix2pix` and `safe-attention`.

    Trained are: all weights of instruct-pix2pix or its LoRA; of safe-attention the new weights, and the LoRA
    of the others where there is one. What is trained is float32, the rest has the type of the computation.

    Args:
        config: Of the run.

    Raises:
        ConfigError: The model is none of this editor, or cannot be loaded.
        MissingExtraError: A package is missing.
    """

    def __init__(self, config: TrainConfig) -> None:
        need("models", "Training", "torch", "diffusers", "transformers", "peft")
        self._config, self._editor = config, config.model.editor
        self._safe: SafeAttention | None = None
        self._found: FoundModel = find(parse(config.model.model, {}))
        self._plain = class_name(self._found) == PLAIN
        known = family(self._found, "inpaint" if self._plain else self._editor)
        self.side, self.grid = config.model.side or known.side, InstructPix2PixPainter.grid
        self.models = (self._found.info,)
        self._dtype = TYPES[config.optimization.mixed_precision]
        self._pipe = self._loaded()
        self.network = self._pipe.unet
        self._choose()
        self._texts = Texts(self._pipe)
        self._nothing: dict[str, Any] = {}
        self._schedule = _schedule(self._pipe)

    def fingerprint(self) -> str:
        """Return what changes when `encode` would say something else."""
        import diffusers

        model = f"{self._found.info.name}@{self._found.info.revision}"
        return f"{self._editor}:{model}:{self.side}:{self._dtype}:{diffusers.__version__}:1"

    def to(self, device: Any) -> None:
        """Put all of it where it runs."""
        for part in self._modules():
            part.to(device)

    def encode(self, examples: Sequence[Example]) -> list[Encoded]:
        """Return latents and embeddings, each example on its own."""
        with torch.no_grad():
            return [self._encoded(one) for one in examples]

    def encoded_all(self) -> None:
        """Drop the text encoder; what the empty text and the usual negative one say is kept."""
        for text in ("", NEGATIVE):
            self._fixed(text)
        self._pipe.register_modules(text_encoder=None)

    def predict(self, network: Any, batch: Encoded, draws: Draws) -> Prediction:
        """Return the loss of a batch."""
        target, schedule = batch["target"], self._schedule
        steps = (draws.time * schedule.config.num_train_timesteps).long()
        noisy = schedule.add_noise(target, draws.noise, steps)
        image = batch["original"] * (~draws.drop_image).view(-1, 1, 1, 1)
        said = dropped(batch["instruction"], self._fixed(""), draws.drop_first)
        if self._safe is not None:
            said = torch.cat([said, dropped(batch["public"], self._fixed(""), draws.drop_second)], dim=1)
        inputs = torch.cat([noisy, image], dim=1).to(self._dtype)
        output = network(inputs, steps, encoder_hidden_states=said.to(self._dtype), return_dict=False)[0]
        output = output.float()
        kept = schedule.alphas_cumprod.to(target.device)[steps].view(-1, 1, 1, 1)
        velocity = schedule.config.prediction_type == "v_prediction"
        if velocity:
            wanted = schedule.get_velocity(target, draws.noise, steps)
            clean = kept.sqrt() * noisy - (1 - kept).sqrt() * output
        else:
            wanted, clean = draws.noise, (noisy - (1 - kept).sqrt() * output) / kept.sqrt()
        loss = masked_mse(output, wanted, batch["mask"], self._config.loss.mask_weight)
        loss = loss * snr_weights(kept.flatten(), self._config.loss.min_snr_gamma, velocity=velocity)
        return Prediction(loss, clean, (1 - kept).sqrt().flatten())

    def decode(self, latents: Any) -> Any:
        """Return the pictures of latents, differentiable."""
        vae = self._pipe.vae
        pictures = vae.decode((latents / vae.config.scaling_factor).to(vae.dtype), return_dict=False)[0]
        return pictures.float() / 2 + 0.5

    def sample(self, encoded: Sequence[Encoded], steps: int, seeds: Sequence[int]) -> list[Pixels]:
        """Return what the editor makes with its usual guidance, each example on its own."""
        training, made = self.network.training, []
        self.network.eval()
        usual, device = InstructPix2PixPainter.defaults, self._pipe.vae.device
        unwanted = [self._fixed(NEGATIVE), *([self._fixed("")] if self._safe is not None else [])]
        with torch.no_grad():
            for one, seed in zip(encoded, seeds, strict=True):
                said = [one["instruction"], *([one["public"]] if self._safe is not None else [])]
                latents = self._pipe(
                    image=one["original"][None].to(device),
                    prompt_embeds=torch.cat(said)[None].to(device, self._dtype),
                    negative_prompt_embeds=torch.cat(unwanted, dim=1).to(device, self._dtype),
                    num_inference_steps=steps,
                    guidance_scale=usual["guidance_scale"],
                    image_guidance_scale=usual["image_guidance_scale"],
                    generator=torch.Generator().manual_seed(seed),
                    output_type="latent",
                ).images
                picture = self.decode(latents.float())[0].clamp(0, 1).permute(1, 2, 0)
                made.append((picture.cpu().numpy() * 255).round().astype(np.uint8))
        self.network.train(training)
        return made

    def save(self, folder: Path) -> None:
        """Write the whole pipeline with the LoRA merged, or only what was trained beside it."""
        model, lora = self._config.model, {}
        if model.lora_rank:
            lora = lora_state(self.network, model)
        if model.save_as == "adapter":
            if lora:
                type(self._pipe).save_lora_weights(folder, unet_lora_layers=lora)
            if self._safe is not None:
                self._safe.save_pretrained(folder, base_model=self._found.info.name)
            return
        pipe = self._loaded()
        if lora:
            loras.merge(pipe, {f"unet.{name}": value for name, value in lora.items()}, "that was trained")
        elif self._safe is None:
            pipe.unet.load_state_dict(self.network.state_dict())
        pipe.save_pretrained(folder, safe_serialization=True)
        if self._safe is not None:
            self._safe.save_pretrained(folder / INSIDE, base_model=self._found.info.name)

    def _loaded(self) -> Any:
        """Return the pipeline, on the processor."""
        build = as_instruct_pix2pix if self._plain else _as_it_is
        options = {"dtype": "float32", "device_map": "cpu"}  # a processor loads no float16: cast after it
        editor = "inpaint" if self._plain else self._editor
        pipe = pipelines.load(self._found, options, build, editor).pipe
        for part in pipe.components.values():
            if hasattr(part, "parameters"):
                part.requires_grad_(False)
                if part.dtype != self._dtype:
                    part.to(self._dtype)
        return pipe

    def _choose(self) -> None:
        """Add what is new, and say what is trained."""
        model = self._config.model
        own = [name for name, _ in self.network.named_modules() if name.endswith(TARGETS)]
        if self._editor == "safe-attention":
            base = self._found.info.name
            if has_adapter(self._found):
                place = Path(self._found.where) / INSIDE
                self._safe = SafeAttention.load(place, self.network, base_model=base)
            else:
                self._safe = SafeAttention(self.network)
            self._safe.requires_grad_(True)
        elif not model.lora_rank:
            self.network.requires_grad_(True)
        for weight in self.network.parameters():
            if weight.requires_grad:
                weight.data = weight.data.float()
        if model.lora_rank:
            add_lora(self.network, own, model, self._config.run.seed)
        if model.gradient_checkpointing:
            self.network.enable_gradient_checkpointing()
        self.network.train()

    def _encoded(self, example: Example) -> Encoded:
        text = example.edit_instruction or example.public_caption
        said = {"instruction": self._texts.fitted(text)[0]}
        if self._safe is not None:
            said["public"] = self._texts.fitted(example.public_caption)[0]
        scale = self._pipe.vae.config.scaling_factor
        return {
            **common(example, self._latents(example.target) * scale),
            "original": self._latents(example.original),  # the pipeline does not scale these
            **{name: self._read(prompt)[0].cpu() for name, prompt in said.items()},
        }

    def _latents(self, pixels: Pixels) -> Any:
        vae = self._pipe.vae
        rgb = rgb_tensor(pixels).to(vae.device, vae.dtype)
        return vae.encode(rgb).latent_dist.mode()[0].float().cpu()

    def _read(self, prompt: Prompt) -> Any:
        return self._texts.embeds([prompt])["prompt_embeds"]

    def _fixed(self, text: str) -> Any:
        """Return the embedding (1, tokens, d) of a text that is not of an example."""
        if text not in self._nothing:
            with torch.no_grad():
                self._nothing[text] = self._read(self._texts.fitted(text)[0])
        return self._nothing[text]

    def _modules(self) -> list[Any]:
        return [part for part in self._pipe.components.values() if hasattr(part, "parameters")]


def snr_weights(kept: Any, gamma: float, *, velocity: bool) -> Any:
    """Return the min-SNR weights (n,): those of a loss of clean images, cut at gamma.

    Args:
        kept: (n,) the share of the signal's variance that is left, in (0, 1).
        gamma: 0 for weights of 1.
        velocity: Whether the network predicts velocities, else noise.

    Example:
        >>> [round(float(one), 3) for one in snr_weights(torch.tensor([0.5, 0.9]), 5.0, velocity=False)]
        [1.0, 0.556]
    """
    if not gamma:
        return torch.ones_like(kept)
    snr = kept / (1 - kept)
    return snr.clamp(max=gamma) / (snr + 1 if velocity else snr)


def _as_it_is(pipe: Any) -> Any:
    return pipe


def _schedule(pipe: Any) -> Any:
    from diffusers import DDPMScheduler

    return DDPMScheduler.from_config(pipe.scheduler.config)
