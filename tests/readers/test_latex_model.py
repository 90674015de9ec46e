"""Models whose equations are LaTeX: the same rules as from text, and the same refusals, with their place."""

import subprocess
import sys

import numpy as np
import pytest

import symnet as sn
from symnet import backprop
from symnet.errors import InvalidInput, NotSupported, SymnetError

from ..backprop.gradient_cases import CASES
from ..backprop.literature import LITERATURE
from ..backprop.models import ALL_EXAMPLES, drawn

MODELS = {**{text: text for text in ALL_EXAMPLES}, **LITERATURE, **{case.name: case.text for case in CASES}}
# tensors whose equations LaTeX writes with axes by number, as windows, or without saying along which axes they repeat
REFUSED_TENSORS = 21
REFUSED_CHOICES = 2  # where, as operator and as word: LaTeX has no spelling of it that is read


def declarations(text):
    return [line for line in text.split("\n") if ":" in line.split("=")[0]]


def printed(bp, text):
    """The model's equations as symnet prints them, under its declarations."""
    return "\n".join([*declarations(text), "$$" + "$$\n$$".join(r.latex() for r in bp.forward) + "$$"])


def is_flat(bp):
    return all(len(shape) <= 2 for shape in bp.shapes.values())


def has_choices(bp):
    """LaTeX has no spelling of where(…) that is read."""

    def choices(node):
        return node.op == "where" or any(map(choices, node.args))

    return any(choices(d.expression) for d in bp.program.definitions)


@pytest.mark.parametrize("name", MODELS)
def test_equations_printed_as_latex_are_the_same_model(name):
    """Read back and evaluated: the same adjoints. Tensors and choices may be refused, never misread."""
    bp, stand_ins, values, y_bar, expected = drawn(MODELS[name])
    try:
        again = backprop(printed(bp, MODELS[name]))
    except SymnetError:
        assert not is_flat(bp) or has_choices(bp)
        return
    output = again.program.output
    found = again.evaluate(values, {output.name: np.reshape(y_bar, [-1] if output.quantity.rank == 1 else y_bar.shape)},
                           stand_ins)  # fmt: skip
    for quantity in set(expected) & set(bp.model.declared):
        np.testing.assert_allclose(found[quantity], expected[quantity], rtol=1e-9, atol=1e-11, err_msg=quantity)


def test_few_models_are_refused():
    def refused(text):
        try:
            return not backprop(printed(backprop(text), text))
        except SymnetError:
            return True

    assert sum(refused(text) for text in MODELS.values()) <= REFUSED_TENSORS + REFUSED_CHOICES


WRITTEN = {  # by hand, beside the same model as text
    "lines": (
        "\\mathbf{z} = \\mathbf{W}\\mathbf{x} + \\mathbf{b}\n\\mathbf{y} = \\phi(\\mathbf{z}) + \\mathbf{x}",
        "z = W @ x + b\ny = phi(z) + x",
    ),
    "align": (r"\begin{align} z &= W x + b \\ y &= \phi(z) \\ &\quad + x \end{align}", "z = W @ x + b\ny = phi(z) + x"),
    "a line that goes on": ("z = W x\n  + b \\\\\ny = \\max(0, z)", "z = W @ x + b\ny = relu(z)"),
    "displays between words": ("First $$h = \\tanh(W x)$$ and then $$y = h \\odot b.$$", "h = tanh(W @ x)\ny = h * b"),
    "layers": ("h^{(1)} = \\tanh(W x)\nh^{(2)} = W h^{(1)}", "h1 = tanh(W @ x)\nh2 = W @ h1"),
    "a hat and a loss": (
        "\\hat{y} = \\operatorname{softmax}(W x)\n\\mathcal{L} = -b^\\top \\log(\\hat{y})",
        "yhat = softmax(W @ x)\nL = -(b @ log(yhat))",
    ),
    "inverses": ("y = W^{-1} x + W^{-\\top} b + \\mathbf{1}", "y = solve(W, x) + solve(W.T, b) + 1"),
    "identity": ("Y = (W + 2 \\mathbf{I}) (\\mathbf{x} \\mathbf{b}^\\top)", "Y = (W + 2 * eye(n)) @ outer(x, b)"),
    "ones": (
        "\\mathbf{Y} = \\mathbf{X} + \\mathbf{1} \\mathbf{c}^\\top + \\mathbf{a} \\mathbf{1}^\\top \\\\\nL = "
        "\\mathbf{1}^\\top (\\mathbf{Y} \\odot \\mathbf{Y}) \\mathbf{1}",
        "Y = X + c + outer(a, ones(k))\nL = sum(Y * Y)",
    ),
    "a norm": (r"L = \frac{1}{2} \lVert W x - b \rVert^2", "L = norm(W @ x - b)**2 / 2"),
    "a log-determinant": (r"L = \log \det W", "L = logdet(W)"),
    "blocks": (
        r"y = \begin{pmatrix} x \\ b \end{pmatrix}^{\odot 2}, L = y_{[1:n]}^\top y_{[1:n]}",
        "y = concat(x, b)**2\nL = y[1:n] @ y[1:n]",
    ),
    "entries": (r"y_i = \phi(\sum_j w_{ij} x_j) + b_i", "y = phi(W @ x) + b"),
    "sums of entries": (r"L = \frac{1}{2} \sum_{i=1}^n (x_i - b_i)^2", "L = sum((x - b)**2) / 2"),
    "a fraction of entries": (r"p_i = \frac{e^{x_i}}{\sum_k e^{x_k}}", "p = exp(x) / sum(exp(x))"),
    "a tensor's entries": (r"z_k = \sum_{i,j} T_{kij} x_i b_j", "z = einsum('kij,i,j->k', T, x, b)"),
}
DECLARED = "x, b : n\nW : n n\nT : m n n\nX : m k\na : m\nc : k\nphi : elementwise\n"


