"""The base of every editor that runs a pipeline of diffusers: an editor says how it is called."""

import copy
import hashlib
import json
import logging
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar, cast

import numpy as np

from ....errors import ConfigError, StageError, Unsafe2SafeError
from ....records import ModelInfo, Pixels
from ...painting import Canvas
from ...specs import RUNNING, Options, count, number, parse
from ..batches import Batch, Batches
from ..finding import find
from ..loading import need_loading, out_of_memory, shared
from . import families
from .lora import with_lora
from .options import LOADING, OPTIONS
from .pipelines import LoadedPipeline, load
from .texts import Prompt

log = logging.getLogger(__name__)

# What an editor may have in its `defaults`, and a spec may change.
SETTINGS: Options = {
    "num_inference_steps": count(1, 1000),
    "guidance_scale": number(0, 100),
    "image_guidance_scale": number(1, 100),  # from below 1 on diffusers does not guide by text either
    "true_cfg_scale": number(0, 100),
    "strength": number(0.01, 1),
}
STRONGER, STRONGEST = 1.25, 2.0  # guidance of each retry, as a factor; of all together, at most
NEGATIVE = (
    "blurry, distorted, deformed face, extra fingers, bad anatomy, low quality, "
    "text, letters, numbers, watermark, logo"
)


