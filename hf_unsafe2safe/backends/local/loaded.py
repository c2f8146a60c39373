"""A language model in this process: its weights, and how it is run on a batch."""

import hashlib
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ...errors import ConfigError
from ...records import Pixels
from ..chat import Prompt
from .constrained import Drawn, Grammars
from .finding import FoundModel
from .loading import load, load_model
from .vision import Seen
from .writing import Writer

YES = ("yes", "Yes", "YES", " yes", " Yes", " YES")
NO = ("no", "No", "NO", " no", " No", " NO")


@dataclass(frozen=True)
class Written:
    """Prompts ready to run: padded inputs, and the digests of their images."""

    inputs: Any
    images: tuple[bytes, ...]


class LoadedModel:
    """The weights and all that belongs to them; shared by the stages of a process.

    Args:
        found: The model.
        options: Of the spec: how it is loaded.

    Raises:
        ConfigError: It cannot be loaded, or it is no model to talk to.
        MissingExtraError: It needs a package that is missing.
    """

    def __init__(self, found: FoundModel, options: Mapping[str, Any]) -> None:
        import transformers as tf

        config = load(found, "AutoConfig")
        self.sees = (
            type(config) in tf.MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING
            or "AutoModelForImageTextToText" in (getattr(config, "auto_map", None) or {})
        )  # fmt: skip
        kind = "AutoModelForImageTextToText" if self.sees else "AutoModelForCausalLM"
        processor = load(found, "AutoProcessor") if self.sees else None
        tokenizer = processor.tokenizer if processor else load(found, "AutoTokenizer")
        self.name = found.info.name
        self.writer = Writer(processor, tokenizer, self.name)
        self.model = load_model(found, kind, options)
        self._ends = _ends(self.model, tokenizer)
        self.lock = threading.RLock()
        # What the model's authors set for sampling would mix with ours.
        self.model.generation_config = tf.GenerationConfig(
            eos_token_id=self._ends, pad_token_id=tokenizer.pad_token_id, bos_token_id=tokenizer.bos_token_id
        )
        self.seen = Seen(self.model) if self.sees else None
        self.shares = False  # whether questions about one image may share its computation

    @cached_property
    def grammars(self) -> Grammars:
        """Of the tokenizer; made when the first schema is asked for."""
        return Grammars(self.writer.tokenizer, self._ends)

    @cached_property
    def words(self) -> tuple[list[int], list[int]]:
        """The first tokens of "yes" and of "no", without those that both may start with."""
        yes, no = ({self.writer.tokens(word)[0] for word in words} for words in (YES, NO))
        if not yes - no or not no - yes:
            raise ConfigError(f"The model {self.name} cannot be asked for yes or no.")
        return sorted(yes - no), sorted(no - yes)

    def write(self, prompts: Sequence[Prompt], size: int) -> Written:
        """Return prompts that all have an image, or none, ready to run."""
        pictures = [self.writer.picture(p.image, size) for p in prompts if p.image is not None]
        return Written(self.writer.inputs(prompts, pictures), tuple(map(digest, pictures)))

    def run(self, written: Written, generation: Any, processors: Sequence[Any] = ()) -> Any:
        """Return what `generate` of transformers returns."""
        import torch

        inputs = written.inputs.to(self.model.device)
        with self.lock, torch.inference_mode(), self.looking_at(written.images):
            return self.model.generate(
                **inputs, generation_config=generation, logits_processor=list(processors)
            )

    def looking_at(self, images: Sequence[bytes]) -> Any:
        """Return a context in which the model sees images with these digests."""
        from contextlib import nullcontext

        return self.seen.of(images) if self.seen and self.seen.serves else nullcontext()

    def replies(self, prompts: Sequence[Prompt], written: Written) -> tuple[list[str], list[bool], int]:
        """Return what the model says, whether each reply is finished, and how many tokens that took.

        Args:
            prompts: All with the same `max_new_tokens`.
            written: The same prompts.
        """
        import torch
        from transformers import GenerationConfig

        start = written.inputs["input_ids"].shape[1]
        generation = GenerationConfig(do_sample=False, num_beams=1, max_new_tokens=prompts[0].max_new_tokens)
        held = self.grammars.held(prompts, start) if any(p.schema is not None for p in prompts) else None
        processors = [*([held] if held else []), Drawn(prompts)]
        said = self.run(written, generation, processors)[:, start:].cpu()
        ended = torch.isin(said, torch.tensor(self._ends)).any(1).tolist()
        texts = self.writer.tokenizer.batch_decode(said, skip_special_tokens=True)
        lengths = (torch.isin(said, torch.tensor(self._ends)).cumsum(1) == 0).sum(1) + torch.tensor(ended)
        return texts, ended, int(lengths.sum())

    def next_scores(self, written: Written) -> Any:
        """Return the scores of the first token of each reply, (rows, vocabulary) float32."""
        from transformers import GenerationConfig

        generation = GenerationConfig(
            do_sample=False, max_new_tokens=1, output_logits=True, return_dict_in_generate=True
        )
        return self.run(written, generation).logits[0].float()


def digest(rgb: Pixels) -> bytes:
    """Return what tells one image from another."""
    return hashlib.sha256(str(rgb.shape).encode() + rgb.tobytes()).digest()


def _ends(model: Any, tokenizer: Any) -> list[int]:
    own = getattr(model.generation_config, "eos_token_id", None)
    ids = own if isinstance(own, list) else [own, tokenizer.eos_token_id]
    return sorted({int(one) for one in ids if one is not None})
