"""Every argument of a call is used or refused; make test-large tries all layers with all options."""

import random

import pytest
import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812 - torch's own name for it

from symnet import backprop
from symnet.errors import NotSupported
from symnet.readers.torch.aten import ATEN

from .torch_options import CLASSES, INDEX, WEIGHTS, cases, name, told

pytestmark = pytest.mark.filterwarnings("ignore")  # torch advises on how to call it
SOME = random.Random(2).sample(list(cases(several=1)), 40)


@pytest.mark.parametrize("case", SOME, ids=name)
def test_a_layer_with_any_options_agrees_with_torch_or_is_refused_in_one_line(case):
    said = told(case)
    assert said != "differs"
    assert said is None or "\n" not in said


class Function(nn.Module):
    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, *x):
        return self.function(*x)


REFUSED = {
    "rows by their number": (nn.Embedding(4, 3, scale_grad_by_freq=True), [INDEX], "scale_grad_by_freq=True"),
    "rows kept short": (nn.Embedding(4, 3, max_norm=1.0), [INDEX], "embedding_renorm"),
    "sparse rows": (nn.Embedding(4, 3, sparse=True), [INDEX], "sparse=True"),
    "a cast to whole numbers": (Function(lambda x: x.int() * x), [(2, 5)], "'to' at .* makes whole numbers"),
    "there and back": (Function(lambda x: x.long().double()), [(2, 5)], "makes whole numbers"),
    "a sum of whole numbers": (Function(lambda x: x.sum(dtype=torch.int64) * x), [(2, 5)], "makes whole numbers"),
    "a window that overhangs": (nn.AvgPool1d(3, ceil_mode=True), [(2, 4, 8)], "ceil_mode=True"),
    "a target to ignore": (nn.CrossEntropyLoss(ignore_index=0), [(2, 3), CLASSES], "ignore_index=0"),
    "weights of a loss": (nn.BCEWithLogitsLoss(pos_weight=WEIGHTS), [(2, 3), (2, 3)], "pos_weight=a tensor of 3"),
    "division by nothing": (Function(lambda x: x.var(1)), [(3, 1)], "'var'"),
    "an index as a number": (Function(lambda i, E: F.embedding(i, E) * i.sum()), [INDEX, (4, 3)], "whole numbers"),
    "a random mask": (Function(lambda x: x * torch.rand(5)), [(2, 5)], "'rand' at .* is random"),
    "random, of a shape": (Function(lambda x: x * torch.randn_like(x)), [(2, 5)], "'randn_like' at .* is random"),
    "what text cannot say": (Function(lambda x, y: x @ y), [(4,), (5, 4, 3)], "Function, read as equation 1"),
}  # fmt: skip


@pytest.mark.parametrize(("module", "shapes", "says"), REFUSED.values(), ids=REFUSED)
def test_what_no_rule_has_a_place_for_is_refused_by_name(module, shapes, says):
    with pytest.raises(NotSupported, match=says) as error:
        backprop(module, *shapes)
    assert "\n" not in str(error.value)


READ = {
    "variance over n, by place": lambda x: x.var(1, False),
    "variance over n, kept": lambda x: x / (x.var(1, keepdim=True, unbiased=False) + 1),
    "variance, kept, of a square": lambda x: x / x.var(1, keepdim=True),
    "variance with a correction": lambda x: x.var(0, correction=2),
    "variance of all": lambda x: x.var(unbiased=False) * x,
    "deviation": lambda x: x.std(0, unbiased=False) + x.std(1, keepdim=True),
    "a linear sum of a product": lambda x: torch.addmm(x, x, x, beta=0.5, alpha=2),
    "differences with a factor": lambda x: torch.sub(x, x * x, alpha=3) + torch.rsub(x, x.exp(), alpha=2),
    "in a lower precision": lambda x: x.softmax(-1, dtype=torch.float32),
    "a norm over both axes": lambda x: x.norm(p=2, dim=(0, 1), keepdim=True) + x.norm(),
}


@pytest.mark.parametrize("function", READ.values(), ids=READ)
def test_options_by_place_and_by_name_mean_the_same(function):
    case = (lambda: Function(function), (), {}, False, [(4, 4)])
    assert told(case) == "agrees"


def test_an_argument_that_its_entry_does_not_ask_for_is_refused(monkeypatch):
    monkeypatch.setitem(ATEN, "softplus", lambda c: f"softplus({c[0]})")
    with pytest.raises(NotSupported, match="has no place for beta=2"):
        backprop(nn.Softplus(beta=2), (3,))


def test_a_default_need_not_be_asked_for(monkeypatch):
    monkeypatch.setitem(ATEN, "softplus", lambda c: f"softplus({c[0]})")
    assert str(backprop(nn.Softplus(), (3,)))
