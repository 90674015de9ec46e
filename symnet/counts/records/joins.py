"""Where a network branches and joins: these records name earlier layers.

("shortcut", From("pool1")), ("add", Add("bn2"))     what leaves pool1 goes on; bn2's output is added to it
"""

from collections.abc import Callable, Iterable
from typing import ClassVar

import sympy as sp

from symnet.counts.records.table import layer
from symnet.counts.rules import EACH, Rule, Shape, Twin
from symnet.derivation import Relation
from symnet.errors import InvalidInput


def _the_other(name: str, here: Shape, others: tuple[Shape, ...]) -> tuple[Shape, tuple[Relation, ...]]:
    return others[0], ()


def _equal(name: str, here: Shape, others: tuple[Shape, ...]) -> tuple[Shape, tuple[Relation, ...]]:
    """All shapes must be equal."""
    return here, tuple(c for other in others for c in _agreeing(name, here, other, range(len(here))))


def _side_by_side(axis: int) -> Callable[..., tuple[Shape, tuple[Relation, ...]]]:
    """Shapes add up along one axis, and must be equal along the others."""

    def joined(name: str, here: Shape, others: tuple[Shape, ...]) -> tuple[Shape, tuple[Relation, ...]]:
        at = axis % len(here)
        rest = [i for i in range(len(here)) if i != at]
        met = tuple(c for other in others for c in _agreeing(name, here, other, rest))
        total = sum(shape[at] for shape in (*others, here))
        return tuple(total if i == at else side for i, side in enumerate(here)), met

    return joined


def _agreeing(name: str, here: Shape, other: Shape, axes: Iterable[int]) -> list[Relation]:
    """What letters must satisfy for the sides to be equal; InvalidInput where they cannot be."""
    pairs = [(here[i], other[i]) for i in axes] if len(here) == len(other) else []
    if len(here) != len(other) or any(sp.sympify(a - b, strict=True).is_nonzero for a, b in pairs):
        raise InvalidInput(f"layer {name!r}: {said(other)} does not match {said(here)}; make the shapes equal")
    return [Relation(a, "=", b) for a, b in pairs if a != b]


def said(shape: Shape) -> str:
    """A shape in words."""
    return f"a vector of {shape[0]}" if len(shape) == 1 else " × ".join(map(str, shape))


@layer
class From:
    """What left the named layer goes on from here: the start of another branch."""

    source: str
    rule: ClassVar[Rule] = Rule("branch", silent=True, refers="source", joins=_the_other)


@layer
class Add:
    """The sum, entry by entry, of what arrives and what left the named layers: a residual connection."""

    others: str | tuple[str, ...]
    rule: ClassVar[Rule] = Rule(
        "sum", silent=True, refers="others", joins=_equal, operations={"additions": EACH}, torch=Twin("Sum")
    )


@layer
class Multiply:
    """The product, entry by entry, of what arrives and what left the named layers: a gate."""

    others: str | tuple[str, ...]
    rule: ClassVar[Rule] = Rule(
        "gate", silent=True, refers="others", joins=_equal, operations={"multiplications": EACH}, torch=Twin("Product")
    )


@layer
class Concat:
    """The channels of the named layers, then of what arrives, on top of each other."""

    others: str | tuple[str, ...]
    rule: ClassVar[Rule] = Rule(
        "concatenation", refers="others", joins=_side_by_side(0), torch=Twin("Concat", {"axis": 0})
    )


@layer
class ConcatFeatures:
    """The features of the tokens of the named layers, then of what arrives, side by side."""

    others: str | tuple[str, ...]
    rule: ClassVar[Rule] = Rule(
        "concatenation", refers="others", joins=_side_by_side(-1), torch=Twin("Concat", {"axis": -1})
    )
