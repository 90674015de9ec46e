"""The fewest units of one hidden layer, against exhaustive searches that know nothing of the theorem."""

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from itertools import combinations, combinations_with_replacement, pairwise, product
from math import gcd
from typing import Any

import numpy as np
import pytest
import sympy as sp
import z3
from hypothesis import given, settings
from hypothesis import strategies as st

from symnet.errors import InvalidInput, NotSupported
from symnet.relu import ReluNetwork, Sorted, prove, two_input_sorter
from symnet.relu.functions import relu
from symnet.relu.geometry.rationals import rank
from symnet.relu.layered import layered
from symnet.relu.sorting.comparators import sorter
from symnet.relu.sorting.first_layer import first_layer_bound
from symnet.relu.width.canonical import canonical_form, read_circuit
from symnet.relu.width.minimal import minimal_width
from symnet.relu.width.search import best_choice

x1, x2, x3 = sp.symbols("x_1:4", real=True)

FEWEST: list[tuple[Any, int]] = [
    ([sp.Integer(0)], 0),
    ([sp.Rational(3, 7)], 0),
    ([x1], 2),
    ([2 * x1 - 1, 1 - x1], 2),
    ([x1 + x2, x1 - x2], 4),
    ([x1 + x2, 2 * x1 + 2 * x2], 2),
    ([relu(x1)], 1),
    ([sp.Abs(x1)], 2),
    ([relu(x1) + 3 * x1], 2),
    ([sp.Max(x1, 0), sp.Min(x1, 0)], 2),
    ([sp.Max(0, sp.Min(1, x1))], 2),
    ([sp.Abs(sp.Abs(x1) - 1)], 4),
    ([sp.Max(x1, x2)], 3),
    ([sp.Min(x1, x2), sp.Max(x1, x2)], 4),
    ([sp.Abs(x1), sp.Abs(x2)], 4),
    ([sp.Abs(x1) + sp.Abs(x2) + sp.Abs(x1 + x2)], 3),
    ([sp.Abs(x1) + x2, sp.Abs(x2) + x1], 4),
    ([sp.Max(sp.Abs(x1), sp.Abs(x2))], 4),  # (|x_1 + x_2| + |x_1 − x_2|) / 2
    ([relu(x1) + relu(x2 - 1) + relu(x1 + x2 + 2)], 3),
]


# ---------------------------------------------------------------------- the theorem's number
@pytest.mark.parametrize(("target", "fewest"), FEWEST)
def test_the_fewest_units(target: Any, fewest: int) -> None:
    width = minimal_width(target)
    assert width.units == fewest
    assert sum(width.network.widths[1:-1]) == fewest
    assert prove(width.network, target).holds


def test_two_numbers_are_sorted_by_four_units_and_not_by_three() -> None:
    width = minimal_width(two_input_sorter())
    assert (width.units, width.choice.doubled) == (4, (0,))
    assert width.undoubled is not None
    assert width.undoubled.units == 5  # without doubling: the worksheet's
    assert prove(width.network, Sorted()).holds


@pytest.mark.parametrize(
    "target", [[sp.Abs(sp.Abs(x1) - 1)], [sp.Max(sp.Max(x1, x2), x1 - 1)], [sp.Abs(sp.Abs(x1) + 1)]]
)
def test_a_deep_target_with_whole_kinks_is_flattened(target: Any) -> None:
    width = minimal_width(target)
    assert len(width.network.layers) == 2
    assert prove(width.network, target).holds


