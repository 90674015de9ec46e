"""A claim that is right under another convention is reported as exactly that."""

from dataclasses import replace

import pytest

from symnet import counts
from symnet.claims import Conventions, audit, key
from symnet.errors import InvalidInput

ALEXNET = counts.count(counts.alexnet())
CONV1 = 11 * 11 * 3 * 96 * 55 * 55  # every tap; of these 1,042,848 meet padding
REAL_CONV1 = 104_372_352


def only(latex, **chosen):
    (finding,) = audit(latex, key(ALEXNET, Conventions(**chosen))).findings
    return finding


def test_the_taps_on_real_input_are_counted_window_by_window():
    """Along an axis of 224 with 2 of padding on each side: 55 windows of 11, at 0, 4, 8, … in the padded input."""
    taps = sum(2 <= 4 * window + tap < 226 for window in range(55) for tap in range(11))
    assert taps**2 * 3 * 96 == REAL_CONV1 != CONV1


CLAIMS = [
    (rf"C_{{\mathrm{{conv1}}}} = {CONV1}", {}, "padding=ignored", "taps on padding are counted"),
    (rf"C_{{\mathrm{{conv1}}}} = {REAL_CONV1}", {"padding": "ignored"}, "", "taps on padding are not counted"),
    (r"W_{\mathrm{conv1}} = 34848", {}, "biases=counted", "weights do without biases, and parameters include them"),
    (r"W_{\mathrm{conv1}} = 34944", {"biases": "counted"}, "", "biases are counted"),
    (r"P_{\mathrm{conv1}} = 34944", {}, "biases=ignored", "weights do without biases, and parameters include them"),
    (r"P_{\mathrm{conv1}} = 34848", {"biases": "ignored"}, "", "biases are not counted"),
    (rf"C_{{\mathrm{{conv1}}}} = {CONV1 + 290_400}", {"biases": "counted"}, "", "biases are counted"),
    (r"P = 60965224", {}, "biases=ignored", "weights do without biases, and parameters include them"),
]


@pytest.mark.parametrize(("latex", "right", "other", "words"), CLAIMS)
def test_each_convention_has_its_counts_and_the_others_name_it(latex, right, other, words):
    assert only(latex, **right).verdict == "holds"
    found = only(latex, **dict([other.split("=")] if other else []))
    assert (found.verdict, found.convention) == ("wrong", words)


def test_two_conventions_at_once_are_named_together():
    found = only(rf"C_{{\mathrm{{conv1}}}} = {REAL_CONV1 + 290_400}")
    assert found.convention == "taps on padding are not counted and biases are counted"


def test_a_number_that_no_convention_supports_names_none():
    assert only(rf"C_{{\mathrm{{conv1}}}} = {REAL_CONV1 + 1}").convention == ""


def test_a_column_of_parameters_includes_the_biases():
    text = "| Layer | # Parameters | # Weights |\n|---|---|---|\n| Convolution 1 | 34,944 | 34,848 |\n"
    assert [f.verdict for f in audit(text, ALEXNET)] == ["holds", "holds"]


def test_a_document_states_its_conventions():
    text = f"```symnet\nagainst counts alexnet padding=ignored\n```\n$$C_{{\\mathrm{{conv1}}}} = {REAL_CONV1}$$"
    assert audit(text).holds


def test_an_unknown_convention_is_refused_with_the_choices():
    with pytest.raises(InvalidInput, match="counted or ignored"):
        replace(Conventions(), padding="some")
    for head in ("against counts alexnet pad=ignored", "against counts", "against network x.json", "for model"):
        with pytest.raises(InvalidInput, match="a symnet block begins with"):
            audit(f"```symnet\n{head}\n```\n$1 = 1$")
