"""The work on a claim ends: counted in steps, the same on every machine, explanations included."""

import pytest

from symnet.claims import audit, key
from symnet.claims.decision.budget import Budget, Limits, TooHard

KEY = key("x, b : n\nW, V : n n\nphi : elementwise\ns, t : scalar\nX : 784 784\nu : 784")
STEPS_ONLY = Limits(seconds=1e9)


def verdict(latex, limits=STEPS_ONLY):
    return [(f.verdict, "too hard" in f.why) for f in audit(f"$${latex}$$", KEY, limits=limits)]


@pytest.mark.parametrize(
    "bomb",
    [
        r"9^{9^{9^{9}}} = 1",
        r"2^{60000} = 1",
        r"\prod_{i=1}^{10000000} i = 2",
        r"\prod_{i=1}^{500} i^{2000} = 2",
        r"\sum_{i=1}^{400}\sum_{j=1}^{400}\sum_{k=1}^{400} i j k = 1",
        r"x^{\odot 19000} = x",
        r"W_{ij} W_{jk} W_{kl} W_{lm} = 1",
        r"X X = X",
        r"\det(X) = 1",
        "s =" + r" \mathbf 1^\top \mathbf 1 \cdot" * 12 + " s",
    ],
)
def test_what_takes_too_much_work_is_unread(bomb):
    assert verdict(bomb) == [("unread", True)]


@pytest.mark.parametrize(
    "deep",
    [
        "x = " + r"\phi(" * 30 + "x" + ")" * 30,
        "s = " + r"\frac{1}{1 + " * 30 + "s" + "}" * 30,
        "s = " + r"\max(0, " * 30 + "s - t" + ")" * 30,
        "s = " + r"\sqrt{" * 30 + "s" + "}" * 30,
        "x = " + r" \cdot ".join(["x"] * 14),
        r"x^\top x = " + "(" * 30 + r"x^\top x" + ")" * 30 + "^{64}",
        "s = " + " + ".join(rf"\max(0, {i} s - {i * i} t)" for i in range(1, 20)),
    ],
)
def test_what_is_deep_but_cheap_is_decided(deep):
    assert verdict(deep) == [("wrong", False)]


def test_more_factors_than_are_read_are_refused():
    assert [f.verdict for f in audit("$$W = " + "W" * 900 + "$$", KEY)] == ["unread"]


def test_an_explanation_spends_from_the_same_budget_as_the_decision():
    """The near miss comes late in the table: with little left the verdict stands, and the explanation is missing."""
    claim = r"V (W x) = (W V) x"
    (full,), (short,) = audit(claim, KEY, limits=STEPS_ONLY), audit(claim, KEY, limits=Limits(700, 1e9))
    assert (full.verdict, short.verdict) == ("wrong", "wrong")
    assert full.near_miss
    assert not short.near_miss


def test_a_part_is_spent_from_the_whole():
    whole = Budget(100, 1e9)
    whole.part(4).spend(25)
    assert whole.spent == 25
    with pytest.raises(TooHard):
        whole.part(4).spend(26)
    whole.spend(75)
    with pytest.raises(TooHard):
        whole.part(1).spend(1)


def test_time_that_has_run_out_stops_the_work_too():
    assert verdict(r"\sum_{i=1}^{400}\sum_{j=1}^{400} i j = 1", Limits(10**9, 1e-6)) == [("unread", True)]
