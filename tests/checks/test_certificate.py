import json
import re
from copy import deepcopy
from fractions import Fraction
from itertools import product

import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from symnet.checks.certificate import check_certificate
from symnet.errors import InvalidInput
from symnet.relu import ReluNetwork, Sorted, prove, sorter, two_input_sorter
from symnet.relu.sorting.comparators import compiled_comparators
from symnet.relu.sorting.sorting_networks import sorting_network

SORTER = two_input_sorter()
x1, x2 = SORTER.inputs
out1, out2 = SORTER.outputs
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
    "a polyhedron": prove(SORTER, [x1, x2], where=[x1 <= x2, x2 >= 0]),
    "a line": prove(SORTER, [x1, x1], where=sp.Eq(x1, x2)),
    "inequalities": prove(SORTER, [out1 <= out2, sp.Abs(out1) <= sp.Max(x1, -x1, x2, -x2)]),
    "a strict inequality on a polyhedron": prove(SORTER, out2 > x2, where=x1 >= x2 + 1),
    "a counterexample on a polyhedron": prove(SORTER, [x1, x2], where=[x1 >= x2, x2 >= 3]),
    "a counterexample to an inequality": prove(SORTER, out2 <= 3, where=x1 >= 0),
    "comparators": prove(sorter(3, "four"), Sorted()),
    "comparators of two networks": prove(sorter(3, "four"), sorter(3)),
    "comparators that do not sort": prove(compiled_comparators(sorting_network(3).without(0, (0, 2))), Sorted()),
}
VALUES = {2: ("-7/2", "-1", "-1/3", "0", "1/2", "1", "3", "1000"), 3: ("-1", "0", "1/3", "2")}
GRID = {n: [tuple(map(Fraction, x)) for x in product(VALUES[n], repeat=n)] for n in VALUES}


# ---------------------------------------------------------------------- what a certificate says, point by point
def network(layers, x):
    for depth, layer in enumerate(layers):
        x = [max(v, 0) for v in x] if depth else x
        rows = zip(layer["weights"], layer["biases"], strict=True)
        x = [sum(Fraction(a) * v for a, v in zip(row, x, strict=True)) + Fraction(c) for row, c in rows]
    return x


class Undefined(Exception):
    pass


OPERATORS = {
    "+": lambda *a: sum(a), "min": min, "max": max, "abs": abs, "relu": lambda a: max(a, Fraction(0)),
    ">=": lambda a, b: a >= b, ">": lambda a, b: a > b, "=": lambda a, b: a == b,
    "not": lambda c: not c, "and": lambda *c: all(c), "or": lambda *c: any(c),
}  # fmt: skip


def value(tree, names):
    """An expression's or a condition's value; ``names`` are the values of x and of the networks' outputs."""
    if isinstance(tree, str):
        return Fraction(tree)
    head, *rest = tree
    if head in names:
        return names[head][rest[0] - 1]
    if head == "*":
        return Fraction(rest[0]) * value(["+", *rest[1:]], names)
    if head == "order":
        return sorted(value(e, names) for e in rest[1:])[rest[0] - 1]
    if head == "if":
        return value(rest[1] if value(rest[0], names) else rest[2], names)
    if head == "undefined":
        raise Undefined
    return OPERATORS[head](*(value(e, names) for e in rest))


def true_as_far_as_the_grid_sees(certificate):
    """True on the grid, or false at the point: what an accepted certificate must be."""
    grid = GRID[len(certificate["networks"]["out"][0]["weights"][0])]
    if certificate["holds"]:
        return all(true_at(certificate, x) for x in grid if inside(certificate, x))
    x = [Fraction(a) for a in certificate["proof"]]
    return inside(certificate, x) and not true_at(certificate, x)


def inside(certificate, x):
    return all(value(c, {"x": x}) for c in certificate["where"])


def true_at(certificate, x):
    names = {"x": x} | {name: network(layers, x) for name, layers in certificate["networks"].items()}
    try:
        return all(value(c, names) for c in certificate["claim"])
    except Undefined:
        return False


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


OTHER = {
    "min": "max", "max": "min", "kinks": "cells", "comparators": "kinks", "cells": "comparators", "order": "max",
    "counterexample": "kinks", "abs": "relu", "+": "*", "and": "or", "or": "and", "=": ">=", "out": "x", "x": "out",
}  # fmt: skip
SIGNS = str.maketrans("+-", "-+")


def token(value):
    """Whether this is a step of a tree, "+ 3:1/2"."""
    return isinstance(value, str) and value[:1] in "+-" and not numeric(value)


def reweighed(value, by):
    """The first weight of a step changed."""
    return re.sub(r":(\S+)", lambda y: f":{Fraction(y[1]) + by}", value, count=1) if token(value) else value


