from collections import defaultdict
from fractions import Fraction
from itertools import combinations, product

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from symnet.checks.patterns import check_patterns
from symnet.relu import ReluNetwork, two_input_sorter
from symnet.relu.geometry.rationals import dot, null_space, rank

from .small_networks import DEGENERATE, degenerate_networks, networks, points

DRAWN = settings(max_examples=25, deadline=None)


def slack(region, x):
    """b − ⟨a, x⟩ for each inequality: all positive strictly inside."""
    return [b - sum(c * v for c, v in zip(a, x, strict=True)) for a, b in region.inequalities]


def steps_along(region, x, distance):
    """Far along each ray, and both ways along each line."""
    directions = [*region.rays, *region.lines, *(tuple(-a for a in line) for line in region.lines)]
    return [tuple(v + distance * d for v, d in zip(x, direction, strict=True)) for direction in directions]


def test_the_sorter_has_six_cells_and_two_linear_regions():
    cells = two_input_sorter().regions()
    assert len(cells) == 6
    assert {cell.pattern for cell in cells} == {
        ((1, 0, 1, 0, 1),), ((1, 0, 0, 1, 0),), ((1, 0, 0, 0, 1),),
        ((0, 1, 1, 1, 0),), ((0, 1, 1, 0, 1),), ((0, 1, 0, 1, 0),),
    }  # fmt: skip
    below, above = two_input_sorter().regions(merged=True)
    assert (below.inequalities, above.inequalities) == ((((-1, 1), 0),), (((1, -1), 0),))
    assert below.G == ((0, 1), (1, 0))
    assert below.lines == above.lines == ((1, 1),)


@pytest.mark.parametrize("name", DEGENERATE)
def test_degenerate_networks_have_the_regions_that_they_have(name):
    net, cells, regions = DEGENERATE[name]
    assert len(net.regions()) == cells
    assert len(net.regions(merged=True)) == regions


@DRAWN
@given(st.data(), networks())
def test_the_cells_cover_the_space_and_meet_only_in_faces(data, net):
    cells = net.regions()
    assert len({cell.pattern for cell in cells}) == len(cells)
    for x in data.draw(points(net.widths[0], 8)):
        around = [cell for cell in cells if x in cell]
        assert around
        assert len(around) == 1 or all(0 in slack(cell, x) for cell in around)
        assert all(cell(x) == net(x) for cell in around)


@DRAWN
@given(networks())
def test_a_cell_is_what_its_vertices_rays_and_lines_span(net):
    for cell in net.regions():
        assert all(s > 0 for s in slack(cell, cell.interior))
        reached = [*cell.vertices, *steps_along(cell, cell.interior, 10**6)]
        assert all(x in cell and cell(x) == net(x) for x in [cell.interior, *reached])
        assert cell.bounded == (not cell.rays and not cell.lines)


@DRAWN
@given(networks())
def test_every_inequality_is_needed(net):
    """On the facet of each, in the middle, all others are strict."""
    for cell in net.regions():
        for i, (a, b) in enumerate(cell.inequalities):
            ends = [x for x in cell.vertices if sum(c * v for c, v in zip(a, x, strict=True)) == b]
            along = [ray for ray in cell.rays if sum(c * v for c, v in zip(a, ray, strict=True)) == 0]
            middle = [sum(column, start=Fraction(0)) / len(ends) for column in zip(*ends, strict=True)]
            middle = [v + sum(ray[k] for ray in along) for k, v in enumerate(middle)]
            assert [k for k, s in enumerate(slack(cell, middle)) if s == 0] == [i]


@DRAWN
@given(networks())
def test_the_pattern_says_which_units_are_positive_inside(net):
    for cell in net.regions():
        h = cell.interior
        for (W, b), bits in zip(net.layers, cell.pattern, strict=False):
            z = [sum(a * v for a, v in zip(row, h, strict=True)) + c for row, c in zip(W, b, strict=True)]
            assert tuple(int(a > 0) for a in z) == bits
            h = [max(a, Fraction(0)) for a in z]


