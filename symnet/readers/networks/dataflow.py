"""What frameworks store, as steps from one input to one output, turned into layers with ReLUs between, exactly.

A value is a list of forms in 1 and the entries of a layer. The map before an activation gives the rows of the hidden
units, and the weights of its ReLUs are multiplied into the map that follows. Where values of different layers meet, as
after a skip, the earlier one is carried up, layer by layer:

    z = relu(z) − relu(−z),    and z = relu(z), one unit, where z is a sum of units with no negative weight
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TypeAlias

from symnet.errors import InvalidInput, NotSupported
from symnet.readers.networks.activations import Activation
from symnet.relu import ReluNetwork
from symnet.relu.circuits import Linear, number, wire

Constant: TypeAlias = tuple[Fraction, ...]


# ---------------------------------------------------------------------- layers, while they grow
@dataclass(frozen=True)
class Value:
    """Forms in 1 and the entries of hidden layer ``level``; those of level 0 are the inputs."""

    level: int
    forms: tuple[Linear, ...]

    def __len__(self) -> int:
        return len(self.forms)


@dataclass
class Layers:
    """``units[k]`` are the forms under the ReLUs of hidden layer k + 1, in the entries of layer k."""

    inputs: int
    units: list[list[Linear]] = field(default_factory=list)
    carried: dict[tuple[int, frozenset[tuple[int, Fraction]]], Linear] = field(default_factory=dict)

    def relu(self, level: int, form: Linear) -> Linear:
        """A new unit above ``level``."""
        self.units += [[] for _ in range(level + 1 - len(self.units))]
        self.units[level].append(form)
        return wire(len(self.units[level]))

    def carry(self, level: int, z: Linear) -> Linear:
        """z one layer further up; two skips that need the same share it."""
        if z.constant is not None:
            return z
        key = level, frozenset(z.terms.items())
        if key not in self.carried:
            positive = self.relu(level, z)
            certain = level > 0 and all(a > 0 for a in z.terms.values())
            self.carried[key] = positive if certain else positive - self.relu(level, -z)
        return self.carried[key]

    def raised(self, value: Value, level: int) -> Value:
        while value.level < level:
            value = Value(value.level + 1, tuple(self.carry(value.level, z) for z in value.forms))
        return value

    def aligned(self, values: Sequence[Value]) -> list[Value]:
        """All on the level of the highest."""
        top = max(value.level for value in values)
        return [self.raised(value, top) for value in values]

    def activated(self, value: Value, activations: Sequence[Activation]) -> Value:
        """Entry by entry: its units one layer up, and their sum."""
        each = zip(value.forms, activations, strict=True)
        return Value(value.level + 1, tuple(self._activated(value.level, z, f) for z, f in each))

    def _activated(self, level: int, z: Linear, f: Activation) -> Linear:
        units = [(weight, self.relu(level, slope * z + number(shift))) for slope, shift, weight in f.units]
        return sum((weight * unit for weight, unit in units), start=number(f.constant))

    def network(self, output: Value) -> ReluNetwork:
        """The layers up to the output, which is linear in the last."""
        widths = [self.inputs, *map(len, self.units)]
        rows = [*self.units[: output.level], output.forms]
        return ReluNetwork([_weights(forms, width) for forms, width in zip(rows, widths, strict=False)])


def _weights(forms: Sequence[Linear], width: int) -> tuple[list[list[Fraction]], list[Fraction]]:
    table = [form.row(width + 1) for form in forms]
    return [list(row[1:]) for row in table], [row[0] for row in table]


# ---------------------------------------------------------------------- steps
Apply: TypeAlias = Callable[[Layers, Sequence[Value], str], Value]


@dataclass(frozen=True)
class Operation:
    """``apply`` makes a value of values; ``takes`` is the width it needs, if any; ``keeps``: as wide as what comes."""

    apply: Apply
    takes: int | None = None
    keeps: bool = False


@dataclass(frozen=True)
class Step:
    """``name`` is what the operation makes of ``operands``, each the name of a value or a constant row."""

    name: str
    operation: Operation
    operands: tuple[str | Constant, ...]
    where: str


def network(steps: Sequence[Step], source: str, output: str, whole: str, inputs: int | None = None) -> ReluNetwork:
    """The steps in order, from ``source`` to ``output``; ``inputs`` where no step tells how many there are."""
    if inputs is not None and (type(inputs) is not int or inputs < 1):
        raise InvalidInput(f"{whole}: the number of inputs is a whole number from 1 on; got {inputs!r}.")
    n = inputs or _inputs(steps, source)
    if n is None:
        raise NotSupported(f"{whole}: no linear layer reads the input, so the number of inputs is not known.")
    layers = Layers(n)
    known: dict[str, Value] = {source: Value(0, tuple(wire(i) for i in range(1, n + 1)))}
    for step in steps:
        operands = [_operand(operand, known, step.where) for operand in step.operands]
        known[step.name] = step.operation.apply(layers, operands, step.where)
    return layers.network(_operand(output, known, whole))


def _operand(operand: str | Constant, known: Mapping[str, Value], where: str) -> Value:
    if isinstance(operand, tuple):
        return Value(0, tuple(map(number, operand)))
    if operand not in known:
        raise NotSupported(f"{where}: '{operand}' is not what a step before it computes.")
    return known[operand]


def _inputs(steps: Sequence[Step], source: str) -> int | None:
    """The width of the input, from the first step that needs one of a value as wide."""
    as_wide = {source}
    for step in steps:
        wide = [operand for operand in step.operands if not _one(operand)]
        if wide and as_wide.issuperset(wide):
            if step.operation.takes is not None:
                return step.operation.takes
            if step.operation.keeps:
                as_wide.add(step.name)
    return None


def _one(operand: str | Constant) -> bool:
    return isinstance(operand, tuple) and len(operand) == 1
