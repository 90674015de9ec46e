"""torch modules become exact networks, or are refused by name."""

from fractions import Fraction

import numpy as np
import pytest

from symnet.errors import InvalidInput, NotSupported
from symnet.relu import ReluNetwork, Sorted, prove, two_input_sorter

torch = pytest.importorskip("torch")
nn = torch.nn
READ = {
    "two layers": lambda: nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 2)),
    "one linear map": lambda: nn.Linear(3, 2),
    "without bias": lambda: nn.Sequential(nn.Linear(2, 3, bias=False), nn.ReLU(), nn.Linear(3, 1, bias=False)),
    "nested": lambda: nn.Sequential(
        nn.Flatten(), nn.Sequential(nn.Linear(2, 3), nn.ReLU()), nn.Identity(), nn.Linear(3, 1)
    ),
    "leaky": lambda: nn.Sequential(nn.Linear(2, 3), nn.LeakyReLU(0.125), nn.Linear(3, 2), nn.LeakyReLU(0.0)),
    "hardtanh": lambda: nn.Sequential(nn.Linear(2, 3), nn.Hardtanh(-0.5, 2.0), nn.Linear(3, 2)),
    "relu6": lambda: nn.Sequential(nn.Linear(2, 3), nn.ReLU6(), nn.Linear(3, 2)),
    "activation last": lambda: nn.Sequential(nn.Linear(2, 3), nn.Hardtanh()),
    "two linear maps in a row": lambda: nn.Sequential(nn.Linear(2, 4), nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 2)),
    "half precision": lambda: nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1)).to(torch.bfloat16),
}  # fmt: skip


@pytest.mark.parametrize("name", READ)
def test_the_network_computes_what_the_module_does(name):
    torch.manual_seed(1)
    module = READ[name]()
    net = ReluNetwork.from_torch(module)
    X = 5 * torch.randn(50, net.widths[0], dtype=torch.float64)
    with torch.no_grad():
        expected = module.double()(X).numpy()
    np.testing.assert_allclose(net.numpy(X.numpy()), expected, rtol=1e-12, atol=1e-12)


def test_every_float_is_the_rational_that_it_is():
    module = nn.Linear(1, 1)
    with torch.no_grad():
        module.weight[:] = 0.1
    ((W, _),) = ReluNetwork.from_torch(module).layers
    assert ((Fraction(13421773, 134217728),),) == W


def test_the_worksheets_network_in_torch_is_the_worksheets_network():
    sorter = two_input_sorter()
    module = nn.Sequential(nn.Linear(2, 5), nn.ReLU(), nn.Linear(5, 2))
    with torch.no_grad():
        for linear, (W, b) in zip((module[0], module[2]), sorter.layers, strict=True):
            linear.weight.copy_(torch.tensor([[float(a) for a in row] for row in W]))
            linear.bias.copy_(torch.tensor([float(c) for c in b]))
    assert ReluNetwork.from_torch(module) == sorter


def test_relu6_is_a_hardtanh():
    first, last = nn.Linear(2, 3), nn.Linear(3, 2)
    clipped = ReluNetwork.from_torch(nn.Sequential(first, nn.Hardtanh(0.0, 6.0), last))
    assert prove(ReluNetwork.from_torch(nn.Sequential(first, nn.ReLU6(), last)), clipped).holds


# ---------------------------------------------------------------------- modules with a forward of their own
class Function(nn.Module):
    """A forward given as a function of the module and its input, with a few layers at hand."""

    def __init__(self, forward):
        super().__init__()
        self.a, self.b, self.c = nn.Linear(3, 3), nn.Linear(3, 3), nn.Linear(3, 2)
        self.relu, self.changing, self.scale = nn.ReLU(), nn.ReLU(inplace=True), nn.Parameter(torch.randn(3))
        self.function = forward

    def forward(self, x):
        return self.function(self, x)


class Doubled(nn.Linear):
    def forward(self, x):
        return 2 * super().forward(x)


class Block(nn.Module):
    def __init__(self, n):
        super().__init__()
        self.inner, self.outer = nn.Linear(n, n), nn.Linear(n, n)

    def forward(self, x):
        return x + self.outer(torch.relu(self.inner(x)))


