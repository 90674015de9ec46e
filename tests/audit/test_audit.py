"""The audit: true claims hold, false ones are wrong with the reason, and what is unclear is unread."""

from pathlib import Path

import pytest

from symnet import backprop, counts, relu
from symnet.claims import assert_latex_holds, audit, key

ROOT = Path(__file__).parents[2]
MODEL = """
x, b, c : n
W, V : n n
phi : elementwise
z = W @ x + b
h = phi(z) + x
r = V @ h + c
y = phi(r) + h
"""
BP, ONES = backprop(MODEL), backprop(MODEL, seed="ones")
ALEXNET = counts.count(counts.alexnet())
SORTER = relu.prove(relu.two_input_sorter(), relu.Sorted())


def only(latex, against):
    (finding,) = audit(latex, against).findings
    return finding


TRUE = [
    r"\bar V = \bar r h^\top",
    r"\bar{\mathbf V} = \bar{\mathbf r}\,\mathbf h^{\mathsf T}",
    r"\bar h = \bar y + V^T \bar r",
    r"\bar z = \bar h \odot \phi'(z)",
    r"\bar h_j = \bar y_j + \sum_i v_{ij} \bar r_i",
    r"\bar v_{ij} = \bar r_i h_j",
    r"\frac{\partial L}{\partial W} = \bar z x^\top",
    r"\nabla_W L = \bar z x^\top",
    r"\frac{\partial \mathcal L}{\partial W_{ij}} = \bar z_i x_j",
    r"\bar W = \left[(\bar y + V^\top(\bar y \odot \phi'(r))) \odot \phi'(Wx + b)\right] x^\top",
    r"\bar z = \operatorname{diag}(\phi'(z)) \bar h",
    r"\bar V^\top = h \bar r^\top",
    r"\bar x = \bar h + W^\top \bar z",
    r"\frac{\partial r}{\partial h} = V",
    r"\frac{\partial z}{\partial x} = W",
    r"\bar r^\top h = h^\top \bar r",
    r"h^\top h = \|h\|^2",
    r"\operatorname{tr}(\bar V^\top V) = \bar r^\top V h",
    r"2 \bar V = \bar r h^\top + \bar V",
    r"y^\top y \ge 0",
]
FALSE = [
    r"\bar V = h \bar r^\top",
    r"\bar V = 2 \bar r h^\top",
    r"\bar h = \bar y + V \bar r",
    r"\bar h = V^\top \bar r",
    r"\bar z = \bar h",
    r"\bar z = \bar h \odot \phi(z)",
    r"\bar z = \bar h \odot \phi'(r)",
    r"\bar h_j = \bar y_j + \sum_i v_{ji} \bar r_i",
    r"\bar W = \bar r x^\top",
    r"\bar b = -\bar z",
    r"\bar x = W^\top \bar z",
    r"h^\top h = \|h\|",
    r"\bar V = \bar r^\top h",
    r"\bar z = \bar h \phi'(z)",
    r"W V = V W",
    r"\frac{\partial r}{\partial h} = V^\top",
]


@pytest.mark.parametrize("latex", TRUE)
def test_true_claims_hold(latex):
    finding = only(latex, BP)
    assert finding.verdict == "holds", finding
    assert finding.how


@pytest.mark.parametrize("latex", FALSE)
def test_false_claims_are_wrong_and_shown_to_be(latex):
    finding = only(latex, BP)
    assert finding.verdict == "wrong", finding
    assert finding.counterexample is not None or finding.how == "shapes"


@pytest.mark.parametrize(
    "latex",
    [
        r"\bar q = 3",
        r"\bar V = \foo h",
        r"\bar V = \bar r h^",
        r"\bar V = \int h",
        r"(x^\top y)^2 \le (x^\top x) (y^\top y)",
        r"\mathbf 1^\top \mathbf 1 = 3 h^\top h",
    ],
)
def test_what_is_not_decided_is_unread(latex):
    finding = only(latex, BP)
    assert finding.verdict == "unread"
    assert finding.why


NEAR = [
    (r"\bar{\mathbf h} = \mathbf 1 + \mathbf V\phi'(\mathbf r)", ONES, "right with Vᵀ for V"),
    (r"\bar z = \bar h \phi'(z)", BP, "entry by entry"),
    (r"\bar b = -\bar z", BP, "opposite sign"),
    (r"\bar z = \bar h", BP, "φ'(z) is missing"),
    (r"\bar z = \bar h \odot \phi(z)", BP, "φ'(z) for φ(z)"),
    (r"\bar W = \bar r x^\top", BP, "for r̄"),
    (r"\bar x = W^\top \bar z", BP, "is missing"),
    (r"\bar V = 2 \bar r h^\top", BP, "without the factor 2"),
    (r"C_{\mathrm{conv2}} = 5 \times 5 \times 48 \times 128 \times 27 \times 27", ALEXNET, "2 groups"),
    (r"C_{\mathrm{conv4}} = 3 \times 3 \times 129 \times 384 \times 13 \times 13", ALEXNET, "192 for 129"),
    (r"W_{\mathrm{conv1}} = 34{,}944", ALEXNET, "96 biases"),
    (r"U_{\mathrm{pool5}} = 256 \times 6 \times 5", ALEXNET, "6 for 5"),
]


