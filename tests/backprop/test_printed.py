"""What is printed can be told apart, is defined, and is LaTeX."""

import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import sympy as sp
import torch

from symnet import backprop
from symnet.adjoints import OPERATORS
from symnet.checks import autograd
from symnet.errors import InvalidInput, NotSupported

from .models import ALL_EXAMPLES

SUBSCRIPTS = {
    "a slice of h_in": "h_in : 5\ny = h_in[1:3] * h_in[0:2]",
    "a batch with W_a": "X : b t n\nW_a : m n\nY_q = X @ W_a.T",
    "heads of W_v": "X : t n\nW_v : h n d\nV = einsum('tn,hnd->htd', X, W_v)",
    "rows of E_in": "E_in : v n\ni : t index v\nY = E_in[i] * E_in[i]",
    "a scalar beside a tensor": "B : 2 3 4\nt : scalar\nz0 = t + B",
    "a power of h__2": "h__2 : n\nW : n n\ny = (W @ h__2) ** 3",
}
TEXTS = (*ALL_EXAMPLES, *SUBSCRIPTS.values())


def everything_printed(text):
    bp = backprop(text)
    return [bp.latex(), *(step.relation.latex() for step in bp.steps), *(r.latex() for r in bp.forward)]


def doubled(latex):
    """Two scripts of one kind on one atom."""
    found = latex
    while found != (shorter := re.sub(r"\{[^{}]*\}", "•", found)):
        found = shorter
    return re.search(r"_(•|\\\w+|\w)(\^(•|\\\w+|\w))?_|\^(•|\\\w+|\w)(_(•|\\\w+|\w))?\^", found)


@pytest.mark.parametrize("text", TEXTS)
def test_nothing_printed_has_two_subscripts_or_two_superscripts(text):
    for latex in everything_printed(text):
        groups = [latex, *re.findall(r"\{((?:[^{}]|\{[^{}]*\})*)\}", latex)]
        assert not any(map(doubled, groups)), latex


@pytest.mark.skipif(not shutil.which("pdflatex"), reason="no pdflatex")
def test_everything_printed_compiles(tmp_path: Path):
    body = "\n\n".join(
        f"$\\displaystyle {latex}$" for text in SUBSCRIPTS.values() for latex in everything_printed(text)
    )
    document = "\\documentclass{article}\\usepackage{amsmath,amssymb}\\begin{document}\n" + body + "\n\\end{document}"
    (tmp_path / "all.tex").write_text(document, encoding="utf-8")
    run = subprocess.run(["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "all.tex"], cwd=tmp_path,
                         capture_output=True, text=True, timeout=120)  # fmt: skip
    assert run.returncode == 0, run.stdout[-2000:]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("x1, x_1 : n\ny = x1 * x_1", "'x1' and 'x_1'"),
        ("alpha1, alpha_1 : scalar\ny = alpha1 * alpha_1", "'alpha1' and 'alpha_1'"),
        ("I, A : n n\nY = trace(A) * I", "'I' and the identity"),
        ("lambda_, lambda : n\ny = lambda_", "is not a name"),
        ("x_, x : n\ny = x_ * x", "'x_' and 'x'"),
        ("f1, f_1 : elementwise\nx : n\ny = f1(x) + f_1(x)", "the function"),
    ],
)
def test_names_that_print_alike_are_refused_in_one_line(text, says):
    with pytest.raises(InvalidInput) as error:
        backprop(text)
    assert says in str(error.value)
    assert "\n" not in str(error.value)


def test_a_change_of_x_is_not_the_quantity_dx():
    bp = backprop("x, dx : n\nL = sum(x * dx * dx)")
    with pytest.raises(InvalidInput, match="'dx' and the change of 'x'"):
        bp.jvp()


def test_a_size_beside_a_quantity_of_its_name_is_written_apart():
    bp = backprop("x : n\nn = sum(x)\nL = mean(x) / n")
    assert "size" in str(bp)
    assert all(check.passed for check in bp.check("cpu"))


def test_an_index_that_is_summed_over_is_no_subscript_of_a_name():
    bp = backprop(SUBSCRIPTS["a batch with W_a"])
    (rule,) = [r.latex() for r in bp.rules if "{W}" in r.latex().split("=")[0]]
    assert r"\sum_{a}" not in rule
    assert r"\sum_" in rule
    assert all(check.passed for check in bp.check("cpu"))


def test_names_that_symnet_chose_are_defined_where_a_rule_mentions_them():
    bp = backprop("X : a b\nT : a c\nV : c b\nL = norm(X - T @ V)")
    assert "where Z = X - T V" in str(bp)
    assert r"\mathbf{Z} &= \mathbf{X} - \mathbf{T} \mathbf{V}" in bp.latex()
    assert "Z = X - T V" in bp.derivation.text()


