r"""What claims are compared with: names with shapes, and definitions of those that symnet derived.

Key            a table of names; ``definitions`` are formulas, which `derived` has from symnet's results
Conventions    what the claims' author means by ȳ, by · between matrices, by a connection and by a weight

Another convention is another key. A claim that only such a key supports is reported as exactly that.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import symnet.claims.meaning.algebra
import symnet.claims.meaning.functions  # noqa: F401 - both fill the table of rules
from symnet.claims.decision.budget import Budget
from symnet.claims.meaning.shapes import Shape, Shapes, Typed, is_letter, meanings, same_shape, settled_everywhere
from symnet.errors import InvalidInput
from symnet.readers.latex.reading import Symbols, Term, symbols


@dataclass(frozen=True)
class Conventions:
    """What an author may mean, one choice each; the first choice is the default.

    seed      the output's adjoint: "symbol" ȳ, or "ones"
    dot       · between matrices: "matrix" product, or "entrywise"
    padding   connections that meet padding: "counted", or "ignored"
    biases    "named": weights without, parameters with them; "counted": with weights and connections; "ignored"
    """

    seed: str = "symbol"
    dot: str = "matrix"
    padding: str = "counted"
    biases: str = "named"

    def __post_init__(self) -> None:
        for name, choices in CHOICES.items():
            if (chosen := getattr(self, name)) not in choices:
                raise InvalidInput(f"{name}={chosen} is no convention: it is {' or '.join(choices)}")


CHOICES = {
    "seed": ("symbol", "ones"),
    "dot": ("matrix", "entrywise"),
    "padding": ("counted", "ignored"),
    "biases": ("named", "counted", "ignored"),
}


@dataclass(frozen=True)
class Key:
    """``shapes`` are rows and columns; what has no definition is given.

    conventions   the same under other conventions, each in words, worked out when asked for
    positive      everything given is a positive whole number
    dot           "entrywise": so is · between matrices of one shape
    wanted        names that a complete answer states
    """

    title: str
    shapes: Mapping[str, Shape] = field(default_factory=dict)
    functions: tuple[str, ...] = ()
    definitions: Mapping[str, Term] = field(default_factory=dict)
    conventions: Callable[[], Iterable[tuple[str, "Key"]]] = tuple
    positive: bool = False
    dot: str = "matrix"
    layers: Any = None  # the count table, for claims in a table's cells
    network: Any = None  # a `ReluNetwork`, whose claims are proved
    output: str = ""  # the scalar whose derivatives the barred names are
    wanted: tuple[str, ...] = ()

    @cached_property
    def symbols(self) -> Symbols:
        shapes = {n: _sizes(s) for n, s in self.shapes.items() if not n.startswith("\\bar{") and " " not in n}
        return Symbols(shapes, self.functions, depends={n: self.depends(n) for n in self.definitions if n in shapes})

    def depends(self, name: str) -> frozenset[str]:
        """Everything on which a defined quantity depends, also through others."""
        found: set[str] = set()
        waiting = [name]
        while waiting:
            body = self.definitions.get(waiting.pop())
            new = {t.name for t in body.walk() if t.op in ("name", "apply")} - found if body is not None else set()
            found |= new
            waiting += new
        return frozenset(found)

    @cached_property
    def typed(self) -> dict[str, Typed]:
        """The definitions with their shapes settled."""
        return {name: self._typed(name, formula) for name, formula in self.definitions.items()}

    def _typed(self, name: str, formula: Term) -> Typed:
        for typed, known in meanings(formula, self.world(), {}, fill=True):
            if (fits := same_shape(typed.shape, self.shapes[name], known)) is not None:
                return settled_everywhere(typed, fits)
        raise InvalidInput(f"{self.title}: the definition {name} = {formula} does not have the shape of {name}")

    def world(self, indices: Iterable[str] = (), budget: Budget | None = None) -> Shapes:
        """The shapes of all names, and of the indices, which are not known yet."""
        world = Shapes(
            self.shapes, frozenset(self.functions), self._entrywise, self._direct, self._adjoint, self.dot,
            loss=self.output, budget=budget or Budget(),
        )  # fmt: skip
        if indices:
            world.names = {**self.shapes, **{f"index {i}": (world.fresh(), 1) for i in indices}}
        return world

    def _adjoint(self, name: str) -> str | None:
        barred = rf"\bar{{{name}}}"
        return barred if barred in self.shapes else None

    def _direct(self, y: str, x: str) -> bool:
        return y in self.definitions and any(t.op == "name" and t.name == x for t in self.definitions[y].walk())

    def _entrywise(self, y: str, x: str) -> bool:
        """Does entry i of y depend on entry i of x alone, in y's own equation? Only through entrywise operators."""
        return self._direct(y, x) and _is_entrywise(self.typed[y], x)


# with a meaning, "apply" is a function of one number: softmax, norms and whatever acts along an axis have their own
_ENTRYWISE = {"sum", "neg", "hadamard", "oslash", "apply", "hpower", "abs", "max", "min", "name"}


def _is_entrywise(t: Typed, x: str) -> bool:
    if not _mentions(t, x):
        return True
    if t.op == "scale":
        return not _mentions(t.args[0], x) and _is_entrywise(t.args[1], x)
    return t.op in _ENTRYWISE and all(_is_entrywise(a, x) for a in t.args)


def _mentions(t: Typed, x: str) -> bool:
    return (t.op == "name" and t.name == x) or any(_mentions(a, x) for a in t.args)


def _sizes(shape: Shape) -> tuple[Any, ...]:
    p, q = shape
    return () if (p, q) == (1, 1) else (p,) if q == 1 else (p, q)


ARITHMETIC = Key("arithmetic")


def other_dot(k: Key) -> tuple[str, Key]:
    """The other reading of · between matrices."""
    if k.dot == "entrywise":
        return "· between matrices is the matrix product", replace(k, dot="matrix")
    return "· between matrices is taken entry by entry", replace(k, dot="entrywise")


def of_declarations(declared: Any) -> Key:
    """Names without definitions, from "x : n" lines or a mapping: identities in them are checked for all values."""
    read = symbols(declared)
    shapes = {name: columns(sizes or ()) for name, sizes in read.shapes.items()}
    return Key("the declarations", {**letters(shapes), **shapes}, read.functions)


def columns(shape: tuple[Any, ...]) -> Shape:
    """Rows and columns: a vector is a column, a number 1 × 1."""
    sizes = [int(s) if str(s).isdigit() else str(s) for s in shape]
    return (sizes[0] if sizes else 1, sizes[1] if len(sizes) > 1 else 1)


def letters(shapes: Mapping[str, Shape]) -> dict[str, Shape]:
    """The sizes, which are numbers that a formula may use, as in 1/n."""
    return {d: (1, 1) for shape in shapes.values() for d in shape if is_letter(d) and d not in shapes}
