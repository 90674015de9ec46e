"""Linear maps of vectors and of tokens, and what tables of words and positions hold."""

from dataclasses import dataclass
from operator import attrgetter
from typing import ClassVar

from symnet.counts.records.table import SEQUENCE, T_in, layer, n_in, n_out
from symnet.counts.rules import EACH, Fit, Rule, Twin
from symnet.counts.sizes import Size
from symnet.sizes import letter


@layer
class Linear:
    """A fully connected layer: each of the n_out output units sees all n_in inputs; a map is flattened first."""

    out_features: Size
    bias: bool = True
    rule: ClassVar[Rule] = Rule(
        "fully connected layer",
        fields={"out_features": (n_out,)},
        sees=(n_in,),
        output=(n_out,),
        gives=(n_out,),
        neurons=True,
        weights=(n_in, n_out),
        biases=(n_out,),
        connections=(n_in, n_out),
        reasons={
            "units": ("one for each output",),
            "weights": ("each of ", n_out, " units has a weight for each of ", n_in, " inputs"),
            "biases": ("one for each unit",),
            "connections": ("each of ", n_out, " units sees each of ", n_in, " inputs once: every weight is used once"),
        },
        torch=Twin("Linear", {"in_features": "features", "out_features": "out_features", "bias": "bias"}, flatten=True),
        example=({"out_features": 5}, (2, 3, 2)),
    )


@layer
class Projection:
    """The same linear map of each token; ``tied`` names an earlier layer whose weights it shares."""

    out_features: Size
    bias: bool = True
    tied: str = ""
    rule: ClassVar[Rule] = Rule(
        "linear map of each token",
        fields={"out_features": (n_out,)},
        sees=SEQUENCE,
        output=(T_in, n_out),
        gives=(T_in, n_out),
        neurons=True,
        weights=(n_in, n_out),
        biases=(n_out,),
        connections=(T_in, n_in, n_out),
        reasons={
            "units": ("one for each of ", n_out, " features of each of ", T_in, " tokens"),
            "weights": (
                "each of ",
                n_out,
                " features has a weight for each of ",
                n_in,
                " inputs, shared by all tokens",
            ),
            "biases": ("one for each feature, shared by all tokens",),
            "connections": ("each of ", (T_in, n_out), " outputs sees the ", n_in, " features of its token"),
        },
        torch=Twin("Linear", {"in_features": "width", "out_features": "out_features", "bias": "bias"}),
        example=({"out_features": 4}, (5, 6)),
    )


v = letter("v")


@layer
class Embedding:
    """A row of a table for each word: a look-up, so weights and no connections."""

    vocabulary: Size
    features: Size
    rule: ClassVar[Rule] = Rule(
        "embedding",
        fields={"vocabulary": (v,), "features": (n_out,)},
        sees=(T_in,),
        output=(T_in, n_out),
        gives=(T_in, n_out),
        weights=(v, n_out),
        reasons={
            "units": ("one for each of ", n_out, " features of each of ", T_in, " words"),
            "weights": ("each of ", v, " words has a row of ", n_out, " numbers; a row is looked up, not multiplied"),
        },
        torch=Twin("Embedding", {"num_embeddings": "vocabulary", "embedding_dim": attrgetter("features")}),
        example=({"vocabulary": 7, "features": 4}, (5,)),
    )


places = letter("P")


@layer
class PositionEmbedding:
    """A row for each of ``positions`` places, added to the token there: weights and no connections."""

    positions: Size
    rule: ClassVar[Rule] = Rule(
        "position embedding",
        fields={"positions": (places,)},
        sees=SEQUENCE,
        weights=(places, n_in),
        operations={"additions": EACH},
        fits=(Fit(T_in, places, "there are more tokens ({}) than places in the table ({})"),),
        reasons={
            "weights": (
                "each of ",
                places,
                " places has a row of ",
                n_in,
                " numbers, added to the token there",
            )
        },
        torch=Twin("Positions", {"positions": "positions", "features": "width"}),
        example=({"positions": 8}, (5, 6)),
    )


@layer
class ClassToken:
    """One more token, learned, before the others."""

    rule: ClassVar[Rule] = Rule(
        "class token",
        sees=SEQUENCE,
        output=(T_in + 1, n_in),
        weights=(n_in,),
        reasons={"weights": ("the features of the token, ", n_in, " numbers, are learned")},
        torch=Twin("ClassToken", {"features": "width"}),
        example=({}, (5, 6)),
    )


n_1, n_2 = letter("n_1"), letter("n_2")


@dataclass(frozen=True)
class BilinearMap:
    """x A_k y + b_k for each of the outputs k, of each token: every weight meets one pair of entries; for readers."""

    tokens: Size
    out_features: Size
    left: Size
    right: Size
    bias: bool = True
    rule: ClassVar[Rule] = Rule(
        "bilinear map",
        fields={"tokens": (T_in,), "out_features": (n_out,), "left": (n_1,), "right": (n_2,)},
        neurons=True,
        weights=(n_out, n_1, n_2),
        biases=(n_out,),
        connections=(T_in, n_out, n_1, n_2),
        reasons={
            "weights": ("each of ", n_out, " outputs has a weight for each of ", (n_1, n_2), " pairs of entries"),
            "biases": ("one for each output",),
            "connections": ("every weight meets one pair of entries of each of ", T_in, " tokens"),
        },
    )
