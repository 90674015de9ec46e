"""Verify a certificate of ``symnet prove`` in exact arithmetic. This file needs Python's standard library alone.

    python verify.py certificate.json     exit code 0: it proves what is printed; 1: it does not; 2: it cannot be read

A certificate holds networks, conditions ``where`` on the inputs, and a ``claim``: conditions on inputs and outputs that
are said to be true wherever ``where`` is. Its ``proof`` is, by method,

    counterexample   a point where ``where`` is true and the claim is not
    kinks            nothing: both sides are written as affine + Σ c |h|, in which equal functions look the same
    comparators      for each network what its layers do to the wires, see `by_comparators`
    cells            a tree of paths, see `by_cells`

A form is an affine function of x, or a sum of kinks; forms have no operators, `Exact.sum` alone computes with them.
Bits are integers that hold a zero or one for each of the 2ⁿ inputs of zeros and ones.
"""

import argparse
import hashlib
import json
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import reduce
from itertools import pairwise
from math import ceil, floor, gcd, lcm
from pathlib import Path
from typing import Any, Literal

FORMAT, VERSION = "symnet certificate", 2
MOST_INPUTS = 24
MOST_LEVELS = 200  # of brackets in a condition
Tree = Any
"""Fraction, ("x", i), ("out", o), ("other", o), or an operator of GRAMMAR with its parts."""
Layer = tuple[tuple[tuple[Fraction, ...], ...], tuple[Fraction, ...]]


class Malformed(Exception):
    """This is no certificate."""


class Unreadable(Malformed):
    """It is not even JSON."""


class TooLarge(Exception):
    """To decide it takes more than the limits allow."""


class Rejected(Exception):
    """The certificate does not prove what it says."""


class Undefined(Rejected):
    """No branch of a Piecewise applies."""


def expect(condition: object, why: str, *what: Any) -> None:
    """Malformed unless the condition holds of ``what``."""
    if not condition:
        raise Malformed(" ".join([*map(shown, what), why]))


def require(condition: bool, why: str) -> None:
    """Reject the certificate unless the condition holds."""
    if not condition:
        raise Rejected(why)


@dataclass(frozen=True)
class Limits:
    """Bytes of the file, digits of a number, and steps: some multiplications of small numbers each."""

    bytes: float = 2**24
    digits: float = 4300
    steps: float = 2 * 10**7


NO_LIMITS = Limits(*[float("inf")] * 3)


# ---------------------------------------------------------------------- reading: what is not understood is refused
@dataclass(frozen=True)
class Certificate:
    """``claim`` about the outputs of the networks wherever ``where`` is true of the inputs: conditions, as trees."""

    networks: Mapping[str, tuple[Layer, ...]]
    where: tuple[Tree, ...]
    claim: tuple[Tree, ...]
    method: str
    proof: Any

    @property
    def n(self) -> int:
        """The number of inputs."""
        return widths(self.networks["out"])[0]


def read(text: bytes, limits: Limits) -> Certificate:
    """The certificate, every part of it understood."""
    return Reader(limits).certificate(parsed(text, limits))


def parsed(text: bytes, limits: Limits) -> Any:
    """JSON in which no key stands twice, and every number is a short integer."""
    if len(text) > limits.bytes:
        raise TooLarge(f"it has more than {limits.bytes:,} bytes")
    try:
        return json.loads(
            text.decode("utf-8"),
            object_pairs_hook=distinct,
            parse_int=index,
            parse_float=inexact,
            parse_constant=inexact,
        )
    except RecursionError:
        raise TooLarge("it is nested too deep") from None
    except ValueError as error:
        raise Unreadable(f"it is not JSON: {error}") from None


def distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object, no key of which stands twice."""
    found = dict(pairs)
    expect(len(found) == len(pairs), "are keys, and one stands twice", ", ".join(key for key, _ in pairs))
    return found


def index(digits: str) -> int:
    """A bare integer counts something."""
    expect(len(digits) < 10, "is too large for an index", digits)
    return int(digits)


def inexact(number: str) -> Any:
    """0.5, NaN and Infinity are none of the numbers here."""
    raise Malformed(f"{shown(number)} is not exact: numbers are strings")


def shown(data: Any) -> str:
    """A quotation of bounded length, in ASCII."""
    text = ascii(data if not isinstance(data, list | dict | str) else data[:80] if isinstance(data, str) else "...")
    return text if len(text) < 80 else f"{text[:60]}..."


EXPRESSIONS = {
    "+": "e+", "*": "ne", "min": "e+", "max": "e+", "relu": "e", "abs": "e", "order": "ke+", "if": "cee",
    "undefined": "",
}  # fmt: skip
CONDITIONS = {">=": "ee", ">": "ee", "=": "ee", "and": "c*", "or": "c*", "not": "c"}
GRAMMAR = {"e": EXPRESSIONS, "c": CONDITIONS}
"""What follows the head: e expression, c condition, n number, k which of the items; + once or more, * also never."""
NUMBER = re.compile(r"-?[0-9]+(/[0-9]+)?")
ROW = re.compile(r"[0-9]{1,9}")
Turn = tuple[str, tuple[tuple[int, Fraction], ...]]


@dataclass(frozen=True)
class Reader:
    """JSON as what it means."""

    limits: Limits
    known: dict[str, Fraction] = field(default_factory=dict)

    def certificate(self, data: Any) -> Certificate:
        this = record(
            data, "the certificate", "format", "version", "networks", "where", "claim", "holds", "method", "proof"
        )
        expect(this["format"] == FORMAT, f'its "format" is not "{FORMAT}"')
        expect(this["version"] == VERSION, f'its "version" is not {VERSION}')
        networks = self.networks(this["networks"])
        n, sizes = widths(networks["out"])[0], {name: widths(layers)[-1] for name, layers in networks.items()}
        where = tuple(self.tree(c, "c", {"x": n}) for c in items(this["where"], '"where"'))
        claim = tuple(self.tree(c, "c", sizes | {"x": n}) for c in items(this["claim"], '"claim"'))
        expect(claim, "nothing is claimed")
        method, holds = this["method"], this["holds"]
        expect(isinstance(method, str) and method in METHODS, f'its "method" is none of {", ".join(METHODS)}')
        expect(type(holds) is bool and holds == (method != "counterexample"), '"holds" and "method" disagree')
        return Certificate(networks, where, claim, method, PROOFS[method](self, this["proof"], networks))

    def networks(self, data: Any) -> dict[str, tuple[Layer, ...]]:
        both = isinstance(data, dict) and "other" in data
        networks = {
            name: self.network(layers) for name, layers in record(data, '"networks"', "out", *["other"] * both).items()
        }
        expect(len({widths(layers)[0] for layers in networks.values()}) == 1, "the networks have different inputs")
        return networks

    def network(self, data: Any) -> tuple[Layer, ...]:
        layers = tuple(self.layer(record(layer, "a layer", "weights", "biases")) for layer in items(data, "a network"))
        expect(layers, "a network has no layers")
        for (_, below), (W, _) in pairwise(layers):
            expect(len(W[0]) == len(below), "a layer has other inputs than there are units below")
        return layers

    def layer(self, this: Mapping[str, Any]) -> Layer:
        W = tuple(self.numbers(row) for row in items(this["weights"], '"weights"'))
        b = self.numbers(this["biases"])
        expect(W and W[0] and len({len(row) for row in W}) == 1, "the rows of weights are empty, or differ in length")
        expect(len(b) == len(W), "there are not as many biases as rows of weights")
        return W, b

    def numbers(self, data: Any) -> tuple[Fraction, ...]:
        return tuple(map(self.number, items(data, "a row of numbers")))

    def number(self, data: Any) -> Fraction:
        """ "-2" or "1/3": a string."""
        expect(isinstance(data, str), 'is no number, which is a string such as "-2" or "1/3"', data)
        if (found := self.known.get(data)) is not None:
            return found
        p, _, q = data.partition("/")
        longest = min(self.limits.digits, sys.get_int_max_str_digits() or self.limits.digits)
        if max(len(p), len(q)) > longest:
            raise TooLarge(f"a number has more than {longest:,} digits")
        expect(NUMBER.fullmatch(data), 'is no number; write it as "-2" or "1/3"', data)
        expect(not q or q.strip("0"), "divides by zero", data)
        return self.known.setdefault(data, Fraction(int(p), int(q or "1")))

    def tree(self, data: Any, kind: str, sizes: Mapping[str, int], level: int = 0) -> Tree:
        """An expression or a condition; ``sizes`` are the numbers of inputs and of outputs that may be named."""
        if kind == "n" or (kind == "e" and isinstance(data, str)):
            return self.number(data)
        if kind == "k":
            expect(type(data) is int and data > 0, "is no index", data)
            return data
        what = {"e": "expression", "c": "condition"}[kind]
        if level >= MOST_LEVELS:
            raise TooLarge(f"it has brackets inside more than {MOST_LEVELS} others")
        head, *rest = items(data, f"the {what}") or [None]
        expect(isinstance(head, str), f"is no {what}", data)
        if kind == "e" and head in sizes:
            expect(len(rest) == 1 and type(rest[0]) is int and 1 <= rest[0] <= sizes[head], f"there is no such {head}")
            return head, rest[0]
        expect(head in GRAMMAR[kind], f"begins no {what}", head)
        kinds = parts_of(GRAMMAR[kind][head], len(rest))
        expect(len(kinds) == len(rest), f"{head} has {len(rest)} parts")
        found = (head, *(self.tree(part, k, sizes, level + 1) for part, k in zip(rest, kinds, strict=True)))
        expect(head != "order" or found[1] < len(found) - 1, "there is no such smallest number")
        return found

    # ------------------------------------------------------------------ proofs
    def point(self, data: Any, networks: Mapping[str, tuple[Layer, ...]]) -> tuple[Fraction, ...]:
        x = self.numbers(data)
        expect(len(x) == widths(networks["out"])[0], "the point has another number of inputs")
        return x

    def nothing(self, data: Any, _: Any) -> None:
        expect(data is None, "a proof by kinks is null")

    def stages(self, data: Any, networks: Mapping[str, tuple[Layer, ...]]) -> dict[str, list[tuple[list[Any], Layer]]]:
        """For each network its layers: pairs of wires, and what the next layer reads."""
        n, found = widths(networks["out"])[0], {}
        for name, stages in record(data, "the proof", *networks).items():
            found[name] = []
            for stage in items(stages, "the stages"):
                this = record(stage, "a stage", "comparators", "weights", "biases")
                pairs = [items(pair, "a comparator") for pair in items(this["comparators"], '"comparators"')]
                expect(
                    all(len(p) == 2 and all(type(w) is int and 1 <= w <= n for w in p) for p in pairs), "no such wires"
                )
                reads = self.layer(this)
                expect(len(reads[0][0]) == n, "a stage reads another number of wires")
                found[name].append((pairs, reads))
            expect(len(found[name]) == len(networks[name]) - 1, "there is not a stage for each hidden layer")
        return found

    def turns(self, data: Any, _: Any) -> list[Turn]:
        return list(map(self.turn, items(data, "a proof by cells")))

    def turn(self, data: Any) -> Turn:
        expect(isinstance(data, str), "is no turn of a path", data)
        sign, *weights = data.split(" ")
        expect(sign in ("+", "-") or data == "split", "is no turn of a path", data)
        return sign, tuple(map(self.weight, weights))

    def weight(self, text: str) -> tuple[int, Fraction]:
        """ "3:1/2": a row, and what it is multiplied by."""
        i, _, y = text.partition(":")
        expect(ROW.fullmatch(i), "is no weight of a row", text)
        return int(i), self.number(y)


PROOFS = {"counterexample": Reader.point, "kinks": Reader.nothing, "comparators": Reader.stages, "cells": Reader.turns}


def record(data: Any, what: str, *keys: str) -> dict[str, Any]:
    """An object with these keys and no others."""
    expect(isinstance(data, dict), f"{what} is no object")
    expect(data.keys() == set(keys), f"are the keys of {what}, not {', '.join(keys)}", ", ".join(data))
    return data


def items(data: Any, what: str) -> list[Any]:
    """A list."""
    expect(isinstance(data, list), f"{what} is no list")
    return data


def parts_of(signature: str, number: int) -> str:
    """The kinds of so many parts: the last of "ke+" again and again."""
    if signature[-1:] not in ("+", "*"):
        return signature
    *first, again, _ = signature
    least = len(first) + signature.endswith("+")
    return "".join(first) + again * (max(number, least) - len(first))


def widths(layers: Sequence[Layer]) -> list[int]:
    """Inputs, units of each hidden layer, outputs."""
    return [len(layers[0][0][0]), *(len(b) for _, b in layers)]


# ---------------------------------------------------------------------- exact arithmetic
@dataclass(frozen=True, slots=True)
class Form:
    """Σ terms[key] · key / over. Key 0 is 1, i > 0 is x_i, a negative one a kink |h|. In lowest terms, without zeros:
    equal forms look the same."""

    terms: Mapping[int, int]
    over: int = 1
    words: int = field(default=1, compare=False)  # how long its numbers are, at most

    @property
    def is_number(self) -> bool:
        return self.terms.keys() <= {0}


Row = tuple[Form, bool]
"""form ≥ 0, or form > 0 (True)."""
ZERO, ONE, HALF = Form({}), Fraction(1), Fraction(1, 2)


def words(a: int) -> int:
    """How long a number is."""
    return 1 + (a.bit_length() >> 10)


def positive(z: Form, strict: bool = False) -> bool:
    """z ≥ 0, or z > 0, for a number."""
    require(z.is_number, "the two sides differ by more than a number")
    return z.terms.get(0, 0) > 0 or not (z.terms or strict)


@dataclass
class Exact:
    """Sums of multiples of forms. Each costs steps, of which not many may be ``left``."""

    left: float
    hyperplanes: dict[tuple[tuple[int, int], ...], int] = field(default_factory=dict)

    def spend(self, steps: float) -> None:
        self.left -= steps
        if self.left < 0:
            raise TooLarge("to check it takes too many steps")

    def sum(self, *parts: tuple[Fraction, Form]) -> Form:
        """Σ c · form."""
        self.spend(2)
        over, total = 1, {}
        for c, form in parts:
            d = c.denominator * form.over
            self.spend(words(over) * words(d))
            over = lcm(over, d)
        for c, form in parts:
            factor = c.numerator * (over // (c.denominator * form.over))
            self.spend(len(form.terms) * words(factor) * form.words)
            for key, a in form.terms.items():
                total[key] = total.get(key, 0) + factor * a
        longest = words(max(map(abs, total.values()), default=0))
        if over == 1:
            return Form({key: a for key, a in total.items() if a}, 1, longest)
        self.spend(len(total) * words(over) * longest)
        g = gcd(over, *total.values())
        return Form({key: a // g for key, a in total.items() if a}, over // g, max(longest, words(over)))

    def number(self, a: Fraction) -> Form:
        return self.sum((a, Form({0: 1})))

    def minus(self, a: Form, b: Form) -> Form:
        return self.sum((ONE, a), (-ONE, b))

    def kinked(self, z: Form) -> Form:
        """relu(z) = z/2 + |z|/2, and |z| = s |h|, s > 0, h in primitive integers with a positive first slope."""
        if z.is_number:
            return z if positive(z) else ZERO
        require(min(z.terms) >= 0, "a relu inside a relu has no kink form")
        self.spend(len(z.terms) * z.words**2)
        terms = sorted(z.terms.items())
        s = gcd(*z.terms.values())
        sign = 1 if next(a for i, a in terms if i) > 0 else -1
        h = tuple((i, a // (sign * s)) for i, a in terms)
        kink = self.hyperplanes.setdefault(h, -1 - len(self.hyperplanes))
        return self.sum((HALF, z), (Fraction(s, 2 * z.over), Form({kink: 1})))

    def affine(self, layer: Layer, h: Sequence[Form]) -> list[Form]:
        """W h + b."""
        rows = zip(*layer, strict=True)
        return [
            self.sum((b, Form({0: 1})), *((a, z) for a, z in zip(row, h, strict=True) if a and z.terms))
            for row, b in rows
        ]

    def exchange(self, relu: "Relu", a: Form, b: Form) -> tuple[Form, Form]:
        """(min, max) = (a − relu(a − b), b + relu(a − b))."""
        step = relu(self.minus(a, b))
        return self.minus(a, step), self.sum((ONE, b), (ONE, step))

    def outputs(self, layers: Sequence[Layer], x: Sequence[Form], relu: "Relu") -> list[Form]:
        """W relu(... W relu(W x + b) + b ...) + b."""
        first, *later = layers
        return reduce(lambda z, layer: self.affine(layer, [*map(relu, z)]), later, self.affine(first, x))


Relu = Callable[[Form], Form]
Choose = Callable[[Form, bool], bool]


def variables(n: int) -> list[Form]:
    """x_1, ..., x_n."""
    return [Form({i: 1}) for i in range(1, n + 1)]


# ---------------------------------------------------------------------- what conditions mean, in forms
@dataclass(frozen=True)
class Meaning:
    """Trees where ``names`` are the inputs and outputs, relu(z) is a form, and choose(z, strict) says if z ≥ 0, or > 0.

    "and", "or" and "if" are read from the left, as far as needed. The same walk gives values at a point, kink forms,
    and affine maps on a path: they differ in what ``relu`` and ``choose`` do.
    """

    exact: Exact
    names: Mapping[str, Sequence[Form]]
    relu: Relu
    choose: Choose
    known: dict[Tree, list[Form]] = field(default_factory=dict)

    def value(self, tree: Tree) -> Form:
        while not isinstance(tree, Fraction) and tree[0] == "if":
            tree = tree[2] if self.true(tree[1]) else tree[3]
        self.exact.spend(1)
        if isinstance(tree, Fraction):
            return self.exact.number(tree)
        head, *rest = tree
        if head in ("x", "out", "other"):
            return self.names[head][rest[0] - 1]
        if head == "undefined":
            raise Undefined("a Piecewise has no branch for some inputs")
        if head == "*":
            return self.exact.sum((rest[0], self.value(rest[1])))
        if head == "order":
            return self.in_order(tuple(rest[1:]))[rest[0] - 1]
        return FORMS[head](self, [self.value(e) for e in rest])

    def true(self, condition: Tree) -> bool:
        head, *rest = condition
        if head in ("and", "or"):
            return {"and": all, "or": any}[head](map(self.true, rest))
        if head == "not":
            return not self.true(*rest)
        a, b = map(self.value, rest)
        above = self.choose(self.exact.minus(a, b), head == ">")
        return above and (head != "=" or self.choose(self.exact.minus(b, a), False))

    def exchange(self, a: Form, b: Form) -> tuple[Form, Form]:
        return self.exact.exchange(self.relu, a, b)

    def in_order(self, parts: tuple[Tree, ...]) -> list[Form]:
        """All at once: there are claims about each of many."""
        if parts not in self.known:
            self.known[parts] = exchanged(self.exact, self.exchange, [self.value(e) for e in parts])
        return self.known[parts]


FORMS: Mapping[str, Callable[[Meaning, list[Form]], Form]] = {
    "+": lambda of, a: of.exact.sum(*((ONE, e) for e in a)),
    "min": lambda of, a: reduce(lambda s, t: of.exchange(s, t)[0], a),
    "max": lambda of, a: reduce(lambda s, t: of.exchange(s, t)[1], a),
    "relu": lambda of, a: of.relu(a[0]),
    "abs": lambda of, a: of.exchange(a[0], of.exact.minus(ZERO, a[0]))[1],
}


def exchanged(exact: Exact, exchange: Callable[[Any, Any], tuple[Any, Any]], a: list[Any]) -> list[Any]:
    """Sorted, by exchanging neighbours."""
    exact.spend(4 * len(a) ** 2)
    for last in range(len(a) - 1, 0, -1):
        for i in range(last):
            a[i], a[i + 1] = exchange(a[i], a[i + 1])
    return a


def met(this: Certificate, exact: Exact, x: Sequence[Form], relu: Relu, choose: Choose) -> bool:
    """Whether ``where`` is true."""
    return all(map(Meaning(exact, {"x": x}, relu, choose).true, this.where))


def true(this: Certificate, exact: Exact, x: Sequence[Form], relu: Relu, choose: Choose) -> bool:
    """Whether the claim is true."""
    names = {"x": x} | {name: exact.outputs(layers, x, relu) for name, layers in this.networks.items()}
    return all(map(Meaning(exact, names, relu, choose).true, this.claim))


# ---------------------------------------------------------------------- counterexample
def by_point(this: Certificate, exact: Exact) -> dict[str, Any]:
    """What is claimed is false or undefined at a point where it is claimed."""
    x = list(map(exact.number, this.proof))
    require(met(this, exact, x, exact.kinked, positive), "nothing is claimed at the point")
    with suppress(Undefined):
        require(not true(this, exact, x, exact.kinked, positive), "the claim is true at the point")
    return {"point": list(map(str, this.proof))}


# ---------------------------------------------------------------------- kinks
def by_kinks(this: Certificate, exact: Exact) -> dict[str, Any]:
    """Both sides differ by a number, so that it is plain which of them is larger: on all of ℝⁿ."""
    require(true(this, exact, variables(this.n), exact.kinked, positive), "the claim is false")
    return {}


# ---------------------------------------------------------------------- comparators
def by_comparators(this: Certificate, exact: Exact) -> dict[str, Any]:
    """The networks consist of comparators, and the claim is true for all zeros and ones, so for all real numbers.

    For each network and layer: a layer E, e reads E w + e of its wires w (at first the inputs), then come comparators,
    pairs of wires: the smaller value goes to the first, the larger to the second. In kink form W relu(E w + e) + b must
    be E' w' + e', what the next layer reads of the wires w' after them; and at last the wires themselves.

    Minima and maxima commute with "≥ t" for every t, so they are known from zeros and ones, of which all 2ⁿ are tried.
    """
    n = this.n
    require(n <= MOST_INPUTS, f"2^{n} inputs are too many")
    x = zeros_and_ones(n)
    bits = Bits(exact, {"x": x} | {name: wires(this, exact, name, x) for name in this.networks})
    for sign, *sides in this.claim:
        require(sign in ("=", ">="), f"{sign} is not decided by zeros and ones")
        a, b = map(bits.value, sides)
        require(a == b if sign == "=" else a | b == a, "the claim is false for some zeros and ones")
    return {"zeros and ones": 2**n}


def zeros_and_ones(n: int) -> list[int]:
    """Bit k of number i is bit i of k: the value of input i + 1 for the k-th of all inputs."""
    return [reduce(lambda bits, k: bits | bits << 2**k, range(i + 1, n), (1 << 2**i) - 1 << 2**i) for i in range(n)]


def wires(this: Certificate, exact: Exact, name: str, x: Sequence[int]) -> list[int]:
    """The network's outputs as bits, its layers being what the proof says."""
    (first, *later), w, bits = this.networks[name], variables(this.n), list(x)
    reads = first
    for layer, (pairs, after) in zip(later, this.proof[name], strict=True):
        forms = list(w)
        for i, j in pairs:
            exact.spend(1 + (2**this.n >> 16))
            forms[i - 1], forms[j - 1] = exact.exchange(exact.kinked, forms[i - 1], forms[j - 1])
            bits[i - 1], bits[j - 1] = bits[i - 1] & bits[j - 1], bits[i - 1] | bits[j - 1]
        computed = exact.affine(layer, [exact.kinked(z) for z in exact.affine(reads, w)])
        require(computed == exact.affine(after, forms), "a layer has other comparators")
        reads = after
    outputs = exact.affine(reads, w)
    require(all(form in w for form in outputs), "the outputs are not wires")
    return [bits[w.index(form)] for form in outputs]


