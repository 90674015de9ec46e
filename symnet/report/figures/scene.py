"""The plane cut into the linear regions of a two-input ReLU network: what a picture shows, exactly, in either medium.

Each cell's polygon is the window cut by the cell's own inequalities, with rational corners. A colour stands for an
affine map, and two maps that meet have different ones.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, TypeAlias

import sympy as sp

from symnet import notation
from symnet.errors import InvalidInput
from symnet.relu import ReluNetwork
from symnet.report.figures.labels import Box, holds, placed
from symnet.report.figures.perceptron import unit
from symnet.report.figures.ticks import rounded_up

Point: TypeAlias = tuple[Fraction, Fraction]
Side: TypeAlias = tuple[Point, Point]
MOST_CELLS, MOST_KEYS, COLOURS = 5000, 24, 8


@dataclass(frozen=True)
class Label:
    """What stands in a cell: its map and active units, or the number that stands for the map in the key."""

    place: tuple[float, float]
    image: Any
    active: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Scene:
    """What is to be drawn, in exact coordinates within ``[-window, window]²``.

    fills    a polygon for each cell, and the number of its colour       labels   for the cells with room for one
    thin     borders between cells      thick    where the map changes   arrows   where such a border goes on for ever
    key      (number, colour, map) for the labels that are numbers       untold   how many cells have no label
    marks    points to be shown
    """

    window: Fraction
    fills: tuple[tuple[tuple[Point, ...], int], ...]
    thin: tuple[Side, ...]
    thick: tuple[Side, ...]
    arrows: tuple[Side, ...]
    labels: tuple[Label, ...]
    key: tuple[tuple[int, int, Any], ...]
    untold: int
    marks: tuple[Point, ...]


def scene(
    network: ReluNetwork,
    window: Fraction | int | None = None,
    merged: bool = False,
    letter: tuple[float, float] = (0.017, 0.034),
    marks: Sequence[Point] = (),
) -> Scene:
    """All activation cells; ``merged``: labels for the linear regions alone, and no borders inside them.

    window   half the side of the square; by itself it shows what there is to see
    letter   width and height of a letter, as parts of the side: a label is written where it fits
    """
    if network.widths[0] != 2:
        raise InvalidInput(f"a plane can be drawn for 2 inputs, and this network has {network.widths[0]}")
    cells = network.regions(max_regions=MOST_CELLS)
    window = Fraction(window or _window(cells, marks))
    maps = {key: k for k, key in enumerate(dict.fromkeys((cell.G, cell.c) for cell in cells))}
    polygons = [clip(cell.inequalities, window) for cell in cells]
    number = [maps[cell.G, cell.c] for cell in cells]
    thin, thick = _borders(polygons, number, window)
    colours = _colours(len(maps), thick.values())
    shown = _shown(network, cells, polygons, window, merged)
    labels, key = _labels(network, shown, window, letter, merged)
    return Scene(
        window,
        tuple((tuple(p), colours[k]) for p, k in zip(polygons, number, strict=True) if p),
        () if merged else thin,
        tuple(thick),
        tuple(_arrows(cells, tuple(thick), window)),
        labels,
        tuple((number, colours[maps[m]], _image(network, *m)) for m, number in key.items()),
        sum(bool(polygon) for _, polygon in shown) - len(labels),
        tuple(marks),
    )


def affine(row: Sequence[Fraction], constant: Fraction, inputs: Sequence[sp.Symbol]) -> sp.Expr:
    """g·x + c as a SymPy expression."""
    return sp.Add(*(sp.Rational(g) * x for g, x in zip(row, inputs, strict=True)), sp.Rational(constant))


def _image(network: ReluNetwork, G: Sequence[Any], c: Sequence[Any]) -> Any:
    image = tuple(affine(row, constant, network.inputs) for row, constant in zip(G, c, strict=True))
    return image[0] if len(image) == 1 else image


# ---------------------------------------------------------------------- window and polygons
def _window(cells: Sequence[Any], marks: Iterable[Point]) -> Fraction:
    """Half as much again as four in five of the corners and borders need: a few may lie far away."""
    corners = {v for cell in cells for v in cell.vertices}
    borders = {(tuple(a), b) for cell in cells for a, b in cell.inequalities}
    far = sorted([*(max(map(abs, v)) for v in corners), *(Fraction(abs(b), sum(map(abs, a))) for a, b in borders)])
    reach = far[-(-4 * len(far) // 5) - 1] if far else 0
    reach = max([reach, *(abs(a) for mark in marks for a in mark)])
    return rounded_up(reach * 3 / 2) if reach else Fraction(3)


def clip(inequalities: Sequence[tuple[Sequence[int], int]], window: Fraction | int) -> list[Point]:
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


def _area(p: Sequence[Point]) -> Fraction:
    """Twice the polygon's area."""
    return abs(sum((p[i - 1][0] * p[i][1] - p[i][0] * p[i - 1][1] for i in range(len(p))), start=Fraction(0)))


