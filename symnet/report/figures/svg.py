"""Scenes and graphs as SVG: plain text, drawn alike in a notebook and in a browser."""

from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

from symnet import notation

COLOURS = ("#dbe9f6", "#f8dcd9", "#dcefdc", "#b9d3ee", "#f0b9b3", "#b9dfb9", "#e8e8e8", "#d0d0d0")
STYLES = {
    "thin": 'stroke="#888" stroke-width="1" stroke-dasharray="2 2"',
    "thick": 'stroke="#333" stroke-width="2.5" stroke-linecap="round"',
    "arrows": 'stroke="#333" stroke-width="2.5" marker-end="url(#head)"',
    "axis": 'stroke="#777" stroke-width="1"',
}
HEAD = (
    '<defs><marker id="head" orient="auto" markerWidth="5" markerHeight="5" refX="2" refY="2.5">'
    '<path d="M0,0 L5,2.5 L0,5 z" fill="#333"/></marker></defs>'
)


def svg(scene: Any, side: int) -> str:
    """A `plane.Scene`, with a margin for what goes on for ever."""
    margin = 30
    scale = (side - 2 * margin) / (2 * scene.window)

    def at(p: Sequence[Any]) -> tuple[float, float]:
        return side / 2 + scale * float(p[0]), side / 2 - scale * float(p[1])

    shapes = [HEAD]
    for polygon, k in scene.fills:
        shapes.append(f'<polygon points="{points(map(at, polygon))}" fill="{COLOURS[k % len(COLOURS)]}"/>')
    for style in ("thin", "thick", "arrows"):
        shapes += [line(at(p), at(q), style) for p, q in getattr(scene, style)]
    edge = scene.window
    shapes += [line(at((-edge, 0)), at((edge, 0)), "axis"), line(at((0, -edge)), at((0, edge)), "axis")]
    for place, image, active in scene.labels:
        x, y = at(place)
        shapes.append(words(x, y, notation.text(image), 13))
        shapes += [words(x, y + 14, ", ".join(map(notation.text, active)), 9)] if active else []
    return document(shapes, side, side)


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


def words(x: float, y: float, text: str, size: int) -> str:
    """Text centred at (x, y)."""
    place = f'x="{x:.2f}" y="{y:.2f}" font-size="{size}"'
    return f'<text {place} font-family="serif" text-anchor="middle">{escape(text)}</text>'
