"""The words in which a layer's record is written: letters, and what a rule says.

c, h, w      channels, height and width of what arrives        o, m    sides of what leaves a convolution, a pool
k, s, p, g   kernel, stride, padding, groups                   q, t, r    the kernel, stride and padding of a pool
n            features of a vector or token                     a, b    the sides that an adaptive pool is asked for
T            tokens, or steps in time                          A, G    heads of queries, of keys and values

A formula is the tuple of its factors, (k_h, k_w, c_in / g, c_out), so that it can be printed factor by factor. The
letters of a pair, k_h and k_w, are both written k where their values agree.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, NamedTuple, Protocol, TypeAlias

import sympy as sp

from symnet.counts.formulas import Windows
from symnet.derivation import Relation
from symnet.sizes import letter

Factors: TypeAlias = tuple[Any, ...]
Words: TypeAlias = tuple[Any, ...]  # prose in which letters and tuples of factors stand for mathematics
Shape: TypeAlias = tuple[Any, ...]

MEANING = {
    letter(name): meaning
    for name, meaning in {
        "c_in": "input channels", "z": "depth", "h": "height", "w": "width", "l": "length",
        "c_out": "output channels", "o_z": "output depth", "o_h": "output height", "o_w": "output width",
        "k_z": "kernel depth", "k_h": "kernel height", "k_w": "kernel width",
        "s_z": "stride in depth", "s_h": "vertical stride", "s_w": "horizontal stride",
        "p_z": "padding in depth", "p_h": "vertical padding", "p_w": "horizontal padding", "g": "groups",
        "d_z": "dilation in depth", "d_h": "vertical dilation", "d_w": "horizontal dilation",
        "e_h": "vertical output padding", "e_w": "horizontal output padding", "e": "output padding",
        "q_h": "pooling height", "q_w": "pooling width",
        "r_h": "vertical pool padding", "r_w": "horizontal pool padding",
        "t_h": "vertical pool stride", "t_w": "horizontal pool stride", "m_h": "pooled height", "m_w": "pooled width",
        "a_h": "adaptive output height", "a_w": "adaptive output width",
        "n_in": "input features", "n_out": "output features", "j": "channels normalised together",
        "k": "kernel side", "s": "stride", "p": "padding", "d": "dilation", "o": "output side",
        "q": "pooling side", "t": "pool stride", "r": "pool padding", "m": "pooled side", "a": "adaptive output side",
        "T": "tokens", "v": "words in the vocabulary", "A": "heads", "G": "key and value heads",
        "P": "places or elements", "S": "keys", "e_k": "features of a key", "e_v": "features of a value",
        "i": "inner side", "n": "columns", "X": "connections",
        "L": "stacked layers", "D": "directions",
        "f": "projected features", "n_1": "features of the first", "n_2": "features of the second",
        "e_z": "output padding in depth",
    }.items()
}  # fmt: skip
BOUNDS_ZERO = {letter(f"{base}{axis}") for base in "pre" for axis in ("", "_z", "_h", "_w")}  # these sizes may be 0


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

    module      a name in ``torch.nn``, or of a twin of our own in ``symnet.checks.twins``
    arguments   keyword -> field of the layer, a number, or a function of the layer; "channels", "features" and "width"
                (of a token) are those of what arrives
    flatten     it takes vectors, so a map is flattened before it
    """

    module: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
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
    silent        it changes neither shape nor parameters, so that tables leave it out
    weights, biases, connections     factors; empty: none
    unpadded      factors of the connections that meet real input; empty: all do
    operations    what is done besides connections: "activations", "normalisations", "poolings", "additions" -> factors;
                  EACH stands for one operation for each number that leaves
    whole         pairs (numerator, denominator) whose quotient must be an integer
    fits          inequalities between sizes
    refers        the field that names earlier layers, if the layer has other inputs than the one before it
    joins         the shape that arrives, and what must hold, from the shapes that leave the layer before and the named
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
    silent: bool = False
    weights: Factors = ()
    biases: Factors = ()
    connections: Factors = ()
    unpadded: Factors = ()
    operations: Mapping[str, Factors] = field(default_factory=dict)
    whole: tuple[tuple[sp.Expr, sp.Expr], ...] = ()
    fits: tuple[Fit, ...] = ()
    refers: str = ""
    joins: Callable[[str, Shape, tuple[Shape, ...]], tuple[Shape, tuple[Relation, ...]]] | None = None
    reasons: Mapping[str, Words] = field(default_factory=dict)
    torch: Twin | None = None
    example: tuple[Mapping[str, Any], tuple[int, ...]] = field(default_factory=lambda: ({}, (4, 6, 5)))


EACH: Factors = (letter("each"),)


class Layer(Protocol):
    """Any layer: a frozen dataclass of sizes whose class carries its rule."""

    rule: ClassVar[Rule]


def refers_to(layer: Any) -> tuple[str, ...]:
    """The earlier layers that the layer names."""
    named = getattr(layer, layer.rule.refers) if layer.rule.refers else ()
    return (named,) if isinstance(named, str) else tuple(named)
