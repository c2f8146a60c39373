"""The loop of the training, on an objective without models."""

import json
import logging
import resource
from contextlib import contextmanager
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from hf_unsafe2safe.errors import ConfigError, DatasetError, MissingExtraError, TrainingError
from hf_unsafe2safe.training import checkpoints
from hf_unsafe2safe.training.checkpoints import Checkpoint
from hf_unsafe2safe.training.logs import read_log
from hf_unsafe2safe.training.trainer import EditorTrainer
from tests.training.fake_objective import FakeObjective
from tests.training.samples import config, row, write_triplets


def train(triplets, output, *, objective=None, **options):
    made = config(triplets, output, **options)
    return EditorTrainer(made, objective=objective or FakeObjective()).train()


def weights(result):
    return load_file(result.editor / "model.safetensors")


def losses(output):
    return [line["loss"] for line in read_log(output) if "loss" in line]


def furthest(one, other):
    return max(float((one[name] - other[name]).abs().max()) for name in one)


def test_a_run_from_its_first_step_to_its_editor(triplets, tmp_path):
    seen = []
    made = config(triplets, tmp_path / "run", steps=60, log_every=10, checkpoint_every=20)
    result = EditorTrainer(made, objective=FakeObjective(), progress=lambda *a: seen.append(a)).train()
    assert [step for step, _, _ in seen] == [10, 20, 30, 40, 50, 60]
    assert (result.steps, result.best_step, result.skipped) == (60, 60, {})
    assert set(result.figures) == {"faces", "error_in_mask", "changed_in_mask", "loss"}
    assert losses(tmp_path / "run")[-1] < losses(tmp_path / "run")[0]
    assert sorted(path.name for path in (tmp_path / "run").iterdir()) == sorted(
        [".gitignore", ".lock", "checkpoints", "editor", "log.jsonl", "private", "training.json"]
    )
    assert [p.name for p in (tmp_path / "run" / "private").rglob("*") if p.is_file()] == [
        "step-000000060.png"  # latents of originals are gone
    ]
    assert checkpoints.steps(tmp_path / "run" / "checkpoints") == [40, 60]


def test_a_finished_run_is_returned_at_once(triplets, tmp_path):
    first = train(triplets, tmp_path / "run")
    again = FakeObjective()
    assert train(triplets, tmp_path / "run", objective=again) == first
    assert again.calls == again.encoded == 0


def test_more_steps_go_on_from_the_last_one(triplets, tmp_path):
    train(triplets, tmp_path / "a", steps=4)
    result = train(triplets, tmp_path / "a", steps=8)
    whole = train(triplets, tmp_path / "b", steps=8)
    assert furthest(weights(result), weights(whole)) == 0
    assert losses(tmp_path / "a") == losses(tmp_path / "b")


# Micro-batches of 16 in a batch of 16 and of fewer, also where they do not divide it.
@pytest.mark.slow
@pytest.mark.parametrize("size", [8, 5, 1])
def test_micro_batches_change_nothing(triplets, tmp_path, size):
    one = weights(train(triplets, tmp_path / "whole", batch_size=16, steps=5))
    many = weights(train(triplets, tmp_path / "parts", batch_size=16, steps=5, micro_batch_size=size))
    # AdamW divides by gradients: where one is nearly 0, rounding is as large as it is.
    assert furthest(one, many) < 2e-5
    pairs = zip(losses(tmp_path / "whole"), losses(tmp_path / "parts"), strict=True)
    assert max(abs(a - b) for a, b in pairs) < 1e-5


@pytest.mark.slow
@pytest.mark.parametrize(
    ("optimizer", "schedule"), [("adamw", "cosine"), ("adamw-fused", "linear"), ("prodigy", "cosine")]
)
def test_optimizers_and_schedules_learn(triplets, tmp_path, optimizer, schedule):
    rate = 1.0 if optimizer == "prodigy" else 1e-2
    options = {"optimizer": optimizer, "schedule": schedule, "learning_rate": rate, "warmup_steps": 3}
    train(triplets, tmp_path / "run", steps=40, batch_size=8, **options)
    found = losses(tmp_path / "run")
    assert sum(found[-5:]) < sum(found[:5])
    rates = [line["learning_rate"] for line in read_log(tmp_path / "run") if "learning_rate" in line]
    assert rates[0] < rates[3] > rates[-1]


