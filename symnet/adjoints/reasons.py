"""Why each rule holds, for the reader: the steps of the derivation.

Every contribution is justified by one identity, <ȳ, dy> = <contribution, dx> with dy the change of y that dx causes:
the tangent of the same path that the adjoint came back on. Rule names and reasons are in the table of operators.
"""

import re
from dataclasses import dataclass

from symnet import notation
from symnet.adjoints.forward import ForwardPass
from symnet.adjoints.graph import Node, Shape, again, is_constant, number, quantity
from symnet.adjoints.record import OPERATORS
from symnet.adjoints.reverse import Adjoint, Message, Path, by_name
from symnet.derivation import Relation, Step
from symnet.notation import ATOM, Form, Medium, Prose


def steps(program: ForwardPass, walk: tuple[Adjoint, ...]) -> tuple[Step, ...]:
    """One step for each adjoint, in backward order."""
    return tuple(_start(a) if a.name == program.output.name else _step(a, program) for a in walk)


def _start(adjoint: Adjoint) -> Step:
    y, bar = adjoint.quantity, adjoint.named
    gradient = quantity(adjoint.name, y.shape, "gradient")
    if not is_constant(adjoint.total):
        return Step(Relation(bar, "=", gradient), (y, " is the output, and its adjoint is what the walk starts with"))
    if adjoint.total == number(1):
        return Step(Relation(bar, "=", adjoint.total), (y, " is the loss itself"))
    return Step(Relation(bar, "=", adjoint.total), (y, " is the output; its adjoint is set to ", adjoint.total))


def _step(adjoint: Adjoint, program: ForwardPass) -> Step:
    parts = tuple(_part(message, program) for message in adjoint.messages)
    relation, v = Relation(adjoint.named, "=", adjoint.total), adjoint.quantity
    if adjoint.name in program.model.symmetric and parts:
        reason = (v, " stays symmetric, so only the symmetric part of what comes back counts")
        return Step(relation, reason, "symmetric part", "", parts)
    if not parts:
        return Step(relation, (v, " does not reach the output ", program.output.quantity))
    if len(parts) == 1:
        return Step(relation, parts[0].reason, parts[0].rule, parts[0].shapes, parts)
    users = list(dict.fromkeys(message.target for message in adjoint.messages))
    named = [quantity(name, program.shapes[name]) for name in users]
    reason = (v, " is used ", _times(len(parts)), ", in ", *_listed(named), ", and what comes back adds up")
    return Step(relation, reason, "sum over uses", "", parts)


def _times(count: int) -> str:
    return "twice" if count == 2 else f"{count} times"


def _listed(items: list[Node]) -> list[Node | str]:
    """a, b and c."""
    said: list[Node | str] = []
    for i, item in enumerate(items):
        said += [*([" and " if i == len(items) - 1 else ", "] if i else []), item]
    return said


# ---------------------------------------------------------------------- one contribution
def _part(message: Message, program: ForwardPass) -> Step:
    telling = tuple((y, i) for y, i in message.path if y.op != "add") or message.path[-1:]
    rules = dict.fromkeys(OPERATORS[y.op].rule for y, _ in telling)
    value = program.named[message.target]
    return Step(
        _identity(message, program),
        _joined([_reason(y, i, value.quantity if y == value.expression else y) for y, i in telling], message),
        ", ".join(rules),
        _shapes(message.contribution),
    )


def _joined(reasons: list[Prose], message: Message) -> Prose:
    if not reasons:
        return (quantity(message.target, message.contribution.shape), " is another name for it")
    pieces = [(r,) if isinstance(r, str) else r for r in dict.fromkeys(reasons)]
    return tuple(p for i, piece in enumerate(pieces) for p in (*(("; ",) if i else ()), *piece))


def _reason(y: Node, i: int, value: Node) -> Prose:
    """The operator's words, with the argument for {a}, its partner for {b}, and the value for {y}."""
    said = OPERATORS[y.op].reason(y, i)
    if not isinstance(said, str):
        return said
    others = y.args[:i] + y.args[i + 1 :]
    partner = again(y, *others) if "{b}" in said and len(others) > 1 else (*others, None)[0]
    words = {"{a}": y.args[i], "{b}": partner, "{y}": value}
    return tuple(words.get(piece, piece) for piece in re.split(r"(\{[aby]\})", said) if piece)


# ---------------------------------------------------------------------- its identity
@dataclass(frozen=True)
class Pairing:
    """<a, b>, the sum of a ⊙ b, kept as written."""

    a: Node
    b: Node

    @property
    def binds(self) -> int:
        return ATOM

    def written(self, medium: Medium) -> str:
        return notation.fill(Form(r"\langle {}, {} \rangle", "⟨{}, {}⟩"), (self.a, self.b), medium)


def _paired(a: Node, b: Node) -> Node | Pairing:
    return Pairing(a, b) if a.rank else a * b


def _identity(message: Message, program: ForwardPass) -> Relation:
    """<ȳ, dy> = <contribution, dx>, with dy written out in dx."""
    d = quantity(message.source, message.contribution.shape, "d")
    dy = by_name(tangent(message.path, d), program.named[message.target])
    return Relation(_paired(message.arriving, dy), "=", _paired(message.contribution, d))


def tangent(path: Path, d: Node) -> Node:
    """How the value at the root of ``path`` changes when the leaf at its end changes by ``d``."""
    for y, i in reversed(path):
        rule = OPERATORS[y.op].tangent
        d = rule(i, d, y, *y.args) if rule else again(y, *y.args[:i], d, *y.args[i + 1 :])
    return d


# ---------------------------------------------------------------------- its shapes
@dataclass(frozen=True)
class Shapes:
    """An expression with shapes in the place of its factors: (m)(n)ᵀ for r̄ hᵀ."""

    node: Node

    @property
    def binds(self) -> int:
        return ATOM if self._is_factor() else self.node.binds

    def _is_factor(self) -> bool:
        return not self.node.args or self.node.binds == ATOM

    def written(self, medium: Medium) -> str:
        if self._is_factor():
            return f"({size_of(self.node.shape, medium)})"
        form, arguments = OPERATORS[self.node.op].spelling(self.node)
        return notation.fill(form, [Shapes(a) if a.rank else a for a in arguments], medium)


@dataclass(frozen=True)
class Size:
    """A shape as mathematics: m × n."""

    shape: Shape
    binds: int = notation.PRODUCT

    def written(self, medium: Medium) -> str:
        return size_of(self.shape, medium)


def size_of(shape: Shape, medium: Medium) -> str:
    """m × n; a scalar is 1."""
    times = r" \times " if medium == "latex" else " × "
    return times.join(notation.write(n, medium) for n in shape) or "1"


def _shapes(contribution: Node) -> Prose:
    if contribution.rank == 0 or not contribution.args:
        return (Size(contribution.shape),)
    return (Shapes(contribution), " → ", Size(contribution.shape))
