"""What a written proof is about: a network and a claim, with their symbols and formulas.

m_k, m_l_k   hidden unit k (of layer l)        out_o   output o        f, g   the two networks, where the claim is one
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import sympy as sp
from sympy.core.relational import Relational

from symnet.derivation import Relation, Step
from symnet.notation import Prose
from symnet.relu.budget import UNLIMITED, Budget
from symnet.relu.claims.claim import Claim
from symnet.relu.functions import relu
from symnet.relu.geometry.polyhedra import EVERYWHERE, Polyhedron
from symnet.relu.network import ReluNetwork

MOST_UNITS = 16
"""More are summed up in a sentence."""


@dataclass(frozen=True)
class Argument:
    """What is argued about: a network, a claim, and how both are written."""

    net: ReluNetwork
    claim: Claim
    where: Polyhedron = EVERYWHERE
    limit: Budget = UNLIMITED

    @property
    def title(self) -> str:
        return "The two networks" if isinstance(self.claim.source, ReluNetwork) else "The network and the claim"

    @property
    def outputs(self) -> list[sp.Symbol]:
        """out_1, ..., or f_1, ... beside another network."""
        name, m = "f" if isinstance(self.claim.source, ReluNetwork) else "out", self.net.widths[-1]
        return [sp.Symbol(name if m == 1 else f"{name}_{o}") for o in range(1, m + 1)]

    @property
    def claimed(self) -> list[sp.Expr]:
        written = self.claim.written(self.net.inputs)
        if isinstance(written, ReluNetwork):
            return [sp.Symbol(str(symbol).replace("f", "g")) for symbol in self.outputs]
        return list(written)

    @property
    def units(self) -> list[list[sp.Symbol]]:
        """A symbol for each hidden unit, layer by layer."""
        hidden = self.net.widths[1:-1]
        return [
            [sp.Symbol(f"m_{k}" if len(hidden) == 1 else f"m_{layer}_{k}") for k in range(1, width + 1)]
            for layer, width in enumerate(hidden, 1)
        ]

    @property
    def on_faces(self) -> bool:
        """Whether a face of a cell can be another case than its inside."""
        return bool(self.claim.conditions) or any(self.where.strict)

    @property
    def given(self) -> tuple[Relation, ...]:
        """The conditions on the inputs, as they were written."""
        return tuple(Relation(c.lhs, SIGNS[c.rel_op], c.rhs) for item in self.where.written for c in parts(item))

    @property
    def place(self) -> Prose:
        """Where the claim is made."""
        if not self.given:
            return "for all real inputs"
        return ("for all real inputs with ", *joined(self.given, " and "))

    def inequalities(self) -> tuple[Relation, ...]:
        """As they were claimed, where inequalities were."""
        claimed = self.claim.source if isinstance(self.claim.source, tuple) else ()
        return tuple(Relation(c.lhs, SIGNS[c.rel_op], c.rhs, self.given) for c in claimed for c in parts(c))

    def equations(self) -> tuple[Relation, ...]:
        if self.claim.relations:
            return self.inequalities()
        return tuple(Relation(out, "=", e, self.given) for out, e in zip(self.outputs, self.claimed, strict=True))


SIGNS = {"<=": "<=", ">=": ">=", "<": "<", ">": ">", "==": "="}


def parts(claim: Any) -> tuple[Any, ...]:
    """The inequalities of a conjunction."""
    if isinstance(claim, sp.And):
        return tuple(part for c in claim.args for part in parts(c))
    return (claim,) if isinstance(claim, Relational) else ()


# ---------------------------------------------------------------------- the network in formulas
def unit_steps(about: Argument) -> Iterator[Step]:
    """m := relu(W x + b), then out = W m + b; a large network only in a sentence."""
    if sum(about.net.widths[1:-1]) > MOST_UNITS:
        return
    below: Sequence[sp.Basic] = about.net.inputs
    for number, (units, (W, b)) in enumerate(zip(about.units, about.net.layers, strict=False), 1):
        reason = "the hidden units" if len(about.units) == 1 else f"the units of layer {number}"
        for m, row, c in zip(units, W, b, strict=True):
            yield Step(Relation(m, ":=", relu(combination(row, c, below), evaluate=False)), reason)
            reason = ""
        below = units
    for out, row, c in zip(about.outputs, *about.net.layers[-1], strict=True):
        yield Step(
            Relation(out, "=", combination(row, c, below)), "the output is linear in them" if about.units else ""
        )


def combination(row: Sequence[Fraction], c: Fraction, terms: Iterable[sp.Basic]) -> sp.Expr:
    """⟨row, terms⟩ + c."""
    return sp.Add(*(sp.Rational(a) * t for a, t in zip(row, terms, strict=True)), sp.Rational(c))


def listed(symbols: Sequence[Any]) -> tuple[Any, ...]:
    """m₁, m₂ and m₃."""
    if len(symbols) < 2:
        return tuple(symbols)
    return (*joined(symbols[:-1], ", "), " and ", symbols[-1])


def joined(items: Iterable[Any], word: str) -> tuple[Any, ...]:
    """The items with the word between them."""
    return tuple(part for item in items for part in (word, item))[1:]
