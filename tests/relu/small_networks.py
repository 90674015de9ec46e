"""Small rational networks: a table of degenerate ones by name, and a hypothesis strategy that likes to degenerate."""

import random
from fractions import Fraction
from itertools import pairwise

import hypothesis.strategies as st

from symnet.relu import ReluNetwork

# name: (network, activation cells, linear regions)
DEGENERATE = {
    "no hidden unit": (ReluNetwork([([[1, 2]], [3])]), 1, 1),
    "one unit in two inputs": (ReluNetwork([([[1, 1]], [3]), ([[1]], [0])]), 2, 2),
    "a zero row": (ReluNetwork([([[0, 0], [1, 0]], [1, 0]), ([[1, 1]], [0])]), 2, 2),
    "only constant units": (ReluNetwork([([[0, 0], [0, 0]], [1, -1]), ([[1, 1]], [0])]), 1, 1),
    "a plane that the second layer leaves whole": (
        ReluNetwork([([[0, 0]], [1]), ([[1], [-1]], [1, 0]), ([[1, 1]], [0])]), 1, 1,
    ),
    "a unit twice": (ReluNetwork([([[1, 0], [1, 0], [0, 1]], [0, 0, 0]), ([[1, 1, 1]], [0])]), 4, 4),
    "opposite units": (ReluNetwork([([[1, 2], [-1, -2]], [1, -1]), ([[1, -1]], [0])]), 2, 1),
    "three parallel lines": (ReluNetwork([([[1, 0], [2, 0], [-3, 0]], [0, 1, 2]), ([[1, 1, 1]], [0])]), 4, 4),
    "three lines through a point": (ReluNetwork([([[1, 0], [0, 1], [1, 1]], [0, 0, 0]), ([[1, 1, 1]], [0])]), 6, 6),
    "three lines, one of them twice": (
        ReluNetwork([([[1, 0], [0, 1], [1, 1], [-1, -1]], [0, 0, -1, 1]), ([[1, 1, 1, 2]], [0])]), 7, 7,
    ),
    "a strip of width 10⁻⁹": (
        ReluNetwork([([[1, 0], [1, 0]], [0, "-1/1000000000"]), ([[1, -1]], [0])]), 3, 3,
    ),
    "dead after the first layer": (
        ReluNetwork([([[1, 0], [0, 1]], [0, 0]), ([[-1, -1], [1, 1]], [-1, 0]), ([[5, 1]], [0])]), 4, 4,
    ),
    "rank two in three inputs": (
        ReluNetwork([([[1, -1, 0], [0, 1, -1], [1, 0, -1]], [0, 0, 0]), ([[1, 1, 1]], [0])]), 6, 6,
    ),
    "one input": (ReluNetwork([([[1], [-1], [2]], [0, 1, 3]), ([[1, 1, 1]], [0])]), 4, 4),
}  # fmt: skip

SMALL = st.integers(-2, 2) | st.fractions(-2, 2, max_denominator=3)
POINTS = st.fractions(-6, 6, max_denominator=4)


@st.composite
def networks(draw: st.DrawFn, most_inputs: int = 3, most_units: int = 4, most_layers: int = 2) -> ReluNetwork:
    """Up to two hidden layers; small entries make parallel, equal and zero rows likely."""
    hidden = draw(st.lists(st.integers(1, most_units), max_size=most_layers))
    widths = [draw(st.integers(1, most_inputs)), *hidden, draw(st.integers(1, 2))]
    return ReluNetwork([draw(layer(n, m)) for n, m in pairwise(widths)])


TINY = Fraction(1, 10**12)


