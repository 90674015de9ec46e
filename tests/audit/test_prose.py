"""What a sentence presupposes is no claim, and what a row cannot say does not silence the others."""

import pytest

from symnet import relu
from symnet.claims import audit, key

NET = relu.two_input_sorter()


@pytest.mark.parametrize(
    "text",
    [
        "If $x_1 > x_2$ then $y_1 = x_2$. Thus $y_1 \\le y_2$.",
        "We have $y_1 = x_2$ whenever $x_1 \\ge x_2$, and $y_1 + y_2 = x_1 + x_2$.",
        "Suppose $x_1 < x_2$; then $y_1 = x_1$.",
    ],
)
def test_a_condition_in_prose_restricts_its_sentence(text):
    assert audit(text, NET).holds
    assert [f.verdict for f in audit(text, NET)] == ["holds", "holds"][: len(audit(text, NET))]


def test_a_condition_does_not_reach_into_the_next_sentence():
    found = audit("If $x_1 > x_2$ then $y_1 = x_2$. Now $y_1 = x_2$.", NET)
    assert [f.verdict for f in found] == ["holds", "wrong"]


def test_the_wrong_condition_does_not_help():
    assert [f.verdict for f in audit("If $x_1 < x_2$ then $y_1 = x_2$.", NET)] == ["wrong"]


def test_an_inequality_without_such_a_word_is_a_claim():
    assert [f.verdict for f in audit("Clearly $x_1 > x_2$ and $y_1 \\le y_2$.", NET)] == ["wrong", "holds"]


def test_a_row_that_cannot_be_read_does_not_silence_the_others():
    text = "$$\\begin{aligned} x &= x \\\\ W &= x \\otimes x \\\\ x &= 2 x \\end{aligned}$$"
    assert [f.verdict for f in audit(text, key("x : n\nW : n n"))] == ["holds", "unread", "wrong"]


def test_an_update_claims_nothing():
    (found,) = audit(r"W \leftarrow W - t x x^\top", key("x : n\nW : n n\nt : scalar")).findings
    assert (found.verdict, found.why) == ("unread", "an update of W, which claims nothing")


def test_for_all_indices_is_what_a_claim_means_anyway():
    declared = key("x : n\nW : n n")
    assert audit(r"(W x)_i = \sum_j W_{ij} x_j \quad \forall i", declared).holds
    assert not audit(r"(W x)_i = \sum_j W_{ji} x_j \quad \forall i", declared).holds
