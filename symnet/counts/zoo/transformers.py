"""Transformers: blocks of attention and of two or three linear maps, each added to what entered it.

T   tokens        n   features of a token        A, G   heads of queries, of keys and values
``symbolic=True`` makes tokens (for images the resolution) and width letters; heads keep their number.
"""

from typing import Any

from symnet.counts.architecture import Architecture
from symnet.counts.layers import (
    GELU,
    Add,
    Attention,
    CausalAttention,
    ClassToken,
    Conv,
    Embedding,
    FirstToken,
    From,
    Input,
    InputSequence,
    InputWords,
    LayerNorm,
    Linear,
    Multiply,
    PositionEmbedding,
    Projection,
    RMSNorm,
    SiLU,
    ToTokens,
)
from symnet.counts.sizes import Size, size

Lines = list[tuple[Any, ...]]


def vit_b16(symbolic: bool = False, resolution: int = 224, classes: Size = 1000) -> Architecture:
    """ViT-B/16 (Dosovitskiy et al. 2021): patches of 16 × 16 as tokens, a class token, 12 blocks. Letter: width n."""
    width = size("n" if symbolic else 768, "width")
    layers: Lines = [
        ("input", Input(3, resolution, resolution)),
        ("patches", Conv(width, 16, stride=16)),
        ("tokens", ToTokens()),
        ("class_token", ClassToken()),
        ("positions", PositionEmbedding((resolution // 16) ** 2 + 1)),
    ]
    for i in range(12):
        layers += _block(f"block{i}", layers[-1][0], width, heads=12, attention=Attention)
    return Architecture("ViT-B/16", [
        *layers, ("norm", LayerNorm()), ("first", FirstToken()), ("head", Linear(classes)),
    ])  # fmt: skip


def gpt2_small(symbolic: bool = False, tokens: Size = 256, causal: bool = False) -> Architecture:
    """GPT-2 small (Radford et al. 2019): 12 blocks; the head shares the word table. Letters: tokens T, width n.

    ``causal=True`` counts only the pairs that the mask leaves, T(T + 1)/2; without, the dense product that is computed.
    """
    count, width = size("T" if symbolic else tokens, "tokens"), size("n" if symbolic else 768, "width")
    layers: Lines = [
        ("input", InputWords(count)),
        ("words", Embedding(50257, width)),
        ("positions", PositionEmbedding(1024)),
    ]
    for i in range(12):
        layers += _block(
            f"block{i}", layers[-1][0], width, heads=12, attention=CausalAttention if causal else Attention
        )
    return Architecture("GPT-2 small", [
        *layers, ("norm", LayerNorm()), ("head", Projection(50257, bias=False, tied="words")),
    ])  # fmt: skip


def _block(name: str, entering: str, width: Any, heads: int, attention: Any) -> Lines:
    return [
        (f"{name}.norm1", LayerNorm()),
        (f"{name}.qkv", Projection(3 * width)),
        (f"{name}.attention", attention(heads)),
        (f"{name}.out", Projection(width)),
        (f"{name}.add1", Add(entering)),
        (f"{name}.norm2", LayerNorm()),
        (f"{name}.up", Projection(4 * width), GELU()),
        (f"{name}.down", Projection(width)),
        (f"{name}.add2", Add(f"{name}.add1")),
    ]


def llama_block(
    symbolic: bool = False,
    tokens: Size = 2048,
    width: Size = 4096,
    heads: int = 32,
    kv_heads: int = 8,
    hidden: Size = 14336,
) -> Architecture:
    """One block of Llama 3 8B: grouped-query attention, a gated pair of linear maps, root-mean-square norms, no biases.

    Letters: tokens T, width n, hidden features f. Rotary positions have no weights and are left out.
    """
    if symbolic:
        tokens, width, hidden = "T", "n", "f"
    T, n, f = size(tokens, "tokens"), size(width, "width"), size(hidden, "hidden")
    return Architecture("Llama block", [
        ("input", InputSequence(T, n)),
        ("norm1", RMSNorm()),
        ("qkv", Projection((heads + 2 * kv_heads) * n // heads if isinstance(n, int) else
                           (heads + 2 * kv_heads) * n / heads, bias=False)),
        ("attention", Attention(heads, kv_heads)),
        ("out", Projection(n, bias=False)),
        ("add1", Add("input")),
        ("norm2", RMSNorm()),
        ("gate", Projection(f, bias=False), SiLU()),
        ("to_up", From("norm2")),
        ("up", Projection(f, bias=False)),
        ("gated", Multiply("gate_silu")),
        ("down", Projection(n, bias=False)),
        ("add2", Add("add1")),
    ])  # fmt: skip
