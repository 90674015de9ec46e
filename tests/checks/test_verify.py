"""The checker of certificates, attacked: each of its conditions is needed, and it runs alone."""

import ast
import json
import random
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from symnet.checks import verify

from ..relu.z3_opinions import statement_holds
from .forged_certificates import FORGED, HONEST, SHORT
from .random_certificates import METHODS, a_certificate

SOURCE = Path(verify.__file__).read_text(encoding="utf-8")


def state(data, module=verify):
    """What becomes of a certificate; a failure that nobody planned is a state, too."""
    written = data if isinstance(data, bytes) else json.dumps(data).encode()
    limits = module.Limits(SHORT.bytes, SHORT.digits, SHORT.steps)
    try:
        return module.verify(written, limits).state
    except Exception as error:
        return type(error).__name__


@pytest.mark.parametrize("name", FORGED)
def test_what_is_forged_does_not_pass(name):
    data, expected = FORGED[name]
    assert state(data) == expected


@pytest.mark.parametrize("name", HONEST)
def test_what_is_honest_passes(name):
    assert state(HONEST[name]) == "passed"


# ---------------------------------------------------------------------- every condition is needed
def mutants(changes):
    """(what was changed, the checker with that change), for each change that ``changes`` finds at a node."""
    for number, node in enumerate(ast.walk(ast.parse(SOURCE))):
        for label, change in changes(node):
            mutant = ast.parse(SOURCE)
            change([*ast.walk(mutant)][number])
            yield f"line {getattr(node, 'lineno', 0)}: {label}", mutant


def loaded(mutant):
    module = ModuleType("mutant")
    exec(compile(ast.fix_missing_locations(mutant), "mutant", "exec"), module.__dict__)
    return module


def weakened(node):
    """A guard that lets all pass; or a part of its condition that does; or a limit that does."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("require", "expect"):
        yield ast.unparse(node.args[0]), lambda n: n.args.__setitem__(0, whatever(n.args[0]))
        for k, part in enumerate(conjuncts(node.args[0])):
            yield f"{ast.unparse(part)}, a part", lambda n, k=k: leave_out(n.args[0], k)
    if isinstance(node, ast.If) and isinstance(node.body[0], ast.Raise):
        yield ast.unparse(node.test), lambda n: setattr(n, "test", ast.Constant(False))


def whatever(condition):
    """It is evaluated, for there may be turns to read on the way."""
    return ast.BoolOp(ast.Or(), [condition, ast.Constant(True)])


def conjuncts(condition):
    """The parts of "a and b and c", also of one inside all(...)."""
    return [v for n in ast.walk(condition) if isinstance(n, ast.BoolOp) and isinstance(n.op, ast.And) for v in n.values]


def leave_out(condition, k):
    part = conjuncts(condition)[k]
    for n in ast.walk(condition):
        if isinstance(n, ast.BoolOp):
            n.values = [ast.Constant(True) if v is part else v for v in n.values]


CONDITIONS = list(mutants(weakened))


@pytest.mark.parametrize("mutant", [mutant for _, mutant in CONDITIONS], ids=[label for label, _ in CONDITIONS])
def test_each_condition_holds_back_what_no_other_does(mutant):
    module = loaded(mutant)
    assert any(state(data, module) != expected for data, expected in FORGED.values())


def test_there_are_conditions():
    assert len(CONDITIONS) > 50


# ---------------------------------------------------------------------- random claims, methods and proofs
def passing(method, tries, seed, check=state):
    """Those of so many random certificates that pass; none of them is a failure that nobody planned."""
    draw = random.Random(f"{method} {seed}")
    for _ in range(tries):
        drawn = a_certificate(draw, method)
        assert (found := check(drawn)) in ("passed", "rejected", "too large"), drawn
        if found == "passed":
            yield drawn


@pytest.mark.parametrize("method", METHODS)
def test_z3_agrees_with_each_random_certificate_that_passes(method):
    found = list(passing(method, 150, seed=1))
    assert len(found) > 10
    assert all(map(statement_holds, found))


def test_a_checker_that_compares_numbers_as_bits_would_be_seen():
    """The fault that let -1 >= 0 pass: numbers are forms, and a ≥ b was "a | b == a" for forms, too."""
    line = "        head, *rest = tree if isinstance(tree, tuple) else"
    careless = SOURCE.replace(line, f"        if isinstance(tree, Fraction): return self.exact.number(tree).terms\n{line}")
    assert careless != SOURCE
    module = loaded(ast.parse(careless))
    found = passing("comparators", 600, seed=2, check=lambda data: "passed" if state(data, module) == "passed" else "rejected")
    assert not all(map(statement_holds, found))
