"""Safe Attention on the U-Net of a tiny InstructPix2Pix: what it adds, saves and refuses."""

import json
import shutil
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import accelerate
import pytest

from hf_unsafe2safe.errors import ConfigError
from tests import tiny_editors

import torch  # isort: skip
from safetensors.torch import load_file, save_file  # isort: skip

from hf_unsafe2safe.editing.diffusion.safe_attention_adapter import SafeAttention  # isort: skip

BASE = "timbrooks/instruct-pix2pix"


@cache
def loaded_unet() -> Any:
    unet = tiny_editors.df.UNet2DConditionModel.from_pretrained(
        tiny_editors.tiny_instruct_pix2pix(), subfolder="unet"
    )
    return unet.eval()


@pytest.fixture
def unet() -> Any:
    return deepcopy(loaded_unet())


def texts(count: int, seed: int = 1) -> Any:
    """Return as many pairs of texts, encoded and joined."""
    return torch.randn(count, 2 * 77, 32, generator=torch.Generator().manual_seed(seed))


def latents(count: int) -> Any:
    return torch.randn(count, 8, 16, 16, generator=torch.Generator().manual_seed(0))


@torch.no_grad()
def seen(unet: Any, latents: Any, states: Any) -> Any:
    return unet(latents, 10, encoder_hidden_states=states).sample


def opened(adapter: SafeAttention, gate: float = 0.5) -> SafeAttention:
    with torch.no_grad():
        for layer in adapter.layers:
            layer.gate.weight.fill_(gate)
    return adapter


def test_with_the_gate_at_zero_it_is_the_base_editor_bit_for_bit(unet):
    both = texts(3)
    before = seen(unet, latents(3), both[:, :77])
    SafeAttention(unet)
    assert torch.equal(seen(unet, latents(3), both), before)


def test_the_gate_lets_the_public_caption_in(unet):
    both = texts(2)
    other = torch.cat([both[:, :77], texts(2, seed=2)[:, 77:]], dim=1)
    adapter = SafeAttention(unet)
    shut = seen(unet, latents(2), both)
    assert torch.equal(shut, seen(unet, latents(2), other))
    opened(adapter)
    assert (seen(unet, latents(2), both) - shut).abs().max() > 1e-3
    assert (seen(unet, latents(2), both) - seen(unet, latents(2), other)).abs().max() > 1e-4


def test_a_sample_does_not_depend_on_its_neighbours(unet, monkeypatch):
    # Fewer queries at once than a sample has: parts of several samples meet.
    monkeypatch.setattr("hf_unsafe2safe.editing.diffusion.safe_attention_layers.CPU_ROWS", 100)
    opened(SafeAttention(unet))
    together = seen(unet, latents(4), texts(4))
    for i in range(4):
        alone = seen(unet, latents(4)[i : i + 1], texts(4)[i : i + 1])
        assert torch.allclose(alone[0], together[i], atol=1e-5)


# what moves weights around, here from the processor to the processor
CPU = torch.device("cpu")
WAYS = [
    lambda unet: accelerate.cpu_offload(unet, CPU),
    lambda unet: unet.enable_group_offload(CPU, CPU, offload_type="leaf_level"),
]


@pytest.mark.parametrize("way", WAYS, ids=["sequential", "group"])
def test_its_weights_move_with_those_of_the_unet(way, unet):
    opened(SafeAttention(unet))
    expected = seen(unet, latents(1), texts(1))
    way(unet)
    assert torch.allclose(seen(unet, latents(1), texts(1)), expected, atol=1e-5)


