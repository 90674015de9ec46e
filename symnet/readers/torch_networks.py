"""torch modules read as ReLU networks: nn.Sequential of Linear and piecewise linear activations, each float exact.

Only the classes themselves are read, not subclasses, for those can compute anything.
"""

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

import torch
from torch import nn

from symnet.errors import InvalidInput, NotSupported
from symnet.readers.chains import RELU, Activation, Chain, clipped, exact_floats, leaky
from symnet.relu import ReluNetwork

ACTIVATIONS: Mapping[type[nn.Module], Callable[[Any], Activation]] = {
    nn.ReLU: lambda m: RELU,
    nn.LeakyReLU: lambda m: leaky(_number(m.negative_slope, "LeakyReLU: negative_slope")),
    nn.Hardtanh: lambda m: clipped(_number(m.min_val, "Hardtanh: min_val"), _number(m.max_val, "Hardtanh: max_val")),
    nn.ReLU6: lambda m: clipped(Fraction(0), Fraction(6)),
}
UNCHANGED = (nn.Identity, nn.Flatten)
READ = "Linear, ReLU, LeakyReLU, Hardtanh, ReLU6, Identity, Flatten, and Sequential of these"


def from_torch(module: nn.Module) -> ReluNetwork:
    """The network that the module computes for a batch of rows, in real arithmetic."""
    if not isinstance(module, nn.Module):
        raise InvalidInput(f"from_torch: expected a torch.nn.Module, got {module!r}.")
    chain, name = Chain(), type(module).__name__
    _read(module, chain, name)
    return chain.network(name)


def _read(module: nn.Module, chain: Chain, where: str) -> None:
    kind = type(module)
    if module._forward_hooks or module._forward_pre_hooks:
        raise NotSupported(f"{where}: it has forward hooks, which can change what it computes. Remove them first.")
    if kind is nn.Sequential:
        for name, part in module.named_children():
            _read(part, chain, f"{where}[{name}]: {type(part).__name__}")
    elif kind is nn.Linear:
        chain.linear(*_linear(module, where), where)
    elif kind in ACTIVATIONS:
        chain.activate(ACTIVATIONS[kind](module), where)
    elif kind not in UNCHANGED:
        raise NotSupported(f"{where} is not read as a ReLU network. Read are {READ}.")


def _linear(module: Any, where: str) -> tuple[list[list[Fraction]], list[Fraction]]:
    rows = _values(module.weight, f"{where}: weight")
    if not rows or not rows[0]:
        raise InvalidInput(f"{where}: it has no weights.")
    W = [exact_floats(row, f"{where}: row {i} of the weights") for i, row in enumerate(rows, 1)]
    b = _values(module.bias, f"{where}: bias") if module.bias is not None else [0.0] * len(W)
    return W, exact_floats(b, f"{where}: bias")


def _values(tensor: torch.Tensor, where: str) -> Any:
    """The entries as float64, which holds every float of fewer bits exactly."""
    if tensor.is_meta or not tensor.is_floating_point():
        raise InvalidInput(f"{where}: {tensor.dtype} on {tensor.device} has no real values to read.")
    return tensor.detach().to(device="cpu", dtype=torch.float64).tolist()


def _number(value: float, where: str) -> Fraction:
    return exact_floats([value], where)[0]
