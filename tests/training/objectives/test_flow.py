"""Flow matching on tiny Kontext and klein: called as their pipelines are, trained, saved, and run again."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from hf_unsafe2safe.backends.painting import Canvas
from hf_unsafe2safe.errors import ConfigError
from hf_unsafe2safe.training.config import ModelOptions, TrainConfig
from hf_unsafe2safe.training.draws import draw
from hf_unsafe2safe.training.example import Example
from tests import tiny_editors
from tests.backends.diffusion.painted import apart, mean_apart

from hf_unsafe2safe.training.objectives.flow import FlowObjective  # isort: skip

FOLDERS = {"kontext": tiny_editors.tiny_kontext, "klein": tiny_editors.tiny_klein}
EDITORS = pytest.mark.parametrize("editor", FOLDERS)


def config(editor: str, **more) -> TrainConfig:
    options = {"lora_rank": 16, "side": 64, **more}
    return TrainConfig(model=ModelOptions(editor=editor, model=str(FOLDERS[editor]()), **options))


def example(row: int) -> Example:
    pixels = np.random.default_rng(row).integers(0, 256, (2, 64, 64, 3), np.uint8)
    mask = np.zeros((64, 64), np.uint8)
    mask[16:48, 16:48] = 255
    return Example(
        f"train/{row}:0", pixels[0], pixels[1], mask, f"A street {row}.", f"Replace the man {row}."
    )


def batch_of(encoded) -> dict:
    return {name: torch.stack([one[name] for one in encoded]) for name in encoded[0]}


def drawn(made: FlowObjective, encoded, step: int = 0, loss=None):
    loss = loss or replace(TrainConfig().loss, drop_texts=0.0, drop_image=0.0, drop_all=0.0)
    return draw(0, step, range(len(encoded)), encoded[0]["target"].shape, loss)


def train(made: FlowObjective, encoded, steps: int, rate: float) -> list[float]:
    """Return the losses of steps with draws that stay."""
    weights = [one for one in made.network.parameters() if one.requires_grad]
    optimizer = torch.optim.AdamW(weights, lr=rate, weight_decay=0)
    batch, draws, losses = batch_of(encoded), drawn(made, encoded), []
    for _ in range(steps):
        loss = made.predict(made.network, batch, draws).loss.mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    return losses


@EDITORS
def test_the_network_is_called_as_the_pipeline_calls_it(editor):
    made = FlowObjective(config(editor))
    encoded = made.encode([example(0)])
    seen = []
    hook = made.network.register_forward_pre_hook(
        lambda _, args, inputs: seen.append(dict(inputs)), with_kwargs=True
    )
    made.sample(encoded, 2, [5])
    draws = drawn(made, encoded)
    noise = torch.randn(encoded[0]["target"][None].shape, generator=torch.Generator().manual_seed(5))
    # At pure noise, where the pipeline starts: whatever the target is, it is not there.
    made.sigma = lambda time, latents: torch.ones(1)
    made.predict(made.network, batch_of(encoded), replace(draws, noise=noise))
    hook.remove()
    piped, trained = seen[0], seen[-1]
    assert len(seen) == 3
    for name, value in trained.items():
        if isinstance(value, torch.Tensor):
            torch.testing.assert_close(value, piped[name], rtol=0, atol=1e-5, check_dtype=False)
        else:
            assert name == "return_dict" or value is piped[name] is None


@EDITORS
def test_what_is_predicted_clean_is_what_the_velocity_says(editor):
    made = FlowObjective(config(editor))
    encoded = made.encode([example(0), example(1)])
    batch, draws = batch_of(encoded), drawn(made, encoded)

    class Knowing(torch.nn.Module):
        """It says noise - target of what it is asked."""

        def forward(self, **inputs):
            calls = made._calls.inputs(made._pipe, draws.noise - batch["target"], *rest, {**batch}, 1.0)
            return (calls["hidden_states"],)

    rest = (batch["original"], torch.ones(2))
    predicted = made.predict(Knowing(), batch, draws)
    torch.testing.assert_close(predicted.clean, batch["target"], atol=1e-4, rtol=0)
    assert predicted.loss.shape == (2,)
    assert float(predicted.loss.max()) < 1e-9
    assert (predicted.noise > 0).all()
    assert (predicted.noise < 1).all()


@EDITORS
def test_latents_are_decoded_to_pictures_with_a_gradient(editor):
    made = FlowObjective(config(editor))
    (encoded,) = made.encode([example(0)])
    latents = encoded["target"][None].clone().requires_grad_()
    pictures = made.decode(latents)
    pictures.sum().backward()
    assert pictures.shape == (1, 3, 64, 64)
    assert float(latents.grad.abs().sum()) > 0


@EDITORS
@pytest.mark.parametrize("what", ["drop_first", "drop_image"])
def test_what_is_dropped_is_not_seen(editor, what):
    made = FlowObjective(config(editor))
    one, other = made.encode([example(0), example(1)])
    same = {name: one[name] for name in ("target", "mask")}
    if what == "drop_first":
        same["original"] = one["original"]
    else:
        same |= {name: value for name, value in one.items() if "embeds" in name}
    made.encoded_all()

    def losses(dropped: bool):
        draws = replace(drawn(made, [one]), **{what: torch.tensor([dropped])})
        return [
            float(made.predict(made.network, batch_of([row]), draws).loss.detach())
            for row in (one, other | same)
        ]

    kept, dropped = losses(False), losses(True)
    assert kept[0] != kept[1]
    assert dropped[0] == dropped[1]


@EDITORS
def test_only_the_lora_is_trained_and_the_seed_decides_how_it_begins(editor):
    before = torch.get_rng_state()
    one, other = (FlowObjective(config(editor, gradient_checkpointing=again)) for again in (False, True))
    assert torch.equal(torch.get_rng_state(), before)
    trained = {name: w for name, w in one.network.named_parameters() if w.requires_grad}
    assert trained
    assert all("lora" in name for name in trained)
    found = dict(other.network.named_parameters())
    assert all(torch.equal(value, found[name]) for name, value in trained.items())
    encoded = one.encode([example(0)])
    other.network.train()
    lessons = [train(made, encoded, 3, 1e-2) for made in (one, other)]
    assert lessons[0] == pytest.approx(lessons[1], rel=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize(("editor", "rate"), [("kontext", 3e-2), ("klein", 2e-2)])
def test_the_loss_falls_by_more_than_half(editor, rate):
    """A tiny transformer, its own random weights frozen, learns four examples with draws that stay."""
    made = FlowObjective(config(editor))
    losses = train(made, made.encode([example(row) for row in range(4)]), 100, rate)
    assert losses[-1] < 0.5 * losses[0]


@EDITORS
@pytest.mark.slow
def test_a_pipeline_and_an_adapter_paint_alike(editor, tmp_path):
    made = FlowObjective(config(editor, lora_alpha=24.0))
    encoded = made.encode([example(0)])
    made.encoded_all()
    train(made, encoded, 5, 3e-2)
    sampled = made.sample(encoded, 2, [7])[0]
    made.save(tmp_path / "pipeline")
    adapter = made
    adapter._config = config(editor, lora_alpha=24.0, save_as="adapter")
    adapter.save(tmp_path / "adapter")
    row = example(0)
    canvas = Canvas(row.original, row.mask, row.public_caption, row.edit_instruction, 7)
    painter, base = made._calls.painter, FOLDERS[editor]()
    plain, merged, added, none = (
        painter(f"{spec},num_inference_steps=2").paint([canvas])[0]
        for spec in (
            base,
            tmp_path / "pipeline",
            f"{base},lora={tmp_path / 'adapter'}",
            f"{base},lora={tmp_path / 'adapter'},lora_scale=0",
        )
    )
    assert mean_apart(plain, merged) > 0.5
    assert apart(merged, added) <= 1
    assert apart(sampled, added) <= 1
    assert apart(plain, none) <= 1


def test_a_lora_is_needed():
    with pytest.raises(ConfigError, match="trained with a LoRA"):
        FlowObjective(config("klein", lora_rank=0))
