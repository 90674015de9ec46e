r"""Verdicts on text as people write it: what is true is never called wrong, what is false never right.

Each document is written in the manner of lecture notes and answers that nobody wrote for symnet: biases that NumPy
repeats, class labels, conditions in four languages, h(x), primes, dZ, Jacobians of rows, equation numbers.
"""

import re

import pytest

from symnet import backprop
from symnet.claims import audit, key
from symnet.claims.decision import decide
from symnet.claims.decision.canonical import normal_form
from symnet.claims.decision.decision import Decision, accused
from symnet.readers.latex.reading import Unread, read_latex
from symnet.readers.latex.term import Term

RESIDUAL = backprop(
    "x, b, c : n\nW, V : n n\nphi : elementwise\nz = W @ x + b\nh = phi(z) + x\nr = V @ h + c\ny = phi(r) + h"
)
MOMENT = backprop("x : m\nmu = mean(x)\nL = mu**2")
LABELS = backprop("z, y : K\np = softmax(z)\nL = -sum(y*log(p))")
RELU = backprop("x : n\nh = relu(x)\nL = sum(h)")
BATCH = backprop("X : N d\nW : d k\nb : k\nZ = X @ W + b\nL = sum(Z**2)")
STANDING = backprop("X : d m\nW : n d\nb : n 1\nZ = W @ X + b\nA = tanh(Z)\nJ = sum(A**2)")
SIZED = backprop("x : d\nW : k d\nz = W @ x\nL = sum(z**2)")
LAYER = backprop("x : n\nW : n n\nb : n\nphi : elementwise\nz = W @ x + b\nh = phi(z)\nL = sum(h**2)/2")
ROW = backprop("z : 1 d\nW : d k\ny = z @ W\nL = sum(y**2)")
BINARY = backprop("x, w : n\nt : scalar\nz = sum(w * x)\ny = sigmoid(z)\nL = -t*log(y) - (1 - t)*log(1 - y)")
INVERSE = backprop("x : scalar\nf = 1/x")
DECLARED = key("s, t : scalar\nx : n\nW : n n\nX : n m")

GIVEN = "given"  # neither a claim that holds nor one that is wrong


def verdicts(text, against):
    return [f.verdict for f in audit(text, against, hint=False)]


