"""Certificates that must not pass, each with the state that `verify` gives it, and honest ones that must.

FORGED are nearly right: for each condition in the checker there is one that this condition alone holds back.
"""

import json

from symnet.checks.verify import MOST_INPUTS, MOST_LEVELS, Limits

SHORT = Limits(bytes=100_000, digits=50, steps=20_000)
x1, x2, out1 = ["x", 1], ["x", 2], ["out", 1]


def layer(weights, *biases):
    return {"weights": [[str(a) for a in row] for row in weights], "biases": [str(c) for c in biases]}


ID = [layer([[1]], 0)]
RELU = [layer([[1]], 0), layer([[1]], 0)]
PAIR = [layer([[1, 0], [0, 1]], 0, 0)]
SORTER = [layer([[-1, 0], [1, 0], [1, -1], [0, 1], [0, -1]], 0, 0, 0, 0, 0),
          layer([[-1, 1, -1, 0, 0], [0, 0, 1, 1, -1]], 0, 0)]  # fmt: skip
STAGE = {"comparators": [[1, 2]], **layer([[1, 0], [0, 1]], 0, 0)}
BASE = {
    "format": "symnet certificate", "version": 2, "networks": {"out": ID}, "where": [], "claim": [["=", out1, x1]],
    "holds": True, "method": "kinks", "proof": None,
}  # fmt: skip


def certificate(network=ID, claim=("=", out1, x1), proof=None, method="kinks", where=(), **changes):
    return {
        **BASE, "networks": {"out": network}, "claim": [list(claim)], "where": [list(c) for c in where],
        "method": method, "proof": proof, "holds": method != "counterexample", **changes,
    }  # fmt: skip


def by_cells(claim, *proof, network=ID, where=(), **changes):
    return certificate(network, claim, list(proof), "cells", where, **changes)


def by_comparators(claim, network=SORTER, stages=(STAGE,), **changes):
    return certificate(network, claim, {"out": list(stages)}, "comparators", **changes)


def at_point(claim, *x, network=ID, where=(), **changes):
    return certificate(network, claim, list(x), "counterexample", where, **changes)


def claimed(e, network=ID):
    """That e is e, which is true if e is anything at all."""
    return certificate(network, ["=", e, e])


def nested(levels):
    tree = x1
    for _ in range(levels):
        tree = ["+", tree]
    return tree


def text(data, **replaced):
    """The certificate as text, with words replaced in it."""
    written = json.dumps(data)
    for old, new in replaced.items():
        assert old in written
        written = written.replace(old, new)
    return written.encode()


