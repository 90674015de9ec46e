"""The long versions of what the suite does in short: ``make test-large``, some minutes.

Thousands of mutants of certificates of random networks, none accepted wrongly; thousands of certificates drawn at
random for each method, of which none that passes is false; hundreds of random claims, with z3.
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

from ..checks.random_certificates import METHODS
from ..checks.test_certificate import CHANGES, PROOFS, changed, places
from ..checks.test_verify import passing
from .small_networks import deepened, scrambled
from .z3_opinions import AGREE, NETWORKS, statement_holds

MUTANTS, CLAIMS, DRAWN = 6000, 300, 2000


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


@pytest.mark.parametrize("kind", AGREE)
def test_z3_agrees_about_hundreds_of_random_claims(kind):
    settings(max_examples=CLAIMS, deadline=None, suppress_health_check=list(HealthCheck))(
        given(st.data(), NETWORKS)(AGREE[kind])
    )()


@pytest.mark.parametrize("method", METHODS)
def test_z3_agrees_with_each_of_thousands_of_random_certificates_that_passes(method):
    found = list(passing(method, DRAWN, seed=3))
    deep = sum(len(drawn["networks"]["out"]) > 1 for drawn in found)
    print(f"{method}: {DRAWN} drawn, {len(found)} passed, {deep} of them about hidden layers")
    assert deep > 20
    assert all(statement_holds(drawn) for drawn in found)
