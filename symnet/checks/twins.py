"""Layers in torch: those of ``torch.nn``, and a few that it does not have. No formula of `symnet.counts` is used here.

A twin takes what arrives and, if the layer names earlier layers, what left those. Each module's ``weight`` and ``bias``
tensors are its parameters; `connected` tells which modules make connections.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import nn
from torch.nn import functional

from symnet.errors import NotSupported


class Positions(nn.Module):
    """x + W, with a row of W for each place; only the first T are used."""

    def __init__(self, positions: int, features: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(positions, features))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.weight[: x.shape[1]]


class ClassToken(nn.Module):
    """One learned token before the others."""

    def __init__(self, features: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(features))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.cat([self.weight.expand(x.shape[0], 1, -1), x], dim=1)


class ToTokens(nn.Module):
    """(c, h, w) as (h·w, c)."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.flatten(2).transpose(1, 2)


class FirstToken(nn.Module):
    """(T, n) to its first row."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x[:, 0]


class MeanOfTokens(nn.Module):
    """(T, n) to the mean of its rows."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.mean(dim=1)


class Attention(nn.Module):
    """softmax(Q Kᵀ/√e) V from (Q, K, V) side by side, by torch's own kernel."""

    def __init__(self, heads: int, kv_heads: int, causal: int) -> None:
        super().__init__()
        self.heads, self.kv_heads, self.causal = heads, kv_heads, bool(causal)

    def split(self, x: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """Queries, keys and values as (batch, heads, tokens, e), a key for each query."""
        batch, tokens, width = x.shape
        e = width // (self.heads + 2 * self.kv_heads)
        q, k, v = x.split([self.heads * e, self.kv_heads * e, self.kv_heads * e], dim=2)
        q, k, v = (part.reshape(batch, tokens, -1, e).transpose(1, 2) for part in (q, k, v))
        each = self.heads // self.kv_heads
        return q, k.repeat_interleave(each, dim=1), v.repeat_interleave(each, dim=1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        q, k, v = self.split(x)
        out = functional.scaled_dot_product_attention(q, k, v, is_causal=self.causal)
        return out.transpose(1, 2).flatten(2)

    def connections(self, ones: torch.Tensor) -> torch.Tensor:
        """Sum of Q Kᵀ, plus sum of its nonzero pattern times V: on ones, each product is one multiply-add."""
        q, k, v = self.split(ones)
        scores = q @ k.transpose(2, 3)
        kept = torch.ones_like(scores).tril() if self.causal else torch.ones_like(scores)
        return torch.stack([(scores * kept).sum(), (kept @ v).sum()])


class Sum(nn.Module):
    """Entry by entry."""

    def forward(self, x: torch.Tensor, *others: torch.Tensor) -> torch.Tensor:
        for other in others:
            _same(x, other)
            x = x + other
        return x


class Product(nn.Module):
    """Entry by entry."""

    def forward(self, x: torch.Tensor, *others: torch.Tensor) -> torch.Tensor:
        for other in others:
            _same(x, other)
            x = x * other
        return x


class Other(nn.Module):
    """What left the named layer."""

    def forward(self, x: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
        return other


class Concat(nn.Module):
    """The others, then what arrives, along an axis of one example."""

    def __init__(self, axis: int) -> None:
        super().__init__()
        self.axis = axis

    def forward(self, x: torch.Tensor, *others: torch.Tensor) -> torch.Tensor:
        return torch.cat([*others, x], dim=self.axis + 1 if self.axis >= 0 else self.axis)


def _same(x: torch.Tensor, other: torch.Tensor) -> None:
    if x.shape != other.shape:  # torch would broadcast
        raise ValueError(f"shapes {tuple(x.shape)} and {tuple(other.shape)} differ")


OWN = {kind.__name__: kind for kind in
       (Positions, ClassToken, ToTokens, FirstToken, MeanOfTokens, Attention, Sum, Product, Other, Concat)}  # fmt: skip
RECURRENT = (nn.RNN, nn.GRU, nn.LSTM)
TRANSPOSED = (nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d)
CONVOLUTIONS = (nn.Conv1d, nn.Conv2d, nn.Conv3d, *TRANSPOSED)
CONNECTED = (*CONVOLUTIONS, nn.Linear, Attention, *RECURRENT)


def twin(name: str, layer: Any, x: torch.Tensor) -> nn.Module:
    """The layer's twin for an input like ``x``, on the meta device, at test time."""
    if (record := layer.rule.torch) is None:
        raise NotSupported(f"layer {name!r}: {type(layer).__name__} has no torch twin; add one to its record")
    arriving = {"channels": x.shape[1], "features": x[0].numel(), "width": x.shape[-1]}
    kind = OWN.get(record.module) or getattr(nn, record.module)
    with torch.device("meta"):
        module = kind(**{key: _argument(value, layer, arriving) for key, value in record.arguments.items()})
    return module.eval().double()


def _argument(value: Any, layer: Any, arriving: Mapping[str, int]) -> Any:
    if callable(value):
        return value(layer)
    if isinstance(value, int):
        return value
    return arriving[value] if value in arriving else getattr(layer, value)


def run(module: nn.Module, x: torch.Tensor, others: Sequence[torch.Tensor] = ()) -> torch.Tensor:
    """What leaves the module; of a recurrent one the outputs of all steps."""
    if isinstance(module, nn.Embedding):
        x = x.long()
    return module(x.transpose(0, 1))[0].transpose(0, 1) if isinstance(module, RECURRENT) else module(x, *others)
