"""Pools: the largest value or the mean of windows, of each channel by itself. They add no units and no weights."""

from dataclasses import dataclass, replace
from typing import ClassVar

import sympy as sp

from symnet.counts.formulas import Windows
from symnet.counts.records.table import MAP, Pair, c_in, h, layer, w
from symnet.counts.rules import Fit, Rule, Twin
from symnet.sizes import letter

q_h, q_w, t_h, t_w, r_h, r_w = (letter(name) for name in ("q_h", "q_w", "t_h", "t_w", "r_h", "r_w"))
m_h, m_w, a_h, a_w = (letter(name) for name in ("m_h", "m_w", "a_h", "a_w"))
_FITS = (
    Fit(q_h, h + 2 * r_h, "the window's height ({}) is larger than the padded input's ({})"),
    Fit(q_w, w + 2 * r_w, "the window's width ({}) is larger than the padded input's ({})"),
    Fit(2 * r_h, q_h, "twice the vertical padding ({}) is more than the window's height ({})"),
    Fit(2 * r_w, q_w, "twice the horizontal padding ({}) is more than the window's width ({})"),
)
_SIZES = {"kernel_size": "kernel", "stride": "stride", "padding": "padding"}


def _pool(noun: str, module: str, example: dict[str, object]) -> Rule:
    return Rule(
        noun,
        fields={"kernel": (q_h, q_w), "stride": (t_h, t_w), "padding": (r_h, r_w)},
        sees=MAP,
        output=(c_in, Windows(h, q_h, t_h, r_h), Windows(w, q_w, t_w, r_w)),
        gives=(c_in, m_h, m_w),
        fits=_FITS,
        operations={"poolings": (q_h, q_w, c_in, m_h, m_w)},
        reasons={"units": ("one for each of ", c_in, " channels at ", (m_h, m_w), " positions; pools add no units")},
        torch=Twin(module, _SIZES),
        example=(example, (4, 7, 6)),
    )


@layer
class MaxPool:
    """The largest value in each window of each channel; windows that stick out are left out (torch's default)."""

    kernel: Pair
    stride: Pair
    padding: Pair = 0
    rule: ClassVar[Rule] = _pool("max pooling", "MaxPool2d", {"kernel": (3, 2), "stride": (2, 1), "padding": (1, 0)})


@layer
class AvgPool:
    """The mean of each window of each channel; windows that stick out are left out (torch's default)."""

    kernel: Pair
    stride: Pair
    padding: Pair = 0
    rule: ClassVar[Rule] = _pool("average pooling", "AvgPool2d", {"kernel": 3, "stride": 2, "padding": 1})


@layer
class MaxPoolCeil:
    """Max pooling in which a last window that sticks out is kept: ⌈x/t⌉ = ⌊(x + t − 1)/t⌋ (GoogLeNet, SqueezeNet)."""

    kernel: Pair
    stride: Pair
    padding: Pair = 0
    rule: ClassVar[Rule] = replace(
        _pool("max pooling", "MaxPool2d", {"kernel": (3, 2), "stride": (2, 1), "padding": (1, 0)}),
        output=(c_in, Windows(h + t_h - 1, q_h, t_h, r_h), Windows(w + t_w - 1, q_w, t_w, r_w)),
        fits=(  # then no window starts beyond the input, where torch would drop it
            *_FITS,
            Fit(t_h + r_h, q_h, "stride and padding ({}) are more than the window's height ({})"),
            Fit(t_w + r_w, q_w, "stride and padding ({}) are more than the window's width ({})"),
        ),
        torch=Twin("MaxPool2d", {**_SIZES, "ceil_mode": True}),
        example=({"kernel": (3, 2), "stride": (2, 1), "padding": (1, 0)}, (4, 8, 6)),
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
        operations={"adaptive poolings": (c_in, h, w)},
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
        operations={"adaptive poolings": (c_in, h, w)},
        reasons={"units": ("one mean for each channel; pools add no units",)},
        torch=Twin("AdaptiveAvgPool2d", {"output_size": 1}),
    )


@dataclass(frozen=True)
class WindowPool:
    """A pool whose windows were laid otherwise, with gaps or beyond the end: what leaves has the sides; for readers."""

    kernel: Pair
    rule: ClassVar[Rule] = Rule(
        "pooling",
        fields={"kernel": (q_h, q_w)},
        sees=MAP,
        gives=(c_in, m_h, m_w),
        operations={"poolings": (q_h, q_w, c_in, m_h, m_w)},
        reasons={"units": ("one for each of ", c_in, " channels at ", (m_h, m_w), " positions; pools add no units")},
    )
