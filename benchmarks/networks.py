"""The networks of the benchmarks, from seeds: exact weights as strings, so that every tool gets the same ones.

A network is a list of layers {"weights": rows, "biases": entries}, as symnet writes it.
"""

import random
from fractions import Fraction
from itertools import pairwise
from typing import Any, TypeAlias

Layers: TypeAlias = list[dict[str, Any]]


def sixteenths(widths: tuple[int, ...], seed: int = 1) -> Layers:
    """Weights and biases k/16 with k uniform in −64 ... 64, row by row, the biases after the weights."""
    draw = random.Random(seed)
    return [
        {
            "weights": [[_sixteenth(draw) for _ in range(before)] for _ in range(after)],
            "biases": [_sixteenth(draw) for _ in range(after)],
        }
        for before, after in pairwise(widths)
    ]


def _sixteenth(draw: random.Random) -> str:
    return str(Fraction(draw.randint(-64, 64), 16))


def torch_initialised(widths: tuple[int, ...], seed: int = 1) -> Layers:
    """torch's own initialisation of Linear layers in float32, each float as the rational number that it is."""
    import torch

    torch.manual_seed(seed)
    linear = [torch.nn.Linear(before, after) for before, after in pairwise(widths)]
    return [
        {
            "weights": [[str(Fraction(a)) for a in row] for row in layer.weight.tolist()],
            "biases": [str(Fraction(a)) for a in layer.bias.tolist()],
        }
        for layer in linear
    ]


def scrambled(layers: Layers, seed: int = 2) -> Layers:
    """The same function: hidden units permuted, each scaled by a positive rational that the next layer takes back."""
    draw = random.Random(seed)
    weights = [[[Fraction(a) for a in row] for row in layer["weights"]] for layer in layers]
    biases = [[Fraction(a) for a in layer["biases"]] for layer in layers]
    for k, V in enumerate(weights[1:]):
        order = draw.sample(range(len(biases[k])), len(biases[k]))
        units = [(i, Fraction(draw.randint(1, 9), draw.randint(1, 9))) for i in order]
        weights[k] = [[s * a for a in weights[k][i]] for i, s in units]
        biases[k] = [s * biases[k][i] for i, s in units]
        weights[k + 1] = [[row[i] / s for i, s in units] for row in V]
    return [
        {"weights": [list(map(str, row)) for row in W], "biases": list(map(str, b))}
        for W, b in zip(weights, biases, strict=True)
    ]


def sorter(n: int) -> Layers:
    """The n-input sorting network of symnet, five units for each comparator, as merged weights."""
    from symnet.relu.sorting.comparators import sorter as compiled

    return compiled(n).to_json()["layers"]
