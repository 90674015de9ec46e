"""What a certificate is about: a network, a claim, and where, read for its checkers and evaluated on forms.

``relu`` and ``choose`` say what becomes of a form under a relu, and whether it is ≥ 0 (strict: > 0) in a condition.
So the same walk gives values at a point, kink canonical forms, and affine maps on a path.
"""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from typing import Any

from symnet.checks.forms import Form, Rejected, Undefined, add, constant, rational, require, sums, times

Relu = Callable[[Form], Form]
Choose = Callable[[Form, bool], bool]
Side = Callable[[Relu, Choose], list[Form]]
Inputs = Callable[[list[Form]], Side]
Layer = tuple[list[list[Fraction]], list[Fraction]]


@dataclass(frozen=True)
class Claimed:
    """What the outputs equal; or inequalities, trees (">=", e) and (">", e) in the inputs and then the outputs."""

    side: Inputs = lambda x: refuse
    relations: tuple[Any, ...] = ()

    def true(self, variables: list[Form], relu: Relu, choose: Choose) -> bool:
        """Whether all inequalities are true."""
        return all(choose(evaluate(e, variables, relu, refuse), head == ">") for head, e in self.relations)


@dataclass(frozen=True)
class Statement:
    """``claimed`` of the ``network`` with n inputs, wherever all forms of ``where`` are ≥ 0."""

    n: int
    network: Inputs
    claimed: Claimed
    where: tuple[Form, ...]


def halfspaces(rows: list[Any], n: int) -> tuple[Form, ...]:
    """Rows (constant, slopes ...), each a form that is ≥ 0."""
    require(all(len(row) == n + 1 for row in rows), "an inequality has the wrong number of coefficients")
    return tuple({i: a for i, a in enumerate(map(rational, row)) if a} for row in rows)


def inequalities(trees: list[Any], n: int) -> tuple[Any, ...]:
    """At least one [">=", e] or [">", e]."""
    require(len(trees) > 0 and all(len(t) == 2 and t[0] in (">=", ">") for t in trees), "no inequalities")
    for tree in trees:
        well_formed(tree, n)
    return tuple(trees)


# ---------------------------------------------------------------------- a network
def weights(data: list[Any]) -> list[Layer]:
    """The layers (W, b), in shapes that fit."""
    read = [([list(map(rational, row)) for row in e["weights"]], list(map(rational, e["biases"]))) for e in data]
    widths = [len(read[0][0][0]), *(len(b) for _, b in read)]
    for (W, b), n in zip(read, widths, strict=False):
        require(len(W) == len(b) > 0 and all(len(row) == n > 0 for row in W), "a layer's shapes do not fit")
    return read


def layers(data: list[Any]) -> tuple[int, int, Callable[[list[Form]], Side]]:
    """W relu(... W relu(W x + b) + b ...) + b: the numbers of inputs and outputs, and the side for given inputs."""
    first, *later = weights(data)

    def values(x: list[Form], relu: Relu) -> list[Form]:
        return reduce(lambda z, layer: sums(*layer, [relu(form) for form in z]), later, sums(*first, x))

    return len(first[0][0]), len((later or [first])[-1][1]), lambda x: lambda relu, choose: values(x, relu)


# ---------------------------------------------------------------------- expressions
def expressions(trees: list[Any], n: int) -> tuple[int, int, Callable[[list[Form]], Side]]:
    """An expression for each output: "1/2", ["x", i], ["+", e, ...], ["*", "1/2", e], ["if", condition, e, e], ..."""
    for tree in trees:
        well_formed(tree, n)
    return n, len(trees), lambda x: lambda relu, choose: [evaluate(tree, x, relu, choose) for tree in trees]


def well_formed(tree: Any, n: int) -> None:
    """Every part can be read, also where a Piecewise never gets to it."""
    if isinstance(tree, str):
        rational(tree)
        return
    head, *rest = tree
    if head == "x":
        require(len(rest) == 1 and type(rest[0]) is int and 1 <= rest[0] <= n, f"there is no input {rest}")
        return
    require(head in (*OPERATORS, *CONDITIONS, "if", "undefined"), f"unknown operator {head!r}")
    first = rest.pop(0) if head in ("*", "order") else None
    require(head != "*" or rational(first) is not None, "a multiple needs a factor")
    require(head != "order" or (type(first) is int and 1 <= first <= len(rest)), f"there is no smallest number {first}")
    for part in rest:
        well_formed(part, n)


def evaluate(tree: Any, x: list[Form], relu: Relu, choose: Choose) -> Form:
    """The expression's form where the inputs are ``x``."""
    if isinstance(tree, str):
        return constant(rational(tree))
    head, *rest = tree
    if head == "x":
        return x[rest[0] - 1]
    if head == "if":
        condition, yes, no = rest
        return evaluate(yes if truth(condition, x, choose) else no, x, relu, choose)
    if head == "undefined":
        raise Undefined("a Piecewise has no branch for some inputs")
    first = rest.pop(0) if head in ("*", "order") else None
    return OPERATORS[head](relu, [evaluate(e, x, relu, choose) for e in rest], first)


def order(relu: Relu, a: list[Form], k: int) -> Form:
    """The k-th smallest, by exchanging neighbours: a, b become a − relu(a − b), b + relu(a − b)."""
    for last in range(len(a) - 1, 0, -1):
        for i in range(last):
            step = relu(add(a[i], a[i + 1], -1))
            a[i], a[i + 1] = add(a[i], step, -1), add(a[i + 1], step)
    return a[k - 1]


def _multiple(relu: Relu, a: list[Form], factor: Any) -> Form:
    (z,) = a
    return times(rational(factor), z)


OPERATORS: dict[str, Callable[[Relu, list[Form], Any], Form]] = {
    "+": lambda relu, a, _: reduce(add, a),
    "*": _multiple,
    "max": lambda relu, a, _: reduce(lambda s, t: add(t, relu(add(s, t, -1))), a),
    "min": lambda relu, a, _: reduce(lambda s, t: add(s, relu(add(s, t, -1)), -1), a),
    "relu": lambda relu, a, _: relu(*a),
    "abs": lambda relu, a, _: add(times(2, relu(*a)), a[0], -1),
    "order": order,
}


CONDITIONS = (">=", ">", "and", "or", "not")


def truth(condition: Any, x: list[Form], choose: Choose) -> bool:
    """The truth of a condition, from left to right until it is settled; what it compares must be affine."""
    head, *rest = condition
    if head in (">=", ">"):
        (z,) = rest
        return choose(evaluate(z, x, refuse, refuse), head == ">")
    parts = (truth(c, x, choose) for c in rest)
    if head == "not":
        (part,) = parts
        return not part
    return {"and": all, "or": any}[head](parts)


def refuse(*_: Any) -> Any:
    """What relu and choose are where neither may stand."""
    raise Rejected("a relu or a condition stands where the certificate cannot follow it")
