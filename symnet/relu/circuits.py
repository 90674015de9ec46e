"""Circuits: one straight line of ReLU units, which networks and claims are both compiled to.

    wire 0 is the constant 1,   wires 1 ... n are the inputs,   wire n + k is unit k: relu of a form in earlier wires

One walk over a network or a claim gives its value, its circuit, or its affine map on a region, depending on what its
inputs are (numbers, wires, affine maps) and on what ``relu`` does with them.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, TypeAlias

from symnet.relu.budget import Tick, unlimited
from symnet.relu.geometry.rationals import Matrix, Vector

Relu: TypeAlias = Callable[[Any], Any]
Layers: TypeAlias = Sequence[tuple[Matrix, Vector]]


@dataclass(frozen=True)
class Linear:
    """Σ coefficient · wire, zeros left out."""

    terms: Mapping[int, Fraction]

    def __add__(self, other: "Linear") -> "Linear":
        total = dict(self.terms)
        for wire, a in other.terms.items():
            total[wire] = total.get(wire, Fraction(0)) + a
        return Linear({wire: a for wire, a in total.items() if a})

    def __rmul__(self, factor: Fraction | int) -> "Linear":
        return Linear({wire: factor * a for wire, a in self.terms.items()} if factor else {})

    def __neg__(self) -> "Linear":
        return -1 * self

    def __sub__(self, other: "Linear") -> "Linear":
        return self + -other

    @property
    def constant(self) -> Fraction | None:
        """The number that this form is, or None where it depends on a wire."""
        return self.terms.get(0, Fraction(0)) if self.terms.keys() <= {0} else None

    def plus(self, factors: Iterable[Fraction | int], forms: Iterable["Linear"]) -> "Linear":
        """The form plus Σ factor · form, in one go."""
        total = dict(self.terms)
        for factor, form in zip(factors, forms, strict=True):
            if factor:
                for wire, a in form.terms.items():
                    total[wire] = total[wire] + factor * a if wire in total else factor * a
        return Linear({wire: a for wire, a in total.items() if a})

    def at(self, point: Sequence[Fraction | int]) -> Fraction:
        """The form at (w, x): its value times w at a vertex, its slope along a ray; its value where w = 1."""
        return sum((a * point[i] for i, a in self.terms.items()), start=Fraction(0))

    def through(self, wires: Sequence["Linear"]) -> "Linear":
        """The form with forms put in for wires 1, 2, ..."""
        return sum((a * (wires[i - 1] if i else wire(0)) for i, a in self.terms.items()), start=Linear({}))

    def row(self, width: int) -> Vector:
        """The coefficients of wires 0 ... width − 1."""
        return tuple(self.terms.get(wire, Fraction(0)) for wire in range(width))


def number(value: Fraction | int) -> Linear:
    """A constant as a linear form."""
    return Linear({0: Fraction(value)} if value else {})


def wire(index: int) -> Linear:
    """A wire as a linear form."""
    return Linear({index: Fraction(1)})


@dataclass(frozen=True)
class Circuit:
    """``units[k - 1]`` is the linear form under the relu of unit k; ``outputs`` are linear forms in all wires.

    The first ``required`` units, which no other reads, are constraints: only where they are ≥ 0 are there cells.
    """

    inputs: int
    units: tuple[Linear, ...]
    outputs: tuple[Linear, ...] = ()
    required: int = 0

    def depth(self, form: Linear) -> int:
        """The number of relus on the longest path from an input to ``form``."""
        depths = self.depths
        return max((depths[w - self.inputs - 1] for w in form.terms if w > self.inputs), default=0)

    @property
    def depths(self) -> list[int]:
        """1 + the depth of what each unit reads."""
        found: list[int] = []
        for form in self.units:
            found.append(1 + max((found[w - self.inputs - 1] for w in form.terms if w > self.inputs), default=0))
        return found


@dataclass
class Builder:
    """Collects units while a network or a claim is walked with wires for numbers; ``tick`` is called at each."""

    inputs: int
    units: list[Linear] = field(default_factory=list)
    required: int = 0
    known: dict[frozenset[tuple[int, Fraction]], Linear] = field(default_factory=dict, repr=False)
    tick: Tick = unlimited

    @property
    def variables(self) -> list[Linear]:
        return [wire(i) for i in range(1, self.inputs + 1)]

    def relu(self, form: Linear) -> Linear:
        self.tick()
        self.units.append(form)
        return wire(self.inputs + len(self.units))

    def shared(self, form: Linear) -> Linear:
        """The relu of the form; a unit made here before is taken again."""
        key = frozenset(form.terms.items())
        if key not in self.known:
            self.known[key] = self.relu(form)
        return self.known[key]

    def require(self, form: Linear) -> None:
        """Only where the form is ≥ 0; before all units."""
        assert len(self.units) == self.required
        self.tick()
        if form.constant is None:
            self.units.append(form)
            self.required += 1

    def circuit(self, outputs: Sequence[Linear]) -> Circuit:
        return Circuit(self.inputs, tuple(self.units), tuple(outputs), self.required)


def forward(layers: Layers, x: Sequence[Any], relu: Relu, one: Any) -> list[Any]:
    """W_L relu(... relu(W_1 x + b_1) ...) + b_L, in whatever ``x`` is made of; ``one`` carries the biases."""
    h = list(x)
    for W, b in layers[:-1]:
        h = [relu(z) for z in affine(W, b, h, one)]
    return affine(*layers[-1], h, one)


def affine(W: Matrix, b: Vector, h: Sequence[Any], one: Any) -> list[Any]:
    """W h + b."""
    if isinstance(one, Linear):
        return [(c * one).plus(row, h) for row, c in zip(W, b, strict=True)]
    return [sum((a * v for a, v in zip(row, h, strict=True) if a), start=c * one) for row, c in zip(W, b, strict=True)]


def compiled(layers: Layers) -> Circuit:
    """A network as a circuit: its hidden units in order, then its outputs."""
    builder = Builder(len(layers[0][0][0]))
    return builder.circuit(forward(layers, builder.variables, builder.relu, number(1)))
