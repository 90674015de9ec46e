"""The front of weights and connections: every design on it a dot, the network as it is a ring. TikZ, and SVG."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from symnet import notation

Point = tuple[int, int]


@dataclass(frozen=True)
class Axis:
    """Powers of ten between the least and the largest value, as places from 0 to 1."""

    low: float
    high: float

    def at(self, value: int) -> float:
        return (math.log10(value) - self.low) / (self.high - self.low)

    def ticks(self) -> list[int]:
        """1, 2 and 5 times powers of ten."""
        powers = range(math.floor(self.low), math.ceil(self.high) + 1)
        return [m * 10**n for n in powers for m in (1, 2, 5) if self.low <= math.log10(m * 10**n) <= self.high]


def axis(values: Sequence[int], margin: float = 0.04) -> Axis:
    """Logarithmic, a little wider than the values."""
    low, high = math.log10(min(values)), math.log10(max(values))
    wide = max(high - low, 0.1) * margin
    return Axis(low - wide, high + wide)


def pareto(front: Sequence[Point], here: Point, width: float = 11.0, height: float = 6.0) -> str:
    """TikZ source: weights to the right, connections upwards, both logarithmic."""
    across, up = (axis([p[i] for p in (*front, here)]) for i in (0, 1))
    places = [(across.at(w) * width, up.at(c) * height) for w, c in front]
    line = " -- ".join(f"({x:.3f},{y:.3f})" for x, y in places)
    x, y = across.at(here[0]) * width, up.at(here[1]) * height
    return "\n".join([
        r"\begin{tikzpicture}",
        rf"\draw[gray!50] (0,0) rectangle ({width},{height});",
        *(_tick_below(across.at(n) * width, n) for n in across.ticks()),
        *(_tick_left(up.at(n) * height, n) for n in up.ticks()),
        rf"\draw[forward!60] {line};",
        *(rf"\fill[forward] ({a:.3f},{b:.3f}) circle (1.6pt);" for a, b in places),
        rf"\draw[backward,thick] ({x:.3f},{y:.3f}) circle (2.6pt) node[below left,font=\scriptsize] {{as it is}};",
        rf"\node[font=\small] at ({width / 2:.2f},-0.95) {{weights}};",
        rf"\node[font=\small,rotate=90] at (-1.5,{height / 2:.2f}) {{connections}};",
        r"\end{tikzpicture}",
    ])  # fmt: skip


def _tick_below(x: float, n: int) -> str:
    return rf"\draw[gray!50] ({x:.3f},0) -- ({x:.3f},-0.1) node[below,font=\scriptsize,black] {{{_millions(n)}}};"


def _tick_left(y: float, n: int) -> str:
    return rf"\draw[gray!50] (0,{y:.3f}) -- (-0.1,{y:.3f}) node[left,font=\scriptsize,black] {{{_millions(n)}}};"


def _millions(n: int) -> str:
    return rf"${notation.integer(n // 10**6, 'latex')}\,$M" if n >= 10**6 else f"${notation.integer(n, 'latex')}$"


def svg(front: Sequence[Point], here: Point, width: int = 560, height: int = 320) -> str:
    """The same as SVG."""
    across, up = (axis([p[i] for p in (*front, here)]) for i in (0, 1))
    left, below = 70, 40

    def place(point: Point) -> tuple[float, float]:
        return left + across.at(point[0]) * width, (1 - up.at(point[1])) * height + 10

    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in map(place, front))
    dots = [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="#2b6cb0"/>' for x, y in map(place, front)]
    x, y = place(here)
    labels = [_label(left + across.at(n) * width, height + 28, n) for n in across.ticks()]
    labels += [_label(left - 8, (1 - up.at(n)) * height + 14, n, "end") for n in up.ticks()]
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + width + 20}" height="{height + below + 20}"'
        ' font-family="sans-serif" font-size="11">',
        f'<rect x="{left}" y="10" width="{width}" height="{height}" fill="none" stroke="#ccc"/>',
        f'<polyline points="{line}" fill="none" stroke="#2b6cb0" stroke-opacity="0.6"/>',
        *dots,
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" fill="none" stroke="#c53030" stroke-width="2"/>',
        *labels,
        f'<text x="{left + width / 2:.0f}" y="{height + 48}" text-anchor="middle">weights</text>',
        "</svg>",
    ]) + "\n"  # fmt: skip


def _label(x: float, y: float, n: int, anchor: str = "middle") -> str:
    said = f"{n // 10**6} M" if n >= 10**6 else f"{n:,}"
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{said}</text>'
