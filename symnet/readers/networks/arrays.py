"""Arrays of forms: what the nodes of a graph compute, entry by entry, on layers with ReLUs between (see `dataflow`).

A value is a shape and a form for each entry. All rules for shapes are NumPy's, for the forms stand in NumPy arrays:
broadcasting, reshaping, transposing and slicing come with them. A constant is an array whose forms are numbers.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from typing import Any

import numpy as np

from symnet.errors import InvalidInput, NotSupported
from symnet.readers.networks.activations import RELU, Activation
from symnet.readers.networks.dataflow import Layers, Value
from symnet.readers.networks.operations import exact_floats
from symnet.relu.circuits import Linear, number

MOST_ENTRIES = 10**6
"""An array with more is a mistake, or too much to be read exactly."""


@dataclass(frozen=True)
class Array:
    """``forms`` in 1 and the entries of hidden layer ``level``, as a NumPy array of objects.

    ``whole``: integers, which say where and how large, and divide otherwise.
    """

    level: int
    forms: np.ndarray
    whole: bool = False

    def __post_init__(self) -> None:
        if self.forms.size > MOST_ENTRIES:
            raise NotSupported(f"an array of shape {self.shape} has more than {MOST_ENTRIES:,} entries.")

    @property
    def shape(self) -> tuple[int, ...]:
        return self.forms.shape

    @property
    def numbers(self) -> np.ndarray | None:
        """The entries as Fractions, if all are constants."""
        found = [form.constant for form in self.forms.flat]
        return None if None in found else objects(found, self.shape)

    def shaped(self, change: Callable[[np.ndarray], np.ndarray]) -> "Array":
        """The same entries otherwise arranged, or some of them."""
        return Array(self.level, np.asarray(change(self.forms), dtype=object), self.whole)


def objects(items: Sequence[Any], shape: Sequence[int]) -> np.ndarray:
    """A NumPy array of objects of that shape."""
    found = np.empty(len(items), dtype=object)
    found[:] = items
    return found.reshape(tuple(shape))


def constant(a: np.ndarray) -> Array:
    """A tensor that is known: every float exactly."""
    if a.dtype.kind in "bcOSU":
        raise InvalidInput(f"{a.dtype} are no real numbers.")
    whole = a.dtype.kind in "iu"
    flat = (a if whole else a.astype(np.float64)).reshape(-1).tolist()  # float64 holds every float of fewer bits
    return Array(0, objects([number(c) for c in exact_floats(flat, "the tensor")], a.shape), whole)


# ---------------------------------------------------------------------- entry by entry
def aligned(layers: Layers, arrays: Sequence[Array]) -> list[np.ndarray]:
    """The forms, all on the level of the highest."""
    top = max(a.level for a in arrays)
    values = (layers.raised(Value(a.level, tuple(a.forms.flat)), top) for a in arrays)
    return [objects(value.forms, a.shape) for value, a in zip(values, arrays, strict=True)]


def combined(layers: Layers, arrays: Sequence[Array], weights: Sequence[Fraction | int]) -> Array:
    """Σ weight · array."""
    terms = (w * forms for w, forms in zip(weights, aligned(layers, arrays), strict=True))
    return _all_whole(arrays, max(a.level for a in arrays), reduce(lambda a, b: a + b, terms))


def multiplied(a: Array, b: Array) -> Array:
    """a · b, one of the two a constant."""
    factors, value = (a.numbers, b) if a.numbers is not None else (b.numbers, a)
    if factors is None:
        raise NotSupported("a product or quotient of two values is not piecewise linear.")
    return _all_whole([a, b], value.level, factors * value.forms)


def divided(a: Array, b: Array) -> Array:
    """a / b, b a constant."""
    divisors = b.numbers
    if divisors is None:
        raise NotSupported("a product or quotient of two values is not piecewise linear.")
    if a.whole and b.whole:
        raise NotSupported("integers are divided otherwise.")
    if 0 in divisors.flat:
        raise InvalidInput("it divides by zero.")
    inverse = objects([1 / c for c in divisors.flat], b.shape)
    return _all_whole([a, b], a.level, inverse * a.forms)


def _all_whole(arrays: Sequence[Array], level: int, forms: Any) -> Array:
    return Array(level, np.asarray(forms, dtype=object), all(a.whole for a in arrays))


def activated(layers: Layers, a: Array, activations: Sequence[Activation]) -> Array:
    """One activation for all entries, or one for each."""
    each = [*activations] * a.forms.size if len(activations) == 1 else activations
    value = layers.activated(Value(a.level, tuple(a.forms.flat)), each)
    return Array(value.level, objects(value.forms, a.shape))


def folded(layers: Layers, arrays: Sequence[Array], sign: int) -> Array:
    """The maximum entry by entry, y + relu(z − y); the minimum, y − relu(y − z), for sign −1."""

    def larger(a: Array, b: Array) -> Array:
        y, z = aligned(layers, [a, b])
        gap = Array(max(a.level, b.level), np.asarray(sign * (z - y), dtype=object))
        more = activated(layers, gap, [RELU])
        return combined(layers, [a, more], [1, sign])

    return reduce(larger, arrays)


def joined(layers: Layers, arrays: Sequence[Array], axis: int) -> Array:
    """One after the other along the axis."""
    forms = np.concatenate(aligned(layers, arrays), axis=axis)
    return _all_whole(arrays, max(a.level for a in arrays), forms)


# ---------------------------------------------------------------------- products
def product(a: Array, b: Array) -> Array:
    """a @ b as NumPy has it, one of the two a constant."""
    left, right = a.numbers, b.numbers
    if left is None and right is None:
        raise NotSupported("a product or quotient of two values is not piecewise linear.")
    A, B, level = (a.forms, right, a.level) if right is not None else (np.asarray(left), b.forms, b.level)
    A, B = A[None, :] if A.ndim == 1 else A, B[:, None] if B.ndim == 1 else B
    if min(A.ndim, B.ndim) < 2 or A.shape[-1] != B.shape[-2]:
        raise InvalidInput(f"shapes {a.shape} and {b.shape} cannot be multiplied.")
    batch = np.broadcast_shapes(A.shape[:-2], B.shape[:-2])
    A, B = np.broadcast_to(A, (*batch, *A.shape[-2:])), np.broadcast_to(B, (*batch, *B.shape[-2:]))
    shape = (*batch, A.shape[-2], B.shape[-1])
    rows = (A[(*at, i)] for *at, i, _ in np.ndindex(shape))
    columns = (B[(*at, slice(None), j)] for *at, _, j in np.ndindex(shape))
    pairs = zip(rows, columns, strict=True)
    forms = objects([_dot(v, u) if right is not None else _dot(u, v) for u, v in pairs], shape)
    forms = forms[..., 0] if b.forms.ndim == 1 else forms
    if a.forms.ndim == 1:
        forms = forms[..., 0] if b.forms.ndim == 1 else forms[..., 0, :]
    return Array(level, np.asarray(forms, dtype=object))


def _dot(factors: np.ndarray, forms: np.ndarray) -> Linear:
    """Σ factor · form."""
    return Linear({}).plus(factors, forms)