# ---------------------------------------------------------------------- the smallest inputs of each kind
RIGHT = [  # what is true, and the verdicts that it may get
    (MOMENT, r"\frac{\partial \mu}{\partial x_i} = \frac{1}{m}", "holds"),
    (MOMENT, r"\frac{\partial L}{\partial x_i} = \frac{2\mu}{m}", "holds"),
    (RESIDUAL, r"\frac{\partial r_i}{\partial h_j} = V_{ij}", "holds"),
    (RESIDUAL, r"\frac{\partial \mathcal L}{\partial h_j} = \bar h_j", "holds"),
    (DECLARED, r"\|W\|_F^2 = \operatorname{tr}(W^\top W)", "holds"),
    (DECLARED, r"\|x\|_2^2 = x^\top x", "holds"),
    (BATCH, r"Z = X W + b", "holds"),
    (BATCH, r"Z = b + X W", "holds"),
    (STANDING, r"Z = W X + b", "holds"),
    (SIZED, r"\frac{dL}{dW} = \frac{dL}{dz} x^\top", "holds"),
    (SIZED, r"\frac{\mathrm dL}{\mathrm dW} = \frac{\mathrm dL}{\mathrm dz} x^\top", "holds"),
    (SIZED, r"dW = dz\, x^\top", "unread"),
    (SIZED, r"\mathrm dW = \mathrm dz\, x^\top", "unread"),
    (LAYER, r"h(x) = \phi(Wx+b)", "holds"),
    (LAYER, r"L(W) = \frac12\|h\|^2", "holds"),
    (LAYER, r"L(W, b) = \frac12 h^\top h", "holds"),
    (LAYER, r"\frac{\partial h}{\partial z} = \operatorname{diag}(h'(z))", "unread"),
    (LAYER, r"\bar z = (\phi(z))' \odot h", "unread"),
    (LAYER, r"z = Wx + b \quad (2)", "holds"),
    (LAYER, r"z = Wx + b \qquad (3.1)", "holds"),
    (LAYER, r"z = Wx + b \tag{2}", "holds"),
    (LAYER, r"z = Wx + b \quad \text{(2)}", "holds"),
    (LAYER, r"\begin{aligned} z &= Wx + b && (1) \\ h &= \phi(z) && (2) \end{aligned}", "holds"),
    (LAYER, r"z = Wx + b \hspace{2em} (2a)", "holds"),
    (LAYER, r"z = Wx + b \qquad h = \phi(z)", "holds"),
    (LAYER, r"\underbrace{W x + b}_{z} = z", "holds"),
    (LAYER, r"\overbrace{W x}^{2} + b = z", "holds"),
    (LAYER, r"z \stackrel{(1)}{=} W x + b", "holds"),
    (LAYER, r"z \overset{?}{=} W x", "unread"),
    (LAYER, r"\textcolor{red}{z} = W x + b", "holds"),
    ((), r"5\times5 = 25 \qquad (2)", "holds"),
    ((), r"5\times5 = 25 (2)", "unread"),
    (DECLARED, "Let $s = 3$. Then $s^2 = 9$.", "holds"),
    (DECLARED, "Let $s = 3$ and $t = 4$. Then $s + t = 7$.", "holds"),
    (DECLARED, r"$s = t \implies s - t = 0$", "holds"),
    (DECLARED, "It is not true that $s = t$.", "unread"),
    (ROW, r"\frac{\partial y}{\partial z} = W^\top", "holds"),
    (ROW, r"\frac{\partial y}{\partial z} = W", "unread"),
    (BATCH, r"\frac{\partial Z}{\partial W} = X^\top", "unread"),
    (LAYER, r"z_i = W_i x + b_i", "holds"),
    (LAYER, r"z_i = W_i^\top x + b_i", "holds"),
    (LABELS, r"\nabla_z L = p - y", "unread"),
    (INVERSE, r"f(x) = \frac{1}{x} \rightarrow \frac{df}{dx} = -\frac{1}{x^2}", "holds"),
]
FALSE = [  # what is false, and the verdicts that it may get
    (MOMENT, r"\frac{\partial \mu}{\partial x_i} = \frac{2\mu}{m}", "wrong"),
    (RESIDUAL, r"\frac{\partial r}{\partial V_{ij}} = \bar r_i h_j", "unread"),
    (RESIDUAL, r"\frac{\partial r}{\partial h_j} = \bar h_j", "unread"),
    (RESIDUAL, r"\frac{\partial r_i}{\partial h_j} = V_{ji}", "wrong"),
    (LABELS, r"\frac{\partial p}{\partial z} = p \odot (1-p)", "wrong"),
    (LABELS, r"\frac{\partial p_i}{\partial z_j} = p_i p_j", "wrong"),
    (LABELS, r"\nabla_z L = y - p", "wrong"),
    (DECLARED, r"\|W\|_2 = \|W\|_F", "unread"),
    (DECLARED, r"\|W\|_1 = \sum_{i,j} |W_{ij}|", "unread"),
    (DECLARED, r"\lfloor s \rfloor = s", "wrong"),
    (DECLARED, r"$|s| = s$ for all $s > -1$", "wrong"),
    (DECLARED, r"\max(0,\min(1,s)) = \mathbb{1}[s > 0]", "wrong"),
    (DECLARED, r"\operatorname{sign}(s) = \max(-1,\min(1,s))", "wrong"),
    (DECLARED, r"\frac{d}{ds}\max(0,s) = \min(1,\max(0,s))", "wrong"),
    (RELU, r"\bar x_i = \begin{cases} 1 & x_i > \frac12 \\ 0 & x_i \le \frac12\end{cases}", "wrong"),
    (RELU, r"\bar x_i = \begin{cases} 1 & x_i > 1 \\ 0 & x_i \le 1\end{cases}", "wrong"),
    (RELU, r"\bar x = \min(1, h)", "wrong"),
    (DECLARED, "Let $s = 3$. Then $s^2 = 8$.", "wrong"),
    (DECLARED, r"$s = t \implies s + t = 0$", "wrong"),
    (BATCH, r"Z = X W - b", "wrong"),
    (BATCH, r"\bar b = \bar Z \mathbf 1", "wrong"),
    (LAYER, r"z = Wx \quad (2)", "wrong"),
    (LAYER, r"h(x) = \phi(Wx)", "wrong"),
    (SIZED, r"\frac{dL}{dW} = x \frac{dL}{dz}^\top", "wrong unread"),
    (SIZED, r"\frac{dL}{dW} = 2 \frac{dL}{dz} x^\top", "wrong"),
]