@settings(max_examples=12, deadline=None)
@given(networks(most_inputs=2, most_units=3))
def test_z3_finds_the_same_patterns(net):
    z3 = pytest.importorskip("z3")
    x = z3.Reals(" ".join(f"x{i}" for i in range(net.widths[0])))

    def has_interior(pattern):
        """Strict inequalities on all units that vary; a unit that is constant there must have the pattern's sign."""
        solver, rows = (
            z3.Solver(),
            [[Fraction(int(i == j)) for j in range(len(x))] + [Fraction(0)] for i in range(len(x))],
        )
        for (W, b), bits in zip(net.layers, pattern, strict=False):
            new = []
            for weights, bias, bit in zip(W, b, bits, strict=True):
                row = [sum(w * r[k] for w, r in zip(weights, rows, strict=True)) for k in range(len(x) + 1)]
                row[-1] += bias
                if any(row[:-1]):
                    z = sum(z3.Q(a.numerator, a.denominator) * v for a, v in zip(row, x, strict=False))
                    z += z3.Q(row[-1].numerator, row[-1].denominator)
                    solver.add(z > 0 if bit else z < 0)
                elif bit != (row[-1] > 0):
                    return False
                new.append(row if bit else [Fraction(0)] * len(row))
            rows = new
        return solver.check() == z3.sat

    hidden = net.widths[1:-1]
    patterns = product(*(list(product((0, 1), repeat=width)) for width in hidden))
    assert {cell.pattern for cell in net.regions()} == {p for p in patterns if has_interior(p)}


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(degenerate_networks(most_units=5))
def test_brute_force_finds_the_same_patterns_in_degenerate_networks(net):
    """Strips of width 10⁻¹², equal, opposite, parallel and dead units, hyperplanes through the origin, rank < n."""
    found = check_patterns(net.layers, [cell.pattern for cell in net.regions()])
    assert found.passed, found.evidence


@DRAWN
@given(degenerate_networks())
def test_degenerate_cells_are_what_they_say(net):
    for cell in net.regions():
        assert all(s > 0 for s in slack(cell, cell.interior))
        far = steps_along(cell, cell.interior, 10**15)
        assert all(x in cell and cell(x) == net(x) for x in [cell.interior, *cell.vertices, *far])
        assert len(set(cell.inequalities)) == len(cell.inequalities) == len(cell.facets)
        for (a, b), (facet, _) in zip(cell.inequalities, cell.facets, strict=True):
            on = {p for p in cell.points if dot((-b, *a), p) == 0}
            assert facet == on
            assert rank([*on, *((0, *line) for line in cell.lines)]) == net.widths[0]


JOIN_OF_SQUARES = ReluNetwork([
    ([[1, 0, 0, 0, -1], [-1, 0, 0, 0, -1], [0, 1, 0, 0, -1], [0, -1, 0, 0, -1],
      [0, 0, 1, 0, 1], [0, 0, -1, 0, 1], [0, 0, 0, 1, 1], [0, 0, 0, -1, 1]], [1, 1, 1, 1, 0, 0, 0, 0]),
    ([[1, -1, 1, -1, 0, 0, 0, 0]], [0]), ([[1]], [0]),
])  # fmt: skip
"""|p_i| ≤ 1 − t and |q_i| ≤ t: opposite corners of a square lie on four common facets, and yet span no edge. The last
unit, p_1 + p_2 on that cell, has both signs on them."""


def test_points_that_span_no_edge_give_no_vertex():
    n = JOIN_OF_SQUARES.widths[0]
    assert any(all(cell.pattern[0]) for cell in JOIN_OF_SQUARES.regions())
    for cell in JOIN_OF_SQUARES.regions():
        for w, *x in cell.points:
            tight = [(b, *(-c for c in a)) for a, b in cell.inequalities if dot(a, x) == b * w]
            assert rank([*tight, *[(1, *[0] * n)] * (w == 0)]) == n - len(cell.lines)


@DRAWN
@given(degenerate_networks())
def test_two_cells_meet_in_each_facet_from_opposite_sides(net):
    sides = defaultdict(list)
    for cell in net.regions():
        for facet, (a, b) in cell.facets:
            sides[facet].append((*a, b))
    assert all(len(both) == 2 and tuple(-c for c in both[0]) == both[1] for both in sides.values())


