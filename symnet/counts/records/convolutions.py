"""Convolutions along one, two and three axes, and their transposes.

k, s, p, d   kernel, stride, padding, dilation along an axis      K = d(k − 1) + 1, the extent of a dilated kernel
g            groups: a filter sees c_in/g channels                o = ⌊(h + 2p − K)/s⌋ + 1, and (h − 1)s − 2p + K + e
                                                                  for the transpose, with e added at its end
"""

from dataclasses import dataclass, replace
from typing import Any, ClassVar

import sympy as sp

from symnet.counts.formulas import Taps, Windows
from symnet.counts.records.table import Pair, Triple, c_in, c_out, h, l_in, layer, w, z
from symnet.counts.rules import Fit, Rule, Twin, When
from symnet.counts.sizes import Size
from symnet.sizes import letter

g = letter("g")
SIZES = {"out_channels": "out_channels", "kernel_size": "kernel", "stride": "stride", "padding": "padding",
         "groups": "groups", "dilation": "dilation", "bias": "bias"}  # fmt: skip
_CUT = "padding cuts off more ({}) than there is ({})"
_MORE = "output padding and 1 ({}) are more than stride and dilation ({})"
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


def _same(axes: tuple[str, ...], sides: tuple[Any, ...], module: str) -> Rule:
    """Padding "same": the output's sides are the input's, and the taps that it adds stand on both sides of it."""
    rule = _convolution(axes, sides, module, ({}, ()))
    k, d = (_letters(base, axes) for base in "kd")
    before = tuple(sp.floor(b * (a - 1) / 2) for a, b in zip(k, d, strict=True))
    along = zip(sides, k, before, d, sides, strict=True)
    return replace(
        rule,
        fields={name: rule.fields[name] for name in ("out_channels", "kernel", "groups", "dilation")},
        output=(c_out, *sides),
        unpadded=(c_in / g, c_out, *(Taps(a, b, 1, p, c, o, slides=False) for a, b, p, c, o in along)),
        fits=(),
        torch=None,
    )


@dataclass(frozen=True)
class ConvSame:
    """A convolution whose map keeps its sides, also under an even kernel: more padding at the end; for readers."""

    out_channels: Size
    kernel: Pair
    groups: Size = 1
    dilation: Pair = 1
    bias: bool = True
    rule: ClassVar[Rule] = _same(("_h", "_w"), (h, w), "Conv2d")


@dataclass(frozen=True)
class ConvSame1d:
    """The same along a signal; for readers."""

    out_channels: Size
    kernel: Size
    groups: Size = 1
    dilation: Size = 1
    bias: bool = True
    rule: ClassVar[Rule] = _same(("",), (l_in,), "Conv1d")


@dataclass(frozen=True)
class ConvSame3d:
    """The same for a volume; for readers."""

    out_channels: Size
    kernel: Triple
    groups: Size = 1
    dilation: Triple = 1
    bias: bool = True
    rule: ClassVar[Rule] = _same(("_z", "_h", "_w"), (z, h, w), "Conv3d")


def _transposed(axes: tuple[str, ...], sides: tuple[Any, ...], module: str, example: Any) -> Rule:
    """The rule along any axes: products over the kernel's sides and the input's sides."""
    k, s, p, d, e, o = (_letters(base, axes) for base in "kspdeo")
    spread = tuple((side - 1) * b + c * (a - 1) + 1 + f for side, a, b, c, f in zip(sides, k, s, d, e, strict=True))
    return Rule(
        "transposed convolution",
        fields={"out_channels": (c_out,), "kernel": k, "stride": s, "padding": p, "output_padding": e,
                "groups": (g,), "dilation": d},
        sees=(c_in, *sides),
        output=(c_out, *(side - 2 * r for side, r in zip(spread, p, strict=True))),
        gives=(c_out, *o),
        neurons=True,
        weights=(*k, c_in, c_out / g),
        biases=(c_out,),
        connections=(*k, c_in, c_out / g, *sides),
        unpadded=(
            c_in, c_out / g,
            # input i reaches position i·s + j·d − p with tap j: as windows do, with input and output swapped
            *(Taps(*axis, slides=False) for axis in zip(o, k, s, p, d, sides, strict=True)),
        ),
        whole=((c_in, g), (c_out, g)),
        fits=(
            *(Fit(2 * r + 1, side, _CUT) for side, r in zip(spread, p, strict=True)),
            *(Fit(f + 1, sp.Max(b, c), _MORE) for f, b, c in zip(e, s, d, strict=True)),
        ),
        reasons={
            "units": ("each of ", c_out, " filters leaves a map of ", o),
            "weights": ("each of ", c_in, " input channels has ", k, " weights for each of ", c_out / g,
                        " output channels"),
            "biases": ("one for each output channel, shared by all positions",),
            "connections": ("each of the ", (c_in, *sides), " inputs reaches ", (*k, c_out / g), " outputs"),
        },
        torch=Twin(module, {"in_channels": "channels", "output_padding": "output_padding", **SIZES}),
        example=example,
    )  # fmt: skip


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
    rule: ClassVar[Rule] = _transposed(
        ("_h", "_w"), (h, w), "ConvTranspose2d",
        ({"out_channels": 6, "kernel": (3, 2), "stride": (2, 3), "padding": (1, 0), "output_padding": (1, 0),
          "groups": 2}, (4, 4, 3)),
    )  # fmt: skip


@layer
class ConvTranspose1d:
    """A transposed convolution along a signal."""

    out_channels: Size
    kernel: Size
    stride: Size = 1
    padding: Size = 0
    output_padding: Size = 0
    groups: Size = 1
    dilation: Size = 1
    bias: bool = True
    rule: ClassVar[Rule] = _transposed(
        ("",), (l_in,), "ConvTranspose1d",
        ({"out_channels": 6, "kernel": 4, "padding": 2, "groups": 2}, (4, 7)),
    )  # fmt: skip


@layer
class ConvTranspose3d:
    """A transposed convolution of a volume."""

    out_channels: Size
    kernel: Triple
    stride: Triple = 1
    padding: Triple = 0
    output_padding: Triple = 0
    groups: Size = 1
    dilation: Triple = 1
    bias: bool = True
    rule: ClassVar[Rule] = _transposed(
        ("_z", "_h", "_w"), (z, h, w), "ConvTranspose3d",
        ({"out_channels": 4, "kernel": (2, 3, 2), "stride": (2, 1, 2), "padding": (1, 1, 0), "groups": 2},
         (2, 4, 3, 3)),
    )  # fmt: skip
