"""Regions and graphs as TikZ and SVG: exact places, rays that go on for ever, every kink."""

from fractions import Fraction
from xml.etree import ElementTree

import pytest

from symnet.errors import InvalidInput
from symnet.relu import ReluNetwork, two_input_sorter
from symnet.report.figures.line import graph, line_svg, line_tikz
from symnet.report.figures.plane import plane, plane_svg, scene

HAT = ReluNetwork([([[1], [1], [1]], [0, -1, -2]), ([[1, -2, 1]], [0])])
CORNER = ReluNetwork([([[1, 0], [0, 1], [1, 1]], [-1, -1, -2]), ([[1, 1, -1]], [0])])
TRIANGLE = ReluNetwork([([[1, 0], [0, 1], [-1, -1]], [0, 0, 1]), ([[-1, -1, -1]], [1]), ([[1]], [0])])


def test_a_border_that_goes_on_for_ever_has_arrows() -> None:
    ends = {arrow[0] for arrow in scene(two_input_sorter()).arrows}
    assert ends == {(-3, -3), (3, 3)}
    assert plane(two_input_sorter()).count("->]") == 2


def test_a_border_that_ends_outside_the_window_has_none() -> None:
    """The triangle's sides are bounded, but longer than the window."""
    big = ReluNetwork([([[1, 0], [0, 1], [-1, -1]], [2, 2, 6]), ([[-1, -1, -1]], [12]), ([[1]], [0])])
    drawn = scene(big, window=3)
    inside = [a for a in drawn.arrows if big.regions()]
    for start, _ in inside:
        assert max(map(abs, start)) == 3
    assert not scene(TRIANGLE, window=1).arrows or all(
        max(map(abs, p)) == 1 for p, _ in scene(TRIANGLE, window=1).arrows
    )


def test_merged_the_sorter_has_two_labels_and_no_inner_border() -> None:
    drawn = scene(two_input_sorter(), merged=True)
    assert len(drawn.labels) == 2
    assert drawn.thin == ()
    assert len(drawn.fills) == 6
    assert r"\tiny" not in plane(two_input_sorter(), merged=True)


@pytest.mark.parametrize("merged", [False, True])
@pytest.mark.parametrize("network", [two_input_sorter(), CORNER, TRIANGLE])
def test_the_svg_is_xml_with_a_polygon_for_each_cell(network: ReluNetwork, merged: bool) -> None:
    root = ElementTree.fromstring(plane_svg(network, merged=merged))
    polygons = [e for e in root.iter() if e.tag.endswith("polygon")]
    assert len(polygons) == len(network.regions())
    assert plane_svg(network, merged=merged) == plane_svg(network, merged=merged)


def test_the_graph_has_a_corner_at_every_kink() -> None:
    drawn = graph(HAT)
    assert drawn.kinks == (0, 1, 2)
    assert drawn.curves == (((-1, 0), (0, 0), (1, 1), (2, 0), (3, 0)),)
    assert line_tikz(HAT).count(r"\fill[") == 3
    assert line_svg(HAT).count("<circle") == 3
    assert ElementTree.fromstring(line_svg(HAT)) is not None


def test_a_line_without_kinks_is_drawn_too() -> None:
    straight = ReluNetwork([([["1/2"]], [3])])
    assert graph(straight).curves == (((-1, Fraction(5, 2)), (1, Fraction(7, 2))),)
    assert r"\fill[" not in line_tikz(straight)


def test_other_numbers_of_inputs_are_refused() -> None:
    with pytest.raises(InvalidInput, match="1 input"):
        graph(two_input_sorter())
    with pytest.raises(InvalidInput, match="2 inputs"):
        plane_svg(HAT)