def in_place(m, x):
    h = m.a(x)
    h += x
    return m.c(m.changing(h))


def one_after_another(m, x):
    for layer in (m.a, m.b):
        x = x + m.relu(layer(x))
    return m.c(x)


F = nn.functional
FORWARDS = {
    "a skip": lambda m, x: m.c(m.relu(m.a(x)) + x),
    "a skip over two layers": lambda m, x: m.relu(m.b(m.relu(m.a(x)))) + x,
    "a skip of hidden units": lambda m, x: m.c(m.relu(m.b(h := m.relu(m.a(x)))) + h),
    "activation first": lambda m, x: x + m.a(m.relu(x)),
    "two skips of one value": lambda m, x: m.relu(m.b(m.relu(m.a(x)) + x)) - x,
    "a loop": one_after_another,
    "in place": in_place,
    "concatenation": lambda m, x: torch.cat([x, m.relu(m.a(x)), m.c(x)], dim=1),
    "slices": lambda m, x: (
        torch.cat((torch.minimum(x[:, 0:1], x[:, 1:2]), torch.max(x[:, [0]], x[..., 1:2])), -1) + m.c(x)
    ),
    "numbers": lambda m, x: (1 - 2.5 * m.a(x) / 3) * m.scale + torch.tensor([1, 2, 3]),
    "one entry for all": lambda m, x: m.a(x) + m.c(x)[:, 0:1],
    "parameters": lambda m, x: F.linear(x, m.a.weight, m.a.bias) @ m.c.weight.T + m.c.weight.sum(),
    "methods": lambda m, x: m.a(x).relu().neg().clamp(max=-0.5).flatten(1).view(-1, 3).add(x, alpha=2).abs(),
    "clamps": lambda m, x: m.a(x).clamp(min=-0.5) + m.b(x).clamp(-1, 0.5) - torch.clamp(x, 1, -1),
    "functions": lambda m, x: F.leaky_relu(m.a(x), 0.25) + F.hardtanh(m.b(x)) + F.relu6(5 * x) + F.hardsigmoid(x),
    "more functions": lambda m, x: F.softshrink(m.a(x)) + F.prelu(x, m.scale) + F.dropout(x, training=m.training),
    "nothing but entries": lambda m, x: m.a(F.relu(-x.abs() + 1, inplace=True)),
    "a dead branch": lambda m, x: (m.relu(m.b(m.relu(m.a(x)))), m.c(x))[1],
    "a constant output": lambda m, x: 0 * m.relu(m.a(x)) + x,
}
MODULES = {
    "a subclass": lambda: Doubled(3, 2),
    "two blocks": lambda: nn.Sequential(Block(3), nn.Dropout(), nn.ReLU(), Block(3)),
    "activation first": lambda: nn.Sequential(nn.ReLU(), nn.Linear(3, 2)),
    "one slope": lambda: nn.Sequential(nn.Linear(3, 4), nn.PReLU()),
    "a slope each": lambda: nn.Sequential(nn.PReLU(3), nn.Linear(3, 4), nn.PReLU(4, init=-0.5)),
    "hardsigmoid": lambda: nn.Sequential(nn.Linear(3, 4), nn.Hardsigmoid(), nn.Softshrink(0.125)),
    "batch norm": lambda: nn.Sequential(nn.Linear(3, 2), normalised(nn.BatchNorm1d(2, eps=0.0)), nn.ReLU()),
    "batch norm without weights": lambda: normalised(nn.BatchNorm1d(2, eps=0.25, affine=False), 0.3125),
}  # fmt: skip


def normalised(norm, variance=2.25):
    norm.running_var[:] = torch.tensor([variance, 4 - norm.eps])
    norm.running_mean[:] = torch.tensor([0.1, -3.0])
    return norm


@pytest.mark.parametrize("module", [*(lambda f=f: Function(f) for f in FORWARDS.values()), *MODULES.values()],
                         ids=[*FORWARDS, *MODULES])  # fmt: skip