# ---------------------------------------------------------------------- exhaustive: no fewer, with small integer units
SMALL: list[tuple[Any, int]] = [
    ([sp.Abs(x1)], 1),
    ([x1], 1),
    ([sp.Abs(sp.Abs(x1) - 1)], 1),
    ([sp.Max(0, sp.Min(1, x1))], 1),
    ([relu(x1) + 3 * x1], 1),
    ([sp.Max(x1, x2)], 2),
    ([sp.Min(x1, x2), sp.Max(x1, x2)], 2),
    ([sp.Abs(x1) + sp.Abs(x2) + sp.Abs(x1 + x2)], 2),
    ([sp.Abs(x1) + x2], 2),
    ([sp.Abs(x1), sp.Abs(x2)], 2),
    ([sp.Abs(x1) + sp.Abs(x2)], 2),
    ([sp.Abs(x1) + sp.Abs(x1 + x2) + x2], 2),
    ([sp.Abs(x1 + x2 + x3)], 3),
    ([sp.Abs(x1) + sp.Abs(x2) + sp.Abs(x3)], 3),
    ([sp.Max(x1, x2), x3], 3),
    ([relu(x1), relu(x2) + relu(-x3), x1 + x2], 3),
]


@pytest.mark.parametrize(("target", "n"), SMALL)
def test_no_smaller_set_of_small_integer_units_spans_the_function(target: Any, n: int) -> None:
    """Every set of N − 1 units with weights and biases in {−1, 0, 1}: no output weights at all give f on a grid."""
    assert _spanned(target, n, minimal_width(target).units)
    assert not _spanned(target, n, minimal_width(target).units - 1)


def _spanned(target: Sequence[sp.Expr], n: int, count: int) -> bool:
    """Whether f lies, on all points of a grid, in the span of 1 and some ``count`` of the units."""
    reach = (4, 2, 1)[n - 1]
    grid = [*product(*[range(-reach, reach + 1)] * n)]
    f = np.array([[float(e.subs(dict(zip((x1, x2, x3), x, strict=False)))) for x in grid] for e in target])
    values = np.array([[max(0, u[0] + _dot(u[1:], x)) for x in grid] for u in _units(n)], dtype=float)
    chosen = values[[*combinations(range(len(values)), count)]]
    ones = np.ones((len(chosen), 1, len(grid)))
    with_f = np.concatenate([ones, chosen, np.broadcast_to(f, (len(chosen), *f.shape))], axis=1)
    ranks = (np.linalg.matrix_rank(M) for M in (with_f[:, : 1 + count], with_f))
    return bool(np.equal(*ranks).any())


def _units(n: int) -> Iterator[tuple[int, ...]]:
    """(bias, slopes) in {−1, 0, 1} with a slope; from two dimensions on without biases, for all kinks meet in 0."""
    biases = (-1, 0, 1) if n == 1 else (0,)
    return (u for u in product(biases, *[(-1, 0, 1)] * n) if any(u[1:]))


def _exact(value: sp.Expr) -> Fraction:
    return Fraction(int(sp.Rational(value).p), int(sp.Rational(value).q))


# ---------------------------------------------------------------------- z3: no fewer, with any real weights
@pytest.mark.parametrize(
    ("target", "points"),
    [
        ([sp.Abs(x1)], [(-2,), (-1,), (0,), (1,), (2,)]),
        ([x1], [(-1,), (0,), (1,)]),
        ([relu(x1) + 3 * x1], [(-2,), (-1,), (0,), (1,), (2,)]),
        ([sp.Max(0, sp.Min(1, x1))], [(-1,), (0,), (1,), (2,)]),
    ],
)
def test_one_unit_less_has_no_real_weights(target: Any, points: list[tuple[int, ...]]) -> None:
    assert _weights_exist(target, points, minimal_width(target).units) == z3.sat
    assert _weights_exist(target, points, minimal_width(target).units - 1) == z3.unsat


