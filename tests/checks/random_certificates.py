"""Certificates drawn at random: a claim, a method, a proof. Most are wrong; of those that pass z3 is to say the same.

A proof by cells that no-one guides is hardly ever right, so most turns are drawn with weights that exclude the other
way where one row of the path can; the others are anything.
"""

import json
import random
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from symnet.checks import verify

from .forged_certificates import BASE, ID, PAIR, RELU, SORTER, STAGE, layer

METHODS = tuple(verify.METHODS)
TRIPLE = [layer([[1, 0, 0], [0, 1, 0], [0, 0, 1]], 0, 0, 0)]
THREE = [  # compares 1 and 3, then 1 and 2
    layer([[1, 0, 0], [0, 1, 0], [0, -1, 0], [0, 0, 1], [0, 0, -1], [1, 0, -1], [-1, 0, 0]], 0, 0, 0, 0, 0, 0, 0),
    layer([[1, 0, 0, 0, 0, -1, -1], [0, 1, -1, 0, 0, 0, 0], [0, 0, 0, 1, -1, 1, 0]], 0, 0, 0),
]


def number(draw):
    return draw.choice(("0", "0", "1", "-1", "2", "1/2", "-1/3", "-7"))


def a_network(draw, known=0.4):
    """One that likes to degenerate; or, with that probability, a known one, mostly of comparators."""
    if draw.random() < known:
        return draw.choice((ID, RELU, PAIR, SORTER, TRIPLE, THREE))
    widths = [draw.randint(1, 2), *(draw.randint(1, 2) for _ in range(draw.choice((0, 1, 1, 2)))), draw.randint(1, 2)]
    return [
        {"weights": [[number(draw) for _ in range(n)] for _ in range(m)], "biases": [number(draw) for _ in range(m)]}
        for n, m in pairwise(widths)
    ]


def an_expression(draw, sizes, depth=2, lattice=False):
    kind = draw.choice(
        ("leaf", "min", "max", "order")
        if lattice
        else ("leaf", "leaf", "min", "max", "order", "+", "*", "relu", "abs", "if")
    )

    def part():
        return an_expression(draw, sizes, depth - 1, lattice)

    if kind == "leaf" or not depth:
        name = draw.choice([*sizes, *["number"] * (not sizes or draw.random() < (0.03 if lattice else 0.6))])
        return number(draw) if name == "number" else [name, draw.randint(1, sizes[name])]
    if kind == "order":
        return ["order", draw.randint(1, 3), *(part() for _ in range(3))]
    if kind in ("relu", "abs"):
        return [kind, part()]
    if kind == "*":
        return ["*", number(draw), part()]
    if kind == "if":
        return ["if", a_condition(draw, sizes, depth - 1), part(), ["undefined"] if draw.random() < 0.2 else part()]
    return [kind, *(part() for _ in range(draw.randint(1, 2)))]


def a_condition(draw, sizes, depth=2, lattice=False):
    head = (
        draw.choice((">=", ">=", ">=", ">", "=", "="))
        if lattice or draw.random() < 0.8
        else draw.choice(("and", "or", "not"))
    )
    if head in ("and", "or") and depth:
        return [head, *(a_condition(draw, sizes, depth - 1) for _ in range(draw.randint(0, 2)))]
    if head == "not" and depth:
        return ["not", a_condition(draw, sizes, depth - 1)]
    sign = head if head in (">=", ">", "=") else ">="
    if draw.random() < (0.3 if lattice else 0.1):
        sizes, lattice = {}, False  # between numbers
    a = an_expression(draw, sizes, depth, lattice)
    b = a if draw.random() < 0.2 else an_expression(draw, sizes, depth, lattice)
    return [sign, *draw.choice(([a, b], [b, a], [["max", a, b], b], [a, ["min", a, b]]))]


def a_certificate(draw, method):
    net = a_network(draw, known=0.85 if method == "comparators" else 0.4)
    networks = {"out": net} | (
        {"other": draw.choice((net, SORTER if net is THREE else net))} if draw.random() < 0.2 else {}
    )
    n = len(net[0]["weights"][0])
    networks = {name: layers for name, layers in networks.items() if len(layers[0]["weights"][0]) == n}
    sizes = {"x": n} | {name: len(layers[-1]["biases"]) for name, layers in networks.items()}
    lattice = method == "comparators" and draw.random() < 0.8
    claim = [a_condition(draw, sizes, draw.randint(0, 2), lattice) for _ in range(draw.choice((1, 1, 2)))]
    where = [a_condition(draw, {"x": n}, 1) for _ in range(draw.choice((0, 0, 1, 2)))]
    data = {
        **BASE,
        "networks": networks,
        "where": where,
        "claim": claim,
        "method": method,
        "holds": method != "counterexample",
    }
    return {**data, "proof": PROOFS[method](draw, data)}


def a_point(draw, data):
    return [number(draw) for _ in data["networks"]["out"][0]["weights"][0]]


def stages(draw, data):
    """As they are, or others."""
    n = len(data["networks"]["out"][0]["weights"][0])
    known = {json.dumps(SORTER): [STAGE], json.dumps(THREE): [{**TRIPLE[0], "comparators": [[1, 3]]}]}
    idle = {"comparators": [], **layer([[int(i == j) for j in range(n)] for i in range(n)], *[0] * n)}
    found = {
        name: known.get(json.dumps(layers), [idle] * (len(layers) - 1)) for name, layers in data["networks"].items()
    }
    if draw.random() < 0.3:
        pairs = [[draw.randint(1, n), draw.randint(1, n)] for _ in range(draw.randint(0, 2))]
        found["out"] = [{**stage, "comparators": pairs} for stage in found["out"]]
    return found


@dataclass
class Guess(verify.Trail):
    """Draws the turns that a `Trail` reads."""

    draw: random.Random = None
    written: list[str] = None

    def read(self, ways, either):
        turn = self.turn(ways, either)
        self.written.append(turn)
        if turn == "split":
            self.later.append([*self.turns, False])
        return turn[0] != "-"

    def turn(self, ways, either):
        if self.draw.random() < 0.04:
            weights = (f" {self.draw.randint(0, 3)}:{number(self.draw)}" for _ in range(self.draw.randint(0, 2)))
            return self.draw.choice("+-") + "".join(weights)
        for yes in (True, False):
            form, strict = ways[not yes]
            for i, (row, open_) in enumerate(self.rows):
                y = self.multiple(form, row)
                if y > 0:
                    total = self.exact.sum((verify.ONE, form), (y, row))
                    if total.is_number and not verify.positive(total, strict or either or open_):
                        return f"{'+' if yes else '-'} {i}:{y}"
        return "split"

    @staticmethod
    def multiple(form, row):
        i = max(form.terms)
        return Fraction(-form.terms[i] * row.over, row.terms[i] * form.over) if i in row.terms else Fraction(0)


def turns(draw, data):
    this = verify.read(json.dumps({**data, "proof": []}).encode(), verify.Limits())
    exact, x, written, later = verify.Exact(100_000), verify.variables(this.n), [], [[]]
    try:
        while later and len(written) < 60:
            trail = Guess(exact, [], later, later.pop(), draw=draw, written=written)
            if verify.met(this, exact, x, trail.relu, trail.choose):
                verify.true(this, exact, x, trail.relu, trail.choose)
    except verify.Rejected:
        pass
    return written


PROOFS = {"counterexample": a_point, "kinks": lambda draw, data: None, "comparators": stages, "cells": turns}
