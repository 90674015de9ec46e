"""The rules of the residual block, letter by letter, and the shape of the answer."""

import unicodedata
from pathlib import Path

import pytest
import sympy as sp
from sympy.matrices.expressions.hadamard import HadamardProduct

import symnet.adjoints
from symnet import backprop, notation


def composed(*written) -> list[str]:
    """Text with ȳ as one character or two made alike."""
    return [unicodedata.normalize("NFC", str(x)) for x in written]


RESIDUAL = (Path(__file__).parents[2] / "examples" / "residual.net").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def residual():
    return backprop(RESIDUAL)


def test_the_residual_block_has_these_rules(residual):
    assert composed(*residual.rules) == composed(
        "r̄ = ȳ ⊙ φ'(r)",
        "c̄ = r̄",
        "V̄ = r̄ hᵀ",
        "h̄ = ȳ + Vᵀ r̄",
        "z̄ = h̄ ⊙ φ'(z)",
        "b̄ = z̄",
        "W̄ = z̄ xᵀ",
        "x̄ = h̄ + Wᵀ z̄",
    )


def test_the_residual_block_has_these_rules_in_latex(residual):
    assert [rule.latex() for rule in residual.rules] == [
        r"\bar{\mathbf{r}} = \bar{\mathbf{y}} \odot \phi'(\mathbf{r})",
        r"\bar{\mathbf{c}} = \bar{\mathbf{r}}",
        r"\bar{\mathbf{V}} = \bar{\mathbf{r}} \mathbf{h}^\top",
        r"\bar{\mathbf{h}} = \bar{\mathbf{y}} + \mathbf{V}^\top \bar{\mathbf{r}}",
        r"\bar{\mathbf{z}} = \bar{\mathbf{h}} \odot \phi'(\mathbf{z})",
        r"\bar{\mathbf{b}} = \bar{\mathbf{z}}",
        r"\bar{\mathbf{W}} = \bar{\mathbf{z}} \mathbf{x}^\top",
        r"\bar{\mathbf{x}} = \bar{\mathbf{h}} + \mathbf{W}^\top \bar{\mathbf{z}}",
    ]


def test_an_adjoint_of_ones_simplifies_the_rules_that_mention_it():
    for seed in ("ones", {"y": 1}):
        rules = composed(*backprop(RESIDUAL, seed=seed).rules)
        assert rules[:2] == composed("ȳ = 𝟏", "r̄ = φ'(r)")
        assert rules[4:5] == composed("h̄ = 𝟏 + Vᵀ r̄")


def test_adjoints_are_the_matrix_expressions_a_sympy_user_would_write(residual):
    n, t = residual.model.sizes["n"], sp.Symbol("t", real=True)
    h, r, V = sp.MatrixSymbol("h", n, 1), sp.MatrixSymbol("r", n, 1), sp.MatrixSymbol("V", n, n)
    y_bar, r_bar = sp.MatrixSymbol(r"\bar{y}", n, 1), sp.MatrixSymbol(r"\bar{r}", n, 1)
    assert list(residual.adjoints) == ["y", "r", "c", "V", "h", "z", "b", "W", "x"]
    assert residual.adjoints["y"] == y_bar
    assert residual.adjoints["r"] == HadamardProduct(y_bar, r.applyfunc(sp.Lambda(t, sp.Function("phi'")(t))))
    assert residual.adjoints["V"] == r_bar * h.T
    assert residual.adjoints["h"] == y_bar + V.T * r_bar


def test_every_contribution_has_its_identity_its_rule_and_its_reason(residual):
    by_name = dict(zip(residual.adjoints, residual.steps, strict=True))
    (weight,) = by_name["V"].parts
    assert composed(weight.relation) == composed("⟨r̄, dV h⟩ = ⟨r̄ hᵀ, dV⟩")
    assert weight.rule == "matrix product"
    assert notation.prose(weight.shapes, "text") == "(n) (n)ᵀ → n × n"
    (bias,) = by_name["b"].parts
    assert notation.prose(bias.reason, "text") == "b enters z unchanged, so it receives the whole adjoint"
    skip, through = by_name["h"].parts
    assert composed(skip.relation) == composed("⟨ȳ, dh⟩ = ⟨ȳ, dh⟩")
    assert composed(through.relation) == composed("⟨r̄, V dh⟩ = ⟨Vᵀ r̄, dh⟩")
    assert notation.prose(by_name["h"].reason, "text") == "h is used twice, in y and r, and what comes back adds up"


def test_the_graph_carries_equations_on_nodes_and_messages_on_edges(residual):
    kinds = {node.name: node.kind for node in residual.graph.nodes}
    assert kinds == {
        "x": "input", "b": "parameter", "c": "parameter", "W": "parameter", "V": "parameter",
        "z": "intermediate", "h": "intermediate", "r": "intermediate", "y": "output",
    }  # fmt: skip
    messages = {(edge.source, edge.target): str(edge.message) for edge in residual.graph.edges}
    assert len(messages) == 10
    assert composed(messages["h", "y"], messages["h", "r"]) == composed("ȳ", "Vᵀ r̄")
    assert {node.name: str(node.equation) for node in residual.graph.nodes}["r"] == "r = V h + c"


