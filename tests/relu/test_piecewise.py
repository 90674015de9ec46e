from fractions import Fraction

import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from symnet.relu import ReluNetwork, two_input_sorter
from symnet.relu.regions.piecewise import affine

from .small_networks import networks, points


def at(e, net, x):
    return e.subs(dict(zip(net.inputs, map(sp.Rational, x), strict=True)), simultaneous=True)


def branches(form):
    return form.args if isinstance(form, sp.Piecewise) else [(form, sp.true)]


def test_the_sorter_is_the_smaller_and_the_larger():
    sorter = two_input_sorter()
    x1, x2 = sorter.inputs
    assert sorter.piecewise() == (
        sp.Piecewise((x1, x1 <= x2), (x2, True)),
        sp.Piecewise((x2, x1 <= x2), (x1, True)),
    )


def test_a_network_without_kinks_has_one_branch():
    net = ReluNetwork([([[1, 2]], [3])])
    assert net.piecewise() == (net.inputs[0] + 2 * net.inputs[1] + 3,)


def test_conditions_are_written_with_positive_coefficients():
    (form,) = ReluNetwork([([[1], [-1]], [0, -1]), ([[1, 1]], [0])]).piecewise()
    assert str(form) == "Piecewise((-x_1 - 1, x_1 <= -1), (x_1, x_1 >= 0), (0, True))"


@settings(max_examples=15, deadline=None)
@given(st.data(), networks(most_inputs=2, most_units=3))
def test_the_closed_form_is_the_network(data, net):
    forms = net.piecewise()
    assert all(branches(form)[-1][1] == sp.true for form in forms)
    places = [cell.interior for cell in net.regions()] + [v for cell in net.regions() for v in cell.vertices]
    far = [tuple(1000 * a for a in x) for x in places]
    for x in [*places, *far, *data.draw(points(net.widths[0], 3))][:40]:
        assert tuple(Fraction(int(v.p), int(v.q)) for v in (at(f, net, x) for f in forms)) == net(x)


@settings(max_examples=15, deadline=None)
@given(networks(most_inputs=2, most_units=3))
def test_no_affine_map_has_two_branches(net):
    for form in net.piecewise():
        maps = [value for value, _ in branches(form)]
        assert len(set(maps)) == len(maps)


def max_of_four():
    return ReluNetwork([
        ([[1, -1, 0, 0], [0, 1, 0, 0], [0, -1, 0, 0], [0, 0, 1, -1], [0, 0, 0, 1], [0, 0, 0, -1]], [0] * 6),
        ([[1, 1, -1, -1, -1, 1], [0, 0, 0, 1, 1, -1], [0, 0, 0, -1, -1, 1]], [0] * 3), ([[1, 1, -1]], [0]),
    ])  # fmt: skip


def test_the_maximum_of_four_has_four_branches_of_three_inequalities():
    """The cells of one branch are convex together, and no two of them are."""
    net = max_of_four()
    (form,) = net.piecewise()
    *first, (_, last) = form.args
    assert {value for value, _ in form.args} == set(net.inputs)
    assert last == sp.true
    for value, condition in first:
        assert isinstance(condition, sp.And)
        assert set(condition.args) == {sp.Le(x, value) for x in net.inputs if x != value}


@settings(max_examples=15, deadline=None)
@given(networks(most_inputs=2, most_units=4))
def test_a_convex_region_is_one_part(net):
    """Where an affine map is that of one convex linear region, its branch is that region's inequalities."""
    if net.widths[-1] > 1:
        return
    (form,) = net.piecewise()
    regions = net.regions(merged=True)
    for value, condition in branches(form)[:-1]:
        same = [r for r in regions if value == affine(r.G[0], r.c[0], net.inputs)]
        if len(same) == 1 and same[0].convex:
            assert len(condition.args if isinstance(condition, sp.And) else [condition]) == len(same[0].inequalities)
