"""Verify that a network consists of comparators, and that it is right for all zeros and ones; so for all real numbers.

A comparator (i, j), i < j, puts the smaller of wires i and j on i and the larger on j. For each layer of pairs: what
the next layer's units read, W relu(z) + b, must be an affine function of the wires after the comparators. In kink form

    |h| for w_i − w_j,    min = (w_i + w_j − |h|) / 2,    max = (w_i + w_j + |h|) / 2

A function of minima and maxima commutes with "≥ t" for every t, so it is known from its values on zeros and ones. All
2ⁿ of them are evaluated at once: bit k of a wire's integer is the wire's value for input k.
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import reduce
from typing import Any

from symnet.checks.forms import Form, add, kinked, require, sums, times, variables
from symnet.checks.sides import Statement, weights

MOST_INPUTS = 24
HALF = Fraction(1, 2)
Pair = tuple[int, int]


def by_comparators(certificate: Mapping[str, Any], about: Statement) -> dict[str, Any]:
    """Both sides for all zeros and ones, the same."""
    n = about.n
    require(n <= MOST_INPUTS, f"2^{n} inputs are too many")
    claim, given = certificate["claim"], certificate["comparators"]
    left = outputs(certificate["network"], given["network"], n)
    right = outputs(claim["network"], given["claim"], n) if "network" in claim else lattice(claim["outputs"], n)
    require(left == right, "the sides differ for some zeros and ones")
    return {"comparators": sum(map(len, given["network"]["layers"])), "zeros and ones": 2**n}


def outputs(network: Any, given: Mapping[str, Any], n: int) -> list[int]:
    """The bits of the network's outputs, after verifying that it consists of the comparators."""
    (W, b), *later = weights(network)
    z, bits = sums(W, b, variables(n)), zeros_and_ones(n)
    for (W, b), pairs in zip(later, given["layers"], strict=True):
        verified(pairs, n)
        read = sums(W, b, [kinked(form) for form in z])
        z = [encoded(form, pairs) for form in read]
        after = compared(pairs, n)
        require(read == [decoded(form, after) for form in z], "a layer does not consist of its comparators")
        for i, j in pairs:
            bits[i - 1], bits[j - 1] = bits[i - 1] & bits[j - 1], bits[i - 1] | bits[j - 1]
    require(z == [{o: Fraction(1)} for o in given["outputs"]], "the outputs are not wires")
    return [bits[o - 1] for o in given["outputs"]]


def verified(pairs: Sequence[Any], n: int) -> None:
    """Each pair is in order, and each wire is used at most once."""
    require(all(type(w) is int for pair in pairs for w in pair), "a wire is no number")
    require(all(1 <= i < j <= n for i, j in pairs), "a comparator is not a pair i < j of wires")
    require(len({w for pair in pairs for w in pair}) == 2 * len(pairs), "two comparators of a layer share a wire")


def kink(i: int, j: int) -> tuple[Fraction, ...]:
    """The key of |w_i − w_j|."""
    return tuple(Fraction((k == i) - (k == j)) for k in range(j + 1))


def compared(pairs: Sequence[Pair], n: int) -> list[Form]:
    """The wires after the comparators, in kink form."""
    w = variables(n)
    for i, j in pairs:
        mean, half = times(HALF, add(w[i - 1], w[j - 1])), {kink(i, j): HALF}
        w[i - 1], w[j - 1] = add(mean, half, -1), add(mean, half)
    return w


def encoded(form: Form, pairs: Sequence[Pair]) -> Form:
    """What the form must be in the wires after the comparators, if it is anything there."""
    found = {w: a for w, a in form.items() if isinstance(w, int)}
    for i, j in pairs:
        s, k = form.get(i, Fraction(0)), form.get(kink(i, j), Fraction(0))
        found |= {i: s - k, j: s + k}
    return {w: a for w, a in found.items() if a}


def decoded(form: Form, wires: Sequence[Form]) -> Form:
    """The form with the wires put in."""
    return reduce(lambda s, w: add(s, wires[w - 1], form[w]) if w else add(s, {0: form[w]}), form, {})


# ---------------------------------------------------------------------- all zeros and ones at once
def zeros_and_ones(n: int) -> list[int]:
    """Bit k of wire i is bit i − 1 of k, for k = 0 ... 2ⁿ − 1."""
    found = []
    for i in range(n):
        bits = ((1 << 2**i) - 1) << 2**i
        for doubled in range(i + 1, n):
            bits |= bits << 2**doubled
        found.append(bits)
    return found


def lattice(trees: Sequence[Any], n: int) -> list[int]:
    """The bits of claims made of inputs, minima, maxima and order statistics."""
    x, known = zeros_and_ones(n), {}

    def of(tree: Any) -> int:
        head, *rest = tree
        require(head in ("x", "min", "max", "order"), f"{head!r} is not made of minima and maxima")
        if head == "x":
            return x[rest[0] - 1]
        k = rest.pop(0) if head == "order" else 0
        key = (head, str(rest))
        if key not in known:
            known[key] = COMBINED[head]([of(e) for e in rest])
        return known[key][k - 1] if k else known[key][0]

    return [of(tree) for tree in trees]


def in_order(bits: list[int]) -> list[int]:
    """Sorted, by exchanging neighbours."""
    for last in range(len(bits) - 1, 0, -1):
        for i in range(last):
            bits[i], bits[i + 1] = bits[i] & bits[i + 1], bits[i] | bits[i + 1]
    return bits


COMBINED = {
    "min": lambda bits: [reduce(lambda a, b: a & b, bits)],
    "max": lambda bits: [reduce(lambda a, b: a | b, bits)],
    "order": in_order,
}
