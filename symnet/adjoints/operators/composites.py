"""Words built of other words: activations, losses, attention. Their rules follow from those of their parts.

The parts that matter, softmax and its logarithm, the normalisations and the inverse, carry closed forms, so the rules
of these come out closed as well: (p − t) / b for the cross-entropy of b rows.
"""

import sympy as sp

from symnet.adjoints.graph import Node, apply, as_node, number
from symnet.adjoints.operators.indices import causal, is_index, one_hot
from symnet.adjoints.operators.reductions import count_along, mean, total
from symnet.adjoints.operators.softmax import log_softmax, softmax
from symnet.adjoints.record import Word, register
from symnet.errors import InvalidInput


def f(name: str, x: Node) -> Node:
    """A known function, entry by entry."""
    return apply("elementwise", x, function=name, order=0)


# ---------------------------------------------------------------------- losses
def mse(y: Node, t: Node) -> Node:
    """The mean square of the difference."""
    return mean((y - t) ** 2)


def cross_entropy(z: Node, t: Node) -> Node:
    """−Σ t log softmax(z), averaged over rows; t holds probabilities, or is an index for each row."""
    return nll(log_softmax(z), t)


def nll(log_p: Node, t: Node) -> Node:
    """−Σ t log p, averaged over rows."""
    weights = one_hot(t, log_p.shape[-1]) if is_index(t) else t
    if weights.shape != log_p.shape:
        raise InvalidInput(f"the target {t} does not fit to {log_p}; it has its shape, or is an index for each row")
    rows = number(1) if log_p.rank == 1 else number(1 / (count_along(log_p, None) / log_p.shape[-1]))
    return -(rows * total(weights * log_p))


def bce_with_logits(z: Node, t: Node) -> Node:
    """The mean of softplus(z) − t z, which is the cross-entropy of sigmoid(z)."""
    return mean(f("softplus", z) - t * z)


# ---------------------------------------------------------------------- attention
def attention(Q: Node, K: Node, V: Node, mask: Node | None = None, is_causal: bool = False) -> Node:
    """softmax(Q Kᵀ / √d + mask) V."""
    scores = Q @ K.mT * number(1 / sp.sqrt(Q.shape[-1]))
    if is_causal:
        scores = scores + causal(scores.shape[-2], scores.shape[-1])
    return softmax(scores if mask is None else scores + as_node(mask)) @ V


register(
    Word("mse_loss", mse, "torch.nn.functional.mse_loss(y, t)", "y, t : b n\nL = mse_loss(y, t)"),
    Word(
        "cross_entropy", cross_entropy, "twins.cross_entropy(z, t)", "Z : b n\nt : b index n\nL = cross_entropy(Z, t)"
    ),
    Word("nll_loss", nll, "twins.nll(log_p, t)", "P : b n\nt : b index n\nL = nll_loss(P, t)"),
    Word(
        "bce_with_logits",
        bce_with_logits,
        "torch.nn.functional.binary_cross_entropy_with_logits(z, t)",
        "z, t : n\nL = bce_with_logits(z, t)",
    ),
    Word(
        "attention",
        attention,
        "twins.attention(Q, K, V, mask, is_causal)",
        "Q : b h t d\nK : b h s d\nV : b h s e\nY = attention(Q, K, V)",
    ),
)
