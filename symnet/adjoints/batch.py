"""What a record needs to say how its operator acts on a batch: `Operator.batch`, (batch, y) to the node on the batch.

batch(a)     a quantity of each example becomes X, with the batch first (rows) or last (columns); what all share stays
each(a)      has each example its own?         whole(a)   one for each example in any case, repeated where all share it
N            the number of examples            axis       where the batch stands: 0 for rows, 1 for columns

A rule says the same as its operator, N times at once; `checks.batch` compares it with N single examples.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import sympy as sp

from symnet.adjoints.graph import Node, Shape, again, apply, broadcast, is_number, ones, quantity
from symnet.adjoints.record import OPERATORS
from symnet.errors import NotSupported

ONE = (sp.Integer(1),)


def uses(y: Node, names: "Mapping[str, str] | set[str]") -> bool:
    """Is one of the names in ``y``?"""
    return y["name"] in names if y.op == "quantity" else any(uses(a, names) for a in y.args)


@dataclass(frozen=True)
class Batch:
    """N examples, along ``axis``; ``names`` maps each quantity of one example to its name in the batch."""

    axis: int
    count: sp.Symbol
    names: dict[str, str]

    def __call__(self, y: Node) -> Node:
        """``y`` on the batch; as it is, where all examples share it."""
        if not self.each(y):
            return y
        if y.op == "quantity":
            leaf = quantity(self.names[y["name"]], self.shape(y.shape), y["role"])
            return replace(leaf, attrs=(*leaf.attrs, ("index", True))) if dict(y.attrs).get("index") else leaf
        operator = OPERATORS[y.op]
        if operator.batch is None:
            why = operator.without.get("batch", "its record has no batch rule")
            raise NotSupported(f"'{y.op}' for a batch: {why}")
        return operator.batch(self, y)

    def each(self, y: Node) -> bool:
        """Has each example its own?"""
        return uses(y, self.names)

    def shape(self, shape: Shape) -> Shape:
        """The shape with the batch in it."""
        if len(shape) > 1 and self.axis == 1:
            raise NotSupported("a batch of matrices has no columns; lift to rows, which puts the batch first")
        return (self.count, *shape) if self.axis == 0 else (*shape, self.count)

    def whole(self, a: Node) -> Node:
        """``a`` for every example: repeated along the batch where all share it."""
        if self.each(a):
            return self(a)
        if a.rank == 1 and self.axis == 1:
            return apply("outer", a, ones((self.count,)))
        return broadcast(a, self.shape(a.shape))

    def first(self, a: Node) -> Node:
        """``a`` with the batch on its first axis, which is what moves whole axes needs."""
        if self.axis == 1:
            raise NotSupported(f"a batch in columns of a model that moves entries, as of {a}; lift to rows")
        return self(a)

    def along(self, s: Node, shape: Shape) -> Node:
        """A number for each example, repeated over its entries."""
        if not shape:
            return self(s)
        if len(shape) > 1:
            return broadcast(apply("reshape", self(s), shape=(self.count, *ONE * len(shape))), self.shape(shape))
        if self.axis == 0:
            return apply("outer", self(s), ones(shape))
        return broadcast(self(s), self.shape(shape))

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


# ---------------------------------------------------------------------- rules that many records share
def entrywise(batch: Batch, y: Node) -> Node:
    """What acts entry by entry acts so on a batch."""
    return again(y, *map(batch.whole, y.args))


def beside_numbers(batch: Batch, y: Node) -> Node:
    """The same, where a number meets every entry and stays as it is."""
    return again(y, *(a if is_number(a) else batch.whole(a) for a in y.args))


def along_axis(batch: Batch, y: Node) -> Node:
    """What acts along one ``axis`` acts along it where it stands in the batch."""
    (a,) = y.args
    return apply(y.op, batch(a), **dict(y.attrs) | {"axis": batch.inside(y["axis"], a.rank)})


def along_axes(batch: Batch, y: Node) -> Node:
    """The same, along several ``axes``; what a vector has one of, its batch has a vector of."""
    (a,) = y.args
    found = apply(y.op, batch(a), **dict(y.attrs) | {"axes": tuple(batch.inside(k, a.rank) for k in y["axes"])})
    return found if y.rank else apply("reshape", found, shape=(batch.count,))


def last_axes(batch: Batch, y: Node) -> Node:
    """What acts on the last axes, whatever stands before them, leaves the batch where it is; a shape begins with N."""
    attrs = {k: (batch.count, *v) if k == "shape" else v for k, v in y.attrs}
    return apply(y.op, *map(batch.first, y.args), **attrs)
