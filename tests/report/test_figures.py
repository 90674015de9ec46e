"""Figures show what the objects hold: every weight, every cell, every message, every value, and nothing else."""

from fractions import Fraction

import pytest

from symnet import backprop
from symnet.errors import InvalidInput
from symnet.relu import ReluNetwork, two_input_sorter
from symnet.report.figures.bars import Panel, bars
from symnet.report.figures.graph import computation_graph, layout
from symnet.report.figures.perceptron import perceptron
from symnet.report.figures.plane import plane
from symnet.report.figures.scene import clip
from symnet.report.residual import MODEL

SKEW = ReluNetwork([([[2, 1], [1, -3], [0, 1]], [1, "1/2", -2]), ([[1, 1, 1]], [0])])


def area(polygon: list[tuple[Fraction, Fraction]]) -> Fraction:
    """Shoelace."""
    edges = zip(polygon, polygon[1:] + polygon[:1], strict=True)
    return abs(sum((p[0] * q[1] - p[1] * q[0] for p, q in edges), start=Fraction(0))) / 2


@pytest.mark.parametrize("network", [two_input_sorter(), SKEW])
def test_the_polygons_of_the_cells_tile_the_window(network: ReluNetwork) -> None:
    areas = [area(clip(cell.inequalities, 3)) for cell in network.regions()]
    assert sum(areas) == 36


def test_a_half_plane_that_misses_the_window_leaves_nothing() -> None:
    assert clip([((1, 0), -4)], 3) == []


def test_the_plane_shows_one_fill_a_cell_and_one_colour_a_map() -> None:
    tikz = plane(two_input_sorter())
    assert tikz.count(r"\filldraw[") == 6
    assert tikz.count("lightforward") == tikz.count("lightbackward") == 3


def test_only_the_line_where_the_map_changes_is_thick() -> None:
    thick = [line for line in plane(two_input_sorter()).splitlines() if "very thick" in line]
    assert len(thick) == 2  # the diagonal, on either side of the origin
    assert all("(0.0000,0.0000)" in line for line in thick)


def test_three_inputs_have_no_plane() -> None:
    with pytest.raises(InvalidInput, match="2 inputs"):
        plane(ReluNetwork([([[1, 1, 1]], [0])]))


@pytest.mark.parametrize("network", [two_input_sorter(), SKEW])
def test_the_perceptron_has_one_line_for_each_weight_that_is_not_zero(network: ReluNetwork) -> None:
    weights = [w for W, _ in network.layers for row in W for w in row if w]
    tikz = perceptron(network)
    assert tikz.count(r"\draw[plus]") == sum(w > 0 for w in weights)
    assert tikz.count(r"\draw[minus]") == sum(w < 0 for w in weights)
    assert tikz.count(r"\node[unit") == sum(network.widths)


def test_the_graph_has_a_pair_of_arrows_for_each_use_and_no_two_nodes_in_one_place() -> None:
    graph = backprop(MODEL).graph
    tikz = computation_graph(graph)
    assert tikz.count(r"\draw[ahead]") == tikz.count(r"\draw[back]") == len(graph.edges) == 10
    places = layout(graph)
    assert set(places) == {node.name for node in graph.nodes}
    assert len(set(places.values())) == len(places)


def test_bars_are_labelled_with_exact_values_and_scaled_to_the_largest() -> None:
    tikz = bars([Panel("weights", {"a": 3, "b": 12_345})])
    assert r"12\,345" in tikz
    assert "(0.9800,1)" in tikz
    assert r"99.98\,\%" in tikz
