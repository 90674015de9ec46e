"""Counts against torch: build the network, look at its tensors, run it on ones.

No formula of `symnet.counts` is used here. What a layer receives is what torch's previous layer gave.

parameters    elements of the real ``weight`` and ``bias`` tensors (on the meta device, so nothing is allocated)
shapes        what comes out of a forward pass of one example on CUDA if there is one, else on the CPU
connections   all weights 1, bias 0, all inputs 1: each output unit is then the number of inputs it sees, and their sum
              is the number of multiply-adds. Taps on padding count, as is usual: the input is padded with ones first.
              The same run with torch's own zero padding gives the taps that meet real input; it is reported too.

The sums are exact: every value is an integer below 2⁵³, which float64 holds exactly (this is verified, not assumed),
and cuDNN is switched off, since its transforms (FFT, Winograd) would round.
"""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sympy as sp

from symnet.counts.architecture import Architecture
from symnet.counts.search import Suggestion
from symnet.counts.table import CountTable, count
from symnet.derivation import Check
from symnet.errors import InvalidInput, NotSupported

if TYPE_CHECKING:
    import torch
    from torch import nn

EXACT = 2**53  # every integer up to here is a float64


@dataclass(frozen=True)
class Built:
    """What torch says of one layer."""

    shape: tuple[int, ...]
    weights: int
    biases: int
    connections: int
    on_real_input: int  # the connections that do not fall on padding


# ---------------------------------------------------------------------- building
def build(architecture: Architecture, device: str = "auto") -> "nn.Sequential":
    """The network as a torch module, initialised by torch, for inputs of shape (batch, *input shape).

    Raises InvalidInput where sizes are letters: put numbers in with ``architecture.at({...})``.
    """
    import torch
    from torch import nn

    x, network = _entering(architecture, "meta"), nn.Sequential()
    with torch.device("meta"):
        for name, layer in architecture.layers[1:]:
            if _must_flatten(layer, x):
                network.add_module(_module_name(f"{name}_flatten"), nn.Flatten())
                x = x.flatten(1)
            network.add_module(_module_name(name), module := _module(name, layer, x))
            x = module(x)
    return _initialised(network.float().to_empty(device=_device(device)))


def _initialised(network: "nn.Sequential") -> "nn.Sequential":
    for module in network:
        if hasattr(module, "reset_parameters"):
            module.reset_parameters()  # type: ignore[operator] - nn.Module declares no such method
    return network


def _module_name(name: str) -> str:
    return name.replace(".", "_")  # torch keeps the dot for itself


def _entering(architecture: Architecture, device: str) -> "torch.Tensor":
    """One example of ones, of the shape that the first layer states."""
    import torch

    if architecture.symbols:
        letters = ", ".join(sorted(s.name for s in architecture.symbols))
        raise InvalidInput(f"{architecture.name} cannot be built: {letters} are letters; use .at({{letter: number}})")
    (_, first) = architecture.layers[0]
    shape = (getattr(first, name) for name in first.rule.fields)
    return torch.ones(1, *shape, dtype=torch.float64, device=device)


def _must_flatten(layer: Any, x: "torch.Tensor") -> bool:
    return layer.rule.torch is not None and layer.rule.torch.flatten and x.ndim > 2


def _module(name: str, layer: Any, x: "torch.Tensor") -> "nn.Module":
    """The layer's twin for an input like ``x``, on the meta device, at test time."""
    import torch
    from torch import nn

    if (twin := layer.rule.torch) is None:
        raise NotSupported(f"layer {name!r}: {type(layer).__name__} has no torch twin; add one to its record")
    arriving = {"channels": x.shape[1], "features": x[0].numel()}
    with torch.device("meta"):
        module = getattr(nn, twin.module)(**{k: _argument(v, layer, arriving) for k, v in twin.arguments.items()})
    return module.eval().double()


def _argument(value: str | int, layer: Any, arriving: Mapping[str, int]) -> Any:
    if isinstance(value, int):
        return value
    return arriving[value] if value in arriving else getattr(layer, value)


def _device(wanted: str) -> str:
    import torch

    return ("cuda" if torch.cuda.is_available() else "cpu") if wanted == "auto" else wanted


