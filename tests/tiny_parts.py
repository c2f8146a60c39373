"""The parts of tiny pipelines: what reads a text, what paints, what makes pictures of latents."""

import json
from typing import Any

import torch

from tests import tiny_models

# After tiny_models, which makes torchvision importable.
import diffusers as df  # isort: skip
import transformers as tf  # isort: skip
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers  # isort: skip

SIDE = 32  # pixels of a square that they were "made for"


def clip_words() -> Any:
    """Return a tokenizer of CLIP, which knows every byte."""
    bpe = Tokenizer(models.BPE(end_of_word_suffix="</w>"))
    bpe.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bpe.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=600,
        special_tokens=["<|startoftext|>", "<|endoftext|>"],
        show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        end_of_word_suffix="</w>",
    )
    bpe.train_from_iterator(tiny_models.WORDS, trainer)
    learnt = json.loads(bpe.to_str())["model"]
    merges = [tuple(m) if isinstance(m, list) else tuple(m.split(" ")) for m in learnt["merges"]]
    # Every byte also as the end of a word, as CLIP has it.
    vocab = dict(learnt["vocab"])
    for letter in sorted(pre_tokenizers.ByteLevel.alphabet()):
        vocab.setdefault(f"{letter}</w>", len(vocab))
    return tf.CLIPTokenizer(vocab=vocab, merges=merges, model_max_length=77)


def clip_text(words: Any, kind: Any = tf.CLIPTextModel) -> Any:
    """Return a reader of CLIP."""
    return kind(
        tf.CLIPTextConfig(
            **tiny_models.sizes(vocab_size=len(words), projection_dim=32, initializer_range=0.4),
            bos_token_id=words.bos_token_id,
            eos_token_id=words.eos_token_id,
            pad_token_id=words.pad_token_id,
        )
    ).eval()


def t5_words() -> Any:
    """Return a tokenizer of T5."""
    unigram = Tokenizer(models.Unigram())
    unigram.pre_tokenizer = pre_tokenizers.Metaspace()
    trainer = trainers.UnigramTrainer(
        vocab_size=120, special_tokens=["<pad>", "</s>", "<unk>"], unk_token="<unk>", show_progress=False
    )
    letters = [" ".join("abcdefghijklmnopqrstuvwxyz.,")]  # each is known
    unigram.train_from_iterator(tiny_models.WORDS + letters, trainer)
    vocab = json.loads(unigram.to_str())["model"]["vocab"]
    return tf.T5Tokenizer(vocab=[tuple(piece) for piece in vocab], extra_ids=0, model_max_length=512)


def t5(words: Any, width: int = 32) -> Any:
    """Return a reader of T5."""
    config = tf.T5Config(
        vocab_size=len(words),
        d_model=width,
        d_kv=8,
        d_ff=37,
        num_layers=2,
        num_heads=4,
        feed_forward_proj="gated-gelu",
        pad_token_id=0,
        eos_token_id=1,
    )
    return tf.T5EncoderModel(config).eval()


def vae(latent: int = 4, blocks: tuple[int, ...] = (16, 32), **more: Any) -> Any:
    """Return an autoencoder."""
    return df.AutoencoderKL(
        latent_channels=latent,
        sample_size=SIDE,
        norm_num_groups=8,
        block_out_channels=blocks,
        down_block_types=("DownEncoderBlock2D",) * len(blocks),
        up_block_types=("UpDecoderBlock2D",) * len(blocks),
        **more,
    ).eval()


def unet(channels: int, **more: Any) -> Any:
    """Return a U-Net of Stable Diffusion."""
    settings = {"cross_attention_dim": 32, "attention_head_dim": 8, **more}
    return df.UNet2DConditionModel(
        sample_size=SIDE // 2,
        in_channels=channels,
        out_channels=4,
        layers_per_block=1,
        block_out_channels=(16, 32),
        norm_num_groups=8,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        **settings,
    ).eval()


def xl_unet(channels: int) -> Any:
    """Return a U-Net of SDXL."""
    return unet(
        channels,
        cross_attention_dim=64,
        attention_head_dim=(2, 4),
        use_linear_projection=True,
        addition_embed_type="text_time",
        addition_time_embed_dim=8,
        transformer_layers_per_block=(1, 1),
        projection_class_embeddings_input_dim=6 * 8 + 32,
    )


def checker() -> dict[str, Any]:
    """Return a safety checker that blocks nothing, and what it needs."""
    vision = tf.CLIPVisionConfig(**tiny_models.sizes(image_size=28, patch_size=14, projection_dim=32))
    config = tf.CLIPConfig(
        text_config=tf.CLIPTextConfig(**tiny_models.sizes()).to_dict(),
        vision_config=vision.to_dict(),
        projection_dim=32,
    )
    module = df.pipelines.stable_diffusion.safety_checker.StableDiffusionSafetyChecker(config)
    with torch.no_grad():  # every threshold is out of reach: nothing is blocked
        module.concept_embeds_weights.fill_(2.0)
        module.special_care_embeds_weights.fill_(2.0)
    size = {"height": 28, "width": 28}
    return {
        "safety_checker": module.eval(),
        "feature_extractor": tf.CLIPImageProcessor(size={"shortest_edge": 28}, crop_size=size),
    }
