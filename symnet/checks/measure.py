"""What torch says of every layer: the sizes of its tensors, the shape that leaves, the connections of an all-ones run.

parameters    elements of the real ``weight`` and ``bias`` tensors
shapes        what comes out of a forward pass of one example
connections   all weights 1, bias 0, all inputs 1: each output unit is then the number of inputs it sees, and their sum
              is the number of multiply-adds. Taps on padding count, as is usual: the input is padded with ones first.
              The same run with torch's own zero padding gives the taps that meet real input.

The sums are exact: every value is an integer below 2⁵³, which float64 holds exactly (this is verified, not assumed),
and cuDNN is switched off, since its transforms (FFT, Winograd) would round.
"""

from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from torch.nn import functional

from symnet.checks.twins import CONNECTED, CONVOLUTIONS, RECURRENT, TRANSPOSED, Attention, run, twin
from symnet.counts.architecture import Architecture
from symnet.counts.rules import refers_to
from symnet.errors import InvalidInput

EXACT = 2**53  # every integer up to here is a float64


@dataclass(frozen=True)
class Built:
    """What torch says of one layer."""

    shape: tuple[int, ...]  # of one example
    units: int  # numbers that leave, of all examples
    weights: int
    biases: int
    connections: int
    unpadded: int  # the connections that do not fall on padding


def measure(architecture: Architecture, device: str = "auto", batch: int = 1) -> dict[str, Built]:
    """Every layer's numbers as torch has them; the layers run one after the other, one at a time in memory."""
    x, found, left = entering(architecture, placed(device), batch), {}, {}
    left[architecture.names[0]] = x.shape
    with torch.no_grad(), torch.backends.cudnn.flags(enabled=False):
        for name, layer in architecture.layers[1:]:
            x = x.flatten(1) if must_flatten(layer, x) else x
            others = [torch.ones(left[other], dtype=x.dtype, device=x.device) for other in refers_to(layer)]
            if layer.rule.torch is None:  # a branch: what left the named layer
                found[name] = Built(tuple(others[0].shape[1:]), others[0].numel(), 0, 0, 0, 0)
            else:
                found[name] = _measured(name, twin(name, layer, x), x, others, layer)
            left[name] = (batch, *found[name].shape)
            x = torch.ones(left[name], dtype=x.dtype, device=x.device)
            _refuse_wrong_ties(name, layer, x, architecture)
    return found


def entering(architecture: Architecture, device: str, batch: int = 1) -> torch.Tensor:
    """Examples of ones, of the shape that the first layer states."""
    if architecture.symbols:
        letters = ", ".join(sorted(s.name for s in architecture.symbols))
        raise InvalidInput(f"{architecture.name} cannot be built: {letters} are letters; use .at({{letter: number}})")
    (_, first) = architecture.layers[0]
    shape = (getattr(first, name) for name in first.rule.fields)
    return torch.ones(batch, *shape, dtype=torch.float64, device=device)


def must_flatten(layer: Any, x: torch.Tensor) -> bool:
    """Whether the layer takes vectors and a map arrives."""
    return layer.rule.torch is not None and layer.rule.torch.flatten and x.ndim > 2


def placed(wanted: str) -> str:
    """The device meant: "auto" is CUDA where there is one."""
    return ("cuda" if torch.cuda.is_available() else "cpu") if wanted == "auto" else wanted


# ---------------------------------------------------------------------- one layer
def _measured(name: str, module: nn.Module, ones: torch.Tensor, others: list[torch.Tensor], layer: Any) -> Built:
    """The numbers of a module on the meta device, given the ones that arrive."""
    tied = bool(getattr(layer, "tied", ""))
    weights, biases = (0 if tied and kind == "weight" else _elements(module, kind) for kind in ("weight", "bias"))
    if isinstance(module, RECURRENT):
        return _of_steps(module.to_empty(device=ones.device), ones, weights, biases)
    out = run(_all_ones(module, ones), ones if not isinstance(module, nn.Embedding) else ones * 0, others)
    shape, units = tuple(out.shape[1:]), out.numel()
    if not isinstance(module, CONNECTED):
        return Built(shape, units, weights, biases, 0, 0)
    if isinstance(module, Attention):
        connections = exact_sum(module.connections(ones))
        return Built(shape, units, weights, biases, connections, connections)
    return Built(shape, units, weights, biases, exact_sum(_padded_run(module, ones)), exact_sum(out))


def _elements(module: nn.Module, kind: str) -> int:
    """Elements of the parameters called weight…, bias…: a recurrent module has several of each."""
    return sum(p.numel() for name, p in module.named_parameters() if name.startswith(kind))


def _of_steps(module: nn.Module, ones: torch.Tensor, weights: int, biases: int) -> Built:
    """At each step every weight tensor multiplies a vector of ones: the sum over outputs is its number of elements."""
    matrices = [p for name, p in module.named_parameters() if name.startswith("weight")]
    each = sum(exact_sum(torch.ones_like(m) @ torch.ones(m.shape[1], dtype=m.dtype, device=m.device)) for m in matrices)
    nn.init.constant_(matrices[0], 0.0)
    out, steps = run(module, ones), ones.shape[0] * ones.shape[1]
    return Built(tuple(out.shape[1:]), out.numel(), weights, biases, steps * each, steps * each)


def _all_ones(module: nn.Module, like: torch.Tensor) -> nn.Module:
    """The module on the device in float64, with weight 1 and bias 0."""
    module = module.to_empty(device=like.device)
    for name, tensor in [*module.named_parameters(), *module.named_buffers()]:
        nn.init.constant_(tensor, 0 if name in ("bias", "running_mean") else 1)
    return module


def _padded_run(module: Any, ones: torch.Tensor) -> torch.Tensor:
    """The module's output with ones where it would have padded with zeros; a transpose leaves what it would cut off."""
    if not isinstance(module, CONVOLUTIONS):
        return module(ones)
    padding, module.padding = module.padding, tuple(0 for _ in module.padding)
    if isinstance(module, TRANSPOSED):
        return module(ones)
    return module(functional.pad(ones, [p for side in reversed(padding) for p in (side, side)], value=1.0))


def exact_sum(x: torch.Tensor) -> int:
    """The sum of integers that float64 holds exactly; anything else is an ArithmeticError."""
    whole = x.to(torch.int64)
    if not bool((whole == x).all()) or float(x.abs().max()) >= EXACT:
        raise ArithmeticError("an all-ones run left the integers that float64 holds exactly")
    return int(whole.sum())


def _refuse_wrong_ties(name: str, layer: Any, x: torch.Tensor, architecture: Architecture) -> None:
    """Weights can be shared only between layers whose weights have the same shape."""
    if not (tied := getattr(layer, "tied", "")):
        return
    source = architecture[tied]
    shape = (getattr(source, "vocabulary", None) or source.out_features, getattr(source, "features", None) or 0)
    if shape[0] != x.shape[-1]:
        raise InvalidInput(f"layer {name!r}: its {x.shape[-1]} outputs do not fit the {shape[0]} rows of {tied!r}")
