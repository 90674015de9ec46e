"""What symnet prints, it reads back: to the same text, and to the same numbers.

Rules of a backward pass do so in `tests/audit/test_from_graph.py`, beside what the audit makes of them unprinted.
"""

import math
from dataclasses import replace
from fractions import Fraction

import pytest
import sympy as sp

from symnet import counts, notation, relu
from symnet.claims.decision.budget import Budget
from symnet.claims.decision.numbers import Functions
from symnet.claims.decision.points import Point
from symnet.claims.decision.values import value as evaluate
from symnet.claims.meaning.derived import of_counts
from symnet.readers.latex.reading import read_latex

TABLES = [counts.count(make(symbolic=symbolic)) for make in counts.ZOO.values() for symbolic in (False, True)]


@pytest.mark.parametrize("table", TABLES, ids=lambda t: f"{t.title}{'' if t.total.units.is_Integer else ' in letters'}")
def test_count_formulas_read_back(table):
    """Each step, total, side and condition gives one statement, whose print reads back: that is checked on reading."""
    relations = [s.relation for row in table for s in row.steps]
    relations += [*table.derivation.statement, *table.named_sizes, *table.conditions]
    for relation in relations:
        assert len(read_latex(relation.latex())) == 1


QUANTITIES = ("units", "weights", "biases", "connections")


@pytest.mark.parametrize("name", ["alexnet", "lenet5"])
def test_closed_forms_read_back_to_the_same_numbers(name):
    """Every closed form with its floors, at the architecture's own sizes."""
    symbolic = counts.ZOO[name](symbolic=True)
    plain, letters = counts.count(counts.ZOO[name]()), counts.count(symbolic)
    key = of_counts(letters)
    names = replace(key, definitions={}).symbols
    printed = {q[0].upper(): notation.latex(getattr(letters.total, q)) for q in QUANTITIES}
    key = replace(key, definitions={n: read_latex(text, names)[0].sides[0] for n, text in printed.items()})
    sizes = {str(s): ((Fraction(int(v)),),) for s, v in symbolic.sizes.items()}
    point = Point(evaluate, {}, sizes, key.typed, Functions(0, exact=True), sizes.__getitem__, Budget())
    for quantity in QUANTITIES:
        letter = quantity[0].upper()
        assert point.name(letter)[0][0] == int(getattr(plain.total, quantity))


def test_piecewise_and_extrema_read_back():
    for expression in (
        *relu.two_input_sorter().piecewise(),
        *relu.Sorted().expressions(relu.two_input_sorter().inputs),
    ):
        (statement,) = read_latex(notation.latex(expression))
        assert statement.sides


@pytest.mark.parametrize(
    "expression",
    [
        sp.Symbol("x") ** 2 / 3,
        sp.sqrt(sp.Symbol("x") + 1),
        sp.floor(sp.Symbol("n") / 2) + 1,
        sp.Max(0, sp.Symbol("x")),
        -sp.Symbol("a") * (sp.Symbol("b") - 1),
        sp.Integer(105415200),
        sp.Rational(1, 3),
        sp.Abs(sp.Symbol("x")),
        sp.exp(-sp.Symbol("t")),
    ],
)
def test_sympy_expressions_read_back_to_the_same_value(expression):
    import mpmath

    from symnet.claims.meaning.keys import Key
    from symnet.claims.meaning.shapes import meanings

    (statement,) = read_latex(notation.latex(expression))
    names = {str(s): (1, 1) for s in expression.free_symbols}
    typed, _ = next(meanings(statement.sides[0], Key("", names).world(), {}))
    for value in (Fraction(3), Fraction(7, 2)):
        given = {n: ((mpmath.mpf(value.numerator) / value.denominator,),) for n in names}
        found = Point(evaluate, {}, given, {}, Functions(0, exact=False), given.__getitem__, Budget()).scalar(typed)
        wanted = sp.N(
            expression.subs({s: sp.Rational(value.numerator, value.denominator) for s in expression.free_symbols}), 15
        )
        assert math.isclose(float(found), float(wanted), rel_tol=1e-12)
