"""Claims about a ReLU network, and piecewise linear identities, are proved for all reals, never sampled."""

import json

import pytest

from symnet import relu
from symnet.claims import audit
from symnet.claims.decision.budget import Limits

NET = relu.two_input_sorter()
SCALARS = "s, t : scalar\np : 3"
PROVED = "proved for all real inputs"


def only(latex, against=NET):
    (finding,) = audit(latex, against).findings
    return finding


@pytest.mark.parametrize(
    "latex",
    [
        r"y_1 = \min(x_1, x_2)",
        r"\mathrm{output}_2 = \max\{\mathrm{input}_1, \mathrm{input}_2\}",
        r"y_1 + y_2 = x_1 + x_2",
        r"y_1 \le y_2",
        r"\mathbf{y} = \begin{pmatrix} \min(x_1, x_2) \\ \max(x_1, x_2) \end{pmatrix}",
        r"y_1 = \begin{cases} x_1 & x_1 \le x_2 \\ x_2 & \text{otherwise} \end{cases}",
        r"y_1 = \tfrac12 (x_1 + x_2 - |x_1 - x_2|)",
    ],
)
def test_what_the_network_computes_is_proved(latex):
    assert (only(latex).verdict, only(latex).how) == ("holds", PROVED)


@pytest.mark.parametrize("latex", [r"\max(s, t) \ge s", r"\|p\|_1 \ge p_2", r"|s| = \max(s, -s)"])
def test_piecewise_linear_identities_are_proved_too(latex):
    assert (only(latex, SCALARS).verdict, only(latex, SCALARS).how) == ("holds", PROVED)


@pytest.mark.parametrize(
    ("latex", "against"),
    [
        (r"y_1 = \min(x_1, x_2) + \max(0, x_1 - 5000)", NET),
        (r"y_1 \le y_2 + \min(0, 5000 - x_1)", NET),
        (r"|s| = s + 2\max(0, -s) + \max(0, t - 5000)", SCALARS),
    ],
)
def test_what_differs_far_away_only_is_wrong_with_a_point(latex, against):
    """Random integers up to 99 would not see it."""
    found = only(latex, against)
    assert found.verdict == "wrong"
    assert max(x for array in found.counterexample.values.values() for row in array for x in row) > 5000


def test_strict_and_weak_inequalities_differ():
    assert only(r"y_1 < y_2").verdict == "wrong"
    assert only(r"x_1 < y_2 + 1").verdict == "holds"


def test_a_condition_restricts_the_proof():
    right, wrong = r"\text{if } x_1 < x_2 \text{ then } y_1 = x_1", r"x_1 > x_2 \Rightarrow y_1 = x_1"
    assert only(right).how == PROVED + " that satisfy the condition"
    assert only(right).notes == ("where x_1 < x_2",)
    assert only(wrong).verdict == "wrong"


def test_what_no_proof_reaches_is_never_called_right():
    """The product is no piecewise linear function; equal at every point tried would be no proof."""
    assert only(r"y_1 y_2 = x_1 x_2").verdict == "unread"
    assert only(r"y_1 y_2 = x_1").verdict == "wrong"
    (late,) = audit(r"y_1 = \min(x_1, x_2, x_3, x_4, x_5)", relu.sorter(5), limits=Limits(seconds=1e-3)).findings
    assert late.verdict == "unread"


def test_a_network_file_is_a_key(tmp_path):
    from symnet.claims.meaning.named import named

    file = tmp_path / "net.json"
    file.write_text(json.dumps(NET.to_json()))
    assert only(r"y_2 = \max(x_1, x_2)", named(str(file))).how == PROVED


def test_hidden_weights_have_no_names_that_hints_could_use():
    assert "layer" not in only(r"y_1 = x_1").explanation()
    assert only(r"z_1 = 0").verdict == "unread"
