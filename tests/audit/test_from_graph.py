"""What a key says is what was derived: made of the graph, and printed and read back, it has the graph's own numbers.

Three ways to a number that share no code: NumPy on the nodes, the audit's arithmetic on the formula that is made of
them, and the audit's arithmetic on what their LaTeX reads back as.
"""

from dataclasses import replace
from pathlib import Path

import mpmath
import numpy as np
import pytest
import sympy as sp

from symnet import audit, counts
from symnet.adjoints import OPERATORS, WORDS, derive
from symnet.adjoints.evaluate import everything
from symnet.claims import key
from symnet.claims.decision.budget import Budget
from symnet.claims.decision.numbers import Elsewhere, Functions
from symnet.claims.decision.points import Point
from symnet.claims.decision.values import value as evaluate
from symnet.claims.meaning.from_graph import NoFormula, formula_of
from symnet.claims.meaning.shapes import Unclear
from symnet.errors import InvalidInput
from symnet.readers.latex.reading import Unread, read_latex

EXAMPLES = {name: o.example for name, o in {**OPERATORS, **WORDS}.items() if o.example}
EXAMPLES |= {f.stem: f.read_text() for f in Path("examples").rglob("*.net") if f.stem != "recurrent"}
EXAMPLES |= {
    "a number by einsum": "A : m n\nB : n k\nC : m k\ns = einsum('ij,jk,ik->', A, B, C)",
    "a column that is a matrix": "X : m 1\nY = X[1:] * 2",
    "one column, turned": "X : m 1\nw : m\ny = X.T @ w",
    "the first entry": "x : n\ny = x[0] * x",
    "the last entry": "x : n\ny = x[n - 1] * x",
    "the twelfth entry": "x : 14\ny = x[11] * x",
    "one of one": "x : 1\ny = x[0] * x",
    "residual": "x, b : n\nW, V : n n\nf : elementwise\nz = W @ x + b\nh = f(z) + x\nr = V @ h + b\ny = f(r) + h",
    "joined columns": "a, b : n\ny = concat(a, b) * 2",
    "an entry": "x : n\ny = x[1] * x",
    "the largest of columns": "X : m n\ny = max(X, axis=0)",
    "the largest of a vector": "x : n\ny = max(x) + min(x)",
    "a sum over a scalar": "x : n\ns : scalar\ny = (x - s) / s",
    "scalars": "a, b : scalar\nL = -2 * a ** 3 / b + sqrt(a) - exp(-b) / a ** 2",
    "sizes": "x : n\nX : m n\ny = sum(X) / n ** 2 + sum(x) * (n - 1) / m",
    "columns normalised": "X : m n\nY = std(X, axis=0) + rms_norm(X)",
    "columns kept": "X : m n\nY = X - mean(X, axis=0, keepdims=True) * 3",
    "rows kept": "X : m n\nY = softmax(X - mean(X, axis=1, keepdims=True), axis=0)",
    "all of it": "X : m n\ny = logsumexp(X) + norm(X) + max(X) - log(sum(exp(X)))",
    "an outer product of sums": "a, b : n\nc : m\nY = outer(c, a * (a @ b)) * 2 - outer(c, b)",
    "inverses": "A, B : n n\nx : n\ny = inv(A.T @ B) @ x - solve(A.T, x) * det(B) / logdet(A @ A.T)",
    "a tensor beside matrices": "X : b m n\nA : m n\nw : n\nu = A @ w\nY = X * A + sum(u)",
}
SIZES = {"m": 3, "n": 2, "k": 4, "b": 3, "p": 5, "t": 4, "v": 5, "d": 3, "c": 6, "h": 2, "w": 3}
WORLDS = {"many": SIZES, "one row": SIZES | {"m": 1, "b": 1, "t": 1}, "one column": SIZES | {"n": 1, "k": 1}}


def named(bp) -> dict:
    """The right side of each definition and each rule, by the name that the key has for it."""
    return {r.lhs["name"]: r.rhs for r in bp.forward} | {rf"\bar{{{r.lhs['name']}}}": r.rhs for r in bp.rules}


def in_numbers(bp, sizes):
    """Random values, and everything else that follows from them by NumPy; `None` where nothing is of these sizes."""
    draw = np.random.default_rng(0)
    letters = {s.name for shape in bp.shapes.values() for d in shape for s in d.free_symbols}
    known = {name: sizes.get(name, 3) for name in letters}
    shapes = {
        n: tuple(int(sp.sympify(d).subs({s: known[s.name] for s in d.free_symbols})) for d in shape)
        for n, shape in bp.shapes.items()
    }
    if any(d < 1 for shape in shapes.values() for d in shape):
        return None
    values = {n: draw.uniform(0.4, 1.6, shapes[n]) for n in bp.model.declared}
    for index, bound in bp.model.bounds.items():
        last = sizes[bound.name]
        known[bound.name] = last
        values[index] = last - 1 - np.arange(values[index].size).reshape(values[index].shape) % last
    output = bp.program.output.name
    seed = {output: draw.uniform(0.4, 1.6, shapes[output])} if bp.walk[0].total == bp.walk[0].named else {}
    with np.errstate(all="ignore"):
        try:
            world = everything(bp.program, bp.walk, values, seed, dict.fromkeys(bp.model.functions, "tanh"))
        except IndexError:  # a second row of one
            return None
    return known, {(rf"\bar{{{n}}}" if role else n): array for (n, role), array in world.arrays.items()}


