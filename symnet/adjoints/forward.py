"""The forward pass as definitions, one name each: the model's equations, and parts of them that deserve a name.

A part gets a name of its own where a rule would have to repeat it: as the argument of a nonlinear function, as in
h = φ(W x + b), and as the value of an operator whose rule mentions that value, such as softmax. What remains inside one
equation is linear or short, so no rule nests another, and the size of the backward pass is linear in the model's.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import count

from symnet import notation
from symnet.adjoints.expressions import Scope, read
from symnet.adjoints.graph import Node, Shape, again, names_in, number, quantity
from symnet.adjoints.language import Equation, Model
from symnet.adjoints.record import OPERATORS
from symnet.derivation import Relation

LETTERS = {0: "szuvpq", 1: "zuvpqegd", 2: "ZUPQMSEGD"}  # for automatic names, by rank; the first letter not in use


@dataclass(frozen=True)
class Definition:
    """``name = expression``; ``automatic`` where symnet chose the name for a part of ``equation``."""

    name: str
    expression: Node
    equation: Equation
    automatic: bool = False

    @property
    def quantity(self) -> Node:
        return quantity(self.name, self.expression.shape)

    @property
    def relation(self) -> Relation:
        return Relation(self.quantity, "=", self.expression)


@dataclass(frozen=True)
class ForwardPass:
    """Definitions in the order of evaluation; the last one is the output."""

    model: Model
    definitions: tuple[Definition, ...]

    @property
    def output(self) -> Definition:
        return self.definitions[-1]

    @cached_property
    def named(self) -> Mapping[str, Definition]:
        return {d.name: d for d in self.definitions}

    @cached_property
    def shapes(self) -> Mapping[str, Shape]:
        return {**self.model.declared, **{d.name: d.expression.shape for d in self.definitions}}

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is declared or defined but used by nothing."""
        used = {name for d in self.definitions for name in names_in(d.expression)} | {self.output.name}
        declared = [
            f"'{n}' is declared but no equation uses it; its adjoint is 0" for n in self.model.declared if n not in used
        ]
        defined = [
            f"'{d.name}' is defined but never used; its adjoint is 0" for d in self.definitions if d.name not in used
        ]
        return tuple(declared + defined)


def forward_pass(model: Model, reserved: Iterable[str] = ()) -> ForwardPass:
    """Read the equations in order, each with the names defined before it; no part is given a reserved name."""
    nodes = {letter: number(symbol) for letter, symbol in model.sizes.items()}
    nodes |= {n: leaf(n, shape, model) for n, shape in model.declared.items()}
    taken = _Taken.by({*nodes, *reserved, *model.functions, *(e.name for e in model.equations)})
    definitions: list[Definition] = []
    numbers = {e.name: e.number for e in model.equations}
    for equation in model.equations:
        expression = read(equation, Scope(nodes, model.functions, numbers, equation.number))
        definitions += _with_named_parts(equation, expression, taken)
        nodes[equation.name] = definitions[-1].quantity
    return ForwardPass(model, tuple(definitions))


def leaf(name: str, shape: Shape, model: Model) -> Node:
    """The node of a declared quantity, which knows whether it is an index."""
    leaf = quantity(name, shape)
    return replace(leaf, attrs=(*leaf.attrs, ("index", True))) if name in model.bounds else leaf


# ---------------------------------------------------------------------- naming parts
@dataclass(frozen=True)
class _Taken:
    """Names that are taken, and how they are written, each found once."""

    names: set[str]
    written: set[str]

    @classmethod
    def by(cls, names: Iterable[str]) -> "_Taken":
        names = set(names)
        return cls(names, set(map(_spelled, names)))

    def first(self, candidates: Iterator[str]) -> str:
        """The first that is no name yet and is written like none; from now on it is one."""
        fresh = next(n for n in candidates if n not in self.names and _spelled(n) not in self.written)
        self.names.add(fresh)
        self.written.add(_spelled(fresh))
        return fresh


def _spelled(name: str) -> str:
    return notation.identifier(name, "text")


def _with_named_parts(equation: Equation, expression: Node, taken: _Taken) -> list[Definition]:
    """The definitions that one equation becomes: its named parts, then itself."""
    parts: dict[Node, Definition] = {}

    def name(part: Node) -> Node:
        if part not in parts:
            fresh = taken.first(_candidates(equation.name, min(part.rank, 2)))
            parts[part] = Definition(fresh, part, equation, automatic=True)
        return parts[part].quantity

    def split(y: Node, is_root: bool) -> Node:
        arguments = [split(a, False) for a in y.args]
        if OPERATORS[y.op].tangent and y.op != "add":
            arguments = [a if is_simple(a) else name(a) for a in arguments]
        y = again(y, *arguments) if tuple(arguments) != y.args else y
        return name(y) if OPERATORS[y.op].reuses and not is_root else y

    whole = split(expression, True)
    return [*parts.values(), Definition(equation.name, whole, equation)]


def is_simple(a: Node) -> bool:
    """A leaf, or a leaf moved, cut, repeated or with a coefficient: short enough to be written where it is used."""
    if a.op in ("transpose", "broadcast", "reshape", "permute", "cut"):
        return is_simple(a.args[0])
    if a.op == "indicator":  # nothing flows back through it
        return all(map(is_simple, a.args))
    if a.op == "scale":
        return is_simple(a.args[1]) and a.args[0].op == "number"
    return not a.args


def _candidates(defined: str, rank: int) -> Iterator[str]:
    """z, u, …, with the digits of the name that the equation defines: a part of h12 is called z12."""
    digits = (re.search(r"\d+$", defined) or [""])[0]
    yield from (letter + digits for letter in LETTERS[rank])
    yield from (f"{LETTERS[rank][0]}{digits}_{i}" for i in count(1))
