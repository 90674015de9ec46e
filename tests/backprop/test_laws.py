"""Laws over random models: the rules are the transpose of the derivative, whatever is composed."""

from hypothesis import given, settings
from hypothesis import strategies as st

from symnet import backprop
from symnet.checks.autograd import check_adjoints

VECTORS = (
    "W @ {a}", "W.T @ {a} + {b}", "phi({a}) + {b}", "{a} * {b}", "psi(W @ {a}) - 2 * {b}", "{a} / (2 + {b}**2)",
    "softmax({a}) * {b}", "({a} @ {b}) * {a}", "{a} - mean({b})", "outer({a}, {b}) @ {a} / n", "tanh({a} * s)",
    "sum(outer({a}, {b}) + W, axis=1)", "norm({a}) * {b}", "{a} @ W @ {b} / n * {a}", "log_softmax({a} + {b})",
    "solve(W @ W.T + diag(2 + {a}**2), {b})", "diag(outer({a}, {b}))", "{a} * trace(W) / n", "{a} + var({b})",
)  # fmt: skip
MATRICES = (
    "{a} @ W", "phi({a}) + c", "{a} * {b}", "psi({a} @ W + c) - {b}", "softmax({a}, axis=0) + {b}", "{a} * c",
    "log_softmax({a})", "({a} @ {b}.T) @ {a} / n", "{a} - mean({b}, axis=1, keepdims=True)", "{a} / (1 + norm({b}))",
    "outer(sum({a}, axis=1), sum({b}, axis=0))", "{a} * sum({b}, axis=0, keepdims=True)", "{a} * var({b}, axis=0)",
    "({a}.T * s).T + {b}", "{a} * mean({b})", "{a} + logsumexp({b}, axis=0)", "({b}.T @ ({a} @ x)) * {a} / n",
)  # fmt: skip
DECLARED = "x, c : n\nX, C : m n\nW : n n\ns : scalar\nphi, psi : elementwise\n"


@st.composite
def models(draw) -> str:
    """Three to six equations, each of one piece, on names drawn from those before it."""
    pieces, names = draw(st.sampled_from([(VECTORS, ["x", "c"]), (MATRICES, ["X", "C"])]))
    names, equations = list(names), []
    for i in range(draw(st.integers(3, 6))):
        a, b = draw(st.sampled_from(names)), draw(st.sampled_from(names))
        equations.append(f"h{i} = " + draw(st.sampled_from(pieces)).format(a=a, b=b))
        names.append(f"h{i}")
    return DECLARED + "\n".join(equations)


@settings(max_examples=30, deadline=None, derandomize=True)
@given(models())
def test_pushing_forward_and_pulling_back_are_transposes(text):
    gradient, product = check_adjoints(backprop(text), functions=("tanh", "sin"), seeds=(0,))
    assert gradient.passed, gradient.evidence
    assert product.passed, product.evidence


@settings(max_examples=30, deadline=None, derandomize=True)
@given(models())
def test_every_name_has_one_adjoint_and_every_use_one_message(text):
    bp = backprop(text)
    assert set(bp.adjoints) == {node.name for node in bp.graph.nodes}
    assert len(bp.steps) == len(bp.adjoints)
    uses = {(edge.source, edge.target) for edge in bp.graph.edges}
    assert {(m.source, m.target) for adjoint in bp.walk for m in adjoint.messages} <= uses