@dataclass(frozen=True)
class Bits:
    """Minima and maxima of zeros and ones. The principle covers nothing else, so there is nothing else here."""

    exact: Exact
    names: Mapping[str, Sequence[int]]
    known: dict[Tree, list[int]] = field(default_factory=dict)

    def value(self, tree: Tree) -> int:
        head, *rest = tree if isinstance(tree, tuple) else ("a number",)
        require(head in (*self.names, "min", "max", "order"), f"{head} is not decided by zeros and ones")
        if head in self.names:
            return self.names[head][rest[0] - 1]
        if head == "order":
            return self.in_order(tuple(rest[1:]))[rest[0] - 1]
        a = [self.value(e) for e in rest]
        return reduce(lambda s, t: self.exchange(s, t)[head == "max"], a)

    def exchange(self, a: int, b: int) -> tuple[int, int]:
        self.exact.spend(1 + (a.bit_length() >> 16))
        return a & b, a | b

    def in_order(self, parts: tuple[Tree, ...]) -> list[int]:
        if parts not in self.known:
            self.known[parts] = exchanged(self.exact, self.exchange, [self.value(e) for e in parts])
        return self.known[parts]


# ---------------------------------------------------------------------- cells
def by_cells(this: Certificate, exact: Exact) -> dict[str, Any]:
    """Every x follows a path on which the claim is true. Each path is evaluated from the start to its end.

    The tree is in preorder, with a turn for each form z that is not constant: "split" goes where z ≥ 0, and later
    where z ≤ 0; "+ 3:1/2 5:2" goes where z ≥ 0 alone, "- ..." where z ≤ 0 alone, with weights that exclude the rest.
    """
    x = variables(this.n)
    unread, later, paths, inside = this.proof[::-1], [[]], 0, 0
    while later:
        trail = Trail(exact, unread, later, later.pop())
        if met(this, exact, x, trail.relu, trail.choose):
            require(true(this, exact, x, trail.relu, trail.choose), "the claim is false on a path")
            inside += 1
        paths += 1
    require(not unread, "there are turns after the last path")
    return {"paths": paths} | ({"paths where the conditions are true": inside} if this.where else {})


