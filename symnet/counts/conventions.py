"""What other tools print for the same network, as base plus named terms: why two of them disagree.

Each tool's convention is a record: the connections, and what it adds to them, leaves out or counts twice. Measured with
the versions named; a layer on which a tool was not measured is refused, never guessed.

>>> from symnet.counts import alexnet, count
>>> print(count(alexnet()).as_reported_by("torchinfo"))
torchinfo 1.8.0 reports 725,066,088 = 724,406,816 connections + 659,272 additions of biases
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sympy as sp

from symnet import notation
from symnet.counts import layers as known
from symnet.counts.rows import Row
from symnet.derivation import Relation, Step
from symnet.errors import InvalidInput, NotSupported
from symnet.notation import Medium

Kinds = tuple[type, ...]
CONVOLUTIONS: Kinds = (known.Conv, known.Conv1d, known.Conv3d, known.ConvTranspose)
WINDOWS: Kinds = (known.MaxPool, known.MaxPoolCeil, known.AvgPool)
ADAPTIVE: Kinds = (known.AdaptiveAvgPool, known.GlobalAvgPool)
ATTENTION: Kinds = (known.Attention, known.ScaledDotProduct)
EVERY: Kinds = (object,)


@dataclass(frozen=True)
class Term:
    """``times`` × the sum of ``amount`` over the layers of some kinds."""

    words: str
    amount: Callable[[Row], Any]
    kinds: Kinds = EVERY
    times: int = 1

    def of(self, table: Any) -> sp.Expr:
        rows = (row for row in table.rows if isinstance(row.layer, self.kinds))
        return self.times * sp.Add(*(sp.sympify(self.amount(row)) for row in rows))


def _quantity(name: str) -> Callable[[Row], Any]:
    return lambda row: row.amount(name)


def _times(n: int, term: Term) -> Term:
    """The same term, n times; the words say how often."""
    return Term(
        term.words if n == 1 else f"{term.words} (counted {'twice' if n == 2 else f'{n} times'})",
        term.amount,
        term.kinds,
        n * term.times,
    )


def _pool_side(row: Row) -> Any:
    kernel = row.layer.kernel
    return kernel[0] * kernel[1] if isinstance(kernel, tuple) else kernel


def _response_windows(row: Row) -> Any:
    """Numbers that the window of a response normalisation slides over, its padding among the channels too."""
    channels, *sides = row.leaves
    return (channels + row.layer.size - 1) * sp.prod(sides)


CONNECTIONS = Term("connections", _quantity("connections"))
BIASES = Term("additions of biases", _quantity("bias additions"))
CONV_BIASES = Term("additions of the convolutions' biases", _quantity("bias additions"), CONVOLUTIONS)
ONCE = Term("biases of linear maps, once and not for each token", lambda row: row.biases, (known.Projection,))
TOKEN_BIASES = Term("additions of biases to tokens", _quantity("bias additions"), (known.Projection,), -1)
ACTIVATIONS = Term("activations", _quantity("activations"))
POOL_INPUTS = Term("inputs of pools", lambda row: row.inputs, WINDOWS)
POOL_OUTPUTS = Term("outputs of pools", lambda row: row.units, WINDOWS)
POOL_SIDES = Term(
    "comparisons, a pool's side less one for each output", lambda r: (_pool_side(r) - 1) * r.units, WINDOWS
)
POOL_TAPS = Term("taps of pools", _quantity("poolings"), WINDOWS)
MEAN_INPUTS = Term("inputs of adaptive pools", lambda row: row.inputs, ADAPTIVE)
MEAN_OUTPUTS = Term("outputs of adaptive pools", lambda row: row.units, ADAPTIVE)
BATCH_NORM = Term("batch-normalised numbers", _quantity("normalisations"), (known.BatchNorm, known.GroupNorm))
LAYER_NORM = Term("layer-normalised numbers", _quantity("normalisations"), (known.LayerNorm,))
NORM_SIZES = Term("scales and shifts of normalisations", lambda r: r.parameters, (known.BatchNorm, known.LayerNorm))
FOLDED = Term("additions of biases that batch norms fold into", BATCH_NORM.amount, (known.BatchNorm,))
GLOBAL_OUTPUTS = Term("outputs of global pools", lambda row: row.units, (known.GlobalAvgPool,))
RESIDUALS = Term("additions of branches", _quantity("additions"), (known.Add,))
RESPONSES = Term("response-normalised numbers", _quantity("response normalisations"))
RESPONSE_WINDOWS = Term("numbers under the windows of response norms", _response_windows, (known.LocalResponseNorm,))
UNSEEN = Term("connections of attention, which it does not see", _quantity("connections"), ATTENTION, -1)
OTHER_TOKENS = Term(
    "connections of linear maps, of all tokens but one",
    lambda row: (row.leaves[0] - 1) * (row.weights + row.biases),
    (known.Projection,),
    -1,
)

# what a tool was measured on: AlexNet with and without response norms, VGG-16, ResNet-50; ViT-B/16; GPT-2 small
PLAIN: Kinds = (
    known.Input, known.Conv, known.Linear, known.MaxPool, known.AdaptiveAvgPool, known.GlobalAvgPool, known.ReLU,
    known.BatchNorm, known.Dropout, known.Flatten, known.From, known.Add,
)  # fmt: skip
VIT: Kinds = (
    known.ToTokens, known.ClassToken, known.PositionEmbedding, known.Projection, known.Attention, known.LayerNorm,
    known.GELU, known.FirstToken,
    known.ScaledDotProduct, known.FreeParameter,
)  # fmt: skip
GPT: Kinds = (known.InputWords, known.Embedding, known.PositionEmbedding, known.Projection, known.Attention,
              known.LayerNorm, known.GELU, known.ScaledDotProduct)  # fmt: skip
LRN: Kinds = (known.LocalResponseNorm,)


@dataclass(frozen=True)
class Convention:
    """How one tool counts.

    tool       its name here; ``printed`` is the name and version that it was measured with
    unit       what it calls the number it prints
    terms      what the number is the sum of
    measured   the kinds of layer that it was measured on
    note       what else a reader should know
    """

    tool: str
    printed: str
    unit: str
    terms: tuple[Term, ...]
    measured: Kinds = PLAIN
    note: str = ""


CONVENTIONS = (
    Convention("fvcore", "fvcore 0.1.5", "flop",
               (CONNECTIONS, UNSEEN, _times(2, BATCH_NORM), _times(5, LAYER_NORM), MEAN_INPUTS),
               (*PLAIN, *LRN, *VIT, *GPT), "its flop is one multiply-add"),
    Convention("thop", "thop 0.1.1", "MACs",
               (CONNECTIONS, UNSEEN, _times(4, BATCH_NORM), _times(4, LAYER_NORM), MEAN_INPUTS, MEAN_OUTPUTS),
               (*PLAIN, *LRN, *GPT), "subclasses of LayerNorm, such as timm's, are not seen"),
    Convention("torchprofile", "torchprofile 0.1.0", "MACs",
               (CONNECTIONS, BATCH_NORM, LAYER_NORM, MEAN_OUTPUTS, _times(3, RESPONSES)), (*PLAIN, *LRN, *VIT, *GPT)),
    Convention("calflops", "calflops 0.3.2", "MACs", (CONNECTIONS, UNSEEN), (*PLAIN, *LRN, *VIT, *GPT)),
    Convention("torchscan", "torchscan 0.2.0", "MACs",
               (CONNECTIONS, UNSEEN, _times(2, BATCH_NORM), POOL_SIDES, MEAN_INPUTS, MEAN_OUTPUTS),
               (*PLAIN, *LRN, *VIT)),
    Convention("torchinfo", "torchinfo 1.8.0", "mult-adds", (CONNECTIONS, BIASES, NORM_SIZES, OTHER_TOKENS, UNSEEN),
               (*PLAIN, *LRN, *VIT), "it multiplies parameters by positions, and forgets the tokens of linear maps"),
    Convention("ptflops-aten", "ptflops 0.7.5, aten back end", "MACs", (CONNECTIONS, UNSEEN, BIASES),
               (*PLAIN, *LRN, *VIT, *GPT)),
    Convention("flopth", "flopth 0.1.6", "FLOPs",
               (CONNECTIONS, CONV_BIASES, _times(2, BATCH_NORM), ACTIVATIONS, POOL_INPUTS, MEAN_INPUTS), PLAIN,
               "a module that is called twice counts once, such as the ReLUs in torchvision's ResNets"),
    Convention("torch-pruning", "torch-pruning 1.6.1", "FLOPs",
               (CONNECTIONS, UNSEEN, BIASES, TOKEN_BIASES, ONCE, ACTIVATIONS, POOL_INPUTS, MEAN_INPUTS,
                _times(2, BATCH_NORM), _times(2, LAYER_NORM)), (*PLAIN, *GPT)),
    Convention("onnx-tool", "onnx-tool 1.0.1", "MACs",
               (CONNECTIONS, BIASES, FOLDED, ACTIVATIONS, POOL_TAPS, MEAN_INPUTS, _times(4, GLOBAL_OUTPUTS), RESIDUALS),
               PLAIN,
               "response normalisation makes it fail"),
    Convention("ptflops", "ptflops 0.7.5, pytorch back end", "MACs",
               (CONNECTIONS, BIASES, _times(2, ACTIVATIONS), _times(2, POOL_INPUTS), _times(2, MEAN_INPUTS),
                _times(2, BATCH_NORM), _times(3, RESPONSES), RESPONSE_WINDOWS), (*PLAIN, *LRN),
               "activations and pools count twice, as module and as function; the tree that it prints has them once"),
    Convention("FlopCounterMode", "FlopCounterMode of torch 2.13 on meta", "FLOPs", (_times(2, CONNECTIONS),),
               (*PLAIN, *LRN, *VIT, *GPT), "a multiplication and an addition count apart"),
    Convention("FlopCounterMode-cpu", "FlopCounterMode of torch 2.13 on the CPU", "FLOPs",
               (_times(2, CONNECTIONS), _times(2, UNSEEN)), (*PLAIN, *LRN, *VIT, *GPT)),
    Convention("calflops-flops", "calflops 0.3.2", "FLOPs",
               (_times(2, CONNECTIONS), CONV_BIASES, ACTIVATIONS, POOL_INPUTS, _times(3, RESPONSES), RESPONSE_WINDOWS),
               tuple(kind for kind in (*PLAIN, *LRN) if kind not in (known.BatchNorm, known.Add, *ADAPTIVE))),
)  # fmt: skip
BY_NAME = {convention.tool.lower(): convention for convention in CONVENTIONS}


@dataclass(frozen=True)
class Reported:
    """The total that a tool prints, and what it is the sum of.

    total   an integer, or a closed form
    terms   words -> amount, for the terms that the network has
    """

    convention: Convention
    total: sp.Expr
    terms: dict[str, sp.Expr]

    @property
    def steps(self) -> tuple[Step, ...]:
        """The sum, a part for each term."""
        total = sp.Symbol("N")
        parts = tuple(
            Step(Relation(sp.Symbol(f"N{i}"), "=", x), words) for i, (words, x) in enumerate(self.terms.items(), 1)
        )
        return (Step(Relation(total, "=", self.total), f"as {self.convention.printed} counts", parts=parts),)

    def written(self, medium: Medium) -> str:
        values = [abs(x) if x.is_number else x for x in self.terms.values()]
        said = [f"{notation.write(x, medium)} {words}" for words, x in zip(self.terms, values, strict=True)]
        signs = ["", *(" - " if x.is_negative else " + " for x in list(self.terms.values())[1:])]
        return "".join(sign + part for sign, part in zip(signs, said, strict=True))

    def to_json(self) -> dict[str, Any]:
        return {
            "tool": self.convention.printed,
            "unit": self.convention.unit,
            "total": _plain(self.total),
            "terms": {words: _plain(x) for words, x in self.terms.items()},
            "note": self.convention.note,
        }

    def __str__(self) -> str:
        return f"{self.convention.printed} reports {notation.text(self.total)} = {self.written('text')}"


def _plain(x: sp.Expr) -> int | str:
    return int(x) if x.is_Integer else str(x)


def reported(table: Any, tool: str) -> Reported:
    """What ``tool`` prints for the table's network.

    Raises InvalidInput for a tool without a record, NotSupported for a layer on which the tool was not measured.
    """
    if (convention := BY_NAME.get(str(tool).lower())) is None:
        raise InvalidInput(f"no convention for {tool!r}; there are {', '.join(c.tool for c in CONVENTIONS)}")
    for row in table.rows:
        if not isinstance(row.layer, convention.measured):
            raise NotSupported(
                f"layer {row.name!r}: {convention.printed} was not measured on {type(row.layer).__name__}; "
                "measure it, and add the term to its record in counts/conventions.py"
            )
    amounts = ((term.words, term.of(table)) for term in convention.terms)
    terms = {words: x for words, x in amounts if x != 0}
    return Reported(convention, sp.Add(*terms.values()), terms)
