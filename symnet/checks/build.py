"""Counts against torch: build the network, look at its tensors, run it on ones.

No formula of `symnet.counts` is used here. What a layer receives is what torch's previous layer gave.

build     the whole network as one module, with torch's initialisation
check_…   what a table or a suggestion states, compared with `measure` as exact integers, with the evidence
"""

import random
from collections.abc import Iterator, Mapping
from typing import Any

import sympy as sp
import torch
from torch import nn

from symnet.checks.measure import Built, entering, must_flatten, placed
from symnet.checks.measure import measure as measure
from symnet.checks.twins import Other, run, twin
from symnet.counts.architecture import Architecture
from symnet.counts.rules import refers_to
from symnet.counts.search.search import Suggestion
from symnet.counts.table import CountTable, count
from symnet.derivation import Check
from symnet.errors import InvalidInput, NotSupported


# ---------------------------------------------------------------------- building
class Network(nn.Sequential):
    """Modules in order, each given what left the one before it and those that it names."""

    def __init__(self, entering: str) -> None:
        super().__init__()
        self.entering = entering
        self.named: list[tuple[str, tuple[str, ...]]] = []

    def append_named(self, name: str, module: nn.Module, others: tuple[str, ...] = ()) -> None:
        self.add_module(_module_name(name), module)
        self.named.append((name, others))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        left, needed = {self.entering: x}, {other for _, others in self.named for other in others}
        for module, (name, others) in zip(self, self.named, strict=True):
            x = run(module, x, [left[other] for other in others])
            if name in needed:
                left[name] = x
        return x


def build(architecture: Architecture, device: str = "auto") -> Network:
    """The network as a torch module, initialised by torch, for inputs of shape (batch, *input shape).

    Raises InvalidInput where sizes are letters: put numbers in with ``architecture.at({...})``.
    """
    x, network = entering(architecture, "meta"), Network(architecture.names[0])
    left = {architecture.names[0]: x}
    with torch.device("meta"):
        for name, layer in architecture.layers[1:]:
            if must_flatten(layer, x):
                network.append_named(f"{name}_flatten", nn.Flatten())
                x = x.flatten(1)
            module = twin(name, layer, x) if layer.rule.torch else Other()
            network.append_named(name, module, refers_to(layer))
            x = left[name] = run(module, x, [left[other] for other in refers_to(layer)])
    _tie(network.float().to_empty(device=placed(device)), architecture)
    return _initialised(network)


def _tie(network: Network, architecture: Architecture) -> None:
    for name, layer in architecture.layers[1:]:
        if tied := getattr(layer, "tied", ""):
            network.get_submodule(_module_name(name)).weight = network.get_submodule(_module_name(tied)).weight


def _initialised(network: Network) -> Network:
    for module in network:
        if hasattr(module, "reset_parameters"):
            module.reset_parameters()  # type: ignore[operator] - nn.Module declares no such method
        elif hasattr(module, "weight"):
            nn.init.normal_(module.weight, std=0.02)
    return network


def _module_name(name: str) -> str:
    return name.replace(".", "_")  # torch keeps the dot for itself


# ---------------------------------------------------------------------- checks
def check_counts(table: CountTable, device: str = "auto", trials: int = 3, seed: int = 0) -> tuple[Check, ...]:
    """Four exact checks of a table: parameters, shapes and connections, with and without padding, of every layer.

    A table with letters is tried at ``trials`` sizes drawn at random among those its conditions admit; each comparison
    is then exact, at these sizes.
    """
    architecture, batch = _architecture_of(table), table.batch
    if not architecture.symbols and isinstance(batch, int):
        return _compared(table, [({}, measure(architecture, device, batch))], placed(device))
    rng = random.Random(seed)
    draws = [admissible_sizes(architecture, rng) for _ in range(trials)]
    draws = [sizes if isinstance(batch, int) else {batch: sizes.get(batch, rng.choice(BATCHES)), **sizes}
             for sizes in draws]  # fmt: skip
    return _compared(table, [(s, _measured_at(architecture, s, batch, device)) for s in draws], placed(device), seed)


BATCHES = (1, 2, 3)


def _measured_at(architecture: Architecture, sizes: Mapping[Any, int], batch: Any, device: str) -> dict[str, Built]:
    own = {s: n for s, n in sizes.items() if s in architecture.symbols}
    return measure(architecture.at(own), device, sizes.get(batch, batch))


def _compared(table: CountTable, runs: list[Any], device: str, seed: int | None = None) -> tuple[Check, ...]:
    return tuple(_check(name, says, keys, table, runs, device, seed) for name, (says, keys) in _QUESTIONS.items())


_QUESTIONS = {
    "parameters equal the elements of torch's tensors": ("weights and biases of each layer", ("weights", "biases")),
    "shapes equal those of a forward pass in torch": ("output shape and units of each layer", ("shape", "units")),
    "connections equal an all-ones run in float64": (
        "multiply-adds of each layer, taps on padding counted; exact: all values are integers below 2^53",
        ("connections",),
    ),
    "connections on real input equal an all-ones run with zero padding": (
        "multiply-adds of each layer that meet real input, none on padding; exact likewise",
        ("unpadded",),
    ),
}


def _check(
    name: str, compares: str, keys: tuple[str, ...], table: CountTable, runs: list[Any], device: str, seed: int | None
) -> Check:
    wrong = [line for sizes, built in runs for line in _differences(table, built, keys, sizes)]
    evidence = {"compares": compares, "device": _device_name(device), "torch": torch.__version__, "differences": wrong}
    measured = {layer: _shown(numbers, keys) for layer, numbers in runs[0][1].items() if table[layer].shown}
    evidence |= {"layers": measured} if seed is None else _trials(runs, seed)
    return Check(name, "exact", not wrong, evidence)


def _shown(built: Built, keys: tuple[str, ...]) -> dict[str, Any]:
    return {key: list(built.shape) if key == "shape" else getattr(built, key) for key in keys}


def _trials(runs: list[Any], seed: int) -> dict[str, Any]:
    return {"seed": seed, "sizes": [{str(s): n for s, n in sizes.items()} for sizes, _ in runs]}


def _device_name(device: str) -> str:
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
    return getattr(row, key).xreplace(numbers).doit()


def check_suggestion(suggestion: Suggestion, device: str = "auto") -> tuple[Check, ...]:
    """Two exact checks: both networks built in torch have the weights and the connections that were stated."""
    runs = [(t, measure(_architecture_of(t), device)) for t in (suggestion.before, suggestion.after)]
    checks = []
    for quantity in ("weights", "connections"):
        stated = [int(getattr(table.total, quantity)) for table, _ in runs]
        built = [sum(getattr(layer, quantity) for layer in found.values()) for _, found in runs]
        evidence = {
            "stated": stated,
            "built": built,
            "device": _device_name(placed(device)),
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
    "height": range(24, 48), "width": range(24, 48), "depth": range(8, 12), "length": range(24, 48),
    "output_padding": (0,), "heads": (2, 4), "kv_heads": (1, 2), "tokens": range(3, 9), "layers": (1, 2),
    "directions": (1, 2), "positions": range(9, 2500),
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
