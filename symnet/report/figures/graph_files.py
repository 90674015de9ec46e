"""A graph as the kind of file that its name says."""

from typing import Any

from symnet.report.figures.graph import computation_graph
from symnet.report.figures.graph_html import html
from symnet.report.figures.graph_rows import rows_svg
from symnet.report.figures.graph_svg import svg

WIDE = 8  # definitions that fit side by side


def drawn(graph: Any, file: str) -> str:
    """TikZ for .tex, a page that folds for .html, else SVG: in columns where they fit, otherwise row by row."""
    if file.endswith(".tex"):
        return computation_graph(graph)
    if file.endswith((".html", ".htm")):
        return html(graph)
    return (svg if len({edge.target for edge in graph.edges}) <= WIDE else rows_svg)(graph)