@st.composite
def degenerate_networks(draw: st.DrawFn, most_units: int = 6) -> ReluNetwork:
    """Each unit is new, constant, or parallel to one before: equal, opposite, a hair apart; many go through the origin.

    One to three inputs, of which the first layer may see but one; up to four hidden layers, or none.
    """
    n = draw(st.integers(1, 3))
    hidden: list[int] = []
    for width in draw(st.lists(st.integers(1, 4), max_size=4)):
        hidden += [width] if sum(hidden) + width <= most_units else []
    layers, before = [], n
    for width in hidden:
        layers.append(draw(degenerate_layer(before, width)))
        before = width
    return ReluNetwork([*layers, draw(layer(before, 1))])


@st.composite
def degenerate_layer(draw: st.DrawFn, n: int, width: int) -> tuple[list[list[Fraction]], list[Fraction]]:
    W: list[list[Fraction]] = []
    b: list[Fraction] = []
    for _ in range(width):
        if W and draw(st.booleans()):
            k, s = draw(st.integers(0, len(W) - 1)), draw(st.sampled_from([1, -1, 2, Fraction(-1, 3)]))
            W.append([s * a for a in W[k]])
            b.append(s * b[k] + draw(st.sampled_from([0, 0, TINY, -TINY, 1])))
        else:
            seen = draw(st.integers(0, n))
            W.append([draw(SMALL) if i < seen else Fraction(0) for i in range(n)])
            b.append(draw(st.sampled_from([Fraction(0), Fraction(0), Fraction(1), TINY]) | SMALL))
    return W, b


def layer(n: int, m: int) -> st.SearchStrategy[tuple[list[list[Fraction]], list[Fraction]]]:
    row = st.lists(SMALL, min_size=n, max_size=n)
    return st.tuples(st.lists(row, min_size=m, max_size=m), st.lists(SMALL, min_size=m, max_size=m))


def points(n: int, number: int) -> st.SearchStrategy[list[list[Fraction]]]:
    point = st.lists(POINTS, min_size=n, max_size=n)
    return st.lists(point, min_size=number, max_size=number)


def waves(*widths):
    """A network without symmetry: weights that run through the residues of 13."""
    numbers = (Fraction(k * k % 13 - 6, 1 + k % 3) for k in range(1, 10**4))
    layers = [([[next(numbers) for _ in range(n)] for _ in range(m)], [next(numbers) for _ in range(m)])
              for n, m in pairwise(widths)]  # fmt: skip
    return ReluNetwork(layers)


def deepened(net: ReluNetwork) -> ReluNetwork:
    """The same function with one hidden layer more: after the last hidden layer, the identity."""
    *hidden, last = net.layers
    width = len(hidden[-1][1])
    identity = [[int(i == j) for j in range(width)] for i in range(width)]
    return ReluNetwork([*hidden, (identity, [0] * width), last])


def nudged(net: ReluNetwork, layer: int, unit: int, column: int | None, by: Fraction) -> ReluNetwork:
    """The network with one weight, or with ``column`` None one bias, changed."""
    layers = [([list(row) for row in W], list(b)) for W, b in net.layers]
    W, b = layers[layer]
    if column is None:
        b[unit] += by
    else:
        W[unit][column] += by
    return ReluNetwork(layers)


def scrambled(net: ReluNetwork, seed: int = 1) -> ReluNetwork:
    """The same function: hidden units permuted, each scaled by a positive number that the next layer takes back."""
    draw = random.Random(seed)
    weights, biases = [[list(row) for row in W] for W, _ in net.layers], [list(b) for _, b in net.layers]
    for k, after in enumerate(weights[1:]):
        units = draw.sample(range(len(weights[k])), len(weights[k]))
        scales = [Fraction(draw.randint(1, 9), draw.randint(1, 9)) for _ in units]
        weights[k] = [[s * a for a in weights[k][i]] for i, s in zip(units, scales, strict=True)]
        biases[k] = [s * biases[k][i] for i, s in zip(units, scales, strict=True)]
        weights[k + 1] = [[row[i] / s for i, s in zip(units, scales, strict=True)] for row in after]
    return ReluNetwork(zip(weights, biases, strict=True))
