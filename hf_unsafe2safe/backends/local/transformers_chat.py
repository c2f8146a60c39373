"""Language models run here, with transformers."""

import hashlib
import json
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, cast

from ...errors import ConfigError, StageError
from ...records import ModelInfo
from ..chat import Prompt, Reply
from ..specs import RUNNING, count, parse
from .batches import Batch, Batches
from .finding import find
from .loading import OPTIONS, need_loading, shared

KNOWN = {**OPTIONS, "batch_size": count(), "size": count(28, 2**14)}
BATCH_SIZE, SIZE = 16, 1024


class TransformersChat:
    """A `ChatModel` whose weights are in this process.

    They are loaded at the first prompt, once for all stages with the same spec. With greedy decoding, and
    also with a temperature, a reply depends on its own prompt only; with half types the last bits of the
    scores differ between batch sizes, and a reply whose tokens are nearly tied may then differ too.

    Args:
        spec: `org/model[@revision]` or a folder, then options: `dtype` (auto, float32, bfloat16, float16),
            `device_map` (auto, cpu, cuda, cuda:1), `attn` (eager, sdpa, flash_attention_2), `quantization`
            (4bit, 8bit), `batch_size` (16), `size` (pixels that images are fitted to, 1024),
            `trust_remote_code` (false).
        images: Whether prompts have images.
        feature: Who needs it, for messages.

    Raises:
        ConfigError: There is no such model, or it cannot be loaded here.
        UnknownNameError: An option is unknown.
        MissingExtraError: A package is missing.
    """

    def __init__(self, spec: str, *, images: bool, feature: str = "A model run here") -> None:
        parsed = parse(spec, KNOWN)
        self._options, self._images = dict(parsed.options), images
        need_loading(feature, self._options, "llguidance", *(["torchvision"] if images else []))
        self._found = find(parsed, trusted=bool(self._options.get("trust_remote_code")))
        self._size = int(self._options.get("size", SIZE))
        self._begin()

    @property
    def models(self) -> tuple[ModelInfo, ...]:
        """The model, with its commit, or of a folder the digest of its files."""
        return (self._found.info,)

    def fingerprint(self) -> str:
        """Return a digest of the model and of the options that change its replies."""
        options = {name: value for name, value in self._options.items() if name not in RUNNING}
        parts = [self._found.info.name, self._found.info.revision, sorted(options.items()), self._images]
        return "transformers:" + hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]

    def generate(self, prompts: Sequence[Prompt]) -> list[Reply | StageError]:
        """Return a reply a prompt, in order; `out_of_memory` where one does not fit on its own.

        Raises:
            ConfigError: The model cannot be loaded, or a schema has what it cannot be held to.
        """

        def work(batch: Batch, written: Any) -> list[Reply]:
            with self._busy():
                texts, ended, tokens = loaded.replies([prompts[row] for row in batch], written)
            self._count(len(batch), int(written.inputs["attention_mask"].sum()), tokens)
            return [Reply(text, finished) for text, finished in zip(texts, ended, strict=True)]

        if not prompts:
            return []
        loaded = self._loaded()
        groups = _alike(prompts, range(len(prompts)), lambda p: (p.image is None, p.max_new_tokens))
        answers = self._generating.run(groups, self._writer(loaded, prompts), work)
        return [answers[row] for row in range(len(prompts))]

    def decide(self, prompts: Sequence[Prompt]) -> list[float | StageError]:
        """Return the probability of "yes" a prompt, in order, to 4 decimals.

        Prompts with the same image object and the same rules share the work on them where the model allows
        it: give them one after the other.

        Raises:
            ConfigError: The model cannot be loaded, or has no tokens for yes and no.
        """
        from .decisions import SharedPrompts, probabilities, shared_scores

        def prepare(batch: Batch) -> SharedPrompts:
            return SharedPrompts(loaded, [prompts[row] for row in batch], self._size)

        def together(batch: Batch, ready: SharedPrompts) -> list[float | StageError]:
            with self._busy():
                answers = probabilities(loaded, shared_scores(loaded, ready))
            self._count(len(batch), ready.tokens, len(batch))
            return answers

        def work(batch: Batch, written: Any) -> list[float | StageError]:
            with self._busy():
                answers = probabilities(loaded, loaded.next_scores(written))
            self._count(len(batch), int(written.inputs["attention_mask"].sum()), len(batch))
            return answers

        if not prompts:
            return []
        loaded = self._loaded()
        sharing = [row for row, prompt in enumerate(prompts) if loaded.shares and prompt.image is not None]
        alone = sorted(set(range(len(prompts))) - set(sharing))
        by_image = _alike(prompts, sharing, lambda p: (id(p.image), p.system))
        answers = self._deciding.run(by_image, prepare, together)
        groups = _alike(prompts, alone, lambda p: p.image is None)
        answers |= self._deciding.run(groups, self._writer(loaded, prompts), work)
        return [answers[row] for row in range(len(prompts))]

    def _writer(self, loaded: Any, prompts: Sequence[Prompt]) -> Callable[[Batch], Any]:
        return lambda batch: loaded.write([prompts[row] for row in batch], self._size)

    def _loaded(self) -> Any:
        # Which copy of the weights this is: `batch_size` and `size` make no other one.
        how = sorted((name, value) for name, value in self._options.items() if name in OPTIONS)
        loaded = shared((self._found, *how), self._load)
        if self._images and not loaded.sees:
            raise ConfigError(
                f"The model {self._found.info.name} takes no images.", hint="Name a vision-language model."
            )
        return loaded

    def _load(self) -> Any:
        from .decisions import may_share
        from .loaded import LoadedModel

        loaded = LoadedModel(self._found, self._options)
        loaded.shares = loaded.sees and may_share(loaded)
        return loaded

    def _count(self, requests: int, read: int, written: int) -> None:
        self.counts.update(requests=requests, input_tokens=read, output_tokens=written)

    @contextmanager
    def _busy(self) -> Iterator[None]:
        start = time.perf_counter()
        try:
            yield
        finally:
            cast(dict[str, float], self.counts)["busy_s"] += time.perf_counter() - start

    def _begin(self) -> None:
        self.counts: Counter[str] = Counter()
        most = int(self._options.get("batch_size", BATCH_SIZE))
        self._generating, self._deciding = Batches(most, self.counts), Batches(most, self.counts)

    def __getstate__(self) -> dict[str, Any]:
        """Pickle the spec and the commit that it meant, never weights."""
        names = ("_options", "_images", "_found", "_size")
        return {name: self.__dict__[name] for name in names}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Start with nothing counted."""
        self.__dict__.update(state)
        self._begin()


def _alike(
    prompts: Sequence[Prompt], rows: Sequence[int], key: Callable[[Prompt], object]
) -> list[list[int]]:
    """Return the rows in groups of equal keys, within each the shortest prompts first: less padding."""
    groups: dict[object, list[int]] = {}
    for row in rows:
        groups.setdefault(key(prompts[row]), []).append(row)
    return [sorted(group, key=lambda row: _length(prompts[row])) for group in groups.values()]


def _length(prompt: Prompt) -> int:
    """Return about how long a prompt is, in characters; 28 x 28 pixels count as four."""
    area = 0 if prompt.image is None else prompt.image.shape[0] * prompt.image.shape[1]
    return len(prompt.system) + len(prompt.text) + area // 196