# ---------------------------------------------------------------------- measuring
def measure(architecture: Architecture, device: str = "auto") -> dict[str, Built]:
    """Every layer's numbers as torch has them; the layers run one after the other, one at a time in memory."""
    import torch

    x, found = _entering(architecture, _device(device)), {}
    with torch.no_grad(), torch.backends.cudnn.flags(enabled=False):
        for name, layer in architecture.layers[1:]:
            x = x.flatten(1) if _must_flatten(layer, x) else x
            found[name] = _measured(_module(name, layer, x), x)
            x = torch.ones(1, *found[name].shape, dtype=x.dtype, device=x.device)
    return found


def _measured(module: "nn.Module", ones: "torch.Tensor") -> Built:
    """The numbers of a module on the meta device, given the ones that arrive."""
    weights, biases = (_elements(module, name) for name in ("weight", "bias"))
    out = _all_ones(module, ones)(ones)
    shape = tuple(out.shape[1:])
    if not _connects(module):
        return Built(shape, weights, biases, 0, 0)
    return Built(shape, weights, biases, _exact_sum(_padded_run(module, ones)), _exact_sum(out))


def _elements(module: "nn.Module", name: str) -> int:
    tensor = getattr(module, name, None)
    return 0 if tensor is None else tensor.numel()


def _connects(module: "nn.Module") -> bool:
    """Convolutions and linear layers connect; a normalisation folds into them and a pool only selects or averages."""
    from torch import nn

    return isinstance(module, nn.Conv2d | nn.Linear)


def _all_ones(module: "nn.Module", like: "torch.Tensor") -> "nn.Module":
    """The module on the device in float64, with weight 1 and bias 0."""
    from torch import nn

    module = module.to_empty(device=like.device)
    for name, tensor in [*module.named_parameters(), *module.named_buffers()]:
        nn.init.constant_(tensor, 0 if name in ("bias", "running_mean") else 1)
    return module


def _padded_run(module: Any, ones: "torch.Tensor") -> "torch.Tensor":
    """The module's output with ones where it would have padded with zeros."""
    from torch.nn import functional

    if ones.ndim < 4:
        return module(ones)
    vertical, horizontal = module.padding
    module.padding = (0, 0)
    return module(functional.pad(ones, (horizontal, horizontal, vertical, vertical), value=1.0))


def _exact_sum(x: "torch.Tensor") -> int:
    import torch

    whole = x.to(torch.int64)
    if not bool((whole == x).all()) or float(x.abs().max()) >= EXACT:
        raise ArithmeticError("an all-ones run left the integers that float64 holds exactly")
    return int(whole.sum())


# ---------------------------------------------------------------------- checks
def check_counts(table: CountTable, device: str = "auto", trials: int = 3, seed: int = 0) -> tuple[Check, ...]:
    """Three exact checks of a table: parameters, shapes and connections of every layer.

    A table with letters is tried at ``trials`` sizes drawn at random among those its conditions admit; each comparison
    is then exact, at these sizes.
    """
    architecture = _architecture_of(table)
    if not architecture.symbols:
        return _compared(table, [({}, measure(architecture, device))], _device(device))
    rng = random.Random(seed)
    draws = [admissible_sizes(architecture, rng) for _ in range(trials)]
    return _compared(table, [(s, measure(architecture.at(s), device)) for s in draws], _device(device), seed)


def _compared(table: CountTable, runs: list[Any], device: str, seed: int | None = None) -> tuple[Check, ...]:
    return tuple(_check(name, says, keys, table, runs, device, seed) for name, (says, keys) in _QUESTIONS.items())


_QUESTIONS = {
    "parameters equal the elements of torch's tensors": ("weights and biases of each layer", ("weights", "biases")),
    "shapes equal those of a forward pass in torch": ("output shape of each layer", ("shape",)),
    "connections equal an all-ones run in float64": (
        "multiply-adds of each layer, taps on padding counted; exact: all values are integers below 2^53",
        ("connections",),
    ),
}


