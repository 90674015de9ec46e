"""Six answers as students write them, each verdict judged by hand: `tests/data/answers`."""

from pathlib import Path

import pytest

from symnet import backprop, counts, relu
from symnet.claims import audit

ROOT = Path(__file__).parents[2]
BLOCK = backprop(ROOT / "examples" / "residual.net")
ANSWERS = {  # file -> what it is compared with, the lines with a wrong link, the lines with something unread
    "anna.md": (BLOCK, [], [5, 6, 6, 6, 8]),  # an abbreviation of her own, δ, which is not followed
    "ben.tex": (BLOCK, [7], []),  # the path past the second layer is forgotten
    "carla.md": (BLOCK, [4], [7]),  # W for Wᵀ in indices; an update with a step size that nobody declared
    "dan.md": (
        counts.count(counts.alexnet()),
        [3, 4, 4, 7, 10],
        [],
    ),  # a size without its floor, groups, biases, off by one
    "eva.tex": (relu.two_input_sorter(), [6], [2]),  # a sign; (…)^+ is not read
    "finn.md": (BLOCK, [4, 5, 6, 7, 9], [8]),  # order, transpose, φ'(h), what follows, a sum; ⊗ is not read
}


@pytest.mark.parametrize("name", ANSWERS)
def test_each_slip_is_found_and_nothing_else(name):
    against, wrong, unread = ANSWERS[name]
    found = audit(ROOT / "tests" / "data" / "answers" / name, against)
    assert [f.line for f in found.wrong] == wrong
    assert [f.line for f in found.unread] == unread