def test_a_declaration_may_say_what_is_an_input():
    bp = backprop("x, u : n input\nW : n n parameter\ny = W @ x + u")
    assert {node.name: node.kind for node in bp.graph.nodes}["u"] == "input"


def test_a_nested_argument_gets_a_name_of_its_own():
    bp = backprop("x, b : n\nW : n n\nphi : elementwise\nh = phi(W @ x + b)")
    assert [str(relation) for relation in bp.forward] == ["z = W x + b", "h = φ(z)"]
    assert composed(*bp.rules) == composed("z̄ = h̄ ⊙ φ'(z)", "b̄ = z̄", "W̄ = z̄ xᵀ", "x̄ = Wᵀ z̄")


def test_an_automatic_name_is_never_one_that_is_taken():
    bp = backprop("x, z, u : n\nW : n n\nh = tanh(W @ x + z + u)")
    assert str(bp.forward[0]) == "v = W x + z + u"


def test_a_bias_that_meets_every_row_sums_over_the_rows():
    bp = backprop("X : b n\nW : n m\nc : m\nY = X @ W + c")
    step = next(step for name, step in zip(bp.adjoints, bp.steps, strict=True) if name == "c")
    assert composed(step.relation) == composed("c̄ = Ȳᵀ 𝟏")
    assert notation.prose(step.reason, "text") == "c meets every row, so its adjoint sums over the rows"


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        ("x : n\nA : n n\nL = x @ A @ x", ["L̄ = 1", "Ā = x xᵀ", "x̄ = A x + Aᵀ x"]),
        ("A : m n\nx : n\nb : m\ne = A @ x - b\nL = sum(e**2)", ["L̄ = 1", "ē = 2 e", "b̄ = -ē", "Ā = ē xᵀ", "x̄ = Aᵀ ē"]),
        ("X : n n\nL = logdet(X)", ["L̄ = 1", "X̄ = X⁻ᵀ"]),
        ("A : n n\nY = inv(A)", ["Ā = -Yᵀ Ȳ Yᵀ"]),
        ("z : n\np = softmax(z)", ["z̄ = p ⊙ (p̄ - (pᵀ p̄) 𝟏)"]),
        ("x : n\ny = tanh(x)", ["x̄ = ȳ ⊙ (𝟏 - y^⊙2)"]),
        ("x : n\ny = sin(x)", ["x̄ = ȳ ⊙ cos(x)"]),
        ("x : n\ny = log(x)", ["x̄ = ȳ ⊘ x"]),
        ("x : n\nL = norm(x)", ["L̄ = 1", "x̄ = (1/L) x"]),
        ("s : scalar\nx : n\ny = x / s", ["s̄ = -ȳᵀ x / s^2", "x̄ = (1/s) ȳ"]),
        ("A : m n\nB : n k\nx : k\ny = A @ B @ x", ["B̄ = Aᵀ ȳ xᵀ", "Ā = ȳ (B x)ᵀ", "x̄ = Bᵀ Aᵀ ȳ"]),
        ("a : n\nx : n\ny = diag(a) @ x", ["ā = ȳ ⊙ x", "x̄ = ȳ ⊙ a"]),
        ("x, q : n\ny = x", ["x̄ = ȳ", "q̄ = 𝟎"]),
        ("x : n\ny = x + x - 2 * x", ["x̄ = 𝟎"]),
    ],
)
def test_known_rules_come_out_as_textbooks_write_them(text, rules):
    assert composed(*backprop(text).rules) == composed(*rules)


def test_the_package_itself_is_the_verb():
    assert symnet.backprop(RESIDUAL).rules == backprop(RESIDUAL).rules


def test_a_file_is_read_by_its_path(tmp_path, residual):
    path = tmp_path / "residual.net"
    path.write_text(RESIDUAL, encoding="utf-8")
    assert backprop(path).rules == backprop(str(path)).rules == residual.rules


def test_a_report_can_be_written_from_the_json(residual):
    import json

    data = json.loads(json.dumps(residual.to_json()))
    assert data["steps"][3]["parts"][0]["relation"]["rhs"] == "⟨r̄ hᵀ, dV⟩"
    assert data["shapes"]["W"] == ["n", "n"]


def test_the_number_of_rules_and_their_length_are_linear_in_depth():
    short, long = (backprop(chain(depth)) for depth in (32, 128))
    assert len(long.rules) == 4 * len(short.rules) == 3 * 128
    assert len(long.latex()) < 5 * len(short.latex())


def chain(depth: int) -> str:
    weights = "".join(f"W{i} : n n\n" for i in range(depth))
    return f"x0 : n\n{weights}phi : elementwise\n" + "\n".join(
        f"x{i + 1} = phi(W{i} @ x{i}) + x{i}" for i in range(depth)
    )