def test_a_forward_of_ones_own_is_read(module):
    torch.manual_seed(2)
    module = module().eval()
    before = set(vars(module))
    net = ReluNetwork.from_torch(module)
    X = 3 * torch.randn(200, net.widths[0], dtype=torch.float64)
    with torch.no_grad():
        expected = module.double()(X.clone()).numpy()
    np.testing.assert_allclose(net.numpy(X.numpy()), expected, rtol=1e-12, atol=1e-12)
    assert set(vars(module)) == before  # reading leaves nothing behind


def test_a_skip_is_proved_equal_to_the_network_written_by_hand():
    """x + V relu(W x + b): x is carried as relu(x) − relu(−x)."""
    block = Block(2)
    with torch.no_grad():
        for p, values in zip(
            block.parameters(), ([[1, 2], [-1, 0.5]], [1, -2], [[0.25, 1], [3, -1]], [0, 1]), strict=True
        ):
            p[:] = torch.tensor(values)
    W = [[1, 2], [-1, "1/2"], [1, 0], [-1, 0], [0, 1], [0, -1]]
    V = [["1/4", 1, 1, -1, 0, 0], [3, -1, 0, 0, 1, -1]]
    by_hand = ReluNetwork([(W, [1, -2, 0, 0, 0, 0]), (V, [0, 1])])
    assert ReluNetwork.from_torch(block) == by_hand
    several = Function(lambda m, x: m.block(x) + m.block(x) - m.block(x))
    several.block = block
    assert prove(ReluNetwork.from_torch(several), by_hand).holds


def test_a_skip_of_hidden_units_takes_one_unit_each_and_one_of_inputs_two():
    hidden = ReluNetwork.from_torch(Function(FORWARDS["a skip of hidden units"]))
    assert hidden.widths == (3, 3, 6, 2)
    assert ReluNetwork.from_torch(Function(FORWARDS["a skip over two layers"])).widths == (3, 9, 9, 3)
    assert ReluNetwork.from_torch(Function(FORWARDS["two skips of one value"])).widths == (3, 9, 9, 3)


def test_a_sorter_written_in_torch_is_proved():
    module = Function(
        lambda m, x: torch.cat([torch.minimum(x[:, 0:1], x[:, 1:2]), torch.maximum(x[:, 0:1], x[:, 1:2])], 1)
    )
    assert prove(ReluNetwork.from_torch(module, inputs=2), Sorted()).holds
    with pytest.raises(NotSupported, match="the number of inputs is not known"):
        ReluNetwork.from_torch(module)


@pytest.mark.parametrize("inputs", [0, -1, 2.5, True])
def test_a_number_of_inputs_that_is_none_is_refused(inputs):
    with pytest.raises(InvalidInput, match="whole number from 1 on"):
        ReluNetwork.from_torch(nn.ReLU(), inputs=inputs)


# ---------------------------------------------------------------------- refusals
def changed(entry):
    module = nn.Sequential(nn.Linear(2, 2), nn.ReLU())
    with torch.no_grad():
        module[0].weight[1, 0] = entry
    return module


def hooked():
    module = nn.Linear(1, 1)
    module.register_forward_hook(lambda *_: None)
    return module


def patched():
    module = nn.Sequential(nn.Linear(1, 1))
    module[0].forward = lambda x: x
    return module


def written_over(m, x):
    h = m.a(x)
    before = h.flatten(1)
    h += 1
    return before + h


def written_over_through(view):
    def forward(m, x):
        h = m.a(x)
        part = view(h)
        part += 1
        return h

    return forward


