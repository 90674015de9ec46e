"""The computation graph as SVG, by the same layout as the TikZ figure: no external program, readable by any browser.

Forward arrows are solid; backward arrows are dashed, and the message on each is what it adds to the adjoint at its tip.
"""

import re
import unicodedata
from html import escape
from typing import Any

from symnet import notation
from symnet.report.figures.graph import Place, layout

COLUMN, ROW, MARGIN = 170.0, 120.0, 90.0  # pixels
STYLE = (
    "svg{background:#fff}text{font-family:'Latin Modern Math','STIX Two Math','Cambria Math',serif;text-anchor:middle}"
    ".message,.shape{paint-order:stroke;stroke:#fff;stroke-width:3px}"
    ".name{font-size:17px;font-style:italic}.shape{font-size:10px;fill:#777}.message{font-size:11px;fill:#a33}"
    ".quantity{fill:#eaf1fb;stroke:#27508f}.parameter{fill:#f3f3f3;stroke:#777}"
    ".ahead{fill:none;stroke:#27508f;stroke-width:1.5;marker-end:url(#ahead)}"
    ".back{fill:none;stroke:#a33;stroke-dasharray:5 3;marker-end:url(#back)}"
)
MARKER = (
    '<marker id="{0}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
    '<path d="M0 0L8 4L0 8z" fill="{1}"/></marker>'
)


def svg(graph: Any) -> str:
    """``bp.graph`` as a picture that stands by itself."""
    places = _pixels(layout(graph))
    placed = [edge for edge in graph.edges if {edge.source, edge.target} <= set(places)]
    said = [_middle(places[edge.target], places[edge.source], _bends(edge, places)[1]) for edge in placed]
    passed = [_middle(places[edge.source], places[edge.target], _bends(edge, places)[0]) for edge in placed]
    top = min([0.0, *(y - 20 for _, y in said)])
    width = max((x for x, _ in places.values()), default=0.0) + MARGIN
    height = max((y for _, y in [*places.values(), *said, *passed]), default=0.0) + MARGIN - top
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 {top:.0f} {width:.0f} {height:.0f}" width="{width:.0f}" '
        f'height="{height:.0f}" role="img"><title>Computation graph with adjoint messages</title>',
        f"<style>{STYLE}</style><defs>{MARKER.format('ahead', '#27508f')}{MARKER.format('back', '#a33')}</defs>",
    ]
    lines += [line for edge in placed for line in _edge(edge, places)]
    lines += [line for node in graph.nodes if node.name in places for line in _node(node, places[node.name])]
    return "\n".join([*lines, "</svg>"])


def _pixels(places: dict[str, Place]) -> dict[str, Place]:
    """Columns to the right, rows downwards, everything inside the margin."""
    left = min((x for x, _ in places.values()), default=0.0)
    top = max((y for _, y in places.values()), default=0.0)
    return {name: (MARGIN + (x - left) * COLUMN, MARGIN + (top - y) * ROW) for name, (x, y) in places.items()}


def drawn_text(text: str) -> str:
    """``text`` for SVG, with bars that are drawn: a font may lack the letter with its bar, and leave the bar out."""
    apart = unicodedata.normalize("NFD", text)
    return re.sub(rf"(.){notation.MACRON}", r'<tspan text-decoration="overline">\1</tspan>', escape(apart))


def _node(node: Any, place: Place) -> list[str]:
    x, y = place
    name, shape = notation.identifier(node.name, "text"), notation.text(notation.Shape(node.shape))
    kind, half = ("parameter", 2) if node.kind == "parameter" else ("quantity", 14)
    reach = max(18.0, 5.5 * len(name))
    below = y - 24 if node.kind == "parameter" else y + 32
    equation = f"<title>{escape(str(node.equation))}</title>" if node.equation else ""
    return [
        f'<g>{equation}<rect class="{kind}" x="{x - reach:.1f}" y="{y - 17:.1f}" width="{2 * reach:.1f}" height="34" '
        f'rx="{half}"/><text class="name" x="{x:.1f}" y="{y + 5:.1f}">{drawn_text(name)}</text>'
        f'<text class="shape" x="{x:.1f}" y="{below:.1f}">{escape(shape)}</text></g>'
    ]


def _edge(edge: Any, places: dict[str, Place]) -> list[str]:
    """Two curves that bend apart, with the message on the one back."""
    source, target, (bend, bend_back) = places[edge.source], places[edge.target], _bends(edge, places)
    x, y = _middle(target, source, bend_back)
    message = drawn_text(notation.text(edge.message))
    return [
        f'<path class="ahead" d="{_curve(source, target, bend)}"/>',
        f'<path class="back" d="{_curve(target, source, bend_back)}"/>',
        f'<text class="message" x="{x:.1f}" y="{y:.1f}">{message}</text>',
    ]


def _bends(edge: Any, places: dict[str, Place]) -> tuple[float, float]:
    """How far the two curves are from a straight line; a connection that skips a column bends further."""
    far = max(abs(places[edge.target][0] - places[edge.source][0]) / COLUMN - 1, 0.0)
    return 10 + 26 * far, 22 + 30 * far


def _ends(a: Place, b: Place) -> tuple[Place, Place, Place]:
    """Start and tip on the rims of the nodes, and the normal of the line between them."""
    dx, dy = b[0] - a[0], b[1] - a[1]
    length = max((dx * dx + dy * dy) ** 0.5, 1.0)
    ux, uy = dx / length, dy / length
    return (a[0] + 24 * ux, a[1] + 22 * uy), (b[0] - 24 * ux, b[1] - 22 * uy), (-uy, ux)


def _curve(a: Place, b: Place, bend: float) -> str:
    start, tip, (nx, ny) = _ends(a, b)
    cx, cy = (start[0] + tip[0]) / 2 + 2 * bend * nx, (start[1] + tip[1]) / 2 + 2 * bend * ny
    return f"M{start[0]:.1f} {start[1]:.1f}Q{cx:.1f} {cy:.1f} {tip[0]:.1f} {tip[1]:.1f}"


def _middle(a: Place, b: Place, bend: float) -> Place:
    start, tip, (nx, ny) = _ends(a, b)
    return (start[0] + tip[0]) / 2 + (bend + 8) * nx, (start[1] + tip[1]) / 2 + (bend + 8) * ny
