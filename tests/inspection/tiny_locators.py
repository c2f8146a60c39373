"""Tiny detectors and a segmenter with random weights, saved to be loaded by the real code."""

from functools import cache
from pathlib import Path
from typing import Any

import torch

from tests.tiny_models import save, sizes, tf

LETTERS = "abcdefghijklmnopqrstuvwxyz"


@cache
def tiny_grounding_dino() -> Path:
    """Return the folder of a Grounding DINO that looks 8 times."""
    return save("grounding-dino", _grounding_dino)


@cache
def tiny_owl() -> Path:
    """Return the folder of an OWLv2 that looks at 16 patches."""
    return save("owlv2", _owl)


@cache
def tiny_sam() -> Path:
    """Return the folder of a SAM 2 of 64 pixels."""
    return save("sam2", _sam)


def _grounding_dino() -> tuple[Any, ...]:
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", ".", "?", *LETTERS, *(f"##{letter}" for letter in LETTERS)]
    vocab = {word: i for i, word in enumerate(words)}
    two = {"num_attention_heads": 2, "intermediate_size": 32, "num_hidden_layers": 1, "hidden_size": 32}
    config = tf.GroundingDinoConfig(
        backbone_config=tf.SwinConfig(
            image_size=64,
            embed_dim=8,
            depths=[1, 1, 1, 1],
            num_heads=[1, 1, 2, 2],
            window_size=2,
            out_features=["stage2", "stage3", "stage4"],
        ),
        text_config=tf.BertConfig(vocab_size=len(vocab), **two),
        num_queries=8,
        d_model=32,
        encoder_layers=1,
        decoder_layers=2,
        encoder_attention_heads=2,
        decoder_attention_heads=2,
        encoder_ffn_dim=32,
        decoder_ffn_dim=32,
    )
    images = tf.GroundingDinoImageProcessorPil(size={"shortest_edge": 64, "longest_edge": 96})
    processor = tf.GroundingDinoProcessor(images, tf.BertTokenizer(vocab=vocab))
    return tf.GroundingDinoForObjectDetection(config), processor


def _owl() -> tuple[Any, ...]:
    letters = ["!", "<|startoftext|>", "<|endoftext|>", *LETTERS, *(f"{letter}</w>" for letter in LETTERS)]
    vocab = {letter: i for i, letter in enumerate(letters)}
    words = tf.CLIPTokenizer(vocab=vocab, merges=[], model_max_length=16)
    ends = {"bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 0}  # 0 at the start is no phrase
    config = tf.Owlv2Config(
        text_config={**sizes(), **ends, "vocab_size": len(words), "max_position_embeddings": 16},
        vision_config={**sizes(), "image_size": 64, "patch_size": 16},
        projection_dim=32,
    )
    images = tf.Owlv2ImageProcessorPil(size={"height": 64, "width": 64})
    model = tf.Owlv2ForObjectDetection(config)
    torch.nn.init.constant_(model.class_head.logit_shift.bias, 3)  # untrained, it is sure of nothing
    return model, tf.Owlv2Processor(images, words)


def _sam() -> tuple[Any, ...]:
    backbone = tf.Sam2HieraDetConfig(
        image_size=[64, 64],
        hidden_size=8,
        blocks_per_stage=[1, 1, 1, 1],
        embed_dim_per_stage=[8, 16, 32, 64],
        num_attention_heads_per_stage=[1, 1, 2, 2],
        window_size_per_stage=[4, 4, 4, 2],
        window_positional_embedding_background_size=[2, 2],
        global_attention_blocks=[],
    )
    config = tf.Sam2Config(
        vision_config=tf.Sam2VisionConfig(
            backbone_config=backbone,
            backbone_channel_list=[64, 32, 16, 8],
            backbone_feature_sizes=[[16, 16], [8, 8], [4, 4]],
            fpn_hidden_size=32,
        ),
        prompt_encoder_config={"hidden_size": 32, "image_size": 64, "patch_size": 16},
        mask_decoder_config={
            "hidden_size": 32,
            "mlp_dim": 32,
            "num_attention_heads": 2,
            "iou_head_hidden_dim": 32,
            "attention_downsample_rate": 2,
        },
    )
    images = tf.Sam2ImageProcessor(size={"height": 64, "width": 64})
    return tf.Sam2Model(config), tf.Sam2Processor(images)
