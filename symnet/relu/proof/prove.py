"""``prove``: does the network compute the claimed function for every real input? A proof, or a counterexample."""

import json
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import sympy as sp

from symnet.derivation import Check, Derivation
from symnet.errors import InvalidInput
from symnet.files import write_whole
from symnet.joints import joined
from symnet.relu.budget import UNLIMITED, Budget, Progress, budget
from symnet.relu.claims.claim import Claim, read_claim
from symnet.relu.claims.smtlib import script
from symnet.relu.geometry.polyhedra import EVERYWHERE, Polyhedron, read_conditions, read_where
from symnet.relu.geometry.rationals import Vector, written
from symnet.relu.network import ReluNetwork
from symnet.relu.proof.argument import Argument
from symnet.relu.proof.by_cells import by_cells
from symnet.relu.proof.by_comparators import by_comparators
from symnet.relu.proof.by_kinks import by_kinks
from symnet.relu.proof.certify import certificate
from symnet.relu.proof.decide import Comparison, difference
from symnet.relu.proof.refutation import refutation
from symnet.relu.regions.jobs import checked
from symnet.relu.regions.regions import Region

MOST_REGIONS = 100_000
NOTHING_YET = "0 found; cells cut, level by level: 0 of 1; "
ARGUMENTS = {"comparators": by_comparators, "kinks": by_kinks, "cells": by_cells}


def prove(
    net: ReluNetwork,
    claim: Any,
    where: Any = None,
    *,
    max_regions: int | None = None,
    timeout: float | None = None,
    progress: Progress | None = None,
    jobs: int = 1,
) -> "Proof":
    """Decide in exact arithmetic whether ``claim`` is true of ``net`` on all of ℝⁿ, or on the polyhedron ``where``.

    claim   what the outputs equal: a SymPy expression for each, in ``net.inputs``, built from + - rational multiples,
            Min, Max, Abs, relu and Piecewise; or another ReluNetwork; or Sorted().
            Or SymPy inequalities (<=, <, Eq) between such expressions in ``net.inputs`` and ``net.outputs``
    where   linear inequalities (<=, <, Eq) in ``net.inputs``: one, or a list of which all are to hold

    A claim may be strict, or jump on a line: faces of cells are decided, too. On a polyhedron with strict inequalities
    nothing is claimed on the faces that they take away.

    OutOfBudget where this takes more than ``max_regions`` cells (by default 100,000, some 1 GB) or ``timeout`` seconds.
    It says what was covered. A certificate is given as many seconds again, when it is asked for.
    ``progress`` is called with a line of text from time to time. ``jobs`` processes share the cells, where cells
    decide, and the limits (see ``ReluNetwork.regions``).

    >>> from symnet.relu import Sorted, two_input_sorter
    >>> net = two_input_sorter()
    >>> prove(net, Sorted()).holds
    True
    >>> low, high = net.outputs
    >>> prove(net, high >= 0, where=net.inputs[0] >= 0).holds
    True
    """
    limit = budget(MOST_REGIONS if max_regions is None else max_regions, timeout, progress)
    return proved(net, claim, where, limit, checked(jobs))


def proved(net: ReluNetwork, claim: Any, where: Any, limit: Budget, jobs: int = 1) -> "Proof":
    """`prove` within a budget that has begun."""
    before = replace(limit, so_far=NOTHING_YET)
    read, place = read_claim(claim, net), read_where(where, net, before)
    method, point = difference(Comparison(net, read, place, before, jobs))
    return Proof(net, read, method, point, place, replace(limit, most=float("inf"), tell=None))


def smtlib(net: ReluNetwork, claim: Any, where: Any = None) -> str:
    """The negated claim in SMT-LIB 2, for z3 or cvc5: "unsat" if it holds, "sat" if not. Nothing is proved here.

    The arguments are those of `prove`.
    """
    return script(net, read_claim(claim, net), read_conditions(where, net))


@dataclass(frozen=True)
class Proof:
    """What was decided. ``method`` says how (see `decide`); ``point`` are the counterexample's coordinates."""

    network: ReluNetwork
    target: Claim
    method: str
    point: Vector | None
    where: Polyhedron = EVERYWHERE
    limit: Budget = field(default=UNLIMITED, compare=False, repr=False)
    """The seconds for what is asked for afterwards."""

    @property
    def holds(self) -> bool:
        return self.point is None

    @property
    def claim(self) -> tuple[Any, ...] | ReluNetwork:
        """As it was claimed."""
        return self.target.written(self.network.inputs)

    @property
    def counterexample(self) -> dict[sp.Symbol, Any] | None:
        """The inputs, as Rationals, at which both sides differ by exact evaluation; None if there are none."""
        if self.point is None:
            return None
        return {x: sp.Rational(a) for x, a in zip(self.network.inputs, self.point, strict=True)}

    @cached_property
    def derivation(self) -> Derivation:
        """The proof, or the counterexample, written out."""
        about = self._argument
        return refutation(about, self.point) if self.point is not None else ARGUMENTS[self.method](about)

    @cached_property
    def by_cells(self) -> Derivation:
        """A proof that holds, cell by cell, whatever the method was."""
        if not self.holds:
            raise InvalidInput("the claim is wrong, so there is no proof by cells; see proof.derivation.")
        return by_cells(self._argument)

    @property
    def _argument(self) -> Argument:
        return Argument(self.network, self.target, self.where, self.limit.begun())

    def latex(self) -> str:
        return self.derivation.latex()

    def to_json(self) -> dict[str, Any]:
        """Verdict, method and derivation; the certificate is apart (``save``), for it can be large."""
        point = None if self.point is None else [written(a) for a in self.point]
        return {"holds": self.holds, "method": self.method, "counterexample": point, **self.derivation.to_json()}

    def _repr_latex_(self) -> str:
        return self.derivation._repr_latex_()

    def _repr_html_(self) -> str:
        return self.derivation._repr_html_()

    def __str__(self) -> str:
        return str(self.derivation)

    @cached_property
    def regions(self) -> tuple[Region, ...]:
        """The network's linear regions, for a figure."""
        return self.network.regions(merged=True)

    @cached_property
    def certificate(self) -> dict[str, Any]:
        """What `checks.check_certificate` verifies: self-contained, JSON-able, exact."""
        return certificate(self.network, self.target, self.where, self.method, self.point, self.limit.begun())

    def smtlib(self) -> str:
        """The negated claim in SMT-LIB 2, for z3 or cvc5: "unsat" if it holds, "sat" if not."""
        return script(self.network, self.target, self.where.relations)

    def save(self, path: str | Path) -> Path:
        """Write the certificate, whole or not at all."""
        text = json.dumps(self.certificate, ensure_ascii=False, indent=1) + "\n"
        try:
            write_whole(Path(path), text)
        except OSError as error:
            raise InvalidInput(f"cannot write {path}: {error.strerror}.") from None
        return Path(path)

    @joined
    def check(self, device: str = "auto") -> tuple[Check, ...]:
        """Verify the certificate with the independent checker. Exact, so ``device`` makes no difference."""
        ...