@pytest.mark.parametrize("name", WRITTEN)
def test_latex_gives_the_rules_of_the_same_model_as_text(name):
    latex, text = (backprop(DECLARED + equations) for equations in WRITTEN[name])
    assert latex.warnings == text.warnings
    _, stand_ins, values, y_bar, expected = drawn(DECLARED + WRITTEN[name][1])
    found = latex.evaluate(values, {latex.program.output.name: y_bar}, stand_ins)
    for quantity in text.model.declared:
        np.testing.assert_allclose(found[quantity], expected[quantity], rtol=1e-9, atol=1e-11, err_msg=quantity)


@pytest.mark.parametrize(
    ("equations", "error", "said"),
    [
        (
            r"z = \mathbf{W}\mathbf{x} + \mathbf{q}",
            InvalidInput,
            r"line 8, column 28: '\\mathbf\{q\}': undefined symbol",
        ),
        ("z = W x \\;\ny = w z", InvalidInput, r"line 9, column 5: 'w': undefined symbol \(did you mean W\?\)"),
        (r"z = \mathbf{W} a", InvalidInput, "line 8.*W is n × n and a is m × 1, so the product W a has no meaning"),
        (r"z = \mathbf{x} x", InvalidInput, r"xᵀ x or x xᵀ would fit"),
        (r"z = \mathbf{x} + a", InvalidInput, "x is n × 1 and a is m × 1, so they cannot be added"),
        (r"Z = X + \mathbf{c}", InvalidInput, "X is m × k and c is k × 1, so they cannot be added"),
        (r"z = \phi(", InvalidInput, "line 8, column 9: .*never closed"),
        (r"z = \mathbf{1}", InvalidInput, "nothing says how large 𝟏 is"),
        (r"z = \mathbf{1}^\top \mathbf{1}", InvalidInput, "nothing says how long 𝟏 is"),
        (r"\mathbf{x} = W b", InvalidInput, "x is already declared or defined"),
        ("z = W x \\;\nz = W b", InvalidInput, "line 9, column 1: z is already"),
        (r"\bar{y} = x", InvalidInput, "a bar marks an adjoint"),
        (r"W x = \mathbf{b}", InvalidInput, "the left side of an equation is the name that it defines"),
        (r"y = W x = \mathbf{b}", InvalidInput, "an equation defines one quantity"),
        (r"y = \mathbf{x}^2", InvalidInput, r"entry by entry it is written \^\{\\odot 2\}"),
        (r"y = x \cdot \mathbf{b}", InvalidInput, "· between vectors or matrices is unclear"),
        (r"y_i = W_{ij} x_j + \sum_k x_k", InvalidInput, "the index j is neither summed over nor on the left side"),
        (r"L = \sum_{i=2}^{n} x_i", InvalidInput, "only sums over all entries"),
        (r"L = \sum_i a_i x_i", InvalidInput, "needs 'i' to be both"),
        (r"y = \tanh'(x)", NotSupported, "symnet derives it"),
        (r"y = \begin{cases} x & x > 0 \\ 0 & \text{otherwise} \end{cases}", NotSupported, "no operator"),
        ("for t in 1..T\n  \\mathbf{h} = W x", NotSupported, "loops"),
        ("\\input{secret}\n$$y = x$$", InvalidInput, "commands that read or run something"),
    ],
)
def test_what_is_no_model_is_refused_with_its_place(equations, error, said):
    with pytest.raises(error, match=said):
        sn.backprop(DECLARED + equations)


def test_what_is_declared_and_not_used_is_a_warning():
    assert any("'b' is declared but no equation uses it" in w for w in sn.backprop("x, b : n\n$$y = 2 x$$").warnings)


def test_a_comment_does_not_make_a_text_latex():
    assert str(sn.backprop("x : n  # \\mathbf{x}\ny = 2 * x")) == "x̄ = 2 ȳ"


DOCUMENT = r"""\documentclass{article}
\newcommand{\vx}{\mathbf{x}}
\begin{document}
% symnet: x, b : n
% symnet: W : n n
Note: the layer is
\begin{align}
  \mathbf{z} &= \mathbf{W}\vx + \mathbf{b} \\
  \mathbf{y} &= \tanh(\mathbf{z}).
\end{align}
\end{document}
"""


def test_a_latex_document_is_a_model_on_the_command_line(tmp_path):
    (tmp_path / "model.tex").write_text(DOCUMENT)
    (tmp_path / "wrong.tex").write_text(DOCUMENT.replace(r"\vx +", r"\vy +"))
    run = [sys.executable, "-m", "symnet", "backprop"]
    right = subprocess.run([*run, str(tmp_path / "model.tex")], capture_output=True, text=True, check=True)
    assert "W̄ = z̄ xᵀ" in right.stdout
    wrong = subprocess.run([*run, str(tmp_path / "wrong.tex")], capture_output=True, text=True, check=False)
    assert wrong.returncode == 2
    assert r"line 8, column 27: '\vy'" in wrong.stderr


@pytest.mark.parametrize(
    "right", [" + ".join(["x"] * 400), "(" * 300 + "x" + ")" * 300, "-" * 500 + "x", "x^" * 90 + "x"]
)
def test_an_equation_beyond_what_is_parsed_is_refused_in_one_line(right):
    with pytest.raises(SymnetError) as error:
        backprop(f"x : n\n$$y = {right}$$")
    assert "\n" not in str(error.value)
