"""The reverse walk: one sweep over the names, and for each name one equation, the sum of what its uses send back.

ȳ, r̄    adjoints: <r̄, dr> is how the loss changes with r         G    what arrives at a node of an expression
Message  what one use of a quantity contributes to its adjoint, with the path of operators it came through

The walk knows no operator: shapes, rules and words are in the table.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import sympy as sp

from symnet.adjoints.forward import Definition, ForwardPass
from symnet.adjoints.graph import Node, again, apply, is_constant, is_zero, names_in, number, quantity, zeros
from symnet.adjoints.record import OPERATORS

Path = tuple[tuple[Node, int], ...]  # (a node, which of its arguments), from the root of an equation down to a leaf


@dataclass(frozen=True)
class Message:
    """``contribution`` to the adjoint of ``source``, from one use of it in the definition of ``target``."""

    source: str
    target: str
    arriving: Node
    contribution: Node
    path: Path


@dataclass(frozen=True)
class Adjoint:
    """v̄ = the sum of its messages; for the output, the seed that the walk starts with."""

    quantity: Node
    total: Node
    messages: tuple[Message, ...]

    @property
    def name(self) -> str:
        return self.quantity["name"]

    @property
    def named(self) -> Node:
        return quantity(self.name, self.quantity.shape, "bar")

    @property
    def sent(self) -> Node:
        """How rules refer to it: by name, or by its value where that is a constant such as 𝟏."""
        return self.total if is_constant(self.total) else self.named


def reverse(
    forward: ForwardPass, seeds: Mapping[str, Node], sent: Callable[[Adjoint], Node] = lambda adjoint: adjoint.sent
) -> tuple[Adjoint, ...]:
    """All adjoints, each after every definition that uses its quantity.

    seeds   what a name receives beside the messages        sent    how rules refer to an adjoint
    """
    shapes, definitions = forward.shapes, forward.named
    symmetric = frozenset(forward.model.symmetric)
    letters = frozenset(part for name in shapes for part in re.findall("[A-Za-z]+", name) if len(part) == 1 < len(name))
    received: dict[str, list[Message]] = {name: [] for name in shapes}
    adjoints = []
    for name in backward_order(forward):
        contributions = [message.contribution for message in received[name]]
        total = apply("add", seeds.get(name, zeros(shapes[name])), *contributions)
        total = half(total + total.T) if name in symmetric else total
        adjoint = Adjoint(quantity(name, shapes[name]), total, tuple(received[name]))
        adjoints.append(adjoint)
        for message in messages(sent(adjoint), definitions[name], symmetric, letters) if name in definitions else ():
            received[message.source].append(message)
    return tuple(adjoints)


def half(total: Node) -> Node:
    """Half of it: a symmetric matrix changes symmetrically, so the symmetric part of its adjoint is what counts."""
    return number(sp.Rational(1, 2)) * total


def messages(
    G: Node, definition: Definition, symmetric: frozenset[str] = frozenset(), letters: frozenset[str] = frozenset()
) -> Iterator[Message]:
    """What ``definition`` sends back to each quantity in it; its own value is written by its name.

    No index in it is called by one of the ``letters``, the subscripts of names.
    """
    for leaf, contribution, path in pull(G, definition.expression):
        written = by_name(contribution, definition)
        written = untransposed(written, symmetric) if symmetric else written
        written = relabelled(written, letters) if letters else written
        if not is_zero(written):
            yield Message(leaf["name"], definition.name, G, written, path)


def pull(G: Node, y: Node, path: Path = ()) -> Iterator[tuple[Node, Node, Path]]:
    """Down through an expression: each operator's adjoint turns what arrives into what goes to its arguments."""
    if y.op == "quantity":
        yield y, G, path
    for i, (a, G_a) in enumerate(zip(y.args, OPERATORS[y.op].adjoint(G, y, *y.args), strict=True)):
        yield from pull(G_a, a, (*path, (y, i)))


def by_name(node: Node, definition: Definition) -> Node:
    """``node`` with the definition's name where its expression stands: p ⊙ … instead of softmax(z) ⊙ …."""
    if node == definition.expression and node.args:
        return definition.quantity
    arguments = tuple(by_name(a, definition) for a in node.args)
    return node if arguments == node.args else again(node, *arguments)


def relabelled(node: Node, letters: frozenset[str]) -> Node:
    """``node`` with other letters for indices that are called by one of these."""
    arguments = tuple(relabelled(a, letters) for a in node.args)
    node = node if arguments == node.args else again(node, *arguments)
    rule = OPERATORS[node.op].relabel
    return rule(node, letters) if rule else node


def untransposed(node: Node, symmetric: frozenset[str]) -> Node:
    """``node`` with S for Sᵀ, and S⁻¹ for S⁻ᵀ, where S is symmetric."""
    (inside,) = node.args if node.op == "transpose" else (node,)
    (leaf,) = inside.args if inside.op == "inverse" else (inside,)
    if node.op == "transpose" and leaf.op == "quantity" and leaf["name"] in symmetric and not leaf["role"]:
        return inside
    arguments = tuple(untransposed(a, symmetric) for a in node.args)
    return node if arguments == node.args else again(node, *arguments)


def backward_order(forward: ForwardPass) -> tuple[str, ...]:
    """Definitions from the last to the first; each declared name follows the first equation that uses it.

    Within an equation, parameters come before inputs, and what is read last comes first.
    """
    kinds, order = {name: forward.model.kinds[name] for name in forward.model.moving}, []
    first_use = {name: d for d in reversed(forward.definitions) for name in names_in(d.expression)}
    for d in reversed(forward.definitions):
        leaves = [name for name in reversed(names_in(d.expression)) if name in kinds and first_use[name] is d]
        order += [d.name, *sorted(leaves, key=lambda name: kinds[name] == "input")]
    return (*order, *(name for name in kinds if name not in first_use))