@pytest.mark.parametrize(("latex", "against", "words"), NEAR)
def test_near_misses_are_named(latex, against, words):
    finding = only(latex, against)
    assert finding.verdict == "wrong"
    assert words in finding.explanation()


def test_a_shape_error_is_said_in_words():
    finding = only(r"\bar V = \bar r h", BP)
    assert finding.how == "shapes"
    assert "r̄ is a column of n and h is a column of n" in finding.why


def test_the_counterexample_is_small_and_evaluates_both_sides():
    finding = only(r"\bar h = \bar y + V \bar r", BP)
    c = finding.counterexample
    assert c.left != c.right
    assert all(abs(x) <= 9 for values in c.values.values() for row in values for x in row)


def test_a_claim_right_under_another_convention_is_reported_as_that():
    finding = only(r"\bar r = \phi'(r)", BP)
    assert (finding.verdict, finding.convention) == ("wrong", "the output's adjoint is 1 in every entry")
    assert only(r"\bar r = \phi'(r)", ONES).verdict == "holds"
    assert only(r"\bar x = \bar h + \bar z W", BP).convention == "gradients written as rows"


def test_chains_are_judged_link_by_link():
    verdicts = [f.verdict for f in audit(r"\bar V = \bar r h^\top = 2 \bar r h^\top = \bar r h^\top", BP)]
    assert verdicts == ["holds", "wrong", "holds"]


def test_a_slip_is_carried_forward():
    text = "$$\\bar h = \\bar y + V \\bar r$$\n$$\\bar z = (\\bar y + V \\bar r) \\odot \\phi'(z)$$"
    first, second = audit(text, BP).findings
    assert (first.verdict, second.verdict) == ("wrong", "wrong")
    assert "line 1" in second.follows


def test_an_ill_shaped_claim_stops_nothing_below_it():
    text = "$$\\bar h = \\bar y + \\bar r V$$\n$$\\bar z = \\bar h$$\n$$\\bar b = \\bar z$$"
    assert [f.verdict for f in audit(text, BP)] == ["wrong", "wrong", "holds"]


def test_claims_that_define_each_other_in_a_circle_end():
    text = "$$\\bar h = V \\bar z$$\n$$\\bar z = 2 \\bar h$$\n$$\\bar b = 3 \\bar z$$"
    assert {f.verdict for f in audit(text, BP)} == {"wrong"}


def test_a_dot_between_matrices_is_the_matrix_product_unless_declared():
    finding = only(r"W \cdot V = V \cdot W", BP)
    assert (finding.verdict, finding.convention) == ("wrong", "· between matrices is taken entry by entry")
    assert only(r"W \cdot V = W V", BP).verdict == "holds"
    assert only(r"\bar z = \bar h \cdot \phi'(z)", BP).verdict == "holds"


def test_a_claim_about_a_size_is_tried_at_several_sizes():
    for latex in (r"\bar y^\top \bar y = 3", r"\bar y^\top \mathbf 1 = 2", r"n^2 = 5 n - 6", r"n = 3"):
        assert only(latex, ONES).verdict == "wrong", latex
    assert only(r"\bar y^\top \bar y = n", ONES).verdict == "holds"


def test_arithmetic_needs_no_key():
    assert only(r"5\times5\times48\times256 = 307{,}200", ()).verdict == "holds"
    finding = only(r"3 \times 3 \times 129 \times 384 \times 13 \times 13 = 112,140,288", ())
    assert finding.verdict == "wrong"
    assert only(r"60{,}954{,}656 \approx 61 \times 10^6", ()).verdict == "holds"
    assert only(r"60{,}954{,}656 \approx 62 \times 10^6", ()).verdict == "wrong"


def test_proofs_are_keys():
    assert only(r"\mathrm{output}_1 = \min(x_1, x_2)", SORTER).verdict == "holds"
    assert only(r"\mathrm{output}_1 = \max(x_1, x_2)", SORTER).verdict == "wrong"
    assert only(r"\max(x, y) = \frac{x + y + |x - y|}{2}", SORTER).verdict == "holds"


def test_known_functions_are_decided_to_forty_digits():
    bp = backprop("x : n\ny = tanh(x)")
    finding = only(r"\bar x = \bar y \odot (1 - \tanh^2(x))", bp)
    assert finding.verdict == "holds"
    assert only(r"\bar x = \bar y \odot (1 - \tanh(x))", bp).verdict == "wrong"


