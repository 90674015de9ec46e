"""The rules as numbers: forward definitions in order, then adjoints in backward order, in float64.

values      an array for each declared quantity        seed    the adjoint of the output, where the rules leave it open
functions   what stands in for each unspecified function: a name such as "tanh", or a SymPy Lambda
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np
import sympy as sp

from symnet.adjoints.forward import ForwardPass
from symnet.adjoints.functions import FUNCTIONS, definition_of
from symnet.adjoints.graph import Node, Shape, shape_text
from symnet.adjoints.record import OPERATORS
from symnet.adjoints.reverse import Adjoint
from symnet.errors import InvalidInput

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class World:
    """What letters, functions and names stand for; ``arrays`` is keyed by (name, role)."""

    sizes: Mapping[sp.Symbol, int]
    functions: Mapping[str, sp.Expr]
    arrays: dict[tuple[str, str], Array]

    def value(self, node: Node) -> Any:
        if node.op == "quantity":
            return self.arrays[node["name"], node["role"]]
        try:
            return OPERATORS[node.op].numpy(self._concrete(node), *map(self.value, node.args))
        except np.linalg.LinAlgError:
            raise InvalidInput(f"{node} does not exist at these values: its matrix is singular") from None

    def put(self, name: str, role: str, value: Any) -> None:
        """Enter an array that has the shape of ``name``."""
        array, wanted = as_array(value), self.arrays[name, ""].shape
        if array.shape != wanted:
            raise InvalidInput(f"the direction of {name} has shape {array.shape}, not {wanted}")
        self.arrays[name, role] = array

    def _concrete(self, node: Node) -> Node:
        """The node with integers for its sizes and a formula for its function."""
        attrs = tuple((key, self._attribute(key, value)) for key, value in node.attrs)
        return replace(node, attrs=attrs, shape=tuple(int(self._sized(n)) for n in node.shape))

    def _attribute(self, key: str, value: Any) -> Any:
        if key == "function":
            return self.functions[value] if value in self.functions else FUNCTIONS[value].definition
        if isinstance(value, tuple):
            return tuple(self._attribute("", v) for v in value)
        return self._sized(value) if isinstance(value, sp.Expr) else value

    def _sized(self, value: sp.Expr) -> sp.Expr:
        return cast("sp.Expr", value.xreplace({n: sp.Integer(m) for n, m in self.sizes.items()}))


def evaluate(
    program: ForwardPass,
    walk: tuple[Adjoint, ...],
    values: Mapping[str, Any],
    seed: Mapping[str, Any] | None = None,
    functions: Mapping[str, "str | sp.Lambda"] | None = None,
) -> dict[str, Array]:
    """Every adjoint as a float64 array, in backward order; `InvalidInput` where values are missing or do not fit."""
    world = everything(program, walk, values, seed, functions)
    scale = _scale(program, walk, seed or {})
    return {adjoint.name: as_array(scale * world.arrays[adjoint.name, "bar"]) for adjoint in walk}


def _scale(program: ForwardPass, walk: tuple[Adjoint, ...], seed: Mapping[str, Any]) -> float:
    """What the adjoints are multiplied with: they are linear in that of the loss, which the rules take to be 1."""
    output, start = program.output.name, walk[0]
    if unknown := [name for name in seed if name != output]:
        raise InvalidInput(f"the seed is the adjoint of the output, {output}, not of {unknown[0]}")
    if not seed or start.total == start.named:
        return 1.0
    if start.quantity.rank or not start.total["value"]:
        raise InvalidInput(f"the adjoint of {output} was set when the rules were derived; derive them without a seed")
    return float(_fitting(f"the seed of {output}", seed[output], (), {})) / float(start.total["value"])


def everything(
    program: ForwardPass,
    walk: tuple[Adjoint, ...],
    values: Mapping[str, Any],
    seed: Mapping[str, Any] | None = None,
    functions: Mapping[str, "str | sp.Lambda"] | None = None,
) -> World:
    """All definitions and all adjoints as arrays, by name and role."""
    world = _world(program, values, functions or {})
    for d in program.definitions:
        world.arrays[d.name, ""] = as_array(world.value(d.expression))
    output = program.output
    for adjoint in walk:
        start = adjoint.name == output.name and adjoint.total == adjoint.named
        value = _seed(output.quantity, world, seed or {}) if start else world.value(adjoint.total)
        world.arrays[adjoint.name, "bar"] = as_array(value)
    return world


def as_array(value: Any) -> Array:
    """In float64, and nobody else's."""
    return np.array(value, dtype=np.float64)