@dataclass(frozen=True)
class Painting:
    """Canvases of one size and one retry, ready for a pipeline.

    Args:
        canvases: What to paint.
        images: Their pixels, as PIL images.
        masks: Their masks, as PIL images; white = repaint.
        prompts: What to paint, fitted to what the pipeline reads.
        shortened: How many of them had to be.
    """

    canvases: tuple[Canvas, ...]
    images: list[Any] = field(repr=False)
    masks: list[Any] = field(repr=False)
    prompts: list[Prompt] = field(repr=False)
    shortened: int = 0

    @property
    def size_wh(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return cast(tuple[int, int], self.images[0].size)

    def generators(self) -> list[Any]:
        """Return a new source of noise a canvas, by its seed; on the CPU: all devices draw the same."""
        import torch

        return [torch.Generator().manual_seed(canvas.seed % 2**63) for canvas in self.canvases]


class DiffusionPainter:
    """A `Painter` that runs a pipeline of diffusers; an editor is a subclass with a name, defaults and `run`.

    It is found when it is made, loaded at the first canvas, once a process for all painters of its class
    with the same spec, and pickled without weights. A canvas gives the same picture in any batch, up to
    rounding; in half types that may be some grey levels.

    Args:
        argument: `org/model[@revision]` or a folder, then options: those of `options.OPTIONS`, and the
            editor's `defaults` and `readers`.

    Raises:
        ConfigError: The spec cannot work, or names a model that this editor does not run.
        UnknownNameError: An option is unknown.
        MissingExtraError: A package is missing.
    """

    name: ClassVar[str]  # of the editor; `families.FAMILIES` says which pipelines it runs
    version: ClassVar[int] = 1  # to be raised when the results of the same spec change
    defaults: ClassVar[Mapping[str, Any]] = {}  # of its options, named as in diffusers
    readers: ClassVar[Options] = {}  # for those of them that are not in `SETTINGS`
    one_text: bool = False
    sees_private: bool = False
    grid: int = 8
    _running: Batches | None

    def __init__(self, argument: str) -> None:
        own = {name: {**SETTINGS, **self.readers}[name] for name in (*self.defaults, *self.readers)}
        spec = parse(argument, {**OPTIONS, **own})
        self._options = dict(spec.options)
        need_loading(f"Editor '{self.name}'", self._options, "diffusers", "torchvision")
        self._found = find(spec, trusted=bool(self._options.get("trust_remote_code")))
        self._options = with_lora(self._options)
        self.side = int(self._options.get("side", self._family.side))
        if self.side % self.grid:
            raise ConfigError(f"The side of a canvas of '{self.name}' is a multiple of {self.grid}.")
        self._begin()

    # What an editor says.

    def build(self, pipe: Any) -> Any:
        """Return the pipeline that runs, made of the one that was loaded and of its parts."""
        return pipe

    def parts(self, canvas: Canvas) -> Sequence[str]:
        """Return the texts of a prompt, most important first."""
        if self.one_text and canvas.target_caption:
            return (canvas.target_caption,)
        return (canvas.edit_instruction, canvas.public_caption)

    def run(self, model: LoadedPipeline, painting: Painting) -> Any:
        """Return pictures, (n, h, w, 3): uint8, or floats in [0, 1]; NaN in one that was blocked."""
        raise NotImplementedError

    # What it may use.

    def setting(self, name: str) -> Any:
        """Return an option of the editor, as given or by default."""
        return self._options.get(name, self.defaults.get(name))

    def changed(self, **settings: Any) -> "DiffusionPainter":
        """Return the same painter with other values of some of its settings."""
        other = copy.copy(self)
        other._options = {**self._options, **settings}
        return other

    def guidance(self, name: str, retry: int) -> float:
        """Return an option that is a guidance scale, `stronger` for a retry."""
        return stronger(float(self.setting(name)), retry)

    # Painter.

    @property
    def blind(self) -> bool:
        """Whether it does not see what was there."""
        return False

    @property
    def models(self) -> tuple[ModelInfo, ...]:
        """The model, with its commit, or of a folder the digest of its files; and its LoRA."""
        lora = self._options.get("lora")
        return (self._found.info,) if lora is None else (self._found.info, lora.info)

    def fingerprint(self) -> str:
        """Return a digest of the model and of the options that change its pictures."""
        given = {name: value for name, value in self._options.items() if name not in RUNNING}
        if "lora" in given:
            given["lora"] = repr(given["lora"].info)  # not where it lies
        options = sorted({**self.defaults, **given}.items())
        parts = [self.version, self._found.info.name, self._found.info.revision, options]
        return f"{self.name}:" + hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]

    def paint(self, canvases: Sequence[Canvas]) -> list[Pixels | StageError]:
        """Return a picture a canvas, in order, or an error, see `Painter.paint`.

        It is `edit_failed` for a picture that is broken or was blocked, `out_of_memory` for one that does not
        fit on its own.

        Raises:
            ConfigError: The model cannot be loaded, or not run so.
        """

        def prepare(batch: Batch) -> Painting:
            return self._prepared(model, [canvases[row] for row in batch])

        def work(batch: Batch, painting: Painting) -> list[Pixels | StageError]:
            return self._painted(model, painting)

        if not canvases:
            return []
        model = self._loaded()
        groups: dict[object, list[int]] = {}
        for row, canvas in enumerate(canvases):
            groups.setdefault((canvas.pixels.shape, canvas.retry), []).append(row)
        answers = self._batches(model).run(list(groups.values()), prepare, work)
        return [answers[row] for row in range(len(canvases))]

    @cached_property
    def _family(self) -> families.Family:
        return families.family(self._found, self.name)

    def _batches(self, model: LoadedPipeline) -> Batches:
        if self._running is None:
            weight = self._family.weight * max(1.0, (self.side / self._family.side) ** 2)
            most = int(self._options.get("batch_size") or model.batch_size(weight))
            if self._options.get("cache") == "first_block":
                most = 1  # what it skips depends on the mean over a batch
            self._running = Batches(most, self.counts)
        return self._running

    def _loaded(self) -> LoadedPipeline:
        how = {name: value for name, value in self._options.items() if name in LOADING}
        key = (type(self), self._found, self.models, *sorted(how.items()))
        return cast(LoadedPipeline, shared(key, lambda: load(self._found, how, self.build, self.name)))

    def _prepared(self, model: LoadedPipeline, canvases: Sequence[Canvas]) -> Painting:
        from PIL import Image

        fitted = [model.texts.fitted(*self.parts(canvas)) for canvas in canvases]
        shorter = sum(less for _, less in fitted)
        images = [Image.fromarray(canvas.pixels) for canvas in canvases]
        masks = [Image.fromarray(canvas.mask) for canvas in canvases]
        return Painting(tuple(canvases), images, masks, [prompt for prompt, _ in fitted], shorter)

    def _painted(self, model: LoadedPipeline, painting: Painting) -> list[Pixels | StageError]:
        try:
            return self._run(model, painting)
        except (RuntimeError, MemoryError) as error:
            if len(painting.canvases) > 1 or not out_of_memory(error):
                raise
        # Outside of `except`: the error would hold on to what its frames hold.
        if not model.offload():
            raise MemoryError
        self.counts.update(out_of_memory=1, offloaded=1)
        log.warning("The model %s does not fit beside a picture: it is offloaded from now on.", model.name)
        return self._run(model, painting)

    def _run(self, model: LoadedPipeline, painting: Painting) -> list[Pixels | StageError]:
        import torch

        start = time.perf_counter()
        try:
            with model.lock, torch.no_grad():
                pictures = np.asarray(self.run(model, painting))
        except BaseException as error:
            model.pipe.maybe_free_model_hooks()  # else what was cached in this run is there in the next one
            if isinstance(error, Unsafe2SafeError) or not isinstance(error, ValueError):
                raise
            raise ConfigError(  # without the message, which may hold a prompt
                f"The pipeline of {model.name} cannot run so: {type(error).__name__}.",
                hint="Check the options of the editor, and that the model fits them.",
            ) from None
        finally:
            cast(dict[str, float], self.counts)["busy_s"] += time.perf_counter() - start
        self.counts.update(images=len(painting.canvases), prompts_shortened=painting.shortened)
        return [_checked(one, canvas) for one, canvas in zip(pictures, painting.canvases, strict=True)]

    def _begin(self) -> None:
        self.counts: Counter[str] = Counter()
        self._running = None

    def __getstate__(self) -> dict[str, Any]:
        """Pickle the spec and the commit that it meant, never weights."""
        return {name: self.__dict__[name] for name in ("_options", "_found", "side")}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Start with nothing counted."""
        self.__dict__.update(state)
        self._begin()


def stronger(guidance_scale: float, retry: int) -> float:
    """Return the guidance scale of a retry: each multiplies it by 1.25, all together by 2 at most.

    Example:
        >>> [stronger(4.0, retry) for retry in (0, 1, 2, 9)]
        [4.0, 5.0, 6.25, 8.0]
    """
    return guidance_scale * min(STRONGER**retry, STRONGEST)


def pictures(output: Any) -> Any:
    """Return the pictures of an output, floats (n, h, w, 3); NaN in those that a safety checker blocked.

    Args:
        output: Of a call with `output_type="np"`.
    """
    made = np.array(output.images, np.float32)
    blocked = getattr(output, "nsfw_content_detected", None)
    if blocked is not None:
        made[np.array(blocked, bool)] = np.nan
    return made


def _checked(picture: Any, canvas: Canvas) -> Pixels | StageError:
    """Return a picture as pixels; an error for one that is broken, of another size, or black."""
    if picture.shape != canvas.pixels.shape or not np.isfinite(picture).all():
        return StageError("edit_failed", stage="edit")
    if picture.dtype != np.uint8:
        picture = np.clip(picture * 255, 0, 255).round().astype(np.uint8)
    if not picture.any() and canvas.pixels.any():  # what safety checkers without a say leave
        return StageError("edit_failed", stage="edit")
    pixels: Pixels = picture
    return pixels