def _weights_exist(target: Sequence[sp.Expr], points: list[tuple[int, ...]], units: int) -> z3.CheckSatResult:
    """Whether some real weights give f at the points, and its slopes far out (on bounded sets x is a single unit).

    A unit's slope is ±1 or 0: the output weight takes its size.
    """
    solver = z3.Solver()
    solver.set("timeout", 20_000)
    (f,), c = target, z3.Real("c")
    w, b, v = ([z3.Real(f"{letter}{k}") for k in range(units)] for letter in "wbv")
    solver.add([z3.Or([slope == value for value in (-1, 0, 1)]) for slope in w])

    def positive(z: Any) -> Any:
        return z3.If(z > 0, z, 0)

    for (x,) in points:
        out = sum((v[k] * positive(w[k] * x + b[k]) for k in range(units)), start=c)
        solver.add(out == str(_exact(f.subs(x1, x))))
    for side in (-1, 1):
        slope = sum((v[k] * positive(side * w[k]) for k in range(units)), start=z3.RealVal(0))
        solver.add(slope == str(_exact(f.subs(x1, side * 100) - f.subs(x1, side * 99))))
    return solver.check()


@pytest.mark.parametrize(
    "target",
    [
        [sp.Max(x1, x2)],
        [sp.Min(x1, x2), sp.Max(x1, x2)],
        [sp.Abs(x1), sp.Abs(x2)],
        [sp.Abs(x1) + x2],
        [sp.Max(sp.Abs(x1), sp.Abs(x2))],
        [x1 + x2, x1 - x2],
    ],
)
def test_one_unit_less_has_no_real_weights_in_the_plane(target: Any) -> None:
    """f(t x) = t f(x) for t > 0, so biases can be left out: f(x) = lim f(t x)/t = Σ v relu(⟨w, x⟩). A first slope is ±1
    or 0, and then the second ±1, for the output weight takes the size; one query for each choice of first slopes."""
    units = minimal_width(target).units - 1
    for first in combinations_with_replacement((1, 0, -1), units):
        assert _plane_weights_exist(target, first) == z3.unsat


def _plane_weights_exist(target: Sequence[sp.Expr], first: Sequence[int]) -> z3.CheckSatResult:
    solver = z3.Solver()
    solver.set("timeout", 20_000)
    w = [(a, z3.Real(f"w{k}")) for k, a in enumerate(first)]
    solver.add([z3.Or(b == 1, b == -1) for a, b in w if a == 0])
    for x in (x for x in product(range(-2, 3), repeat=2) if gcd(*x) == 1):
        z = [a * x[0] + b * x[1] for a, b in w]
        for o, e in enumerate(target):
            out = sum((z3.Real(f"v{o}_{k}") * z3.If(z[k] > 0, z[k], 0) for k in range(len(w))), start=z3.RealVal(0))
            solver.add(out == str(_exact(e.subs(dict(zip((x1, x2), x, strict=True))))))
    return solver.check()


# ---------------------------------------------------------------------- laws
weights = st.integers(-2, 2)


@st.composite
def networks(draw: st.DrawFn, hidden: int = 5) -> ReluNetwork:
    n, m, N = draw(st.integers(1, 3)), draw(st.integers(1, 2)), draw(st.integers(1, hidden))
    rows = [[draw(weights) for _ in range(n)] for _ in range(N)]
    out = [[draw(weights) for _ in range(N)] for _ in range(m)]
    return ReluNetwork([(rows, [draw(weights) for _ in range(N)]), (out, [draw(weights) for _ in range(m)])])


@given(networks())
@settings(deadline=None, max_examples=60)
def test_never_more_units_than_the_network_has(net: ReluNetwork) -> None:
    width = minimal_width(net)
    assert width.units <= net.widths[1]
    assert sum(width.network.widths[1:-1]) == width.units
    assert width.proof.holds


@given(networks(hidden=4))
@settings(deadline=None, max_examples=60)
def test_the_search_agrees_with_every_choice_of_sides_and_doublings(net: ReluNetwork) -> None:
    form = canonical_form(net)
    assert best_choice(form).units == minimal_width(net).units == _by_all_choices(net)


