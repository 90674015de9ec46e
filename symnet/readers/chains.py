"""A chain of linear maps and activations, as frameworks store networks, turned into layers with ReLUs between.

An activation is a sum of ReLUs, exactly:  f(z) = constant + Σ weight · relu(slope z + shift).

    relu(z)    leaky(z) = relu(z) − s relu(−z)    clip(z) = a + relu(z − a) − relu(z − b)

So the map before it gives the rows of the hidden units, and its weights are multiplied into the map that follows.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import isfinite
from typing import Any

from symnet.errors import InvalidInput, NotSupported
from symnet.relu import ReluNetwork
from symnet.relu.circuits import Linear, affine, number, wire

Rows = Sequence[Sequence[Fraction]]


@dataclass(frozen=True)
class Activation:
    """constant + Σ weight · relu(slope z + shift); ``units`` are (slope, shift, weight)."""

    units: tuple[tuple[Fraction, Fraction, Fraction], ...]
    constant: Fraction = Fraction(0)


def leaky(slope: Fraction) -> Activation:
    """z for z ≥ 0, slope · z below."""
    one, zero = Fraction(1), Fraction(0)
    return Activation(((one, zero, one), *([(-one, zero, -slope)] if slope else [])))


def clipped(low: Fraction, high: Fraction) -> Activation:
    """z, but at least low and at most high."""
    one = Fraction(1)
    return Activation(((one, -low, one), (one, -high, -one)), low)


RELU = leaky(Fraction(0))


@dataclass
class Chain:
    """What was read so far: the hidden layers, and the current values as forms in 1 and the last layer's units."""

    hidden: list[tuple[list[list[Fraction]], list[Fraction]]] = field(default_factory=list)
    values: list[Linear] | None = None
    width: int = 0

    def linear(self, W: Rows, b: Sequence[Fraction], where: str) -> None:
        """W · values + b."""
        if self.values is None:
            self.width = len(W[0])
            self.values = [wire(i) for i in range(1, self.width + 1)]
        if len(W[0]) != len(self.values):
            raise InvalidInput(f"{where}: it takes {len(W[0])} inputs, but {len(self.values)} come from before.")
        self.values = affine(tuple(map(tuple, W)), tuple(b), self.values, number(1))

    def shift(self, b: Sequence[Fraction], where: str) -> None:
        """values + b."""
        values = self.begun(where)
        if len(b) != len(values):
            raise InvalidInput(f"{where}: it adds {len(b)} numbers to {len(values)}.")
        self.values = [z + number(c) for z, c in zip(values, b, strict=True)]

    def activate(self, f: Activation, where: str) -> None:
        """A hidden layer: for each value the units of the activation, which give the next values."""
        rows = [slope * z + number(shift) for z in self.begun(where) for slope, shift, _ in f.units]
        self.hidden.append(_weights(rows, self.width))
        units = iter(range(1, len(rows) + 1))
        self.values = [
            sum((weight * wire(next(units)) for _, _, weight in f.units), start=number(f.constant))
            for _ in self.begun(where)
        ]
        self.width = len(rows)

    def begun(self, where: str) -> list[Linear]:
        """The current values; only a linear layer says how many inputs there are."""
        if self.values is None:
            raise NotSupported(
                f"{where}: it comes before the first linear layer, so the number of inputs is not known."
            )
        return self.values

    def network(self, where: str) -> ReluNetwork:
        """All layers, the last one linear."""
        return ReluNetwork([*self.hidden, _weights(self.begun(where), self.width)])


def _weights(forms: Sequence[Linear], width: int) -> tuple[list[list[Fraction]], list[Fraction]]:
    table = [form.row(width + 1) for form in forms]
    return [list(row[1:]) for row in table], [row[0] for row in table]


def exact_floats(values: Iterable[Any], where: str) -> list[Fraction]:
    """Each float as the rational number that it is."""
    found = list(values)
    for i, value in enumerate(found, 1):
        if not isfinite(value):
            raise InvalidInput(f"{where}: entry {i} is {value}; every number must be finite.")
    return [Fraction(value) for value in found]