def point_of(k, known, arrays):
    """The audit's own arithmetic where what is given is what NumPy was given; a function left open is tanh for both."""
    stand_in = Functions(0, exact=False)
    plain = stand_in._known
    stand_in._smooth = lambda base, order, x: plain("tanh", order, x)
    given = {n: rows(a) for n, a in arrays.items() if n in k.shapes and n not in k.definitions}
    given |= {letter: ((mpmath.mpf(n),),) for letter, n in known.items() if letter in k.shapes and letter not in given}
    return Point(evaluate, known, given, k.typed, stand_in, given.__getitem__, Budget())


def rows(array):
    whole = array.reshape(array.shape[0] if array.ndim else 1, -1)
    return tuple(tuple(mpmath.mpf(float(x)) for x in row) for row in whole)


def read_back(k, bp):
    """The same key, its definitions read from their LaTeX."""
    names = replace(k, definitions={}).symbols
    sides = {n: read_latex(node.written("latex"), names)[0].sides[0] for n, node in named(bp).items()
             if n in k.definitions}  # fmt: skip
    return replace(k, definitions=sides)


def check(k, found, *, everywhere=True) -> None:
    """Each definition against NumPy; ``everywhere``: it has a value wherever NumPy has a finite one."""
    known, arrays = found
    point = point_of(k, known, arrays)
    for name in k.definitions:
        wanted = arrays[name]
        if not np.isfinite(wanted).all():
            continue
        try:
            value = np.array([[float(x) for x in row] for row in point.name(name)])
        except Elsewhere:
            assert not everywhere, name
            continue
        assert value.size == wanted.size, name
        assert np.allclose(value, wanted.reshape(value.shape), rtol=1e-9, atol=1e-9), name


@pytest.mark.parametrize("sizes", WORLDS)
@pytest.mark.parametrize("name", EXAMPLES)
def test_a_key_has_the_numbers_of_the_graph(name, sizes):
    bp = derive(EXAMPLES[name])
    if (found := in_numbers(bp, WORLDS[sizes])) is not None:
        check(key(bp), found, everywhere=sizes == "many")


REFUSED = {  # what is printed and not read: in a clear line, and never as something else
    "a number by einsum": "use another letter",
    "a column that is a matrix": "does not have the shape",
    "the last entry": "the index n of x_n is not known",
    "one of one": "undefined symbol",
    "where": "undefined symbol",  # the choice is none of the key's, and neither is its adjoint
}


@pytest.mark.parametrize("name", EXAMPLES)
def test_what_is_printed_reads_back_to_the_numbers_of_the_graph(name):
    bp = derive(EXAMPLES[name])
    found = in_numbers(bp, SIZES)
    assert found is not None
    if name in REFUSED:
        with pytest.raises((Unread, Unclear, InvalidInput), match=REFUSED[name]):
            check(read_back(key(bp), bp), found)
    else:
        check(read_back(key(bp), bp), found)


def test_a_wrong_formula_of_an_operator_is_caught(monkeypatch):
    """The law can fail: a transpose that is forgotten."""
    bp = derive("A : m m\nx : m\ny = A.T @ x")
    monkeypatch.setitem(
        OPERATORS, "transpose", replace(OPERATORS["transpose"], formula=lambda y, make: make("itself", *y.args))
    )
    with pytest.raises(AssertionError, match="y"):
        check(key(bp), in_numbers(bp, SIZES))


# ---------------------------------------------------------------------- holes
def test_every_operator_says_what_it_means_or_why_it_cannot():
    """The matrix of operators: what is a hole without a word is an error."""
    holes = {name: o.formula for name, o in OPERATORS.items() if isinstance(o.formula, str)}
    print("\n".join(f"{name:14} {holes.get(name, 'made of its parts')}" for name in OPERATORS))
    assert all(len(reason.split()) > 3 for reason in holes.values()), holes


@pytest.mark.parametrize("name", [n for n, o in OPERATORS.items() if callable(o.formula)])
def test_every_formula_is_used_by_some_example(name):
    """A formula that no example needs would be checked by nothing."""

    def operators(node):
        return {node.op}.union(*map(operators, node.args))

    for text in EXAMPLES.values():
        bp = derive(text)
        made = key(bp).definitions
        if any(name in operators(node) for n, node in named(bp).items() if n in made):
            return
    pytest.fail(f"no example has {name} in a rule that a key can say")


