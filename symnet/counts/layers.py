"""The layers, one record each: sizes, output shape, weights, biases, connections, reasons, torch twin, example.

A connection is one multiply-add: one weight meeting one input of one output unit. Taps that fall on padding count,
as they do in every published table. Adding a layer here is all there is to do: tests run over `LAYERS`.
"""

from dataclasses import dataclass
from typing import Any, ClassVar, TypeAlias, TypeVar, dataclass_transform

import sympy as sp

from symnet.counts.formulas import Windows
from symnet.counts.rules import Fit, Rule, Twin, When
from symnet.counts.sizes import Size, letter

Pair: TypeAlias = Size | tuple[Size, Size]
T = TypeVar("T")
LAYERS: dict[str, Any] = {}

c_in, h, w, n_in = (letter(name) for name in ("c_in", "h", "w", "n_in"))
c_out, o_h, o_w, n_out = (letter(name) for name in ("c_out", "o_h", "o_w", "n_out"))
k_h, k_w, s_h, s_w, p_h, p_w = (letter(name) for name in ("k_h", "k_w", "s_h", "s_w", "p_h", "p_w"))
g, d_h, d_w = (letter(name) for name in ("g", "d_h", "d_w"))
q_h, q_w, t_h, t_w, r_h, r_w = (letter(name) for name in ("q_h", "q_w", "t_h", "t_w", "r_h", "r_w"))
m_h, m_w, a_h, a_w = (letter(name) for name in ("m_h", "m_w", "a_h", "a_w"))
MAP = (c_in, h, w)


@dataclass_transform(frozen_default=True)
def layer(record: type[T]) -> type[T]:
    """Enter a record into the table."""
    LAYERS[record.__name__] = entered = dataclass(frozen=True)(record)
    return entered


# ---------------------------------------------------------------------- inputs
@layer
class Input:
    """The image that enters: c × h × w numbers. Its units are listed, and not added to the network's."""

    channels: Size
    height: Size
    width: Size
    rule: ClassVar[Rule] = Rule(
        "input",
        enters=True,
        fields={"channels": (c_in,), "height": (h,), "width": (w,)},
        output=MAP,
        reasons={"units": ("one for each of ", c_in, " channels at each of ", (h, w), " positions")},
        example=({"channels": 4, "height": 6, "width": 5}, ()),
    )


@layer
class InputVector:
    """The vector that enters: n numbers. Its units are listed, and not added to the network's."""

    features: Size
    rule: ClassVar[Rule] = Rule(
        "input",
        enters=True,
        fields={"features": (n_in,)},
        output=(n_in,),
        reasons={"units": ("one for each input",)},
        example=({"features": 7}, ()),
    )


# ---------------------------------------------------------------------- layers with weights
# the extent of a dilated kernel
K_h, K_w = d_h * (k_h - 1) + 1, d_w * (k_w - 1) + 1


@layer
class Conv:
    """A convolution in g groups: each of the c_out·o_h·o_w output units sees k_h·k_w·(c_in/g) inputs."""

    out_channels: Size
    kernel: Pair
    stride: Pair = 1
    padding: Pair = 0
    groups: Size = 1
    dilation: Pair = 1
    bias: bool = True
    rule: ClassVar[Rule] = Rule(
        "convolution",
        fields={
            "out_channels": (c_out,),
            "kernel": (k_h, k_w),
            "stride": (s_h, s_w),
            "padding": (p_h, p_w),
            "groups": (g,),
            "dilation": (d_h, d_w),
        },
        sees=MAP,
        output=(c_out, Windows(h, K_h, s_h, p_h), Windows(w, K_w, s_w, p_w)),
        gives=(c_out, o_h, o_w),
        neurons=True,
        weights=(k_h, k_w, c_in / g, c_out),
        biases=(c_out,),
        connections=(k_h, k_w, c_in / g, c_out, o_h, o_w),
        whole=((c_in, g), (c_out, g)),
        fits=(
            Fit(K_h, h + 2 * p_h, "the kernel's height ({}) is larger than the padded input's ({})"),
            Fit(K_w, w + 2 * p_w, "the kernel's width ({}) is larger than the padded input's ({})"),
        ),
        reasons={
            "units": ("each of ", c_out, " filters is applied at ", (o_h, o_w), " positions"),
            "weights": (
                "each of ", c_out, " filters has ", (k_h, k_w), " weights for each of ", c_in / g, " input channels",
                When(g, (": in ", g, " groups, it sees one group's share of the ", c_in)),
            ),
            "biases": ("one for each filter, shared by all positions",),
            "connections": (
                "each of the ", (c_out, o_h, o_w), " output units of a convolution",
                When(g, (" in ", g, " groups")), " sees ", (k_h, k_w, c_in / g), " inputs",
            ),
        },
        torch=Twin(
            "Conv2d",
            {
                "in_channels": "channels", "out_channels": "out_channels", "kernel_size": "kernel", "stride": "stride",
                "padding": "padding", "groups": "groups", "dilation": "dilation", "bias": "bias",
            },
        ),
        example=({"out_channels": 6, "kernel": (3, 2), "stride": (2, 1), "padding": (1, 0), "groups": 2}, (4, 7, 6)),
    )  # fmt: skip


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
class BatchNorm:
    """Batch normalisation: a scale and a shift for each channel.

    At test time it folds into the layer before it, so its scales are weights and its multiplications no connections.
    """

    rule: ClassVar[Rule] = Rule(
        "batch normalisation",
        sees=MAP,
        weights=(c_in,),
        biases=(c_in,),
        reasons={"weights": ("one scale for each channel",), "biases": ("one shift for each channel",)},
        torch=Twin("BatchNorm2d", {"num_features": "channels"}),
    )