# ---------------------------------------------------------------------- what the caller gives
def _world(program: ForwardPass, values: Mapping[str, Any], functions: Mapping[str, Any]) -> World:
    declared = program.model.declared
    if missing := [name for name in declared if name not in values]:
        raise InvalidInput(f"no value for {', '.join(missing)}; values needs an array for each declared quantity")
    if missing := [name for name in program.model.functions if name not in functions]:
        raise InvalidInput(
            f"'{missing[0]}' is unspecified; say what stands in for it: functions={{'{missing[0]}': 'tanh'}}"
        )
    sizes: dict[sp.Symbol, int] = {}
    arrays = {(name, ""): _fitting(name, values[name], shape, sizes) for name, shape in declared.items()}
    for name, kind in program.model.symmetric.items():
        if not np.allclose(arrays[name, ""], arrays[name, ""].T, rtol=1e-12, atol=0):
            raise InvalidInput(f"{name} was declared {kind}, and the value of {name} is not symmetric")
    for name, bound in program.model.bounds.items():
        _check_index(name, arrays[name, ""], bound, sizes)
    return World(sizes, {name: definition_of(functions[name]) for name in program.model.functions}, arrays)


def _check_index(name: str, index: Array, bound: sp.Expr, sizes: dict[sp.Symbol, int]) -> None:
    """Whole numbers from 0 on, below the bound; a letter that no shape tells is as small as the index admits."""
    if isinstance(bound, sp.Symbol):
        sizes.setdefault(bound, int(index.max(initial=0)) + 1)
    limit = sizes[bound] if isinstance(bound, sp.Symbol) else int(bound)
    if (index != np.floor(index)).any() or (index < 0).any() or (index >= limit).any():
        raise InvalidInput(f"the value of {name} must hold whole numbers from 0 to {limit - 1}")


def _fitting(name: str, value: Any, shape: Shape, sizes: dict[sp.Symbol, int]) -> Array:
    """``value`` as an array of ``shape``; the letters met for the first time take their sizes from it."""
    try:
        value = value.detach().cpu().numpy() if hasattr(value, "detach") else value  # a torch tensor, wherever it is
        array = np.array(value, dtype=np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        raise InvalidInput(f"the value of {name} is not a rectangular array of real numbers: {error}") from None
    for letter, n in zip(shape, array.shape, strict=False):
        if isinstance(letter, sp.Symbol):
            sizes.setdefault(letter, n)
    known = {letter: sp.Integer(n) for letter, n in sizes.items()}
    wanted = tuple(sizes.get(n, 0) if isinstance(n, sp.Symbol) else int(n.xreplace(known)) for n in shape)
    if array.shape != wanted:
        letters = ", ".join(f"{letter} = {n}" for letter, n in sizes.items())
        where = f" with {letters}" if letters else ""
        raise InvalidInput(f"{name} has shape {array.shape}, but it was declared {shape_text(shape)}{where}")
    return array


def _seed(output: Node, world: World, seed: Mapping[str, Any]) -> Array:
    name = output["name"]
    if name not in seed:
        raise InvalidInput(
            f"the adjoint of {name} is open; give it: seed={{'{name}': array of {shape_text(output.shape)}}}"
        )
    return _fitting(f"the seed of {name}", seed[name], output.shape, dict(world.sizes))