@DRAWN
@given(st.data(), networks())
def test_linear_regions_are_unions_of_all_cells_and_differ_from_their_neighbours(data, net):
    merged = net.regions(merged=True)
    assert sorted(cell.pattern for region in merged for cell in region.cells) == sorted(
        c.pattern for c in net.regions()
    )
    for region in merged:
        assert all(cell.G == region.G and cell.c == region.c for cell in region.cells)
        assert region.interior in region
    facets = [{facet for cell in region.cells for facet, _ in cell.facets} for region in merged]
    for i, j in product(range(len(merged)), repeat=2):
        if i < j and facets[i] & facets[j]:
            assert (merged[i].G, merged[i].c) != (merged[j].G, merged[j].c)
    for x in data.draw(points(net.widths[0], 4)):
        for region in merged:
            assert (x in region) == any(x in cell for cell in region.cells)


def test_a_linear_region_that_is_not_convex_says_so():
    """max(0, min(x_1, x_2)): zero on three quadrants."""
    net = ReluNetwork([([[1, 0], [-1, 0], [1, -1]], [0, 0, 0]), ([[1, -1, -1]], [0]), ([[1]], [0])])
    zero = next(region for region in net.regions(merged=True) if not any(map(any, region.G)))
    assert not zero.convex
    assert zero.inequalities is None
    assert (-1, 5) in zero and (5, -1) in zero and (1, 1) not in zero  # noqa: PT018 - one statement about one region


def extreme(inequalities, n):
    """Which inequalities are tight on each extreme ray of {(w, x) : b w − ⟨a, x⟩ ≥ 0, w ≥ 0}, by brute force: each ray
    is where as many of them as it takes are equations, modulo the lines on which all are."""
    rows = [(b, *(-c for c in a)) for a, b in inequalities] + [(1, *[0] * n)]
    full, found = rank(rows), set()
    for chosen in combinations(range(len(rows)), full - 1):
        if rank([rows[i] for i in chosen]) < full - 1:
            continue
        for direction in null_space([rows[i] for i in chosen], n + 1):
            values = [dot(row, direction) for row in rows]
            for sign in (1, -1):
                if any(values) and all(sign * v >= 0 for v in values):
                    found.add(tuple(v == 0 for v in values))
    return found


def generated(region):
    """The same for the points and rays that the region says it has."""
    rows = [(b, *(-c for c in a)) for a, b in region.inequalities] + [(1, *[0] * len(region.maps[0][1:]))]
    return [tuple(dot(row, point) == 0 for row in rows) for point in region.points]


def check_generators(net):
    """Points, rays and lines of each convex region span exactly the polyhedron of its inequalities: none is missing,
    none is too many."""
    n = net.widths[0]
    for region in (*net.regions(merged=True), *net.regions()):
        if region.convex:
            assert all(s >= 0 for x in region.vertices for s in slack(region, x))
            assert len(set(generated(region))) == len(region.points)
            assert set(generated(region)) == extreme(region.inequalities, n)
            assert rank(region.lines) == len(region.lines) == n - rank([a for a, _ in region.inequalities])
            assert all(dot(a, line) == 0 for a, _ in region.inequalities for line in region.lines)


@DRAWN
@given(degenerate_networks(most_units=5))
def test_the_generators_of_a_region_span_its_polyhedron(net):
    check_generators(net)


@pytest.mark.parametrize("name", DEGENERATE)
def test_the_generators_of_a_degenerate_region_span_its_polyhedron(name):
    check_generators(DEGENERATE[name][0])


def test_merged_regions_keep_their_rays():
    """The sorter's two half planes each have one ray, beside the line; quadrants have two."""
    assert [(r.rays, r.lines) for r in two_input_sorter().regions(merged=True)] == [
        (((0, -1),), ((1, 1),)), (((0, 1),), ((1, 1),)),
    ]  # fmt: skip
    corner = ReluNetwork([([[1, 0], [0, 1]], [0, 0]), ([[1, 1]], [0])])
    assert [len(r.rays) for r in corner.regions(merged=True)] == [2, 2, 2, 2]
    assert not any(r.bounded for r in (*corner.regions(merged=True), *two_input_sorter().regions(merged=True)))
