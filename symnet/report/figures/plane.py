"""The plane cut into the linear regions of a two-input ReLU network, drawn exactly.

Each cell's polygon is the window cut by the cell's own inequalities, with rational corners; colours follow
the affine map.
"""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

import sympy as sp

from symnet import notation
from symnet.errors import InvalidInput
from symnet.relu import ReluNetwork
from symnet.report.figures.perceptron import unit

Point = tuple[Fraction, Fraction]
FILLS = (
    "lightforward",
    "lightbackward",
    "lightproved",
    "forward!30",
    "backward!30",
    "proved!30",
    "black!8",
    "black!16",
)


def plane(network: ReluNetwork, window: int = 3, size: float = 7.2) -> str:
    """TikZ of all activation cells within ``[-window, window]²``; ``size`` is the side in centimetres."""
    if network.widths[0] != 2:
        raise InvalidInput(f"a plane can be drawn for 2 inputs, and this network has {network.widths[0]}")
    cells = network.regions()
    maps = list(dict.fromkeys((cell.G, cell.c) for cell in cells))
    polygons = [clip(cell.inequalities, window) for cell in cells]
    lines = [rf"\begin{{tikzpicture}}[scale={size / (2 * window):.3f},line join=round]"]
    for cell, polygon in zip(cells, polygons, strict=True):
        fill = FILLS[maps.index((cell.G, cell.c)) % len(FILLS)]
        lines.append(rf"\fill[fill={fill}] {_path(polygon)} -- cycle;")
    lines += _borders(cells, polygons, window)
    lines += _axes(window)
    lines += [_label(network, cell, polygon) for cell, polygon in zip(cells, polygons, strict=True) if polygon]
    return "\n".join([*lines, r"\end{tikzpicture}"])


def legend(network: ReluNetwork) -> tuple[Any, ...]:
    """The colours in words: each affine map with how many activation cells it covers."""
    cells = network.regions()
    maps = dict.fromkeys((cell.G, cell.c) for cell in cells)
    sentence: list[Any] = []
    for G, c in maps:
        count = sum((cell.G, cell.c) == (G, c) for cell in cells)
        image = tuple(affine(row, constant, network.inputs) for row, constant in zip(G, c, strict=True))
        sentence += [", " if sentence else "", image, f" on {count} cells"]
    return tuple(sentence)


def affine(row: Sequence[Fraction], constant: Fraction, inputs: Sequence[sp.Symbol]) -> sp.Expr:
    """g·x + c as a SymPy expression."""
    return sp.Add(*(_rational(g) * x for g, x in zip(row, inputs, strict=True)), _rational(constant))


def clip(inequalities: Sequence[tuple[Sequence[int], int]], window: int) -> list[Point]:
    """The window's corners cut by each half-plane a·x ≤ b in turn (Sutherland and Hodgman 1974), in rationals."""
    w = Fraction(window)
    polygon: list[Point] = [(-w, -w), (w, -w), (w, w), (-w, w)]
    for (a1, a2), b in inequalities:
        over = [a1 * x + a2 * y - b for x, y in polygon]
        kept: list[Point] = []
        for i, (p, s) in enumerate(zip(polygon, over, strict=True)):
            q, t = polygon[i - 1], over[i - 1]
            if s * t < 0:
                kept.append((q[0] + (p[0] - q[0]) * t / (t - s), q[1] + (p[1] - q[1]) * t / (t - s)))
            if s <= 0:
                kept.append(p)
        polygon = kept
    return polygon


def _path(polygon: Sequence[Point]) -> str:
    return " -- ".join(f"({float(x):.4f},{float(y):.4f})" for x, y in polygon)


def _borders(cells: Sequence[Any], polygons: Sequence[Sequence[Point]], window: int) -> list[str]:
    """Every border inside the window dotted, and thick where cells with different affine maps meet along it."""
    sides: dict[Any, list[tuple[Point, Point, Any]]] = {}
    for cell, polygon in zip(cells, polygons, strict=True):
        for i, p in enumerate(polygon):
            q = polygon[i - 1]
            if p != q and not any(abs(p[k]) == window and p[k] == q[k] for k in (0, 1)):
                sides.setdefault(_line(p, q), []).append((min(p, q), max(p, q), (cell.G, cell.c)))
    thin = dict.fromkeys(side[:2] for group in sides.values() for side in group)
    thick = dict.fromkeys(common for group in sides.values() for common in _kinks(group))
    return [rf"\draw[densely dotted,black!60] {_path(side)};" for side in thin] + [
        rf"\draw[very thick,black!75] {_path(side)};" for side in thick
    ]


def _line(p: Point, q: Point) -> tuple[Fraction, Fraction, Fraction]:
    """The line through p and q, written the same whichever two of its points are given."""
    a, b = p[1] - q[1], q[0] - p[0]
    lead = a or b
    return a / lead, b / lead, (a * p[0] + b * p[1]) / lead


def _kinks(group: Sequence[tuple[Point, Point, Any]]) -> Iterator[tuple[Point, Point]]:
    """Where two sides on one line overlap and belong to cells with different maps."""
    for i, (p, q, one) in enumerate(group):
        for r, s, other in group[:i]:
            start, end = max(p, r), min(q, s)
            if one != other and start < end:
                yield start, end


def _label(network: ReluNetwork, cell: Any, polygon: Sequence[Point]) -> str:
    """The affine map and, below it, the active units, at the middle of the cell."""
    x, y = (float(sum(p[k] for p in polygon) / len(polygon)) for k in (0, 1))
    image = tuple(affine(row, c, network.inputs) for row, c in zip(cell.G, cell.c, strict=True))
    active = [
        notation.latex(unit(network, layer, i))
        for layer, bits in enumerate(cell.pattern, start=1)
        for i, on in enumerate(bits)
        if on
    ]
    names = ", ".join(active) or r"\varnothing"
    return rf"\node[align=center] at ({x:.3f},{y:.3f}) {{${notation.latex(image)}$\\[-1pt]\tiny ${names}$}};"


def _axes(window: int) -> list[str]:
    axis = r"\draw[->,black!60,thin]"
    return [
        rf"{axis} (-{window},0) -- ({window}.35,0) node[right,font=\small] {{$x_{{1}}$}};",
        rf"{axis} (0,-{window}) -- (0,{window}.35) node[above,font=\small] {{$x_{{2}}$}};",
    ]


def _rational(value: Fraction) -> sp.Expr:
    return sp.Rational(value.numerator, value.denominator)