def _by_all_choices(net: ReluNetwork) -> int:
    """The theorem's minimum over all 3ᵏ choices, with the rank of R on K as rank(R; gᵢ) − rank(gᵢ)."""
    form, found = canonical_form(net), []
    for choice in product((-1, 0, 1), repeat=len(form.kinks)):
        folded = list(zip(choice, form.kinks, strict=True))
        R = [
            [a - sum(s * kink.u[o] * kink.g[j] for s, kink in folded) for j, a in enumerate(row)]
            for o, row in enumerate(form.A)
        ]
        S = [kink.g for s, kink in folded if not s]
        found.append(len(choice) + len(S) + 2 * (rank([*R, *S]) - rank(S)))
    return min(found)


@given(networks(), st.integers(1, 3), st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=30)
def test_wasted_units_do_not_matter(net: ReluNetwork, scale: int, random: Any) -> None:
    """Permuted and rescaled, with a unit split in two: the same function, the same number."""
    (W, b), (V, c) = net.layers
    order = random.sample(range(len(W)), len(W))
    rows, bias = [[scale * a for a in W[i]] for i in order], [scale * b[i] for i in order]
    out = [[Fraction(row[i], scale) for i in order] for row in V]
    half = [[*(a / 2 if k == 0 else a for k, a in enumerate(row)), row[0] / 2] for row in out]
    scrambled = ReluNetwork([([*rows, rows[0]], [*bias, bias[0]]), (half, c)])
    assert minimal_width(scrambled).units == minimal_width(net).units


@given(networks(), st.lists(st.integers(-3, 3), min_size=3, max_size=3))
@settings(deadline=None, max_examples=30)
def test_the_canonical_form_is_the_function(net: ReluNetwork, x: list[int]) -> None:
    point = tuple(map(Fraction, x[: net.widths[0]]))
    assert canonical_form(net)(point) == net(point)


@given(networks(hidden=3), st.integers(-2, 2), st.integers(1, 2))
@settings(deadline=None, max_examples=25)
def test_the_form_from_regions_is_that_from_units(net: ReluNetwork, shift: int, scale: int) -> None:
    """An idle layer in between, relu(relu(z)) = relu(z), makes the network deep and leaves the function."""
    (W, b), (V, c) = net.layers
    idle = [[scale * int(i == j) for j in range(len(W))] for i in range(len(W))]
    deep = ReluNetwork([(W, b), (idle, [0] * len(W)), ([[a / scale for a in row] for row in V], c)])
    assert canonical_form(deep) == canonical_form(net)


# ---------------------------------------------------------------------- where one hidden layer cannot
ENDS: list[tuple[Any, int]] = [
    ([sp.Max(x1, x2, 0)], 2),
    ([sp.Max(x1, x2, x3)], 3),
    ([sp.Abs(sp.Max(x1, x2))], 2),
    ([relu(sp.Abs(x1) - x2 - sp.Rational(1, 3))], 2),
    (sorter(3), 3),
]


@pytest.mark.parametrize(("target", "n"), ENDS)
def test_a_kink_that_ends_is_refused_with_the_place(target: Any, n: int) -> None:
    with pytest.raises(InvalidInput, match=r"ends at \(") as refusal:
        minimal_width(target)
    point = [Fraction(value) for value in str(refusal.value).split("ends at (")[1].split(")")[0].split(",")]
    assert len(point) == n
    assert _slopes_near(target, point) > 2  # at an inner point of a whole kink there are two


@given(st.data())
@settings(deadline=None, max_examples=40)
def test_a_deep_network_is_flattened_or_refused_with_the_place(data: st.DataObject) -> None:
    widths = [2, *data.draw(st.lists(st.integers(1, 3), min_size=2, max_size=2)), data.draw(st.integers(1, 2))]
    net = ReluNetwork(
        [
            (
                [[data.draw(weights) for _ in range(before)] for _ in range(after)],
                [data.draw(weights) for _ in range(after)],
            )
            for before, after in pairwise(widths)
        ]
    )
    try:
        width = minimal_width(net)
    except InvalidInput as refusal:
        point = [Fraction(value) for value in str(refusal).split("ends at (")[1].split(")")[0].split(",")]
        assert _slopes_near(net, point) > 2
    else:
        assert len(width.network.layers) <= 2
        assert width.proof.holds


