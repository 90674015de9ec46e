"""What other tools print for the same network, as base plus named terms: why two of them disagree.

Each tool's convention is a record: the connections, and what it adds to them, leaves out or counts twice. Measured with
the versions named; a layer on which a tool was not measured is refused, never guessed.

>>> from symnet.counts import alexnet, count
>>> print(count(alexnet()).as_reported_by("torchinfo"))
torchinfo 1.8.0 reports 725,066,088 = 724,406,816 connections + 659,272 additions of biases
"""

from dataclasses import dataclass
from typing import Any

import sympy as sp

from symnet import notation
from symnet.counts import layers as known
from symnet.counts.conventions.terms import (
    ACTIVATIONS,
    ADAPTIVE,
    AGAIN,
    BARE,
    BATCH_NORM,
    BESIDE,
    BESIDE_BIASES,
    BIASES,
    CONNECTIONS,
    CONV_BIASES,
    FOLDED,
    GLOBAL_OUTPUTS,
    LAYER_NORM,
    LAYER_NORM_SIZES,
    MEAN_INPUTS,
    MEAN_OUTPUTS,
    NORM_SIZES,
    OF_TOKENS,
    ONCE,
    ONCE_ELSEWHERE,
    OTHER_TOKENS,
    PARAMETERS,
    PLACE_TABLES,
    POOL_INPUTS,
    POOL_SIDES,
    POOL_TAPS,
    RESIDUALS,
    RESPONSE_WINDOWS,
    RESPONSES,
    SCALED,
    SOFTMAX,
    TIED,
    TOKEN_BIASES,
    TOKEN_BIASES_ELSEWHERE,
    TOKENS_BY_TOKENS,
    UNSEEN,
    WORD_TABLES,
    Kinds,
    Term,
    times,
)
from symnet.derivation import Relation, Step
from symnet.errors import InvalidInput, NotSupported
from symnet.notation import Medium

# what a tool was measured on: AlexNet with and without response norms, VGG-16, ResNet-50; ViT-B/16; GPT-2 small
PLAIN: Kinds = (
    known.Input, known.Conv, known.Linear, known.MaxPool, known.AdaptiveAvgPool, known.GlobalAvgPool, known.ReLU,
    known.BatchNorm, known.Dropout, known.Flatten, known.From, known.Add,
)  # fmt: skip
VIT: Kinds = (
    known.ToTokens, known.ClassToken, known.PositionEmbedding, known.Projection, known.Attention, known.LayerNorm,
    known.GELU, known.FirstToken, known.ScaledDotProduct, known.FreeParameter,
)  # fmt: skip
GPT: Kinds = (known.InputWords, known.Embedding, known.PositionEmbedding, known.Projection, known.Attention,
              known.LayerNorm, known.GELU, known.ScaledDotProduct)  # fmt: skip
LRN: Kinds = (known.LocalResponseNorm,)
IMAGE_TRANSFORMER: Kinds = (known.Input, known.Conv, known.Add, known.Linear, *VIT)


@dataclass(frozen=True)
class Convention:
    """How one tool counts.

    tool       its name here; ``printed`` is the name and version that it was measured with
    unit       what it calls the number it prints
    terms      what the number is the sum of
    measured   the kinds of layer that it was measured on
    note       what else a reader should know
    parameters what the number of parameters that it prints is the sum of; empty: not measured
    library    whose build of the network was measured, where a tool counts that one otherwise than plain modules
    """

    tool: str
    printed: str
    unit: str
    terms: tuple[Term, ...]
    measured: Kinds = PLAIN
    note: str = ""
    parameters: tuple[Term, ...] = ()
    library: str = ""

    def covers(self, table: Any) -> bool:
        """Whether the tool was measured on every kind of layer in the table."""
        return all(isinstance(row.layer, self.measured) for row in table.rows)


