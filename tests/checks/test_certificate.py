import json
from copy import deepcopy
from fractions import Fraction
from itertools import product

import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from symnet.checks.certificate import check_certificate
from symnet.errors import InvalidInput
from symnet.relu import ReluNetwork, Sorted, prove, two_input_sorter

SORTER = two_input_sorter()
x1, x2 = SORTER.inputs
DEEP = ReluNetwork(
    [([[1, 0], [-1, 0], [1, -1]], [0, 0, 0]), ([[1, -1, -1], [0, 1, 1]], ["-1/2", 1]), ([[1, "1/3"]], [0])]
)
PROOFS = {
    "kinks": prove(SORTER, Sorted()),
    "kinks of another network": prove(SORTER, SORTER),
    "cells": prove(DEEP, DEEP),
    "cells with conditions": prove(SORTER, SORTER.piecewise()),
    "a line of its own": prove(
        SORTER, [sp.Piecewise((x1, x1 < x2), (x2, x2 < x1), (2 * x1 - x2, True)), sp.Max(x1, x2)]
    ),
    "counterexample": prove(SORTER, [sp.Max(x1, x2), sp.Min(x1, x2)]),
    "counterexample where the claim is undefined": prove(SORTER, [sp.Piecewise((x1, x1 < x2)), sp.Max(x1, x2)]),
}
GRID = [tuple(map(Fraction, x)) for x in product(("-7/2", "-1", "-1/3", "0", "1/2", "1", "3", "1000"), repeat=2)]


# ---------------------------------------------------------------------- what a certificate says, point by point
def network(layers, x):
    for depth, layer in enumerate(layers):
        x = [max(v, 0) for v in x] if depth else x
        rows = zip(layer["weights"], layer["biases"], strict=True)
        x = [sum(Fraction(a) * v for a, v in zip(row, x, strict=True)) + Fraction(c) for row, c in rows]
    return x


OPERATORS = {
    "+": lambda *a: sum(a), "min": min, "max": max, "abs": abs, "relu": lambda a: max(a, Fraction(0)),
    ">=": lambda a: a >= 0, ">": lambda a: a > 0, "not": lambda c: not c,
    "and": lambda *c: all(c), "or": lambda *c: any(c),
}  # fmt: skip


def expression(tree, x):
    if isinstance(tree, str):
        return Fraction(tree)
    head, *rest = tree
    if head == "x":
        return x[rest[0] - 1]
    if head == "*":
        return Fraction(rest[0]) * expression(rest[1], x)
    if head == "order":
        return sorted(expression(e, x) for e in rest[1:])[rest[0] - 1]
    if head == "if":
        return expression(rest[1] if expression(rest[0], x) else rest[2], x)
    return None if head == "undefined" else OPERATORS[head](*(expression(e, x) for e in rest))


def claimed(claim, x):
    return network(claim["network"], x) if "network" in claim else [expression(tree, x) for tree in claim["outputs"]]


def true_as_far_as_the_grid_sees(certificate):
    """Equal on the grid, or different at the point: what an accepted certificate must be."""
    if certificate["holds"]:
        return all(network(certificate["network"], x) == claimed(certificate["claim"], x) for x in GRID)
    x = [Fraction(a) for a in certificate["point"]]
    return network(certificate["network"], x) != claimed(certificate["claim"], x)


# ---------------------------------------------------------------------- mutants
def places(data, at=()):
    """The paths to all leaves of a JSON value."""
    if isinstance(data, dict | list):
        for key, value in data.items() if isinstance(data, dict) else enumerate(data):
            yield from places(value, (*at, key))
    else:
        yield at


def changed(data, at, new):
    data = deepcopy(data)
    inner = data
    for key in at[:-1]:
        inner = inner[key]
    inner[at[-1]] = new(inner[at[-1]])
    return data


def numeric(value):
    try:
        return isinstance(value, str) and Fraction(value) is not None
    except ValueError:
        return False


CHANGES = {
    "plus one": lambda v: str(Fraction(v) + 1) if numeric(v) else v + 1 if type(v) is int else v,
    "plus a little": lambda v: str(Fraction(v) + Fraction(1, 97)) if numeric(v) else v,
    "opposite": lambda v: str(-Fraction(v)) if numeric(v) else not v if isinstance(v, bool) else v,
    "another word": lambda v: {"split": "equal", "equal": "split", "+": "-", "-": "+", ">": ">=", ">=": ">"}.get(v, v),
    "another operator": lambda v: {"min": "max", "max": "min", "within": "+", "kinks": "cells"}.get(v, v),
}


