"""A computation graph: forward arrows solid, adjoint messages dashed and labelled, in columns by depth.

A defined quantity stands one column right of the last quantity that it uses; inputs of the chain stand in the middle
row, parameters above the quantity that uses them first.
"""

from collections.abc import Mapping
from typing import Any

from symnet import notation

COLUMN, ROW = 3.3, 2.3  # centimetres
Place = tuple[float, float]


def computation_graph(graph: Any) -> str:
    """TikZ for ``bp.graph``: nodes with their shapes, and on each edge the message that flows back along it."""
    places = layout(graph)
    lines = [
        r"\begin{tikzpicture}[quantity/.style={rounded corners=3.6mm,draw=forward,fill=lightforward,minimum height=8mm,"
        r"minimum width=9mm,inner sep=3pt},parameter/.style={rectangle,draw=black!60,fill=black!5,minimum size=8mm,"
        r"inner sep=3pt},ahead/.style={forward,thick,-{Stealth[length=2mm]}},"
        r"back/.style={backward,dashed,-{Stealth[length=2mm]}},message/.style={font=\scriptsize,text=backward,"
        r"fill=white,inner sep=1pt}]",
    ]
    lines += [_node(node, places[node.name]) for node in graph.nodes]
    lines += [line for edge in graph.edges for line in _edge(edge, places)]
    return "\n".join([*lines, r"\end{tikzpicture}"])


def layout(graph: Any) -> dict[str, Place]:
    """Where each node stands: (column, row), row 0 in the middle, parameters above what uses them first."""
    sources = {node.name: [e.source for e in graph.edges if e.target == node.name] for node in graph.nodes}
    column: dict[str, float] = {}
    for name in (name for name, used in sources.items() if used):  # in order, so what is used already stands
        column[name] = 1 + max((column.get(source, 0.0) for source in sources[name]), default=0.0)
    inputs = [node.name for node in graph.nodes if not sources[node.name] and node.kind == "input"]
    above: dict[str, list[str]] = {}
    for name in (node.name for node in graph.nodes if node.name not in column and node.name not in inputs):
        if user := next((target for target, used in sources.items() if name in used), None):
            above.setdefault(user, []).append(name)
    places = _stack(column, above) | {name: (0.0, -float(i)) for i, name in enumerate(inputs)}
    for user, names in above.items():
        x, y = places[user]
        places |= {name: (x - 0.3 * (len(names) - 1) + 0.6 * i, y + 1.0) for i, name in enumerate(names)}
    return places


def _stack(column: Mapping[str, float], above: Mapping[str, Any]) -> dict[str, Place]:
    """Quantities of one column below each other, with a row between where something stands above one."""
    lowest: dict[float, float] = {}
    places = {}
    for name, x in column.items():
        y = lowest[x] - (2.0 if name in above else 1.0) if x in lowest else 0.0
        places[name], lowest[x] = (x, y), y
    return places


def _node(node: Any, place: Place) -> str:
    style = "parameter" if node.kind == "parameter" else "quantity"
    name = notation.identifier(node.name, "latex", bold=len(node.shape) > 0)
    shape = r" \times ".join(notation.latex(size) for size in node.shape) or "1"
    side = "above" if node.kind == "parameter" else "below"
    return (
        rf"\node[{style},label={{[font=\tiny,text=quiet]{side}:${shape}$}}] ({_id(node.name)}) "
        rf"at ({place[0] * COLUMN:.2f},{place[1] * ROW:.2f}) {{${name}$}};"
    )


def _edge(edge: Any, places: dict[str, Place]) -> list[str]:
    """A pair of arrows that bend apart, with the message on the outer one."""
    ahead, back, side = _bends(places[edge.source], places[edge.target])
    message = rf"node[message,midway,{side}] {{${notation.latex(edge.message)}$}}"
    return [
        rf"\draw[ahead] ({_id(edge.source)}) to[{ahead}] ({_id(edge.target)});",
        rf"\draw[back] ({_id(edge.target)}) to[{back}] {message} ({_id(edge.source)});",
    ]


def _bends(source: Place, target: Place) -> tuple[str, str, str]:
    """How the forward arrow bends, how the message back bends, and on which side the message is written."""
    (x0, y0), (x1, y1) = source, target
    if y0 == y1:  # a skip connection goes below what it skips
        return ("bend right=38", "bend left=58", "below") if x1 - x0 > 1 else ("bend left=8", "bend left=24", "below")
    return ("bend left=6", "bend left=18", "left") if x0 <= x1 else ("bend right=6", "bend right=18", "right")


def _id(name: str) -> str:
    return "q-" + name.replace("_", "-")
