"""Writes, regions and constants of a torch module: what the text says is what the module does."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812 - torch's own name for it

from symnet import backprop
from symnet.checks.modules import check_module
from symnet.errors import InvalidInput, NotSupported
from symnet.readers.torch import effects as torch_effects
from symnet.readers.torch.aten import ATEN

pytestmark = pytest.mark.filterwarnings("ignore")  # torch.export warns about itself


class Function(nn.Module):
    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, *x):
        return self.function(*x)


def writes(*statements):
    """y = 2 x, then the statements, then y."""

    def function(x):
        names = {"x": x, "y": x * 2, "torch": torch, "F": F}
        for statement in statements:
            exec(statement, names)  # the statement is a line of this file
        return names["y"]

    return function


def no_grad(x):
    with torch.no_grad():
        y = x * 2
        z = y.exp()
    return x * y + z


def no_grad_with_grad_inside(x):
    with torch.no_grad():
        y = x * 2
        with torch.enable_grad():
            z = y * x
    return z * y


def no_grad_and_views(x):
    with torch.no_grad():
        a, b = (x * 2).split([2, 3], dim=1)
    return x[:, :2] * a + b[:, :2]


def written_under_no_grad(x):
    y = x * 3
    with torch.no_grad():
        y[0] *= 3
        y[:, 1] = 0
    return y * x


def written_after_no_grad(x):
    with torch.no_grad():
        y = x * 2
    y[1] = x[0] * x[1]
    return y * x


def through_detach(x):
    y = x * 2
    y.detach().mul_(3)
    return y * x


def autocast(x):
    with torch.autocast("cpu", dtype=torch.bfloat16):
        y = x @ x.T
    return y * 2


def filled_step_by_step(x):
    y = torch.empty(2, 5)
    y[0], y[1] = x[0] * x[1], 2
    return y


def checkpointed(x):
    return torch.utils.checkpoint.checkpoint(lambda a: a.sin() * 2, x, use_reentrant=False)


EFFECTS = {
    "a column set": writes("y[:, 0] = 0"),
    "a row scaled": writes("y[0] *= 3"),
    "through a reshaped view": writes("y.view(-1).mul_(3)"),
    "through a transpose": writes("y.t().mul_(3)"),
    "a view taken before": writes("v = y.view(-1)", "y.mul_(3)", "y = v"),
    "a view of a view": writes("v = y[:, 1:4]", "w = v.t()", "w[0] = x[:, 0]", "v += 1", "y[None][0, 1].relu_()"),
    "narrowed": writes("y.narrow(1, 3, 2).mul_(x[:, :2])"),
    "every second": writes("y[:, ::2] = x[:, 1:4]", "y.flatten()[1:9:3].mul_(3)"),
    "permuted": writes("z = y.unsqueeze(-1).permute(2, 1, 0)", "z[0, 3] = x[:, 0]"),
    "read between two writes": writes("y[0] = x[1]", "z = y * 3", "y[1] = z[0]", "y = y * z"),
    "copied, with broadcasting": writes("y.copy_(x[0])", "y = y * x"),
    "filled": writes("y[:, 1:3].fill_(0.5)", "y[1].zero_()", "y[0] = x[0].sum()"),
    "by number": writes("y[torch.tensor([1, 0])] += x * x", "y[:, [0, 2]] = 1.0", "y[[0, 1], [3, 4]] = -1"),
    "by a mask": writes("y.masked_fill_(torch.eye(2, 5).bool(), 3)", "y[torch.ones(2, 5).triu(3).bool()] = 0"),
    "through what dropout gives": writes("z = F.dropout(y, training=False)", "y.mul_(2)", "y = y * z"),
    "the input itself": lambda x: x.mul_(2) * 3,
    "a part of the input": writes("x[0] = 0", "y = y * x"),
    "zeros, then a row": writes("y = torch.zeros(2, 5)", "y[0] = x[0]"),
    "empty, then every row": filled_step_by_step,
    "in-place twins": lambda x: (
        F.hardtanh_(x * 1, -1, 2) + F.relu6(x * 1, inplace=True) + (x * 1).clamp_(-0.5, 0.5) + F.leaky_relu_(x * 1)
        + F.elu_(x * 1) + (x * 1).sigmoid_() + (x * 1).clamp_(max=0.3).tanh_() + (x * 1).add_(x, alpha=2).div_(3).neg_()
    ),
    "no gradient inside": no_grad,
    "no gradient, but for a part": no_grad_with_grad_inside,
    "no gradient, and views": no_grad_and_views,
    "written without gradient": written_under_no_grad,
    "written after": written_after_no_grad,
    "written through a detach": through_detach,
    "a lower precision where it can be": autocast,
    "computed again": checkpointed,
}  # fmt: skip


@pytest.mark.parametrize("function", EFFECTS.values(), ids=EFFECTS)
def test_the_text_of_a_module_with_effects_is_what_the_module_does(function):
    check = check_module(backprop(Function(function), (2, 5)), "cpu", (0, 1))
    assert check.passed, check.evidence
    assert check.evidence["errors"].keys() == {"output", "x_0"}


def test_a_column_that_is_set_sends_nothing_back():
    bp = backprop(Function(EFFECTS["a column set"]), (1, 3))
    (y_bar,) = bp.evaluate({"x_0": [[1, 2, 3]]}, {bp.program.output.name: [[5, 6, 7]]})["x_0"].tolist()
    assert y_bar == [0, 12, 14]


class Attribute(nn.Module):
    """A tensor that is neither a parameter nor a buffer."""

    def __init__(self):
        super().__init__()
        self.c = torch.tensor([1.0, -2.0, 0.5, 3.0, 1.0])

    def forward(self, x):
        return x * self.c @ torch.diag(self.c)


class Masked(nn.Module):
    """Attention as nanoGPT writes it, with a buffer of floats for its mask."""

    def __init__(self):
        super().__init__()
        self.register_buffer("bias", torch.tril(torch.ones(8, 8)).view(1, 1, 8, 8))
        self.qkv = nn.Linear(6, 18)

    def forward(self, x):
        b, t, c = x.shape
        q, k, v = (a.view(b, t, 2, 3).transpose(1, 2) for a in self.qkv(x).split(c, dim=2))
        scores = (q @ k.transpose(-2, -1)) * 3**-0.5
        scores = scores.masked_fill(self.bias[:, :, :t, :t] == 0, float("-inf"))
        return (scores.softmax(-1) @ v).transpose(1, 2).contiguous().view(b, t, c)


class Rotated(nn.Module):
    """Positions turn pairs of entries."""

    def __init__(self):
        super().__init__()
        self.register_buffer("rates", 1.0 / 100 ** (torch.arange(0, 6, 2) / 6))

    def forward(self, x):
        angles = torch.outer(torch.arange(x.shape[1]), self.rates).repeat(1, 2)
        return x * angles.cos() + torch.cat((-x[..., 3:], x[..., :3]), -1) * angles.sin()


class Positions(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("pe", torch.randn(1, 9, 6))

    def forward(self, x):
        return x + self.pe[:, : x.shape[1]]


CONSTANTS = {
    "a number": (lambda: Function(lambda x: x + torch.tensor(2.0)), [(2, 5)]),
    "ones": (lambda: Function(lambda x: x * torch.ones(5)), [(2, 5)]),
    "made on the way": (
        lambda: Function(lambda x: x @ torch.full((5, 3), 2.5) + torch.linspace(0, 1, 3) + torch.eye(3)[1]), [(2, 5)]
    ),
    "ranges": (lambda: Function(lambda x: x * torch.arange(5) + torch.arange(5) ** 2), [(2, 5)]),
    "an attribute": (Attribute, [(2, 5)]),
    "a mask of floats": (Masked, [(2, 5, 6)]),
    "angles": (Rotated, [(2, 5, 6)]),
    "a part of a buffer": (Positions, [(2, 5, 6)]),
    "scores that are hidden": (
        lambda: Function(lambda x: torch.where(torch.eye(4).bool(), x, torch.tensor(-9e15)).softmax(-1)), [(4, 4)]
    ),
    "scores at minus infinity": (
        lambda: Function(lambda x: torch.where(torch.eye(4).bool(), x, -torch.inf).softmax(-1)), [(4, 4)]
    ),
    "hidden, and no softmax": (
        lambda: Function(lambda x: x.masked_fill(torch.ones(4, 4).triu(1).bool(), -torch.inf).exp()), [(4, 4)]
    ),
    "hidden by a number": (
        lambda: Function(lambda x: x.masked_fill(torch.ones(4, 4).triu(1).bool(), 3.0) * x), [(4, 4)]
    ),
    "a mask of truth values": (
        lambda: Function(lambda x: F.scaled_dot_product_attention(x, x, x, torch.ones(4, 4).tril().bool())), [(2, 4, 3)]
    ),
    "triangles": (lambda: Function(lambda x: torch.tril(x) @ torch.triu(x, 1)), [(3, 3)]),
    "chosen": (
        lambda: Function(lambda x: x[:, torch.tensor([2, 0, 1])] + x.index_select(1, torch.tensor([0, 0, 1]))), [(2, 3)]
    ),
    "rows of a table": (lambda: Function(lambda E: F.embedding(torch.tensor([[2, 0], [1, 1]]), E)), [(3, 4)]),
}  # fmt: skip


@pytest.mark.parametrize(("build", "shapes"), CONSTANTS.values(), ids=CONSTANTS)
def test_what_depends_on_nothing_given_is_a_constant_without_an_adjoint(build, shapes):
    torch.manual_seed(0)
    bp = backprop(build(), *shapes)
    assert all(check.passed for check in bp.check("cpu"))
    assert not set(bp.origin.constants) & {a.name for a in bp.walk}


def test_a_constant_is_named_after_the_buffer_that_it_is_made_of():
    assert "pe : 1 5 6 constant" in backprop(Positions(), (2, 5, 6)).model.text


class Reversed(torch.autograd.Function):
    """The identity, with a backward of its own."""

    @staticmethod
    def forward(ctx, x):
        return x.view_as(x)

    @staticmethod
    def backward(ctx, g):
        return -g


def hooked():
    module = nn.Linear(3, 3)
    module.register_full_backward_hook(lambda module, entering, leaving: (entering[0] * 2,))
    return module


def hooked_parameter():
    module = nn.Linear(3, 3)
    module.weight.register_hook(lambda g: 2 * g)
    return module


REFUSED = {
    "a backward of its own": (Function(Reversed.apply), "is not the module: its gradient of input 0 differs"),
    "a hook": (hooked(), "is not the module: its gradient of input 0 differs"),
    "a hook of a parameter": (hooked_parameter(), "'weight' has a hook"),
    "a write through a diagonal": (Function(writes("y.diagonal().add_(1)")), "'add_' .* through 'diagonal'"),
    "another shape in place": (Function(writes("y.t_()")), "'t_' at the top has no form"),
    "what moves, through a detach": (Function(writes("y.detach()[0] = x[1]")), "to a detached tensor"),
}


@pytest.mark.parametrize(("module", "says"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_followed_is_refused_in_one_line(module, says):
    with pytest.raises(NotSupported, match=says) as error:
        backprop(module, (3, 3))
    assert "\n" not in str(error.value)


def test_a_write_that_is_put_back_wrongly_is_seen_before_anything_is_said(monkeypatch):
    back = torch_effects._backward

    def wrong(step, whole):
        call, whole, new, axis, place = back(step, whole)
        return call, whole, new, axis, 1 - place

    monkeypatch.setattr(torch_effects, "_backward", wrong)
    with pytest.raises(NotSupported, match="is not the module: its value differs"):
        backprop(Function(EFFECTS["a row scaled"]), (2, 5))


def test_a_region_that_loses_its_no_grad_is_seen(monkeypatch):
    monkeypatch.setattr(torch_effects, "_detach", lambda graph, node: node)
    with pytest.raises(NotSupported, match="is not the module: its gradient of input 0 differs"):
        backprop(Function(no_grad), (2, 5))


class Heads(nn.Module):
    """Two heads, of which one is asked, and a weight that two layers share."""

    def __init__(self):
        super().__init__()
        self.a, self.b, self.c = nn.Linear(4, 4, bias=False), nn.Linear(4, 4, bias=False), nn.Linear(4, 4)
        self.b.weight = self.a.weight

    def forward(self, x):
        return {"first": self.b(torch.tanh(self.a(x))), "second": [self.c(x)]}


def test_every_parameter_has_an_adjoint_or_is_named_as_unused():
    first, second = (backprop(Heads(), (2, 4), output=i) for i in (0, 1))
    assert first.origin.unused == ("c.bias", "c.weight")
    assert second.origin.unused == ("a.weight",)
    assert "the parameter 'c.bias' has no part in the output" in first.warnings
    assert [first.origin.paths[n] for n in first.model.moving if n in first.origin.paths] == ["b.weight"]


def test_a_parameter_that_a_reading_loses_is_seen(monkeypatch):
    def without_bias(call):
        call.of_no_effect("bias")
        return f"{call[0]} @ {call[1]}.T"

    monkeypatch.setitem(ATEN, "linear", without_bias)
    with pytest.raises(NotSupported, match=r"the parameter 'c\.bias' is used"):
        backprop(Heads(), (2, 4), output=1)


def test_a_module_that_no_random_input_suits_asks_for_a_tensor():
    def picky(x):
        torch._assert_async((x > 2).all(), "above 2")
        return x * x

    with pytest.raises(InvalidInput, match="above 2; give tensors"):
        backprop(Function(picky), (2, 3))
    assert str(backprop(Function(picky), torch.full((2, 3), 3.0)))


def test_what_torch_itself_cannot_differentiate_is_refused_in_its_words():
    with pytest.raises(InvalidInput, match="torch cannot differentiate Function: one of the variables"):
        backprop(Function(writes("y = y.exp()", "y[0] = 0")), (2, 3))


def test_the_default_precision_is_as_it_was():
    backprop(nn.Linear(3, 3), (2, 3))
    assert torch.get_default_dtype() == torch.float32