@dataclass
class Trail:
    """The turns that were taken before are taken again, later ones are read. Each adds a row: form ≥ 0, or even > 0."""

    exact: Exact
    unread: list[Turn]
    later: list[list[bool]]
    turns: list[bool]
    rows: list[Row] = field(default_factory=list)

    def relu(self, z: Form) -> Form:
        """Where z = 0 both ways are right; so both rows are closed, and only what is beyond is to be excluded."""
        return z if self.choose(z, strict=False, either=True) else ZERO

    def choose(self, z: Form, strict: bool, either: bool = False) -> bool:
        """Whether the path goes where z ≥ 0 (``strict``: z > 0)."""
        if z.is_number:
            return positive(z, strict)
        ways = {True: (z, strict), False: (self.exact.minus(ZERO, z), not strict)}
        if len(self.rows) == len(self.turns):
            self.turns.append(self.read(ways, either))
        yes = self.turns[len(self.rows)]
        form, strict = ways[yes]
        self.rows.append((form, strict and not either))
        return yes

    def read(self, ways: Mapping[bool, tuple[Form, bool]], either: bool) -> bool:
        """The next turn. Weights "i:y" add y > 0 times row i of the path to the row of the way that they exclude.

        On that way the sum would be ≥ 0, or > 0 as one of the rows is; but it is a number that is not.
        """
        require(len(self.unread) > 0, "the tree ends before its last path")
        sign, weights = self.unread.pop()
        if sign == "split":
            self.later.append([*self.turns, False])
            return True
        yes = sign == "+"
        other, strict = ways[not yes]
        require(all(i < len(self.rows) and y > 0 for i, y in weights), "a weight is not positive, or of no row")
        total = self.exact.sum((ONE, other), *((y, self.rows[i][0]) for i, y in weights))
        strict = strict or either or any(self.rows[i][1] for i, _ in weights)
        require(not positive(total, strict), "the weights do not exclude the other way")
        return yes


