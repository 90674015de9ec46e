"""What tools add to the connections, leave out or count twice: terms, each a sum over some rows of a table.

A term says which rows it looks at (layers of some kinds, or rows picked by where they stand) and what of each it adds.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

import sympy as sp

from symnet.counts import layers as known
from symnet.counts.rows import Row

Kinds = tuple[type, ...]
Rows = tuple[Row, ...]
CONVOLUTIONS: Kinds = (known.Conv, known.Conv1d, known.Conv3d, known.ConvTranspose)
WINDOWS: Kinds = (known.MaxPool, known.MaxPoolCeil, known.AvgPool)
ADAPTIVE: Kinds = (known.AdaptiveAvgPool, known.GlobalAvgPool)
ATTENTION: Kinds = (known.Attention, known.ScaledDotProduct)
PROJECTIONS: Kinds = (known.Projection,)
EVERY: Kinds = (object,)


# ---------------------------------------------------------------------- rows by where they stand
def everywhere(rows: Rows) -> Iterable[Row]:
    """All of them."""
    return rows


def beside_attention(rows: Rows) -> Iterable[Row]:
    """The linear maps that make queries, keys and values, and the one that takes what attention leaves."""
    met = {j for i, row in enumerate(rows) if isinstance(row.layer, ATTENTION) for j in (i - 1, i + 1)}
    return (row for i, row in enumerate(rows) if i in met and isinstance(row.layer, PROJECTIONS))


def elsewhere(rows: Rows) -> Iterable[Row]:
    """The linear maps of tokens that are not beside attention."""
    beside = {row.name for row in beside_attention(rows)}
    return (row for row in rows if isinstance(row.layer, PROJECTIONS) and row.name not in beside)


def called_again(rows: Rows) -> Iterable[Row]:
    """All activations of a block but its last: torchvision's blocks call one ReLU several times."""
    last = {_block(row): row.name for row in rows if row.factors("activations")}
    return (row for row in rows if row.factors("activations") and _block(row) and last[_block(row)] != row.name)


def of_texts(rows: Rows) -> Iterable[Row]:
    """The rows of a network of words: there places are looked up in a table too; elsewhere a tensor is added."""
    return rows if any(isinstance(row.layer, known.Embedding) for row in rows) else ()


def _block(row: Row) -> str:
    """layer1.0 of layer1.0.conv1_relu; a layer outside of blocks has none."""
    return row.name.rpartition(".")[0]


# ---------------------------------------------------------------------- terms
@dataclass(frozen=True)
class Term:
    """``times`` × the sum of ``amount`` over the picked rows whose layers are of some kinds."""

    words: str
    amount: Callable[[Row], Any]
    kinds: Kinds = EVERY
    times: int = 1
    pick: Callable[[Rows], Iterable[Row]] = everywhere

    def of(self, table: Any) -> sp.Expr:
        rows = (row for row in self.pick(table.rows) if isinstance(row.layer, self.kinds))
        return self.times * sp.Add(*(sp.sympify(self.amount(row), strict=True) for row in rows))


def times(n: int, term: Term) -> Term:
    """The same term, n times; the words say how often."""
    often = "" if n == 1 else f" (counted {'twice' if n == 2 else f'{n} times'})"
    return replace(term, words=term.words + often, times=n * term.times)


def quantity(name: str) -> Callable[[Row], Any]:
    """The amount of any quantity or operation, by name."""
    return lambda row: row.amount(name)


def _pool_side(row: Row) -> Any:
    kernel = row.layer.kernel
    return kernel[0] * kernel[1] if isinstance(kernel, tuple) else kernel


def _response_windows(row: Row) -> Any:
    """Numbers that the window of a response normalisation slides over, its padding among the channels too."""
    channels, *sides = row.leaves
    return (channels + row.layer.size - 1) * sp.prod(sides)


def _used(row: Row) -> Any:
    """Weights and biases of a linear map of tokens, also those that it shares: what one token needs."""
    return (row.connections + row.amount("bias additions")) / row.leaves[0]


def _all_tokens_but_one(row: Row) -> Any:
    return (row.leaves[0] - 1) * _used(row)


def _shared(row: Row) -> Any:
    return _used(row) - row.weights - row.biases


