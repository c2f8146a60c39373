"""The usual way to train InstructPix2Pix: images are decoded and encoded at every step, texts too.

What `train_speed.py` compares with; written for it, after what the recipes of the public have in common.
"""

from functools import partial
from typing import Any


def train(
    model: str, data: str, batch_size: int, learning_rate: float, dropped: float, precision: str
) -> None:
    """Train all weights of a U-Net, until something is raised.

    Args:
        model: Folder of a Stable Diffusion pipeline; its U-Net is given the channels of an image.
        data: Folder with `train.parquet`: `input_image`, `edit_prompt`, `edited_image`.
        batch_size: Examples a step.
        learning_rate: Of AdamW.
        dropped: Share of the examples without a text, without an image, without both.
        precision: Type of the computation, as accelerate names it.
    """
    import torch
    from accelerate import Accelerator
    from datasets import load_dataset
    from diffusers import StableDiffusionPipeline

    from hf_unsafe2safe.training.objectives.eight_channels import as_instruct_pix2pix

    accelerator = Accelerator(mixed_precision=precision)
    dtype = torch.bfloat16 if precision == "bf16" else torch.float32
    pipe = as_instruct_pix2pix(StableDiffusionPipeline.from_pretrained(model))
    for part in (pipe.vae, pipe.text_encoder):
        part.requires_grad_(False).to(accelerator.device, dtype)
    unet = pipe.unet.requires_grad_(True).train()
    optimizer = torch.optim.AdamW(unet.parameters(), lr=learning_rate, weight_decay=0.01)
    rows = load_dataset("parquet", data_dir=data, split="train")
    together = partial(as_tensors, pipe.tokenizer)
    loader = torch.utils.data.DataLoader(rows, batch_size, shuffle=True, drop_last=True, collate_fn=together)
    unet, optimizer, loader = accelerator.prepare(unet, optimizer, loader)
    nothing = encoded_text(pipe, together([{**rows[0], "edit_prompt": ""}])["text"].to(accelerator.device))
    while True:
        for batch in loader:
            accelerator.backward(loss_of(pipe, unet, batch, nothing, dropped))
            accelerator.clip_grad_norm_(unet.parameters(), 1.0)
            optimizer.step()
            optimizer.zero_grad()


def loss_of(pipe: Any, unet: Any, batch: dict[str, Any], nothing: Any, dropped: float) -> Any:
    """Return the loss of a batch of pictures and texts: a scalar."""
    import torch

    with torch.no_grad():
        scale = pipe.vae.config.scaling_factor
        target = pipe.vae.encode(batch["edited"].to(pipe.vae.dtype)).latent_dist.sample() * scale
        image = pipe.vae.encode(batch["original"].to(pipe.vae.dtype)).latent_dist.mode()
        said = encoded_text(pipe, batch["text"])
    noise, many = torch.randn_like(target), len(target)
    steps = torch.randint(0, pipe.scheduler.config.num_train_timesteps, (many,), device=target.device)
    chance = torch.rand(many, 1, 1, device=target.device)
    said = torch.where(chance < 2 * dropped, nothing, said)
    kept = (chance < dropped) | (chance >= 3 * dropped)
    inputs = torch.cat([pipe.scheduler.add_noise(target, noise, steps), image * kept[..., None]], dim=1)
    output = unet(inputs, steps, said, return_dict=False)[0]
    return torch.nn.functional.mse_loss(output.float(), noise.float())


def encoded_text(pipe: Any, tokens: Any) -> Any:
    """Return what the text encoder says of tokens (n, 77): (n, 77, d)."""
    return pipe.text_encoder(tokens)[0]


def as_tensors(tokenizer: Any, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Return rows as pictures (n, 3, side, side) in [-1, 1] and tokens (n, 77)."""
    import numpy as np
    import torch

    def pictures(name: str) -> Any:
        pixels = np.stack([np.asarray(row[name].convert("RGB")) for row in rows])
        return torch.from_numpy(pixels).permute(0, 3, 1, 2).float() / 127.5 - 1

    texts = [row["edit_prompt"] for row in rows]
    tokens = tokenizer(texts, padding="max_length", truncation=True, return_tensors="pt").input_ids
    return {"original": pictures("input_image"), "edited": pictures("edited_image"), "text": tokens}
