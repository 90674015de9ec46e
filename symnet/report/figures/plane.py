"""The plane cut into the linear regions of a two-input ReLU network, drawn exactly.

Each cell's polygon is the window cut by the cell's own inequalities, with rational corners; colours follow
the affine map.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import sympy as sp

from symnet import notation
from symnet.errors import InvalidInput
from symnet.relu import ReluNetwork
from symnet.report.figures.perceptron import unit
from symnet.report.figures.svg import svg

Point = tuple[Fraction, Fraction]
Side = tuple[Point, Point]
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


@dataclass(frozen=True)
class Scene:
    """What is to be drawn, in exact coordinates within ``[-window, window]²``.

    fills    a polygon for each cell, the number of its affine map       labels   the cell's place, map, active units
    thin     borders between cells    thick    where the map changes    arrows   where such a border goes on for ever
    """

    window: int
    fills: tuple[tuple[tuple[Point, ...], int], ...]
    thin: tuple[Side, ...]
    thick: tuple[Side, ...]
    arrows: tuple[Side, ...]
    labels: tuple[tuple[Point, Any, tuple[Any, ...]], ...]


def scene(network: ReluNetwork, window: int = 3, merged: bool = False) -> Scene:
    """All activation cells; ``merged``: labels for the linear regions alone, and no borders inside them."""
    if network.widths[0] != 2:
        raise InvalidInput(f"a plane can be drawn for 2 inputs, and this network has {network.widths[0]}")
    cells = network.regions()
    maps = list(dict.fromkeys((cell.G, cell.c) for cell in cells))
    polygons = [clip(cell.inequalities, window) for cell in cells]
    thin, thick = _borders(cells, polygons, window)
    shown = list(zip(cells, polygons, strict=True))
    if merged:
        shown = [
            max(((c, clip(c.inequalities, window)) for c in r.cells), key=_area) for r in network.regions(merged=True)
        ]
    return Scene(
        window,
        tuple((tuple(polygon), maps.index((cell.G, cell.c))) for cell, polygon in zip(cells, polygons, strict=True)),
        () if merged else thin,
        thick,
        tuple(_arrows(cells, thick, window)),
        tuple(_label(network, cell, polygon, merged) for cell, polygon in shown if polygon),
    )


def plane(network: ReluNetwork, window: int = 3, size: float = 7.2, merged: bool = False) -> str:
    """TikZ of the cells, or of the linear regions (``merged``), in a window; ``size`` is the side in centimetres."""
    drawn = scene(network, window, merged)
    lines = [rf"\begin{{tikzpicture}}[scale={size / (2 * window):.3f},line join=round]"]
    lines += [rf"\fill[fill={FILLS[k % len(FILLS)]}] {_path(polygon)} -- cycle;" for polygon, k in drawn.fills]
    lines += [rf"\draw[densely dotted,black!60] {_path(side)};" for side in drawn.thin]
    lines += [rf"\draw[very thick,black!75] {_path(side)};" for side in drawn.thick]
    lines += [rf"\draw[line width=1.2pt,black!75,->] {_path(side)};" for side in drawn.arrows]
    lines += _axes(window)
    for (x, y), image, active in drawn.labels:
        names = ", ".join(map(notation.latex, active)) or (r"\varnothing" if not merged else "")
        below = rf"\\[-1pt]\tiny ${names}$" if names else ""
        lines.append(rf"\node[align=center] at ({float(x):.3f},{float(y):.3f}) {{${notation.latex(image)}${below}}};")
    return "\n".join([*lines, r"\end{tikzpicture}"])


def plane_svg(network: ReluNetwork, window: int = 3, side: int = 480, merged: bool = False) -> str:
    """The same picture as SVG, for a notebook or a web page; ``side`` in pixels."""
    return svg(scene(network, window, merged), side)


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


def _borders(
    cells: Sequence[Any], polygons: Sequence[Sequence[Point]], window: int
) -> tuple[tuple[Side, ...], tuple[Side, ...]]:
    """Every border inside the window; and the parts where cells with different affine maps meet."""
    sides: dict[Any, list[tuple[Point, Point, Any]]] = {}
    for cell, polygon in zip(cells, polygons, strict=True):
        for i, p in enumerate(polygon):
            q = polygon[i - 1]
            if p != q and not any(abs(p[k]) == window and p[k] == q[k] for k in (0, 1)):
                sides.setdefault(_line(p, q), []).append((min(p, q), max(p, q), (cell.G, cell.c)))
    thin = dict.fromkeys(side[:2] for group in sides.values() for side in group)
    return tuple(thin), tuple(dict.fromkeys(common for group in sides.values() for common in _kinks(group)))


def _arrows(cells: Sequence[Any], thick: Sequence[Side], window: int) -> Iterator[Side]:
    """At the window's edge, on from a border that has no end: beyond all vertices maps still differ along it."""
    far = 4 * (1 + window + max((abs(a) for cell in cells for v in cell.vertices for a in v), default=0))
    for one, other in thick:
        for p, q in ((one, other), (other, one)):
            d = (p[0] - q[0], p[1] - q[1])
            longest = max(map(abs, d))
            end = tuple(a + far * b / longest for a, b in zip(p, d, strict=True))
            if window in map(abs, p) and len({(cell.G, cell.c) for cell in cells if end in cell}) > 1:
                yield p, (p[0] + d[0] / longest / 3, p[1] + d[1] / longest / 3)


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


def _label(
    network: ReluNetwork, cell: Any, polygon: Sequence[Point], merged: bool
) -> tuple[Point, Any, tuple[Any, ...]]:
    """The affine map and the active units, at the middle of the cell."""
    x, y = (sum((p[k] for p in polygon), start=Fraction(0)) / len(polygon) for k in (0, 1))
    image: tuple[Any, ...] = tuple(affine(row, c, network.inputs) for row, c in zip(cell.G, cell.c, strict=True))
    active = (
        unit(network, layer, i)
        for layer, bits in enumerate(cell.pattern, start=1)
        for i, on in enumerate(bits)
        if on and not merged
    )
    return (x, y), image[0] if len(image) == 1 else image, tuple(active)


def _area(shown: tuple[Any, Sequence[Point]]) -> Fraction:
    """Twice the polygon's area: the largest cell of a region bears its label."""
    _, p = shown
    return abs(sum((p[i - 1][0] * p[i][1] - p[i][0] * p[i - 1][1] for i in range(len(p))), start=Fraction(0)))


def _axes(window: int) -> list[str]:
    axis = r"\draw[->,black!60,thin]"
    return [
        rf"{axis} (-{window},0) -- ({window}.35,0) node[right,font=\small] {{$x_{{1}}$}};",
        rf"{axis} (0,-{window}) -- (0,{window}.35) node[above,font=\small] {{$x_{{2}}$}};",
    ]


def _rational(value: Fraction) -> sp.Expr:
    return sp.Rational(value.numerator, value.denominator)