METHODS = {"counterexample": by_point, "kinks": by_kinks, "comparators": by_comparators, "cells": by_cells}


# ---------------------------------------------------------------------- whether anything is claimed
def inhabited(this: Certificate, exact: Exact, facts: Mapping[str, Any]) -> str:
    """Whether an input satisfies ``where``: a point, or that there is none, or that neither was shown."""
    if this.method == "counterexample":
        return f"{written(this.proof)} satisfies the conditions"
    if facts.get("paths where the conditions are true") == 0:
        return NOBODY
    if {head for condition in this.where for head in heads(condition)} <= LINEAR:
        with suppress(TooLarge):
            rows: list[Row] = []
            met(this, exact, variables(this.n), exact.kinked, lambda z, strict: rows.append((z, strict)) is None)
            point = solution(exact, rows, this.n)
            if point is None:
                return NOBODY
            if met(this, exact, list(map(exact.number, point)), exact.kinked, positive):
                brief = all(words(a.numerator) == words(a.denominator) == 1 for a in point)
                return f"{written(point) if brief else 'an input'} satisfies the conditions"
    return "it is not shown that an input satisfies the conditions"


def written(point: Iterable[Fraction]) -> str:
    """The inputs of a point."""
    return f"x = ({', '.join(map(str, point))})"


