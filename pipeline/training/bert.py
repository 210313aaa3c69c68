"""A BERT encoder in plain torch, which can start from a middle layer.

Starting from a middle layer is what makes training affordable on two cores: the states after the frozen layers are
computed once per passage and kept.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from torch.nn import functional


class Layer(nn.Module):  # type: ignore[misc]
    """Self-attention and feed-forward with residuals and layer norms after them (as in BERT)."""

    def __init__(self, width: int, inner: int, heads: int, epsilon: float) -> None:
        super().__init__()
        self.heads = heads
        self.query, self.key, self.value, self.mix = (nn.Linear(width, width) for _ in range(4))
        self.up, self.down = nn.Linear(width, inner), nn.Linear(inner, width)
        self.first_norm, self.second_norm = nn.LayerNorm(width, epsilon), nn.LayerNorm(width, epsilon)
        self.dropout = nn.Dropout(0.1)

    def forward(self, states: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
        count, length, width = states.shape
        shape = (count, length, self.heads, width // self.heads)
        query, key, value = (part(states).view(shape).transpose(1, 2) for part in (self.query, self.key, self.value))
        weights = torch.softmax(query @ key.transpose(2, 3) / (width // self.heads) ** 0.5 + bias, dim=-1)
        mixed = (weights @ value).transpose(1, 2).reshape(count, length, width)
        states = self.first_norm(states + self.dropout(self.mix(mixed)))
        fed: torch.Tensor = self.down(functional.gelu(self.up(states)))
        normed: torch.Tensor = self.second_norm(states + self.dropout(fed))
        return normed


class Bert(nn.Module):  # type: ignore[misc]
    """`lower` gives the states after the first `frozen` layers, `upper` goes on from there."""

    def __init__(self, config: dict[str, Any], *, frozen: int = 0) -> None:
        super().__init__()
        width, epsilon = config["hidden_size"], config["layer_norm_eps"]
        self.width, self.frozen = width, frozen
        self.words = nn.Embedding(config["vocab_size"], width, padding_idx=0)
        self.positions = nn.Embedding(config["max_position_embeddings"], width)
        self.norm = nn.LayerNorm(width, epsilon)
        self.layers = nn.ModuleList(
            Layer(width, config["intermediate_size"], config["num_attention_heads"], epsilon)
            for _ in range(config["num_hidden_layers"])
        )

    def lower(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        states: torch.Tensor = self.norm(self.words(ids) + self.positions.weight[: ids.shape[1]])
        bias = self.bias(mask)
        for layer in self.layers[: self.frozen]:
            states = layer(states, bias)
        return states

    def upper(self, states: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        bias = self.bias(mask)
        for layer in self.layers[self.frozen :]:
            states = layer(states, bias)
        return states

    @staticmethod
    def bias(mask: torch.Tensor) -> torch.Tensor:
        return (1.0 - mask[:, None, None, :].to(torch.float32)) * -1e4
