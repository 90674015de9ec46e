"""torch modules become exact networks, or are refused by name."""

from fractions import Fraction

import numpy as np
import pytest

from symnet.errors import InvalidInput, NotSupported
from symnet.relu import ReluNetwork, prove, two_input_sorter

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


def changed(entry):
    module = nn.Sequential(nn.Linear(2, 2), nn.ReLU())
    with torch.no_grad():
        module[0].weight[1, 0] = entry
    return module


def hooked():
    module = nn.Linear(1, 1)
    module.register_forward_hook(lambda *_: None)
    return module


class Doubled(nn.Linear):
    def forward(self, x):
        return 2 * super().forward(x)


@pytest.mark.parametrize(
    ("module", "error", "message"),
    [
        (lambda: nn.Sequential(nn.Linear(1, 1), nn.Tanh()), NotSupported, r"Sequential\[1\]: Tanh is not read"),
        (lambda: nn.Sequential(nn.Sequential(nn.Conv2d(1, 1, 1))), NotSupported, r"\[0\]: Conv2d is not read"),
        (lambda: Doubled(1, 1), NotSupported, "Doubled is not read"),
        (lambda: nn.Sequential(nn.ReLU(), nn.Linear(1, 1)), NotSupported, "before the first linear layer"),
        (lambda: nn.Sequential(), NotSupported, "before the first linear layer"),
        (lambda: nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(4, 1)), InvalidInput, "takes 4 inputs, but 3"),
        (lambda: changed(float("nan")), InvalidInput, "row 2 of the weights: entry 1 is nan"),
        (lambda: changed(float("-inf")), InvalidInput, "row 2 of the weights: entry 1 is -inf"),
        (lambda: nn.Linear(2, 2, device="meta"), InvalidInput, "has no real values"),
        (lambda: nn.Linear(2, 2, dtype=torch.complex64), InvalidInput, "has no real values"),
        (hooked, NotSupported, "forward hooks"),
        (lambda: "net.pt", InvalidInput, "expected a torch.nn.Module"),
    ],
)
def test_what_is_not_read_is_refused_by_name_in_one_line(module, error, message):
    with pytest.raises(error, match=message) as refusal:
        ReluNetwork.from_torch(module())
    assert "\n" not in str(refusal.value)
