"""Kontext and klein learn by flow matching: a LoRA on the transformer, the original as reference tokens.

Latents x with noise n at a share s of it are (1 - s) x + s n; the network is to say n - x.

Source: Batifol et al. 2025, FLUX.1 Kontext (arXiv 2506.15742): s is the logistic of a normal draw with
mean mu, larger for larger pictures. mu here is the shift that the scheduler has for as many tokens.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ...backends.local.diffusion import lora, pipelines
from ...backends.local.diffusion.flow import _shift
from ...backends.local.diffusion.painter import NEGATIVE, Painting
from ...backends.local.diffusion.texts import Prompt, Texts
from ...backends.painting import Canvas
from ...errors import ConfigError
from ...records import ModelInfo, Pixels, PublicCaption
from ..config import TrainConfig
from ..draws import Draws
from ..example import Encoded, Example
from .flow_klein import KleinCalls
from .flow_kontext import KontextCalls
from .losses import masked_mse
from .objective import Prediction

CALLS: dict[str, Any] = {"kontext": KontextCalls, "klein": KleinCalls}
_TYPES = {"no": "float32", "bf16": "bfloat16", "fp16": "float16"}
_TEXTS = ("prompt_embeds", "pooled_prompt_embeds")
EDGE = 1e-6  # how near to nothing and to pure noise s may come


class FlowObjective:
    """An `Objective` of the editors `kontext` and `klein`. Frozen weights are in the half type, new ones not.

    Args:
        config: Of the run; `lora_rank` is needed.

    Raises:
        ConfigError: The model is none of this editor, cannot be loaded, or `lora_rank` is 0.
    """

    def __init__(self, config: TrainConfig) -> None:
        import torch

        model = config.model
        if model.lora_rank < 1:
            raise ConfigError(
                f"The editor '{model.editor}' is trained with a LoRA.", hint="Say lora_rank: 16."
            )
        self._config, self._calls = config, CALLS[model.editor]
        spec = model.model + (f",side={model.side}" if model.side else "")
        self._painter = self._calls.painter(spec)
        self.side, self.grid = self._painter.side, self._painter.grid
        self.models: tuple[ModelInfo, ...] = self._painter.models
        self._dtype = getattr(torch, _TYPES[config.optimization.mixed_precision])
        self._pipe = self._loaded(self._painter.build).pipe
        for part in self._modules():
            self._cast(part).requires_grad_(False)
        self._texts = Texts(self._pipe)
        self._nothing: dict[str, dict[str, Any]] = {}
        self.network = self._pipe.transformer
        self._add_lora()

    def fingerprint(self) -> str:
        """Return what changes when `encode` would say something else."""
        import diffusers

        return f"{self._painter.fingerprint()}:{self.side}:{self._dtype}:{diffusers.__version__}:1"

    def encode(self, examples: Sequence[Example]) -> list[Encoded]:
        """Return latents, embeddings and pixels, each example on its own."""
        import torch

        with torch.no_grad():
            return [self._encoded(one) for one in examples]

    def to(self, device: Any) -> None:
        """Put all of it where it runs."""
        for part in self._modules():
            part.to(device)

    def encoded_all(self) -> None:
        """Drop the text encoders; what the empty text and the usual negative one say is kept."""
        self._fixed("")
        self._fixed(NEGATIVE)
        for name in self._pipe.components:
            if name.startswith("text_encoder"):
                self._pipe.register_modules(**{name: None})

    def predict(self, network: Any, batch: Encoded, draws: Draws) -> Prediction:
        """Return the loss of a batch; of `draws`, the first text is the only one there is."""
        target, noise = batch["target"].float(), draws.noise.to(batch["target"].device)
        sigma = self.sigma(draws.time, target).to(target)
        share = sigma.view(-1, 1, 1, 1)
        noisy = (1 - share) * target + share * noise
        keep = (~draws.drop_image).view(-1, 1, 1, 1).to(target)
        inputs = self._calls.inputs(
            self._pipe,
            noisy.to(self._dtype),
            (batch["original"].float() * keep).to(self._dtype),
            sigma,
            self._said(batch, draws.drop_first),
            float(self._painter.setting("guidance_scale")),
        )
        tokens = network(**inputs, return_dict=False)[0][:, : self._calls.tokens(target)]
        velocity = self._calls.unpacked(tokens, tuple(target.shape)).float()
        loss = masked_mse(velocity, noise - target, batch["mask"], self._config.loss.mask_weight)
        return Prediction(loss, noisy - share * velocity, sigma)

    def sigma(self, time: Any, latents: Any) -> Any:
        """Return the shares of noise (n,) of even draws in [0, 1)."""
        import torch

        places = self._calls.tokens(latents)
        mu = _shift(self._pipe.scheduler, places, 1.15).get("mu", 0.0)
        return torch.sigmoid(mu + torch.special.ndtri(time.double().clamp(EDGE, 1 - EDGE)))

    def decode(self, latents: Any) -> Any:
        """Return the pictures of latents, differentiable."""
        return self._calls.pictures(self._pipe, latents).float() / 2 + 0.5

    def sample(self, encoded: Sequence[Encoded], steps: int, seeds: Sequence[int]) -> list[Pixels]:
        """Return what the editor makes: its own call, with texts that were read before."""
        import torch
        from PIL import Image

        painter = self._painter.changed(num_inference_steps=steps)
        self._pipe.set_progress_bar_config(disable=True)
        training, made = self.network.training, []
        self.network.eval()
        # In training the transformer says float32; the autoencoder after it has the half type.
        device, half = self._pipe.vae.device.type, self._dtype != torch.float32
        with torch.no_grad(), torch.autocast(device, self._dtype, enabled=half):
            for one, seed in zip(encoded, seeds, strict=True):
                seen = np.asarray(one["pixels"].cpu())
                canvas = Canvas(seen[..., :3], seen[..., 3], PublicCaption(""), "", seed)
                images = [Image.fromarray(canvas.pixels)], [Image.fromarray(canvas.mask)]
                painting = Painting((canvas,), *images, [Prompt("", "")])
                told = {name: one[name][None] for name in _TEXTS if name in one}
                texts = _Read(self, told)
                picture = painter.run(_Running(self._pipe, texts), painting)[0]
                made.append((np.clip(picture, 0, 1) * 255).round().astype(np.uint8))
        self.network.train(training)
        return made

    def save(self, folder: Path) -> None:
        """Write the pipeline with the LoRA merged, read again for it, or the LoRA as diffusers has it."""
        from .lora import lora_state

        state = lora_state(self.network, self._config.model)
        if self._config.model.save_as == "adapter":
            type(self._pipe).save_lora_weights(folder, transformer_lora_layers=state)
            return
        pipe = self._loaded(lambda pipe: pipe).pipe
        weights = {f"transformer.{name}": value for name, value in state.items()}
        lora.merge(pipe, weights, "that was trained")
        for part in pipe.components.values():
            if hasattr(part, "parameters"):
                self._cast(part)
        pipe.save_pretrained(folder, safe_serialization=True)

    def _loaded(self, build: Any) -> pipelines.LoadedPipeline:
        # A processor loads no float16: cast after it.
        dtype = "float32" if str(self._dtype) == "torch.float16" else str(self._dtype).removeprefix("torch.")
        options = {"dtype": dtype, "device_map": "cpu"}
        return pipelines.load(self._painter._found, options, build, self._painter.name)

    def _cast(self, part: Any) -> Any:
        return part if part.dtype == self._dtype else part.to(self._dtype)

    def _modules(self) -> list[Any]:
        return [part for part in self._pipe.components.values() if hasattr(part, "parameters")]

    def _add_lora(self) -> None:
        from .lora import add_lora

        model = self._config.model
        add_lora(self.network, self._calls.targets, model, self._config.run.seed)
        if model.gradient_checkpointing:
            self.network.enable_gradient_checkpointing()

    def _encoded(self, example: Example) -> Encoded:
        import torch

        from .tensors import common

        canvas = Canvas(
            example.original, example.mask, PublicCaption(example.public_caption), example.edit_instruction, 0
        )
        prompt, _ = self._texts.fitted(*self._painter.parts(canvas))
        target, original = self._latents(example.target), self._latents(example.original)
        return {
            **common(example, target),
            "original": original,
            "pixels": torch.from_numpy(np.dstack([example.original, example.mask])),
            **{name: value[0].cpu() for name, value in self._texts.embeds([prompt]).items()},
        }

    def _latents(self, pixels: Pixels) -> Any:
        from .tensors import rgb_tensor

        vae = self._pipe.vae
        return self._calls.latents(self._pipe, rgb_tensor(pixels).to(vae.device, vae.dtype))[0].float().cpu()

    def _fixed(self, text: str) -> dict[str, Any]:
        """Return what a text says that is not of an example; the first time the text encoders are needed."""
        if text not in self._nothing:
            import torch

            with torch.no_grad():
                self._nothing[text] = self._texts.embeds([self._texts.fitted(text)[0]])
        return self._nothing[text]

    def _said(self, batch: Encoded, drop: Any) -> dict[str, Any]:
        from .tensors import dropped

        return {name: dropped(batch[name], empty, drop) for name, empty in self._fixed("").items()}


class _Running(NamedTuple):
    """What an editor takes as a loaded pipeline."""

    pipe: Any
    texts: Any


class _Read:
    """What an editor takes as the readers of its pipeline, of one example that was read before."""

    def __init__(self, objective: FlowObjective, said: dict[str, Any]) -> None:
        self._objective, self._said = objective, said

    def embeds(self, prompts: Sequence[Prompt], negative: str = "") -> dict[str, Any]:
        """Return the embeddings of the example."""
        unwanted = self._objective._fixed(negative) if negative else {}
        both = {**self._said, **{f"negative_{name}": value for name, value in unwanted.items()}}
        device = self._objective._pipe._execution_device
        return {name: value.to(device) for name, value in both.items()}