def test_a_squared_norm_has_no_length_in_its_rule():
    bp = backprop("x, a : n\nL = norm(x - a)**2")
    assert "1/" not in str(bp)
    np.testing.assert_array_equal(bp.evaluate({"x": np.ones(2), "a": np.ones(2)})["x"], [0, 0])


def test_a_name_with_an_underscore_at_its_end_is_written_without():
    assert r"\bar{\lambda}" in backprop("x : n\nlambda_ : scalar\ns = lambda_/2*sum(x*x)").latex()
    assert r"\bar{\mathbf{x}}" in backprop("x_ : n\ns = sum(x_*x_)").latex()


# ---------------------------------------------------------------------- what is given
def test_the_seed_of_a_loss_is_used_and_that_of_anything_else_refused():
    bp = backprop("x : n\nz = sum(x)")
    np.testing.assert_array_equal(bp.evaluate({"x": np.ones(2)}, seed={"z": 5})["x"], [5, 5])
    with pytest.raises(InvalidInput, match="not of q"):
        bp.evaluate({"x": np.ones(2)}, seed={"q": 5})


def test_values_that_a_rule_does_not_admit_are_refused_in_one_line():
    with pytest.raises(InvalidInput, match="singular"):
        backprop("A : n n\nY = inv(A)").evaluate({"A": np.ones((2, 2))}, {"Y": np.ones((2, 2))})
    with pytest.raises(InvalidInput, match="not symmetric"):
        backprop("S : n n symmetric\nx : n\nL = x @ S @ x").evaluate({"S": [[1, 2], [0, 4]], "x": [1, 1]})


def test_a_tensor_that_requires_a_gradient_is_a_value():
    found = backprop("x : n\nL = sum(x ** 2)").evaluate({"x": torch.ones(2, requires_grad=True)})
    np.testing.assert_array_equal(found["x"], [2, 2])


def test_a_mark_before_the_text_is_no_part_of_it(tmp_path):
    (tmp_path / "m.net").write_text("x : n\ny = 2 * x", encoding="utf-8-sig")
    assert str(backprop(tmp_path / "m.net")) == str(backprop("\ufeffx : n\ny = 2 * x")) == "x̄ = 2 ȳ"


@pytest.mark.parametrize("word", ["cholesky", "cumprod", "prod", "kron", "masked_fill", "expm", "svd"])
def test_nobody_is_told_to_declare_what_does_not_act_entry_by_entry(word):
    with pytest.raises(NotSupported) as error:
        backprop(f"A : n n\nL = sum({word}(A))")
    assert "elementwise" not in str(error.value)
    assert "did you mean" not in str(error.value)


def test_an_index_takes_columns_and_refuses_pairs():
    bp = backprop("X : m v\ni : t index v\ny = X[:, i]")
    assert all(check.passed for check in bp.check("cpu"))
    for part in ("X[i, i]", "X[i, 0]", "X[0, i]"):
        with pytest.raises(NotSupported, match="an index takes rows"):
            backprop(f"X : m v\ni : t index v\ny = {part}")


def test_more_letters_than_the_alphabet_has_for_indices():
    letters = "abcdefghijklmnopqrstuvw"
    bp = backprop(f"x : n\nz = einsum('{','.join(letters)}->', {', '.join('x' * 23)})")
    assert "23" in str(bp) or "x" in bp.latex()


# ---------------------------------------------------------------------- rules at their edges
def test_the_root_of_a_square_is_not_the_number_itself():
    found = backprop("x : n\nL = sum(sqrt(x ** 2))").evaluate({"x": np.array([-2.0, 3])})
    np.testing.assert_array_equal(found["x"], [-1, 1])


def test_the_transpose_of_a_contraction_is_that_of_its_value():
    bp = backprop("A : m n\nB : n k\nC : m k\nY = einsum('ij,jk,ik->kj', A, B, C).T + 0 * A[0, 0]")
    assert all(check.passed for check in bp.check("cpu"))


def test_a_range_that_ends_outside_is_as_long_as_what_there_is():
    bp = backprop("X : 3 2\ny = X[0:100]")
    assert bp.shapes["y"] == (3, 2)
    with pytest.raises(InvalidInput, match="is empty"):
        backprop("X : 3 2\ny = X[5:100]")


def test_a_relative_error_of_one_in_ten_million_is_an_error(monkeypatch):
    right = OPERATORS["matmul"]
    off = 1 + sp.Rational(1, 10**7)
    wrong = replace(right, adjoint=lambda G, y, *args: tuple(off * part for part in right.adjoint(G, y, *args)))
    monkeypatch.setitem(OPERATORS, "matmul", wrong)
    assert not any(check.passed for check in autograd.check_adjoints(backprop("W : m n\nx : n\ny = W @ x"), seeds=(0,)))