@pytest.mark.parametrize(
    ("module", "error", "message"),
    [
        (lambda: nn.Sequential(nn.Linear(1, 1), nn.Tanh()), NotSupported, r"^Sequential.1: Tanh: it is not read"),
        (lambda: nn.Sequential(nn.Sequential(nn.Conv2d(1, 1, 1))), NotSupported, r"^Sequential.0.0: Conv2d: it is not"),
        (lambda: nn.Tanh(), NotSupported, "^Tanh: it is not read"),
        (lambda: nn.Sequential(), NotSupported, "no linear layer reads the input"),
        (lambda: nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(4, 1)), InvalidInput, "takes 4 inputs, but 3"),
        (lambda: changed(float("nan")), InvalidInput, "row 2 of the weights: entry 1 is nan"),
        (lambda: changed(float("-inf")), InvalidInput, "row 2 of the weights: entry 1 is -inf"),
        (lambda: nn.Linear(2, 2, device="meta"), InvalidInput, "has no real values"),
        (lambda: nn.Linear(2, 2, dtype=torch.complex64), InvalidInput, "has no real values"),
        (hooked, NotSupported, "forward hooks"),
        (patched, NotSupported, "a forward of its own"),
        (lambda: "net.pt", InvalidInput, "expected a torch.nn.Module"),
        (lambda: nn.Flatten(0), NotSupported, "mix the rows"),
        (lambda: nn.Sequential(nn.Dropout(), nn.Linear(2, 2)), NotSupported, "random in training"),
        (lambda: nn.BatchNorm1d(2), NotSupported, r"Call module.eval\(\) first"),
        (lambda: nn.BatchNorm1d(2).eval(), NotSupported, "not rational"),
        (lambda: nn.BatchNorm1d(2, track_running_stats=False).eval(), NotSupported, "of the batch"),
        (lambda: nn.Bilinear(2, 2, 2), NotSupported, "^Bilinear: it is not read"),
    ],
)
def test_what_is_not_read_is_refused_by_name_in_one_line(module, error, message):
    with pytest.raises(error, match=message) as refusal:
        ReluNetwork.from_torch(module())
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("forward", "message"),
    [
        (lambda m, x: torch.tanh(m.a(x)), "^Function: tanh: it is not read"),
        (lambda m, x: m.a(x).exp(), "^Function: exp: it is not read"),
        (lambda m, x: m.a(x) * x, "a product or quotient of two values"),
        (lambda m, x: 1 / m.a(x), "a product or quotient of two values"),
        (lambda m, x: m.a(x) / 0, "divides by zero"),
        (lambda m, x: m.a(x) + float("inf"), "inf is not a finite number"),
        (lambda m, x: m.a(x) + torch.ones(3, 1), r"shape \(3, 1\) is not one row"),
        (lambda m, x: m.a(x) + m.c(x), "2 numbers do not fit 3"),
        (lambda m, x: m.a.weight @ x, "mixes the rows"),
        (lambda m, x: m.a(x) @ x, "only a constant matrix"),
        (lambda m, x: torch.cat([x, m.a(x)]), "one batch after another"),
        (lambda m, x: m.a(x)[0], "of the indices only"),
        (lambda m, x: m.a(x)[:, 0], "of the indices only"),
        (lambda m, x: m.a(x)[:, 3:], "entries that are not there"),
        (lambda m, x: m.a(x).view(3, -1), "of the shapes only"),
        (lambda m, x: m.a(x).view(-1, 1), "would mix the rows"),
        (lambda m, x: m.a(x).max(1), "only that of two values"),
        (lambda m, x: m.a(x).max(), "with these arguments"),
        (lambda m, x: m.a(x) if x.sum() > 0 else x, "cannot be traced"),
        (lambda m, x: (m.a(x), x), "returns tuple"),
        (lambda m, x: m.a(x) + torch.randn(3), "random"),
        (lambda m, x: m.a(x) + torch.bernoulli(m.scale.abs().clamp(max=1)), "random"),
        (lambda m, x: m.a(x) + m.changing(x), "changes in place"),
        (lambda m, x: m.a(x) + F.relu(x, True), "changes in place"),
        (lambda m, x: m.a(x) + x.relu_(), "changes in place"),
        (written_over, "changes in place"),
        (written_over_through(lambda h: h.flatten(1)), "changes in place"),
        (written_over_through(lambda h: h[:, 1:]), "changes in place"),
        (written_over_through(lambda h: F.dropout(h, training=False)), "changes in place"),
        (written_over_through(lambda h: h.view(-1, 3)), "changes in place"),
        (lambda m, x: m.a(x).clamp(min=m.scale), "use torch.maximum"),
    ],
)  # fmt: skip
def test_a_forward_that_is_not_read_is_refused_in_one_line(forward, message):
    with pytest.raises((NotSupported, InvalidInput), match=message) as refusal:
        ReluNetwork.from_torch(Function(forward))
    assert "\n" not in str(refusal.value)
