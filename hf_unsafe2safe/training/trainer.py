"""An editor is trained: examples, steps, checkpoints, validation, result. Start reading here."""

import math
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ..errors import ConfigError, TrainingError
from ..extras import need
from ..stopping import finishing_first
from . import checkpoints, result
from .config import TrainConfig
from .draws import draw
from .encoded import EncodedExamples
from .finishing import finish
from .identity_share import IdentityShare
from .logs import Log, check_trackers
from .objectives.catalogue import make_objective
from .objectives.objective import Objective
from .processes import (
    agreed,
    any_of,
    exchanging,
    in_memory,
    is_sharded,
    make_accelerator,
    on_disk,
    one_at_a_time,
)
from .result import TrainResult
from .sampler import Sampler
from .triplets.read import open_triplets
from .validation.best import better
from .validation.validate import Validator

MOST_LEFT_OUT = 50  # steps in a row; by then a scale of gradients is as small as it gets
Progress = Callable[[int, int, Mapping[str, float]], None]


class EditorTrainer:
    """Trains an editor on triplets; the same call goes on where a run was stopped.

    Args:
        config: All options.
        objective: What is learnt; None for the one that the config names.
        progress: Called after every logged step with its number, their number and its figures.

    Raises:
        ConfigError: The options cannot work together.
        MissingExtraError: A package is missing.
    """

    def __init__(
        self, config: TrainConfig, *, objective: Objective | None = None, progress: Progress | None = None
    ) -> None:
        config.check()
        need("models", "Training", "torch", "accelerate", "diffusers", "safetensors")
        check_trackers(config.run.log_with)
        self._config, self._given, self._progress = config, objective, progress
        self._output = Path(config.run.output)
        self._root = self._output / result.CHECKPOINTS

    def train(self) -> TrainResult:
        """Train to the last step and return the result; of a finished run at once.

        Raises:
            ConfigError: The output cannot be used, the run was begun with other options, or memory is out.
            DatasetError: There are no triplets, or no example among them.
            TrainingError: The loss is no number any more, or a disk is full; the last checkpoint is good.
            KeyboardInterrupt: After the step in hand, with a checkpoint.
        """
        import torch

        config = self._config
        self._accelerator = make_accelerator(config, self._output)
        result.make_folder(self._output, Path(config.data.triplets))
        with (
            one_at_a_time(self._output, self._accelerator),
            torch.random.fork_rng(devices=[]),
            finishing_first() as check,
        ):
            torch.manual_seed(config.run.seed)  # for what a network draws itself; put back at the end
            done = self._finished()
            with on_disk(self._root):
                return done or self._trained(check)

    def _trained(self, check: Callable[[], None]) -> TrainResult:
        from .state import TrainingState

        config, accelerator = self._config, self._accelerator
        self._triplets = open_triplets(config.data.triplets)
        self._objective = self._given or make_objective(config)
        self._objective.to(accelerator.device)
        self._examples = EncodedExamples.prepare(
            self._objective, self._triplets.train, config, self._cache(), accelerator
        )
        self._validator = Validator(
            self._objective, self._triplets.validation, config, self._output / result.PRIVATE, accelerator
        )
        self._objective.encoded_all()
        self._state = TrainingState(accelerator, self._objective.network, config.optimization)
        self._identity = IdentityShare(config.loss, self._objective, accelerator.device)
        self._log = Log(self._output, accelerator)
        self._best: dict[str, Any] | None = None  # step and figures
        self._sums: dict[str, float] = {}  # of the lines that are not written yet
        start = self._resumed()
        weights = self._examples.weights if config.data.balanced else None
        options = config.optimization
        sampler = Sampler(self._examples.count, options.batch_size, config.run.seed, weights)
        began = time.perf_counter()
        for step in range(start, options.steps):
            with in_memory():
                self._step(step, sampler.batch(step))
            now = step + 1
            if now % config.run.log_every == 0 or now == options.steps:
                began = self._logged(now, began)
            every = config.validation.validate_every
            judged = now == options.steps or (every and now % every == 0)
            if judged:
                self._judge(now)
            if judged or now % config.run.checkpoint_every == 0:
                self._save(now)
            self._check(check, now)
        return self._finish()

    def _step(self, step: int, indices: Sequence[int]) -> None:
        """Make one update from a global batch; this process works on its part of it, a bit at a time."""
        import torch

        accelerator, options = self._accelerator, self._config.optimization
        mine = range(accelerator.process_index, len(indices), accelerator.num_processes)
        size = options.micro_batch_size or len(mine)
        parts = [mine[i : i + size] for i in range(0, len(mine), size)]
        found = torch.zeros(2, device=accelerator.device, dtype=torch.float64)
        for part in parts:
            last = part is parts[-1]
            with exchanging(accelerator, self._state.network, last):
                batch = self._on_device(self._examples.batch([indices[place] for place in part]))
                shape = batch["target"].shape[1:]
                draws = draw(self._config.run.seed, step, list(part), shape, self._config.loss)
                predicted = self._objective.predict(self._state.network, batch, draws.to(accelerator.device))
                pushed = self._identity(step, batch, predicted)
                # A process has the mean of all gradients afterwards: of its own share it asks so much more.
                share = accelerator.num_processes / len(indices)
                accelerator.backward((predicted.loss.sum() + pushed) * share)
                found += torch.stack([predicted.loss.detach().sum(), pushed.detach()]).to(found)
        norm = accelerator.clip_grad_norm_(self._state.parameters, options.max_grad_norm)
        total = accelerator.reduce(found, "sum") / len(indices)
        self._advance(step, total, float(norm))

    def _advance(self, step: int, total: Any, norm: float) -> None:
        """Update the weights, or stop before anything bad is in them."""
        loss, identity = total.tolist()
        # Where gradients are scaled, one that is too large is no error: the step is left out, a few times.
        scaled = self._accelerator.scaler is not None and self._state.left_out < MOST_LEFT_OUT
        if not math.isfinite(loss + identity) or not (math.isfinite(norm) or scaled):
            last = checkpoints.latest_step(self._root)
            raise TrainingError(
                f"The loss is no number at step {step + 1}. "
                + (f"The checkpoint of step {last} is good." if last else "There is no checkpoint yet."),
                hint="Take a smaller learning_rate, or mixed_precision: bf16 instead of fp16.",
            )
        self._count(lines=1, loss=loss)
        if self._config.loss.identity_weight:
            self._count(identity=identity)
        if math.isfinite(norm):
            self._count(grad_norm=norm, normed=1)
        self._rate = self._state.learning_rate
        self._state.step()

    def _count(self, **figures: float) -> None:
        for name, value in figures.items():
            self._sums[name] = self._sums.get(name, 0.0) + value

    def _logged(self, step: int, began: float) -> float:
        import torch

        sums, options = self._sums, self._config.optimization
        now = time.perf_counter()
        figures = {"loss": sums["loss"] / sums["lines"], "learning_rate": self._rate}
        if "identity" in sums:
            figures["identity"] = sums["identity"] / sums["lines"]
        if "normed" in sums:
            figures["grad_norm"] = sums["grad_norm"] / sums["normed"]
        figures["images_a_second"] = sums["lines"] * options.batch_size / max(now - began, 1e-9)
        if self._accelerator.device.type == "cuda":
            figures["memory_gb"] = torch.cuda.max_memory_allocated() / 2**30
        self._sums = {}
        if self._accelerator.is_main_process:
            self._log.write(step, figures)
            if self._progress is not None:
                self._progress(step, options.steps, figures)
        return now

    def _judge(self, step: int) -> None:
        """Validate, and remember the step where it is the best one."""
        with self._state.averaged():
            figures = self._validator.validate(step)
        if figures is None:
            return
        if self._accelerator.is_main_process:
            self._log.write(step, {f"validation_{name}": value for name, value in figures.items()})
        if self._best is None or better(figures, self._best["figures"]):
            self._best = {"step": step, "figures": dict(figures)}

    def _save(self, step: int) -> None:
        more = {
            "options": result.options_of(self._config),
            "objective": self._objective.fingerprint(),
            "examples": self._examples.digest,
            "best": self._best,
            "sums": self._sums,
        }
        checkpoint = self._state.capture(step, more)
        with agreed(self._accelerator):
            if self._accelerator.is_main_process:
                checkpoints.write(self._root, checkpoint)
                best = self._best["step"] if self._best else None
                checkpoints.prune(self._root, self._config.run.keep_checkpoints, best)

    def _resumed(self) -> int:
        """Go back to the last checkpoint; return its step, 0 where there is none."""
        found = checkpoints.latest(self._root)
        if found is not None:
            result.check_same(self._config, found.state["options"])
            if found.state["examples"] != self._examples.digest:
                raise ConfigError(
                    "The run was begun with other triplets or another model.",
                    hint="Name those, or another output folder.",
                )
            self._state.restore(found)
            self._best, self._sums = found.state["best"], dict(found.state["sums"])
        start = found.step if found else 0
        if self._accelerator.is_main_process:
            self._log.cut(start)
        self._accelerator.wait_for_everyone()
        return start

    def _check(self, check: Callable[[], None], step: int) -> None:
        """Stop where that was asked of any process, with a checkpoint."""
        asked = False
        try:
            check()
        except KeyboardInterrupt:
            asked = True
        if any_of(self._accelerator, asked):
            if checkpoints.latest_step(self._root) != step:
                self._save(step)
            raise KeyboardInterrupt

    def _finish(self) -> TrainResult:
        if is_sharded(self._accelerator):
            raise TrainingError(
                "All steps are done, but the weights are spread over several processes.",
                hint="Run the same once more in one process: it only writes the editor.",
            )
        best = self._best or {"step": self._config.optimization.steps, "figures": {}}
        found = checkpoints.read(self._root, best["step"])
        if found is None:
            raise TrainingError("The best checkpoint is damaged.", hint="Remove it and run the same again.")
        self._state.take(found, averaged=True)
        with agreed(self._accelerator):
            if self._accelerator.is_main_process:
                finish(self._config, self._output, self._objective, self._triplets, best, self._examples)
        self._accelerator.end_training()
        done = self._finished()
        if done is None:
            raise TrainingError("The result cannot be read.", hint="Run the same again.")
        return done

    def _finished(self) -> TrainResult | None:
        """Return the result of a run that is finished with these options."""
        values = result.read_result(self._output)
        editor = self._output / result.EDITOR
        if values is None or not editor.is_dir() or values["steps"] != self._config.optimization.steps:
            return None
        result.check_same(self._config, values["options"])
        return TrainResult(editor, values["steps"], values["best_step"], values["figures"], values["skipped"])

    def _cache(self) -> Path:
        named = self._config.data.cache
        return Path(named) if named else self._output / result.PRIVATE / "encoded"

    def _on_device(self, batch: Mapping[str, Any]) -> dict[str, Any]:
        device = self._accelerator.device
        return {name: value.to(device, non_blocking=True) for name, value in batch.items()}
