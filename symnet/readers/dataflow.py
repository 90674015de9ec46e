"""What frameworks store, as steps from one input to one output, turned into layers with ReLUs between, exactly.

A value is a list of forms in 1 and the entries of a layer. An activation is a sum of ReLUs:

    f(z) = constant + Σ weight · relu(slope z + shift)
    leaky(z) = relu(z) − s relu(−z)      clip(z) = a + relu(z − a) − relu(z − b)      max(y, z) = y + relu(z − y)

So the map before it gives the rows of the hidden units, and its weights are multiplied into the map that follows.
Where values of different layers meet, as after a skip, the earlier one is carried up, layer by layer:

    z = relu(z) − relu(−z),    and z = relu(z), one unit, where z is a sum of units with no negative weight
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import isfinite, isqrt
from typing import Any, TypeAlias

from symnet.errors import InvalidInput, NotSupported
from symnet.relu import ReluNetwork
from symnet.relu.circuits import Linear, affine, number, wire

Rows: TypeAlias = Sequence[Sequence[Fraction]]
Constant: TypeAlias = tuple[Fraction, ...]
ZERO, ONE = Fraction(0), Fraction(1)


@dataclass(frozen=True)
class Activation:
    """constant + Σ weight · relu(slope z + shift); ``units`` are (slope, shift, weight)."""

    units: tuple[tuple[Fraction, Fraction, Fraction], ...]
    constant: Fraction = ZERO


def leaky(slope: Fraction) -> Activation:
    """z for z ≥ 0, slope · z below."""
    return Activation(((ONE, ZERO, ONE), *([(-ONE, ZERO, -slope)] if slope else [])))


def at_least(low: Fraction) -> Activation:
    """max(z, low)."""
    return Activation(((ONE, -low, ONE),), low)


def at_most(high: Fraction) -> Activation:
    """min(z, high)."""
    return Activation(((-ONE, high, -ONE),), high)


def clipped(low: Fraction, high: Fraction) -> Activation:
    """min(max(z, low), high)."""
    low = min(low, high)
    return Activation(((ONE, -low, ONE), (ONE, -high, -ONE)), low)


def shrunk(size: Fraction) -> Activation:
    """z nearer to 0 by ``size``, and 0 where it is nearer already."""
    return Activation(((ONE, -size, ONE), (-ONE, -size, -ONE)))


def ramp(slope: Fraction, shift: Fraction) -> Activation:
    """slope · z + shift, but at least 0 and at most 1."""
    return Activation(((slope, shift, ONE), (slope, shift - 1, -ONE)))


RELU = leaky(ZERO)
ABSOLUTE = leaky(-ONE)


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


# ---------------------------------------------------------------------- operations
Apply: TypeAlias = Callable[[Layers, Sequence[Value], str], Value]


@dataclass(frozen=True)
class Operation:
    """``apply`` makes a value of values; ``takes`` is the width it needs, if any; ``keeps``: as wide as what comes."""

    apply: Apply
    takes: int | None = None
    keeps: bool = False


def linear(W: Rows, b: Sequence[Fraction]) -> Operation:
    """W z + b."""

    def apply(layers: Layers, values: Sequence[Value], where: str) -> Value:
        (z,) = values
        if len(W[0]) != len(z):
            raise InvalidInput(f"{where}: it takes {len(W[0])} inputs, but {len(z)} come from before.")
        return Value(z.level, tuple(affine(tuple(map(tuple, W)), tuple(b), z.forms, number(1))))

    return Operation(apply, takes=len(W[0]))


def activation(*each: Activation) -> Operation:
    """One activation for all entries, or one for each."""

    def apply(layers: Layers, values: Sequence[Value], where: str) -> Value:
        return layers.activated(values[0], _spread(each, len(values[0]), "slopes", where))

    return Operation(apply, takes=len(each) if len(each) > 1 else None, keeps=True)


def clamped(low: Fraction | None, high: Fraction | None) -> Operation:
    """min(max(z, low), high), with the bounds that there are."""
    if low is None:
        return unchanged() if high is None else activation(at_most(high))
    return activation(at_least(low) if high is None else clipped(low, high))


def normalised(mean: Constant, variance: Constant, eps: Fraction, weight: Constant, bias: Constant) -> Operation:
    """(z − mean) weight / √(variance + eps) + bias, entry by entry."""
    scale = [w / _root(v + eps) for w, v in zip(weight, variance, strict=True)]
    return linear(
        [[s if i == j else ZERO for j in range(len(scale))] for i, s in enumerate(scale)],
        [b - s * c for b, s, c in zip(bias, scale, mean, strict=True)],
    )


def _root(a: Fraction) -> Fraction:
    root = Fraction(isqrt(max(a.numerator, 0)), isqrt(a.denominator))
    if not root or root**2 != a:
        raise NotSupported(
            "1/√(variance + eps) is not rational. torch.nn.utils.fuse_linear_bn_eval merges it, rounded to floats, into"
            " the linear layer before."
        )
    return root


def combined(*weights: Fraction | int) -> Operation:
    """Σ weight · value, entry by entry; a value of one entry counts for all."""

    def apply(layers: Layers, values: Sequence[Value], where: str) -> Value:
        terms = _of_one_width(layers.aligned(values), where)
        return Value(
            terms[0].level,
            tuple(
                sum((a * z for a, z in zip(weights, entry, strict=True)), start=Linear({}))
                for entry in zip(*(term.forms for term in terms), strict=True)
            ),
        )

    return Operation(apply, keeps=True)


def multiplied(divide: bool = False) -> Operation:
    """Entry by entry, one of the two a constant; or the first divided by it."""

    def apply(layers: Layers, values: Sequence[Value], where: str) -> Value:
        z, c = _of_one_width(values, where)
        if not divide and all(form.constant is not None for form in z.forms):
            z, c = c, z
        factors = [form.constant for form in c.forms]
        if None in factors:
            raise NotSupported(f"{where}: a product or quotient of two values is not piecewise linear.")
        if divide and 0 in factors:
            raise InvalidInput(f"{where}: it divides by zero.")
        exact = [Fraction(1, 1) / a if divide else a for a in factors if a is not None]
        return Value(z.level, tuple(a * form for a, form in zip(exact, z.forms, strict=True)))

    return Operation(apply, keeps=True)


def larger(sign: int) -> Operation:
    """The maximum of two values, entry by entry: y + relu(z − y); their minimum, y − relu(y − z), for sign −1."""

    def apply(layers: Layers, values: Sequence[Value], where: str) -> Value:
        y, z = _of_one_width(layers.aligned(values), where)
        gap = Value(y.level, tuple(sign * (b - a) for a, b in zip(y.forms, z.forms, strict=True)))
        more = layers.activated(gap, [RELU] * len(gap))
        return Value(
            more.level,
            tuple(a + sign * m for a, m in zip(layers.raised(y, more.level).forms, more.forms, strict=True)),
        )

    return Operation(apply, keeps=True)


def joined() -> Operation:
    """One value after the other."""

    def apply(layers: Layers, values: Sequence[Value], where: str) -> Value:
        parts = layers.aligned(values)
        return Value(parts[0].level, tuple(form for part in parts for form in part.forms))

    return Operation(apply)


def picked(choice: slice | Sequence[int]) -> Operation:
    """Some of the entries, by a slice or by their numbers from 0."""

    def apply(layers: Layers, values: Sequence[Value], where: str) -> Value:
        (z,) = values
        places = range(len(z))[choice] if isinstance(choice, slice) else choice
        if not places or not all(-len(z) <= i < len(z) for i in places):
            raise InvalidInput(f"{where}: it takes entries that are not there, of {len(z)}.")
        return Value(z.level, tuple(z.forms[i] for i in places))

    return Operation(apply)


def unchanged(takes: int | None = None) -> Operation:
    """The value itself."""

    def apply(layers: Layers, values: Sequence[Value], where: str) -> Value:
        if takes not in (None, len(values[0])):
            raise NotSupported(
                f"{where}: a row of {len(values[0])} numbers in the shape of {takes} would mix the rows."
            )
        return values[0]

    return Operation(apply, takes, keeps=True)


def _of_one_width(values: Sequence[Value], where: str) -> list[Value]:
    n = max(map(len, values))
    return [Value(z.level, tuple(_spread(z.forms, n, "numbers", where))) for z in values]


def _spread(items: Sequence[Any], n: int, what: str, where: str) -> Sequence[Any]:
    """One for all, or one for each of n."""
    if len(items) not in (1, n):
        raise InvalidInput(f"{where}: {len(items)} {what} do not fit {n} entries.")
    return [*items] * n if len(items) == 1 else items


# ---------------------------------------------------------------------- steps
@dataclass(frozen=True)
class Step:
    """``name`` is what the operation makes of ``operands``, each the name of a value or a constant row."""

    name: str
    operation: Operation
    operands: tuple[str | Constant, ...]
    where: str


def network(steps: Sequence[Step], source: str, output: str, whole: str, inputs: int | None = None) -> ReluNetwork:
    """The steps in order, from ``source`` to ``output``; ``inputs`` where no step tells how many there are."""
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


def exact_floats(values: Iterable[Any], where: str) -> list[Fraction]:
    """Each float as the rational number that it is."""
    found = list(values)
    for i, value in enumerate(found, 1):
        if not isfinite(value):
            raise InvalidInput(f"{where}: entry {i} is {value}; every number must be finite.")
    return [Fraction(value) for value in found]
