"""The result types keep what they are given, refuse what they cannot mean, and survive JSON."""

import json

import numpy as np
import pytest
import sympy as sp

from symnet.derivation import Check, Derivation, Relation, Step

a, b = sp.symbols("a b")


def test_a_relation_is_never_evaluated() -> None:
    assert Relation(a, "=", a).text() == "a = a"
    assert Relation(sp.Integer(1), "<=", sp.Integer(0)).latex() == r"1 \le 0"


def test_a_chain_of_relations_reads_from_left_to_right() -> None:
    assert Relation(a, "=", Relation(b, "=", sp.Integer(3))).text() == "a = b = 3"


def test_an_unknown_sign_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown sign"):
        Relation(a, "==", b)


def test_a_check_is_exact_or_numeric_and_nothing_else() -> None:
    with pytest.raises(ValueError, match="'exact' or 'numeric'"):
        Check("c", "sampled", True)  # type: ignore[arg-type] - that is the point


def test_numpys_truth_does_not_leak_into_json() -> None:
    assert json.dumps(Check("c", "numeric", np.bool_(False)).to_json()["passed"]) == "false"


def test_a_derivation_with_one_failed_check_has_not_passed() -> None:
    derivation = Derivation("t", (Relation(a, "=", b),), (), (Check("good", "exact", True),))
    assert derivation.passed
    assert not derivation.with_checks([Check("bad", "exact", False)]).passed


def test_a_derivation_prints_steps_parts_and_reasons() -> None:
    part = Step(Relation(a, "=", b), ("because of ", a), "sum")
    derivation = Derivation("title", (Relation(a, "=", b),), (Step(Relation(a, "=", b), "why", "rule", parts=(part,)),))
    assert derivation.text().splitlines()[0] == "title"
    assert "because of a" in derivation.text()
    assert derivation.latex() == "\\begin{aligned}\na &= b\n\\end{aligned}"
    assert json.loads(json.dumps(derivation.to_json()))["steps"][0]["parts"][0]["rule"] == "sum"


def test_html_shows_parts_says_a_reason_once_and_escapes() -> None:
    part = Step(Relation(b, "=", a), "why & how", "rule")
    page = Derivation("a < b", (), (Step(Relation(a, "=", b), "why & how", "rule", parts=(part,)),))._repr_html_()
    assert "a &lt; b" in page
    assert page.count("why &amp; how") == 1
    assert r"\(b = a\)" in page