NOBODY = "no input satisfies the conditions, so that nothing is said of any input"
LINEAR = {"and", *CONDITIONS.keys() & {">=", ">", "="}, "+", "*", "x"}


def heads(tree: Tree) -> Iterator[str]:
    """All words of a condition."""
    if isinstance(tree, tuple):
        yield tree[0]
        for part in tree[1:]:
            yield from heads(part)


def solution(exact: Exact, rows: list[Row], n: int) -> list[Fraction] | None:
    """x in ℚⁿ with every row ≥ 0, or > 0; None if there is none: Fourier and Motzkin.

    A variable is eliminated by adding each row that bounds it below to each that bounds it above.
    """
    bounds: list[tuple[int, list[Row]]] = []
    while all(positive(*row) for row in rows if row[0].is_number):
        rows = [row for row in rows if not row[0].is_number]
        if not rows:
            return back_substituted(exact, bounds, n)
        i = fewest_pairs(rows)
        bounds.append((i, [row for row in rows if i in row[0].terms]))
        exact.spend(sum(len(form.terms) for form, _ in rows))
        below, above = ([row for row in bounds[-1][1] if sign * row[0].terms[i] > 0] for sign in (1, -1))
        rows = [row for row in rows if i not in row[0].terms]
        rows += (added(exact, i, p, q) for p in below for q in above)
    return None


