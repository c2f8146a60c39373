"""Tiny models with random weights, built and saved here: they prove wiring, never quality."""

import json
import tempfile
from collections.abc import Callable
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch

_HOME = tempfile.TemporaryDirectory(prefix="tiny-models-")
_KEPT: list[Any] = []


def use_torchvision() -> None:
    """Make torchvision importable beside a CPU build of torch, for which there is no build of it.

    Its Python code asks for two operators that only its compiled part brings: they are declared, never
    run. Call it before the image parts of transformers are imported.
    """
    if _KEPT or find_spec("torchvision") is None:
        return
    try:
        torch.ops.torchvision.nms  # noqa: B018
    except AttributeError:
        library = torch.library.Library("torchvision", "DEF")
        for name in ("nms", "qnms"):
            library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        _KEPT.append(library)  # the operators go when it goes


use_torchvision()
torch.set_num_threads(1)  # more only wait for each other on such small numbers

import transformers as tf  # noqa: E402
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers  # noqa: E402

SPECIAL = (
    "<|endoftext|>",
    "<|im_start|>",
    "<|im_end|>",
    "<|vision_start|>",
    "<|vision_end|>",
    "<|image_pad|>",
    "<|video_pad|>",
)
# What the vocabulary is trained on, beyond single bytes; "yes" and "no" become one token each.
WORDS = ["yes Yes no No", "describe the image", "a person in a red shirt", '{"items": []}'] * 4
CHAT = (
    "{% for m in messages %}<|im_start|>{{ m['role'] }}\n"
    "{% if m['content'] is string %}{{ m['content'] }}{% else %}{% for c in m['content'] %}"
    "{% if c['type'] == 'image' %}IMAGE{% else %}{{ c['text'] }}{% endif %}{% endfor %}{% endif %}"
    "<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def tokenizer() -> Any:
    """Return a byte-level tokenizer of about 500 tokens."""
    bpe = Tokenizer(models.BPE())
    bpe.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bpe.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=500,
        special_tokens=list(SPECIAL),
        show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
    )
    bpe.train_from_iterator(WORDS, trainer)
    learnt = json.loads(bpe.to_str())["model"]
    made = tf.Qwen2Tokenizer(
        vocab=learnt["vocab"],
        merges=[tuple(m) if isinstance(m, list) else tuple(m.split(" ")) for m in learnt["merges"]],
        eos_token="<|im_end|>",
        pad_token="<|endoftext|>",
        padding_side="left",
        extra_special_tokens={
            "image_token": "<|image_pad|>",
            "video_token": "<|video_pad|>",
            "vision_bos_token": "<|vision_start|>",
            "vision_eos_token": "<|vision_end|>",
            "turn_token": "<|im_start|>",
        },
    )
    made.chat_template = CHAT.replace("IMAGE", "<|vision_start|><|image_pad|><|vision_end|>")
    return made


@cache
def tiny_llm() -> Path:
    """Return the folder of a language model (Qwen3)."""
    return save("llm", _llm)


@cache
def tiny_vlm() -> Path:
    """Return the folder of a vision-language model whose image tokens depend on the size (Qwen2.5-VL)."""
    return save("vlm", _vlm)


@cache
def tiny_deep_vlm() -> Path:
    """Return the folder of one whose tower feeds several layers of the language model (Qwen3-VL)."""
    return save("deep", _deep_vlm)


@cache
def tiny_llava() -> Path:
    """Return the folder of a vision-language model that crops its images to 28 pixels (LLaVA)."""
    return save("llava", _llava)


def save(name: str, make: Callable[[], tuple[Any, ...]]) -> Path:
    """Save what `make` returns, models with the same random weights each time, and return the folder."""
    folder = Path(_HOME.name) / name
    with torch.random.fork_rng():
        torch.manual_seed(0)
        for part in make():
            part.save_pretrained(folder)
    return folder


def sizes(**more: Any) -> dict[str, Any]:
    """Return the settings of a tiny transformer."""
    return {
        "hidden_size": 32,
        "intermediate_size": 64,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        **more,
    }


