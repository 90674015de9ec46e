"""Convolutions along one, two and three axes, and their transposes.

k, s, p, d   kernel, stride, padding, dilation along an axis      K = d(k − 1) + 1, the extent of a dilated kernel
g            groups: a filter sees c_in/g channels                o = ⌊(h + 2p − K)/s⌋ + 1, and (h − 1)s − 2p + K + e
                                                                  for the transpose, with e added at its end
"""

from typing import Any, ClassVar

from symnet.counts.formulas import Taps, Windows
from symnet.counts.records.table import MAP, Pair, Triple, c_in, c_out, h, l_in, layer, w, z
from symnet.counts.rules import Fit, Rule, Twin, When
from symnet.counts.sizes import Size, letter

g = letter("g")
SIZES = {"out_channels": "out_channels", "kernel_size": "kernel", "stride": "stride", "padding": "padding",
         "groups": "groups", "dilation": "dilation", "bias": "bias"}  # fmt: skip
_CUT = "padding cuts off more ({}) than there is ({})"
NAMES = {"": "length", "_z": "depth", "_h": "height", "_w": "width"}


def _letters(base: str, axes: tuple[str, ...]) -> tuple[Any, ...]:
    return tuple(letter(f"{base}{axis}") for axis in axes)


def _convolution(axes: tuple[str, ...], sides: tuple[Any, ...], module: str, example: Any) -> Rule:
    """The rule along any axes: products over the axes of the kernel's sides and of the output's sides."""
    k, s, p, d, o = (_letters(base, axes) for base in "kspdo")
    extent = tuple(b * (a - 1) + 1 for a, b in zip(k, d, strict=True))
    along = tuple(zip(sides, k, s, p, d, o, strict=True))
    return Rule(
        "convolution",
        fields={"out_channels": (c_out,), "kernel": k, "stride": s, "padding": p, "groups": (g,), "dilation": d},
        sees=(c_in, *sides),
        output=(c_out, *(Windows(*axis) for axis in zip(sides, extent, s, p, strict=True))),
        gives=(c_out, *o),
        neurons=True,
        weights=(*k, c_in / g, c_out),
        biases=(c_out,),
        connections=(*k, c_in / g, c_out, *o),
        unpadded=(c_in / g, c_out, *(Taps(*axis) for axis in along)),
        whole=((c_in, g), (c_out, g)),
        fits=tuple(
            Fit(K, side + 2 * r, f"the kernel's {NAMES[axis]} ({{}}) is larger than the padded input's ({{}})")
            for K, side, r, axis in zip(extent, sides, p, axes, strict=True)
        ),
        reasons={
            "units": ("each of ", c_out, " filters is applied at ", o, " positions"),
            "weights": (
                "each of ", c_out, " filters has ", k, " weights for each of ", c_in / g, " input channels",
                When(g, (": in ", g, " groups, it sees one group's share of the ", c_in)),
            ),
            "biases": ("one for each filter, shared by all positions",),
            "connections": (
                "each of the ", (c_out, *o), " output units of a convolution",
                When(g, (" in ", g, " groups")), " sees ", (*k, c_in / g), " inputs",
            ),
        },
        torch=Twin(module, {"in_channels": "channels", **SIZES}),
        example=example,
    )  # fmt: skip


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
    rule: ClassVar[Rule] = _convolution(
        ("_h", "_w"), (h, w), "Conv2d",
        ({"out_channels": 6, "kernel": (3, 2), "stride": (2, 1), "padding": (1, 0), "groups": 2}, (4, 7, 6)),
    )  # fmt: skip


@layer
class Conv1d:
    """A convolution along a signal: each of the c_out·o output units sees k·(c_in/g) inputs."""

    out_channels: Size
    kernel: Size
    stride: Size = 1
    padding: Size = 0
    groups: Size = 1
    dilation: Size = 1
    bias: bool = True
    rule: ClassVar[Rule] = _convolution(
        ("",), (l_in,), "Conv1d",
        ({"out_channels": 6, "kernel": 3, "stride": 2, "padding": 2, "groups": 2, "dilation": 2}, (4, 9)),
    )  # fmt: skip


