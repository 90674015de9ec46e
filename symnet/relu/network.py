"""ReLU networks over the rationals.

    h_0 = x,    h_l = relu(W_l h_{l-1} + b_l),    out = W_L h_{L-1} + b_L

W_l, b_l   weights (out × in) and biases (out) of layer l, Fractions          n, m   number of inputs, of outputs
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
import sympy as sp

from symnet.errors import InvalidInput
from symnet.joints import joined
from symnet.relu.budget import Progress, budget
from symnet.relu.geometry.rationals import Matrix, Vector, dot, exact, over_one_divisor, shown, written
from symnet.relu.regions.piecewise import piecewise
from symnet.relu.regions.regions import Region, iter_regions, linear_regions, regions

FORMAT = "symnet relu network"
LAYOUT = f'{{"format": "{FORMAT}", "layers": [{{"weights": [[...], ...], "biases": [...]}}, ...]}}'


@dataclass(frozen=True, init=False)
class ReluNetwork:
    """A multilayer perceptron with exact weights: ReLU between the layers, the last one linear.

    ``layers`` is a list of (W, b), W with one row for each unit. Entries are int, Fraction, SymPy Rational or "1/3".

    >>> net = ReluNetwork([([[1], [-1]], [0, 0]), ([[1, 1]], [0])])    # |x|
    >>> net(["-1/3"])
    (Fraction(1, 3),)
    """

    layers: tuple[tuple[Matrix, Vector], ...]

    def __init__(self, layers: Iterable[tuple[Any, Any]]) -> None:
        read = tuple(_layer(layer, f"layer {number}") for number, layer in enumerate(_sequence(layers, "layers"), 1))
        if not read:
            raise InvalidInput("a network needs at least one layer; pass [(W, b), ...].")
        for number, ((_, b), (W, _)) in enumerate(pairwise(read), 2):
            if len(W[0]) != len(b):
                raise InvalidInput(
                    f"layer {number}: its rows have {len(W[0])} weights, but layer {number - 1} has {len(b)} units."
                )
        object.__setattr__(self, "layers", read)

    @property
    def widths(self) -> tuple[int, ...]:
        """(n, hidden widths ..., m)."""
        return len(self.layers[0][0][0]), *(len(b) for _, b in self.layers)

    @property
    def inputs(self) -> tuple[sp.Symbol, ...]:
        """The real symbols x_1, ..., x_n."""
        return tuple(sp.Symbol(f"x_{i}", real=True) for i in range(1, self.widths[0] + 1))

    @property
    def outputs(self) -> tuple[sp.Symbol, ...]:
        """The real symbols out_1, ..., out_m, for claims about them; out, if there is one."""
        m = self.widths[-1]
        return tuple(sp.Symbol("out" if m == 1 else f"out_{o}", real=True) for o in range(1, m + 1))

    def __call__(self, x: Sequence[Any]) -> Vector:
        """The exact outputs at the exact point ``x`` of n numbers."""
        h = tuple(exact(value, f"input {i}") for i, value in enumerate(_sequence(x, "the input"), 1))
        if len(h) != self.widths[0]:
            raise InvalidInput(f"the network has {self.widths[0]} inputs, but the point has {len(h)}.")
        h, d = over_one_divisor(h)
        for number, (W, b, e) in enumerate(self._integers, 1):
            h, d = [dot(row, h) + c * d for row, c in zip(W, b, strict=True)], e * d
            h = [max(z, 0) for z in h] if number < len(self.layers) else h
        return tuple(Fraction(z, d) for z in h)

    @cached_property
    def _integers(self) -> list[tuple[list[list[int]], list[int], int]]:
        """Each layer as (V, c, e) in integers: W = V / e, b = c / e."""
        found = []
        for W, b in self.layers:
            whole, e = over_one_divisor([a for row, c in zip(W, b, strict=True) for a in (*row, c)])
            step = len(W[0]) + 1
            rows = [whole[i : i + step] for i in range(0, len(whole), step)]
            found.append(([row[:-1] for row in rows], [row[-1] for row in rows], e))
        return found

    def numpy(self, X: Any) -> np.ndarray:
        """The outputs in float64 for a batch of rows ``X`` (batch, n), or for one row (n)."""
        h = np.asarray(X, dtype=np.float64)
        if h.shape[-1:] != (self.widths[0],):
            raise InvalidInput(f"the network has {self.widths[0]} inputs, but the rows have shape {h.shape}.")
        for number, (W, b) in enumerate(self.layers, 1):
            h = h @ np.array(W, dtype=np.float64).T + np.array(b, dtype=np.float64)
            h = np.maximum(h, 0) if number < len(self.layers) else h
        return h

    def regions(
        self,
        merged: bool = False,
        *,
        max_regions: int | None = None,
        timeout: float | None = None,
        progress: Progress | None = None,
        jobs: int = 1,
    ) -> tuple[Region, ...]:
        """The activation cells, which cover ℝⁿ; ``merged``: the maximal connected regions with one affine map.

        OutOfBudget where there are more than ``max_regions`` cells, or it takes more than ``timeout`` seconds; it says
        what was covered. ``progress`` is called with a line of text from time to time.

        ``jobs`` processes share the work (-1: as many as there are cores), and the limits: all cells count together,
        and none works after the time. The result is the same. joblib runs them, so ``joblib.parallel_config(
        backend="dask")`` or ``"ray"`` takes them to a cluster.
        """
        limit = budget(max_regions, timeout, progress)
        return linear_regions(self.layers, limit, jobs) if merged else regions(self.layers, limit, jobs)

    def iter_regions(
        self,
        *,
        max_regions: int | None = None,
        timeout: float | None = None,
        progress: Progress | None = None,
        jobs: int = 1,
    ) -> Iterator[Region]:
        """The cells of ``regions()``, in the same order, each as soon as it is found; none is kept.

        The limits are those of ``regions``, but what was found before is there: ``max_regions`` cells come, and then
        OutOfBudget, if there are more. The clock starts now. Results of ``jobs`` wait in memory until they are taken.
        """
        return iter_regions(self.layers, budget(max_regions, timeout, progress), jobs)

    def piecewise(
        self, *, max_regions: int | None = None, timeout: float | None = None, progress: Progress | None = None
    ) -> tuple[sp.Expr, ...]:
        """The closed form of each output: a sympy.Piecewise with one branch for each affine map, the last "otherwise".

        An output that is one affine map throughout is that map, for SymPy has no Piecewise with a single branch.
        The limits are those of ``regions``.
        """
        return piecewise(self.layers, self.inputs, budget(max_regions, timeout, progress))

    def to_json(self) -> dict[str, Any]:
        """Weights and biases as exact strings."""
        layers = [
            {"weights": [list(map(written, row)) for row in W], "biases": list(map(written, b))} for W, b in self.layers
        ]
        return {"format": FORMAT, "layers": layers}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "ReluNetwork":
        """The network that ``to_json`` wrote: "format", and "layers" of "weights" and "biases"; no other keys.

        The activation is relu, and a key that is not read would say otherwise. Numbers as in the constructor: a float
        is refused. In a file, see `readers.network_files`, the decimal 0.5 is 1/2.
        """
        if not isinstance(data, Mapping) or "layers" not in data:
            raise InvalidInput(f"not a network: expected an object {LAYOUT}.")
        if data.get("format") != FORMAT:
            found = shown(data["format"]) if "format" in data else "missing"
            raise InvalidInput(f'not a network: its "format" is {found}; expected an object {LAYOUT}.')
        _known_keys(data, ("format", "layers"), "the network")
        layers = _sequence(data["layers"], '"layers"')
        return cls([_entries(layer, f"layer {number}") for number, layer in enumerate(layers, 1)])

    @classmethod
    @joined
    def from_torch(cls, module: Any, inputs: int | None = None) -> "ReluNetwork":
        """A module of linear layers, ReLU and other piecewise linear functions, with skips; every float exactly.

        ``inputs`` is needed where no linear layer reads the inputs as they come.
        """
        ...

    @classmethod
    @joined
    def from_onnx(cls, path: Any) -> "ReluNetwork":
        """A file of Gemm, MatMul, Add, Relu and other piecewise linear nodes; every float exactly. symnet[onnx]."""
        ...


def _entries(layer: Any, where: str) -> tuple[Any, Any]:
    """A layer of a file."""
    if not isinstance(layer, Mapping) or not {"weights", "biases"} <= layer.keys():
        raise InvalidInput(f'{where}: each layer of a network file needs "weights" and "biases".')
    _known_keys(layer, ("weights", "biases"), where)
    return layer["weights"], layer["biases"]


def _known_keys(data: Mapping[str, Any], known: Sequence[str], where: str) -> None:
    """Nothing is left unread."""
    unknown = [shown(str(key)) for key in data if key not in known]
    if unknown:
        allowed = " and ".join(f'"{key}"' for key in known)
        raise InvalidInput(f'{where}: unknown key "{unknown[0]}"; known are {allowed}, and every activation is relu.')


def _layer(layer: Any, where: str) -> tuple[Matrix, Vector]:
    """(W, b) read exactly, with the shapes checked."""
    pair = _sequence(layer, where)
    if len(pair) != 2:
        raise InvalidInput(f"{where}: expected a pair (W, b), got {len(pair)} items.")
    rows = [_sequence(row, f"{where}: row {i} of W") for i, row in enumerate(_sequence(pair[0], f"{where}: W"), 1)]
    bias = _sequence(pair[1], f"{where}: b")
    if not rows or not rows[0]:
        raise InvalidInput(f"{where}: W is empty; it needs at least one row and one column.")
    if len({len(row) for row in rows}) > 1:
        raise InvalidInput(f"{where}: the rows of W have different lengths, {', '.join(str(len(r)) for r in rows)}.")
    if len(bias) != len(rows):
        raise InvalidInput(f"{where}: W has {len(rows)} rows, but b has {len(bias)} entries.")
    W = tuple(
        tuple(exact(a, f"{where}, weight ({i}, {j})") for j, a in enumerate(row, 1)) for i, row in enumerate(rows, 1)
    )
    return W, tuple(exact(c, f"{where}, bias {i}") for i, c in enumerate(bias, 1))


def _sequence(value: Any, where: str) -> list[Any]:
    """The items of a list, tuple, array or SymPy matrix row by row."""
    if isinstance(value, sp.MatrixBase):
        return value.tolist() if value.shape[1] != 1 else list(value)
    if isinstance(value, str | bytes | Mapping) or not isinstance(value, Iterable):
        raise InvalidInput(f"{where}: expected a list, got {shown(value)}.")
    return list(value)