def test_the_fused_map_is_the_published_formula(unet):
    layer = SafeAttention(unet).layers[0]
    generator = torch.Generator().manual_seed(3)
    of_instruction, of_public = (torch.randn(2, 4, 9, 77, generator=generator).softmax(-1) for _ in range(2))
    fused = layer.fused(of_instruction, of_public).detach()
    assert torch.allclose(fused.sum(-1), torch.ones(2, 4, 9), atol=1e-5)
    # By hand for one query: each convolution is three shifted products.
    weights = {name: value.detach() for name, value in layer.named_parameters()}
    row = torch.cat([of_instruction[1, 2, 3], of_public[1, 2, 3]])[None]

    def conv(rows: Any, weight: Any, bias: Any) -> Any:
        padded = torch.nn.functional.pad(rows, (1, 1))
        shifted = torch.stack([padded[:, i : i + rows.shape[1]] for i in range(3)], dim=1)
        return torch.einsum("oik,ikt->ot", weight, shifted) + bias[:, None]

    wide = conv(row, weights["widen.weight"], weights["widen.bias"])
    gelu = wide * 0.5 * (1 + torch.erf(wide / 2**0.5))
    narrow = conv(gelu, weights["narrow.weight"], torch.zeros(1))[0]
    assert torch.allclose(narrow[77:].softmax(0), fused[1, 2, 3], atol=1e-5)


@torch.no_grad()
def test_a_layer_is_the_published_formula(unet):
    """Head by head, with weights of its own in each projection."""
    adapter = opened(SafeAttention(unet))
    layer, attn = adapter.layers[0], unet.get_submodule(adapter.names[0])
    source = torch.Generator().manual_seed(4)
    for weight in adapter.parameters():
        weight.add_(0.1 * torch.randn(weight.shape, generator=source))
    states, both = torch.randn(2, 9, 32, generator=source), texts(2)
    instruction, public = both[:, :77], both[:, 77:]
    wide = 32 // attn.heads
    seen_by_heads = []
    for head in range(attn.heads):
        part = slice(head * wide, (head + 1) * wide)

        def map_of(parts: Any, text: Any, part: slice = part) -> Any:
            query, key = parts.to_q(states)[..., part], parts.to_k(text)[..., part]
            return (torch.einsum("bqd,bkd->bqk", query, key) / wide**0.5).softmax(-1)

        maps = map_of(attn, instruction)[:, None], map_of(layer, public)[:, None]
        seen_by_heads.append(layer.fused(*maps)[:, 0] @ layer.to_v(public)[..., part])
    expected = layer.base(attn, states, instruction) + layer.gate.weight * layer.to_out(
        torch.cat(seen_by_heads, dim=-1)
    )
    assert torch.allclose(attn(states, both), expected, atol=1e-5)


def test_it_starts_as_a_copy_and_draws_from_no_shared_source(unet):
    state = torch.random.get_rng_state()
    adapter = SafeAttention(unet)
    again = SafeAttention(deepcopy(loaded_unet()))
    assert torch.equal(state, torch.random.get_rng_state())
    assert all(torch.equal(a, b) for a, b in zip(adapter.parameters(), again.parameters(), strict=True))
    for name, layer in zip(adapter.names, adapter.layers, strict=True):
        attn = unet.get_submodule(name)
        for own, base in [(layer.to_q, attn.to_q), (layer.to_v, attn.to_v), (layer.to_out, attn.to_out[0])]:
            assert torch.equal(own.weight, base.weight)
            assert own.weight is not base.weight
        assert layer.gate.weight.item() == 0


def learning(unet: Any, adapter: SafeAttention) -> set[str]:
    """Return the weights that have a gradient."""
    unet.zero_grad()
    unet(latents(2), 10, encoder_hidden_states=texts(2)).sample.square().mean().backward()
    return {
        name.partition(".")[2]  # after the number of the layer
        for name, weight in adapter.layers.named_parameters()
        if weight.grad is not None and weight.grad.any()
    }


def test_it_can_be_trained(unet):
    """First the gate moves, then all that is behind it; the base editor can be left alone."""
    unet.requires_grad_(False)
    adapter = SafeAttention(unet).requires_grad_(True)
    assert learning(unet, adapter) == {"gate.weight"}
    opened(adapter)
    assert learning(unet, adapter) == set(dict(adapter.layers[0].named_parameters()))
    assert {id(one) for one in unet.parameters() if one.requires_grad} == set(map(id, adapter.parameters()))