def _check(
    name: str, compares: str, keys: tuple[str, ...], table: CountTable, runs: list[Any], device: str, seed: int | None
) -> Check:
    import torch

    wrong = [line for sizes, built in runs for line in _differences(table, built, keys, sizes)]
    evidence = {"compares": compares, "device": _device_name(device), "torch": torch.__version__, "differences": wrong}
    measured = {layer: _shown(numbers, keys) for layer, numbers in runs[0][1].items()}
    evidence |= {"layers": measured} if seed is None else _trials(runs, seed)
    return Check(name, "exact", not wrong, evidence)


def _shown(built: Built, keys: tuple[str, ...]) -> dict[str, Any]:
    shown = {key: list(built.shape) if key == "shape" else getattr(built, key) for key in keys}
    return shown | ({"connections without padding": built.on_real_input} if "connections" in keys else {})


def _trials(runs: list[Any], seed: int) -> dict[str, Any]:
    return {"seed": seed, "sizes": [{str(s): n for s, n in sizes.items()} for sizes, _ in runs]}


def _device_name(device: str) -> str:
    import torch

    return torch.cuda.get_device_name(device) if device.startswith("cuda") else device


def _differences(table: CountTable, built: Mapping[str, Built], keys: tuple[str, ...], sizes: Any) -> list[str]:
    return [
        f"{name}: {key} counted {counted}, torch has {getattr(numbers, key)}"
        for name, numbers in built.items()
        for key in keys
        if (counted := _counted(table[name], key, sizes)) != getattr(numbers, key)
    ]


def _counted(row: Any, key: str, sizes: Any) -> Any:
    """The table's value at these sizes: SymPy rebuilds the closed form with numbers in it."""
    numbers = {s: sp.Integer(n) for s, n in sizes.items()}
    if key == "shape":
        return tuple(int(side.xreplace(numbers)) for side in row.output_shape)
    return getattr(row, key).xreplace(numbers)


def check_suggestion(suggestion: Suggestion, device: str = "auto") -> tuple[Check, ...]:
    """Two exact checks: both networks built in torch have the weights and the connections that were stated."""
    import torch

    runs = [(t, measure(_architecture_of(t), device)) for t in (suggestion.before, suggestion.after)]
    checks = []
    for quantity in ("weights", "connections"):
        stated = [int(getattr(table.total, quantity)) for table, _ in runs]
        built = [sum(getattr(layer, quantity) for layer in found.values()) for _, found in runs]
        evidence = {
            "stated": stated,
            "built": built,
            "device": _device_name(_device(device)),
            "torch": torch.__version__,
        }
        checks.append(Check(f"{quantity} before and after equal those in torch", "exact", stated == built, evidence))
    return tuple(checks)


def _architecture_of(table: CountTable) -> Architecture:
    if table.architecture is None:
        raise NotSupported(f"{table.title} was not counted from a list of layers, so there is nothing to build")
    return table.architecture


# ---------------------------------------------------------------------- sizes to try
_CHOICES = {
    "groups": (1, 2), "kernel": (1, 2, 3), "stride": (1, 2), "padding": (0, 1), "dilation": (1, 2),
    "height": range(24, 48), "width": range(24, 48),
}  # fmt: skip


def admissible_sizes(architecture: Architecture, rng: random.Random, tries: int = 500) -> dict[Any, int]:
    """Small numbers for all letters such that the network exists; drawn at random, kept if counting accepts them."""
    roles = {letter: f for _, layer in architecture for f, letter in _letters(layer)}
    for _ in range(tries):
        sizes = {s: rng.choice(_CHOICES.get(roles.get(s, ""), (4, 8, 12))) for s in sorted(roles, key=str)}
        try:
            count(architecture.at(sizes))
        except InvalidInput:
            continue
        return sizes
    raise NotSupported(f"{architecture.name}: no admissible small sizes found in {tries} draws; check it .at(numbers)")


def _letters(layer: Any) -> Iterator[tuple[str, Any]]:
    for f in layer.rule.fields:
        given = getattr(layer, f)
        for value in given if isinstance(given, tuple) else (given,):
            yield from ((f, s) for s in sorted(getattr(value, "free_symbols", ()), key=str))
