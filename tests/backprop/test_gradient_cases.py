"""Thirty-three gradients of thirteen models, against losses written by hand in torch."""

import pytest
import torch

from symnet import backprop
from symnet.checks.entrywise import check_entrywise

from .gradient_cases import CASES

each_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


@each_case
def test_gradients_agree_with_a_loss_written_by_hand(case):
    bp = backprop(case.text)
    values = case.values(bp.model.declared)
    wanted = case.wanted.split()
    leaves = {name: value.clone().requires_grad_() for name, value in values.items()}
    expected = torch.autograd.grad(case.loss(leaves), [leaves[name] for name in wanted])
    arrays = {name: value.numpy() for name, value in values.items()}
    adjoints = bp.evaluate(arrays, functions=dict.fromkeys(bp.model.functions, "tanh"))
    assert list(adjoints) == list(bp.adjoints)
    for name, gradient in zip(wanted, expected, strict=True):
        torch.testing.assert_close(torch.from_numpy(adjoints[name]), gradient, rtol=1e-10, atol=1e-12)


@each_case
def test_gradients_pass_their_own_check(case):
    assert all(check.passed for check in backprop(case.text).check(device="cpu"))


SLOW = ("trace of an inverse", "attention")  # seconds of simplification each; the benchmarks run them


@pytest.mark.parametrize("case", [case for case in CASES if case.name not in SLOW], ids=lambda case: case.name)
def test_gradients_are_exact_entry_by_entry(case):
    assert check_entrywise(backprop(case.text)).passed


def test_there_are_thirty_three_gradients():
    assert sum(len(case.wanted.split()) for case in CASES) == 33
