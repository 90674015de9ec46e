"""A graph as the kind of file that its name says."""

from typing import Any

from symnet import notation
from symnet.report.figures.graph import computation_graph
from symnet.report.figures.graph_html import html
from symnet.report.figures.graph_rows import rows_svg
from symnet.report.figures.graph_svg import svg

WIDE, LONG = 8, 30  # definitions that fit side by side, with so many letters between them


def drawn(graph: Any, file: str) -> str:
    """TikZ for .tex, a page that folds for .html, else SVG: in columns where they fit, otherwise row by row."""
    if file.endswith(".tex"):
        return computation_graph(graph)
    if file.endswith((".html", ".htm")):
        return html(graph)
    fits = len({edge.target for edge in graph.edges}) <= WIDE
    short = all(len(notation.text(edge.message)) <= LONG for edge in graph.edges)
    return (svg if fits and short else rows_svg)(graph)
