"""Claims typed as text are built node by node; what is not known is refused with its place."""

from fractions import Fraction

import pytest
import sympy as sp

from symnet.errors import InvalidInput
from symnet.readers.claim_text import read_claim, read_rational, read_where

x1, x2 = INPUTS = sp.symbols("x_1 x_2", real=True)


def test_both_spellings_of_an_input_are_read() -> None:
    assert read_claim("Min(x1, x_2); max(x1,x2)", INPUTS) == (sp.Min(x1, x2), sp.Max(x1, x2))


def test_decimals_are_read_exactly() -> None:
    assert read_claim("0.1*x1 - x2/3 + relu(x1)", INPUTS) == (x1 / 10 - x2 / 3 + sp.Max(0, x1),)


REFUSED = [
    ("x3", "cannot read 'x3' at column 1"),
    ("__import__('os')", "cannot read"),
    ("Min(x1, x2", "cannot read the claim 'Min(x1, x2'"),
    ("x1 ** 2", "cannot read 'x1 ** 2'"),
    ("x1 / 0", "divides by zero"),
    ("True", "cannot read 'True'"),
    ("(" * 5000 + "x1" + ")" * 5000, "nested"),
    ("x1" + "+x1" * 60_000, "characters long"),
    ("x1.real", "cannot read"),
]


@pytest.mark.parametrize(("claim", "message"), REFUSED, ids=[row[0][:20] for row in REFUSED])
def test_what_cannot_be_read_is_refused_in_one_line(claim: str, message: str) -> None:
    with pytest.raises(InvalidInput, match=message.replace("(", r"\(").replace("*", r"\*")) as refusal:
        read_claim(claim, INPUTS)
    assert "\n" not in str(refusal.value)


def test_numbers_are_read_as_python_writes_them() -> None:
    assert read_claim("0x10 + 1_000*x1 + 2.5e-1", INPUTS) == (16 + 1000 * x1 + sp.Rational(1, 4),)


def test_rationals_are_read_exactly_or_refused() -> None:
    assert read_rational(" -2/7 ") == Fraction(-2, 7)
    for bad in ("nan", "1/0", "half", "inf"):
        with pytest.raises(InvalidInput, match="not a rational number"):
            read_rational(bad)


def test_inequalities_are_read_a_chain_as_several() -> None:
    out = sp.Symbol("out", real=True)
    assert read_claim("out <= x1; 0 < x_2 <= 1/3", INPUTS, [out]) == (out <= x1, sp.Lt(0, x2), x2 <= sp.Rational(1, 3))


def test_a_polyhedron_is_read_item_by_item() -> None:
    assert read_where("x1 >= 0, x1 + 2*x2 <= 0.1; x1 == x2", INPUTS) == (
        x1 >= 0,
        x1 + 2 * x2 <= sp.Rational(1, 10),
        sp.Eq(x1, x2),
    )
    assert read_where("Max(x1, x2) <= 1", INPUTS) == (sp.Max(x1, x2) <= 1,)


@pytest.mark.parametrize("text", ["x1 <=", "x1 < out1", "x1 is x2", "x1 != x2", "lambda: 0", "(x1, x2) <= 1"])
def test_a_polyhedron_that_cannot_be_read_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(InvalidInput, match="cannot read") as refusal:
        read_where(text, INPUTS)
    assert "\n" not in str(refusal.value)


def test_a_claim_is_read_as_it_is_printed():
    x, out = sp.symbols("x_1 x_2"), sp.symbols("out_1 out_2")
    assert read_claim("out₁ ≤ out₂", x, out) == read_claim("out1 <= out2", x, out)
    assert read_claim("−2·x₁; x₂", x, out) == read_claim("-2*x1; x2", x, out)


def test_claims_apart_by_commas_are_told_how_to_be():
    with pytest.raises(InvalidInput, match="separate claims by ;"):
        read_claim("out1 <= out2, out2 >= out1", *2 * [sp.symbols("x_1 x_2")])