@pytest.mark.parametrize(("against", "claim", "allowed"), RIGHT)
def test_what_is_true_is_never_called_wrong(against, claim, allowed):
    found = verdicts(claim, against)
    assert found, "a claim without a verdict"
    assert set(found) <= set(allowed.split())


@pytest.mark.parametrize(("against", "claim", "allowed"), FALSE)
def test_what_is_false_is_never_called_right(against, claim, allowed):
    found = verdicts(claim, against)
    assert set(found) <= set(allowed.split())


def test_the_links_of_a_chain_that_are_known_are_judged_though_one_name_is_not():
    text = r"$\text{Params} = (5\cdot5\cdot3+1)\cdot10 = 76\cdot10 = 761$"
    assert verdicts(text, ()) == ["unread", "holds", "wrong"]
    assert verdicts(r"$12 \cdot 2 = 24 = \text{rows} = 5 \cdot 5 = 26$", ()) == ["holds", "unread", "wrong"]


def test_no_reason_says_that_a_jacobian_of_rows_is_no_matrix():
    for claim in (r"\frac{\partial y}{\partial z} = W", r"\frac{\partial y}{\partial W} = z^\top"):
        (found,) = audit(claim, ROW).findings
        assert (found.verdict, "is no matrix" in found.why) == ("unread", False)


def test_an_expectation_is_no_product():
    for latex in (r"\mathbb{E}[x] = \mu", "P[x] = 1", r"\mathbb P(x) = 1", r"E[(y - f)^2] = 0"):
        with pytest.raises(Unread):
            read_latex(latex)


