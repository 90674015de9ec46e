"""One call of an ATen operator, bound to its schema, and how its arguments are written in the model language.

An entry asks for arguments by name, or by place; what it asked for is remembered, and what was given, is not the
default and was never asked for is refused by the reader: no argument is dropped in silence.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

Written: TypeAlias = "str | tuple[str, ...]"  # of several results, a text each
Entry: TypeAlias = "Callable[[Call], Any]"
WHERE_IT_LIES = ("memory_format", "layout", "device", "pin_memory", "non_blocking", "copy")  # never what it is


@dataclass(frozen=True)
class Known:
    """A tensor that depends on no input and no parameter."""

    node: Any
    tensor: Any


@dataclass(frozen=True)
class Call:
    """Its arguments as texts and Python values, and the shapes that torch found for them.

    bound     every argument of the schema by name: a text, a `Known` tensor, or a Python value; defaults filled in
    nodes     the same as they stand in the graph
    given     names of those that the call does not leave to their default
    write     a bound value as it is written: a `Known` tensor by a name or as a number
    define    (letter, text) to the name under which the text now stands as an equation of its own
    """

    node: Any
    bound: Mapping[str, Any]
    nodes: Mapping[str, Any]
    given: frozenset[str]
    write: Callable[[Any], Any]
    define: Callable[[str, str], str]
    asked: set[str] = field(default_factory=set)

    def __getitem__(self, key: "int | str") -> Any:
        """An argument, as it is written."""
        return self.write(self.raw(key))

    def get(self, name: str, default: Any = None) -> Any:
        """An argument that not every overload has."""
        return self[name] if name in self.bound else default

    def raw(self, key: "int | str") -> Any:
        """An argument, `Known` tensors as such."""
        name = list(self.bound)[key] if isinstance(key, int) else key
        self.asked.add(name)
        return self.bound[name]

    def tensor(self, key: "int | str") -> Any:
        """An argument whose value is known; `TypeError` where it is a quantity, or none."""
        value = self.raw(key)
        if not isinstance(value, Known):
            raise TypeError
        return value.tensor

    def constant(self, tensor: Any) -> str:
        """A tensor made of known ones, as it is written."""
        return str(self.write(Known(self.node, tensor)))

    def of_no_effect(self, *names: str) -> None:
        """What these say does not change the value."""
        self.asked.update(names)

    @property
    def unasked(self) -> tuple[str, ...]:
        """Names of arguments that would be dropped. A dtype is one only where it makes whole numbers."""
        dtype = getattr(self.node.meta.get("val"), "dtype", None)
        known = (*WHERE_IT_LIES, "dtype") if dtype is None or dtype.is_floating_point else WHERE_IT_LIES
        return tuple(n for n in self.bound if n in self.given and n not in self.asked and n not in known)

    def shape(self, key: "int | str") -> tuple[int, ...]:
        name = list(self.nodes)[key] if isinstance(key, int) else key
        return tuple(int(n) for n in self.nodes[name].meta["val"].shape)

    @property
    def result(self) -> tuple[int, ...]:
        return tuple(int(n) for n in self.node.meta["val"].shape)


def bound(
    node: Any, value: Callable[[Any], Any], write: Callable[[Any], Any], define: Callable[[str, str], str]
) -> Call:
    """The call of ``node``, its arguments by the names of the schema; ``value`` is what a node stands for."""
    schema = node.target._schema.arguments
    given = dict(zip((a.name for a in schema), node.args, strict=False)) | dict(node.kwargs)
    nodes = {a.name: given.get(a.name, a.default_value) for a in schema}
    told = frozenset(
        a.name for a in schema if a.name in given and (not a.has_default_value() or given[a.name] != a.default_value)
    )
    return Call(node, {name: value(x) for name, x in nodes.items()}, nodes, told, write, define)


def shaped(values: Sequence[int]) -> str:
    """A shape, also of one axis."""
    return "(" + "".join(f"{int(v)}, " for v in values) + ")"


def listed(shape: Sequence[int]) -> str:
    """Sizes one by one, as ``zeros`` takes them."""
    return ", ".join(map(str, shape))


def filled(value: Any, shape: Sequence[int]) -> str:
    """The same number in every entry."""
    if not shape:
        return number(value)
    if (value := {"0": 0, "1": 1}.get(value, value)) in (0, 1):
        return f"{'ones' if value else 'zeros'}({listed(shape)})"
    return f"{number(value)} * ones({listed(shape)})"


def option(values: Any) -> str:
    """A number, or one for each axis."""
    return str(tuple(values)) if isinstance(values, list) and len(values) > 1 else str(single(values))


def single(values: Any) -> Any:
    """The number in a list of one."""
    return values[0] if isinstance(values, list) else values


def number(a: Any) -> str:
    """A name as it is; a number in parentheses where it is negative; `TypeError` where it is not finite."""
    if isinstance(a, float) and not abs(a) < float("inf"):
        raise TypeError
    return f"({a!r})" if isinstance(a, float | int) and a < 0 else str(a) if isinstance(a, str) else repr(a)


def is_truth(node: Any) -> bool:
    """Its values are true and false."""
    return str(getattr(getattr(node, "meta", {}).get("val"), "dtype", "")) == "torch.bool"


def called(name: str) -> Entry:
    """A function of the language that has the argument alone."""
    return lambda c: f"{name}({c[0]})"


def column(axes: int) -> str:
    """The shape that puts a vector of channels beside ``axes`` axes of places."""
    return shaped((-1, *(1,) * axes))
