"""Expressions as a graph: one node for each operator applied, leaves for everything that has a name or a value.

Node     op, args, attrs, shape; never mutated, equal when written alike
shape    a tuple of sizes, SymPy symbols or integers: () scalar, (n,) vector, (m, n) matrix, (b, m, n) tensor;
         compared as written, so n and m differ unless they are the same letter
leaves   quantity W, its adjoint W̄ (role "bar"), its differential dW (role "d"), number, ones, zeros, identity

Arithmetic on nodes is the arithmetic of the formulas (``G @ B.T``, ``G * f(x)``), with NumPy's broadcasting;
`apply` looks the operator up in the table, which knows its shape and the rewrites that hold for it.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from numbers import Integral, Real
from typing import Any, Protocol, TypeAlias

import sympy as sp

from symnet import notation
from symnet.errors import InvalidInput, NotSupported

Shape: TypeAlias = tuple[sp.Expr, ...]
LOWEST, HIGHEST = -1021, 1023  # exponents of float64; a constant beyond them would be 0 or infinite in numbers


@dataclass(frozen=True)
class Node:
    """``op`` applied to ``args``; ``attrs`` holds what is not an expression: an axis, an exponent, a name."""

    op: str
    args: tuple["Node", ...] = ()
    attrs: tuple[tuple[str, Any], ...] = ()
    shape: Shape = ()

    def __getitem__(self, attribute: str) -> Any:
        return dict(self.attrs)[attribute]

    @property
    def rank(self) -> int:
        return len(self.shape)

    # -- arithmetic, as the formulas write it
    def __add__(self, other: "Node | sp.Expr | int") -> "Node":
        return apply("add", *broadcast_together(self, as_node(other)))

    def __sub__(self, other: "Node | sp.Expr | int") -> "Node":
        return self + -as_node(other)

    def __neg__(self) -> "Node":
        return apply("scale", number(-1), self)

    def __mul__(self, other: "Node | sp.Expr | int") -> "Node":
        other = as_node(other)
        if self.rank == 0 or other.rank == 0:
            return apply("scale", *((self, other) if self.rank == 0 else (other, self)))
        return apply("multiply", *broadcast_together(self, other))

    def __radd__(self, other: "sp.Expr | int") -> "Node":
        return as_node(other) + self

    def __rsub__(self, other: "sp.Expr | int") -> "Node":
        return as_node(other) - self

    def __rmul__(self, other: "sp.Expr | int") -> "Node":
        return as_node(other) * self

    def __truediv__(self, other: "Node | sp.Expr | int") -> "Node":
        return self * as_node(other) ** -1

    def __pow__(self, exponent: Any) -> "Node":
        return apply("power", self, exponent=exactly(exponent))

    def __matmul__(self, other: "Node") -> "Node":
        return apply("matmul", *leading_together(self, other))

    @property
    def T(self) -> "Node":
        return apply("transpose", self)

    @property
    def mT(self) -> "Node":
        """The last two axes exchanged: of a tensor, every matrix in it transposed."""
        *leading, m, n = range(self.rank)
        return self.T if self.rank == 2 else apply("permute", self, axes=(*leading, n, m))

    def sum(self, axis: int | None = None, keepdims: bool = False) -> "Node":
        return apply("sum", self, axis=axis, keepdims=keepdims)

    # -- writing
    @property
    def binds(self) -> int:
        return SHAPED[self.op].spelling(self)[0].binds

    def written(self, medium: notation.Medium) -> str:
        form, arguments = SHAPED[self.op].spelling(self)
        return notation.fill(form, arguments, medium)

    def _latex(self, printer: Any) -> str:
        return self.written("latex")

    def __str__(self) -> str:
        return self.written("text")


class Shaped(Protocol):
    """What a node asks of its operator: the shape of its value, how it is written, and what it is simpler as."""

    @property
    def shape(self) -> Callable[..., Shape]: ...

    @property
    def spelling(self) -> Callable[[Node], tuple[notation.Form, Sequence[Any]]]: ...

    @property
    def rewrites(self) -> tuple[Callable[[Node], Node | None], ...]: ...


SHAPED: dict[str, Shaped] = {}  # filled by `symnet.adjoints.record.register`


# ---------------------------------------------------------------------- making nodes
def apply(op: str, *args: Node, **attrs: Any) -> Node:
    """``op`` applied, after the local rewrites that hold for it. ``InvalidInput`` where the shapes do not fit."""
    operator = SHAPED[op]
    node = Node(op, args, tuple(attrs.items()), operator.shape(*args, **attrs))
    for rewrite in operator.rewrites:
        if (simpler := rewrite(node)) is not None:
            return simpler
    return node


def again(node: Node, *args: Node) -> Node:
    """The operator of ``node`` on other arguments."""
    return apply(node.op, *args, **dict(node.attrs))


def exactly(value: Any) -> sp.Expr:
    """A whole number, a fraction, a float as its shortest decimal, or a formula in sizes, for SymPy. Text is refused:
    what is not a number here can have come from a file, and SymPy would run it as Python.
    """
    if isinstance(value, sp.Expr):
        return value
    if isinstance(value, Integral) and not isinstance(value, bool):
        return sp.Integer(int(value))
    if isinstance(value, Fraction):
        return sp.Rational(value.numerator, value.denominator)
    if isinstance(value, Real) and not isinstance(value, bool) and math.isfinite(value):
        return exactly(Fraction(repr(float(value))))
    raise InvalidInput(f"{value!r} is not a number or a size")


def number(value: Any) -> Node:
    """An exact scalar: a rational, or an expression in sizes such as 1/n."""
    value = exactly(value)
    if value.is_real is False or value.has(sp.nan, sp.oo, -sp.oo, sp.zoo):
        raise InvalidInput(f"a constant in it is {notation.text(value)}, which is not a real number")
    if value.is_Rational and not LOWEST <= abs(value.p).bit_length() - value.q.bit_length() <= HIGHEST and value:
        raise InvalidInput("a constant in it is too large or too small for float64")
    return Node("number", attrs=(("value", value),))


def as_node(x: Any) -> Node:
    """``x`` itself, or the number that it is."""
    return x if isinstance(x, Node) else number(x)


def exact_number(x: Any) -> sp.Expr:
    """The exact number that ``x`` is: a node that is one, or a number itself; `InvalidInput` for a quantity."""
    node = as_node(x)
    if not is_number(node):
        raise InvalidInput(f"{node} is a quantity, and a number stands here; write it out")
    return node["value"]


def size_of(x: Any) -> sp.Expr:
    """The size that ``x`` is: a whole number from 1 on, or a formula in letters that may be one."""
    value = exact_number(x)
    if value.is_integer is False or value.is_positive is False:
        raise InvalidInput(f"{notation.text(value)} is not a size; write whole numbers and letters that are sizes")
    return value


def whole(x: Any, least: int, what: str) -> int:
    """A whole number from ``least`` on; ``what`` says which, where it is not."""
    value = exact_number(x)
    if not value.is_Integer or value < least:
        raise InvalidInput(f"{what} is {notation.text(value)}; it is a whole number from {least} on")
    return int(value)


def quantity(name: str, shape: Shape, role: str = "") -> Node:
    """A leaf with a name; role "bar" is its adjoint, role "d" its differential, both of the same shape."""
    return Node("quantity", attrs=(("name", name), ("role", role)), shape=shape)


def ones(shape: Shape) -> Node:
    """𝟏, with 1 in every entry; for a scalar the number 1."""
    return Node("ones", shape=shape) if shape else number(1)


def zeros(shape: Shape) -> Node:
    """𝟎, with 0 in every entry; for a scalar the number 0."""
    return Node("zeros", shape=shape) if shape else number(0)


def identity(n: sp.Expr) -> Node:
    """I, the n × n identity."""
    return Node("identity", shape=(n, n))


# ---------------------------------------------------------------------- looking at nodes
def is_number(node: Node) -> bool:
    """It is an exact scalar."""
    return node.op == "number"


def is_zero(node: Node) -> bool:
    """It is 0 or 𝟎 as written; a sum that cancels is 0 by the time it is made."""
    return node.op == "zeros" or (is_number(node) and node["value"] == 0)


def is_constant(node: Node) -> bool:
    """It depends on no quantity: 𝟏, 𝟎, I, numbers, and multiples of them."""
    return node.op != "quantity" and all(map(is_constant, node.args))


def names_in(node: Node) -> tuple[str, ...]:
    """Names of the quantities in ``node``, in reading order, each once."""
    if node.op == "quantity":
        return (node["name"],)
    return tuple(dict.fromkeys(name for a in node.args for name in names_in(a)))


# ---------------------------------------------------------------------- shapes
def shape_text(shape: Shape) -> str:
    """``m × n``, ``n``, or "scalar"."""
    return " × ".join(notation.text(size) for size in shape) or "scalar"


def size(shape: Shape) -> sp.Expr:
    """The number of entries."""
    return sp.Mul(*shape)


def common_shape(a: Node, b: Node) -> Shape:
    """NumPy's broadcasting on sizes that are letters: aligned on the right, equal or 1."""
    rank = max(a.rank, b.rank)
    padded = [(sp.Integer(1),) * (rank - node.rank) + node.shape for node in (a, b)]
    if any(p != q and 1 not in (p, q) for p, q in zip(*padded, strict=True)):
        hint = "; a transpose (.T) would fit" if a.rank == 2 and a.shape == b.shape[::-1] else ""
        raise InvalidInput(
            f"{a} is {shape_text(a.shape)} but {b} is {shape_text(b.shape)}, so they do not line up{hint}"
        )
    return tuple(q if p == 1 else p for p, q in zip(*padded, strict=True))


