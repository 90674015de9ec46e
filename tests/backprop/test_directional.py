"""Forward and Hessian-vector rules: as textbooks write them, and against torch.func on every model of the tables."""

from dataclasses import replace

import numpy as np
import pytest

from symnet import backprop
from symnet.adjoints.graph import is_zero
from symnet.checks.higher import check_changes
from symnet.errors import InvalidInput

from .gradient_cases import CASES
from .models import ALL_EXAMPLES
from .test_rules import RESIDUAL, composed

MODELS = (*ALL_EXAMPLES, *(case.text for case in CASES))


@pytest.mark.parametrize("text", MODELS)
def test_forward_rules_agree_with_forward_mode(text):
    (check,) = check_changes(backprop(text).jvp(), "cpu", seeds=(0,))
    assert check.passed, check.evidence


@pytest.mark.parametrize("text", MODELS)
def test_hessian_vector_rules_agree_with_torch(text):
    (check,) = check_changes(backprop(text).hvp(), "cpu", seeds=(0,))
    assert check.passed, check.evidence


def test_the_residual_block_has_these_forward_rules():
    assert composed(*backprop(RESIDUAL).jvp().relations) == composed(
        "dz = dW x + W dx + db", "dh = φ'(z) ⊙ dz + dx", "dr = dV h + V dh + dc", "dy = φ'(r) ⊙ dr + dh"
    )


def test_the_residual_block_has_these_hessian_vector_rules():
    relations = composed(*backprop(RESIDUAL).hvp(["W"]).relations)
    assert relations[4:] == composed(
        "dȳ = 𝟎", "dr̄ = ȳ ⊙ φ''(r) ⊙ dr", "dc̄ = dr̄", "dV̄ = dr̄ hᵀ + r̄ dhᵀ", "dh̄ = Vᵀ dr̄",
        "dz̄ = dh̄ ⊙ φ'(z) + h̄ ⊙ φ''(z) ⊙ dz", "db̄ = dz̄", "dW̄ = dz̄ xᵀ", "dx̄ = dh̄ + dWᵀ z̄ + Wᵀ dz̄",
    )  # fmt: skip


def test_the_hessian_of_a_quadratic_form_is_twice_its_symmetric_part():
    assert composed(backprop("x : n\nA : n n\nL = x @ A @ x").hvp(["x"]).relations[-1]) == composed("dx̄ = A dx + Aᵀ dx")


def test_a_direction_is_along_declared_names_and_of_their_shapes():
    bp = backprop("x : n\ny = 2 * x")
    with pytest.raises(InvalidInput, match="'q' is not a declared quantity"):
        bp.jvp(["q"])
    with pytest.raises(InvalidInput, match="no direction for x"):
        bp.jvp().evaluate({"x": np.ones(2)}, {}, {"y": np.ones(2)})
    with pytest.raises(InvalidInput, match="the direction of x has shape"):
        bp.jvp().evaluate({"x": np.ones(2)}, {"x": np.ones(3)}, {"y": np.ones(2)})


@pytest.mark.parametrize("kind", ["jvp", "hvp"])
def test_a_wrong_rule_is_caught(kind):
    changes = getattr(backprop(RESIDUAL), kind)()
    for i, (changed, rule) in enumerate(changes.rules):
        if is_zero(rule) or (kind == "hvp" and changed["role"] == "d"):
            continue
        wrong = replace(changes, rules=(*changes.rules[:i], (changed, 2 * rule), *changes.rules[i + 1 :]))
        assert not check_changes(wrong, "cpu", seeds=(0,))[0].passed or changed["name"] not in (
            "x",
            "y",
            "W",
            "V",
            "b",
            "c",
        )