@layer
class Conv3d:
    """A convolution of a volume: each of the c_out·o_z·o_h·o_w output units sees k_z·k_h·k_w·(c_in/g) inputs."""

    out_channels: Size
    kernel: Triple
    stride: Triple = 1
    padding: Triple = 0
    groups: Size = 1
    dilation: Triple = 1
    bias: bool = True
    rule: ClassVar[Rule] = _convolution(
        ("_z", "_h", "_w"), (z, h, w), "Conv3d",
        ({"out_channels": 4, "kernel": (2, 3, 2), "stride": (1, 2, 1), "padding": (1, 1, 0), "groups": 2},
         (2, 4, 6, 5)),
    )  # fmt: skip


k_h, k_w, s_h, s_w, p_h, p_w = (letter(name) for name in ("k_h", "k_w", "s_h", "s_w", "p_h", "p_w"))
d_h, d_w, e_h, e_w = (letter(name) for name in ("d_h", "d_w", "e_h", "e_w"))


@layer
class ConvTranspose:
    """A transposed convolution: each of the c_in·h·w inputs spreads over k_h·k_w·(c_out/g) outputs.

    Padding here cuts off what would land outside; those connections are counted, as published tables do.
    """

    out_channels: Size
    kernel: Pair
    stride: Pair = 1
    padding: Pair = 0
    output_padding: Pair = 0
    groups: Size = 1
    dilation: Pair = 1
    bias: bool = True
    rule: ClassVar[Rule] = Rule(
        "transposed convolution",
        fields={
            "out_channels": (c_out,), "kernel": (k_h, k_w), "stride": (s_h, s_w), "padding": (p_h, p_w),
            "output_padding": (e_h, e_w), "groups": (g,), "dilation": (d_h, d_w),
        },
        sees=MAP,
        output=(
            c_out,
            (h - 1) * s_h - 2 * p_h + d_h * (k_h - 1) + 1 + e_h,
            (w - 1) * s_w - 2 * p_w + d_w * (k_w - 1) + 1 + e_w,
        ),
        gives=(c_out, letter("o_h"), letter("o_w")),
        neurons=True,
        weights=(k_h, k_w, c_in, c_out / g),
        biases=(c_out,),
        connections=(k_h, k_w, c_in, c_out / g, h, w),
        unpadded=(
            c_in, c_out / g,
            # input i reaches position i·s + j·d − p with tap j: as windows do, with input and output swapped
            Taps(letter("o_h"), k_h, s_h, p_h, d_h, h, slides=False),
            Taps(letter("o_w"), k_w, s_w, p_w, d_w, w, slides=False),
        ),
        whole=((c_in, g), (c_out, g)),
        fits=(
            Fit(2 * p_h + 1, (h - 1) * s_h + d_h * (k_h - 1) + 1 + e_h, _CUT),
            Fit(2 * p_w + 1, (w - 1) * s_w + d_w * (k_w - 1) + 1 + e_w, _CUT),
        ),
        reasons={
            "units": ("each of ", c_out, " filters leaves a map of ", (letter("o_h"), letter("o_w"))),
            "weights": ("each of ", c_in, " input channels has ", (k_h, k_w), " weights for each of ", c_out / g,
                        " output channels"),
            "biases": ("one for each output channel, shared by all positions",),
            "connections": ("each of the ", (c_in, h, w), " inputs reaches ", (k_h, k_w, c_out / g), " outputs"),
        },
        torch=Twin("ConvTranspose2d", {"in_channels": "channels", "output_padding": "output_padding", **SIZES}),
        example=(
            {"out_channels": 6, "kernel": (3, 2), "stride": (2, 3), "padding": (1, 0), "output_padding": (1, 0),
             "groups": 2},
            (4, 4, 3),
        ),
    )  # fmt: skip
