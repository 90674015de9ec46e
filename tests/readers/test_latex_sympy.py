"""What was read as SymPy expressions: the same values, and a refusal for what SymPy has no form for."""

import numpy as np
import pytest
import sympy as sp

from symnet import backprop
from symnet.errors import SymnetError
from symnet.readers.latex.reading import read_latex

from ..backprop.literature import LITERATURE

a, b, u, i, n = sp.symbols("a b u i n")
N, M = sp.symbols("n m", integer=True, positive=True)
x, y, W, A = (sp.MatrixSymbol(*spec) for spec in (("x", N, 1), ("y", N, 1), ("W", N, N), ("A", M, N)))
DECLARED = "x, y : n\nW : n n\nA : m n\nb : m\nn, s : scalar\nphi : elementwise"


@pytest.mark.parametrize(
    ("latex", "expected"),
    [
        (r"\frac{a+1}{2b}", (a + 1) / (2 * b)),
        (r"a^2 \le 3", a**2 <= 3),
        (r"a = b = u", sp.And(sp.Eq(a, b), sp.Eq(b, u))),
        (r"\max(0, u) - \lfloor n/2 \rfloor", sp.Max(0, u) - sp.floor(n / 2)),
        (r"\sum_{i=1}^{n} i^2", sp.Sum(i**2, (i, 1, n))),
        (r"\begin{cases} u & u > 0 \\ 0 & \text{otherwise} \end{cases}", sp.Piecewise((u, u > 0), (0, True))),
        (r"\sqrt{a} + \lvert b \rvert", sp.sqrt(a) + sp.Abs(b)),
        (r"\log_2(a)", sp.log(a, 2)),
    ],
)
def test_scalars(latex, expected):
    assert read_latex(latex).sympy() == expected


@pytest.mark.parametrize(
    ("latex", "expected"),
    [
        (r"\bar W = \bar y x^\top", sp.Eq(sp.MatrixSymbol(r"\bar{W}", N, N), sp.MatrixSymbol(r"\bar{y}", N, 1) * x.T)),
        (r"A (x + \mathbf 1)", A * (x + sp.OneMatrix(N, 1))),
        (r"\mathbf 1^\top A x", sp.OneMatrix(1, M) * A * x),
        (r"W + 2 \mathbf I", W + 2 * sp.Identity(N)),
        (r"x_2", x[1, 0]),
        (r"\det W", sp.Determinant(W)),
        (r"(x^\top y) x", sp.Trace(x.T * y) * x),
        (r"\frac{1}{n} x", x / N),
        (r"x \odot y", sp.HadamardProduct(x, y)),
    ],
)
def test_matrices(latex, expected):
    assert read_latex(latex, DECLARED).sympy() == expected


@pytest.mark.parametrize(
    "latex", [r"\mathbf{1}", r"\operatorname{softmax}(x)", r"A x = y", r"x y", r"W x + s", r"s \approx 2", r"x + A"]
)
def test_what_sympy_has_no_form_for_is_refused(latex):
    with pytest.raises(SymnetError):
        read_latex(latex, DECLARED).sympy()


def test_several_statements_give_a_tuple():
    assert read_latex(r"a = 1, b = 2").sympy() == (sp.Eq(a, 1), sp.Eq(b, 2))


SIZES = {"m": 3, "n": 2, "k": 4, "b": 5, "l": 2, "p": 3, "c": 2, "d": 3, "t": 4, "s": 2}


def explicit(e, values):
    """A SymPy expression with numbers in it, worked out from the leaves up."""
    if isinstance(e, sp.MatrixSymbol):
        return values[e.name]
    if isinstance(e, sp.OneMatrix | sp.ZeroMatrix | sp.Identity):
        return sp.Matrix(e.as_explicit())
    parts = [explicit(p, values) if isinstance(p, sp.Basic) and not isinstance(p, sp.Lambda) else p for p in e.args]
    if isinstance(e, sp.HadamardProduct):
        return sp.Matrix(np.prod([np.array(p) for p in parts], axis=0))
    if isinstance(e, sp.HadamardPower):
        return parts[0].applyfunc(lambda entry: entry ** parts[1])
    if isinstance(e, sp.MatAdd | sp.MatMul):
        total = parts[0]
        for part in parts[1:]:
            total = total + part if isinstance(e, sp.MatAdd) else total * part
        return total
    plain = {sp.Trace: lambda m: m.trace(), sp.Transpose: lambda m: m.T, sp.Inverse: lambda m, _=None: m.inv(),
             sp.Determinant: lambda m: m.det(), sp.MatPow: lambda m, k: m**k}  # fmt: skip
    if type(e) in plain:
        return plain[type(e)](*parts)
    if hasattr(e, "function") and hasattr(e, "expr"):
        return parts[1].applyfunc(e.function) if isinstance(parts[1], sp.MatrixBase) else e.function(parts[1])
    return e.func(*parts) if parts else e


@pytest.mark.parametrize("name", [name for name in LITERATURE if name.startswith(("MC", "G "))])
def test_rules_as_sympy_have_the_values_of_the_rules(name):
    """Read from LaTeX and put into SymPy, against the adjoints that the backward pass gives as SymPy expressions."""
    bp = backprop(LITERATURE[name])
    draw = np.random.default_rng(0)
    sizes = {s: SIZES[s.name] for shape in bp.shapes.values() for d in shape for s in d.free_symbols}
    names = {**bp.shapes, **{rf"\bar{{{n}}}": s for n, s in bp.shapes.items()}}
    values = {}
    for quantity, shape in names.items():
        rows, columns = (int(d.subs(sizes)) for d in (*shape, sp.Integer(1), sp.Integer(1))[:2])
        values[quantity] = sp.Matrix(rows, columns, lambda *_: sp.Rational(int(draw.integers(1, 99)), 7))
    scalars = {sp.Symbol(n): values[n][0, 0] for n, s in names.items() if not s}
    declared = {n: tuple(map(str, s)) for n, s in bp.shapes.items()} | {s.name: () for s in sizes}
    for rule in bp.rules:
        expected = bp.adjoints[rule.lhs["name"]]
        found = read_latex(rule.latex(), declared).sympy().rhs
        found, expected = (explicit(sp.sympify(e).subs(sizes).subs(scalars), values) for e in (found, expected))
        assert sp.simplify(_whole(found) - _whole(expected)).is_zero_matrix, rule


def _whole(e):
    return e if isinstance(e, sp.MatrixBase) else sp.Matrix([[e]])
