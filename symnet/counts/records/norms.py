"""Normalisations: a scale is a weight, a shift is a bias, and neither makes a connection.

At test time batch normalisation folds into the layer before it; the others are computed anew for every example.
"""

from typing import ClassVar

from symnet.counts.records.table import MAP, SEQUENCE, c_in, layer, n_in
from symnet.counts.rules import EACH, Rule, Twin
from symnet.counts.sizes import Size
from symnet.sizes import letter

_SCALED = {"weights": ("one scale for each channel",), "biases": ("one shift for each channel",)}
_SCALED_FEATURES = {"weights": ("one scale for each feature",), "biases": ("one shift for each feature",)}
_COUNTED = {"normalisations": EACH}


@layer
class BatchNorm:
    """Batch normalisation: a scale and a shift for each channel.

    At test time it folds into the layer before it, so its scales are weights and its multiplications no connections.
    """

    rule: ClassVar[Rule] = Rule(
        "batch normalisation",
        sees=MAP,
        weights=(c_in,),
        biases=(c_in,),
        operations=_COUNTED,
        reasons=_SCALED,
        torch=Twin("BatchNorm2d", {"num_features": "channels"}),
    )


g = letter("g")


@layer
class GroupNorm:
    """Normalisation of groups of channels over all positions: a scale and a shift for each channel."""

    groups: Size
    rule: ClassVar[Rule] = Rule(
        "group normalisation",
        fields={"groups": (g,)},
        sees=MAP,
        weights=(c_in,),
        biases=(c_in,),
        whole=((c_in, g),),
        operations=_COUNTED,
        reasons=_SCALED,
        torch=Twin("GroupNorm", {"num_groups": "groups", "num_channels": "channels"}),
        example=({"groups": 2}, (4, 6, 5)),
    )


@layer
class LayerNorm:
    """Normalisation of the features of each token: a scale and a shift for each feature."""

    bias: bool = True
    rule: ClassVar[Rule] = Rule(
        "layer normalisation",
        sees=SEQUENCE,
        weights=(n_in,),
        biases=(n_in,),
        operations=_COUNTED,
        reasons=_SCALED_FEATURES,
        torch=Twin("LayerNorm", {"normalized_shape": "width", "bias": "bias"}),
        example=({}, (5, 6)),
    )


@layer
class RMSNorm:
    """Division of each token by its root mean square, and a scale for each feature; no shift."""

    rule: ClassVar[Rule] = Rule(
        "root-mean-square normalisation",
        sees=SEQUENCE,
        weights=(n_in,),
        operations=_COUNTED,
        reasons={"weights": ("one scale for each feature",)},
        torch=Twin("RMSNorm", {"normalized_shape": "width"}),
        example=({}, (5, 6)),
    )


@layer
class LocalResponseNorm:
    """Division by a norm over neighbouring channels: no weights."""

    size: int = 5
    rule: ClassVar[Rule] = Rule(
        "local response normalisation",
        fields={"size": (letter("j"),)},
        sees=MAP,
        silent=True,
        operations={"response normalisations": EACH},
        torch=Twin("LocalResponseNorm", {"size": "size"}),
        example=({"size": 3}, (4, 7, 6)),
    )