def test_what_is_missing_is_said(triplets, tmp_path):
    with pytest.raises(MissingExtraError, match="bitsandbytes"):
        train(triplets, tmp_path / "a", optimizer="adamw-8bit")
    with pytest.raises(MissingExtraError, match="wandb"):
        train(triplets, tmp_path / "b", log_with=("wandb",))
    with pytest.raises(ConfigError, match="tracker"):
        train(triplets, tmp_path / "c", log_with=("paper",))


@pytest.mark.slow
def test_the_moving_average_is_the_result(triplets, tmp_path):
    plain = weights(train(triplets, tmp_path / "a", steps=10))
    smooth = train(triplets, tmp_path / "b", steps=10, ema_decay=0.9)
    found = checkpoints.latest(tmp_path / "b" / "checkpoints")
    assert furthest({n: found.tensors["weights"][n] for n in found.tensors["weights"]}, plain) == 0
    kept = weights(smooth)
    assert all(torch.equal(kept[name], value) for name, value in found.tensors["ema"].items())
    assert furthest(kept, plain) > 1e-4


@pytest.mark.slow
def test_bf16_trains_float32_weights(triplets, tmp_path):
    result = train(triplets, tmp_path / "run", mixed_precision="bf16", steps=20)
    assert {value.dtype for value in weights(result).values()} == {torch.float32}
    found = losses(tmp_path / "run")
    assert sum(found[-5:]) < sum(found[:5])


def test_a_loss_that_is_no_number_stops_with_the_last_good_checkpoint(triplets, tmp_path):
    with pytest.raises(TrainingError, match=r"step 4\b.*step 2 is good"):
        train(triplets, tmp_path / "run", objective=FakeObjective(broken_at=4))
    assert checkpoints.steps(tmp_path / "run" / "checkpoints") == [2]
    result = train(triplets, tmp_path / "run")
    assert furthest(weights(result), weights(train(triplets, tmp_path / "other"))) == 0


@contextmanager
def files_up_to(size):
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.slow
def test_a_full_disk(triplets, tmp_path):
    # Latents do not fit.
    with files_up_to(1000), pytest.raises(TrainingError, match="Encoded examples cannot be kept"):
        train(triplets, tmp_path / "run", cache=str(tmp_path / "cache"))
    assert not list((tmp_path / "cache").rglob(".*part"))
    train(triplets, tmp_path / "run", steps=4, cache=str(tmp_path / "cache"))
    # A log fits, a picture does not.
    with files_up_to(1500), pytest.raises(TrainingError, match=r"disk is full.*step 4 is good"):
        train(triplets, tmp_path / "run", steps=6, cache=str(tmp_path / "cache"))
    assert not list((tmp_path / "run" / "checkpoints").glob(".*"))
    result = train(triplets, tmp_path / "run", steps=6, cache=str(tmp_path / "cache"))
    assert furthest(weights(result), weights(train(triplets, tmp_path / "other", steps=6))) == 0


def test_a_checkpoint_that_does_not_fit(tmp_path):
    made = Checkpoint(3, {"weights": {"a": torch.zeros(1000)}}, {})
    checkpoints.write(tmp_path, Checkpoint(2, {"weights": {"a": torch.zeros(10)}}, {"best": None}))
    with files_up_to(1500), pytest.raises(TrainingError, match=r"step 3 cannot be written.*step 2 is good"):
        checkpoints.write(tmp_path, made)
    assert [path.name for path in tmp_path.iterdir()] == ["step-000000002"]
    assert checkpoints.latest(tmp_path).step == 2
    checkpoints.write(tmp_path, made)
    assert checkpoints.latest(tmp_path).tensors["weights"]["a"].shape == (1000,)


@pytest.mark.slow
def test_a_run_goes_on_with_its_own_options_only(triplets, tmp_path):
    train(triplets, tmp_path / "run", steps=2)
    with pytest.raises(ConfigError, match="batch_size, learning_rate"):
        train(triplets, tmp_path / "run", steps=4, batch_size=2, learning_rate=1e-2)
    others = write_triplets(tmp_path / "others", [row(i, "train") for i in range(5)])
    with pytest.raises(ConfigError, match="other triplets"):
        train(others, tmp_path / "run", steps=4)
    train(triplets, tmp_path / "run", steps=4, micro_batch_size=1, log_every=2)