CONNECTIONS = Term("connections", quantity("connections"))
BIASES = Term("additions of biases", quantity("bias additions"))
CONV_BIASES = Term("additions of the convolutions' biases", quantity("bias additions"), CONVOLUTIONS)
ONCE = Term("biases of linear maps, once and not for each token", lambda row: row.biases, PROJECTIONS)
TOKEN_BIASES = Term("additions of biases to tokens", quantity("bias additions"), PROJECTIONS, -1)
ACTIVATIONS = Term("activations", quantity("activations"))
AGAIN = Term("activations of modules that are called again", quantity("activations"), times=-1, pick=called_again)
POOL_INPUTS = Term("inputs of pools", lambda row: row.inputs, WINDOWS)
POOL_OUTPUTS = Term("outputs of pools", lambda row: row.units, WINDOWS)
POOL_SIDES = Term(
    "comparisons, a pool's side less one for each output", lambda r: (_pool_side(r) - 1) * r.units, WINDOWS
)
POOL_TAPS = Term("taps of pools", quantity("poolings"), WINDOWS)
MEAN_INPUTS = Term("inputs of adaptive pools", lambda row: row.inputs, ADAPTIVE)
MEAN_OUTPUTS = Term("outputs of adaptive pools", lambda row: row.units, ADAPTIVE)
BATCH_NORM = Term("batch-normalised numbers", quantity("normalisations"), (known.BatchNorm, known.GroupNorm))
LAYER_NORM = Term("layer-normalised numbers", quantity("normalisations"), (known.LayerNorm,))
NORM_SIZES = Term("scales and shifts of normalisations", lambda r: r.parameters, (known.BatchNorm, known.LayerNorm))
FOLDED = Term("additions of biases that batch norms fold into", BATCH_NORM.amount, (known.BatchNorm,))
GLOBAL_OUTPUTS = Term("outputs of global pools", lambda row: row.units, (known.GlobalAvgPool,))
RESIDUALS = Term("additions of branches", quantity("additions"), (known.Add,))
RESPONSES = Term("response-normalised numbers", quantity("response normalisations"))
RESPONSE_WINDOWS = Term("numbers under the windows of response norms", _response_windows, (known.LocalResponseNorm,))
WORD_TABLES = Term("weights of tables of words", lambda row: row.weights, (known.Embedding,))
PLACE_TABLES = Term("weights of tables of places, for each token", lambda row: row.leaves[0] * row.weights,
                    (known.PositionEmbedding,), pick=of_texts)  # fmt: skip

# attention and its linear maps
UNSEEN = Term("connections of attention, which it does not see", quantity("connections"), ATTENTION, -1)
OTHER_TOKENS = Term("connections of linear maps, of all tokens but one", _all_tokens_but_one, PROJECTIONS, -1)
OF_TOKENS = Term("connections of linear maps of tokens", quantity("connections"), PROJECTIONS, -1)
TOKENS_BY_TOKENS = Term("tokens by tokens, in place of features by features", lambda row: row.leaves[0] ** 2,
                        PROJECTIONS)  # fmt: skip
BESIDE = Term("connections of the linear maps beside attention", quantity("connections"), times=-1,
              pick=beside_attention)  # fmt: skip
BESIDE_BIASES = Term("additions of their biases", quantity("bias additions"), times=-1, pick=beside_attention)
ONCE_ELSEWHERE = replace(ONCE, words="biases of other linear maps, once and not for each token", pick=elsewhere)
TOKEN_BIASES_ELSEWHERE = replace(TOKEN_BIASES, words="additions of other biases to tokens", pick=elsewhere)
SCALED = Term("scaled queries", lambda row: row.units, ATTENTION)
SOFTMAX = Term("attention weights through the softmax", quantity("softmax"), ATTENTION)

# parameters
PARAMETERS = Term("weights and biases", lambda row: row.parameters)
TIED = Term("shared weights, once more", _shared, PROJECTIONS)
BARE = Term("tables and parameters outside of modules, which it does not see", lambda row: row.parameters,
            (known.Embedding, known.PositionEmbedding, known.ClassToken, known.FreeParameter), -1)  # fmt: skip
LAYER_NORM_SIZES = Term("scales and shifts of subclasses of LayerNorm", lambda row: row.parameters,
                        (known.LayerNorm,), -1)  # fmt: skip