# ---------------------------------------------------------------------- pooling
POOL_FIELDS = {"kernel": (q_h, q_w), "stride": (t_h, t_w), "padding": (r_h, r_w)}
POOL_FITS = (
    Fit(q_h, h + 2 * r_h, "the window's height ({}) is larger than the padded input's ({})"),
    Fit(q_w, w + 2 * r_w, "the window's width ({}) is larger than the padded input's ({})"),
    Fit(2 * r_h, q_h, "twice the vertical padding ({}) is more than the window's height ({})"),
    Fit(2 * r_w, q_w, "twice the horizontal padding ({}) is more than the window's width ({})"),
)
POOL_UNITS = {"units": ("one for each of ", c_in, " channels at ", (m_h, m_w), " positions; pools add no units")}
POOL_TWIN = {"kernel_size": "kernel", "stride": "stride", "padding": "padding"}
POOLED = (c_in, Windows(h, q_h, t_h, r_h), Windows(w, q_w, t_w, r_w))


@layer
class MaxPool:
    """The largest value in each window of each channel; windows that stick out are left out (torch's default)."""

    kernel: Pair
    stride: Pair
    padding: Pair = 0
    rule: ClassVar[Rule] = Rule(
        "max pooling",
        fields=POOL_FIELDS,
        sees=MAP,
        output=POOLED,
        gives=(c_in, m_h, m_w),
        fits=POOL_FITS,
        reasons=POOL_UNITS,
        torch=Twin("MaxPool2d", POOL_TWIN),
        example=({"kernel": (3, 2), "stride": (2, 1), "padding": (1, 0)}, (4, 7, 6)),
    )


@layer
class AvgPool:
    """The mean of each window of each channel; windows that stick out are left out (torch's default)."""

    kernel: Pair
    stride: Pair
    padding: Pair = 0
    rule: ClassVar[Rule] = Rule(
        "average pooling",
        fields=POOL_FIELDS,
        sees=MAP,
        output=POOLED,
        gives=(c_in, m_h, m_w),
        fits=POOL_FITS,
        reasons=POOL_UNITS,
        torch=Twin("AvgPool2d", POOL_TWIN),
        example=({"kernel": 3, "stride": 2, "padding": 1}, (4, 7, 6)),
    )


@layer
class AdaptiveAvgPool:
    """Means over windows chosen so that the output has the sides asked for."""

    sides: Pair
    rule: ClassVar[Rule] = Rule(
        "adaptive average pooling",
        fields={"sides": (a_h, a_w)},
        sees=MAP,
        output=(c_in, a_h, a_w),
        reasons={"units": ("one for each of ", c_in, " channels at ", (a_h, a_w), " positions; pools add no units")},
        torch=Twin("AdaptiveAvgPool2d", {"output_size": "sides"}),
        example=({"sides": (2, 3)}, (4, 7, 6)),
    )


@layer
class GlobalAvgPool:
    """The mean of each channel over all its positions: c numbers, kept as a c × 1 × 1 map."""

    rule: ClassVar[Rule] = Rule(
        "global average pooling",
        sees=MAP,
        output=(c_in, sp.S.One, sp.S.One),
        reasons={"units": ("one mean for each channel; pools add no units",)},
        torch=Twin("AdaptiveAvgPool2d", {"output_size": 1}),
    )


# ---------------------------------------------------------------------- layers that count nothing
@layer
class Flatten:
    """c × h × w numbers as one vector; `Linear` does so by itself."""

    rule: ClassVar[Rule] = Rule("flattening", sees=(n_in,), output=(n_in,), torch=Twin("Flatten"))


@layer
class ReLU:
    """max(x, 0), entry by entry."""

    rule: ClassVar[Rule] = Rule("ReLU", torch=Twin("ReLU"))


@layer
class Dropout:
    """The identity at test time."""

    rule: ClassVar[Rule] = Rule("dropout", torch=Twin("Dropout"))


@layer
class LocalResponseNorm:
    """Division by a norm over neighbouring channels: no weights."""

    size: int = 5
    rule: ClassVar[Rule] = Rule(
        "local response normalisation",
        fields={"size": (letter("l"),)},
        sees=MAP,
        torch=Twin("LocalResponseNorm", {"size": "size"}),
        example=({"size": 3}, (4, 7, 6)),
    )
