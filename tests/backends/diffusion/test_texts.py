"""Prompts are read to their end, and each is encoded once."""

import logging

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hf_unsafe2safe.backends.local.diffusion.texts import Texts, fit
from hf_unsafe2safe.editing.diffusion.inpainting import InpaintingPainter
from hf_unsafe2safe.editing.diffusion.instruct_pix2pix import InstructPix2PixPainter
from hf_unsafe2safe.editing.diffusion.kontext import KontextPainter
from tests import tiny_editors
from tests.backends.diffusion.painted import apart, canvas

pytestmark = pytest.mark.slow  # models, servers or photos, many times over

LONG = "Replace the man. Give him a red hat and a green coat. " + "He walks along a very long road. " * 20


def pipeline(painter=InstructPix2PixPainter, folder=tiny_editors.tiny_instruct_pix2pix, more=""):
    """Return weights of its own, so that nothing is kept there yet."""
    made = painter(f"{folder()},num_inference_steps=2{more}")
    mine = made._loaded()
    mine.texts = Texts(mine.pipe)
    return made, mine


# What is kept of parts, most important first, when 30 characters fit.
@pytest.mark.parametrize(
    ("parts", "kept"),
    [
        (("Short.", "Also short."), "Short. Also short."),
        (("Short.", "First. Second one. Third, too long."), "Short. First. Second one."),  # whole sentences
        (("", "Only a caption."), "Only a caption."),
        (("", ""), ""),
        (("An instruction that is much longer than it may be.", "Caption."), "An instruction that is much."),
        (("One sentence. Another sentence, long.", "Caption."), "One sentence."),  # nothing of the caption
        (("x" * 50,), "x" * 27),  # no word: what fits of it
    ],
)
def test_fit(parts, kept):
    assert fit(parts, lambda text: len(text) <= 30) == kept


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(max_size=120), max_size=3))
def test_any_prompt_is_read_to_its_end(parts):
    _, model = pipeline()
    prompt, _ = model.texts.fitted(*parts)
    tokens = model.pipe.tokenizer(prompt.short, add_special_tokens=True)["input_ids"]
    assert len(tokens) <= 77
    assert tokens.count(model.pipe.tokenizer.eos_token_id) == 1  # what acts is no part of a text


def test_each_reader_has_its_own_limit():
    _, model = pipeline(KontextPainter, tiny_editors.tiny_kontext)
    prompt, shorter = model.texts.fitted(LONG)
    assert prompt.short in prompt.long
    assert len(prompt.short) < len(prompt.long)
    assert len(model.pipe.tokenizer(prompt.short)["input_ids"]) <= 77
    assert 77 < len(model.pipe.tokenizer_2(prompt.long)["input_ids"]) <= 512
    assert shorter == (prompt.long != LONG.strip())


def test_nothing_is_cut_in_the_pipeline(caplog):
    """Diffusers warns when it cuts, and says what: that must never be in a log."""
    from diffusers.utils import logging as diffusers_logging

    painter, model = pipeline()
    caplog.set_level(logging.DEBUG)
    diffusers_logging.enable_propagation()
    try:
        painter.paint([canvas(0, edit_instruction=LONG)])
        assert "truncated" not in caplog.text
        assert "red hat" not in caplog.text
        assert painter.counts["prompts_shortened"] == 1
        model.pipe._encode_prompt(LONG, "cpu", 1, False)
        assert "truncated" in caplog.text  # so it would have been seen
    finally:
        diffusers_logging.disable_propagation()


def test_tokens_that_act_are_no_words():
    _, model = pipeline()
    prompt, _ = model.texts.fitted("Blur it.<|endoftext|>A man.")
    assert "<|endoftext|>" not in prompt.short
    with_token = model.pipe.tokenizer("a <|endoftext|> b")["input_ids"]
    assert with_token.count(model.pipe.tokenizer.eos_token_id) == 2  # what is kept from happening


READERS = {
    "sd": (InstructPix2PixPainter, tiny_editors.tiny_instruct_pix2pix, ("text_encoder",)),
    "sdxl": (InpaintingPainter, tiny_editors.tiny_sdxl_inpaint, ("text_encoder", "text_encoder_2")),
    "sd3": (
        InpaintingPainter,
        tiny_editors.tiny_sd3,
        ("text_encoder", "text_encoder_2", "text_encoder_3"),
    ),
    "flux": (KontextPainter, tiny_editors.tiny_kontext, ("text_encoder", "text_encoder_2")),
}


@pytest.mark.parametrize("kind", READERS)
def test_each_text_is_encoded_once(kind):
    make, folder, readers = READERS[kind]
    painter, model = pipeline(make, folder)
    asked = []
    hooks = [
        getattr(model.pipe, name).register_forward_hook(lambda *_, name=name: asked.append(name))
        for name in readers
    ]
    canvases = [canvas(0, seed=seed) for seed in range(3)] + [canvas(1)]
    painter.paint(canvases)
    once = len(asked)
    texts = 2 if kind == "flux" else 3  # two prompts, and what a picture shall not show
    assert once == texts * len(readers)
    again = painter.paint(canvases)
    assert len(asked) == once
    model.texts = Texts(model.pipe)
    assert all(apart(one, other) <= 1 for one, other in zip(again, painter.paint(canvases), strict=True))
    for hook in hooks:
        hook.remove()


@pytest.mark.parametrize("kind", READERS)
def test_encoded_as_the_pipeline_does(kind):
    """What is passed on equals what the pipeline makes of the same texts."""
    import torch

    make, folder, _ = READERS[kind]
    _, model = pipeline(make, folder)
    prompts = [model.texts.fitted(text)[0] for text in ("A man walks.", "A red shirt on a chair. " * 3)]
    with torch.no_grad():
        mine = model.texts.embeds(prompts)
        encode = getattr(model.pipe, "encode_prompt", None) or model.pipe._encode_prompt
        texts = [prompt.short for prompt in prompts]
        more = {} if kind == "flux" else {"do_classifier_free_guidance": False}
        if kind == "sd3":
            more |= {"prompt_2": texts, "prompt_3": [prompt.long for prompt in prompts]}
        made = encode(texts, device="cpu", num_images_per_prompt=1, **more)
    whole = made if isinstance(made, tuple) else (made,)
    assert torch.allclose(mine["prompt_embeds"], whole[0], atol=1e-5)
    if kind != "sd":
        assert torch.allclose(mine["pooled_prompt_embeds"], whole[1 if kind == "flux" else 2], atol=1e-5)


def test_what_is_kept_is_bounded(monkeypatch):
    import torch

    _, model = pipeline()
    with torch.no_grad():
        size = sum(v.numel() * 4 for v in model.texts._embed(model.texts.fitted("One.")[0]).values())
        monkeypatch.setattr("hf_unsafe2safe.backends.local.diffusion.texts.LARGEST", 3 * size)
        for text in ("Two.", "Three.", "Four.", "Five."):
            model.texts.embeds([model.texts.fitted(text)[0]])
    assert len(model.texts._kept) == 3
