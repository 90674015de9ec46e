"""From one example to a batch: the same model on rows (or columns) of matrices, and its rules.

x, z, L    quantities that each example has its own of: vectors become matrices X, Z, scalars become vectors;
           in rows, matrices become tensors with the batch as their first axis
W, b       parameters, shared by all examples: their adjoints add up over the batch
N          the number of examples, along ``axis``: 0 for rows, 1 for columns

The forward equations are rewritten, each operator by the batch rule of its record, and the backward pass is derived
again; so r̄ hᵀ becomes R̄ᵀ H for rows and R̄ Hᵀ for columns, and the adjoint r̄ of a bias becomes R̄ᵀ 𝟏 or R̄ 𝟏.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import sympy as sp

from symnet.adjoints.batch import Batch, uses
from symnet.adjoints.forward import Definition, ForwardPass
from symnet.errors import InvalidInput

LAYOUTS = {"rows": 0, "columns": 1}


@dataclass(frozen=True)
class Lift:
    """How a program was lifted: ``names`` maps each quantity of one example to its name in the batch."""

    original: Any
    axis: int
    names: Mapping[str, str]


def lifted(program: ForwardPass, layout: str, size: str) -> tuple[ForwardPass, dict[str, str]]:
    """The program on a batch, and what the quantities of one example are called in it."""
    if layout not in LAYOUTS:
        raise InvalidInput(f"no layout '{layout}'; one of {', '.join(LAYOUTS)}")
    model = program.model
    if size in {*model.sizes, *program.shapes}:
        raise InvalidInput(f"'{size}' is taken in this model; name the batch size with size=")
    count = sp.Symbol(size, integer=True, positive=True)
    each = {name for name, kind in model.kinds.items() if kind in ("input", "index")}
    batch = Batch(LAYOUTS[layout], count, {})
    for name in [*model.declared, *(d.name for d in program.definitions)]:
        if name in each or (name in program.named and uses(program.named[name].expression, each)):
            each.add(name)
            shape = () if name in model.bounds else program.shapes[name]  # an index keeps its name
            batch.names[name] = _capital(name, shape, {*program.shapes, *batch.names.values()})
    declared = {batch.names.get(n, n): batch.shape(s) if n in each else s for n, s in model.declared.items()}
    kinds = {batch.names.get(n, n): kind for n, kind in model.kinds.items()}
    definitions = tuple(_lifted(d, batch) for d in program.definitions)
    bounds = {batch.names.get(n, n): bound for n, bound in model.bounds.items()}
    return ForwardPass(replace(model, declared=declared, kinds=kinds, bounds=bounds), definitions), dict(batch.names)


def _lifted(d: Definition, batch: Batch) -> Definition:
    return Definition(batch.names.get(d.name, d.name), batch(d.expression), d.equation, d.automatic)


def _capital(name: str, shape: Any, taken: set[str]) -> str:
    """X for the vectors x; a scalar of each example stays small, for it becomes a vector."""
    capital = name[0].upper() + name[1:]
    return capital if len(shape) == 1 and capital not in taken else name
