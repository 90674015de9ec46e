"""The long versions of what the suite does in short: ``make test-large``, some minutes.

Thousands of mutants of certificates of random networks, none accepted wrongly; hundreds of random claims, with z3.
"""

import json
import random
from fractions import Fraction
from itertools import pairwise

import pytest
import sympy as sp
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from symnet.checks import check_certificate
from symnet.errors import InvalidInput
from symnet.relu import prove

from ..checks.test_certificate import CHANGES, PROOFS, changed, places
from .small_networks import deepened, layer, networks, nudged, scrambled
from .test_where import half_plane, z3_says_unsat

MUTANTS, CLAIMS = 6000, 300
TINY = Fraction(1, 10**12)
MANY = settings(max_examples=CLAIMS, deadline=None, suppress_health_check=list(HealthCheck))


def statement_holds(certificate):
    """z3's opinion of what the certificate says, from nothing but its JSON."""
    z3 = pytest.importorskip("z3")
    x = [z3.Real(f"x{i}") for i in range(len(certificate["networks"]["out"][0]["weights"][0]))]

    def q(a):
        return z3.Q(Fraction(a).numerator, Fraction(a).denominator)

    def run(layers, h):
        for depth, entry in enumerate(layers):
            h = [z3.If(z > 0, z, 0) for z in h] if depth else h
            rows = zip(entry["weights"], entry["biases"], strict=True)
            h = [z3.Sum([q(a) * v for a, v in zip(row, h, strict=True)]) + q(c) for row, c in rows]
        return h

    def smallest(a, b):
        return z3.If(a < b, a, b)

    def fold(f, values):
        first, *rest = values
        for v in rest:
            first = f(first, v)
        return first

    def order(k, values):
        values = list(values)
        for last in range(len(values) - 1, 0, -1):
            for i in range(last):
                a, b = values[i], values[i + 1]
                values[i], values[i + 1] = smallest(a, b), -smallest(-a, -b)
        return values[k - 1]

    def of(tree, names, defined):
        """The term for an expression or condition; ``defined`` gathers, under which conditions it has a value."""
        if isinstance(tree, str):
            return q(tree)
        head, *rest = tree
        if head in names:
            return names[head][rest[0] - 1]
        if head == "undefined":
            defined.append(z3.BoolVal(False))
            return q(0)
        if head == "if":
            yes_if, no_if = [], []
            choice, yes, no = of(rest[0], names, defined), of(rest[1], names, yes_if), of(rest[2], names, no_if)
            defined += [z3.Implies(choice, z3.And(yes_if)), z3.Implies(z3.Not(choice), z3.And(no_if))]
            return z3.If(choice, yes, no)
        if head == "*":
            return q(rest[0]) * z3.Sum([of(e, names, defined) for e in rest[1:]])
        if head == "order":
            return order(rest[0], [of(e, names, defined) for e in rest[1:]])
        parts = [of(e, names, defined) for e in rest]
        return {
            "+": lambda: z3.Sum(parts), "min": lambda: fold(smallest, parts),
            "max": lambda: -fold(smallest, [-p for p in parts]),
            "abs": lambda: z3.If(parts[0] > 0, parts[0], -parts[0]), "relu": lambda: z3.If(parts[0] > 0, parts[0], 0),
            ">=": lambda: parts[0] >= parts[1], ">": lambda: parts[0] > parts[1], "=": lambda: parts[0] == parts[1],
            "and": lambda: z3.And(parts), "or": lambda: z3.Or(parts), "not": lambda: z3.Not(parts[0]),
        }[head]()  # fmt: skip

    names, defined = {"x": x} | {name: run(layers, x) for name, layers in certificate["networks"].items()}, []
    true = [of(c, names, defined) for c in certificate["claim"]]
    solver = z3.Solver()
    solver.add(*(of(c, {"x": x}, []) for c in certificate["where"]))
    if not certificate["holds"]:
        solver.add(*(v == q(a) for v, a in zip(x, certificate["proof"], strict=True)))
    solver.add(z3.Not(z3.And(true + defined)))
    return (solver.check() == z3.unsat) == certificate["holds"]


@pytest.mark.parametrize("name", PROOFS)
def test_every_mutant_of_the_suites_certificates_that_is_accepted_is_true(name):
    original = json.loads(json.dumps(PROOFS[name].certificate))
    for at in places(original):
        for change in CHANGES.values():
            mutant = changed(original, at, change)
            if mutant != original and check_certificate(mutant).passed:
                assert statement_holds(mutant), (at, mutant)


