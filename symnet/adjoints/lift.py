"""From one example to a batch: the same model on rows (or columns) of matrices, and its rules.

x, z, L    quantities that each example has its own of: vectors become matrices X, Z, scalars become vectors;
           in rows, matrices become tensors with the batch as their first axis
W, b       parameters, shared by all examples: their adjoints add up over the batch
N          the number of examples, along ``axis``: 0 for rows, 1 for columns

The forward equations are rewritten, operator by operator, and the backward pass is derived again; so r̄ hᵀ becomes
R̄ᵀ H for rows and R̄ Hᵀ for columns, and the adjoint r̄ of a bias becomes R̄ᵀ 𝟏 or R̄ 𝟏.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import sympy as sp

from symnet.adjoints.forward import Definition, ForwardPass
from symnet.adjoints.graph import Node, again, apply, broadcast, is_number, ones, quantity
from symnet.adjoints.operators.multilinear import einsum
from symnet.adjoints.operators.reductions import spread
from symnet.errors import InvalidInput, NotSupported

ONE = (sp.Integer(1),)
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
    each = {name for name, kind in model.kinds.items() if kind in ("input", "index")}
    lift = _Lifter(LAYOUTS[layout], count, {}, program)
    for name in [*model.declared, *(d.name for d in program.definitions)]:
        if name in each or (name in program.named and _uses(program.named[name].expression, each)):
            each.add(name)
            shape = () if name in model.bounds else program.shapes[name]  # an index keeps its name
            lift.names[name] = _capital(name, shape, {*program.shapes, *lift.names.values()})
    declared = {lift.names.get(n, n): lift.shape(s) if n in each else s for n, s in model.declared.items()}
    kinds = {lift.names.get(n, n): kind for n, kind in model.kinds.items()}
    definitions = tuple(_lifted(d, lift) for d in program.definitions)
    bounds = {lift.names.get(n, n): bound for n, bound in model.bounds.items()}
    return ForwardPass(replace(model, declared=declared, kinds=kinds, bounds=bounds), definitions), dict(lift.names)


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
        if len(shape) > 1 and self.axis == 1:
            raise NotSupported("a batch of matrices has no columns; lift to rows, which puts the batch first")
        return (self.count, *shape) if self.axis == 0 else (*shape, self.count)

    def each(self, y: Node) -> bool:
        return _uses(y, set(self.names))

    def __call__(self, y: Node) -> Node:
        if not self.each(y):
            return y
        if y.op == "quantity":
            leaf = quantity(self.names[y["name"]], self.shape(y.shape), y["role"])
            return replace(leaf, attrs=(*leaf.attrs, ("index", True))) if dict(y.attrs).get("index") else leaf
        if y.op not in _RULES:
            raise NotSupported(f"'{y.op}' for a batch; add it to _RULES in adjoints/lift.py")
        return _RULES[y.op](self, y)

    def whole(self, a: Node) -> Node:
        """``a`` for every example: repeated along the batch where all share it."""
        if self.each(a):
            return self(a)
        if a.rank == 1 and self.axis == 1:
            return apply("outer", a, ones((self.count,)))
        return broadcast(a, self.shape(a.shape))

    def along(self, s: Node, shape: Any) -> Node:
        """A number for each example, repeated over its entries."""
        if len(shape) < 2:
            return spread(self(s), self.shape(shape), 1 - self.axis, keepdims=False) if shape else self(s)
        return broadcast(apply("reshape", self(s), shape=(self.count, *ONE * len(shape))), self.shape(shape))

    def inside(self, axis: int | None, rank: int) -> int:
        """Where an axis of one example stands in the batch."""
        return 1 - self.axis if rank == 1 else (axis or 0) + 1

    def total(self, y: Node, rank: int) -> Node:
        """The sum over all entries of each example."""
        if self.axis == 1:
            return y.sum(axis=0)
        for axis in range(rank, 0, -1):
            y = y.sum(axis=axis)
        return y


# ---------------------------------------------------------------------- one rule for each operator
def _alike(lift: _Lifter, y: Node) -> Node:
    """What acts entry by entry acts so on a batch."""
    return again(y, *map(lift.whole, y.args))


def _beside_numbers(lift: _Lifter, y: Node) -> Node:
    """The same, where a number meets every entry and stays as it is."""
    return again(y, *(a if is_number(a) else lift.whole(a) for a in y.args))


def _scaled(lift: _Lifter, y: Node) -> Node:
    s, X = y.args
    return lift.along(s, X.shape) * lift.whole(X) if lift.each(s) else s * lift(X)


def _product(lift: _Lifter, y: Node) -> Node:
    """W x is X Wᵀ on rows, W X on columns; a matrix of each example meets its own vector or matrix."""
    A, x = y.args
    if x.rank > 1:
        return (lift(A) if lift.each(A) else A) @ (lift(x) if lift.each(x) else x)
    if not lift.each(A):
        return lift(x) @ A.T if lift.axis == 0 else A @ lift(x)
    return einsum(f"bij,{'b' * lift.each(x)}j->bi", lift(A), lift(x) if lift.each(x) else x)


def _inner(lift: _Lifter, y: Node) -> Node:
    a, b = y.args
    if a.rank > 1 or (lift.each(a) and lift.each(b)):
        return lift.total(lift.whole(a) * lift.whole(b), a.rank)
    shared, own = (b, a) if lift.each(a) else (a, b)
    return lift(own) @ shared if lift.axis == 0 else lift(own).T @ shared


def _outer(lift: _Lifter, y: Node) -> Node:
    lift.shape(y.shape)
    a, b = y.args
    letters = ",".join("b" * lift.each(v) + c for v, c in ((a, "i"), (b, "j")))
    return einsum(f"{letters}->bij", *(lift(v) if lift.each(v) else v for v in (a, b)))


def _trace(lift: _Lifter, y: Node) -> Node:
    return einsum("bii->b", lift(y.args[0]))


def _contracted(lift: _Lifter, y: Node) -> Node:
    left, _, result = y["spec"].partition("->")
    batch = next(c for c in "bzyxwvuts" if c not in y["spec"])
    letters = [batch * lift.each(a) + w for a, w in zip(y.args, left.split(","), strict=True)]
    return einsum(f"{','.join(letters)}->{batch}{result}", *(lift(a) if lift.each(a) else a for a in y.args))


def _sum(lift: _Lifter, y: Node) -> Node:
    (a,), axis = y.args, y["axis"]
    return lift.total(lift(a), a.rank) if axis is None else lift(a).sum(axis + 1, y["keepdims"])


def _repeated(lift: _Lifter, y: Node) -> Node:
    (a,) = y.args
    if a.rank == 0:
        return lift.along(a, y.shape)
    beside = (lift.count, *ONE * (y.rank - a.rank), *a.shape)
    return broadcast(apply("reshape", lift(a), shape=beside), lift.shape(y.shape)) if y.rank > 1 else lift(a)


def _norm(lift: _Lifter, y: Node) -> Node:
    (a,) = y.args
    return lift.total(lift(a) ** 2, a.rank) ** sp.Rational(1, 2)


def _along_axis(lift: _Lifter, y: Node) -> Node:
    (a,) = y.args
    return apply(y.op, lift(a), **dict(y.attrs) | {"axis": lift.inside(y["axis"], a.rank)})


def _normalised(lift: _Lifter, y: Node) -> Node:
    (a,) = y.args
    return apply(y.op, lift(a), **dict(y.attrs) | {"axes": tuple(lift.inside(k, a.rank) for k in y["axes"])})


def _transposed(lift: _Lifter, y: Node) -> Node:
    return lift(y.args[0]).mT


def _permuted(lift: _Lifter, y: Node) -> Node:
    return apply("permute", lift(y.args[0]), axes=(0, *(k + 1 for k in y["axes"])))


def _reshaped(lift: _Lifter, y: Node) -> Node:
    return apply("reshape", _first(lift, y.args[0]), shape=lift.shape(y.shape))


def _cut(lift: _Lifter, y: Node) -> Node:
    return apply("cut", _first(lift, y.args[0]), key=((sp.Integer(0), lift.count, sp.Integer(1)), *y["key"]))


def _joined(lift: _Lifter, y: Node) -> Node:
    lifted_parts = [_first(lift, a) if lift.each(a) else lift.whole(a) for a in y.args]
    return apply("concat", *lifted_parts, axis=y["axis"] + 1)


def _rows(lift: _Lifter, y: Node) -> Node:
    """Rows by an index of each example."""
    *table, index = y.args
    if any(map(lift.each, table)) or lift.axis == 1:
        raise NotSupported(f"{y} has a table for each example, or a batch in columns")
    return apply(y.op, *table, lift(index), **dict(y.attrs))


def _first(lift: _Lifter, a: Node) -> Node:
    """What moves whole axes needs the batch on the first one."""
    if lift.axis == 1:
        raise NotSupported(f"a batch in columns of a model that moves entries, as of {a}; lift to rows")
    return lift(a)


_RULES: dict[str, Callable[[_Lifter, Node], Node]] = {
    **dict.fromkeys(("add", "multiply", "power", "elementwise", "stop_gradient"), _alike),
    **dict.fromkeys(("softmax", "log_softmax", "logsumexp"), _along_axis),
    **dict.fromkeys(("gather", "one_hot"), _rows),
    **dict.fromkeys(("indicator", "maximum", "minimum", "clip", "pow", "xlogy"), _beside_numbers),
    "scale": _scaled, "matmul": _product, "inner": _inner, "outer": _outer, "einsum": _contracted, "sum": _sum,
    "broadcast": _repeated, "norm": _norm, "standardize": _normalised, "transpose": _transposed, "permute": _permuted,
    "reshape": _reshaped, "cut": _cut, "concat": _joined, "trace": _trace,
}  # fmt: skip
