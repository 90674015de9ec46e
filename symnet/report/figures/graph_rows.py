"""A large graph as SVG: one row for each quantity, from top to bottom, with what it uses and what it sends back.

Left of a quantity stand the parameters that it reads, right of it the messages that it sends back, one line each.
Rows of one group (a module, or an equation with its parts) stand in one box. Skips are arcs beside the column.
"""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from itertools import groupby
from typing import Any

from symnet import notation
from symnet.report.figures.graph_svg import MARKER, STYLE, drawn_text

LINE, GAP, PAD, BOX = 15.0, 34.0, 26.0, 30.0  # pixels: of a message, between rows, of a group, the height of a box
LETTER, SMALL = 8.2, 6.0  # mean widths in names, and in messages
LONGEST = 110  # letters of a message; the whole of it is in its title
EXTRA = ".group{fill:#fafafa;stroke:#ccc}.title{font-size:12px;fill:#555;text-anchor:start}.says{text-anchor:start}"


def rows_svg(graph: Any, shown: Iterable[str] | None = None) -> str:
    """``bp.graph``, or the part of it that defines the ``shown`` names, as a picture that stands by itself."""
    kinds = {node.name: node for node in graph.nodes}
    used = {name: [e for e in graph.edges if e.target == name] for name in kinds}
    wanted = set(kinds if shown is None else shown)
    rows = [n for n in graph.nodes if n.name in wanted and (used[n.name] or n.kind != "parameter")]
    entering = {e.source for n in rows for e in used[n.name] if kinds[e.source].kind != "parameter"}
    rows = [n for n in graph.nodes if n.name in entering - {r.name for r in rows}] + rows
    beside = {n.name: [kinds[e.source] for e in used[n.name] if kinds[e.source].kind == "parameter"] for n in rows}
    left = max((sum(_width(p) + 12 for p in beside[n.name]) for n in rows), default=0.0) + PAD + 20
    middle = left + max(map(_width, rows), default=0.0) / 2 + 30
    tops = _tops(rows, used)
    lines = [*_groups(rows, tops, used, middle)]
    for node in rows:
        lines += _row(node, tops[node.name], middle, beside[node.name], used[node.name] if node.name in wanted else [])
    lines += [part for node in rows for e in used[node.name] if node.name in wanted for part in _arc(e, tops, middle)]
    height = max(tops.values(), default=0.0) + max((_height(used[n.name]) for n in rows), default=0.0) + PAD
    width = middle + 300 + SMALL * LONGEST
    markers = MARKER.format("ahead", "#27508f") + MARKER.format("back", "#a33")
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" '
            f'height="{height:.0f}" role="img"><title>Computation graph with adjoint messages</title>',
            f"<style>{STYLE}{EXTRA}</style><defs>{markers}</defs>",
            *lines,
            "</svg>",
        ]
    )


def _name(node: Any) -> str:
    return notation.identifier(node.name, "text")


def _width(node: Any) -> float:
    return max(36.0, LETTER * len(_name(node)) + 14)


def _height(edges: Sequence[Any]) -> float:
    return max(BOX, LINE * len(edges)) + GAP


def _tops(rows: Sequence[Any], used: Mapping[str, Sequence[Any]]) -> dict[str, float]:
    """The middle of each row; a group has room for its title."""
    y, before, found = PAD, "", {}
    for node in rows:
        y += PAD if node.group != before else 0.0
        before = node.group
        height = _height(used[node.name])
        found[node.name] = y + height / 2
        y += height
    return found


def _groups(
    rows: Sequence[Any], tops: Mapping[str, float], used: Mapping[str, Sequence[Any]], middle: float
) -> Iterable[str]:
    for group, members in groupby(rows, key=lambda n: n.group):
        nodes = list(members)
        if group:
            y = tops[nodes[0].name] - _height(used[nodes[0].name]) / 2
            end = tops[nodes[-1].name] + _height(used[nodes[-1].name]) / 2
            yield (
                f'<rect class="group" x="8" y="{y - 8:.1f}" width="{middle + 270 + SMALL * LONGEST:.1f}" '
                f'height="{end - y + 6:.1f}" rx="8"/><text class="title" x="16" y="{y + 6:.1f}">{escape(group)}</text>'
            )


def _row(node: Any, y: float, middle: float, parameters: Sequence[Any], edges: Sequence[Any]) -> list[str]:
    half = _width(node) / 2
    lines = [_box(node, middle, y)]
    x = middle - half - 24
    for p in reversed(parameters):
        x -= _width(p) / 2
        lines.append(_box(p, x, y))
        x -= _width(p) / 2 + 12
    if parameters:
        lines.append(f'<path class="ahead" d="M{middle - half - 23:.1f} {y:.1f}H{middle - half - 2:.1f}"/>')
    first = y - LINE * (len(edges) - 1) / 2 + 4
    for i, edge in enumerate(edges):
        whole = notation.text(edge.message)
        short = whole if len(whole) <= LONGEST else whole[: LONGEST - 1] + "…"
        bar = notation.identifier(edge.source, "text", bar=True)
        lines.append(
            f'<text class="message says" x="{middle + 250:.1f}" y="{first + LINE * i:.1f}">'
            f"<title>{escape(whole)}</title>{drawn_text(f'to {bar}: {short}')}</text>"
        )
    return lines


def _box(node: Any, x: float, y: float) -> str:
    kind, half = ("parameter", 2) if node.kind == "parameter" else ("quantity", 14)
    w, shape = _width(node), notation.text(notation.Shape(node.shape))
    title = f"<title>{escape(str(node.equation))}</title>" if node.equation else ""
    return (
        f'<g>{title}<rect class="{kind}" x="{x - w / 2:.1f}" y="{y - 15:.1f}" width="{w:.1f}" height="24" rx="{half}"/>'
        f'<text class="name" x="{x:.1f}" y="{y + 2:.1f}">{drawn_text(_name(node))}</text>'
        f'<text class="shape" x="{x:.1f}" y="{y + 20:.1f}">{escape(shape)}</text></g>'
    )


def _arc(edge: Any, tops: Mapping[str, float], middle: float) -> list[str]:
    """Forward down, the message back up; what skips rows bends to the right, the further the wider."""
    if edge.source not in tops:
        return []  # a parameter, which stands beside
    start, end = tops[edge.source] + 22, tops[edge.target] - 17
    over = sum(start < y < end for y in tops.values())
    bend = 0.0 if not over else min(40 + 22.0 * over, 230)
    x = middle + (12 if over else 0)
    ahead = f"M{x:.1f} {start:.1f}C{x + bend:.1f} {start + 10:.1f} {x + bend:.1f} {end - 10:.1f} {x:.1f} {end:.1f}"
    x += 10
    back = f"M{x:.1f} {end:.1f}C{x + bend:.1f} {end - 10:.1f} {x + bend:.1f} {start + 10:.1f} {x:.1f} {start:.1f}"
    return [f'<path class="ahead" d="{ahead}"/>', f'<path class="back" d="{back}"/>']
