"""One call of an ATen operator, and how its arguments are written in the model language."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

Written: TypeAlias = "str | tuple[str, ...]"  # of several results, a text each
Entry: TypeAlias = "Callable[[Call], Any]"


@dataclass(frozen=True)
class Call:
    """Its arguments as names and Python values, and the shapes that torch found for them.

    define    (letter, text) to the name under which the text now stands as an equation of its own
    """

    node: Any
    args: Sequence[Any]
    options: Mapping[str, Any]
    define: Callable[[str, str], str]

    def __getitem__(self, i: int) -> Any:
        return self.args[i]

    def get(self, i: int, name: str, default: Any = None) -> Any:
        """An argument by position or by name."""
        return self.args[i] if i < len(self.args) else self.options.get(name, default)

    def shape(self, i: int) -> tuple[int, ...]:
        return tuple(int(n) for n in self.node.args[i].meta["val"].shape)

    @property
    def result(self) -> tuple[int, ...]:
        return tuple(int(n) for n in self.node.meta["val"].shape)


def shaped(values: Sequence[int]) -> str:
    """A shape, also of one axis."""
    return "(" + "".join(f"{int(v)}, " for v in values) + ")"


def option(values: Any) -> str:
    """A number, or one for each axis."""
    return str(tuple(values)) if isinstance(values, list) and len(values) > 1 else str(single(values))


def single(values: Any) -> Any:
    """The number in a list of one."""
    return values[0] if isinstance(values, list) else values


def number(a: Any) -> str:
    """A name as it is; a number in parentheses where it is negative."""
    return f"({a!r})" if isinstance(a, float | int) and a < 0 else str(a) if isinstance(a, str) else repr(a)


def operand(x: Any) -> str:
    """A name, or a constant tensor of zeros."""
    if isinstance(x, str):
        return x
    if x.is_meta or bool(x.any()):
        raise TypeError
    return f"zeros({', '.join(map(str, x.shape))})"


def called(name: str) -> Entry:
    """A function of the language that has the argument alone."""
    return lambda c: f"{name}({c[0]})"


def column(axes: int) -> str:
    """The shape that puts a vector of channels beside ``axes`` axes of places."""
    return shaped((-1, *(1,) * axes))
