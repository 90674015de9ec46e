"""From one example to a batch: the same model on rows (or columns) of matrices, and its rules.

x, z, L    quantities that each example has its own of: vectors become matrices X, Z, scalars become vectors
W, b       parameters, shared by all examples: their adjoints add up over the batch
N          the number of examples, along ``axis``: 0 for rows, 1 for columns

The forward equations are rewritten, operator by operator, and the backward pass is derived again; so r̄ hᵀ becomes
R̄ᵀ H for rows and R̄ Hᵀ for columns, and the adjoint r̄ of a bias becomes R̄ᵀ 𝟏 or R̄ 𝟏.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import sympy as sp

from symnet.backprop.forward import Definition, ForwardPass
from symnet.backprop.graph import Node, again, apply, broadcast, ones, quantity
from symnet.backprop.operators.reductions import spread
from symnet.errors import InvalidInput, NotSupported

LAYOUTS = {"rows": 0, "columns": 1}


@dataclass(frozen=True)
class Lift:
    """How a program was lifted: ``names`` maps each quantity of one example to its name in the batch."""

    original: Any
    axis: int
    names: Mapping[str, str]


def lifted(program: ForwardPass, layout: str, size: str) -> tuple[ForwardPass, dict[str, str]]:
    """The program on a batch, and what the quantities of one example are called in it."""
    if layout not in LAYOUTS:
        raise InvalidInput(f"no layout '{layout}'; one of {', '.join(LAYOUTS)}")
    model = program.model
    if size in {*model.sizes, *program.shapes}:
        raise InvalidInput(f"'{size}' is taken in this model; name the batch size with size=")
    count = sp.Symbol(size, integer=True, positive=True)
    each = {name for name, kind in model.kinds.items() if kind == "input"}
    lift = _Lifter(LAYOUTS[layout], count, {}, program)
    for name in [*model.declared, *(d.name for d in program.definitions)]:
        if name in each or (name in program.named and _uses(program.named[name].expression, each)):
            each.add(name)
            lift.names[name] = _capital(name, program.shapes[name], {*program.shapes, *lift.names.values()})
    declared = {lift.names.get(n, n): lift.shape(s) if n in each else s for n, s in model.declared.items()}
    kinds = {lift.names.get(n, n): kind for n, kind in model.kinds.items()}
    definitions = tuple(_lifted(d, lift) for d in program.definitions)
    return ForwardPass(replace(model, declared=declared, kinds=kinds), definitions), dict(lift.names)


def _lifted(d: Definition, lift: "_Lifter") -> Definition:
    return Definition(lift.names.get(d.name, d.name), lift(d.expression), d.equation, d.automatic)


def _uses(y: Node, names: set[str]) -> bool:
    return y["name"] in names if y.op == "quantity" else any(_uses(a, names) for a in y.args)


def _capital(name: str, shape: Any, taken: set[str]) -> str:
    """X for the vectors x; a scalar of each example stays small, for it becomes a vector."""
    capital = name[0].upper() + name[1:]
    return capital if len(shape) == 1 and capital not in taken else name


@dataclass(frozen=True)
class _Lifter:
    axis: int
    count: Any
    names: dict[str, str]
    program: ForwardPass

    def shape(self, shape: Any) -> Any:
        """The shape with the batch in it."""
        if len(shape) > 1:
            raise NotSupported("a batch of matrices; lift models whose inputs are vectors and scalars")
        return (self.count, *shape) if self.axis == 0 else (*shape, self.count)

    def each(self, y: Node) -> bool:
        return _uses(y, set(self.names))

    def __call__(self, y: Node) -> Node:
        if not self.each(y):
            return y
        if y.op == "quantity":
            return quantity(self.names[y["name"]], self.shape(y.shape), y["role"])
        if y.op not in _RULES:
            raise NotSupported(f"'{y.op}' for a batch; add it to _RULES in backprop/lift.py")
        return _RULES[y.op](self, y)

    def whole(self, a: Node) -> Node:
        """``a`` for every example: repeated along the batch where all share it."""
        if self.each(a):
            return self(a)
        if a.rank == 1 and self.axis == 1:
            return apply("outer", a, ones((self.count,)))
        return broadcast(a, self.shape(a.shape))

    def along(self, s: Node, shape: Any) -> Node:
        """A number for each example, repeated along its vector."""
        return spread(self(s), self.shape(shape), 1 - self.axis, keepdims=False) if shape else self(s)


def _alike(lift: _Lifter, y: Node) -> Node:
    """What acts entry by entry acts so on a batch."""
    return again(y, *map(lift.whole, y.args))


def _scaled(lift: _Lifter, y: Node) -> Node:
    s, X = y.args
    return lift.along(s, X.shape) * lift.whole(X) if lift.each(s) else s * lift(X)


def _product(lift: _Lifter, y: Node) -> Node:
    """W x is X Wᵀ on rows, W X on columns."""
    A, x = y.args
    if lift.each(A):
        raise NotSupported(f"{y} has a matrix for each example")
    return lift(x) @ A.T if lift.axis == 0 else A @ lift(x)


def _inner(lift: _Lifter, y: Node) -> Node:
    a, b = y.args
    if lift.each(a) and lift.each(b):
        return (lift(a) * lift(b)).sum(axis=1 - lift.axis)
    shared, own = (b, a) if lift.each(a) else (a, b)
    return lift(own) @ shared if lift.axis == 0 else lift(own).T @ shared


def _sum(lift: _Lifter, y: Node) -> Node:
    return lift(y.args[0]).sum(axis=1 - lift.axis)


def _repeated(lift: _Lifter, y: Node) -> Node:
    return lift.along(y.args[0], y.shape) if y.args[0].rank == 0 else lift(y.args[0])


def _norm(lift: _Lifter, y: Node) -> Node:
    return (lift(y.args[0]) ** 2).sum(axis=1 - lift.axis) ** sp.Rational(1, 2)


def _along_axis(lift: _Lifter, y: Node) -> Node:
    return apply(y.op, lift(y.args[0]), **dict(y.attrs) | {"axis": 1 - lift.axis})


def _normalised(lift: _Lifter, y: Node) -> Node:
    return apply(y.op, lift(y.args[0]), **dict(y.attrs) | {"axes": (1 - lift.axis,)})


_RULES: dict[str, Callable[[_Lifter, Node], Node]] = {
    **dict.fromkeys(("add", "multiply", "power", "elementwise", "stop_gradient"), _alike),
    **dict.fromkeys(("softmax", "log_softmax", "logsumexp"), _along_axis),
    "scale": _scaled, "matmul": _product, "inner": _inner, "sum": _sum, "broadcast": _repeated, "norm": _norm,
    "standardize": _normalised,
}  # fmt: skip
