"""What the model language refuses, and in which words."""

import numpy as np
import pytest

from symnet import backprop
from symnet.errors import InvalidInput, NotSupported, SymnetError

DECLARED = "x, b : n\nW : n n\nA : m n\nt : scalar\nphi : elementwise\n"


@pytest.mark.parametrize(
    ("equations", "says"),
    [
        ("z = A.T @ x", "equation 1, 'z = A.T @ x': A.T is n × m and x is n"),
        ("z = A.T @ x", "A @ x would fit"),
        ("z = x @ A", "x @ A.T would fit"),
        ("z = A + W", "A is m × n but W is n × n, so they do not line up"),
        ("z = W @ t", "t is a scalar, and @ multiplies vectors and matrices; write * instead"),
        ("z = W @ x\ny = w @ z", "equation 2, 'y = w @ z': unknown name 'w' (did you mean W?)"),
        ("z = W @ q", "unknown name 'q'; declare it, as in 'q : n'"),
        ("z = x\nz = b", "equation 2, 'z = b': 'z' is already defined in equation 1"),
        ("x = b", "'x' is already declared above"),
        ("y = z\nz = x", "'z' is used before equation 2 defines it; a model has no cycles"),
        ("z = z + x", "'z' is used before equation 1 defines it"),
        ("z = (W @ x", "the bracket '(' is never closed"),
        ("z = W @ x]", "']' closes no bracket"),
        ("z = (x]", "']' closes no bracket"),
        ("z = W @", "cannot be read as an expression"),
        ("z =", "nothing to read after '='"),
        ("z", "neither ':' nor '='"),
        ("y = phi", "'phi' is a function; write phi(…)"),
        ("y = phi(x, b)", "phi is elementwise and takes one argument, not 2"),
        ("y = sum(x, foo=1)", "sum is called as sum(x, axis=None, keepdims=False)"),
        ("y = sum(x, axis=3)", "x is n and has no axis 3"),
        ("y = inv(A)", "inv takes a square matrix, and A is m × n"),
        ("y = x / 0", "division by zero"),
        ("y = sqrt(-1) * x", "which is not a real number"),
        ("y = 1j * x", "'1j' is not a real number"),
        ("y = x[0, 1]", "x is n and has no 2 axes to index"),
        ("y = x < b", "a comparison is true or false and no quantity"),
        ("y = x.sum()", "write the function by its name alone, as in sum(…)"),
        ("y = t(x)", "'t' is a quantity, not a function"),
        ("q : 0\ny = x", "'0' is not a size"),
        ("q :\ny = x", "no shape after ':'"),
        ("x : n\ny = x", "'x' is declared twice"),
        ("exp : n\ny = x", "'exp' is a known function"),
        ("lambda : n\ny = x", "'lambda' is not a name"),
    ],
)
def test_what_can_never_be_is_refused_in_one_line(equations, says):
    with pytest.raises(InvalidInput) as error:
        backprop(DECLARED + equations)
    assert says in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("equations", "says"),
    [
        ("y = cumprod(x)", "equation 1, 'y = cumprod(x)': no operator 'cumprod'"),
        ("y = tanhh(x)", "(did you mean tanh?)"),
        ("y = x[::-1]", "a step that is not a positive number"),
    ],
)
def test_what_is_not_supported_yet_names_the_operator_and_the_equation(equations, says):
    with pytest.raises(NotSupported) as error:
        backprop(DECLARED + equations)
    assert says in str(error.value)


@pytest.mark.parametrize(
    "equation",
    [
        "y = __import__('os').system('true')",
        "y = (lambda: x)()",
        "y = [x for x in b]",
        "y = x.__class__",
        "y = phi(*x)",
        "y = sum(**x)",
        "y = 9**9**9**9",
        "y = 1e400 * x",
        "y = " + "9" * 5000,
        "y = " + "(" * 5000 + "x" + ")" * 5000,
        "y = " + "-" * 5000 + "x",
        "y = " + "+".join(["x"] * 5000),
        "y = x\0",
        "y = x; import os",
        "y = '" + "a" * 100,
        "y" * 300_000,
    ],
)
def test_hostile_text_is_refused_and_never_evaluated(equation):
    with pytest.raises(SymnetError):
        backprop(DECLARED + equation)


@pytest.mark.parametrize("text", ["", "  ", "\n", "# nothing\n", "x : n\n", "y = 2\n"])
def test_an_empty_model_is_refused(text):
    with pytest.raises(InvalidInput):
        backprop(text)


def test_a_missing_file_is_named():
    with pytest.raises(InvalidInput, match=r"cannot read the model file 'no-such-file\.net'"):
        backprop("no-such-file.net")


def test_what_is_declared_but_unused_is_a_warning_and_has_adjoint_zero():
    bp = backprop("x, q : n\nW : n n\nu = W @ x\ny = 2 * x")
    assert bp.warnings == (
        "'q' is declared but no equation uses it; its adjoint is 0",
        "'u' is defined but never used; its adjoint is 0",
    )
    assert {name: str(bp.adjoints[name]) for name in ("q", "u", "W")} == {"q": "0", "u": "0", "W": "0"}


def test_comments_and_blank_lines_say_nothing():
    bp = backprop("x : n  # data\n\n# now\ny = 2 * x  # twice\n")
    assert [relation.latex() for relation in bp.rules] == [r"\bar{\mathbf{x}} = 2 \bar{\mathbf{y}}"]


def test_a_size_letter_is_a_number_in_an_equation():
    (rule,) = backprop("x : n\ny = x / n").rules
    assert rule.latex() == r"\bar{\mathbf{x}} = \frac{1}{n} \bar{\mathbf{y}}"


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"W": np.eye(3)}, "no value for x"),
        ({"W": np.eye(3), "x": np.ones(4)}, "x has shape (4,), but it was declared n with n = 3"),
        ({"W": [[1, 2], [3]], "x": np.ones(2)}, "the value of W is not a rectangular array"),
    ],
)
def test_values_that_do_not_fit_are_refused(values, says):
    with pytest.raises(InvalidInput) as error:
        backprop("W : n n\nx : n\ny = W @ x").evaluate(values, seed={"y": np.ones(3)})
    assert says in str(error.value)


def test_an_open_adjoint_and_an_unspecified_function_must_be_given():
    bp = backprop("x : n\nphi : elementwise\ny = phi(x)")
    with pytest.raises(InvalidInput, match="say what stands in for it"):
        bp.evaluate({"x": np.ones(2)})
    with pytest.raises(InvalidInput, match="the adjoint of y is open"):
        bp.evaluate({"x": np.ones(2)}, functions={"phi": "tanh"})
    with pytest.raises(InvalidInput, match="unknown function 'tanhh'"):
        bp.evaluate({"x": np.ones(2)}, {"y": np.ones(2)}, {"phi": "tanhh"})


def test_a_constant_has_a_value_and_no_adjoint():
    bp = backprop("x : n\nc : n constant\ny = x * c")
    assert list(bp.adjoints) == ["y", "x"]
    assert bp.evaluate({"x": [1, 2], "c": [3, 4]}, {"y": [1, 1]})["x"].tolist() == [3, 4]
    assert all(check.passed for check in bp.check("cpu"))