# ---------------------------------------------------------------------- documents
TRUE_TEXTS = [  # nothing in these is wrong
    (BATCH, "In NumPy the scores are $Z = XW + b$, where $b$ is added to each row."),
    (BATCH, "With one bias per class, $Z = X W + b$ and $L = \\|Z\\|_F^2$."),
    (BATCH, "Here we set $b = 0$. Then $Z = X W$."),
    (BATCH, "You can set $b = 0$ if you prefer, and then $Z = XW$."),
    (BATCH, "$$Z = \\mathbf 1 b^\\top + X W \\qquad (4)$$"),
    (BATCH, "$$\\nabla_W L = X^\\top \\bar Z \\quad \\text{(5)}$$"),
    (STANDING, "$Z^{[1]}$ aside, $Z = W X + b$ and $A = \\tanh(Z)$."),
    (STANDING, "$dZ = \\frac{\\partial J}{\\partial Z}$ and $dW = dZ\\, X^\\top$."),
    (STANDING, "$J(W, b) = \\|A\\|_F^2$"),
    (BINARY, "For class $t=1$ the loss is $-\\log y$."),
    (BINARY, "If the class is $t = 1$ or $t = 0$, one of the two terms vanishes."),
    (BINARY, "When $t=1$, $L = -\\log y$."),
    (BINARY, "If $t = 0$ then $L = -\\log(1 - y)$."),
    (BINARY, "$\\frac{\\partial L}{\\partial z} = y - t$"),
    (BINARY, "$y(x) = \\sigma(z)$ and $L(w) = -t \\log y - (1-t)\\log(1-y)$"),
    (BINARY, "$P(y|x) = y$ for the label $t=1$."),
    (BINARY, "当 $t=1$ 时，$L = -\\log y$。"),
    (BINARY, "若 $t=0$，则 $L = -\\log(1-y)$。"),
    (BINARY, "设 $t = 1$。"),
    (BINARY, "如果 $w = 0$，那么 $z = 0$。"),
    (BINARY, "Falls $t = 1$, gilt $L = -\\log y$."),
    (BINARY, "Sei $w = 0$. Dann ist $z = 0$."),
    (BINARY, "Wenn $t=0$ ist, folgt $L = -\\log(1-y)$."),
    (BINARY, "Für die Klasse $t = 1$ zählt nur der erste Term."),
    (BINARY, "Si $t = 1$, alors $L = -\\log y$."),
    (BINARY, "Soit $w = 0$; donc $z = 0$."),
    (BINARY, "Si $t = 0$, entonces $L = -\\log(1-y)$."),
    (BINARY, "Suppose $w = 0$; then $z = 0$ and $y = \\frac12$."),
    (BINARY, "Suppose that all weights are zero, i.e. $w = 0$."),
    (BINARY, "Assume $t=1$.\n\nThen $L = -\\log y$."),
    (BINARY, "A common mistake is $\\frac{\\partial L}{\\partial z} = t - y$; the right rule is "
             "$\\frac{\\partial L}{\\partial z} = y - t$."),
    (BINARY, "Note that $y = z$ is false."),
    (BINARY, "One might think that $\\bar z = y$."),
    (BINARY, "Is $\\bar z = t - y$?"),
    (BINARY, "Man könnte meinen, $y = z$ sei richtig; das stimmt nicht."),
    (BINARY, "~~$\\bar z = t - y$~~ $\\bar z = y - t$"),
    (BINARY, "错误：$\\bar z = t - y$。"),
    (BINARY, "$t = 1 \\implies L = -\\log y$"),
    (BINARY, "$w = 0 \\Rightarrow z = 0 \\Rightarrow y = \\frac{1}{2}$"),
    (BINARY, "$z = 0 \\iff y = \\frac12$"),
    (BINARY, "$$L = -\\log y \\quad \\text{if } t = 1$$"),
    (BINARY, "$$\\text{for } t = 0: \\quad L = -\\log(1 - y)$$"),
    (LABELS, "The label is one-hot: $\\sum_i y_i = 1$, so $\\nabla_z L = p - y$."),
    (LABELS, "For two classes $y_2 = 1 - y_1$."),
    (LABELS, "where $y_{1} = 1$ for the first class"),
    (LABELS, "$\\frac{\\partial L}{\\partial z} = p - y$ and $p = \\operatorname{softmax}(z)$"),
    (LABELS, "$p_i = \\frac{e^{z_i}}{\\sum_j e^{z_j}}$"),
    (LAYER, "The hidden layer is $h(x) = \\phi(z)$ with $z = Wx + b$."),
    (LAYER, "$h(x; W) = \\phi(Wx + b)$"),
    (LAYER, "$h'(z) = \\phi'(z)$"),
    (LAYER, "$\\frac{dh}{dz} = \\operatorname{diag}(\\phi'(z))$"),
    (LAYER, "$z_i = \\sum_j W_{ij} x_j + b_i \\qquad (1)$"),
    (LAYER, "$z_i = w_i^\\top x + b_i$, where $w_i$ is row $i$ of $W$."),
    (LAYER, "$W^\\top W = I$ for an orthogonal $W$, and $W = W^\\top$ for a symmetric one."),
    (LAYER, "Initialise with $W = 0$ and $b = 0$."),
    (LAYER, "Suppose $\\|x\\| = 1$."),
    (LAYER, "$$\\begin{aligned} z &= \\underbrace{Wx}_{\\text{linear}} + b && (1) "
            "\\\\ h &= \\phi(z) && (2) \\end{aligned}$$"),
    (LAYER, "$$z = Wx + b \\qquad\\qquad h = \\phi(z)$$"),
    (LAYER, "$\\mathbb{E}[x] = 0$ and $\\mathbb E[h] = 0$"),
    (LAYER, "$L: x \\mapsto \\frac12 \\|h\\|^2$"),
    (LAYER, "$\\delta = \\frac{\\partial L}{\\partial z} = h \\odot \\phi'(z)$"),
    (ROW, "$y = zW$ and hence $\\frac{\\partial y}{\\partial z} = W^\\top$."),
    (ROW, "In row notation $\\frac{\\partial y}{\\partial z} = W$."),
    (ROW, "$\\frac{\\partial y}{\\partial W} = z$"),
    (MOMENT, "$\\frac{\\partial \\mu}{\\partial x_i} = \\frac1m$, so "
             "$\\frac{\\partial L}{\\partial x_i} = \\frac{2 \\mu}{m}$."),
    (INVERSE, "$f(x) = \\frac{1}{x} \\hspace{1in} \\rightarrow \\hspace{1in} \\frac{df}{dx} = -1/x^2$"),
    (INVERSE, "$f(2) = \\frac12$"),
    (DECLARED, "Given $s = 2$, we get $s^2 = 4$."),
    (DECLARED, "Take $x = 0$. Then $W x = 0$."),
    (DECLARED, "If $s = 0$, $s t = 0$; if $s = 1$, $s t = t$."),
    (DECLARED, "$s = 1$ is assumed, so $s t = t$."),
]  # fmt: skip
FALSE_TEXTS = [  # the last claim of each is false
    (BATCH, "Here $b = 0$ is not assumed, and $Z = X W$."),
    (BATCH, "In NumPy the scores are $Z = XW - b$."),
    (BINARY, "When $t=1$, $L = \\log y$."),
    (BINARY, "If $t = 1$ then $L = -\\log(1 - y)$."),
    (BINARY, "若 $t=0$，则 $L = -\\log y$。"),
    (BINARY, "Falls $t = 1$, gilt $L = \\log y$."),
    (BINARY, "If $t = 0$ then $L = -\\log(1-y)$. Now $L = -\\log(1-y)$."),
    (BINARY, "$t = 1 \\implies L = -\\log(1 - y)$"),
    (BINARY, "A common mistake is $\\bar z = t - y$; the right rule is $\\bar z = y + t$."),
    (LABELS, "Since $\\sum_i y_i = 1$, $\\nabla_z L = y - p$."),
    (LABELS, "$\\frac{\\partial p}{\\partial z} = p \\odot (1 - p)$"),
    (LAYER, "$h(x) = \\phi(W x)$"),
    (LAYER, "$h(x) = \\phi(W^\\top x + b)$"),
    (LAYER, "$z_i = w_i^\\top x - b_i$"),
    (LAYER, "$z = Wx - b \\qquad (1)$"),
    (LAYER, "$$z = Wx + b \\qquad h = \\phi(b)$$"),
    (LAYER, "Let $b = 0$. Then $z = W^\\top x$."),
    (LAYER, "$\\frac{dL}{dz} = h$"),
    (ROW, "$\\frac{\\partial y}{\\partial z} = 2 W^\\top$"),
    (MOMENT, "$\\frac{\\partial \\mu}{\\partial x_i} = 1$"),
    (INVERSE, "$f(x) = \\frac{1}{x} \\rightarrow \\frac{df}{dx} = \\frac{1}{x^2}$"),
    (DECLARED, "Let $s = 3$. Then $s^2 = 6$."),
    (DECLARED, "If $s = 0$ then $s t = t$."),
    (DECLARED, "Let $s = 3$.\n\n# Another part\n\nHere $2 s = 6 + 0 s$."),
]  # fmt: skip


