"""The report's own check, that every changed weight is refuted, can fail."""

from dataclasses import replace

from symnet.relu import Sorted, prove, two_input_sorter
from symnet.report.sorter import every_change_is_refuted, single_changes

CHANGES = tuple(single_changes(two_input_sorter()))


def test_every_weight_that_is_not_zero_is_changed_once() -> None:
    weights = sum(w != 0 for W, _ in two_input_sorter().layers for row in W for w in row)
    assert len(CHANGES) == len({change.entry for change in CHANGES}) == weights
    assert all(change.after != change.before for change in CHANGES)


def test_the_check_passes_on_the_sorter() -> None:
    assert every_change_is_refuted(CHANGES).passed


def test_a_change_that_is_not_refuted_is_caught() -> None:
    harmless = replace(CHANGES[0], proof=prove(two_input_sorter(), Sorted()))
    assert not every_change_is_refuted((harmless, *CHANGES[1:])).passed


def test_a_point_at_which_nothing_is_wrong_is_no_counterexample() -> None:
    wrong = replace(CHANGES[0].proof, network=two_input_sorter())
    assert not every_change_is_refuted([replace(CHANGES[0], proof=wrong)]).passed
