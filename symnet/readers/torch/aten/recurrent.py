"""Recurrent cells, and layers of them unrolled over the steps of the shape at hand.

x, h, s    input, state before, cell state before        W, U, b, d    weights of x and h, and their biases
V          what projects the state of an LSTM, where it is projected
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

from symnet.readers.torch.aten.call import Call, Entry, Known

Cell: TypeAlias = "Callable[[Call, _Weights, str, tuple[str, ...], str], tuple[str, ...]]"


@dataclass(frozen=True)
class _Weights:
    """Of one layer in one direction; ``size`` is the number of units."""

    W: str
    U: str
    b: Any
    d: Any
    V: Any
    size: int

    def gates(self, x: str, h: str) -> tuple[str, str]:
        """What all gates read of the input, and of the state."""
        plus = [f" + {v}" if v else "" for v in (self.b, self.d)]
        return f"{x} @ {self.W}.T{plus[0]}", f"{h} @ {self.U}.T{plus[1]}"


def _cut(a: str, k: int, n: int) -> str:
    return f"{a}[:, {k * n}:{(k + 1) * n}]"


def _plain(function: str) -> Cell:
    def step(c: Call, w: _Weights, x: str, state: tuple[str, ...], at: str) -> tuple[str, ...]:
        ahead, back = w.gates(x, state[0])
        return (c.define(f"h{at}", f"{function}({ahead} + {back})"),)

    return step


def _lstm(c: Call, w: _Weights, x: str, state: tuple[str, ...], at: str) -> tuple[str, ...]:
    a = c.define(f"a{at}", " + ".join(w.gates(x, state[0])))
    i, f, o = (c.define(f"{gate}{at}", f"sigmoid({_cut(a, k, w.size)})") for gate, k in (("i", 0), ("f", 1), ("o", 3)))
    g = c.define(f"g{at}", f"tanh({_cut(a, 2, w.size)})")
    s = c.define(f"s{at}", f"{f} * {state[1]} + {i} * {g}")
    h = f"{o} * tanh({s})"
    return c.define(f"h{at}", f"({h}) @ {w.V}.T" if w.V else h), s


def _gru(c: Call, w: _Weights, x: str, state: tuple[str, ...], at: str) -> tuple[str, ...]:
    ahead, back = w.gates(x, state[0])
    a, q = c.define(f"a{at}", ahead), c.define(f"q{at}", back)
    r, u = (
        c.define(f"{g}{at}", f"sigmoid({_cut(a, k, w.size)} + {_cut(q, k, w.size)})") for g, k in (("r", 0), ("u", 1))
    )
    g = c.define(f"g{at}", f"tanh({_cut(a, 2, w.size)} + {r} * {_cut(q, 2, w.size)})")
    return (c.define(f"h{at}", f"(1 - {u}) * {g} + {u} * {state[0]}"),)


def _cell(step: Cell, gates: int) -> Entry:
    """One step: of an LSTM both states are results."""

    def written(c: Call) -> Any:
        x, before, W, U, b, d = (c[name] for name in c.bound)
        state = tuple(before if isinstance(before, list) else [before])
        after = step(c, _Weights(W, U, b, d, None, c.shape(2)[0] // gates), x, state, "")
        return after[0] if len(after) == 1 else after

    return written


def _layer(step: Cell, gates: int) -> Entry:
    """All steps, layers and directions; the results are the sequence of states, and the last states."""

    def written(c: Call) -> tuple[str, ...]:
        x, _, given, biased, layers, dropout, training, both, batch_first = (c[name] for name in c.bound)
        if not isinstance(batch_first, bool) or (training and dropout and layers > 1):
            raise TypeError  # sequences of several lengths; or what is dropped is random
        steps, axis = c.shape(0)[1 if batch_first else 0], 1 if batch_first else 0
        before = c.raw("hx")
        starts = before if isinstance(before, list) else [before]
        sequence = [f"{x}[:, {t}]" if batch_first else f"{x}[{t}]" for t in range(steps)]
        last: list[tuple[str, ...]] = []
        weights = _weights(c, given, biased, gates)
        for layer in range(layers):
            read: list[list[str]] = []
            for direction in range(2 if both else 1):
                w, place = next(weights), len(last)
                state = tuple(_part(c, start, place) for start in starts)
                states = []
                for t in range(steps) if direction == 0 else reversed(range(steps)):
                    at = f"{t + 1}{'b' * direction}" + (f"l{layer + 1}" if layers > 1 else "")
                    state = step(c, w, sequence[t], state, at)
                    states.append(state[0])
                last.append(state)
                read.append(states if direction == 0 else states[::-1])
            sequence = read[0]
            if both:
                sequence = [c.define("h", f"concat({a}, {b}, axis=1)") for a, b in zip(*read, strict=True)]
        final = [f"stack({', '.join(states)}, axis=0)" for states in zip(*last, strict=True)]
        return f"stack({', '.join(sequence)}, axis={axis})", *final

    return written


def _weights(c: Call, given: list[str], biased: bool, gates: int) -> Iterator[_Weights]:
    """In torch's order: W, U, their biases, and the projection, for each layer and direction."""
    shapes = [tuple(map(int, node.meta["val"].shape)) for node in c.nodes["params"]]
    at = 0
    while at < len(given):
        size = shapes[at][0] // gates
        b, d = given[at + 2 : at + 4] if biased else (None, None)
        end = at + (4 if biased else 2)
        projected = shapes[at + 1][1] != size  # the state is shorter than the cell
        yield _Weights(given[at], given[at + 1], b, d, given[end] if projected else None, size)
        at = end + projected


def _part(c: Call, start: Any, place: int) -> str:
    return c.constant(start.tensor[place]) if isinstance(start, Known) else f"{start}[{place}]"


CELLS: dict[str, tuple[Cell, int]] = {
    "rnn_tanh": (_plain("tanh"), 1),
    "rnn_relu": (_plain("relu"), 1),
    "lstm": (_lstm, 4),
    "gru": (_gru, 3),
}
ENTRIES: dict[str, Entry] = {
    **{f"{name}_cell": _cell(step, gates) for name, (step, gates) in CELLS.items()},
    **{name: _layer(step, gates) for name, (step, gates) in CELLS.items()},
}
