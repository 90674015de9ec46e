"""Transformers: blocks of attention and of two or three linear maps, each added to what entered it.

T   tokens        n   features of a token        f   hidden features        A, G   heads of queries, of keys and values
v   words         P   places in the table of positions        k   side of a patch

``symbolic=True`` makes every size a letter; blocks share theirs, since each adds to what the one before it left.
"""

from typing import Any

import sympy as sp

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
from symnet.counts.sizes import Size
from symnet.counts.zoo.letters import Sizes

Lines = list[tuple[Any, ...]]


def vit_b16(symbolic: bool = False, resolution: Size = 224, classes: Size = 1000) -> Architecture:
    """ViT-B/16 (Dosovitskiy et al. 2021): patches of 16 × 16 as tokens, a class token, 12 blocks.

    Letters: H, k, n, f, A, P, and m classes.
    """
    sizes = Sizes(symbolic)
    H, k, n = sizes("H", resolution), sizes("k", 16), sizes("n", 768)
    places = sizes("P", (resolution // 16) ** 2 + 1) if isinstance(resolution, int) else "P"
    layers: Lines = [
        ("input", Input(sizes("c_0", 3), H, H)),
        ("patches", Conv(n, k, stride=k)),
        ("tokens", ToTokens()),
        ("class_token", ClassToken()),
        ("positions", PositionEmbedding(places)),
    ]
    for i in range(12):
        layers += _block(f"block{i}", layers[-1][0], n, sizes("f", 3072), Attention(sizes("A", 12)))
    return Architecture("ViT-B/16", [
        *layers, ("norm", LayerNorm()), ("first", FirstToken()), ("head", Linear(sizes("m", classes))),
    ], sizes.numbers)  # fmt: skip


def gpt2_small(symbolic: bool = False, tokens: Size = 256, causal: bool = False) -> Architecture:
    """GPT-2 small (Radford et al. 2019): 12 blocks; the head shares the word table. Letters: T, v, P, n, f, A.

    ``causal=True`` counts only the pairs that the mask leaves, T(T + 1)/2; without, the dense product that is computed.
    """
    sizes = Sizes(symbolic)
    n, f, v = sizes("n", 768), sizes("f", 3072), sizes("v", 50257)
    attention = (CausalAttention if causal else Attention)(sizes("A", 12))
    layers: Lines = [
        ("input", InputWords(sizes("T", tokens))),
        ("words", Embedding(v, n)),
        ("positions", PositionEmbedding(sizes("P", 1024))),
    ]
    for i in range(12):
        layers += _block(f"block{i}", layers[-1][0], n, f, attention)
    return Architecture("GPT-2 small", [
        *layers, ("norm", LayerNorm()), ("head", Projection(v, bias=False, tied="words")),
    ], sizes.numbers)  # fmt: skip


def _block(name: str, entering: str, width: Any, hidden: Any, attention: Any) -> Lines:
    return [
        (f"{name}.norm1", LayerNorm()),
        (f"{name}.qkv", Projection(3 * width)),
        (f"{name}.attention", attention),
        (f"{name}.out", Projection(width)),
        (f"{name}.add1", Add(entering)),
        (f"{name}.norm2", LayerNorm()),
        (f"{name}.up", Projection(hidden), GELU()),
        (f"{name}.down", Projection(width)),
        (f"{name}.add2", Add(f"{name}.add1")),
    ]


def llama_block(
    symbolic: bool = False,
    tokens: Size = 2048,
    width: Size = 4096,
    heads: Size = 32,
    kv_heads: Size = 8,
    hidden: Size = 14336,
) -> Architecture:
    """One block of Llama 3 8B: grouped-query attention, a gated pair of linear maps, root-mean-square norms, no biases.

    Letters: T, n, f, A, G. Rotary positions have no weights and are left out.
    """
    sizes = Sizes(symbolic)
    T, n, f = sizes("T", tokens), sizes("n", width), sizes("f", hidden)
    A, G = sizes("A", heads), sizes("G", kv_heads)
    each = n // A if isinstance(n, int) and isinstance(A, int) else sp.sympify(n, strict=True) / A
    return Architecture("Llama block", [
        ("input", InputSequence(T, n)),
        ("norm1", RMSNorm()),
        ("qkv", Projection((A + 2 * G) * each, bias=False)),
        ("attention", Attention(A, G)),
        ("out", Projection(n, bias=False)),
        ("add1", Add("input")),
        ("norm2", RMSNorm()),
        ("gate", Projection(f, bias=False), SiLU()),
        ("to_up", From("norm2")),
        ("up", Projection(f, bias=False)),
        ("gated", Multiply("gate_silu")),
        ("down", Projection(n, bias=False)),
        ("add2", Add("add1")),
    ], sizes.numbers)  # fmt: skip
