"""Attention between tokens, from queries, keys and values side by side: what arrives is T × (A + 2G)·e.

A heads of queries, G of keys and values, e features each. Q Kᵀ and its product with V are T·T·e connections for each
head of queries; the linear maps before and after are layers of their own (`Projection`).
"""

from dataclasses import dataclass
from typing import ClassVar

from symnet.counts.records.table import SEQUENCE, T_in, layer, n_in
from symnet.counts.rules import Rule, Twin
from symnet.counts.sizes import Size
from symnet.sizes import letter

A, G = letter("A"), letter("G")
e = n_in / (A + 2 * G)
_REASON = ("for each of ", A, " heads, each of ", T_in, " queries meets ")
_ARGUMENTS = {"heads": "heads", "kv_heads": "kv_heads"}


@layer
class Attention:
    """Every query meets every key: 2·A·T·T·e connections. ``kv_heads`` below ``heads`` is grouped-query attention."""

    heads: Size
    kv_heads: Size | None = None
    rule: ClassVar[Rule] = Rule(
        "attention",
        fields={"heads": (A,), "kv_heads": (G,)},
        sees=SEQUENCE,
        output=(T_in, A * e),
        neurons=True,
        connections=(2, A, T_in, T_in, e),
        whole=((n_in, A + 2 * G), (A, G)),
        operations={"softmax": (A, T_in, T_in)},
        reasons={"connections": (*_REASON, T_in, " keys of ", e, " features, and as many values")},
        torch=Twin("Attention", {**_ARGUMENTS, "causal": 0}),
        example=({"heads": 4, "kv_heads": 2}, (5, 24)),
    )

    def __post_init__(self) -> None:
        if self.kv_heads is None:
            object.__setattr__(self, "kv_heads", self.heads)


@layer
class CausalAttention:
    """A query meets the keys up to its own place: T(T + 1)/2 pairs, half of what a masked dense product computes."""

    heads: Size
    kv_heads: Size | None = None
    rule: ClassVar[Rule] = Rule(
        "causal attention",
        fields={"heads": (A,), "kv_heads": (G,)},
        sees=SEQUENCE,
        output=(T_in, A * e),
        neurons=True,
        connections=(A, T_in, T_in + 1, e),  # 2·A·(T(T + 1)/2)·e
        whole=((n_in, A + 2 * G), (A, G)),
        operations={"softmax": (A, T_in, (T_in + 1) / 2)},
        reasons={"connections": (*_REASON, (T_in + 1) / 2, " keys on average, and as many values, of ", e)},
        torch=Twin("Attention", {**_ARGUMENTS, "causal": 1}),
        example=({"heads": 4, "kv_heads": 2}, (5, 24)),
    )

    def __post_init__(self) -> None:
        if self.kv_heads is None:
            object.__setattr__(self, "kv_heads", self.heads)


S, e_k, e_v = (letter(name) for name in ("S", "e_k", "e_v"))


@dataclass(frozen=True)
class ScaledDotProduct:
    """Attention as a graph shows it: A heads, T queries and S keys of e features, S values of f; for readers."""

    heads: Size
    queries: Size
    keys: Size
    key_features: Size
    value_features: Size
    rule: ClassVar[Rule] = Rule(
        "attention",
        fields={
            "heads": (A,), "queries": (T_in,), "keys": (S,), "key_features": (e_k,), "value_features": (e_v,),
        },
        neurons=True,
        connections=(A, T_in, S, e_k + e_v),
        operations={"softmax": (A, T_in, S)},
        reasons={"connections": (*_REASON, S, " keys of ", e_k, " features, and as many values of ", e_v)},
    )  # fmt: skip


i, m, n = (letter(name) for name in ("i", "m", "n"))


@dataclass(frozen=True)
class MatrixProduct:
    """``products`` products of an m × i with an i × n matrix, neither of them weights; for readers."""

    products: Size
    rows: Size
    inner: Size
    columns: Size
    rule: ClassVar[Rule] = Rule(
        "matrix product",
        fields={"products": (A,), "rows": (m,), "inner": (i,), "columns": (n,)},
        neurons=True,
        connections=(A, m, i, n),
        reasons={"connections": ("each of ", (A, m, n), " entries is a sum of ", i, " products")},
    )
