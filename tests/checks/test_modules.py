"""The check of a module against itself: neither a traceback nor a false alarm, and no wrong rule passes."""

from dataclasses import replace

import pytest
import torch
from torch import nn

from symnet import backprop

pytestmark = pytest.mark.filterwarnings("ignore")  # torch.export warns about itself
CLASSES = torch.tensor([0, 2])
WEIGHTS = torch.tensor([0.5, 2.0, 1.5])


class Tied(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Linear(5, 5, bias=False), nn.Linear(5, 5, bias=False)
        self.b.weight = self.a.weight

    def forward(self, x):
        return {"y": self.b(torch.tanh(self.a(x))), "rest": None}


class InPlace(nn.Module):
    def forward(self, x):
        return x.mul_(2) * x


class Cast(nn.Module):
    """An RMS norm as large models have it, in float32 inside."""

    def __init__(self, dtype=torch.float32):
        super().__init__()
        self.g, self.dtype = nn.Parameter(torch.rand(4)), dtype

    def forward(self, x):
        y = x.to(self.dtype)
        return self.g * (y * torch.rsqrt(y.pow(2).mean(-1, keepdim=True) + 1e-6)).to(x.dtype)


class Stopped(nn.Module):
    def forward(self, x):
        return x.exp().detach() * x


MODULES = {
    "tied weights, in a dict": (Tied, [(3, 5)]),
    "a write to the input": (InPlace, [(3, 5)]),
    "a stopped gradient": (Stopped, [(3, 5)]),
    "cross-entropy, smoothed": (lambda: nn.CrossEntropyLoss(label_smoothing=0.1), [(2, 3), CLASSES]),
    "cross-entropy, weighted": (lambda: nn.CrossEntropyLoss(WEIGHTS, reduction="sum"), [(2, 3), CLASSES]),
    "cross-entropy, each": (lambda: nn.CrossEntropyLoss(reduction="none"), [(2, 3), CLASSES]),
    "log-likelihood, weighted": (lambda: nn.NLLLoss(WEIGHTS), [(2, 3), CLASSES]),
    "relative entropy": (lambda: nn.KLDivLoss(), [(2, 3), (2, 3)]),
    "relative entropy of logarithms": (lambda: nn.KLDivLoss(log_target=True), [(2, 3), (2, 3)]),
    "of probabilities": (lambda: nn.BCELoss(), [(2, 3), (2, 3)]),
    "no parameter and no input in the output": (lambda: Constant(), [(2, 3)]),
}  # fmt: skip


class Constant(nn.Module):
    def forward(self, x):
        return torch.arange(3) * 2.5


@pytest.mark.parametrize(("build", "shapes"), MODULES.values(), ids=MODULES)
def test_right_rules_of_a_module_pass_all_three_checks(build, shapes):
    torch.manual_seed(0)
    for check in backprop(build(), *shapes).check("cpu"):
        assert check.passed, check.evidence


@pytest.mark.parametrize("module", [Cast(), Cast(torch.bfloat16), nn.Hardsigmoid(), nn.CELU(0.7)], ids=str)
def test_a_module_that_computes_in_less_than_float64_is_compared_as_far_and_it_is_said(module):
    check = backprop(module, (3, 4)).check("cpu")[0]
    assert check.passed, check.evidence
    assert "the module itself computes in" in check.evidence["precision"]
    assert check.evidence["tolerance"] > 1e-9


def test_float64_modules_are_held_to_float64():
    check = backprop(nn.Linear(3, 3), (2, 3)).check("cpu")[0]
    assert check.evidence["tolerance"] == 1e-9
    assert "precision" not in check.evidence


@pytest.mark.parametrize("build", [Tied, Cast, InPlace, Stopped])
def test_a_rule_that_is_a_hundredth_off_is_caught(build):
    bp = backprop(build(), (3, 5 if build is not Cast else 4))
    walk = tuple(replace(a, total=1.01 * a.total) if a.name in bp.model.moving else a for a in bp.walk)
    assert not replace(bp, walk=walk).check("cpu")[0].passed


def test_a_value_that_is_off_is_caught_where_no_gradient_sees_it():
    bp = backprop(Stopped(), (3, 5))
    moved = replace(bp, origin=replace(bp.origin, module=Shifted()))
    assert not moved.check("cpu")[0].passed


class Shifted(nn.Module):
    def forward(self, x):
        return x.exp().detach() * x + 1