def fewest_pairs(rows: list[Row]) -> int:
    """The variable whose elimination leaves the fewest rows."""
    count = Counter((i, a > 0) for form, _ in rows for i, a in form.terms.items() if i)
    return min((count[i, True] * count[i, False], i) for i, _ in count)[1]


def added(exact: Exact, i: int, below: Row, above: Row) -> Row:
    """Positive multiples of both, in which x_i is left out."""
    (p, open_p), (q, open_q) = below, above
    return exact.sum((Fraction(p.over, p.terms[i]), p), (Fraction(-q.over, q.terms[i]), q)), open_p or open_q


def back_substituted(exact: Exact, bounds: list[tuple[int, list[Row]]], n: int) -> list[Fraction]:
    """The variable that was eliminated last comes first."""
    x = [Fraction(0)] * n
    for i, rows in reversed(bounds):
        low, high = [], []
        for form, _ in rows:
            exact.spend(len(form.terms) * form.words**2)
            rest = sum((a * (x[j - 1] if j else 1) for j, a in form.terms.items() if j != i), Fraction(0))
            (low if form.terms[i] > 0 else high).append(-rest / form.terms[i])
        x[i - 1] = between(max(low, default=None), min(high, default=None))
    return x


def between(low: Fraction | None, high: Fraction | None) -> Fraction:
    """A number inside, whole if there is one."""
    if low is None:
        return Fraction(0 if high is None else ceil(high) - 1)
    whole = Fraction(floor(low) + 1)
    return whole if high is None or whole < high else (low + high) / 2


