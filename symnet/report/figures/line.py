"""The graph of a network with one input: its outputs over an interval that shows every kink, in straight lines."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

from symnet import notation
from symnet.errors import InvalidInput
from symnet.relu import ReluNetwork
from symnet.report.figures.perceptron import unit
from symnet.report.figures.svg import GREY, document, dot, line, points, words
from symnet.report.figures.ticks import decimal, ticks

STROKES = ("forward", "backward", "proved", "black!70")
HEX = ("#1f5fa8", "#b3382c", "#2e7d32", "#555555")
LEAST, MOST_CELLS = Fraction(1), 5000
Place: TypeAlias = Callable[[Fraction, Fraction], tuple[float, float]]
Corner: TypeAlias = tuple[Fraction, Fraction]


@dataclass(frozen=True)
class Graph:
    """``kinks`` are the inputs where the map changes; ``curves`` hold the corners of each output, ends included."""

    kinks: tuple[Fraction, ...]
    curves: tuple[tuple[Corner, ...], ...]
    names: tuple[notation.Name, ...]
    marks: tuple[Corner, ...] = ()

    @property
    def across(self) -> tuple[Fraction, Fraction]:
        """The least and the largest input."""
        return self.curves[0][0][0], self.curves[0][-1][0]

    @property
    def along(self) -> tuple[Fraction, Fraction]:
        """From the least to the largest value, 0 among them, and a little more."""
        values = [Fraction(0), *(y for curve in self.curves for _, y in curve)]
        low, high = min(values), max(values)
        more = max(high - low, LEAST) / 12
        return low - more, high + more


def graph(network: ReluNetwork, marks: Sequence[Fraction] = ()) -> Graph:
    """Exact corners; the ends lie outside all kinks and marks by half of what is between them, and by 1 at least."""
    if network.widths[0] != 1:
        raise InvalidInput(f"a graph can be drawn for 1 input, and this network has {network.widths[0]}")
    regions = network.regions(merged=True, max_regions=MOST_CELLS)
    kinks = sorted({v for region in regions for (v,) in region.vertices}) if len(regions) > 1 else []
    shown = sorted([*kinks, *marks]) or [Fraction(0)]
    margin = max(LEAST, (shown[-1] - shown[0]) / 2)
    inputs = [shown[0] - margin, *kinks, shown[-1] + margin]
    return Graph(
        tuple(kinks),
        tuple(tuple(zip(inputs, column, strict=True)) for column in _columns(network, inputs)),
        tuple(unit(network, len(network.layers), i) for i in range(network.widths[-1])),
        tuple((x, y) for x in marks for y in network([x])),
    )


def _columns(network: ReluNetwork, inputs: Sequence[Fraction]) -> list[tuple[Fraction, ...]]:
    return list(zip(*(network([x]) for x in inputs), strict=True))


def line_tikz(network: ReluNetwork, width: float = 9, height: float = 5, marks: Sequence[Fraction] = ()) -> str:
    """TikZ with a mark at every kink; ``width`` and ``height`` in centimetres."""
    drawn = graph(network, marks)
    at = _frame(drawn, width, height)
    axis = at(Fraction(0), Fraction(0))[1]
    lines = [r"\begin{tikzpicture}[line join=round]"]
    lines += [rf"\draw[->,black!60,thin] (0,{axis:.3f}) -- ({width},{axis:.3f});"]
    lines.append(rf"\node[below right,font=\small] at ({width},0) {{$x_{{1}}$}};")
    number = r"\node[black!60,font=\tiny"
    for across, t in _numbers(drawn, at, 0):
        lines.append(rf"{number},below] at ({across:.3f},0) {{${t.replace('−', '-')}$}};")
    for up, t in _numbers(drawn, at, 1):
        lines.append(rf"{number},left] at (0,{up:.3f}) {{${t.replace('−', '-')}$}};")
    ends = _apart([at(*curve[-1])[1] for curve in drawn.curves], 0.4)
    for k, (curve, name) in enumerate(zip(drawn.curves, drawn.names, strict=True)):
        stroke = STROKES[k % len(STROKES)]
        path = " -- ".join("({:.3f},{:.3f})".format(*at(*corner)) for corner in curve)
        lines.append(rf"\draw[thick,{stroke},<->] {path};")
        lines.append(rf"\node[{stroke},right] at ({width},{ends[k]:.3f}) {{${notation.latex(name)}$}};")
        corners = (at(*p) for p in curve if p[0] in drawn.kinks)
        lines += [rf"\fill[{stroke}] ({x:.3f},{y:.3f}) circle[radius=1.5pt];" for x, y in corners]
    lines += [r"\draw[backward,thick] ({:.3f},{:.3f}) circle[radius=3pt];".format(*at(*mark)) for mark in drawn.marks]
    return "\n".join([*lines, r"\end{tikzpicture}"])


def line_svg(network: ReluNetwork, width: int = 480, height: int = 300, marks: Sequence[Fraction] = ()) -> str:
    """The same as SVG, in pixels."""
    left, right, top, bottom = 52, 58, 26, 30
    drawn = graph(network, marks)
    frame = _frame(drawn, width - left - right, height - top - bottom)

    def at(x: Fraction, y: Fraction) -> tuple[float, float]:
        across, up = frame(x, y)
        return left + across, height - bottom - up

    axis = at(Fraction(0), Fraction(0))[1]
    shapes = [HEADS, line((left, axis), (width - right, axis), "axis")]
    shapes.append(words(width - right + 14, height - 10, "x₁", 12, "start"))
    for across, t in _numbers(drawn, at, 0):
        shapes += [line((across, axis - 3), (across, axis + 3), "axis"), words(across, height - 10, t, 10, colour=GREY)]
    shapes += [words(left - 8, up + 4, t, 10, "end", GREY) for up, t in _numbers(drawn, at, 1)]
    for across, x in _spaced([(at(x, Fraction(0))[0], x) for x in drawn.kinks]):
        shapes.append(line((across, top), (across, height - bottom), "guide"))
        shapes.append(words(across, top - 8, notation.text(x), 10))
    ends = _apart([at(*curve[-1])[1] for curve in drawn.curves], 15)
    for k, (curve, name) in enumerate(zip(drawn.curves, drawn.names, strict=True)):
        colour = HEX[k % len(HEX)]
        ends_of = f'marker-start="url(#end{k % len(HEX)})" marker-end="url(#end{k % len(HEX)})"'
        path = f'<polyline points="{points(at(*p) for p in curve)}" fill="none" stroke="{colour}" stroke-width="2"'
        shapes += [
            f"{path} {ends_of}/>",
            words(width - right + 10, ends[k] + 4, notation.text(name), 12, "start", colour),
        ]
        shapes += [dot(*at(*p), colour) for p in curve if p[0] in drawn.kinks]
    shapes += [dot(*at(*mark), "#b3382c", 4.5) for mark in drawn.marks]
    return document(shapes, width, height)


HEADS = "<defs>{}</defs>".format(
    "".join(
        f'<marker id="end{k}" orient="auto-start-reverse" markerWidth="5" markerHeight="5" refX="2" refY="2.5">'
        f'<path d="M0,0 L5,2.5 L0,5 z" fill="{colour}"/></marker>'
        for k, colour in enumerate(HEX)
    )
)


def _frame(drawn: Graph, width: float, height: float) -> Place:
    """From inputs and values to the paper; the axis y = 0 is always on it."""
    (first, last), (low, high) = drawn.across, drawn.along

    def at(x: Fraction, y: Fraction) -> tuple[float, float]:
        return width * float((x - first) / (last - first)), height * float((y - low) / (high - low))

    return at


def _numbers(drawn: Graph, at: Place, axis: int) -> list[tuple[float, str]]:
    """Round numbers along an axis, with their places on it."""
    low, high = (drawn.across, drawn.along)[axis]
    return [(at(*((t, low) if axis == 0 else (low, t)))[axis], decimal(t)) for t in ticks(low, high)]


def _spaced(places: Sequence[tuple[float, Fraction]]) -> list[tuple[float, Fraction]]:
    """Those with room for their label after the one before."""
    kept: list[tuple[float, Fraction]] = []
    end = float("-inf")
    for across, x in places:
        half = 3.2 * len(notation.text(x))
        if across - half > end:
            kept.append((across, x))
            end = across + half + 4
    return kept


def _apart(places: Sequence[float], gap: float) -> list[float]:
    """The places, in their order moved up until each is ``gap`` from the one before."""
    moved, last = list(places), float("-inf")
    for k in sorted(range(len(places)), key=lambda k: places[k]):
        last = moved[k] = max(places[k], last + gap)
    return moved