@pytest.mark.parametrize("name", PROOFS)
def test_certificates_are_accepted(name):
    check = check_certificate(json.loads(json.dumps(PROOFS[name].certificate)))
    assert check.passed, check.evidence
    assert check.kind == "exact"
    assert "the network" in check.evidence["statement"]
    assert true_as_far_as_the_grid_sees(PROOFS[name].certificate)


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("name", PROOFS)
def test_no_mutant_makes_the_checker_accept_something_false(name, change):
    original = json.loads(json.dumps(PROOFS[name].certificate))
    for at in places(original):
        mutant = changed(original, at, CHANGES[change])
        if mutant != original and check_certificate(mutant).passed:
            assert true_as_far_as_the_grid_sees(mutant), at


@pytest.mark.parametrize("name", ["kinks", "cells", "cells with conditions", "a line of its own"])
def test_a_change_of_any_weight_is_caught(name):
    """Here every weight and bias matters, except those whose change the grid cannot see either."""
    original = json.loads(json.dumps(PROOFS[name].certificate))
    for at in places(original["network"], ("network",)):
        mutant = changed(original, at, CHANGES["plus a little"])
        assert not check_certificate(mutant).passed or true_as_far_as_the_grid_sees(mutant)


FALSE = {
    **prove(SORTER, SORTER.piecewise()).certificate,
    "claim": {
        "outputs": [["+", ["min", ["x", 1], ["x", 2]], ["if", [">", ["x", 1]], "0", "1"]], ["max", ["x", 1], ["x", 2]]]
    },
}
WEIGHTS = st.lists(st.tuples(st.integers(0, 4), st.sampled_from(["1", "2", "1/2", "-1", "0"])).map(list), max_size=3)
TOKENS = st.sampled_from(["split", "equal"]) | st.tuples(
    st.sampled_from(["+", "-", "within"]), WEIGHTS | st.booleans()
).map(list)


@settings(max_examples=300, deadline=None)
@given(st.lists(TOKENS, max_size=25))
def test_no_tree_proves_something_false(tree):
    assert not check_certificate({**FALSE, "tree": tree}).passed


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["+", "-"]), WEIGHTS | st.booleans()).map(list), max_size=10))
def test_a_path_cannot_be_thrown_away_without_reason(tokens):
    """The claim is right where x_1 > 0 alone; the tree would have to hide the other half."""
    assert not check_certificate({**FALSE, "tree": [*tokens, "equal"]}).passed


# ---------------------------------------------------------------------- what is no certificate
@pytest.mark.parametrize(
    "change",
    [
        {"version": 2},
        {"format": "other"},
        {"method": "trust me"},
        {"holds": False},
        {"network": []},
        {"network": [{"weights": [["1", "0"], ["1"]], "biases": ["0", "0"]}]},
        {"network": [{"weights": [[1.0, 0.0], [0.0, 1.0]], "biases": ["0", "0"]}]},
        {"network": [{"weights": [["1e99999999", "0"], ["0", "1"]], "biases": ["0", "0"]}]},
        {"claim": {}},
        {"claim": {"outputs": [["x", 1]]}},
        {"claim": {"outputs": [["x", 1], ["x", 0]]}},
        {"claim": {"outputs": [["x", 1], ["x", True]]}},
        {"claim": {"outputs": [["x", 1], ["exp", ["x", 2]]]}},
        {"claim": {"outputs": [["x", 1], ["if", ["or"], ["x", 3], ["x", 2]]]}},
        {"claim": {"outputs": [["x", 1], ["order", 3, ["x", 1], ["x", 2]]]}},
        {"claim": {"outputs": [["x", 1], ["if", [">", ["abs", ["x", 1]]], "0", "1"]]}},
        {"tree": []},
        {"tree": None},
        {"method": "kinks"},
    ],
)
def test_a_malformed_certificate_fails_and_says_why(change):
    check = check_certificate({**PROOFS["cells with conditions"].certificate, **change})
    assert not check.passed
    assert check.evidence["why"]


def test_an_empty_certificate_fails():
    assert not check_certificate({}).passed


def test_a_saved_certificate_is_checked_from_its_file(tmp_path):
    assert check_certificate(PROOFS["cells"].save(tmp_path / "proof.json")).passed


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"[" * 100_000])
def test_a_file_that_is_no_json_is_invalid_input(tmp_path, content):
    path = tmp_path / "proof.json"
    path.write_bytes(content)
    with pytest.raises(InvalidInput, match=r"proof\.json"):
        check_certificate(path)


def test_a_missing_file_is_invalid_input(tmp_path):
    with pytest.raises(InvalidInput):
        check_certificate(tmp_path / "nothing.json")


def test_json_that_is_no_object_is_refused(tmp_path):
    path = tmp_path / "list.json"
    path.write_text("[1, 2]")
    assert not check_certificate(path).passed
