"""The graph as SVG: well-formed, every quantity on it, every message on an edge."""

import unicodedata
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest
from torch import nn

from symnet import backprop, notation
from symnet.report.figures.graph import layout
from symnet.report.figures.graph_files import drawn
from symnet.report.figures.graph_html import html
from symnet.report.figures.graph_rows import rows_svg
from symnet.report.figures.graph_svg import svg

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*.net"))


def as_text(element):
    """What a text shows, with the letters that a bar is drawn over."""
    shown = element.text or ""
    for part in element:
        shown += (part.text or "") + notation.MACRON * part.tag.endswith("tspan") + (part.tail or "")
    return unicodedata.normalize("NFC", shown)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_bars_are_drawn_and_not_left_to_a_font(path):
    root = ElementTree.fromstring(svg(backprop(path).graph))
    shown = "".join(t for e in root.iter() if e.tag.endswith(("text", "tspan")) for t in (e.text, e.tail) if t)
    assert notation.MACRON not in unicodedata.normalize("NFD", shown)
    assert any(e.get("text-decoration") == "overline" for e in root.iter())


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_svg_shows_every_quantity_and_every_message(path):
    graph = backprop(path).graph
    root = ElementTree.fromstring(svg(graph))
    texts = [as_text(e) for e in root.iter() if e.tag.endswith("text")]
    paths = [e.get("class") for e in root.iter() if e.tag.endswith("path")]
    assert len([t for t in root.iter() if t.get("class") == "name"]) == len(graph.nodes)
    assert paths.count("ahead") == paths.count("back") == len(graph.edges)
    assert {str(edge.message) for edge in graph.edges} <= set(texts)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_no_two_quantities_stand_on_each_other(path):
    places = list(layout(backprop(path).graph).values())
    apart = [max(abs(x - u), abs(y - v)) for i, (x, y) in enumerate(places) for u, v in places[:i]]
    assert min(apart) >= 0.5


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_rows_show_every_quantity_and_every_message(path):
    graph = backprop(path).graph
    root = ElementTree.fromstring(rows_svg(graph))
    said = [e.text or "" for e in root.iter() if e.tag.endswith("title")] + [
        "".join(e.itertext()) for e in root.iter() if "message" in (e.get("class") or "")
    ]
    names = {e.text for e in root.iter() if e.get("class") == "name"}
    assert len(names) == len({n.name for n in graph.nodes})
    assert all(any(str(edge.message) in text for text in said) for edge in graph.edges)


@pytest.fixture(scope="module")
def block():
    """A transformer block."""
    layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True).eval()
    return backprop(layer, (2, 3, 8)).graph


@pytest.mark.filterwarnings("ignore")  # torch.export warns about itself
def test_a_large_graph_stands_in_rows_with_a_box_for_each_module(block):
    root = ElementTree.fromstring(drawn(block, "block.svg"))
    titles = [e.text for e in root.iter() if e.get("class") == "title"]
    assert titles == ["self_attn", "norm1", "linear1", "linear2", "norm2"]
    tops = [float(e.get("y")) for e in root.iter() if e.get("class") == "quantity"]
    assert all(b - a >= 30 for a, b in pairwise(tops))  # no two boxes overlap


@pytest.mark.filterwarnings("ignore")
def test_a_page_folds_every_group_and_needs_no_other_file(block):
    page = html(block)
    assert page.count("<details>") == page.count("</details>") > 5
    assert "self_attn: " in page
    assert "src=" not in page
    assert "<script" not in page
    names = {n.name for n in block.nodes if n.equation}
    assert all(any(f">{form}<" in page for form in (name, shown(name))) for name in names)


def shown(name):
    return notation.identifier(name, "text")


def test_an_equation_and_its_parts_are_one_group():
    graph = backprop("X : t d\nW : d d\nY = softmax(tanh(X @ W) + X)").graph
    assert {n.group for n in graph.nodes if n.equation} == {"Y"}


KINDS = [("a.tex", r"\begin{tikzpicture}"), ("a.html", "<!DOCTYPE html>"), ("a.svg", "<svg")]


@pytest.mark.parametrize(("file", "start"), KINDS)
def test_the_name_of_the_file_says_its_kind(file, start):
    assert drawn(backprop("x : n\ny = tanh(x)").graph, file).startswith(start)