CONVENTIONS = (
    Convention("fvcore", "fvcore 0.1.5", "flop",
               (CONNECTIONS, UNSEEN, times(2, BATCH_NORM), times(5, LAYER_NORM), MEAN_INPUTS),
               (*PLAIN, *LRN, *VIT, *GPT), "its flop is one multiply-add"),
    Convention("thop", "thop 0.1.1", "MACs",
               (CONNECTIONS, UNSEEN, times(4, BATCH_NORM), times(4, LAYER_NORM), MEAN_INPUTS, MEAN_OUTPUTS),
               (*PLAIN, *LRN, *VIT, *GPT), "", (PARAMETERS, TIED, BARE)),
    Convention("thop-timm", "thop 0.1.1 on timm's model", "MACs", (CONNECTIONS, UNSEEN), IMAGE_TRANSFORMER,
               "subclasses of LayerNorm, such as timm's, are not seen", (PARAMETERS, LAYER_NORM_SIZES, BARE),
               "timm"),
    Convention("torchprofile", "torchprofile 0.1.0", "MACs",
               (CONNECTIONS, BATCH_NORM, LAYER_NORM, MEAN_OUTPUTS, times(3, RESPONSES)), (*PLAIN, *LRN, *VIT, *GPT)),
    Convention("calflops", "calflops 0.3.2", "MACs", (CONNECTIONS, UNSEEN), (*PLAIN, *LRN, *VIT, *GPT)),
    Convention("torchscan", "torchscan 0.2.0", "MACs",
               (CONNECTIONS, UNSEEN, times(2, BATCH_NORM), POOL_SIDES, MEAN_INPUTS, MEAN_OUTPUTS),
               (*PLAIN, *LRN, *VIT)),
    Convention("torchinfo", "torchinfo 1.8.0", "mult-adds",
               (CONNECTIONS, BIASES, NORM_SIZES, OTHER_TOKENS, UNSEEN, WORD_TABLES, PLACE_TABLES),
               (*PLAIN, *LRN, *VIT, *GPT),
               "it multiplies parameters by positions, and forgets the tokens of linear maps", (PARAMETERS, TIED)),
    Convention("ptflops-aten", "ptflops 0.7.5, aten back end", "MACs", (CONNECTIONS, UNSEEN, BIASES),
               (*PLAIN, *LRN, *VIT, *GPT)),
    Convention("flopth", "flopth 0.1.6", "FLOPs",
               (CONNECTIONS, OF_TOKENS, TOKENS_BY_TOKENS, UNSEEN, CONV_BIASES, times(2, BATCH_NORM), LAYER_NORM,
                ACTIVATIONS, POOL_INPUTS, MEAN_INPUTS), (*PLAIN, *VIT, *GPT),
               "of a linear map of tokens it multiplies the first two axes, which are both tokens", (PARAMETERS,)),
    Convention("flopth-torchvision", "flopth 0.1.6 on torchvision's model", "FLOPs",
               (CONNECTIONS, CONV_BIASES, times(2, BATCH_NORM), ACTIVATIONS, AGAIN, POOL_INPUTS, MEAN_INPUTS), PLAIN,
               "a module that is called several times counts once, such as the ReLUs in torchvision's ResNets",
               library="torchvision"),
    Convention("torch-pruning", "torch-pruning 1.6.1", "FLOPs",
               (CONNECTIONS, UNSEEN, BIASES, TOKEN_BIASES, ONCE, ACTIVATIONS, POOL_INPUTS, MEAN_INPUTS,
                times(2, BATCH_NORM), times(2, LAYER_NORM)), (*PLAIN, *VIT, *GPT), parameters=(PARAMETERS,)),
    Convention("torch-pruning-timm", "torch-pruning 1.6.1 on timm's model", "FLOPs",
               (CONNECTIONS, BIASES, TOKEN_BIASES_ELSEWHERE, ONCE_ELSEWHERE, ACTIVATIONS, SCALED, SOFTMAX),
               IMAGE_TRANSFORMER, "it knows timm's Attention, and no subclass of LayerNorm", library="timm"),
    Convention("onnx-tool", "onnx-tool 1.0.1", "MACs",
               (CONNECTIONS, BIASES, FOLDED, ACTIVATIONS, POOL_TAPS, MEAN_INPUTS, times(4, GLOBAL_OUTPUTS), RESIDUALS),
               PLAIN,
               "response normalisation makes it fail"),
    Convention("ptflops", "ptflops 0.7.5, pytorch back end", "MACs",
               (CONNECTIONS, UNSEEN, BIASES, times(2, ACTIVATIONS), times(2, POOL_INPUTS), times(2, MEAN_INPUTS),
                times(2, BATCH_NORM), LAYER_NORM, times(3, RESPONSES), RESPONSE_WINDOWS), (*PLAIN, *LRN, *VIT, *GPT),
               "activations and pools count twice, as module and as function; the tree that it prints has them once",
               (PARAMETERS,)),
    Convention("ptflops-timm", "ptflops 0.7.5, pytorch back end, on timm's model", "MACs",
               (CONNECTIONS, BIASES, BESIDE, BESIDE_BIASES, times(2, ACTIVATIONS), SCALED, SOFTMAX), IMAGE_TRANSFORMER,
               "it knows timm's Attention, and then leaves out the linear maps inside", library="timm"),
    Convention("hooks-torchvision", "hooks on Linear and Conv2d, on torchvision's model", "MACs",
               (CONNECTIONS, UNSEEN, BESIDE), IMAGE_TRANSFORMER,
               "MultiheadAttention calls its linear maps as functions, which no hook on a module sees",
               library="torchvision"),
    Convention("FlopCounterMode", "FlopCounterMode of torch 2.13 on meta", "FLOPs", (times(2, CONNECTIONS),),
               (*PLAIN, *LRN, *VIT, *GPT), "a multiplication and an addition count apart"),
    Convention("FlopCounterMode-cpu", "FlopCounterMode of torch 2.13 on the CPU", "FLOPs",
               (times(2, CONNECTIONS), times(2, UNSEEN)), (*PLAIN, *LRN, *VIT, *GPT)),
    Convention("calflops-flops", "calflops 0.3.2", "FLOPs",
               (times(2, CONNECTIONS), CONV_BIASES, ACTIVATIONS, POOL_INPUTS, times(3, RESPONSES), RESPONSE_WINDOWS),
               (*(kind for kind in PLAIN if kind not in (known.BatchNorm, known.Add, *ADAPTIVE)), *LRN)),
)  # fmt: skip
BY_NAME = {convention.tool.lower(): convention for convention in CONVENTIONS}