def _text_sizes(words: Any, **more: Any) -> dict[str, Any]:
    return sizes(
        vocab_size=len(words),
        num_key_value_heads=2,
        max_position_embeddings=4096,
        bos_token_id=None,
        eos_token_id=words.eos_token_id,
        pad_token_id=words.pad_token_id,
        initializer_range=0.4,  # the usual 0.02 gives replies that hardly depend on the prompt
        **more,
    )


def _llm() -> tuple[Any, ...]:
    words = tokenizer()
    return tf.AutoModelForCausalLM.from_config(tf.Qwen3Config(**_text_sizes(words, head_dim=8))), words


_ROPE = {"rope_type": "default", "rope_theta": 1e6, "mrope_section": [1, 1, 2]}
_TOWER = {
    "depth": 2,
    "hidden_size": 32,
    "intermediate_size": 32,
    "num_heads": 4,
    "out_hidden_size": 32,
    "initializer_range": 0.2,
}


def _image_tokens(words: Any) -> dict[str, int]:
    names = ("vision_start", "vision_end", "image", "video")
    return {
        f"{name}_token_id": words.convert_tokens_to_ids(token)
        for name, token in zip(names, SPECIAL[3:], strict=True)
    }


def _vlm() -> tuple[Any, ...]:
    words = tokenizer()
    config = tf.Qwen2_5_VLConfig(
        text_config=_text_sizes(words, rope_parameters=_ROPE),
        vision_config={**_TOWER, "fullatt_block_indexes": [1]},
        **_image_tokens(words),
    )
    pixels = {"min_pixels": 28 * 28, "max_pixels": 84 * 84}
    processor = tf.Qwen2_5_VLProcessor(
        image_processor=tf.Qwen2VLImageProcessor(**pixels),
        tokenizer=words,
        video_processor=tf.Qwen2VLVideoProcessor(**pixels),
        chat_template=words.chat_template,
    )
    return tf.AutoModelForImageTextToText.from_config(config), processor


def _deep_vlm() -> tuple[Any, ...]:
    words = tokenizer()
    deep = {"deepstack_visual_indexes": [0, 1], "num_position_embeddings": 64, "patch_size": 14}
    config = tf.Qwen3VLConfig(
        text_config=_text_sizes(words, head_dim=8, rope_parameters=_ROPE),
        vision_config={**_TOWER, **deep},
        **_image_tokens(words),
    )
    processor = tf.Qwen3VLProcessor(
        image_processor=tf.Qwen2VLImageProcessor(min_pixels=28 * 28, max_pixels=84 * 84),
        tokenizer=words,
        video_processor=tf.Qwen3VLVideoProcessor(),
        chat_template=words.chat_template,
    )
    return tf.AutoModelForImageTextToText.from_config(config), processor


def _llava(side: int = 28, patch: int = 14) -> tuple[Any, ...]:
    words = tokenizer()
    words.chat_template = CHAT.replace("IMAGE", "<|image_pad|>")
    config = tf.LlavaConfig(
        vision_config=tf.CLIPVisionConfig(
            **sizes(image_size=side, patch_size=patch, projection_dim=32, initializer_range=0.2)
        ),
        text_config=tf.Qwen2Config(**_text_sizes(words)),
        image_token_index=words.convert_tokens_to_ids("<|image_pad|>"),
        image_seq_length=(side // patch) ** 2,
        vision_feature_select_strategy="default",
    )
    size = {"height": side, "width": side}
    processor = tf.LlavaProcessor(
        image_processor=tf.CLIPImageProcessorPil(size={"shortest_edge": side}, crop_size=size),
        tokenizer=words,
        patch_size=patch,
        vision_feature_select_strategy="default",
        image_token="<|image_pad|>",
        num_additional_image_tokens=1,
        chat_template=words.chat_template,
    )
    return tf.AutoModelForImageTextToText.from_config(config), processor
