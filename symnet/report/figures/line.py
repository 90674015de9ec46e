"""The graph of a network with one input: its outputs over an interval that shows every kink, in straight lines."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction

from symnet.errors import InvalidInput
from symnet.relu import ReluNetwork
from symnet.report.figures.svg import document, line, points, words

STROKES = ("forward", "backward", "proved")
HEX = ("#1f5fa8", "#b3382c", "#2e7d32")
LEAST = Fraction(1)
Place = Callable[[Fraction | int, Fraction | int], tuple[float, float]]


@dataclass(frozen=True)
class Graph:
    """``kinks`` are the inputs where the map changes; ``curves`` hold the corners of each output, ends included."""

    kinks: tuple[Fraction, ...]
    curves: tuple[tuple[tuple[Fraction, Fraction], ...], ...]


def graph(network: ReluNetwork) -> Graph:
    """Exact corners; the ends lie outside all kinks by half of what is between them, and by 1 at least."""
    if network.widths[0] != 1:
        raise InvalidInput(f"a graph can be drawn for 1 input, and this network has {network.widths[0]}")
    regions = network.regions(merged=True)
    kinks = sorted({v for region in regions for (v,) in region.vertices}) if len(regions) > 1 else []
    first, last = (kinks[0], kinks[-1]) if kinks else (Fraction(0), Fraction(0))
    margin = max(LEAST, (last - first) / 2)
    inputs = [first - margin, *kinks, last + margin]
    values = [network([x]) for x in inputs]
    return Graph(tuple(kinks), tuple(tuple(zip(inputs, column, strict=True)) for column in zip(*values, strict=True)))


def line_tikz(network: ReluNetwork, width: float = 9, height: float = 5) -> str:
    """TikZ with a mark at every kink; ``width`` and ``height`` in centimetres."""
    drawn = graph(network)
    at = _frame(drawn, width, height)
    lines = [r"\begin{tikzpicture}[line join=round]"]
    for k, curve in enumerate(drawn.curves):
        path = " -- ".join("({:.3f},{:.3f})".format(*at(x, y)) for x, y in curve)
        lines.append(rf"\draw[thick,{STROKES[k % len(STROKES)]},<->] {path};")
        corners = (p for p in curve if p[0] in drawn.kinks)
        dot = rf"\fill[{STROKES[k % len(STROKES)]}]"
        lines += [rf"{dot} ({x:.3f},{y:.3f}) circle[radius=1.5pt];" for x, y in _all(at, corners)]
    axis = at(0, 0)[1]
    lines.append(rf"\draw[->,black!60,thin] (0,{axis:.3f}) -- ({width},{axis:.3f}) node[right] {{$x_{{1}}$}};")
    return "\n".join([*lines, r"\end{tikzpicture}"])


def line_svg(network: ReluNetwork, width: int = 480, height: int = 280) -> str:
    """The same as SVG, in pixels."""
    drawn = graph(network)
    frame = _frame(drawn, width, height)

    def at(x: Fraction | int, y: Fraction | int) -> tuple[float, float]:
        across, up = frame(x, y)
        return across, height - up

    axis = at(0, 0)[1]
    shapes = [line((0, axis), (width, axis), "axis"), words(width - 12, axis - 6, "x₁", 12)]
    for k, curve in enumerate(drawn.curves):
        colour = HEX[k % len(HEX)]
        shapes.append(f'<polyline points="{points(_all(at, curve))}" fill="none" stroke="{colour}" stroke-width="2"/>')
        corners = (p for p in curve if p[0] in drawn.kinks)
        shapes += [f'<circle cx="{x:.2f}" cy="{y:.2f}" r="3" fill="{colour}"/>' for x, y in _all(at, corners)]
    return document(shapes, width, height)


def _frame(drawn: Graph, width: float, height: float) -> Place:
    """From inputs and values to the paper; the axis y = 0 is always on it."""
    xs = [x for x, _ in drawn.curves[0]]
    ys = [Fraction(0), *(y for curve in drawn.curves for _, y in curve)]
    low, tall = min(ys), max(max(ys) - min(ys), LEAST)

    def at(x: Fraction | int, y: Fraction | int) -> tuple[float, float]:
        return width * float((x - xs[0]) / (xs[-1] - xs[0])), height * float((y - low) / tall)

    return at


def _all(at: Place, corners: Iterable[tuple[Fraction, Fraction]]) -> list[tuple[float, float]]:
    return [at(x, y) for x, y in corners]
