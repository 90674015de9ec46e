"""Claims with words of the model language, blocks and parts are decided against what symnet derived."""

import pytest

import symnet as sn

MODELS = {
    "blocks": "A : m n\nB : m k\nY = concat([A, B], axis=1)",
    "rows": "E : v n\ni : t index v\nX = embedding(E, i)",
    "cross-entropy": "Z : b n\nt : b index n\nL = cross_entropy(Z, t)",
    "padding": "x : n\ny = pad(x, before=1)",
    "normalisation": "x : n\ny = layer_norm(x)",
    "largest": "X : m n\ny = max(X, axis=1)",
    "stopped": "x, b : n\ny = stop_gradient(x) * b + x",
    "masked": "S : n n\nP = softmax(S + causal_mask(n))",
}


@pytest.mark.parametrize(
    ("model", "right", "wrong"),
    [
        ("blocks", r"\bar A = \bar Y_{[:, :n]}", r"\bar A = 2 \bar Y_{[:, :n]}"),
        ("blocks", r"Y = \begin{pmatrix} A & B \end{pmatrix}", r"Y = \begin{pmatrix} B & A \end{pmatrix}"),
        ("rows", r"\bar E = \operatorname{scatter}(\bar X, i, v)", r"\bar E = -\operatorname{scatter}(\bar X, i, v)"),
        (
            "cross-entropy",
            r"\bar Z = \frac{1}{b} (\operatorname{softmax}(Z) - \operatorname{onehot}(t, n))",
            r"\bar Z = \operatorname{softmax}(Z) - \operatorname{onehot}(t, n)",
        ),
        ("padding", r"\bar x = \bar y_{[1:]}", r"\bar x = \bar y_{[:n]}"),
        ("normalisation", r"y = \operatorname{standardize}(x, 10^{-5})", r"y = \operatorname{standardize}(x)"),
        ("largest", r"y = \max_{\mathrm{rows}}(X)", r"y = \min_{\mathrm{rows}}(X)"),
        ("stopped", r"\bar x = \bar y", r"\bar x = \bar y \odot (\mathbf{1} + b)"),
        ("masked", r"P \mathbf{1} = \mathbf{1}", r"P^\top \mathbf{1} = \mathbf{1}"),
    ],
)
def test_claims_with_words_are_decided(model, right, wrong):
    bp = sn.backprop(MODELS[model])
    for claim, verdict in ((right, "holds"), (wrong, "wrong")):
        (finding,) = sn.audit(f"$${claim}$$", against=bp).findings
        assert finding.verdict == verdict, (claim, finding.why)


def test_a_size_from_a_document_is_read_and_never_evaluated():
    (finding,) = sn.audit("$$x_{[1:]} = x_{[1:]}$$", against="x : __import__('os')").findings
    assert finding.verdict == "unread"


@pytest.mark.parametrize("word", [r"\operatorname{tr}", r"\det", r"\operatorname{diag}", r"\operatorname{softmax}"])
def test_a_prime_on_a_function_of_a_whole_array_has_no_meaning(word):
    (finding,) = sn.audit(f"$${word}'(A) = A$$", "A : n n").findings
    assert (finding.verdict, "slope" in finding.why) == ("unread", True)