@pytest.mark.parametrize(("against", "text"), TRUE_TEXTS)
def test_nothing_in_a_right_text_is_called_wrong(against, text):
    assert "wrong" not in verdicts(text, against)


@pytest.mark.parametrize(("against", "text"), FALSE_TEXTS)
def test_what_is_false_in_a_text_is_not_called_right(against, text):
    *_, last = verdicts(text, against)
    assert last in ("wrong", "unread")


def test_most_of_the_texts_are_decided_and_not_only_refused():
    """A law that everything passes by being unread would be none."""
    right = [v for against, text in TRUE_TEXTS for v in verdicts(text, against)]
    wrong = [verdicts(text, against)[-1] for against, text in FALSE_TEXTS]
    assert right.count("holds") >= 55
    assert wrong.count("wrong") >= 15


# ---------------------------------------------------------------------- what is given is counted, and not judged
def test_every_formula_of_a_text_is_a_claim_or_given():
    found = audit("Let $s = 3$. Then $s^2 = 9$. If $t > 0$ then $|t| = t$.", DECLARED)
    assert [g.statement for g in found.given] == ["s = 3", "t > 0"]
    assert [f.verdict for f in found] == ["holds", "holds"]
    assert found.to_json()["given"][0] == {"statement": "s = 3", "file": "", "line": 1, "column": 6}


def test_a_fact_lasts_to_the_next_heading_and_a_condition_to_the_end_of_its_sentence():
    assert verdicts("Let $s = 3$.\n\nThen $2 s = 6$.", DECLARED) == ["holds"]
    assert verdicts("Let $s = 3$.\n\n## Part 2\n\n$2 s = 6$.", DECLARED) == ["unread"]
    assert verdicts("If $t = 1$ then $L = -\\log y$. And $L = -\\log y$.", BINARY) == ["holds", "wrong"]


def test_what_the_model_says_itself_holds_though_it_is_only_recalled():
    assert verdicts("where $z = Wx + b$", LAYER) == ["holds"]
    assert verdicts("If $z = Wx + b$ then $h = \\phi(Wx + b)$.", LAYER) == ["holds", "holds"]


