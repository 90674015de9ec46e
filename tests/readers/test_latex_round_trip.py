"""What symnet prints, it reads back: to the same text, and to the same numbers."""

import math

import numpy as np
import pytest
import sympy as sp

from symnet import backprop, counts, notation, relu
from symnet.adjoints import OPERATORS, WORDS
from symnet.claims.decision.budget import Budget
from symnet.claims.decision.numbers import Functions
from symnet.claims.decision.points import Point
from symnet.claims.meaning.derived import of_backward, of_counts
from symnet.readers.latex.reading import read_latex

UNREAD = {n for o in OPERATORS.values() if "LaTeX" in o.without for n in (o.name, *(w.name for w in o.words))}
EXAMPLES = {name: o.example for name, o in {**OPERATORS, **WORDS}.items() if o.example and name not in UNREAD}
EXAMPLES["residual"] = """
x, b, c : n
W, V : n n
phi : elementwise
z = W @ x + b
h = phi(z) + x
r = V @ h + c
y = phi(r) + h
"""
EXAMPLES["a sum over a scalar"] = "x : n\ns : scalar\ny = (x - s) / s"
EXAMPLES["joined columns"] = "a, b : n\ny = concat(a, b) * 2"
EXAMPLES["an entry"] = "x : n\ny = x[1] * x"
EXAMPLES["the largest of columns"] = "X : m n\ny = max(X, axis=0)"
EXAMPLES["normalised columns"] = "X : m n\nY = std(X, axis=0) + rms_norm(X)"
SIZES = {"m": 3, "n": 2, "k": 4, "b": 3, "p": 5, "t": 4, "v": 5}


@pytest.mark.parametrize("name", EXAMPLES)
def test_rules_read_back_to_the_same_numbers(name):
    """Every adjoint, read from its LaTeX and evaluated by the audit, against the backward pass's own float64."""
    if any(len(shape) > 2 for shape in backprop(EXAMPLES[name]).shapes.values()):
        pytest.skip("tensors have no matrix form")
    bp = backprop(EXAMPLES[name])
    key = of_backward(bp)
    draw = np.random.default_rng(0)
    shapes = {n: tuple(int(d.subs({s: SIZES[s.name] for s in d.free_symbols})) for d in shape)
              for n, shape in bp.shapes.items()}  # fmt: skip
    values = {n: draw.uniform(0.4, 1.6, shapes[n]) for n in bp.model.declared}
    for index, bound in bp.model.bounds.items():
        values[index] = SIZES[bound.name] - 1 - np.arange(values[index].size) % SIZES[bound.name]
    output = bp.program.output.name
    seed = {output: draw.uniform(0.4, 1.6, shapes[output])} if shapes[output] else {}  # a loss has adjoint 1
    expected = bp.evaluate(values, seed, dict.fromkeys(bp.model.functions, "tanh"))

    import mpmath

    stand_in = Functions(0, exact=False)
    known = stand_in._known
    stand_in._smooth = lambda base, order, x: known("tanh", order, x)  # what was left open is tanh on both sides
    given = {n: _array(v, mpmath.mpf) for n, v in {**values, **{rf"\bar{{{n}}}": v for n, v in seed.items()}}.items()}
    given |= {
        letter: ((mpmath.mpf(SIZES[letter]),),) for letter in SIZES if letter in key.shapes and letter not in given
    }
    point = Point(
        SIZES,
        {n: v for n, v in given.items() if n not in key.definitions},
        key.typed,
        stand_in,
        given.__getitem__,
        Budget(),
    )
    for adjoint, array in expected.items():
        found = np.array([[float(x) for x in row] for row in point.name(rf"\bar{{{adjoint}}}")])
        assert np.allclose(found, array.reshape(found.shape), rtol=1e-12, atol=1e-12), adjoint


def _array(value, number):
    rows = np.asarray(value, float)
    rows = rows.reshape(rows.shape[0] if rows.ndim else 1, -1)
    return tuple(tuple(number(float(x)) for x in row) for row in rows)


TABLES = [counts.count(make(symbolic=symbolic)) for make in counts.ZOO.values() for symbolic in (False, True)]


@pytest.mark.parametrize("table", TABLES, ids=lambda t: f"{t.title}{'' if t.total.units.is_Integer else ' in letters'}")
def test_count_formulas_read_back(table):
    """Each step, total, side and condition gives one statement, whose print reads back: that is checked on reading."""
    relations = [s.relation for row in table for s in row.steps]
    relations += [*table.derivation.statement, *table.named_sizes, *table.conditions]
    for relation in relations:
        assert len(read_latex(relation.latex())) == 1


@pytest.mark.parametrize("name", ["alexnet", "lenet5"])
def test_closed_forms_read_back_to_the_same_numbers(name):
    """Every closed form with its floors, at the architecture's own sizes."""
    symbolic = counts.ZOO[name](symbolic=True)
    plain, letters = counts.count(counts.ZOO[name]()), counts.count(symbolic)
    key = of_counts(letters)
    from fractions import Fraction

    sizes = {str(s): ((Fraction(int(v)),),) for s, v in symbolic.sizes.items()}
    point = Point({}, sizes, key.typed, Functions(0, exact=True), sizes.__getitem__, Budget())
    for quantity in ("units", "weights", "biases", "connections"):
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
    from fractions import Fraction

    import mpmath

    from symnet.claims.meaning.keys import Key
    from symnet.claims.meaning.meanings import meanings

    (statement,) = read_latex(notation.latex(expression))
    names = {str(s): (1, 1) for s in expression.free_symbols}
    typed, _ = next(meanings(statement.sides[0], Key("", names).world(), {}))
    for value in (Fraction(3), Fraction(7, 2)):
        given = {n: ((mpmath.mpf(value.numerator) / value.denominator,),) for n in names}
        found = Point({}, given, {}, Functions(0, exact=False), given.__getitem__, Budget()).scalar(typed)
        wanted = sp.N(
            expression.subs({s: sp.Rational(value.numerator, value.denominator) for s in expression.free_symbols}), 15
        )
        assert math.isclose(float(found), float(wanted), rel_tol=1e-12)
