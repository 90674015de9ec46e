"""Recurrent layers: at each of T steps, x' = f(W x + V x'₋₁ + b + d), with 1, 3 or 4 such maps (gates).

n_in, n_out   features of a step and of the state       L   layers on top of each other, each on the one below
D             directions: 2 reads the sequence backwards too, and passes both states on
"""

from dataclasses import dataclass
from typing import Any, ClassVar

from symnet.counts.records.table import SEQUENCE, T_in, layer, n_in, n_out
from symnet.counts.rules import Rule, Twin
from symnet.counts.sizes import Size
from symnet.sizes import letter

L, D = letter("L"), letter("D")
_SEEN = n_in + n_out + (L - 1) * (D + 1) * n_out  # inputs and state of the first layer, then of each one above


def _recurrent(gates: int, noun: str, module: str) -> Rule:
    several = (gates,) if gates > 1 else ()
    return Rule(
        noun,
        fields={"hidden": (n_out,), "layers": (L,), "directions": (D,)},
        sees=SEQUENCE,
        output=(T_in, D * n_out),
        neurons=True,
        weights=(*several, D, n_out, _SEEN),
        biases=(2, *several, D, n_out, L),
        connections=(T_in, *several, D, n_out, _SEEN),
        operations={"bias additions": (T_in, 2, *several, D, n_out, L)},
        reasons={
            "weights": (f"{gates} map{'s' * (gates > 1)} of ", _SEEN, " inputs and states to each of ", n_out,
                        " states, over all layers"),
            "biases": ("two for each state of each map, as in torch: one beside the inputs, one beside the state",),
            "connections": ("every weight is used once at each of ", T_in, " steps"),
        },
        torch=Twin(module, {"input_size": "width", "hidden_size": "hidden", "num_layers": "layers",
                            "bidirectional": _both_ways, "bias": "bias"}),
        example=({"hidden": 4, "layers": 2, "directions": 2}, (5, 6)),
    )  # fmt: skip


def _both_ways(recurrent: Any) -> bool:
    return recurrent.directions == 2


@layer
class RNN:
    """One map: x' = tanh(W x + V x'₋₁ + b + d)."""

    hidden: Size
    layers: Size = 1
    directions: Size = 1
    bias: bool = True
    rule: ClassVar[Rule] = _recurrent(1, "recurrent layer", "RNN")


@layer
class GRU:
    """Three maps: reset, update and new state (Cho et al. 2014)."""

    hidden: Size
    layers: Size = 1
    directions: Size = 1
    bias: bool = True
    rule: ClassVar[Rule] = _recurrent(3, "GRU", "GRU")


@layer
class LSTM:
    """Four maps: input, forget and output gate, and cell (Hochreiter and Schmidhuber 1997)."""

    hidden: Size
    layers: Size = 1
    directions: Size = 1
    bias: bool = True
    rule: ClassVar[Rule] = _recurrent(4, "LSTM", "LSTM")


f = letter("f")
_SHOWN = n_in + L * f + (L - 1) * D * f  # inputs and projected states of the first layer, then of each one above


@dataclass(frozen=True)
class ProjectedLSTM:
    """An LSTM whose state is projected to f features before it is passed on (Sak et al. 2014); for readers."""

    hidden: Size
    projection: Size
    layers: Size = 1
    directions: Size = 1
    bias: bool = True
    rule: ClassVar[Rule] = Rule(
        "LSTM with a projection",
        fields={"hidden": (n_out,), "projection": (f,), "layers": (L,), "directions": (D,)},
        sees=SEQUENCE,
        output=(T_in, D * f),
        neurons=True,
        weights=(D, n_out, 4 * _SHOWN + L * f),
        biases=(2, 4, D, n_out, L),
        connections=(T_in, D, n_out, 4 * _SHOWN + L * f),
        operations={"bias additions": (T_in, 2, 4, D, n_out, L)},
        reasons={
            "weights": ("4 maps of ", _SHOWN, " inputs and projected states to each of ", n_out,
                        " states, and one of those to ", f, " features, over all layers"),
            "biases": ("two for each state of each map, as in torch: one beside the inputs, one beside the state",),
            "connections": ("every weight is used once at each of ", T_in, " steps"),
        },
    )  # fmt: skip