# ---------------------------------------------------------------------- what was proved
@dataclass(frozen=True)
class Verdict:
    """What became of a ``certificate``, where it could be read, and the ``facts``: what was proved, or ``why`` not."""

    state: Literal["passed", "rejected", "malformed", "unreadable", "too large"]
    facts: Mapping[str, Any]
    certificate: Certificate | None = None

    @property
    def exit_code(self) -> int:
        return {"passed": 0, "rejected": 1}.get(self.state, 2)


def verify(text: bytes, limits: Limits = Limits()) -> Verdict:
    """Whether the certificate proves what it says."""
    this = None
    try:
        this = read(text, limits)
        return Verdict("passed", proved(this, Exact(limits.steps)), this)
    except Rejected as why:
        return Verdict("rejected", {"why": str(why)}, this)
    except Unreadable as why:
        return Verdict("unreadable", {"why": str(why)})
    except Malformed as why:
        return Verdict("malformed", {"why": f"malformed certificate: {why}"})
    except (TooLarge, RecursionError, MemoryError) as why:
        return Verdict("too large", {"why": f"nothing was decided: {why or type(why).__name__}"})


def verify_file(path: str | Path, limits: Limits = Limits()) -> Verdict:
    """Likewise, for a file."""
    try:
        with open(path, "rb") as file:
            text = file.read() if limits.bytes == float("inf") else file.read(int(limits.bytes) + 1)
    except (OSError, ValueError) as error:
        return Verdict("unreadable", {"why": f"cannot read it: {getattr(error, 'strerror', None) or error}"})
    return verify(text, limits)


def proved(this: Certificate, exact: Exact) -> dict[str, Any]:
    """What is proved, after it is verified."""
    found = METHODS[this.method](this, exact)
    how = "false at a point of" if this.method == "counterexample" else "true on all of"
    place = f"ℝ^{this.n}" + (" where the conditions are true" if this.where else "")
    facts = {
        "statement": f"what is claimed of the network is {how} {place}",
        "method": this.method,
        "claim": "; ".join(map(said, this.claim)),
        "where": "; ".join(map(said, this.where)) or "nothing",
    }
    if this.where:
        facts["inputs"] = inhabited(this, replace(exact, left=min(exact.left, 10**6)), found)
    if not {"out", "other"} & {head for condition in this.claim for head in heads(condition)}:
        facts["note"] = "the claim does not speak of outputs"
    return {**facts, **found, "networks": {name: described(layers) for name, layers in this.networks.items()}}


def described(layers: Sequence[Layer]) -> dict[str, Any]:
    """Which network it is."""
    return {"widths": widths(layers), "sha256": digest(layers)}


def digest(layers: Sequence[Layer]) -> str:
    """SHA-256 of the network as JSON: its layers, keys in order, no spaces, numbers as strings in lowest terms."""
    listed = [{"weights": [list(map(str, row)) for row in W], "biases": list(map(str, b))} for W, b in layers]
    return hashlib.sha256(json.dumps(listed, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def said(tree: Tree) -> str:
    """A condition or expression as text: out_1 = order(1, x_1, x_2)."""
    if not isinstance(tree, tuple):
        return str(tree)
    head, *rest = tree
    if head in ("x", "out", "other"):
        return f"{head}_{rest[0]}"
    return f" {head} ".join(map(said, rest)) if head in (">=", ">", "=") else f"{head}({', '.join(map(said, rest))})"


def told(about: Mapping[str, Any]) -> str:
    """Which network it is, in words."""
    return f"widths {' - '.join(map(str, about['widths']))}, SHA-256 {about['sha256']}"


def lines(facts: Mapping[str, Any], longest: int = 2000) -> Iterable[str]:
    """What was proved, a line for each fact."""
    for name, fact in facts.items():
        if name == "networks":
            for network, about in fact.items():
                yield f"{network}: {told(about)}"
        else:
            text = f"({', '.join(fact)})" if isinstance(fact, list) else str(fact)
            more = f" ... {len(text) - longest:,} characters more" if len(text) > longest else ""
            yield f"{name}: {text[:longest]}{more}"


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description="Verify a certificate of symnet prove in exact arithmetic.")
    parser.add_argument("certificate", help="the JSON file")
    parser.add_argument("--no-limits", action="store_true", help="whatever its size, and however long it takes")
    given = parser.parse_args(arguments)
    if given.no_limits:
        sys.set_int_max_str_digits(0)
    found = verify_file(given.certificate, NO_LIMITS if given.no_limits else Limits())
    sys.stdout.reconfigure(errors="backslashreplace")
    name = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in given.certificate)  # a terminal obeys what is not
    print(f"{name}: {found.state}")
    print(*(f"  {line}" for line in lines(found.facts)), sep="\n")
    return found.exit_code


if __name__ == "__main__":
    sys.exit(main())
