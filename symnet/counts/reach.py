"""How far a unit sees, and what the numbers weigh in memory.

r, j   receptive field and jump: a unit sees r inputs along an axis, its neighbour sees the same j inputs further on
       r' = r + (K − 1) j    j' = j s      for windows of extent K, s apart; r = j = 1 at the input
       Padding is seen too: near the border a unit sees fewer real inputs.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sympy as sp

from symnet.counts.formulas import Windows
from symnet.counts.rows import Row
from symnet.counts.rules import refers_to
from symnet.counts.sizes import evaluate


@dataclass(frozen=True)
class Reach:
    """Receptive field and jump along each axis of a map; ``whole`` where a unit sees all of the input."""

    field: tuple[Any, ...] = ()
    jump: tuple[Any, ...] = ()
    whole: bool = False

    @property
    def side(self) -> Any:
        """The receptive field's side, where it is a square: 11 for AlexNet's conv1."""
        return self.field[0] if len(set(self.field)) == 1 else self.field


def reaches(rows: tuple[Row, ...]) -> dict[str, Reach]:
    """Layer -> what its units see of the input."""
    found: dict[str, Reach] = {}
    last = Reach()
    for row in rows:
        last = found[row.name] = _through(row, last, [found[other] for other in refers_to(row.layer)])
    return found


def _through(row: Row, before: Reach, others: list[Reach]) -> Reach:
    rule = row.layer.rule
    if rule.enters:
        axes = len(row.leaves) - 1
        return Reach((1,) * axes, (1,) * axes)
    if others:
        before = (
            others[0] if rule.output is None and not rule.operations and rule.silent else _widest([before, *others])
        )
    if before.whole or (rule.output is None):
        return before
    windows = [side for side in rule.output if isinstance(side, Windows)]
    if not windows or len(windows) != len(before.field):
        return Reach(whole=True)
    sizes = [(_at(window.k, row.values), _at(window.s, row.values)) for window in windows]
    return Reach(
        tuple(r + (k - 1) * j for r, j, (k, _) in zip(before.field, before.jump, sizes, strict=True)),
        tuple(j * s for j, (_, s) in zip(before.jump, sizes, strict=True)),
    )


def _at(size: Any, values: Mapping[Any, Any]) -> Any:
    return evaluate(sp.sympify(size, strict=True), values)


def _widest(branches: list[Reach]) -> Reach:
    """Where branches meet, a unit sees what any of them saw."""
    if any(branch.whole for branch in branches):
        return Reach(whole=True)
    return Reach(tuple(_largest(sides) for sides in zip(*(b.field for b in branches), strict=True)), branches[0].jump)


def _largest(sides: tuple[Any, ...]) -> Any:
    return max(sides) if all(isinstance(side, int) for side in sides) else sp.Max(*sides)


# ---------------------------------------------------------------------- memory
FORMATS = {"float32": 4, "float16": 2, "int8": 1}  # bytes a number


@dataclass(frozen=True)
class Memory:
    """Bytes of one example, or of the table's batch, in one number format.

    parameters    weights and biases
    activations   what every layer leaves, kept for the backward pass
    peak          the largest input and output of one layer together: what a forward pass needs besides the parameters
    """

    format: str
    parameters: Any
    activations: Any
    peak: Any


def memory(rows: tuple[Row, ...], parameters: Any, number_format: str = "float32") -> Memory:
    """Closed forms where sizes are letters. In place operations (ReLU, normalisation) keep no copy of their own."""
    size = FORMATS[number_format]
    kept = sp.Add(*(row.units for row in rows if row.shown))
    pairs = [row.inputs + row.units for row in rows if row.shown and not row.layer.rule.enters]
    peak = max(pairs) if all(pair.is_number for pair in pairs) else sp.Max(*pairs)
    return Memory(number_format, size * parameters, size * kept, size * peak)


def training_connections(rows: tuple[Row, ...]) -> sp.Expr:
    """Multiply-adds of forward and backward pass: 3 C, less those for the gradient of the input, which nobody needs.

    Backwards, each connection is used once for the gradient of its input and once for that of its weight.
    """
    connecting = [row for row in rows if row.has("connections")]
    return 3 * sp.Add(*(row.connections for row in connecting)) - (connecting[0].connections if connecting else 0)
