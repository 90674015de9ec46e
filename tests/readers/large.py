"""Every layer with each of its options, and with mixtures of them: run by make test-large."""

import pytest

from .torch_options import LAYERS, REFUSED_AT_DEFAULTS, cases, name, told

pytestmark = pytest.mark.filterwarnings("ignore")  # torch advises on how to call it


@pytest.mark.parametrize("case", list(cases(several=6, seed=1)), ids=name)
def test_a_layer_with_any_options_agrees_with_torch_or_is_refused_in_one_line(case):
    said = told(case)
    assert said != "differs"
    assert said is None or "\n" not in said


def test_no_layer_is_refused_whatever_its_options():
    read = {case[0] for case in cases() if not case[2] and told(case) == "agrees"}
    assert read == {row[0] for row in LAYERS} - set(REFUSED_AT_DEFAULTS)
