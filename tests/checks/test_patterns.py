"""The brute force over patterns agrees with what can be counted by hand, and can fail."""

from fractions import Fraction
from itertools import product

import pytest

from symnet.checks.patterns import check_patterns
from symnet.errors import NotSupported

SORTER = [
    ([[-1, 0], [1, 0], [1, -1], [0, 1], [0, -1]], [0] * 5),
    ([[-1, 1, -1, 0, 0], [0, 0, 1, 1, -1]], [0, 0]),
]
# m₁ and m₂ are opposite, so are m₄ and m₅; of the eight signs of (x₁, x₁ - x₂, x₂) two contradict themselves
SIX = [((1 - a, a, d, b, 1 - b),) for a, d, b in product((0, 1), repeat=3) if (a, d, b) not in {(1, 0, 0), (0, 1, 1)}]


def test_the_sorter_has_six_cells() -> None:
    check = check_patterns(SORTER, SIX)
    assert check.passed
    assert check.kind == "exact"
    assert check.evidence["patterns tried"] == 32


@pytest.mark.parametrize("wrong", [SIX[:-1], [*SIX, ((1, 1, 1, 1, 1),)], [*SIX[:-1], SIX[0]]])
def test_a_missing_an_invented_or_a_repeated_cell_is_caught(wrong: list[tuple[tuple[int, ...]]]) -> None:
    assert not check_patterns(SORTER, wrong).passed


def test_parallel_lines_leave_a_strip_however_thin() -> None:
    strip = [([[1], [1]], [0, Fraction(-1, 10**12)]), ([[1, -1]], [0])]
    assert check_patterns(strip, [((0, 0),), ((1, 0),), ((1, 1),)]).passed
    assert not check_patterns(strip, [((0, 0),), ((1, 1),)]).passed


def test_dead_units_and_second_layers_are_followed() -> None:
    dead = [([[1], [0]], [0, -1]), ([[1, 1]], [0])]
    assert check_patterns(dead, [((0, 0),), ((1, 0),)]).passed
    deep = [([[1], [-1]], [0, 0]), ([[1, 1]], [-1]), ([[1]], [0])]  # relu(|x| - 1)
    cells = [((0, 1), (0,)), ((0, 1), (1,)), ((1, 0), (0,)), ((1, 0), (1,))]
    assert check_patterns(deep, cells).passed


def test_too_many_units_are_refused() -> None:
    with pytest.raises(NotSupported, match="13 hidden units"):
        check_patterns([([[1]] * 13, [0] * 13), ([[1] * 13], [0])], [])