def test_what_has_a_tensor_in_it_is_none_of_the_keys_and_what_has_matrices_alone_is():
    bp = derive(EXAMPLES["a tensor beside matrices"])
    k = key(bp)
    assert "u" in k.definitions
    assert not {"X", "Y", r"\bar{X}", r"\bar{Y}", r"\bar{u}", r"\bar{w}"} & set(k.shapes)  # w̄ = Aᵀ ū, and ū has Ȳ
    assert verdict("u = A w", bp) == "holds"
    assert verdict(r"u = A w + w", bp) == "wrong"
    assert verdict(r"\bar X = \bar Y \odot A", bp) == "unread"


def verdict(claim, bp) -> str:
    return audit(claim, against=bp).findings[0].verdict


def test_a_name_without_a_formula_takes_with_it_what_mentions_it():
    """As a free name it would be wrong of everything."""
    bp = derive("A : m n\nB : n k\nC : m k\nY = einsum('ij,jk,ik->kj', A, B, C)\nZ = Y * 2")
    k = key(bp)
    assert not {"Y", "Z"} & set(k.shapes)
    assert verdict("Z = 2 Y", bp) == "unread"


def test_a_matrix_of_one_column_is_no_vector_for_what_acts_on_rows():
    """The softmax of each row of one entry is 1; of a vector it is more than that."""
    for word in ("softmax", "log_softmax", "layer_norm", "rms_norm"):
        bp = derive(f"X : m 1\nY = {word}(X)")
        assert verdict(rf"Y = \operatorname{{{word.replace('_', ' ')}}}(X)".replace(" norm", ""), bp) == "unread"


def test_an_operator_that_nobody_gave_a_formula_is_a_hole_and_no_crash(monkeypatch):
    bp = derive("x : n\ny = x ** 3\nz = y + x")
    monkeypatch.setitem(OPERATORS, "power", replace(OPERATORS["power"], formula="a planted hole in the table"))
    assert set(key(bp).definitions) & {"y", "z"} == set()
    with pytest.raises(NoFormula, match="a planted hole"):
        formula_of(named(bp)["y"], {"x"})


# ---------------------------------------------------------------------- exact numbers and sizes
LETTERS = sp.symbols("m n k", positive=True, integer=True)
m, n, k = LETTERS


@pytest.mark.parametrize(
    "e",
    [
        1 / n, -1 / n, sp.Rational(-3, 4), n - 1, 2 * m * n - k, (m + 1) * (n - 2) / k, -(m - n) / (2 * k), sp.sqrt(n),
        1 / sp.sqrt(n), sp.floor((n - 3) / sp.Integer(2)) + 1, sp.ceiling(n / m), sp.Max(m, n) - sp.Min(n, k),
        m**3 / n**2, sp.Abs(m - n), n ** sp.Rational(-3, 2), sp.exp(-n) + sp.log(m), -m, -m * n, m - n - k, 1 - 1 / n,
    ],
    ids=str,
)  # fmt: skip
def test_sizes_and_numbers_keep_their_value(e):
    from symnet.claims.meaning.keys import Key

    at = dict(zip(LETTERS, (3, 7, 5), strict=True))
    shapes = {s.name: (1, 1) for s in LETTERS}
    made = Key("", {**shapes, "e": (1, 1)}, (), {"e": formula_of(e, shapes)})
    given = {s.name: ((mpmath.mpf(v),),) for s, v in at.items()}
    found = Point(evaluate, {}, given, made.typed, Functions(0, exact=False), given.__getitem__, Budget()).name("e")[0][
        0
    ]
    assert abs(float(found) - float(e.subs(at))) < 1e-12


@pytest.mark.parametrize("e", [sp.pi * n, sp.Piecewise((n, n > 2), (m, True)), sp.Symbol("stranger")], ids=str)
def test_what_has_no_formula_is_refused(e):
    with pytest.raises(NoFormula):
        formula_of(e, {"m", "n"})


@pytest.mark.parametrize("title", counts.ZOO)
def test_the_counts_in_letters_have_the_numbers_of_the_counts(title):
    letters, plain = counts.ZOO[title](symbolic=True), counts.count(counts.ZOO[title]())
    k = key(counts.count(letters))
    given = {str(s): ((mpmath.mpf(int(v)),),) for s, v in letters.sizes.items()}
    point = Point(evaluate, {}, given, k.typed, Functions(0, exact=False), given.__getitem__, Budget(10**9))
    for letter, quantity in (("U", "units"), ("W", "weights"), ("B", "biases"), ("C", "connections")):
        assert int(point.name(letter)[0][0]) == int(getattr(plain.total, quantity)), letter


# ---------------------------------------------------------------------- what the law found
@pytest.mark.parametrize(
    ("claim", "is_"),
    [(r"y = \max(x)", "holds"), ("y = x_1", "wrong"), (r"y = \max(x) + 1", "wrong"), (r"y = -\max(-x)", "wrong")],
)
def test_the_largest_entry_of_a_vector_is_one_number(claim, is_):
    """It was every entry, and comparing it with a number broke the audit."""
    assert verdict(claim, derive("x : n\ny = max(x)")) == is_
