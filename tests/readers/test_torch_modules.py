"""Torch modules as models: the rules of every parameter and input equal the module's own gradients."""

from dataclasses import replace

import pytest
import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812 - torch's own name for it

import symnet as sn
from symnet.checks.modules import check_module
from symnet.errors import InvalidInput, NotSupported


class Block(nn.Module):
    """A pre-norm residual block."""

    def __init__(self):
        super().__init__()
        self.norm, self.fc = nn.LayerNorm(6), nn.Linear(6, 6)

    def forward(self, x):
        return x + torch.tanh(self.fc(self.norm(x)))


class Tokens(nn.Module):
    """Tokens, positions, and a head without bias."""

    def __init__(self):
        super().__init__()
        self.tok, self.pos, self.head = nn.Embedding(11, 6), nn.Embedding(9, 6), nn.Linear(6, 11, bias=False)

    def forward(self, i):
        return self.head(self.tok(i) + self.pos(torch.arange(i.shape[1])))


class Causal(nn.Module):
    """Attention with a buffer that hides the future."""

    def __init__(self):
        super().__init__()
        self.qkv = nn.Linear(8, 24)
        self.register_buffer("mask", torch.tril(torch.ones(5, 5)).bool())

    def forward(self, x):
        q, k, v = self.qkv(x).split(8, dim=2)
        scores = (q @ k.transpose(-2, -1)) * 8**-0.5
        return scores.masked_fill(self.mask == 0, float("-inf")).softmax(-1) @ v


class Flash(nn.Module):
    def forward(self, q, k, v):
        return F.scaled_dot_product_attention(q, k, v, is_causal=True)


class Loss(nn.Module):
    def __init__(self, loss):
        super().__init__()
        self.fc, self.loss = nn.Linear(4, 3), loss

    def forward(self, x, t):
        return self.loss(self.fc(x), t)


TARGET = torch.tensor([0, 2])
MODULES = {
    "linear": (lambda: nn.Linear(3, 4), [(2, 3)]),
    "residual block": (Block, [(2, 6)]),
    "bilinear": (lambda: nn.Bilinear(3, 4, 5), [(2, 3), (2, 4)]),
    "convolutional net": (
        lambda: nn.Sequential(
            nn.Conv2d(3, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(36, 5)
        ).eval(),
        [(2, 3, 6, 6)],
    ),
    "groups and pools": (
        lambda: nn.Sequential(
            nn.Conv2d(2, 4, 3, stride=2, groups=2), nn.GroupNorm(2, 4), nn.SiLU(), nn.AvgPool2d(2),
            nn.AdaptiveAvgPool2d(1),
        ),
        [(2, 2, 9, 9)],
    ),
    "batch norm in training": (lambda: nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4)), [(5, 3)]),
    "signals": (lambda: nn.Sequential(nn.Conv1d(2, 3, 3), nn.GELU(), nn.MaxPool1d(2)), [(2, 2, 8)]),
    "activations": (
        lambda: nn.Sequential(
            nn.Linear(3, 4), nn.LeakyReLU(), nn.ELU(), nn.GELU(approximate="tanh"), nn.Softplus(), nn.Mish(), nn.Tanh(),
            nn.Sigmoid(), nn.ReLU6(), nn.Hardtanh(), nn.PReLU(), nn.LogSigmoid(), nn.Softsign(), nn.Dropout(),
            nn.Softmax(-1), nn.LogSoftmax(-1),
        ).eval(),
        [(2, 3)],
    ),
    "embeddings": (Tokens, [torch.tensor([[1, 2, 10], [0, 1, 1]])]),
    "causal buffer": (Causal, [(2, 5, 8)]),
    "causal attention": (Flash, [(2, 3, 4, 5)] * 3),
    "multi-head attention": (lambda: nn.MultiheadAttention(8, 2, batch_first=True), [(2, 5, 8)] * 3),
    "encoder layer": (
        lambda: nn.TransformerEncoderLayer(16, 4, 32, batch_first=True, activation="gelu").eval(), [(2, 5, 16)]
    ),
    "decoder layer": (lambda: nn.TransformerDecoderLayer(8, 2, 16, batch_first=True).eval(), [(2, 3, 8), (2, 4, 8)]),
    "RNN cell": (lambda: nn.RNNCell(3, 4), [(2, 3), (2, 4)]),
    "LSTM cell": (lambda: nn.LSTMCell(3, 4), [(2, 3)]),
    "GRU cell": (lambda: nn.GRUCell(3, 4), [(2, 3), (2, 4)]),
    "RMS norm": (lambda: nn.RMSNorm(5), [(2, 5)]),
    "layer norm over two axes": (lambda: nn.LayerNorm((3, 4)), [(2, 3, 4)]),
    "instance norm": (lambda: nn.InstanceNorm2d(3, affine=True), [(2, 3, 4, 4)]),
    "cross-entropy": (lambda: Loss(nn.CrossEntropyLoss()), [(2, 4), TARGET]),
    "negative log-likelihood": (lambda: Loss(lambda z, t: F.nll_loss(F.log_softmax(z, -1), t)), [(2, 4), TARGET]),
    "mean squares": (lambda: Loss(nn.MSELoss()), [(2, 4), (2, 3)]),
    "binary cross-entropy": (lambda: Loss(nn.BCEWithLogitsLoss()), [(2, 4), (2, 3)]),
}  # fmt: skip
pytestmark = pytest.mark.filterwarnings("ignore")  # torch.export warns about itself


