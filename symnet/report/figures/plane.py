"""The linear regions of a two-input network as TikZ and as SVG (see `scene` for what is drawn)."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from symnet import notation
from symnet.relu import ReluNetwork
from symnet.report.figures.scene import Label, Point, Scene, affine, scene
from symnet.report.figures.svg import MANY, svg, untold
from symnet.report.figures.ticks import decimal, ticks

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
LETTER = 0.17, 0.45  # centimetres


def plane(
    network: ReluNetwork,
    window: Fraction | int | None = None,
    size: float = 7.2,
    merged: bool = False,
    marks: Sequence[Point] = (),
) -> str:
    """TikZ of the cells, or of the linear regions (``merged``), in a window; ``size`` is the side in centimetres."""
    drawn = scene(network, window, merged, (LETTER[0] / size, LETTER[1] / size), marks)
    scale, half = Fraction(size) / (2 * drawn.window), size / 2

    def path(*places: Point) -> str:
        return " -- ".join(f"({float(scale * x):.4f},{float(scale * y):.4f})" for x, y in places)

    lines = [r"\begin{tikzpicture}[line join=round]"]
    lines += [rf"\filldraw[{FILLS[k]},line width=0.2pt] {path(*polygon)} -- cycle;" for polygon, k in drawn.fills]
    lines += [rf"\draw[densely dotted,black!60] {path(*side)};" for side in drawn.thin]
    pen = "very thick" if len(drawn.thick) <= MANY else "thin"
    lines += [rf"\draw[{pen},black!75] {path(*side)};" for side in drawn.thick]
    lines += [rf"\draw[line width=1.2pt,black!75,->] {path(*side)};" for side in drawn.arrows]
    lines += _axes(drawn, half, float(scale))
    lines += [_label(label, float(scale), merged) for label in drawn.labels]
    lines += [rf"\fill[backward] {path(mark)} circle[radius=2.2pt];" for mark in drawn.marks]
    lines += _key(drawn, half)
    return "\n".join([*lines, r"\end{tikzpicture}"])


def plane_svg(
    network: ReluNetwork,
    window: Fraction | int | None = None,
    side: int = 480,
    merged: bool = False,
    marks: Sequence[Point] = (),
) -> str:
    """The same picture as SVG, for a notebook or a web page; ``side`` in pixels."""
    return svg(scene(network, window, merged, marks=marks), side)


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


def _label(label: Label, scale: float, merged: bool) -> str:
    names = ", ".join(map(notation.latex, label.active))
    if not names and not merged and not isinstance(label.image, int):
        names = r"\varnothing"
    below = rf"\\[-1pt]\tiny ${names}$" if names else ""
    x, y = (scale * a for a in label.place)
    return rf"\node[align=center] at ({x:.3f},{y:.3f}) {{${notation.latex(label.image)}${below}}};"


def _axes(drawn: Scene, half: float, scale: float) -> list[str]:
    """Axes through the origin, and their numbers along the window's edge."""
    axis, number = r"\draw[->,black!60,thin]", r"\node[black!60,font=\tiny"
    marks = [(float(t) * scale, decimal(t)) for t in ticks(-drawn.window, drawn.window)]
    return [
        rf"{axis} ({-half:.3f},0) -- ({half + 0.4:.3f},0) node[right,font=\small] {{$x_{{1}}$}};",
        rf"{axis} (0,{-half:.3f}) -- (0,{half + 0.4:.3f}) node[above,font=\small] {{$x_{{2}}$}};",
        *(rf"{number},below=4mm] at ({at:.3f},{-half:.3f}) {{${t.replace('−', '-')}$}};" for at, t in marks),
        *(rf"{number},left=4mm] at ({-half:.3f},{at:.3f}) {{${t.replace('−', '-')}$}};" for at, t in marks),
    ]


def _key(drawn: Scene, half: float) -> list[str]:
    """What the numbers stand for, to the right."""
    rows = [rf"\textbf{{{number}}} & ${notation.latex(image)}$" for number, _, image in drawn.key]
    if drawn.untold:
        rows.append(rf"& {untold(drawn)}")
    table = (
        r"\renewcommand{\arraystretch}{1.35}\begin{tabular}{@{}r@{\quad}l@{}}" + r" \\ ".join(rows) + r"\end{tabular}"
    )
    return [rf"\node[anchor=west,font=\footnotesize] at ({half + 0.9:.3f},0) {{{table}}};"] if rows else []
