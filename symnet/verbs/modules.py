"""Counting a torch module: what the reader found, weighed against a run of the module itself.

The first axis of the input is taken for a batch only where a run shows it: two along it make the same operations as
one, each twice as large. Then counts are of one example; else they are of the whole input. Either is said.
"""

from dataclasses import replace
from typing import Any

from symnet.checks.recount import conserved, examples
from symnet.counts.table import CountTable
from symnet.errors import InvalidInput, NotSupported
from symnet.readers.torch.graph import HINTS, read_module, shapes_of


def count_module(module: Any, shape: Any, widths: bool = False, batch: Any = 1) -> CountTable:
    """The table of one example where the first axis is a batch, else of the whole input.

    Raises NotSupported where parameters or connections would be lost; InvalidInput for a ``batch`` of what is none.
    """
    shapes = shapes_of(shape)
    first, numbers = shapes[0][0], [n for n in (shapes[0][0], batch) if n != 1]
    if not numbers:
        return conserved(read_module(module, shapes, widths))
    one = tuple((1, *s[1:]) if s[0] == first else s for s in shapes)
    is_batch, why = _tried(module, one, sorted({n if isinstance(n, int) else 2 for n in numbers}))
    if is_batch:
        said = (f"counts are of one example: the first axis, {first}, is a batch{why}",) if first != 1 else ()
        table = conserved(read_module(module, one, widths))
        return replace(table, notes=(*said, *table.notes))
    if batch != 1:
        raise InvalidInput(
            f"{type(module).__name__}: the first axis is no batch, for two along it do not cost twice as much as one; "
            "leave the batch out, and count inputs of the shape that you mean"
        )
    table = conserved(read_module(module, shapes, widths))
    said = f"counts are of the whole input: the first axis, {first}, is no batch, for two do not cost twice as much"
    return replace(table, notes=(said, *table.notes))


def _tried(module: Any, one: Any, counts: list[int]) -> tuple[bool, str]:
    """Whether the first axis is a batch, at the first sizes of letters that fit; and what could not be tried."""
    reason = ""
    for hint in HINTS:
        filled = [[hint if isinstance(side, str) else side for side in shape] for shape in one]
        try:
            return all(examples(module, filled, n) for n in counts), ""
        except NotSupported as error:
            reason = reason or str(error)
    return True, f", which could not be tried ({reason})"