MARK = "MARK"
THREE = [["x", i] for i in (1, 2, 3)]
TRIPLE = [layer([[1, 0, 0]], 0)]
OBLIQUE = ["+", ["*", "-2", x1], ["*", "3", x2], "1/2"]
WIDE = [layer([[1, *[0] * MOST_INPUTS]], 0)]
HONEST = {
    "the identity": BASE,
    "a relu": certificate(RELU, ["=", out1, ["relu", x1]]),
    "another relu": certificate(RELU, ["=", out1, ["max", x1, "0"]]),
    "half of it": certificate(RELU, ["=", ["*", "-1/2", out1], ["min", ["*", "-1/2", x1], "0"]]),
    "of two networks": certificate(
        networks={"out": ID, "other": [layer([["2/2"]], 0)]}, claim=["=", out1, ["other", 1]]
    ),
    "a layer too many": by_cells(
        [">=", out1, "1/3"],
        "split",
        "- 0:1",
        "+ 0:1",
        "+ 0:1",
        "+ 0:1",
        "+ 0:1",
        "+ 0:1",
        network=[layer([[1], [-1]], 0, 0), layer([[1, 1]], "1/3"), layer([[1]], 0)],
    ),
    "by cells": by_cells([">=", out1, x1], "split", "+ 0:1", network=RELU),
    "relu by cells": by_cells([">=", out1, "0"], "split", "+ 0:1", network=RELU),
    "strictly, by cells": by_cells([">", out1, "-1"], "split", "+ 0:1", where=[[">", x1, "-1"]]),
    "what is not strict, by cells": by_cells([">=", ["+", x1, "1"], out1], "split", where=[[">=", x1, "0"]]),
    "by cases": by_cells(
        ["=", out1, ["if", [">", x1, "0"], x1, ["if", ["not", [">=", "0", x1]], ["undefined"], x1]]],
        "split",
        "+ 0:1",
    ),
    "true or false": certificate(ID, ["or", ["=", x1, "0"], ["and", ["=", out1, x1], ["not", ["or"]]]])
    | {"method": "cells", "proof": ["split", "split"]},
    "by comparators": by_comparators(["=", out1, ["order", 1, x1, x2]]),
    "their maximum": by_comparators([">=", ["out", 2], ["max", x1, ["min", x2, out1]]]),
    "their order": by_comparators(["=", ["min", x1, x2], out1]),
    "a point": at_point(["=", out1, "0"], "1/2"),
    "a point on a half line": at_point([">", out1, "1"], "1", where=[[">=", x1, "1"]]),
    "a point where it is undefined": at_point(["=", out1, ["undefined"]], "7"),
    "a point of a relu": at_point(["=", out1, x1], "-1", network=RELU),
    "what is claimed of the inputs": certificate(ID, [">=", "0", "0"]),
    "three in order, as bits": by_comparators(
        ["=", ["order", 2, *THREE], ["max", ["min", *THREE[:2]], ["min", ["max", *THREE[:2]], THREE[2]]]], TRIPLE, ()
    ),
    "three in order, as numbers": certificate(ID, ["=", ["order", 2, "3", "1", "2"], "2"]),
    "an absolute value": certificate(ID, ["=", ["abs", "-3/2"], "3/2"]),
    "a kink written the other way": certificate(
        [layer([[-2, 3]], "1/2"), layer([[1]], 0)], ["=", out1, ["+", OBLIQUE, ["relu", ["*", "-1", OBLIQUE]]]]
    ),
    "24 inputs": certificate([layer([[1, *[0] * (MOST_INPUTS - 1)]], 0)], method="comparators", proof={"out": []}),
}
FORGED = {
    # --------------------------------------------------------------- what is proved is false
    "-1 >= 0 as bits": (by_comparators([">=", "-1", "0"]), "rejected"),
    "-1 >= 0 as bits, without layers": (by_comparators([">=", "-1", "0"], ID, ()), "rejected"),
    "-7 >= 0 beside what is true": (
        {
            **by_comparators(["=", out1, ["order", 1, x1, x2]]),
            "claim": [["=", out1, ["order", 1, x1, x2]], [">=", "-7", "0"]],
        },
        "rejected",
    ),
    "-1/2 >= 1 - 1 as bits": (by_comparators([">=", ["+", "-1", "1/2"], ["+", "1", "-1"]]), "rejected"),
    "a multiple as bits": (by_comparators([">=", ["*", "-1", x1], ["*", "-1", x1]]), "rejected"),
    "a relu as bits": (by_comparators([">=", ["relu", x1], x1]), "rejected"),
    "a sum as bits": (by_comparators([">=", ["+", x1, x2], x1]), "rejected"),
    "a strict order by comparators": (by_comparators([">", out1, out1]), "rejected"),
    "the wrong order by comparators": (by_comparators([">=", out1, ["out", 2]]), "rejected"),
    "unequal by comparators": (by_comparators(["=", out1, x1]), "rejected"),
    "larger is not equal": (by_comparators(["=", ["out", 2], x1]), "rejected"),
    "another comparator": (
        by_comparators(["=", ["out", 2], ["min", x1, x2]], stages=[{**STAGE, "comparators": [[2, 1]]}]),
        "rejected",
    ),
    "no comparator": (by_comparators(["=", out1, x1], stages=[{**STAGE, "comparators": []}]), "rejected"),
    "a scaled output": (by_comparators(["=", out1, x1], [layer([[2, 0]], 0)], ()), "rejected"),
    "the smallest of two of three": (
        by_comparators(["=", ["order", 1, *THREE], ["min", *THREE[:2]]], TRIPLE, ()),
        "rejected",
    ),
    "the smallest of the last two": (
        by_comparators(["=", ["order", 1, *THREE], ["min", *THREE[1:]]], TRIPLE, ()),
        "rejected",
    ),
    "the smallest of the outer two": (
        by_comparators(["=", ["order", 1, *THREE], ["min", THREE[0], THREE[2]]], TRIPLE, ()),
        "rejected",
    ),
    "the largest of two of three": (
        by_comparators(["=", ["order", 3, *THREE], ["max", *THREE[:2]]], TRIPLE, ()),
        "rejected",
    ),
    "the largest of the last two": (
        by_comparators(["=", ["order", 3, *THREE], ["max", *THREE[1:]]], TRIPLE, ()),
        "rejected",
    ),
    "the largest is not the second": (
        by_comparators(["=", ["order", 3, *THREE], ["order", 2, *THREE]], TRIPLE, ()),
        "rejected",
    ),
    "the first is not the second": (certificate(ID, ["=", ["order", 1, "3", "1", "2"], "2"]), "rejected"),
    "not an absolute value": (certificate(ID, ["=", ["abs", "-3/2"], "-3/2"]), "rejected"),
    "half of a kink": (
        certificate([layer([[-2, 3]], "1/2"), layer([[1]], 0)], ["=", out1, ["relu", ["*", "-1", OBLIQUE]]]),
        "rejected",
    ),
    "a kink elsewhere": (
        certificate([layer([[-2, 3]], "1/2"), layer([[1]], 0)], ["=", out1, ["relu", ["+", OBLIQUE, "1/2"]]]),
        "rejected",
    ),
    "25 inputs": (certificate(WIDE, method="comparators", proof={"out": []}), "rejected"),
    "more than a number apart": (certificate(ID, [">=", ["+", out1, "1"], "0"]), "rejected"),
    "false by kinks": (certificate(ID, ["=", out1, ["+", x1, "1"]]), "rejected"),
    "false by kinks, the other way": (certificate(ID, ["=", out1, ["+", x1, "-1"]]), "rejected"),
    "0 > 0 by kinks": (certificate(ID, [">", out1, x1]), "rejected"),
    "a relu inside a relu": (certificate([*RELU, layer([[1]], 0)], ["=", out1, ["relu", ["relu", x1]]]), "rejected"),
    "a point outside": (at_point(["=", out1, "0"], "1", where=[[">=", "0", x1]]), "rejected"),
    "a point where it is true": (at_point(["=", out1, x1], "1"), "rejected"),
    "a point where 0 >= 0": (at_point([">=", out1, "0"], "0"), "rejected"),
    "undefined by kinks": (certificate(ID, ["=", out1, ["undefined"]]), "rejected"),
    "undefined in a comparison with itself": (claimed(["undefined"]), "rejected"),
    "false on a path": (by_cells([">=", out1, "0"], "split"), "rejected"),
    "false where 0 is": (by_cells([">", out1, "0"], "+", where=[["=", x1, "0"]]), "rejected"),
    "a turn left over": (by_cells(["=", out1, x1], "split"), "rejected"),
    "a path that has no end": (by_cells([">=", out1, x1], "split", network=RELU), "rejected"),
    "a way thrown away": (by_cells([">=", out1, "0"], "+"), "rejected"),
    "the other way thrown away": (by_cells(["not", [">=", out1, "0"]], "-"), "rejected"),
    "a negative weight": (
        by_cells([">=", out1, "0"], "+ 0:-1", where=[[">=", "0", x1]]) | {"proof": ["split", "+ 0:-1"]},
        "rejected",
    ),
    "a weight of zero": (
        by_cells(
            [">", ["+", out1, "0"], "0"],
            "split",
            "split",
            "+ 0:1 1:0",
            where=[[">=", x1, "0"], [">", x2, "0"]],
            network=[layer([[1, 0]], 0)],
        ),
        "rejected",
    ),
    "a row to come": (by_cells([">=", out1, "0"], "+ 0:1"), "rejected"),
    "a strict row of a relu": (
        by_cells([">", "0", x1], "split", "- 0:1", "+ 1:1", network=RELU, where=[[">=", "0", x1]]),
        "rejected",
    ),
    "a relu that excludes its own kink": (
        by_cells([">", x1, "0"], "split", "+ 0:1", "+ 1:1", network=RELU, where=[[">=", x1, "0"]]),
        "rejected",
    ),
    "a row that is not strict": (by_cells([">", out1, "0"], "split", "+ 0:1", where=[[">=", x1, "0"]]), "rejected"),
    "the negation of a strict row": (
        by_cells([">", "0", out1], "split", "split", "+ 0:1", where=[["not", [">", x1, "0"]]]),
        "rejected",
    ),
    "weights that leave a variable": (
        by_cells([">=", out1, "0"], "split", "+ 0:1", where=[[">=", x2, "0"]], network=[layer([[1, 0]], 0)]),
        "rejected",
    ),
    "only one half of =": (by_cells(["=", out1, "0"], "split", "+ 0:1", where=[[">=", x1, "0"]]), "rejected"),
    # --------------------------------------------------------------- what is not understood
    "no JSON": (b"certificate", "unreadable"),
    "no UTF-8": (b"\xff", "unreadable"),
    "half of it": (text(BASE)[:-1], "unreadable"),
    "a list": (b"[]", "malformed"),
    "two claims": (text(BASE, **{'"claim": ': '"claim": [["=", "0", "1"]], "claim": '}), "malformed"),
    "a long index": (text(claimed(["x", MARK]), **{'"MARK"': "1" * 5000}), "malformed"),
    "a float": (text(claimed(["x", MARK]), **{'"MARK"': "1.0"}), "malformed"),
    "a float for a number": (text(claimed(MARK), **{'"MARK"': "1.0"}), "malformed"),
    "not a number": (text(claimed(MARK), **{'"MARK"': "NaN"}), "malformed"),
    "an integer for a number": (text(claimed(MARK), **{'"MARK"': "1"}), "malformed"),
    "a truth value for a number": (claimed(True), "malformed"),
    "version 2.0": (text(BASE, **{'"version": 2': '"version": 2.0'}), "malformed"),
    "version true": ({**BASE, "version": True}, "malformed"),
    "version 3": ({**BASE, "version": 3}, "malformed"),
    "another format": ({**BASE, "format": "symnet relu network"}, "malformed"),
    "a key that is not known": ({**BASE, "axiom": "x_1 = 0"}, "malformed"),
    "a key that is missing": ({key: BASE[key] for key in BASE if key != "where"}, "malformed"),
    "no claim": ({**BASE, "claim": []}, "malformed"),
    "a claim that is no list": ({**BASE, "claim": {}}, "malformed"),
    "another method": (certificate(method="trust me"), "malformed"),
    "a method that is a list": (certificate(method=[]), "malformed"),
    "holds and does not": ({**BASE, "holds": False}, "malformed"),
    "holds, by a counterexample": ({**at_point(["=", out1, "0"], "1"), "holds": True}, "malformed"),
    "holds is 1": ({**BASE, "holds": 1}, "malformed"),
    "a network called max": ({**BASE, "networks": {"out": ID, "max": ID}}, "malformed"),
    "no network": ({**BASE, "networks": {"other": ID}}, "malformed"),
    "networks in a list": ({**BASE, "networks": [ID]}, "malformed"),
    "networks of other inputs": ({**BASE, "networks": {"out": ID, "other": PAIR}}, "malformed"),
    "a network without layers": ({**BASE, "networks": {"out": []}}, "malformed"),
    "a layer with more": (certificate([{**ID[0], "activation": "tanh"}]), "malformed"),
    "a layer that is a list": (certificate([[]]), "malformed"),
    "a layer with other inputs": (certificate([*PAIR, layer([[1]], 0)]), "malformed"),
    "a layer that reads more": (
        certificate([layer([[1]], 0), layer([[1, 0]], 0)], ["=", out1, ["relu", x1]]),
        "malformed",
    ),
    "no units": (certificate([{"weights": [], "biases": []}], ["=", "0", "0"]), "malformed"),
    "no inputs": (certificate([{"weights": [[]], "biases": ["0"]}], ["=", out1, "0"]), "malformed"),
    "ragged rows": (certificate([layer([[1, 0], [1]], 0, 0)]), "malformed"),
    "a bias too many": (certificate([layer([[1]], 0, 0)]), "malformed"),
    "a banana on a dead unit": (certificate([layer([[0]], -1), layer([["banana"]], 0)], ["=", out1, "0"]), "malformed"),
    "a space in a number": (claimed(" 1"), "malformed"),
    "other digits": (claimed("١"), "malformed"),
    "an exponent": (claimed("1e9"), "malformed"),
    "a number without end": (claimed("1/"), "malformed"),
    "1/0": (claimed("1/00"), "malformed"),
    "x_0": (certificate(PAIR, ["=", ["out", 2], ["x", 0]]), "malformed"),
    "x_2 of one": (claimed(x2), "malformed"),
    "x_true": (claimed(["x", True]), "malformed"),
    "x_1_1": (claimed(["x", 1, 1]), "malformed"),
    "x": (claimed(["x"]), "malformed"),
    "an output in a condition on inputs": (certificate(where=[[">=", out1, out1]]), "malformed"),
    "other without another": (claimed(["other", 1]), "malformed"),
    "an empty expression": (claimed([]), "malformed"),
    "an expression that is an object": (claimed({}), "malformed"),
    "an operator that is a list": (claimed([["x", 1], 1]), "malformed"),
    "an unknown operator": (claimed(["exp", x1]), "malformed"),
    "a condition for an expression": (claimed([">=", x1, x1]), "malformed"),
    "an expression for a condition": (certificate(claim=["x", 1]), "malformed"),
    "a malformed part that is never read": (certificate(claim=["or", ["=", out1, x1], ["exp"]]), "malformed"),
    "abs of two": (claimed(["abs", x1, x1]), "malformed"),
    "a sum of nothing": (claimed(["+"]), "malformed"),
    "a comparison of three": (certificate(claim=["=", x1, x1, out1]), "malformed"),
    "a multiple of a multiple": (claimed(["*", x1, x1]), "malformed"),
    "the smallest but true": (claimed(["order", True, x1]), "malformed"),
    "the smallest but minus one": (claimed(["order", -1, x1]), "malformed"),
    "the zeroth": (certificate(PAIR, ["=", ["order", 0, x1, x1], x1]), "malformed"),
    "the third of two": (claimed(["order", 3, x1, x1]), "malformed"),
    "a point of two": (at_point(["=", "0", "1"], "1", "2"), "malformed"),
    "a point that is no list": ({**at_point(["=", "0", "1"]), "proof": "1"}, "malformed"),
    "a proof that is not needed": (certificate(proof=[]), "malformed"),
    "stages of no network": (by_comparators(["=", x1, x1]) | {"proof": {}}, "malformed"),
    "a stage with more": (by_comparators(["=", x1, x1], stages=[{**STAGE, "bits": 2}]), "malformed"),
    "wire 0": (by_comparators(["=", x1, x1], stages=[{**STAGE, "comparators": [[1, 0]]}]), "malformed"),
    "wire 3": (by_comparators(["=", x1, x1], stages=[{**STAGE, "comparators": [[1, 3]]}]), "malformed"),
    "wire true": (by_comparators(["=", x1, x1], stages=[{**STAGE, "comparators": [[True, 2]]}]), "malformed"),
    "three wires": (by_comparators(["=", x1, x1], stages=[{**STAGE, "comparators": [[1, 2, 1]]}]), "malformed"),
    "a stage of three wires": (
        by_comparators(["=", x1, x1], stages=[{**STAGE, **layer([[1, 0, 0], [0, 1, 0]], 0, 0)}]),
        "malformed",
    ),
    "a stage too many": (by_comparators(["=", x1, x1], stages=[STAGE, STAGE]), "malformed"),
    "a turn that is a number": (by_cells(["=", x1, x1], 3), "malformed"),
    "a turn of another sign": (by_cells(["=", x1, x1], "* 0:1"), "malformed"),
    "a split with weights": (by_cells([">=", out1, x1], "split 0:1", "+ 0:1", "split", network=RELU), "malformed"),
    "two spaces": (by_cells(["=", x1, x1], "+  0:1"), "malformed"),
    "row -1": (by_cells([">", out1, "-1"], "split", "+ -1:1", where=[[">", x1, "-1"]]), "malformed"),
    "row ١": (by_cells([">", out1, "-1"], "split", "+ ٠:1", where=[[">", x1, "-1"]]), "malformed"),
    # --------------------------------------------------------------- what would take too long
    "a long file": (text(BASE) + b" " * 100_000, "too large"),
    "a deep file": (b"[" * 90_000, "too large"),
    "a deep expression": (claimed(nested(MOST_LEVELS)), "too large"),
    "a long number": (claimed("1" * 51), "too large"),
    "a long denominator": (claimed("1/" + "1" * 51), "too large"),
    "a long sort": (claimed(["order", 1, *[x1] * 120]), "too large"),
    "a long sort of bits": (by_comparators(["=", ["order", 1, *[x1] * 120], x1], ID, ()), "too large"),
}