def test_thousands_of_mutants_of_random_certificates_are_rejected_or_true():
    draw, tried, accepted = random.Random(1), 0, 0
    for net, claim, where in random_questions(draw):
        try:
            certificate = json.loads(json.dumps(prove(net, claim, where=where).certificate))
        except InvalidInput:
            continue
        assert check_certificate(certificate).passed
        assert statement_holds(certificate)
        everywhere = list(places(certificate))
        for _ in range(40):
            mutant = certificate
            for _ in range(draw.choice((1, 1, 2, 3))):
                mutant = changed(mutant, draw.choice(everywhere), draw.choice(list(CHANGES.values())))
            if mutant != certificate:
                tried += 1
                if check_certificate(mutant).passed:
                    accepted += 1
                    assert statement_holds(mutant), mutant
        if tried >= MUTANTS:
            break
    print(f"{tried} mutants, {accepted} accepted, all of those true")


def random_questions(draw):
    """Small networks that like to degenerate; claims that are mostly true, so that there are proofs to mutate."""
    from symnet.relu import ReluNetwork

    def number():
        return Fraction(draw.randint(-2, 2), draw.choice((1, 1, 2, 3)))

    while True:
        widths = [draw.randint(1, 2), draw.randint(1, 3), draw.randint(1, 3), 1][: draw.choice((3, 4))]
        widths[-1] = 1
        net = ReluNetwork(
            [
                ([[number() for _ in range(a)] for _ in range(b)], [number() for _ in range(b)])
                for a, b in pairwise(widths)
            ]
        )
        x, out = net.inputs, net.outputs[0]
        where = [sp.Le(sp.Rational(number()) * x[0] + sp.Rational(number()) * x[-1], 1)] * draw.randint(0, 1)
        where = [c for c in where if c not in (sp.true, sp.false)]
        yield net, scrambled(net, draw.randint(1, 99)), where
        yield net, deepened(net), where
        yield net, out >= sp.Min(0, *x) * 50 - 50, where
        yield net, out <= sp.Rational(number()), where


@MANY
@given(st.data(), networks(most_inputs=2, most_units=3))
def test_z3_agrees_about_hundreds_of_random_claims(data, net):
    """Equality with itself, disguised, exactly or nearly; with strips of width 10⁻¹², and on polyhedra."""
    other = scrambled(
        deepened(net) if len(net.layers) > 1 and data.draw(st.booleans()) else net, data.draw(st.integers(1, 9))
    )
    if data.draw(st.booleans()):
        at = data.draw(st.integers(0, len(other.layers) - 1))
        unit = data.draw(st.integers(0, other.widths[at + 1] - 1))
        column = data.draw(st.none() | st.integers(0, other.widths[at] - 1))
        other = nudged(other, at, unit, column, data.draw(st.sampled_from([TINY, -TINY, Fraction(1), Fraction(-1, 3)])))
    where = [half_plane(data, net.inputs, 0) for _ in range(data.draw(st.integers(0, 2)))]
    try:
        proof = prove(net, other, where=where)
    except InvalidInput:
        return
    assert proof.holds == z3_says_unsat(proof)
    assert all(check.passed for check in proof.check())


@MANY
@given(st.data(), st.integers(1, 3))
def test_z3_agrees_about_strips(data, n):
    """Pairs of parallel units a hair apart, so that the function between them is seen in a strip of width 10⁻¹²."""
    from symnet.relu import ReluNetwork

    W, b = data.draw(layer(n, 2))
    first = ([*W, *W], [*b, *(c - TINY for c in b)])
    V, c = data.draw(layer(2, 1))
    net = ReluNetwork([first, ([[*V[0], *(-a for a in V[0])]], c)])
    out = net.outputs[0]
    bound = sum((abs(a) for a in V[0]), start=Fraction(0)) * TINY * data.draw(st.sampled_from([1, Fraction(1, 2)]))
    for claim in (out <= sp.Rational(c[0] + bound), out < sp.Rational(c[0] + bound), out >= sp.Rational(c[0] - bound)):
        proof = prove(net, claim)
        assert proof.holds == z3_says_unsat(proof)
        assert all(check.passed for check in proof.check())