def _slopes_near(target: Any, point: Sequence[Fraction]) -> int:
    """How many affine maps meet at the point, from the network's regions."""
    net = target if isinstance(target, ReluNetwork) else _network(target)
    return len({(region.G, region.c) for region in net.regions() if point in region})


def _network(target: Sequence[sp.Expr]) -> ReluNetwork:
    return layered(read_circuit(target))


@pytest.mark.parametrize(
    "target", [[sp.Max(x1, x2, 0)], [sp.Abs(sp.Abs(x1) - x2)], [x1 + relu(x2 - relu(x1)), sp.Min(x1, 3)]]
)
def test_a_circuit_in_layers_is_the_same_function(target: Any) -> None:
    assert prove(_network(target), target).holds


@pytest.mark.parametrize(
    ("target", "kind", "says"),
    [
        ([x1 * x2], NotSupported, "not read as piecewise linear"),
        ([sp.Symbol("y")], InvalidInput, "not an input"),
        ([sp.Symbol("x_0")], InvalidInput, "not an input"),
        ([], InvalidInput, "no outputs"),
        ([x1 <= x2], InvalidInput, "an inequality"),
        (["x1"], InvalidInput, "is a string"),
        ([x1 / sp.Float(2)], InvalidInput, "is a float"),
        ([sp.nan], InvalidInput, "not a real number"),
        ([sp.Piecewise((x1, x1 > 0), (0, True))], NotSupported, "Piecewise"),
        (Sorted(), InvalidInput, "how many inputs"),
        ([sp.Add(*(sp.Abs(x1 - i**3) for i in range(24)))], NotSupported, "at least 24 and at most 25"),
    ],
)
def test_what_is_refused(target: Any, kind: type[Exception], says: str) -> None:
    with pytest.raises(kind, match=says) as refusal:
        minimal_width(target)
    assert "\n" not in str(refusal.value)


def test_many_units_without_waste_are_answered_at_once() -> None:
    net = ReluNetwork(
        [([[i, 1] for i in range(40)], [i * i for i in range(40)]), ([[1 + i % 3 for i in range(40)]], [0])]
    )
    assert minimal_width(net).units == 40


# ---------------------------------------------------------------------- the reasons
@pytest.mark.parametrize(("target", "fewest"), FEWEST)
def test_the_derivation_prints_and_holds(target: Any, fewest: int) -> None:
    derivation = minimal_width(target).derivation
    assert derivation.passed
    assert f"N = {fewest}" in str(derivation.statement[-1])
    assert "canonical form" in derivation.text()
    assert derivation.latex().count(r"\\") == len(derivation.statement) - 1


@pytest.mark.parametrize("n", [2, 3, 4, 9])
def test_sorting_takes_twice_as_many_units_in_the_first_layer(n: int) -> None:
    derivation = first_layer_bound(n)
    assert derivation.passed
    assert str(derivation.statement[0]) == f"N ≥ 2·n = {2 * n}"


@pytest.mark.parametrize("n", [2, 3])
def test_rows_that_reach_the_bound_leave_no_direction_out(n: int) -> None:
    """The step of the proof that can fail: on either side of any generic v the active rows have full rank."""
    rows = sorter(n, "four").layers[0][0]
    directions = [v for v in product(range(-3, 4), repeat=n) if all(_dot(w, v) for w in rows) and len(set(v)) == n]
    assert directions
    assert all(rank([w for w in rows if s * _dot(w, v) > 0]) == n for v in directions for s in (1, -1))


def _dot(u: Sequence[Any], v: Sequence[Any]) -> Any:
    return sum(a * b for a, b in zip(u, v, strict=True))


@pytest.mark.parametrize("call", [lambda: first_layer_bound(1), lambda: first_layer_bound(2.0)])
def test_the_bound_starts_with_two(call: Callable[[], Any]) -> None:
    with pytest.raises(InvalidInput, match="starts with 2"):
        call()
