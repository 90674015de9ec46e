"""Scenes and graphs as SVG: plain text, drawn alike in a notebook and in a browser."""

from collections.abc import Iterable, Iterator, Sequence
from html import escape
from typing import Any

from symnet import notation
from symnet.report.figures.ticks import decimal, ticks

COLOURS = ("#dbe9f6", "#f8dcd9", "#dcefdc", "#b9d3ee", "#f0b9b3", "#b9dfb9", "#e8e8e8", "#d0d0d0")
STYLES = {
    "thin": 'stroke="#888" stroke-width="1" stroke-dasharray="2 2"',
    "thick": 'stroke="#333" stroke-width="2.5" stroke-linecap="round"',
    "many": 'stroke="#333" stroke-width="0.8"',
    "arrows": 'stroke="#333" stroke-width="2.5" marker-end="url(#head)"',
    "axis": 'stroke="#777" stroke-width="1" stroke-opacity="0.6"',
    "guide": 'stroke="#aaa" stroke-width="1" stroke-dasharray="1 3"',
}
HEAD = (
    '<defs><marker id="head" orient="auto" markerWidth="5" markerHeight="5" refX="2" refY="2.5">'
    '<path d="M0,0 L5,2.5 L0,5 z" fill="#333"/></marker></defs>'
)
MARGIN, ROW, WIDE = 58, 20, 7.2  # pixels: around the plane, of a row of the key, of a letter
MANY = 200  # borders, from which they are drawn thinner
GREY = "#666"


def svg(scene: Any, side: int) -> str:
    """A `scene.Scene`, with a margin for numbers and for what goes on for ever, and the key below."""
    scale = (side - 2 * MARGIN) / (2 * float(scene.window))

    def at(p: Sequence[Any]) -> tuple[float, float]:
        return side / 2 + scale * float(p[0]), side / 2 - scale * float(p[1])

    shapes = [HEAD]
    for polygon, k in scene.fills:
        fill = COLOURS[k]
        shapes.append(f'<polygon points="{points(map(at, polygon))}" fill="{fill}" stroke="{fill}"/>')
    for style in ("thin", "thick", "arrows"):
        pen = "many" if style == "thick" and len(scene.thick) > MANY else style
        shapes += [line(at(p), at(q), pen) for p, q in getattr(scene, style)]
    shapes += _axes(scene.window, at)
    for label in scene.labels:
        x, y = at(label.place)
        up = 2 if label.active else -4
        bold = isinstance(label.image, int)
        shapes.append(words(x, y - up, notation.text(label.image), 13, bold=bold))
        shapes += [words(x, y + 13, ", ".join(map(notation.text, label.active)), 9)] if label.active else []
    shapes += [dot(*at(mark), "#b3382c", 4.5) for mark in scene.marks]
    texts = [(number, COLOURS[k], notation.text(image)) for number, k, image in scene.key]
    for row, (number, fill, text) in enumerate(texts):
        y = side + ROW * row
        shapes.append(f'<rect x="{MARGIN}" y="{y}" width="26" height="16" fill="{fill}"/>')
        shapes += [
            words(MARGIN + 13, y + 12, str(number), 12, bold=True),
            words(MARGIN + 36, y + 12, text, 13, "start"),
        ]
    if scene.untold:
        shapes.append(words(side / 2, side + ROW * len(texts) + 12, untold(scene), 11, colour=GREY))
    width = max([side, *(int(MARGIN + 50 + WIDE * len(text)) for _, _, text in texts)])
    return document(shapes, width, side + ROW * (len(texts) + bool(scene.untold)) + (10 if texts else 0))


def untold(scene: Any) -> str:
    """A line about the cells without a label."""
    return f"{scene.untold} more, too small for a label" if scene.labels else f"{scene.untold} regions"


def _axes(window: Any, at: Any) -> Iterator[str]:
    """Through the origin, with their names at the ends; numbers along the left and the lower edge."""
    yield line(at((-window, 0)), at((window, 0)), "axis")
    yield line(at((0, -window)), at((0, window)), "axis")
    (right, middle), (centre, top) = at((window, 0)), at((0, window))
    yield words(right + 12, middle + 18, "x₁", 13, "start")
    yield words(centre - 12, top - 14, "x₂", 13, "end")
    for t in ticks(-window, window):
        across, bottom = at((t, -window))
        left, up = at((-window, t))
        yield words(across, bottom + 36, decimal(t), 10, colour=GREY)
        yield words(left - 27, up + 4, decimal(t), 10, "end", GREY)


# ---------------------------------------------------------------------- elements
def document(shapes: Iterable[str], width: int, height: int) -> str:
    """The shapes as a file."""
    start = f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">'
    return "\n".join([start, *shapes, "</svg>", ""])


def points(places: Iterable[tuple[float, float]]) -> str:
    """Coordinates of a polygon or polyline, in pixels."""
    return " ".join(f"{x:.2f},{y:.2f}" for x, y in places)


def line(p: tuple[float, float], q: tuple[float, float], style: str) -> str:
    """A straight line in one of the styles."""
    return f'<line x1="{p[0]:.2f}" y1="{p[1]:.2f}" x2="{q[0]:.2f}" y2="{q[1]:.2f}" {STYLES[style]}/>'


def dot(x: float, y: float, colour: str, radius: float = 3) -> str:
    """A filled circle."""
    return f'<circle cx="{x:.2f}" cy="{y:.2f}" r="{radius}" fill="{colour}"/>'


def words(
    x: float, y: float, text: str, size: int, anchor: str = "middle", colour: str = "#000", bold: bool = False
) -> str:
    """Text at (x, y), with true minus signs."""
    place = f'x="{x:.2f}" y="{y:.2f}" font-size="{size}" fill="{colour}"' + (' font-weight="bold"' if bold else "")
    return f'<text {place} font-family="serif" text-anchor="{anchor}">{escape(text.replace("-", "−"))}</text>'