# ---------------------------------------------------------------------- the gate
def test_only_what_contradicts_a_derived_relation_is_an_accusation():
    wrong = Decision("wrong")
    layer = key(LAYER)
    name = {n: Term("name", name=n) for n in ("x", "W", "b", "h", "z")}
    zero = Term("number", name="0")
    for given in (name["W"], Term("transpose", (name["W"],)), Term("index", (name["x"], Term("name", name="i")))):
        assert accused(wrong, Term("relation", (given, zero), "="), layer).state == "unread"
    assert accused(wrong, Term("relation", (name["h"], zero), "="), layer).state == "wrong"
    doubtful = Term("transpose", (name["h"],), doubt="h' may be a derivative")
    assert accused(wrong, Term("relation", (name["z"], doubtful), "="), layer).state == "unread"
    assert accused(Decision("holds"), Term("relation", (name["W"], zero), "="), layer).state == "holds"


def test_two_ways_of_deciding_that_disagree_are_said_to(monkeypatch):
    monkeypatch.setattr(decide, "canonically_equal", lambda *args: True)
    (found,) = audit(r"z = W x - b", LAYER).findings
    assert (found.verdict, "disagree" in found.why) == ("unread", True)


def test_a_slip_does_not_excuse_itself():
    first, second = audit("$$\\bar h = V \\bar r$$\n$$\\bar h = V \\bar r$$", RESIDUAL).findings
    assert (first.verdict, second.verdict, second.follows) == ("wrong", "wrong", "")


@pytest.mark.parametrize(("claim", "verdict"), [
    (r"1.04 \approx 1.0", "holds"), (r"1.04 \approx 1.1", "wrong"), (r"1.06 \approx 1.1", "holds"),
    (r"1.06 \approx 1.0", "wrong"), (r"61049 \approx 61000", "holds"), (r"61501 \approx 61000", "wrong"),
])  # fmt: skip
def test_a_rounded_number_is_the_nearest(claim, verdict):
    assert verdicts(claim, ()) == [verdict]


# ---------------------------------------------------------------------- the normal form, by itself
def form(latex, declared="A, B : n n\nC : n m\nx, y : n\ns : scalar\nphi : elementwise", definitions=()):
    from symnet.claims.decision.budget import Budget
    from symnet.claims.meaning.shapes import meanings, settled_everywhere

    k = key(declared)
    (statement,) = read_latex(latex, k.symbols)
    typed, known = next(meanings(statement.sides[0], k.world(), {}))
    return normal_form(settled_everywhere(typed, known), dict(definitions), Budget())


SAME = [
    ("A (B x)", "(A B) x"),
    ("(A B)^\\top", "B^\\top A^\\top"),
    ("A (x + y)", "A x + A y"),
    ("x^\\top y", "y^\\top x"),
    ("\\operatorname{diag}(x) y", "x \\odot y"),
    ("\\operatorname{tr}(x y^\\top)", "x^\\top y"),
    ("A \\mathbf I_n", "A"),
    ("\\operatorname{tr}(A B)", "\\operatorname{tr}(B A)"),
    ("\\mathbf 1_n^\\top \\mathbf 1_n x", "n x"),
    ("\\phi(x) \\odot y", "y \\odot \\phi(x)"),
    ("\\phi(x + y)", "\\phi(y + x)"),
    ("\\frac{x}{2 s}", "\\frac12 \\frac{1}{s} x"),
    ("\\|x\\|^2", "x^\\top x"),
    ("\\operatorname{tr}(\\operatorname{diag}(x) A)", "\\mathbf 1^\\top (x \\odot \\operatorname{diag}(A))"),
]
DIFFERENT = [
    ("A B", "B A"),
    ("A x", "A^\\top x"),
    ("x^\\top A y", "y^\\top A x"),
    ("\\operatorname{diag}(x) A", "A \\operatorname{diag}(x)"),
    ("\\mathbf 1_n^\\top \\mathbf 1_n x", "x"),
    ("\\phi(x)", "\\phi'(x)"),
    ("\\phi(A x)", "A \\phi(x)"),
    ("2 x", "x"),
    ("\\operatorname{tr}(A) B", "A B"),
    ("x", "-x"),
    ("\\|\\mathbf 1_n\\|", "\\|\\mathbf 1_m\\|"),
    ("x \\odot x", "x \\odot y"),
    ("\\operatorname{diag}(x)", "x x^\\top"),
    ("\\operatorname{tr}(A A)", "\\operatorname{tr}(A^\\top A)"),
    ("\\det(A)", "\\operatorname{tr}(A)"),
    ("\\max(x, y)", "\\min(x, y)"),
]


