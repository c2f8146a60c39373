"""`safe-attention`: InstructPix2Pix that reads the public caption beside the edit instruction.

What a U-Net lacks for that is in `safe_attention_adapter`: trained apart, saved apart, found here.

Source: Unsafe2Safe (arXiv 2603.28605), the fine-tuned editor.
"""

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ...backends.local.diffusion.painter import Painting
from ...backends.local.diffusion.pipelines import LoadedPipeline
from ...backends.local.diffusion.texts import Prompt
from ...backends.local.finding import FoundModel, find, gated
from ...backends.specs import ModelSpec, parse, take
from ...errors import ConfigError
from ...records import ModelInfo
from ..generative import GenerativeEditor
from .instruct_pix2pix import InstructPix2PixPainter

log = logging.getLogger(__name__)

INSIDE = "safe_attention"  # where a saved pipeline has it


class SafeAttentionPainter(InstructPix2PixPainter):
    """Runs an InstructPix2Pix of Stable Diffusion 1.5 with Safe Attention.

    Args:
        argument: As of `InstructPix2PixPainter`, and `adapter`: the saved Safe Attention, a folder or
            `org/model[@revision]`. By default the folder `safe_attention` in that of the model; where there
            is none, nothing is trained and the editor is InstructPix2Pix alone.

    Raises:
        ConfigError: As `DiffusionPainter`, also for the adapter; or weights shall be quantised, which are
            what the adapter starts with.
    """

    name = "safe-attention"

    def __init__(self, argument: str) -> None:
        argument, own = take(argument, {"adapter": str})
        super().__init__(argument)
        if "quantization" in self._options:
            raise ConfigError("Safe Attention cannot be added to quantised weights.")
        self._adapter = _find_adapter(self._found, own.get("adapter"))

    @property
    def models(self) -> tuple[ModelInfo, ...]:
        """The model, and the adapter."""
        return (*super().models, *([self._adapter.info] if self._adapter else []))

    def fingerprint(self) -> str:
        """Return a digest of the model, of the adapter and of the options that change its pictures."""
        return ":".join([super().fingerprint(), *([self._adapter.info.revision] if self._adapter else [])])

    def build(self, pipe: Any) -> Any:
        """Return the pipeline with Safe Attention in its U-Net."""
        from .safe_attention_adapter import CONFIG, WEIGHTS, SafeAttention

        if self._adapter is None:
            log.warning("No trained Safe Attention is named: the public caption changes nothing.")
            SafeAttention(pipe.unet)
            return pipe
        folder = _folder(self._adapter, (CONFIG, WEIGHTS))
        SafeAttention.load(folder, pipe.unet, base_model=self._found.info.name)
        return pipe

    def embeds(self, model: LoadedPipeline, painting: Painting) -> dict[str, Any]:
        """Return the instructions with the public captions behind them, (n, 154, d)."""
        import torch

        public = [self._public(model, canvas.public_caption) for canvas in painting.canvases]
        instructed = super().embeds(model, painting)
        # Where the instruction is dropped for guidance, the public caption is, too.
        beside = {
            "prompt_embeds": model.texts.embeds(public),
            "negative_prompt_embeds": model.texts.embeds([Prompt("", "")] * len(public)),
        }
        return {
            name: torch.cat([instructed[name], one["prompt_embeds"]], dim=1) for name, one in beside.items()
        }

    def __getstate__(self) -> dict[str, Any]:
        """As of the base, and what the adapter meant."""
        return {**super().__getstate__(), "_adapter": self._adapter}

    def _public(self, model: LoadedPipeline, caption: str) -> Prompt:
        prompt, shorter = model.texts.fitted(caption)
        self.counts["prompts_shortened"] += shorter
        return prompt


def safe_attention(argument: str = "timbrooks/instruct-pix2pix") -> GenerativeEditor:
    """Return the editor.

    Args:
        argument: A model and options, as of `SafeAttentionPainter`.
    """
    return GenerativeEditor(SafeAttentionPainter(argument))


def _find_adapter(model: FoundModel, argument: str | None) -> FoundModel | None:
    """Return the adapter that a spec means, or that lies in the folder of its model."""
    if argument is not None:
        return find(parse(argument, {}))
    return find(ModelSpec(str(Path(model.where) / INSIDE))) if has_adapter(model) else None


def has_adapter(model: FoundModel) -> bool:
    """Return whether the folder of a model has an adapter in it; the Hub's own cache is no such folder."""
    named = model.commit is None and model.info.name.startswith("local")
    return named and (Path(model.where) / INSIDE).is_dir()


def _folder(adapter: FoundModel, files: Sequence[str]) -> str:
    """Return the folder of an adapter; of a repo, only these files are downloaded."""
    if adapter.commit is None:
        return adapter.where
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import GatedRepoError

    from ...hub.http import HTTP_ERROR

    try:
        return snapshot_download(adapter.where, revision=adapter.commit, allow_patterns=list(files))
    except GatedRepoError:
        raise gated(adapter.info.name) from None
    except (HTTP_ERROR, OSError):
        raise ConfigError(
            f"The model {adapter.info.name} cannot be downloaded.", hint="Check the name and the network."
        ) from None
