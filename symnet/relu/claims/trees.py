"""Continuous piecewise linear expressions as trees of plain tuples, which a certificate can hold as they are.

    Fraction      ("x", i)      ("+", e, ...)      ("*", Fraction, e)      ("relu", e)      ("abs", e)
    ("max", e, ...)   ("min", e, ...)   ("order", k, e, ...)   ("if", condition, e, e)   ("undefined",)
    conditions    (">=", e, e)     (">", e, e)     ("and", c, ...)     ("or", c, ...)     ("not", c)

Every operator means something in terms of relu alone, so one walk serves for numbers, for wires of a circuit, and for
affine maps on a region.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import reduce
from itertools import product
from typing import Any, TypeAlias

from symnet.relu.circuits import Relu
from symnet.relu.geometry.rationals import written

Tree: TypeAlias = Any
Guard: TypeAlias = tuple[Tree, bool]
Sign: TypeAlias = Callable[[Any, bool], bool]
Sorts: TypeAlias = dict[tuple[Tree, ...], list[Any]]
UNDEFINED = ("undefined",)


def maximum(relu: Relu, a: Any, b: Any) -> Any:
    """max(a, b) = b + relu(a − b)."""
    return b + relu(a - b)


def minimum(relu: Relu, a: Any, b: Any) -> Any:
    """min(a, b) = a − relu(a − b)."""
    return a - relu(a - b)


def ordered(relu: Relu, values: Iterable[Any]) -> list[Any]:
    """Sorted by exchanging neighbours: after round r the last r values are in place."""
    a = list(values)
    for last in range(len(a) - 1, 0, -1):
        for i in range(last):
            step = relu(a[i] - a[i + 1])
            a[i], a[i + 1] = a[i] - step, a[i + 1] + step
    return a


MEANING: Mapping[str, Callable[..., Any]] = {
    "+": lambda relu, *a: reduce(lambda s, t: s + t, a),
    "relu": lambda relu, z: relu(z),
    "abs": lambda relu, z: maximum(relu, z, -1 * z),
    "max": lambda relu, *a: reduce(lambda s, t: maximum(relu, s, t), a),
    "min": lambda relu, *a: reduce(lambda s, t: minimum(relu, s, t), a),
}


class Undefined(Exception):
    """A Piecewise was evaluated where none of its conditions holds."""


def value(
    tree: Tree, x: Sequence[Any], one: Any, relu: Relu, sign: Sign | None = None, known: Sorts | None = None
) -> Any:
    """The tree's value where the inputs are ``x`` and ``one`` is 1: numbers, wires of a circuit, or affine maps.

    ``sign(z, strict)`` decides z ≥ 0, or z > 0, for trees with "if". ``known`` are sorts that were made at this x.
    """
    known = {} if known is None else known

    def of(e: Tree) -> Any:
        return value(e, x, one, relu, sign, known)

    if isinstance(tree, Fraction):
        return tree * one
    head, *rest = tree
    if head == "x":
        return x[rest[0] - 1]
    if head == "*":
        return rest[0] * of(rest[1])
    if head == "order":
        k, *items = rest
        if (key := tuple(items)) not in known:
            known[key] = ordered(relu, map(of, items))
        return known[key][k - 1]
    if head == "if":
        assert sign is not None
        return of(rest[1] if truth(rest[0], lambda e, strict: sign(of(e), strict)) else rest[2])
    if head == "undefined":
        raise Undefined
    return MEANING[head](relu, *(of(e) for e in rest))


def truth(condition: Tree, sign: Sign) -> bool:
    """Whether the condition is true, where ``sign(e, strict)`` says whether e ≥ 0, or e > 0; asked only as needed."""
    head, *rest = condition
    if head in (">=", ">"):
        return sign(minus(*rest), head == ">")
    parts = (truth(c, sign) for c in rest)
    return {"and": all, "or": any, "not": lambda parts: not any(parts)}[head](parts)


def minus(a: Tree, b: Tree) -> Tree:
    """a − b."""
    return a if b == 0 else ("+", a, ("*", Fraction(-1), b))


def cases(tree: Tree) -> Iterator[tuple[tuple[Guard, ...], Tree]]:
    """The tree without "if": each choice of branches, as guards (condition, its truth) and the tree that is left."""
    if isinstance(tree, Fraction) or tree[0] in ("x", "undefined"):
        yield (), tree
    elif tree[0] == "if":
        _, condition, yes, no = tree
        yield from ((((condition, True), *guards), rest) for guards, rest in cases(yes))
        yield from ((((condition, False), *guards), rest) for guards, rest in cases(no))
    else:
        fixed = 2 if tree[0] in ("*", "order") else 1
        for choice in product(*(list(cases(e)) for e in tree[fixed:])):
            guards, rest = (tuple(g for gs, _ in choice for g in gs), tuple(e for _, e in choice))
            yield guards, UNDEFINED if UNDEFINED in rest else (*tree[:fixed], *rest)


def conditions(tree: Tree) -> Iterator[Tree]:
    """The conditions of every "if" in the tree, the outer ones first."""
    if not isinstance(tree, tuple):
        return
    head, *rest = tree
    if head == "if":
        yield rest.pop(0)
    for e in rest:
        yield from conditions(e)


def atoms(condition: Tree) -> Iterator[Tree]:
    """The expressions whose signs decide the condition."""
    head, *rest = condition
    if head in (">=", ">"):
        yield minus(*rest)
    else:
        for c in rest:
            yield from atoms(c)


def linear(tree: Tree) -> bool:
    """Whether the tree is affine as it is written: sums and multiples of inputs and numbers."""
    return isinstance(tree, Fraction) or tree[0] == "x" or (tree[0] in ("+", "*") and all(map(linear, tree[1:])))


def dumped(tree: Tree) -> Any:
    """The tree as JSON: lists, and fractions as strings."""
    if isinstance(tree, Fraction):
        return written(tree)
    return [dumped(part) for part in tree] if isinstance(tree, tuple) else tree
