"""Regions and graphs as TikZ and SVG: exact places, rays that go on for ever, every kink."""

from fractions import Fraction
from itertools import combinations, pairwise
from random import Random
from xml.etree import ElementTree

import pytest

from symnet.errors import InvalidInput
from symnet.relu import ReluNetwork, two_input_sorter
from symnet.report import figure, pdf
from symnet.report.figures.line import graph, line_svg, line_tikz
from symnet.report.figures.plane import plane, plane_svg
from symnet.report.figures.scene import scene
from symnet.report.figures.ticks import rounded_up, ticks

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
    assert "m_{" not in plane(two_input_sorter(), merged=True)


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


# ---------------------------------------------------------------------- what can be read in a picture
def random_network(seed: int, *widths: int) -> ReluNetwork:
    number = Random(seed)
    sizes = pairwise(widths)
    return ReluNetwork(
        [
            ([[f"{number.randint(-16, 16)}/8" for _ in range(n)] for _ in range(m)], [number.randint(-2, 2)] * m)
            for n, m in sizes
        ]
    )


PLANES = [
    two_input_sorter(),
    CORNER,
    TRIANGLE,
    *(random_network(k, 2, 4, 1) for k in range(3)),
    random_network(4, 2, 7, 6, 1),
]
LETTER = 0.017, 0.034


@pytest.mark.parametrize("merged", [False, True])
@pytest.mark.parametrize("network", PLANES)
def test_labels_lie_in_their_cells_and_do_not_overlap(network: ReluNetwork, merged: bool) -> None:
    drawn = scene(network, merged=merged, letter=LETTER)
    boxes = []
    for label in drawn.labels:
        x, y = label.place
        wide = LETTER[0] * float(drawn.window) * len(str(label.image).replace("_", "").replace("*", ""))
        boxes.append((x - wide, x + wide, y - LETTER[1] * float(drawn.window), y + LETTER[1] * float(drawn.window)))
        corners = [(a, b) for a in boxes[-1][:2] for b in boxes[-1][2:]]
        images = {tuple(map(float, _slopes(network, corner))) for corner in corners}
        assert len(images) == 1
    assert not any(a[0] < b[1] and b[0] < a[1] and a[2] < b[3] and b[2] < a[3] for a, b in combinations(boxes, 2))


def _slopes(network: ReluNetwork, place: tuple[float, float]) -> list[Fraction]:
    """The affine map around a point, by differences."""
    x, y = (Fraction(a).limit_denominator(10**6) for a in place)
    step = Fraction(1, 10**9)
    return [
        round((b - a) / step, 6)
        for dx, dy in ((step, 0), (0, step))
        for a, b in zip(network([x, y]), network([x + dx, y + dy]), strict=True)
    ]


@pytest.mark.parametrize("network", PLANES)
def test_maps_that_meet_have_different_colours(network: ReluNetwork) -> None:
    drawn = scene(network)
    for (px, py), (qx, qy) in drawn.thick:
        across = ((qy - py) / 10**6, (px - qx) / 10**6)
        middle = ((px + qx) / 2, (py + qy) / 2)
        colours = [_colour(drawn, (middle[0] + s * across[0], middle[1] + s * across[1])) for s in (1, -1)]
        assert colours[0] != colours[1]


def _colour(drawn, p) -> int:
    """That of the polygon around p: all of p's crosses with its sides have one sign."""
    for polygon, colour in drawn.fills:
        crosses = [
            (b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0])
            for a, b in zip(polygon, (*polygon[1:], polygon[0]), strict=True)
        ]
        if all(c >= 0 for c in crosses) or all(c <= 0 for c in crosses):
            return colour
    raise AssertionError(f"no polygon covers {p}")


def test_a_number_in_a_cell_is_explained_below() -> None:
    drawn = scene(random_network(2, 2, 4, 1), merged=True)
    numbers = {label.image for label in drawn.labels if isinstance(label.image, int)}
    assert numbers == {number for number, _, _ in drawn.key} != set()
    picture = plane_svg(random_network(2, 2, 4, 1), merged=True)
    assert all(f">{number}</text>" in picture for number in numbers)


def test_the_window_shows_what_there_is() -> None:
    far = ReluNetwork([([[1, 0], [0, 1]], [-100, -200]), ([[1, 1]], [0])])
    near = ReluNetwork([([[1000, 0], [0, 1000]], [1, 1]), ([[1, 1]], [0])])
    assert [scene(net).window for net in (far, near, two_input_sorter())] == [300, Fraction(3, 2000), 3]
    assert scene(far, window=50).thick == ()
    assert scene(two_input_sorter(), marks=[(Fraction(70), Fraction(0))]).window > 70


def test_round_numbers() -> None:
    assert ticks(Fraction(-3), Fraction(3)) == list(range(-3, 4))
    assert ticks(Fraction(1, 100), Fraction(1, 20)) == [Fraction(k, 100) for k in range(1, 6)]
    assert all(2 <= len(ticks(-Fraction(w), Fraction(w, 7))) <= 7 for w in range(1, 200))
    assert [rounded_up(Fraction(v)) for v in ("1", "1.2", "150", "0.009", "9")] == [
        1,
        Fraction(3, 2),
        150,
        Fraction(1, 100),
        10,
    ]


# ---------------------------------------------------------------------- the public way to a picture
def test_a_picture_is_saved_as_its_suffix_says(tmp_path) -> None:
    net = two_input_sorter()
    assert ElementTree.parse(figure(net).save(tmp_path / "regions.svg")).getroot().tag.endswith("svg")
    assert figure(net)._repr_svg_() == (tmp_path / "regions.svg").read_text() == figure(net).svg()
    assert r"\begin{tikzpicture}" in figure(HAT).save(tmp_path / "graph.tex").read_text()
    assert figure(net, merged=False).svg() != figure(net).svg() != figure(net, window=7).svg()
    assert figure(HAT, marks=((Fraction(1),),)).svg().count("<circle") == 4
    for wrong, says in ((lambda: figure(net).save(tmp_path / "a.png"), ".svg or .tex"),
                        (lambda: figure(ReluNetwork([([[1, 1, 1]], [0])])), "1 or 2 inputs"),
                        (lambda: figure(net, window=0), "positive")):  # fmt: skip
        with pytest.raises(InvalidInput, match=says):
            wrong()
    assert not (tmp_path / "a.png").exists()


@pytest.mark.skipif(not pdf.available(), reason="there is no pdflatex")
@pytest.mark.parametrize("network", [HAT, random_network(2, 2, 4, 1)])
def test_a_picture_for_latex_stands_by_itself(network: ReluNetwork) -> None:
    page = r"\documentclass{article}\usepackage[a3paper,landscape]{geometry}\usepackage{tikz}\begin{document}"
    assert pdf.compile_pdf(f"{page}\n{figure(network).tex()}\n\\end{{document}}\n").complaints == ()