def test_saved_and_loaded_it_is_the_same(unet, tmp_path):
    adapter = opened(SafeAttention(unet))
    expected = seen(unet, latents(2), texts(2))
    adapter.save_pretrained(tmp_path / "saved", base_model=BASE)
    assert sorted(path.name for path in (tmp_path / "saved").iterdir()) == [
        "config.json",
        "model.safetensors",
    ]
    other = deepcopy(loaded_unet())
    again = SafeAttention.load(tmp_path / "saved", other, base_model=BASE)
    assert again.names == adapter.names
    assert torch.equal(seen(other, latents(2), texts(2)), expected)
    again.save_pretrained(tmp_path / "again", base_model=BASE)
    for name in ("config.json", "model.safetensors"):
        assert (tmp_path / "again" / name).read_bytes() == (tmp_path / "saved" / name).read_bytes()


def test_it_is_loaded_in_the_dtype_of_the_unet(unet, tmp_path):
    opened(SafeAttention(unet)).save_pretrained(tmp_path)
    half = deepcopy(loaded_unet()).to(torch.bfloat16)
    adapter = SafeAttention.load(tmp_path, half)
    assert {weight.dtype for weight in adapter.parameters()} == {torch.bfloat16}
    assert seen(half, latents(1).bfloat16(), texts(1).bfloat16()).isfinite().all()


def config(**more: Any) -> Any:
    """Return what writes other things into the configuration."""

    def change(folder: Path) -> None:
        path = folder / "config.json"
        path.write_text(json.dumps({**json.loads(path.read_text()), **more}))

    return change


def weights(change: Any) -> Any:
    """Return what changes the weights."""

    def written(folder: Path) -> None:
        path = folder / "model.safetensors"
        save_file(change(load_file(path)), path)

    return written


def pickled(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    torch.save({}, folder / "model.bin")


# what happened to the folder, and what the error says
BROKEN = [
    (pickled, "no model.safetensors; other files are not opened"),
    (lambda folder: (folder / "config.json").unlink(), "no saved Safe Attention"),
    (lambda folder: (folder / "config.json").write_text("[1]"), "no saved Safe Attention"),
    (lambda folder: (folder / "model.safetensors").write_bytes(b"abc"), "cannot be read"),
    (config(format=2), "of format 2, and this version reads 1"),
    (config(model_type="clip"), "no saved Safe Attention"),
    (config(base_model="else/where"), "is for else/where, not for timbrooks"),
    (weights(lambda w: dict(list(w.items())[1:])), "other layers or shapes"),
    (weights(lambda w: {**w, "more.gate.weight": torch.zeros(1)}), "other layers or shapes"),
    (weights(lambda w: {n: v[..., :1].clone() for n, v in w.items()}), "other layers or shapes"),
]


@pytest.mark.parametrize(("breaking", "message"), BROKEN)
def test_what_does_not_fit_is_refused(breaking, message, unet, tmp_path):
    folder = tmp_path / "very-private"
    SafeAttention(deepcopy(unet)).save_pretrained(folder, base_model=BASE)
    breaking(folder)
    with pytest.raises(ConfigError, match=message) as caught:
        SafeAttention.load(folder, unet, base_model=BASE)
    assert "very-private" not in str(caught.value)


def test_a_base_that_is_not_named_is_not_compared(unet, tmp_path):
    SafeAttention(deepcopy(unet)).save_pretrained(tmp_path, base_model=BASE)
    SafeAttention.load(shutil.copytree(tmp_path, tmp_path / "copy"), unet)


def test_what_it_cannot_be_given_to(unet):
    SafeAttention(unet)
    with pytest.raises(ConfigError, match="cross-attention of its own"):
        SafeAttention(unet)  # a second time
    with pytest.raises(ConfigError, match="cross-attention of its own"):
        SafeAttention(torch.nn.Linear(1, 1))
    with pytest.raises(ValueError, match="the edit instruction and the public caption"):
        seen(unet, latents(1), texts(1)[:, :77])  # one text only
