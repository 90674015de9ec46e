"""Sizes of an exported torch graph: their names, and torch's SymPy functions as SymPy's own.

s77      torch's name of a size; it is renamed after the input, or the parameter, whose side it is
u        a width that a later layer of g groups divides is c = g·u, so that divisibility is built in
"""

from collections.abc import Mapping, Sequence
from typing import Any

import sympy as sp
import torch

from symnet import notation
from symnet.counts.sizes import floor
from symnet.errors import NotSupported
from symnet.sizes import letter


def size_names(parameters: Mapping[Any, str], entering: Sequence[Any], shapes: Any) -> dict[sp.Symbol, sp.Symbol]:
    """s77 -> H of the input, or c_conv1 of the parameter whose side it is; u_conv1 where it is a divisor of it."""
    names: dict[sp.Symbol, sp.Symbol] = {}
    for node, shape in zip(entering, shapes, strict=True):
        for side, wanted in zip(node.meta["val"].shape, shape, strict=True):
            if isinstance(wanted, str) and not isinstance(side, int) and isinstance(side.node.expr, sp.Symbol):
                names.setdefault(side.node.expr, letter(wanted))
    sides = [(name, i, side.node.expr) for node, name in parameters.items()
             for i, side in enumerate(node.meta["val"].shape) if not isinstance(side, int)]  # fmt: skip
    for name, i, expr in sides:
        if isinstance(expr, sp.Symbol) and i == 0:
            names.setdefault(expr, letter(f"{'cn'[_is_flat(name, parameters)]}_{_suffix(name)}"))
    for name, _, expr in sides:
        for s in sorted(expr.free_symbols - set(names), key=str):
            names[s] = letter(f"{'a' if isinstance(expr, sp.Symbol) else 'u'}_{_suffix(name)}")
    return names


def _is_flat(name: str, parameters: Mapping[Any, str]) -> bool:
    return any(n == name and node.meta["val"].ndim == 2 for node, n in parameters.items())


def _suffix(parameter: str) -> str:
    return parameter.rsplit(".", 1)[0].replace(".", "_")


def fixed(entering: Sequence[Any], shapes: Any) -> tuple[str, ...]:
    """Letters of the input that torch had to take as numbers."""
    return tuple(
        f"{wanted} is fixed at {side}: the module works at this size only"
        for node, shape in zip(entering, shapes, strict=True)
        for side, wanted in zip(node.meta["val"].shape, shape, strict=True)
        if isinstance(wanted, str) and (isinstance(side, int) or side.node.expr.is_number)
    )


def unused(elements: Mapping[str, Any]) -> tuple[str, ...]:
    """Parameters that no operation uses at test time: the heads that only training needs."""
    names = ", ".join(f"{name} ({notation.text(n)})" for name, n in elements.items())
    return (f"not used at test time, and not counted: {names}",) if names else ()


def rewritten(expr: Any, names: Mapping[Any, Any]) -> Any:
    """Torch's SymPy functions as SymPy's own: FloorDiv(a, b) is ⌊a/b⌋, nested floors merged."""
    if isinstance(expr, sp.Symbol):
        return names.get(expr, letter(str(expr)))
    if not expr.args:
        return int(expr) if expr.is_Integer else expr
    arguments = [rewritten(argument, names) for argument in expr.args]
    if type(expr).__name__ in ("FloorDiv", "CleanDiv"):
        a, b = (sp.sympify(argument, strict=True) for argument in arguments)
        return a / b if type(expr).__name__ == "CleanDiv" else floor(a / b)
    if type(expr).__name__ in ("Min", "Max", "Add", "Mul", "Pow"):
        return getattr(sp, type(expr).__name__)(*arguments)
    raise NotSupported(f"a side is {expr}, and {type(expr).__name__} has no reading; extend readers/torch/graph.py")


def example(s: Any, nodes: Sequence[Any]) -> int:
    """The number that torch was shown for a size."""
    sides = (
        side for node in nodes if isinstance(node.meta.get("val"), torch.Tensor) for side in node.meta["val"].shape
    )
    environment = next(side.node.shape_env for side in sides if not isinstance(side, int))
    return int(
        environment.backed_var_to_val[s] if hasattr(environment, "backed_var_to_val") else environment.var_to_val[s]
    )
