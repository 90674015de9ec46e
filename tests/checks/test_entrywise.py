"""The entrywise check proves right rules at small sizes, and refutes wrong ones."""

import pytest

from symnet import backprop
from symnet.adjoints import WORDS
from symnet.checks.entrywise import check_entrywise
from symnet.errors import NotSupported

from .test_autograd import RESIDUAL, WRONG, with_rule


def test_right_rules_hold_exactly_for_an_unspecified_function():
    check = check_entrywise(backprop(RESIDUAL))
    assert check.passed
    assert check.kind == "exact"
    assert set(check.evidence["differences"]) == {"x", "b", "c", "W", "V", "z", "h", "r"}


@pytest.mark.parametrize(("name", "change"), WRONG.values(), ids=WRONG)
def test_a_wrong_adjoint_is_refuted_at_its_name(name, change):
    check = check_entrywise(with_rule(backprop(RESIDUAL), name, change))
    assert not check.passed
    assert [k for k, verdict in check.evidence["differences"].items() if verdict != "zero"] == [name]
    assert check.evidence["differences"][name] == "nonzero"


def test_an_adjoint_of_ones_is_used_as_such():
    assert check_entrywise(backprop(RESIDUAL, seed="ones")).passed


def test_a_function_without_a_scalar_definition_is_said():
    from symnet.adjoints.record import WORDS, Word

    WORDS["mystery"] = Word("mystery", lambda x: 2 * x, "2 * x", "x : n\ny = mystery(x)")
    try:
        with pytest.raises(NotSupported, match="no scalar definition of 'mystery'"):
            check_entrywise(backprop("x : n\ny = mystery(x)"))
    finally:
        del WORDS["mystery"]


EXACT = (
    "tan", "log2", "expm1", "relu6", "maximum", "minimum", "bce_with_logits", "leaky_relu", "clip", "flatten",
    "unsqueeze",
)  # fmt: skip


@pytest.mark.parametrize("name", EXACT)
def test_the_rules_of_a_composite_are_exact(name):
    assert check_entrywise(backprop(WORDS[name].example)).passed