CHANGES = {
    "plus one": lambda v: str(Fraction(v) + 1) if numeric(v) else v + 1 if type(v) is int else reweighed(v, 1),
    "plus a little": lambda v: str(Fraction(v) + Fraction(1, 97)) if numeric(v) else reweighed(v, Fraction(1, 97)),
    "opposite": lambda v: str(-Fraction(v)) if numeric(v) else not v if isinstance(v, bool) else v,
    "another word": lambda v: {"split": "+", ">": ">=", ">=": ">"}.get(v, v.translate(SIGNS) if token(v) else v),
    "another row": lambda v: re.sub(r" \d+:", lambda row: f" {int(row[0][1:-1]) + 1}:", v) if token(v) else v,
    "a weight less": lambda v: v.rpartition(" ")[0] if token(v) and " " in v else v,
    "another operator": lambda v: OTHER.get(v, v) if isinstance(v, str) else v,
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
    for at in places(original["networks"], ("networks",)):
        mutant = changed(original, at, CHANGES["plus a little"])
        assert not check_certificate(mutant).passed or true_as_far_as_the_grid_sees(mutant)


FALSE = {
    **prove(SORTER, SORTER.piecewise()).certificate,
    "claim": [
        ["=", ["out", 1], ["+", ["min", ["x", 1], ["x", 2]], ["if", [">", ["x", 1], "0"], "0", "1"]]],
        ["=", ["out", 2], ["max", ["x", 1], ["x", 2]]],
    ],
}
WEIGHT = st.tuples(st.integers(-1, 4), st.sampled_from(["1", "2", "1/2", "-1", "0", "1e9"])).map(
    lambda w: f"{w[0]}:{w[1]}"
)
STEPS = st.tuples(st.sampled_from("+-"), st.lists(WEIGHT, max_size=3)).map(lambda step: " ".join([step[0], *step[1]]))
TOKENS = st.sampled_from(["split", "", "* 0:1", 3, None]) | STEPS | STEPS


@settings(max_examples=300, deadline=None)
@given(st.lists(TOKENS, max_size=25))
def test_no_tree_proves_something_false(tree):
    assert not check_certificate({**FALSE, "proof": tree}).passed


@settings(max_examples=100, deadline=None)
@given(st.lists(STEPS, max_size=10))
def test_a_path_cannot_be_thrown_away_without_reason(tokens):
    """The claim is right where x_1 > 0 alone; the tree would have to hide the other half."""
    assert not check_certificate({**FALSE, "proof": tokens}).passed


HALF_OPEN = {
    "format": "symnet certificate", "version": 2, "holds": True, "method": "cells",
    "networks": {"out": [{"weights": [["1", "0"]], "biases": ["0"]}]},
    "where": [[">=", ["x", 1], "0"], [">", ["x", 2], "0"]],
}  # fmt: skip


@pytest.mark.parametrize(
    ("claim", "weights", "accepted"),
    [
        ([">=", ["out", 1], "0"], "0:1", True),
        ([">", ["out", 1], "-1/2"], "0:1", True),
        ([">", ["out", 1], "0"], "0:1", False),
        ([">", ["out", 1], "0"], "0:1 1:0", False),
        ([">=", "0", ["out", 1]], "0:-1", False),
        ([">", ["x", 2], "0"], "1:1", True),
        ([">", ["x", 2], ["*", "-1", ["out", 1]]], "0:1 1:1", True),
        ([">=", ["x", 2], "1"], "1:1", False),
    ],
)
def test_weights_are_positive_and_strict_rows_count_only_with_a_weight(claim, weights, accepted):
    certificate = {**HALF_OPEN, "claim": [claim], "proof": ["split", "split", f"+ {weights}"]}
    assert check_certificate(certificate).passed == accepted


# ---------------------------------------------------------------------- what is no certificate
@pytest.mark.parametrize(
    "change",
    [
        {"version": 1},
        {"format": "other"},
        {"method": "trust me"},
        {"holds": False},
        {"networks": []},
        {"networks": {"other": SORTER.to_json()["layers"]}},
        *({"networks": {"out": SORTER.to_json()["layers"], name: SORTER.to_json()["layers"]}} for name in ("max", "x")),
        {"networks": {"out": [{"weights": [["1", "0"], ["1"]], "biases": ["0", "0"]}]}},
        {"networks": {"out": [{"weights": [[1.0, 0.0], [0.0, 1.0]], "biases": ["0", "0"]}]}},
        {"networks": {"out": [{"weights": [["1e99999999", "0"], ["0", "1"]], "biases": ["0", "0"]}]}},
        {"where": None},
        {"where": [[">=", ["out", 1], "0"]]},
        {"claim": []},
        {"claim": {}},
        {"claim": [["x", 1]]},
        *(
            {"claim": [["=", "0", ["*", "0", e]]]}
            for e in (
                ["x", 0],
                ["x", -1],
                ["x", True],
                ["x", "1"],
                ["other", 1],
                ["exp", ["x", 2]],
                ["order", 0, ["x", 1]],
                ["order", 3, ["x", 1], ["x", 2]],
                ["if", [">", ["x", 1]], "0", "1"],
                ["abs", "0", "0"],
                ["+"],
            )
        ),
        {"proof": []},
        {"proof": None},
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


def test_the_evidence_says_in_words_what_was_proved():
    net = two_input_sorter()
    sorts, bounded = prove(net, Sorted()), prove(net, [net.outputs[0] < 1], where=[net.inputs[0] < 1])
    said = [(e["claim"], e["where"]) for e in (check_certificate(p.certificate).evidence for p in (sorts, bounded))]
    assert said == [
        ("out_1 = order(1, x_1, x_2); out_2 = order(2, x_1, x_2)", "nothing"),
        ("1 > out_1", "1 > x_1"),
    ]
