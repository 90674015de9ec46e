"""Shapes on their way through the layers: what arrives, what leaves, what must hold, and names for long sides.

A map is (c, h, w), a vector (n,). The batch is no size here: every example costs the same.
A side that is neither a number nor a letter gets a name, o_1 for conv1; ``closed`` keeps its one-floor closed form.
"""

import math
import re
from collections.abc import Mapping, Set
from typing import Any, TypeAlias

import sympy as sp

from symnet import notation
from symnet.counts.formulas import Windows, divides
from symnet.counts.records.joins import said
from symnet.counts.rules import MEANING, Rule, Shape
from symnet.counts.sizes import evaluate, gathered
from symnet.derivation import Relation
from symnet.errors import InvalidInput
from symnet.sizes import letter

Values: TypeAlias = Mapping[sp.Symbol, Any]


def arriving(name: str, rule: Rule, shape: Shape) -> dict[sp.Symbol, Any]:
    """The letters of the shape that arrives with their values; a map becomes a vector where one is wanted."""
    if rule.enters and shape:
        raise InvalidInput(f"layer {name!r}: an input comes first and only once; remove it")
    if not rule.enters and not shape:
        raise InvalidInput(f"layer {name!r}: nothing arrives; begin the network with Input(channels, height, width)")
    if len(rule.sees) == 1:
        shape = (math.prod(shape),)
    if rule.sees and len(rule.sees) != len(shape):
        raise InvalidInput(
            f"layer {name!r}: {rule.noun} needs {_wanted(rule)}, but {said(shape)} arrives; "
            "put it where such a shape leaves the layer before, e.g. before the first vector"
        )
    return dict(zip(rule.sees, shape, strict=False))


def _wanted(rule: Rule) -> str:
    return "a map of channels × height × width" if len(rule.sees) == 3 else " × ".join(MEANING[s] for s in rule.sees)


def output(rule: Rule, values: Values, arrives: Shape) -> Shape:
    """The shape that leaves; a layer without an output rule leaves the shape as it is."""
    if rule.output is None:
        return arrives
    return tuple(side.at(values).value if isinstance(side, Windows) else evaluate(side, values) for side in rule.output)


# ---------------------------------------------------------------------- conditions
def conditions(name: str, rule: Rule, values: Values) -> tuple[Relation, ...]:
    """What must hold of the letters here. Numbers that break a condition raise InvalidInput."""
    given = {v for letters in rule.fields.values() for s in letters if isinstance(v := values[s], sp.Expr)}
    sizes = [divides(1, v) for v in sorted(given, key=str) if not v.is_integer]
    whole = [_whole(name, above, below, values) for above, below in rule.whole]
    fits = [_fits(name, *fit, values=values) for fit in rule.fits]
    return tuple(c for c in (*sizes, *whole, *fits) if c is not None)


def _whole(name: str, above: sp.Expr, below: sp.Expr, values: Values) -> Relation | None:
    a, b = evaluate(above, values), evaluate(below, values)
    if isinstance(a, int) and isinstance(b, int):
        if a % b:
            raise InvalidInput(
                f"layer {name!r}: {b} {_meant(below)} do not divide {a} {_meant(above)}; "
                f"{a} can be divided by {', '.join(str(d) for d in list(sp.divisors(a))[:12])}"
            )
        return None
    return None if (sp.sympify(a, strict=True) / b).is_integer else divides(b, a)


def _meant(size: sp.Expr) -> str:
    """input channels; heads + 2·key and value heads."""
    if size.is_Symbol:
        return MEANING[size]
    return " + ".join(notation.text(term).replace(str(s), MEANING[s]) for term in size.as_ordered_terms()
                      for s in term.free_symbols)  # fmt: skip


def _fits(name: str, small: sp.Expr, large: sp.Expr, words: str, values: Values) -> Relation | None:
    a, b = evaluate(small, values), evaluate(large, values)
    holds = sp.sympify(a <= b, strict=True)
    if holds == sp.false:
        raise InvalidInput(f"layer {name!r}: {words.format(a, b)}; change one of them, or the input's size")
    return None if holds == sp.true else Relation(a, "<=", b)


# ---------------------------------------------------------------------- names of sides
def named_sides(rule: Rule, suffix: str, leaves: Shape, closed: dict[sp.Symbol, Any], taken: Set[sp.Symbol]) -> Shape:
    """The shape with a name for each long side that windows left; ``closed`` takes its one-floor closed form."""
    slid = [isinstance(side, Windows) and _is_long(left) for side, left in zip(rule.output or (), leaves, strict=False)]
    if not any(slid):
        return leaves
    full = [_closed_form(side, closed) if long else side for side, long in zip(leaves, slid, strict=True)]
    square = len(set(full[1:])) == 1
    wanted = [f"{base(s) if square else s.name}_{suffix}" for s in rule.gives]
    return tuple(
        _name_of(side, name, closed, taken) if long and _is_long(side) else side
        for side, name, long in zip(full, wanted, slid, strict=True)
    )


def _is_long(side: Any) -> bool:
    return isinstance(side, sp.Expr) and not side.is_Symbol


def _closed_form(side: sp.Expr, closed: Mapping[Any, Any]) -> Any:
    return gathered(evaluate(side, {s: closed.get(s, s) for s in side.free_symbols}))


def _name_of(side: sp.Expr, wanted: str, closed: dict[sp.Symbol, Any], taken: Set[sp.Symbol]) -> sp.Symbol:
    for s, known in closed.items():
        if known == side:
            return s
    while letter(wanted) in closed or letter(wanted) in taken:
        wanted += "'"
    closed[letter(wanted)] = side
    return letter(wanted)


def base(s: sp.Symbol) -> str:
    """c of c_out, k of k_h: what a letter is called once it has a number."""
    return s.name.split("_")[0]


def number_of(name: str) -> str:
    """1 of conv1, 2_1 of conv2_1; a layer without a number goes by its name."""
    return re.sub(r"[.-]", "_", re.sub(r"^[A-Za-z]+", "", name) or name).strip("_")