@pytest.mark.parametrize("name", MODULES)
def test_the_rules_equal_the_gradients_of_the_module(name):
    build, shapes = MODULES[name]
    torch.manual_seed(0)
    check = check_module(sn.backprop(build(), *shapes), "cpu", seeds=(0,))
    assert check.passed, check.evidence
    assert check.evidence["errors"]


def test_names_come_from_the_paths_of_the_module():
    bp = sn.backprop(Block(), (2, 6))
    assert list(bp.model.declared) == ["W_norm", "b_norm", "W_fc", "b_fc", "x"]
    assert "h_fc" in bp.adjoints
    assert bp.origin.paths["W_fc"] == "fc.weight"


def test_the_text_that_was_read_is_a_model_of_its_own():
    bp = sn.backprop(Block(), (2, 6))
    assert sn.backprop(bp.model.text).rules == bp.rules


def test_a_wrong_rule_is_caught():
    bp = sn.backprop(Block(), (2, 6))
    for i, adjoint in enumerate(bp.walk):
        if adjoint.name in bp.model.declared:
            wrong = replace(adjoint, total=2 * adjoint.total)
            assert not check_module(replace(bp, walk=(*bp.walk[:i], wrong, *bp.walk[i + 1 :])), "cpu", (0,)).passed


def test_a_node_without_a_rule_is_refused_by_name_and_place():
    class Sorted(nn.Module):
        def forward(self, x):
            return x.cumsum(0)

    with pytest.raises(NotSupported, match="no rule for 'cumsum' at module '0'"):
        sn.backprop(nn.Sequential(Sorted()), (3,))


@pytest.mark.parametrize(
    ("shapes", "says"),
    [
        ((), "needs the shape of each input"),
        (("a",), "neither a shape nor a tensor"),
        (((2, 5),), "cannot trace Linear"),
    ],
)
def test_shapes_that_do_not_fit_are_refused(shapes, says):
    with pytest.raises(InvalidInput, match=says):
        sn.backprop(nn.Linear(3, 4), *shapes)


def test_dropout_in_training_is_refused():
    with pytest.raises(NotSupported, match="eval"):
        sn.backprop(nn.Sequential(nn.Linear(3, 3), nn.Dropout()).train(), (2, 3))