@dataclass(frozen=True)
class Reported:
    """The total that a tool prints, and what it is the sum of.

    total        an integer, or a closed form
    terms        words -> amount, for the terms that the network has
    parameters   likewise, for the number of parameters that it prints; empty where that was not measured
    """

    convention: Convention
    total: sp.Expr
    terms: dict[str, sp.Expr]
    parameters: dict[str, sp.Expr]

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
            "parameters": {words: _plain(x) for words, x in self.parameters.items()},
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
    if table.batch != 1:
        raise NotSupported(f"{convention.printed} was measured on one example; count without a batch")
    if not convention.covers(table):
        row = next(row for row in table.rows if not isinstance(row.layer, convention.measured))
        raise NotSupported(
            f"layer {row.name!r}: {convention.printed} was not measured on {type(row.layer).__name__}; "
            "measure it, and add the term to its record in counts/conventions/tools.py"
        )
    terms, parameters = _amounts(convention.terms, table), _amounts(convention.parameters, table)
    return Reported(convention, sp.Add(*terms.values()), terms, parameters)


def _amounts(terms: tuple[Term, ...], table: Any) -> dict[str, sp.Expr]:
    """Words -> amount, for the terms that the network has."""
    amounts = ((term.words, term.of(table)) for term in terms)
    return {words: x for words, x in amounts if x != 0}