def test_order_of_the_matrix_product_matters_in_every_size():
    bp = backprop("A : m n\nB : n k\nY = A @ B")
    assert only(r"\bar A = \bar Y B^\top", bp).verdict == "holds"
    wrong = only(r"\bar A = B^\top \bar Y", bp)
    assert (wrong.verdict, wrong.how) == ("wrong", "shapes")


def test_declarations_are_a_key():
    declared = key("A, B : n n\nx : n")
    assert only(r"(AB)^\top = B^\top A^\top", declared).verdict == "holds"
    assert only(r"(AB)^\top = A^\top B^\top", declared).verdict == "wrong"
    assert only(r"\operatorname{tr}(AB) = \operatorname{tr}(BA)", declared).verdict == "holds"


def test_the_pytest_helper_prints_the_finding():
    assert_latex_holds(r"\bar V = \bar r h^\top", against=BP)
    with pytest.raises(AssertionError, match="right with r̄ hᵀ for h r̄ᵀ"):
        assert_latex_holds(r"\bar V = h \bar r^\top", against=BP)
    with pytest.raises(AssertionError, match="no claim"):
        assert_latex_holds("nothing here", against=BP)


def test_an_audit_has_the_views_of_every_result():
    found = audit(r"\bar V = \bar r h^\top", BP)
    assert found.derivation.passed
    assert found.to_json()["counts"] == {"holds": 1, "wrong": 0, "unread": 0}
    assert "<table>" in found._repr_html_()
    assert "bar" in found.latex()


WRONG_IN_THE_WORKSHEET = [
    "∂r/∂V = 𝟏 hᵀ",
    "V̄ = 𝟏 r̄ᵀ·∂r/∂V",
    "V̄ = 𝟏 φ'(r)ᵀ·𝟏 hᵀ",
    "h̄ = ȳ·∂y/∂h + r̄·∂r/∂h",
    "h̄ = 𝟏 + V φ'(r)",
    "h̄·φ'(z) = φ'(z) + V φ'(r)·φ'(z)",
    "W̄ = 𝟏 z̄ᵀ·∂z/∂W",
    "W̄ = (𝟏 φ'(z)ᵀ + 𝟏 (V φ'(r)·φ'(z))ᵀ)·𝟏 xᵀ",
    "z̄·∂z/∂b = (φ'(z) + V φ'(r)·φ'(z))·𝟏",
    "C_conv2 = 5 × 5 × 48 × 128 × 27 × 27",
    "C_conv4 = 3 × 3 × 129 × 384 × 13 × 13",
]


@pytest.mark.parametrize("name", ["solution.md", "solution.tex"])
def test_every_error_of_the_worksheet_is_found_and_nothing_else(name):
    import unicodedata

    found = audit(ROOT / "examples" / "worksheet" / name)
    assert [unicodedata.normalize("NFC", f.read_as) for f in found.wrong] == [
        unicodedata.normalize("NFC", w) for w in WRONG_IN_THE_WORKSHEET
    ]
    assert not found.unread
    assert found.counts["holds"] == 72


def test_a_size_written_below_a_constant_counts():
    declared = key("A : n n\nB : m n\nx : n")
    assert only(r"A^{-1} A = \mathbf I_n", declared).verdict == "holds"
    assert only(r"A^{-1} A = I_m", declared).how == "shapes"
    assert only(r"\mathbf 1_n^\top x = x^\top \mathbf 1_n", declared).verdict == "holds"
    assert only(r"\mathbf 1_m^\top x = x^\top \mathbf 1_n", declared).verdict == "wrong"
    assert only(r"B = B \odot \mathbf 1_{m \times n}", declared).verdict == "holds"
    assert "no size is called q" in only(r"x^\top \mathbf 1_q = \mathbf 1^\top x", declared).why


def test_a_condition_is_no_claim_and_a_claim_is_no_condition():
    declared = key("s : scalar")
    assert [f.verdict for f in audit(r"\sqrt{s^2} = s, \quad s \ge 0", declared)] == ["holds"]
    assert [f.verdict for f in audit(r"\sqrt{s^2} = s, \quad s \le 0", declared)] == ["wrong"]
    assert [f.verdict for f in audit(r"2 + 2 = 4, \quad 3 > 5", declared)] == ["holds", "wrong"]


def test_the_key_that_makes_a_claim_right_has_the_word():
    """y_1 is an entry of the block's output, and the sorter's first output."""
    found = only(r"y_1 = \min(x_1, x_2)", (BP, SORTER))
    assert (found.verdict, found.notes) == ("holds", ("as a claim about the network",))
    assert only(r"y_1 = \max(x_1, x_2)", (BP, SORTER)).verdict == "wrong"
