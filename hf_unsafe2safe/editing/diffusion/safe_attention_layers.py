"""Safe Attention, a layer: a second text beside the edit instruction in the cross-attention of a U-Net.

Import this only where torch is needed anyway. A layer adds to what the base editor computes from the edit
instruction (e) what it sees through the public caption (p):

    A_e = softmax(Q K_e^T / sqrt d), A_p = softmax(Q_p K_p^T / sqrt d)             per head and query
    u = concat(A_e, A_p);  z = Conv1d(16 -> 1, k3)(GELU(Conv1d(1 -> 16, k3)(u)))
    A_p' = softmax(last half of z);  out = base(A_e V_e) + gate * W_p(A_p' V_p)

With the gate at 0, as it starts, that is the base editor exactly; W_p and the projections start as the
layer's own.

Source: Unsafe2Safe (arXiv 2603.28605), Safe Attention; the gate and the separate output are ours.
"""

import math
from copy import deepcopy
from typing import Any

import torch
from torch import nn

CHANNELS = 16  # of the fused map
# Queries of all heads fused at once, by device: what fits into the cache of a processor takes a quarter of
# the time; elsewhere, of 160 MB in half types.
ROWS, CPU_ROWS = 2**15, 2**8


class PublicAttention(nn.Module):  # type: ignore[misc]  # torch has no types here
    """What a cross-attention layer sees through the public caption; a processor of diffusers.

    It is given both texts as one, the edit instruction first, each half as long: so the guidance of a
    pipeline drops them as it drops its own text.

    Args:
        attn: The layer, whose weights it starts with.
        source: Where its few random weights come from.
    """

    def __init__(self, attn: Any, source: torch.Generator) -> None:
        super().__init__()
        self.base = attn.processor  # no module: what computes the editor's own part
        self.to_q, self.to_k, self.to_v = deepcopy([attn.to_q, attn.to_k, attn.to_v])
        self.to_out = deepcopy(attn.to_out[0])
        self.widen = _conv(1, CHANNELS, source).to(self.to_q.weight)
        self.narrow = _conv(CHANNELS, 1, source, bias=False).to(self.to_q.weight)  # softmax drops a bias
        self.gate = Gate().to(self.to_q.weight)

    def __call__(
        self,
        attn: Any,
        hidden_states: Any,
        encoder_hidden_states: Any = None,
        attention_mask: Any = None,
        temb: Any = None,
    ) -> Any:
        """Return the output of the layer (n, queries, width).

        Not `forward`: what moves weights around would move the layer, which is an argument here, too.

        Raises:
            ValueError: The texts are not two of one length, or are masked.
        """
        kind = hidden_states.dtype  # new weights are float32 in training, and nothing after them is
        if encoder_hidden_states is None or encoder_hidden_states.shape[1] % 2 or attention_mask is not None:
            raise ValueError("Safe Attention takes the edit instruction and the public caption, joined.")
        instruction, public = (half.contiguous() for half in encoder_hidden_states.chunk(2, dim=1))
        own = self.base(attn, hidden_states, encoder_hidden_states=instruction, temb=temb)
        heads = attn.heads
        of_instruction = _map(attn.to_q(hidden_states), attn.to_k(instruction), heads)
        of_public = _map(self.to_q(hidden_states), self.to_k(public), heads)
        seen = self.fused(of_instruction, of_public) @ _by_head(self.to_v(public), heads)
        return (own + self.gate(self.to_out(seen.transpose(1, 2).flatten(2)))).to(kind)

    def fused(self, of_instruction: Any, of_public: Any) -> Any:
        """Return the public map (n, heads, queries, tokens) after it has seen that of the instruction."""
        rows = torch.cat([of_instruction, of_public], dim=-1).flatten(0, 2).unsqueeze(1)
        at_once = CPU_ROWS if rows.device.type == "cpu" else ROWS
        found = [
            self.narrow(nn.functional.gelu(self.widen(part)))[:, 0, part.shape[-1] // 2 :]
            for part in rows.split(at_once)
        ]
        return torch.cat(found).softmax(-1).view_as(of_public)


class Gate(nn.Module):  # type: ignore[misc]
    """A factor for all that passes, 0 at first."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(1))

    def forward(self, states: Any) -> Any:
        """Return states times the factor."""
        return self.weight * states


def _conv(inputs: int, outputs: int, source: torch.Generator, *, bias: bool = True) -> Any:
    """Return a convolution over tokens, with the weights that torch would draw, from a source of ours."""
    # Drawing nothing from the source of randomness that all share.
    conv = nn.utils.skip_init(nn.Conv1d, inputs, outputs, 3, padding=1, bias=bias)
    for weight in conv.parameters():
        bound = 1 / math.sqrt(3 * inputs)
        nn.init.uniform_(weight, -bound, bound, generator=source)
    return conv


def _by_head(states: Any, heads: int) -> Any:
    """Return (n, heads, length, width of a head) for (n, length, width)."""
    return states.unflatten(-1, (heads, -1)).transpose(1, 2)


def _map(query: Any, key: Any, heads: int) -> Any:
    """Return where each query looks: (n, heads, queries, tokens), each row of sum 1."""
    query, key = _by_head(query, heads), _by_head(key, heads)
    return (query @ key.transpose(-1, -2) / math.sqrt(query.shape[-1])).softmax(-1)
