"""A graph as one page: each group folds away, without scripts and without other files."""

from html import escape
from itertools import groupby
from typing import Any

from symnet import notation
from symnet.report.figures.graph_rows import rows_svg

STYLE = (
    "body{font-family:sans-serif;margin:2em}summary{cursor:pointer;padding:.4em;background:#eaf1fb;border-radius:6px}"
    "details{margin:.5em 0}svg{max-width:none}div{overflow-x:auto}"
)
SHORT = 12  # rows that are shown unfolded


def html(graph: Any) -> str:
    """Groups in order, closed where there are many rows; what belongs to no group stands between them."""
    targets = {edge.target for edge in graph.edges}
    defined = [node for node in graph.nodes if node.name in targets]
    opened = " open" if len(defined) <= SHORT else ""
    parts = [_part(group, [*members], graph, opened) for group, members in groupby(defined, key=lambda n: n.group)]
    return "\n".join(
        [
            '<!DOCTYPE html>\n<html lang="en"><meta charset="utf-8"><title>Computation graph</title>',
            f"<style>{STYLE}</style>",
            "<h1>Computation graph with adjoint messages</h1>",
            *parts,
            "</html>",
        ]
    )


def _part(group: str, nodes: list[Any], graph: Any, opened: str) -> str:
    last = nodes[-1]
    named = group or ", ".join(notation.identifier(n.name, "text") for n in nodes)
    shape = notation.text(notation.Shape(last.shape))
    said = f"{named}: {len(nodes)} {'quantity' if len(nodes) == 1 else 'quantities'}, to {shape}"
    picture = rows_svg(graph, [n.name for n in nodes])
    return f"<details{opened}><summary>{escape(said)}</summary><div>{picture}</div></details>"