# ---------------------------------------------------------------------- borders
def _borders(
    polygons: Sequence[Sequence[Point]], number: Sequence[int], window: Fraction
) -> tuple[tuple[Side, ...], dict[Side, frozenset[int]]]:
    """Every border inside the window; and the parts where cells with different maps meet, with these maps."""
    sides: dict[Any, list[tuple[Point, Point, int]]] = defaultdict(list)
    for polygon, k in zip(polygons, number, strict=True):
        for i, p in enumerate(polygon):
            q = polygon[i - 1]
            if p != q and not any(abs(p[axis]) == window and p[axis] == q[axis] for axis in (0, 1)):
                sides[_line(p, q)].append((min(p, q), max(p, q), k))
    thin = dict.fromkeys(side[:2] for group in sides.values() for side in group)
    return tuple(thin), {side: maps for group in sides.values() for side, maps in _kinks(group)}


def _line(p: Point, q: Point) -> tuple[Fraction, Fraction, Fraction]:
    """The line through p and q, written the same whichever two of its points are given."""
    a, b = p[1] - q[1], q[0] - p[0]
    lead = a or b
    return a / lead, b / lead, (a * p[0] + b * p[1]) / lead


def _kinks(group: Sequence[tuple[Point, Point, int]]) -> Iterator[tuple[Side, frozenset[int]]]:
    """Where two sides on one line overlap and belong to cells with different maps."""
    for i, (p, q, one) in enumerate(group):
        for r, s, other in group[:i]:
            start, end = max(p, r), min(q, s)
            if one != other and start < end:
                yield (start, end), frozenset((one, other))


def _arrows(cells: Sequence[Any], thick: Sequence[Side], window: Fraction) -> Iterator[Side]:
    """At the window's edge, on from a border that has no end: beyond all vertices maps still differ along it."""
    far = 4 * (1 + window + max((abs(a) for cell in cells for v in cell.vertices for a in v), default=0))
    outer = [cell for cell in cells if not cell.bounded]
    for one, other in thick:
        for p, q in ((one, other), (other, one)):
            if window not in map(abs, p):
                continue
            d = (p[0] - q[0], p[1] - q[1])
            longest = max(map(abs, d))
            end = tuple(a + far * b / longest for a, b in zip(p, d, strict=True))
            if len({(cell.G, cell.c) for cell in outer if end in cell}) > 1:
                yield p, (p[0] + d[0] / longest * window / 14, p[1] + d[1] / longest * window / 14)


def _colours(count: int, pairs: Iterable[frozenset[int]]) -> list[int]:
    """A colour for each map, its own while there are enough, and never that of a map that it meets."""
    meets: dict[int, set[int]] = defaultdict(set)
    for pair in pairs:
        for k in pair:
            meets[k] |= pair - {k}
    chosen: list[int] = []
    for k in range(count):
        taken = {chosen[j] for j in meets[k] if j < k}
        free = (c % COLOURS for c in range(k, k + COLOURS) if c % COLOURS not in taken)
        chosen.append(next(free, k % COLOURS))
    return chosen


# ---------------------------------------------------------------------- labels
Shown: TypeAlias = tuple[Any, Sequence[Point]]


def _shown(
    network: ReluNetwork, cells: Sequence[Any], polygons: Sequence[Any], window: Fraction, merged: bool
) -> list[Shown]:
    """What gets a label, and where: each cell, or each region, whole where it is convex, else in its largest cell."""
    if not merged:
        return list(zip(cells, polygons, strict=True))
    where = dict(zip((cell.pattern for cell in cells), polygons, strict=True))
    return [
        (r, clip(r.inequalities, window) if r.convex and r.cells[1:] else max(parts, key=_area))
        for r in network.regions(merged=True)
        for parts in [[where[cell.pattern] for cell in r.cells]]
    ]


def _labels(
    network: ReluNetwork, shown: Sequence[Shown], window: Fraction, letter: tuple[float, float], merged: bool
) -> tuple[tuple[Label, ...], dict[Any, int]]:
    """The labels, and the numbers of the maps that are too long for a cell that shows them."""
    labels: list[Label] = []
    key: dict[Any, int] = {}
    width, height = (float(2 * window) * part for part in letter)
    keyed = len({(cell.G, cell.c) for cell, _ in shown}) <= MOST_KEYS
    for cell, polygon in shown:
        if not holds(polygon, Box(3 * width, height)):
            continue
        image, active = _image(network, cell.G, cell.c), () if merged else _active(network, cell)
        long, second = 2 + len(notation.text(image)), 0.6 * len(", ".join(map(notation.text, active)))
        boxes = [Box(max(long, second) * width, (2 if active else 1) * height), Box(long * width, height)]
        if (found := placed(polygon, [*boxes, *([Box(3 * width, height)] if keyed else [])])) is None:
            continue
        place, which = found
        if which < 2:
            labels.append(Label(place, image, () if which else active))
        else:
            labels.append(Label(place, key.setdefault((cell.G, cell.c), len(key) + 1)))
    return tuple(labels), key


def _active(network: ReluNetwork, cell: Any) -> tuple[Any, ...]:
    return tuple(
        unit(network, layer, i) for layer, bits in enumerate(cell.pattern, start=1) for i, on in enumerate(bits) if on
    )