def broadcast(node: Node, shape: Shape) -> Node:
    """``node`` repeated to ``shape``; itself where it already has it."""
    return node if node.shape == shape else apply("broadcast", node, shape=shape)


def broadcast_together(a: Node, b: Node) -> tuple[Node, Node]:
    """Both, repeated to their common shape."""
    shape = common_shape(a, b)
    return broadcast(a, shape), broadcast(b, shape)


def leading_together(a: Node, b: Node) -> tuple[Node, Node]:
    """Two tensors with the same axes before the last two, as ``@`` has them; one matrix meets every matrix as it is."""
    if min(a.rank, b.rank) < 3 or a.shape[:-2] == b.shape[:-2]:
        return a, b
    shape = common_shape(*(Node("ones", shape=x.shape[:-2]) for x in (a, b)))
    return broadcast(a, shape + a.shape[-2:]), broadcast(b, shape + b.shape[-2:])


def which_axis(node: Node, axis: Any) -> int | None:
    """``axis`` counted from the left, or None for all; `InvalidInput` where ``node`` has no such axis."""
    if axis is None:
        return None
    if not isinstance(axis, int) or isinstance(axis, bool):
        raise NotSupported(f"axis={axis}: an axis is one integer, or left out")
    if not -node.rank <= axis < node.rank:
        raise InvalidInput(f"{node} is {shape_text(node.shape)} and has no axis {axis}")
    return axis % node.rank


def which_axes(node: Node, axis: Any) -> tuple[int, ...]:
    """The axes that ``axis`` names, one, several or all of them (None), counted from the left and in order."""
    if axis is None:
        return tuple(range(node.rank))
    named = [which_axis(node, a) or 0 for a in (axis if isinstance(axis, tuple) else (axis,))]
    if len(set(named)) < len(named):
        raise InvalidInput(f"axis={axis} names an axis of {node} twice")
    return tuple(sorted(named))
