"""The autograd check passes right rules, and fails wrong ones."""

from dataclasses import replace

import pytest

from symnet import backprop
from symnet.checks.autograd import check_adjoints
from symnet.errors import InvalidInput

RESIDUAL = "x, b, c : n\nW, V : n n\nphi : elementwise\nz = W @ x + b\nh = phi(z) + x\nr = V @ h + c\ny = phi(r) + h"


@pytest.fixture
def residual():
    return backprop(RESIDUAL)


def with_rule(bp, name, change):
    """The same backward pass with the rule of one name replaced by ``change(total, names)``."""
    names = {a.name: a.quantity for a in bp.walk} | {f"{a.name}_bar": a.named for a in bp.walk}
    walk = tuple(replace(a, total=change(a.total, names)) if a.name == name else a for a in bp.walk)
    return replace(bp, walk=walk)


WRONG = {
    "a lost transpose": ("h", lambda total, v: v["y_bar"] + v["V"] @ v["r_bar"]),
    "an outer product the wrong way round": ("V", lambda total, v: total.T),
    "a lost slope": ("r", lambda total, v: v["y_bar"]),
    "a slope at the wrong place": ("z", lambda total, v: v["h_bar"] * v["r"]),
    "a factor of two": ("W", lambda total, v: 2 * total),
    "a wrong sign": ("b", lambda total, v: -total),
    "a lost skip connection": ("x", lambda total, v: v["W"].T @ v["z_bar"]),
}


def test_right_rules_pass(residual):
    gradient, product = check_adjoints(residual, device="cpu")
    assert gradient.passed
    assert product.passed
    assert gradient.kind == product.kind == "numeric"


@pytest.mark.parametrize(("name", "change"), WRONG.values(), ids=WRONG)
def test_a_wrong_adjoint_is_caught(residual, name, change):
    checks = check_adjoints(with_rule(residual, name, change), functions=("tanh",), seeds=(0,))
    assert not checks[0].passed
    assert checks[0].evidence["max_relative_error"] > 1e-3
    assert not checks[1].passed


def test_the_evidence_says_how_it_was_looked_at(residual):
    evidence = check_adjoints(residual, functions=("tanh", "sin"), seeds=(3, 4))[0].evidence
    assert evidence["runs"] == 4
    assert evidence["seeds"] == [3, 4]
    assert evidence["functions"] == [{"phi": "tanh"}, {"phi": "sin"}]
    assert evidence["max_relative_error"] <= evidence["tolerance"]
    assert evidence["shapes"].keys() == {"3", "4"}
    assert evidence["device"] in ("cpu", "cuda")
    assert evidence["torch"]


def test_letters_get_different_sizes():
    evidence = check_adjoints(backprop("A : m n\nx : n\ny = A @ x"), seeds=(0,))[0].evidence
    m, n = evidence["shapes"]["0"]["A"]
    assert m != n


def test_functions_that_are_not_the_same_get_different_stand_ins():
    bp = backprop("x : n\nphi, psi : elementwise\ny = phi(x) + psi(x)")
    assert check_adjoints(bp, seeds=(0,))[0].evidence["functions"][0] == {"phi": "tanh", "psi": "softplus"}


def test_values_that_are_never_finite_do_not_pass():
    assert not check_adjoints(backprop("x : n\ny = log(-x**2)"), seeds=(0,))[0].passed


def test_an_unknown_device_is_refused(residual):
    with pytest.raises(InvalidInput, match="no device 'tpu'"):
        residual.check(device="tpu")
