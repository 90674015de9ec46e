"""The words in which a layer's record is written: letters, and what a rule says.

c, h, w      channels, height and width of what arrives        o, m    sides of what leaves a convolution, a pool
k, s, p, g   kernel, stride, padding, groups                   q, t, r    the kernel, stride and padding of a pool
n            features of a vector                              a, b    the sides that an adaptive pool is asked for

A formula is the tuple of its factors, (k_h, k_w, c_in / g, c_out), so that it can be printed factor by factor. The
letters of a pair, k_h and k_w, are both written k where their values agree.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, NamedTuple, Protocol, TypeAlias

import sympy as sp

from symnet.counts.formulas import Windows
from symnet.counts.sizes import letter

Factors: TypeAlias = tuple[Any, ...]
Words: TypeAlias = tuple[Any, ...]  # prose in which letters and tuples of factors stand for mathematics

MEANING = {
    letter(name): meaning
    for name, meaning in {
        "c_in": "input channels", "h": "height", "w": "width",
        "c_out": "output channels", "o_h": "output height", "o_w": "output width",
        "k_h": "kernel height", "k_w": "kernel width", "s_h": "vertical stride", "s_w": "horizontal stride",
        "p_h": "vertical padding", "p_w": "horizontal padding", "g": "groups",
        "d_h": "vertical dilation", "d_w": "horizontal dilation",
        "q_h": "pooling height", "q_w": "pooling width",
        "r_h": "vertical pool padding", "r_w": "horizontal pool padding",
        "t_h": "vertical pool stride", "t_w": "horizontal pool stride", "m_h": "pooled height", "m_w": "pooled width",
        "a_h": "adaptive output height", "a_w": "adaptive output width",
        "n_in": "input features", "n_out": "output features", "l": "channels normalised together",
        "k": "kernel side", "s": "stride", "p": "padding", "d": "dilation", "o": "output side",
        "q": "pooling side", "t": "pool stride", "r": "pool padding", "m": "pooled side", "a": "adaptive output side",
    }.items()
}  # fmt: skip
BOUNDS_ZERO = {letter(name) for name in ("p_h", "p_w", "r_h", "r_w")}  # these sizes may be 0


class When(NamedTuple):
    """Words that are said only where a letter is not 1: no convolution is "in 1 groups"."""

    unless_one: sp.Symbol
    words: Words


class Fit(NamedTuple):
    """``small <= large``, or the layer cannot be built; ``words`` say so, with a place for each number."""

    small: sp.Expr
    large: sp.Expr
    words: str


@dataclass(frozen=True)
class Twin:
    """The same layer in torch.

    module      a name in ``torch.nn``
    arguments   keyword -> field of the layer, or a number; "channels" and "features" are those of what arrives
    flatten     it takes vectors, so a map is flattened before it
    """

    module: str
    arguments: Mapping[str, str | int] = field(default_factory=dict)
    flatten: bool = False


@dataclass(frozen=True)
class Rule:
    """Everything that is known about one kind of layer.

    noun          what a reader calls it
    fields        field of the layer -> its letters, two for a pair (vertical, horizontal)
    enters        it is what enters the network: it comes first
    sees          letters of the shape that arrives: (c_in, h, w) or (n_in,); empty: any shape
    output        the shape that leaves, in letters; None: the shape that arrived
    gives         letters for the shape that leaves, for use in the formulas below
    neurons       its outputs count as units of the network (in the paper's table those of pooling layers do not)
    weights, biases, connections     factors; empty: none
    whole         pairs (numerator, denominator) whose quotient must be an integer
    fits          inequalities between sizes
    reasons       quantity -> why, for the reader of the report
    torch         the twin in torch
    example       a small layer and the shape it is given, on which tests compare the record with its twin
    """

    noun: str
    fields: Mapping[str, tuple[sp.Symbol, ...]] = field(default_factory=dict)
    enters: bool = False
    sees: tuple[sp.Symbol, ...] = ()
    output: tuple[sp.Expr | Windows, ...] | None = None
    gives: tuple[sp.Symbol, ...] = ()
    neurons: bool = False
    weights: Factors = ()
    biases: Factors = ()
    connections: Factors = ()
    whole: tuple[tuple[sp.Expr, sp.Expr], ...] = ()
    fits: tuple[Fit, ...] = ()
    reasons: Mapping[str, Words] = field(default_factory=dict)
    torch: Twin | None = None
    example: tuple[Mapping[str, Any], tuple[int, ...]] = field(default_factory=lambda: ({}, (4, 6, 5)))


class Layer(Protocol):
    """Any layer: a frozen dataclass of sizes whose class carries its rule."""

    rule: ClassVar[Rule]
