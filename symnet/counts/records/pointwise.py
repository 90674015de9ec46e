"""What is done entry by entry, or not at all: activations, dropout, and other arrangements of the same numbers."""

from typing import ClassVar

from symnet.counts.records.table import MAP, SEQUENCE, c_in, h, layer, n_in, w
from symnet.counts.rules import EACH, Rule, Twin


def _activation(noun: str) -> Rule:
    return Rule(noun, silent=True, operations={"activations": EACH}, torch=Twin(noun))


@layer
class ReLU:
    """max(x, 0), entry by entry."""

    rule: ClassVar[Rule] = _activation("ReLU")


@layer
class ReLU6:
    """min(max(x, 0), 6), entry by entry."""

    rule: ClassVar[Rule] = _activation("ReLU6")


@layer
class GELU:
    """x Φ(x), entry by entry."""

    rule: ClassVar[Rule] = _activation("GELU")


@layer
class SiLU:
    """x / (1 + exp(−x)), entry by entry."""

    rule: ClassVar[Rule] = _activation("SiLU")


@layer
class Sigmoid:
    """1 / (1 + exp(−x)), entry by entry."""

    rule: ClassVar[Rule] = _activation("Sigmoid")


@layer
class Tanh:
    """tanh(x), entry by entry."""

    rule: ClassVar[Rule] = _activation("Tanh")


@layer
class Dropout:
    """The identity at test time."""

    rule: ClassVar[Rule] = Rule("dropout", silent=True, torch=Twin("Dropout"))


@layer
class Flatten:
    """c × h × w numbers as one vector; `Linear` does so by itself."""

    rule: ClassVar[Rule] = Rule("flattening", sees=(n_in,), output=(n_in,), torch=Twin("Flatten"))


@layer
class ToTokens:
    """A map of c × h × w numbers as h·w tokens of c features."""

    rule: ClassVar[Rule] = Rule("tokens of a map", sees=MAP, output=(h * w, c_in), torch=Twin("ToTokens"))


@layer
class FirstToken:
    """The first token alone, as a vector."""

    rule: ClassVar[Rule] = Rule(
        "first token", sees=SEQUENCE, output=(n_in,), torch=Twin("FirstToken"), example=({}, (5, 6))
    )


@layer
class MeanOfTokens:
    """The mean of all tokens, as a vector."""

    rule: ClassVar[Rule] = Rule(
        "mean of tokens", sees=SEQUENCE, output=(n_in,), torch=Twin("MeanOfTokens"), example=({}, (5, 6))
    )