@pytest.mark.parametrize(("a", "b"), SAME)
def test_two_spellings_of_one_thing_have_one_normal_form(a, b):
    assert form(a) == form(b)


@pytest.mark.parametrize(("a", "b"), DIFFERENT)
def test_two_things_have_two_normal_forms(a, b):
    assert form(a) != form(b)


# ---------------------------------------------------------------------- readings
def test_a_declared_t_is_no_transpose_and_a_comma_in_thousands_no_argument():
    with pytest.raises(Unread, match="T is a declared name"):
        read_latex(r"W^T x", "W : n n\nx : n\nT : scalar")
    (statement,) = read_latex(r"W^\top T", "W : n n\nT : n n")
    assert str(statement) == "Wᵀ T"
    with pytest.raises(Unread, match="groups digits or separates arguments"):
        read_latex(r"\max(1,000, s)", "s : scalar")
    (statement,) = read_latex(r"\phi(1,000)", "phi : elementwise")
    assert [a.name for a in statement.sides[0].args] == ["1000"]


@pytest.mark.parametrize("latex", ["h(x)", "h(W)", "h(x, W)", "L(b)", r"h\left(x\right)"])
def test_a_quantity_of_what_it_depends_on_is_itself(latex):
    names = key(LAYER).symbols
    (read,) = read_latex(latex, names)
    assert str(read) == re.match("[hL]", latex)[0]


@pytest.mark.parametrize("latex", ["h(y)", "x(b)", "h(2)", "h(x + b)", "W(x)", r"h(b \mid x)", "h'(z)", "h'(x + b)"])
def test_a_quantity_before_another_bracket_is_refused(latex):
    with pytest.raises(Unread):
        read_latex(latex, key(LAYER).symbols)


@pytest.mark.parametrize("latex", ["W(x + b)", "x^\\top(x + b)", "W (W x)", "2(x)", r"\bar h(1 + 2)"])
def test_a_product_with_a_bracket_is_one(latex):
    (read,) = read_latex(latex, key(LAYER).symbols)
    assert read.sides[0].op == "product"


# ---------------------------------------------------------------------- labels that sum to 1, and Kronecker's delta
SOFTMAX = backprop("z, y : n\np = softmax(z)\nL = -sum(y * log(p))")
TEXTBOOK = r"""
With $p_i = \frac{e^{z_i}}{\sum_j e^{z_j}}$ and $L = -\sum_i y_i \log p_i$:

$$\frac{\partial p_i}{\partial z_j} = p_i(\delta_{ij} - p_j)$$

$$\frac{\partial L}{\partial z_j} = -\sum_i y_i \frac{1}{p_i}\, p_i(\delta_{ij} - p_j)
 = -y_j + p_j \sum_i y_i = p_j - y_j$$

because $\sum_i y_i = 1$. In vector form $\nabla_z L = p - y$.
"""


def test_the_textbook_derivation_of_the_softmax_gradient_is_right():
    found = audit(TEXTBOOK, SOFTMAX, want=["z"])
    assert [f.verdict for f in found.findings] == ["holds"] * 7
    assert [g.statement for g in found.given] == ["∑_i y_i = 1"]
    assert found.state == "right"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (r"\frac{\partial p_i}{\partial z_j} = p_i(\delta_{ij} + p_j)", ["wrong"]),
        (r"\frac{\partial p_i}{\partial z_j} = p_j(\delta_{ij} - p_j)", ["wrong"]),
        (r"\sum_j \delta_{ij} p_j = p_i", ["holds"]),
        (r"$\nabla_z L = y - p$ because $\sum_i y_i = 1$.", ["wrong"]),
        (r"Let $\sum_i y_i = 1$. Then $\nabla_z L = p - 2 y$.", ["wrong"]),
        (r"$\nabla_z L = p - y$ because $\sum_i p_i = 1$.", ["unread", "holds"]),  # of p it was known
        (r"$\nabla_z L = p - y$ because $\sum_i y_i = 2$.", ["unread"]),
        (r"$\nabla_z L = p - y$. Therefore $\sum_i y_i = 1$.", ["unread", "unread"]),  # no reason, but a conclusion
    ],
)
def test_a_reason_about_what_is_given_is_used_for_what_it_says(text, expected):
    assert verdicts(text, SOFTMAX) == expected
