"""Everything symnet prints goes through notation: names, thousands, parentheses, prose."""

from fractions import Fraction

import pytest
import sympy as sp

from symnet.notation import HADAMARD, POWER, SUM, Form, Typed, escape, fill, identifier, latex, prose, sentence, text

x1, x2, H, k = sp.symbols("x_1 x_2 H k_1")
n = sp.Symbol("n")
V, r, h = sp.MatrixSymbol("V", n, n), sp.MatrixSymbol(r"\bar{r}", n, 1), sp.MatrixSymbol("h1", n, 1)

WRITTEN = [
    (sp.Min(x1, x2), r"\min\left(x_{1}, x_{2}\right)", "min(x₁, x₂)"),
    (sp.Integer(9999), "9999", "9999"),
    (sp.Integer(60954656) * k**2, r"60\,954\,656 k_{1}^{2}", "60,954,656·k₁²"),
    (sp.floor((H - 7) / 4) + 1, r"\left\lfloor \frac{H - 7}{4} \right\rfloor + 1", "⌊(H - 7)/4⌋ + 1"),
    (sp.Mul(11, 11, 3, 96, evaluate=False), r"11 \times 11 \times 3 \times 96", "11·11·3·96"),
    (Fraction(-1, 3), r"- \frac{1}{3}", "-1/3"),
    (V.T * r + r, r"\bar{\mathbf{r}} + \mathbf{V}^\top \bar{\mathbf{r}}", "r̄ + Vᵀ r̄"),
    (r * h.T, r"\bar{\mathbf{r}} \mathbf{h}_{1}^\top", "r̄ h₁ᵀ"),
    (sp.HadamardProduct(V.T * r, r), r"(\mathbf{V}^\top \bar{\mathbf{r}}) \odot \bar{\mathbf{r}}", "(Vᵀ r̄) ⊙ r̄"),
    (h.applyfunc(sp.Function("phi'")), r"\phi'(\mathbf{h}_{1})", "φ'(h₁)"),
]


@pytest.mark.parametrize(("x", "as_latex", "as_text"), WRITTEN, ids=[row[2] for row in WRITTEN])
def test_an_expression_is_written_in_both_media(x: object, as_latex: str, as_text: str) -> None:
    assert latex(x) == as_latex
    assert text(x) == as_text


NAMES = [
    ("W1", True, False, r"\mathbf{W}_{1}", "W₁"),
    ("h", True, True, r"\bar{\mathbf{h}}", "h̄"),
    ("hbar", False, False, r"\mathrm{hbar}", "hbar"),  # a name that ends in "bar" is not an adjoint
    (r"\bar{W1}", True, False, r"\bar{\mathbf{W}}_{1}", "W̄₁"),
    ("alpha", True, False, r"\boldsymbol{\alpha}", "α"),
    ("b_out", False, False, r"b_{\mathrm{out}}", "b_out"),
    ("phi'", False, False, r"\phi'", "φ'"),
]


@pytest.mark.parametrize(("name", "bold", "bar", "as_latex", "as_text"), NAMES, ids=[row[0] for row in NAMES])
def test_a_name_is_written_in_both_media(name: str, bold: bool, bar: bool, as_latex: str, as_text: str) -> None:
    assert identifier(name, "latex", bold=bold, bar=bar) == as_latex
    assert identifier(name, "text", bold=bold, bar=bar) == as_text


class Sum:
    binds = SUM

    def written(self, medium: str) -> str:
        return "a + b"


def test_an_argument_that_binds_less_tightly_gets_parentheses() -> None:
    odot = Form(r"{} \odot {}", "{} ⊙ {}", HADAMARD, POWER)
    assert fill(odot, (Sum(), "c"), "text") == "(a + b) ⊙ c"
    assert fill(odot, ("a", "c"), "latex") == r"a \odot c"
    assert fill(Form("f({})", "f({})"), (Sum(),), "text") == "f(a + b)"


def test_prose_escapes_words_and_sets_mathematics() -> None:
    sentence = ("50 % of ", sp.Symbol("x_1"), " & more_or_less")
    assert prose(sentence, "text") == "50 % of x₁ & more_or_less"
    assert prose(sentence, "latex") == r"50 \% of $x_{1}$ \& more\_or\_less"


def test_every_character_with_a_meaning_in_latex_is_escaped() -> None:
    assert escape("\\input{x}") == r"\textbackslash{}input\{x\}"
    assert not set(escape("#$%^&_{}~")) & set("\0")
    assert escape("a_b#") == r"a\_b\#"


@pytest.mark.parametrize(("name", "squared"), [("m'_5", r"{m'}_{5}^{2}"), ("W'", r"{W'}^{2}")])
def test_a_primed_name_can_be_squared(name: str, squared: str) -> None:
    assert latex(sp.Symbol(name) ** 2) == squared


TYPED = [
    ("gᵢᵀ", r"g_{i}^{\top}"),
    ("σ u gᵀ", r"\sigma  u g^{\top}"),
    ("⟨wᵢ, v⟩ > 0", r"\langle w_{i}, v\rangle  > 0"),
    ("i ∉ S ⊆ {1 … k}", r"i \notin  S \subseteq  \{1 \dots  k\}"),
    ("relu(−z) ≥ 0", r"\operatorname{relu}(-z) \ge  0"),
    ("ℝⁿ⁻¹", r"\mathbb{R}^{n-1}"),
]


@pytest.mark.parametrize(("typed", "written"), TYPED, ids=[row[0] for row in TYPED])
def test_typed_mathematics_is_written_in_both_media(typed: str, written: str) -> None:
    assert text(Typed(typed)) == typed
    assert latex(Typed(typed)) == written


def test_a_sentence_has_mathematics_between_backticks() -> None:
    said = sentence("`gᵢ` and 50 % of `x₁` & more")
    assert prose(said, "text") == "gᵢ and 50 % of x₁ & more"
    assert prose(said, "latex") == r"$g_{i}$ and 50 \% of $x_{1}$ \& more"
    assert prose(sentence("words alone"), "latex") == "words alone"
