"""A report says what was checked and no more: its sentences have their facts from the evidence."""

from dataclasses import replace

import pytest

from symnet.adjoints import derive
from symnet.derivation import Check
from symnet.report import alexnet, residual, sorter
from symnet.report.document import Established, Report, Section, Summary
from symnet.report.render import _scientific, latex


def test_the_sorter_report_claims_the_changes_that_were_tried() -> None:
    check = sorter.every_change_is_refuted(tuple(sorter.single_changes(sorter.two_input_sorter())))
    assert sorter._refuted(check) == "12 of the 12 weights that are not zero make it false when halved, one at a time"
    fewer = replace(check, evidence=dict(zip(check.evidence, (12, 11), strict=True)))
    assert sorter._refuted(fewer).startswith("11 of the 12")


@pytest.mark.parametrize(
    ("front", "said"), [([(1, 9), (2, 5), (4, 3)], True), ([(1, 9), (2, 9), (4, 3)], False), ([(1, 3), (2, 5)], False)]
)
def test_the_caption_of_the_front_is_said_only_where_its_dots_say_it(front: list[tuple[int, int]], said: bool) -> None:
    assert bool(alexnet._trade(front)) == said


def test_the_caption_of_the_front_is_true_of_every_pair_of_dots() -> None:
    front = [(p.weights, p.connections) for p in alexnet.pareto(alexnet.alexnet())]
    assert alexnet._trade(front)
    for w, c in front:
        assert all(w < other for other, below in front if below < c)
        assert all(c < above for left, above in front if left < w)


def test_an_exact_state_names_the_sizes_at_which_it_was_decided() -> None:
    derived = derive(residual.MODEL)
    rows = residual._summary(derived, [Check("entries", "exact", True, {"sizes": {"n": 2}})])
    page = latex(Report("r", "R", "Lead.", "c", (Section("S", (Summary(rows),)),), ()))
    assert page.count(r"\stateexact\ at $n = 2$") == len(derived.rules)


def test_a_state_without_sizes_names_none() -> None:
    rows = (Established("x", "proved", "how"),)
    assert r"\stateproved \\" in latex(Report("r", "R", "Lead.", "c", (Section("S", (Summary(rows),)),), ()))


@pytest.mark.parametrize(
    ("error", "printed"),
    [
        (0.0, "0"),
        (1.21e-6, r"1.3 \cdot 10^{-6}"),
        (1e-6, "10^{-6}"),
        (9.99e-6, r"10 \cdot 10^{-6}"),
        (3.8e-14, r"\text{below } 10^{-13}"),
        (4.4e-14, r"\text{below } 10^{-13}"),
        (1e-13, r"\text{below } 10^{-12}"),
        (0.25, "0.25"),
    ],
)
def test_an_error_is_never_printed_smaller_than_it_is(error: float, printed: str) -> None:
    assert _scientific(error) == printed
