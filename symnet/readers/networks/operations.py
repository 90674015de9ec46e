"""What the steps of a dataflow do, exactly: linear maps, activations, sums, products with constants, joins.

    max(y, z) = y + relu(z − y)      min(y, z) = y − relu(y − z)

Each function makes an `Operation`; the readers' tables say which module, function or node stands for which.
"""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from math import isfinite, isqrt
from typing import Any, TypeAlias

from symnet.errors import InvalidInput, NotSupported
from symnet.readers.networks.activations import RELU, ZERO, Activation, at_least, at_most, clipped
from symnet.readers.networks.dataflow import Constant, Layers, Operation, Value
from symnet.relu.circuits import Linear, affine, number

Rows: TypeAlias = Sequence[Sequence[Fraction]]


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
    if len({len(row) for row in (mean, variance, weight, bias)}) > 1:
        raise InvalidInput("its means, variances, weights and biases differ in number.")
    scale = [w / rational_root(v + eps) for w, v in zip(weight, variance, strict=True)]
    return linear(
        [[s if i == j else ZERO for j in range(len(scale))] for i, s in enumerate(scale)],
        [b - s * c for b, s, c in zip(bias, scale, mean, strict=True)],
    )


def rational_root(a: Fraction) -> Fraction:
    """√a of a variance, where it is rational."""
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
        exact = [1 / a if divide else a for a in factors if a is not None]
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


def exact_floats(values: Iterable[Any], where: str) -> list[Fraction]:
    """Each float as the rational number that it is."""
    found = list(values)
    for i, value in enumerate(found, 1):
        if not isfinite(value):
            raise InvalidInput(f"{where}: entry {i} is {value}; every number must be finite.")
    return [Fraction(value) for value in found]