@pytest.mark.slow
def test_a_damaged_checkpoint_is_passed_over(triplets, tmp_path, caplog):
    train(triplets, tmp_path / "run", steps=4)
    broken = tmp_path / "run" / "checkpoints" / "step-000000004" / "optimizer.safetensors"
    broken.write_bytes(broken.read_bytes()[:-9])
    with caplog.at_level(logging.WARNING):
        result = train(triplets, tmp_path / "run", steps=6)
    assert "damaged" in caplog.text
    assert furthest(weights(result), weights(train(triplets, tmp_path / "other", steps=6))) == 0


@pytest.mark.slow
def test_one_run_a_folder(triplets, tmp_path):
    from filelock import FileLock

    (tmp_path / "run").mkdir()
    with FileLock(tmp_path / "run" / ".lock"), pytest.raises(ConfigError, match="Another run"):
        train(triplets, tmp_path / "run")


def test_folders_that_cannot_be_used(triplets, tmp_path):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.txt").write_text("mine")
    with pytest.raises(ConfigError, match="no training run"):
        train(triplets, tmp_path / "full")
    with pytest.raises(ConfigError, match="inside each other"):
        train(triplets, triplets / "run")
    with pytest.raises(DatasetError, match="no triplets"):
        train(tmp_path / "full", tmp_path / "run")


def test_bad_rows_are_skipped_and_counted(tmp_path):
    bad, flat = row(1, "train"), row(2, "train")
    bad["original_image"] = {"bytes": b"junk", "path": None}
    flat["mask"] = row(3, "train", side=24)["mask"]
    folder = write_triplets(tmp_path / "t", [row(0, "train"), bad, flat])
    result = train(folder, tmp_path / "run")
    assert result.skipped == {"unreadable": 1, "another size": 1}
    assert result.figures == {}  # no validation split
    with pytest.raises(DatasetError, match="1 unreadable"):
        train(write_triplets(tmp_path / "u", [bad]), tmp_path / "other")


def test_nothing_private_is_in_logs_or_figures(triplets, tmp_path, caplog):
    with caplog.at_level(logging.DEBUG):
        train(triplets, tmp_path / "run", log_with=("tensorboard",))
    public = [p for p in (tmp_path / "run").rglob("*") if p.is_file() and "private" not in p.parts]
    texts = [caplog.text.encode(), *(p.read_bytes() for p in public)]
    assert not any(b"PRIVATE" in text or b"make the disc" in text for text in texts)
    named = [p for p in public if p.name != ".lock" and str(triplets).encode() in p.read_bytes()]
    assert {p.name for p in named} <= {"training.json", "state.json"}  # which stay here


@pytest.mark.slow
def test_tensorboard_gets_the_figures(triplets, tmp_path):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    train(triplets, tmp_path / "run", log_with=("tensorboard",))
    (events,) = (tmp_path / "run" / "tensorboard").rglob("events*")
    seen = EventAccumulator(str(events.parent))
    seen.Reload()
    assert {"loss", "learning_rate", "validation_error_in_mask"} <= set(seen.Tags()["scalars"])
    assert not seen.Tags()["images"]
    assert [round(e.value, 4) for e in seen.Scalars("loss")] == [
        round(loss, 4) for loss in losses(tmp_path / "run")
    ]


def test_the_best_step_is_kept_and_used(triplets, tmp_path):
    options = {"validate_every": 2, "keep_checkpoints": 1, "learning_rate": 0.5}  # it gets worse
    result = train(triplets, tmp_path / "run", **options)
    judged = {
        line["step"]: line["validation_loss"]
        for line in read_log(tmp_path / "run")
        if "validation_loss" in line
    }
    assert sorted(judged) == [2, 4, 6]
    assert result.best_step == min(judged, key=judged.get)
    assert {result.best_step, 6} == set(checkpoints.steps(tmp_path / "run" / "checkpoints"))
    kept = checkpoints.read(tmp_path / "run" / "checkpoints", result.best_step)
    assert furthest(kept.tensors["weights"], weights(result)) == 0
    told = json.loads((tmp_path / "run" / "training.json").read_text())
    assert told["best_step"] == result.best_step


def test_nothing_of_the_caller_changes(triplets, tmp_path):
    torch.manual_seed(7)
    before = torch.get_rng_state()
    train(triplets, Path(tmp_path / "run"))
    assert torch.equal(before, torch.get_rng_state())
