"""The graph as SVG: well-formed, every quantity on it, every message on an edge."""

from pathlib import Path
from xml.etree import ElementTree

import pytest

from symnet.backprop import backprop
from symnet.report.figures.graph_svg import svg

EXAMPLES = [p for p in sorted((Path(__file__).parents[2] / "examples").glob("*.net")) if p.stem != "recurrent"]


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_svg_shows_every_quantity_and_every_message(path):
    graph = backprop(path).graph
    root = ElementTree.fromstring(svg(graph))
    texts = [e.text for e in root.iter() if e.tag.endswith("text")]
    paths = [e.get("class") for e in root.iter() if e.tag.endswith("path")]
    assert len([t for t in root.iter() if t.get("class") == "name"]) == len(graph.nodes)
    assert paths.count("ahead") == paths.count("back") == len(graph.edges)
    assert {str(edge.message) for edge in graph.edges} <= set(texts)
