"""InstructPix2Pix and Safe Attention in training, on tiny random models."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from hf_unsafe2safe.backends.painting import Canvas
from hf_unsafe2safe.editing.diffusion.instruct_pix2pix import InstructPix2PixPainter
from hf_unsafe2safe.editing.diffusion.safe_attention import SafeAttentionPainter
from hf_unsafe2safe.errors import ConfigError
from hf_unsafe2safe.records import PublicCaption
from hf_unsafe2safe.training.config import LossOptions
from hf_unsafe2safe.training.draws import draw
from hf_unsafe2safe.training.example import Example
from hf_unsafe2safe.training.objectives.catalogue import make_objective
from hf_unsafe2safe.training.objectives.unet import snr_weights
from tests import tiny_editors
from tests.training.samples import config, picture

NOTHING_DROPPED = LossOptions(drop_texts=0, drop_image=0, drop_all=0)
SIDE, EDITOR_SIDE = 32, 64  # an editor has no smaller canvas


def made(editor="safe-attention", model=None, side=SIDE, **options):
    folder = model or tiny_editors.tiny_instruct_pix2pix()
    return make_objective(config("t", "o", editor=editor, model=str(folder), side=side, **options))


def example(i=0, side=SIDE):
    original, target, mask, name = picture(i, side)
    return Example(
        f"train/{i}:0", original, target, mask, public_caption=f"a {name} disc", edit_instruction="paint it"
    )


def batch(objective, count=2):
    encoded = objective.encode([example(i) for i in range(count)])
    return {name: torch.stack([one[name] for one in encoded]) for name in encoded[0]}


def drawn(objective, values, loss=NOTHING_DROPPED, step=0):
    return draw(0, step, range(len(values["target"])), values["target"].shape[1:], loss)


def stepped(objective, steps=3, rate=0.05):
    """Train a little, so that nothing is as it was."""
    values = batch(objective)
    weights = [w for w in objective.network.parameters() if w.requires_grad]
    optimizer = torch.optim.SGD(weights, lr=rate)
    for step in range(steps):
        optimizer.zero_grad()
        objective.predict(
            objective.network, values, drawn(objective, values, step=step)
        ).loss.sum().backward()
        optimizer.step()
    if objective._safe is not None:
        with torch.no_grad():
            for layer in objective._safe.layers:
                layer.gate.weight.fill_(0.7)
    return objective


def test_with_a_closed_gate_it_is_the_base_editor():
    safe, base = made(), made("instruct-pix2pix")
    values = batch(safe)
    one = safe.predict(safe.network, values, drawn(safe, values))
    other = base.predict(base.network, values, drawn(base, values))
    assert torch.equal(one.loss, other.loss)
    assert torch.equal(one.clean, other.clean)


# What is trained, by editor and rank: a part of each name, and whether all names have it.
@pytest.mark.parametrize(
    ("editor", "rank", "parts"),
    [
        ("instruct-pix2pix", 0, ("",)),  # everything
        ("instruct-pix2pix", 4, ("lora_",)),
        ("safe-attention", 0, (".processor.",)),
        ("safe-attention", 4, (".processor.", "lora_")),
    ],
)
def test_what_is_trained(editor, rank, parts):
    objective = made(editor, lora_rank=rank)
    named = list(objective.network.named_parameters())
    trained = [name for name, weight in named if weight.requires_grad]
    assert all(any(part in name for part in parts) for name in trained)
    assert all(any(part in name for name in trained) for part in parts)
    assert not any("lora_" in name and ".processor." in name for name in trained)
    if parts == ("",):
        assert len(trained) == len(named)
    assert not any(w.requires_grad for w in objective._pipe.vae.parameters())


@pytest.mark.parametrize("rank", [0, pytest.param(4, marks=pytest.mark.slow)])
def test_the_saved_editor_is_the_trained_one(tmp_path, rank):
    objective = stepped(made(lora_rank=rank, side=EDITOR_SIDE))
    one = example(5, EDITOR_SIDE)
    (encoded,) = objective.encode([one])
    (before,) = objective.sample([encoded], 2, [11])
    objective.save(tmp_path / "editor")
    (after,) = objective.sample([encoded], 2, [11])
    assert np.array_equal(before, after)  # it may go on with the training
    painter = SafeAttentionPainter(f"{tmp_path / 'editor'},side={EDITOR_SIDE},num_inference_steps=2")
    canvas = Canvas(one.original, one.mask, PublicCaption(one.public_caption), one.edit_instruction, 11)
    (painted,) = painter.paint([canvas])
    assert np.abs(painted.astype(int) - before).max() <= 2
    plain = InstructPix2PixPainter(f"{tmp_path / 'editor'},side={EDITOR_SIDE},num_inference_steps=2")
    assert np.abs(plain.paint([canvas])[0].astype(int) - before).max() > 2  # the new weights matter


@pytest.mark.slow
def test_a_saved_adapter_goes_on_the_model_it_began_with(tmp_path):
    objective = stepped(made(save_as="adapter", side=EDITOR_SIDE))
    objective.save(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["config.json", "model.safetensors"]
    one = example(5, EDITOR_SIDE)
    (before,) = objective.sample(objective.encode([one]), 2, [11])
    base = tiny_editors.tiny_instruct_pix2pix()
    painter = SafeAttentionPainter(f"{base},adapter={tmp_path},side={EDITOR_SIDE},num_inference_steps=2")
    canvas = Canvas(one.original, one.mask, PublicCaption(one.public_caption), one.edit_instruction, 11)
    assert np.abs(painter.paint([canvas])[0].astype(int) - before).max() <= 2


def test_a_trained_safe_attention_is_trained_on(tmp_path):
    objective = stepped(made())
    objective.save(tmp_path / "editor")
    again = made(model=tmp_path / "editor")
    assert float(again._safe.layers[0].gate.weight.detach()) == pytest.approx(0.7)


def test_a_model_of_texts_gets_the_channels_of_an_image(tmp_path):
    objective = made("instruct-pix2pix", tiny_editors.tiny_sd())
    values = batch(objective)
    none = {**values, "original": torch.zeros_like(values["original"])}
    draws = drawn(objective, values)
    one = objective.predict(objective.network, values, draws).loss
    assert torch.equal(one, objective.predict(objective.network, none, draws).loss)  # zero at first
    stepped(objective, rate=0.5)
    assert not torch.equal(
        objective.predict(objective.network, values, draws).loss,
        objective.predict(objective.network, none, draws).loss,
    )
    objective.save(tmp_path / "editor")
    InstructPix2PixPainter(str(tmp_path / "editor"))


@pytest.mark.slow
def test_checkpointed_activations_give_the_same_gradients():
    grads = []
    for spare in (False, True):
        objective = made(lora_rank=2, gradient_checkpointing=spare)
        with torch.no_grad():
            for layer in objective._safe.layers:
                layer.gate.weight.fill_(0.5)
        values = batch(objective)
        objective.predict(objective.network, values, drawn(objective, values)).loss.sum().backward()
        grads.append([w.grad for w in objective.network.parameters() if w.grad is not None])
    assert len(grads[0]) == len(grads[1]) > 0
    assert all(torch.allclose(a, b, atol=1e-6) for a, b in zip(*grads, strict=True))


def test_an_example_does_not_depend_on_its_batch():
    objective = stepped(made())
    values = batch(objective, 3)
    draws = drawn(objective, values)
    whole = objective.predict(objective.network, values, draws).loss
    for i in range(3):
        own = {name: value[i : i + 1] for name, value in values.items()}
        alone = objective.predict(
            objective.network, own, draw(0, 0, [i], own["target"].shape[1:], NOTHING_DROPPED)
        )
        assert float(alone.loss) == pytest.approx(float(whole[i]), rel=1e-4)


# What is dropped, and which of the inputs then changes nothing.
@pytest.mark.parametrize(
    ("shares", "unseen"),
    [
        ({"drop_texts": 1.0, "drop_image": 0.0, "drop_all": 0.0}, ("instruction", "public")),
        ({"drop_texts": 0.0, "drop_image": 1.0, "drop_all": 0.0}, ("original",)),
        ({"drop_texts": 0.0, "drop_image": 0.0, "drop_all": 1.0}, ("instruction", "public", "original")),
    ],
)
def test_what_is_dropped_is_not_seen(shares, unseen):
    objective = stepped(made())
    values = batch(objective)
    draws = drawn(objective, values, LossOptions(**shares))
    whole = objective.predict(objective.network, values, draws).loss
    for name in ("instruction", "public", "original"):
        other = {**values, name: values[name].flip(0) + 1.0}
        same = torch.equal(whole, objective.predict(objective.network, other, draws).loss)
        assert same == (name in unseen)


def test_texts_are_dropped_on_their_own_too():
    draws = draw(0, 0, range(400), (1,), replace(NOTHING_DROPPED, drop_each=0.5))
    both = (draws.drop_first & draws.drop_second).float().mean()
    assert 0.15 < float(both) < 0.35
    assert 0.4 < float(draws.drop_first.float().mean()) < 0.6
    assert not draws.drop_image.any()


def test_the_shares_of_what_is_dropped_are_those_asked_for():
    draws = draw(3, 7, range(4000), (1,), LossOptions(drop_texts=0.1, drop_image=0.2, drop_all=0.3))
    image, text = draws.drop_image.float().mean(), draws.drop_first.float().mean()
    assert float(image) == pytest.approx(0.5, abs=0.03)
    assert float(text) == pytest.approx(0.4, abs=0.03)
    assert torch.equal(draws.drop_first, draws.drop_second)


def test_draws_depend_on_place_and_step_alone():
    whole = draw(1, 5, range(8), (2, 3, 3), LossOptions())
    part = draw(1, 5, [6, 2], (2, 3, 3), LossOptions())
    assert torch.equal(whole.noise[[6, 2]], part.noise)
    assert torch.equal(whole.time[[6, 2]], part.time)
    assert not torch.equal(whole.noise, draw(1, 6, range(8), (2, 3, 3), LossOptions()).noise)


def test_min_snr_weights():
    kept = torch.tensor([0.01, 0.5, 0.99])
    snr = kept / (1 - kept)
    assert torch.equal(snr_weights(kept, 0.0, velocity=False), torch.ones(3))
    naive = [min(float(s), 5.0) / float(s) for s in snr]
    assert snr_weights(kept, 5.0, velocity=False).tolist() == pytest.approx(naive)
    naive = [min(float(s), 5.0) / (float(s) + 1) for s in snr]
    assert snr_weights(kept, 5.0, velocity=True).tolist() == pytest.approx(naive)


@pytest.mark.parametrize("kind", ["epsilon", "v_prediction"])
def test_a_perfect_prediction_has_no_loss_and_gives_the_picture(kind):
    objective = made("instruct-pix2pix")
    objective._schedule.register_to_config(prediction_type=kind)
    values = batch(objective)
    draws = drawn(objective, values)
    steps = (draws.time * objective._schedule.config.num_train_timesteps).long()

    def perfect(inputs, given, *, encoder_hidden_states, return_dict):
        assert torch.equal(given, steps)
        if kind == "epsilon":
            return (draws.noise,)
        return (objective._schedule.get_velocity(values["target"], draws.noise, steps),)

    predicted = objective.predict(perfect, values, draws)
    assert float(predicted.loss.max()) < 1e-9
    assert torch.allclose(predicted.clean, values["target"], atol=1e-3)
    assert ((predicted.noise >= 0) & (predicted.noise <= 1)).all()


def test_masked_places_count_more():
    objective = made("instruct-pix2pix", mask_weight=10.0)
    values = batch(objective)
    draws = drawn(objective, values)

    def off_inside(inputs, given, *, encoder_hidden_states, return_dict):
        return (draws.noise + values["mask"],)

    def off_outside(inputs, given, *, encoder_hidden_states, return_dict):
        return (draws.noise + 1 - values["mask"],)

    inside, outside = (objective.predict(f, values, draws).loss for f in (off_inside, off_outside))
    share = values["mask"].square().mean() / (1 - values["mask"]).square().mean()
    assert float((inside / outside).mean()) > 3 * float(share)


def test_models_that_are_not_for_it():
    with pytest.raises(ConfigError, match="StableDiffusionXLInstructPix2PixPipeline"):
        made("safe-attention", tiny_editors.tiny_sdxl_instruct_pix2pix())
    with pytest.raises(ConfigError, match="FluxKontextPipeline"):
        made("instruct-pix2pix", tiny_editors.tiny_kontext())
