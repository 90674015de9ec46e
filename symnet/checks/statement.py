"""What a certificate says: conditions on inputs and on the outputs of networks, evaluated on exact linear forms.

A form is {0: constant, i: coefficient of x_i, (h_0, ..., h_n): coefficient of |h_0 + Σ h_i x_i|}, zeros left out. The
same walk gives values at a point, kink forms and affine maps on a path: they differ in what ``relu`` and ``choose`` do.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import reduce
from math import gcd, lcm
from typing import Any

Form = dict[Any, Fraction]
Relu = Callable[[Form], Form]
Choose = Callable[[Form, bool], bool]
Exchange = Callable[[Any, Any], tuple[Any, Any]]


class Rejected(Exception):
    """The certificate does not prove what it says."""


class Undefined(Rejected):
    """No branch of a Piecewise applies."""


def require(condition: bool, why: str) -> None:
    """Reject the certificate unless the condition holds."""
    if not condition:
        raise Rejected(why)


def exact(data: Any) -> Any:
    """JSON, in which strings such as "-2" or "1/3" are fractions. Floats are refused."""
    require(not isinstance(data, float), f"{data} is a float")
    if isinstance(data, dict | list):
        return {k: exact(v) for k, v in data.items()} if isinstance(data, dict) else [exact(v) for v in data]
    return Fraction(data) if isinstance(data, str) and re.fullmatch(r"-?[0-9]+(/[0-9]+)?", data) else data


# ---------------------------------------------------------------------- forms
def add(a: Form, b: Form, factor: Fraction | int = 1) -> Form:
    """a + factor · b."""
    total = {key: a.get(key, Fraction(0)) + factor * b.get(key, 0) for key in a.keys() | b.keys()}
    return {key: value for key, value in total.items() if value}


def positive(z: Form, strict: bool = False) -> bool:
    """z ≥ 0, or z > 0, for a number."""
    require(z.keys() <= {0}, "a number was expected")
    return z.get(0, 0) > 0 or not (z or strict)


def kinked(z: Form) -> Form:
    """relu(z) = z/2 + |z|/2, and |z| = |s| |h|, h in primitive integers with a positive first slope."""
    if z.keys() <= {0}:
        return z if positive(z) else {}
    require(all(isinstance(key, int) for key in z), "a relu inside a relu has no kink form")
    slopes = [z.get(i, Fraction(0)) for i in range(max(z) + 1)]
    d = lcm(*(a.denominator for a in slopes))
    s = Fraction(gcd(*(int(a * d) for a in slopes)), d) * (1 if next(a for a in slopes[1:] if a) > 0 else -1)
    return add(add({}, z, Fraction(1, 2)), {tuple(int(a / s) for a in slopes): abs(s)}, Fraction(1, 2))


def affine(layer: Mapping[str, Any], h: list[Form]) -> list[Form]:
    """W h + b."""
    rows = zip(layer["weights"], layer["biases"], strict=True)
    return [reduce(lambda s, t: add(s, t[1], t[0]), zip(row, h, strict=True), add({}, {0: b})) for row, b in rows]


def exchanging(relu: Relu) -> Exchange:
    """(min, max) of two forms: a, b become a − relu(a − b), b + relu(a − b)."""

    def exchange(a: Form, b: Form) -> tuple[Form, Form]:
        step = relu(add(a, b, -1))
        return add(a, step, -1), add(b, step)

    return exchange


# ---------------------------------------------------------------------- expressions and conditions
@dataclass(frozen=True)
class Meaning:
    """What a statement means where ``names`` are the inputs and outputs, exchange(a, b) is (min, max), and

    choose(z, strict) says whether z ≥ 0, or z > 0.
    """

    names: Mapping[str, list[Any]]
    exchange: Exchange
    choose: Choose
    sorted: dict[str, list[Any]] = field(default_factory=dict)

    def value(self, tree: Any) -> Any:
        """A number, ["x", i] or ["out", o], ["+", e, ...], ["*", number, e, ...], ["if", condition, e, e], ..."""
        if isinstance(tree, Fraction):
            return add({}, {0: tree})
        head, *rest = tree
        if head in self.names:
            return self.names[head][rest[0] - 1]
        if head == "if":
            condition, yes, no = rest
            return self.value(yes if self.true(condition) else no)
        if head == "undefined":
            raise Undefined("a Piecewise has no branch for some inputs")
        if head == "order":
            k, *items = rest
            if (key := str(items)) not in self.sorted:  # all of them at once: there are claims about each of many
                self.sorted[key] = in_order(self.exchange, list(map(self.value, items)))
            return self.sorted[key][k - 1]
        first = [rest.pop(0)] if head == "*" else []
        return OPERATORS[head](self.exchange, [self.value(e) for e in rest], *first)

    def true(self, condition: Any) -> bool:
        """[">=", e, e], [">", e, e], ["=", e, e], ["and", c, ...], ["or", c, ...], ["not", c]: as far as needed."""
        head, *rest = condition
        if head in ("and", "or"):
            return {"and": all, "or": any}[head](map(self.true, rest))
        if head == "not":
            return not self.true(*rest)
        require(head in COMPARISONS, f"{head!r} is no condition")
        a, b = map(self.value, rest)
        return self.choose(add(a, b, -1), head == ">") and (head != "=" or self.choose(add(b, a, -1), False))


def in_order(exchange: Exchange, a: list[Any]) -> list[Any]:
    """Sorted, by exchanging neighbours."""
    for last in range(len(a) - 1, 0, -1):
        for i in range(last):
            a[i], a[i + 1] = exchange(a[i], a[i + 1])
    return a


OPERATORS: Mapping[str, Callable[..., Any]] = {
    "+": lambda exchange, a: reduce(add, a),
    "*": lambda exchange, a, factor: add({}, reduce(add, a), factor),
    "min": lambda exchange, a: reduce(lambda s, t: exchange(s, t)[0], a),
    "max": lambda exchange, a: reduce(lambda s, t: exchange(s, t)[1], a),
    "relu": lambda exchange, a: exchange(*a, {})[1],
    "abs": lambda exchange, a: exchange(*a, add({}, a[0], -1))[1],
}
COMPARISONS = (">=", ">", "=")


def well_formed(tree: Any, sizes: Mapping[str, int]) -> None:
    """Every part can be read, also where it is never needed; ``sizes`` are the numbers of inputs and outputs."""
    if isinstance(tree, Fraction):
        return
    head, *rest = tree
    if head in sizes:
        (i,) = rest
        require(type(i) is int and 1 <= i <= sizes[head], f"there is no {head}_{i}")
        return
    require(
        head in (*OPERATORS, *COMPARISONS, "order", "and", "or", "not", "if", "undefined"), f"unknown operator {head!r}"
    )
    require(head != "*" or isinstance(rest[0], Fraction), "a multiple needs a factor")
    require(head != "order" or (type(rest[0]) is int and 0 < rest[0] < len(rest)), "there is no such smallest number")
    for part in rest[1 if head in ("*", "order") else 0 :]:
        well_formed(part, sizes)


@dataclass(frozen=True)
class Statement:
    """``claim`` about the outputs of the networks wherever ``where`` is true of the inputs: lists of conditions."""

    networks: Mapping[str, list[Any]]
    where: list[Any]
    claim: list[Any]

    def __post_init__(self) -> None:
        sizes = {name: len(layers[-1]["biases"]) for name, layers in self.networks.items()} | {"x": len(self.x)}
        require(len(self.claim) > 0 and self.networks.keys() <= {"out", "other"}, "nothing is claimed of the network")
        for tree in self.claim:
            well_formed(tree, sizes)
        for tree in self.where:
            well_formed(tree, {"x": sizes["x"]})

    @property
    def x(self) -> list[Form]:
        """x_1, ..., x_n."""
        return [{i: Fraction(1)} for i, _ in enumerate(self.networks["out"][0]["weights"][0], 1)]

    def met(self, x: list[Form], relu: Relu, choose: Choose) -> bool:
        """Whether ``where`` is true."""
        return all(map(Meaning({"x": x}, exchanging(relu), choose).true, self.where))

    def true(self, x: list[Form], relu: Relu, choose: Choose) -> bool:
        """Whether the claim is true."""
        names = {"x": x, **{name: run(layers, x, relu) for name, layers in self.networks.items()}}
        return all(map(Meaning(names, exchanging(relu), choose).true, self.claim))


def run(layers: Iterable[Any], x: list[Form], relu: Relu) -> list[Form]:
    """W relu(... W relu(W x + b) + b ...) + b."""
    first, *later = layers
    return reduce(lambda z, layer: affine(layer, [*map(relu, z)]), later, affine(first, x))
