"""Which change saves most: every rewrite of the catalogue, counted before and after, ranked by its exact factor.

W, C      weights and connections before       W', C'    after
W − W'    the saving, as a closed form in the sizes of the network and as a number
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import sympy as sp

from symnet.counts.architecture import Architecture, spelled
from symnet.counts.formulas import chain
from symnet.counts.rows import QUANTITIES
from symnet.counts.search.catalogue import CATALOGUE
from symnet.counts.search.rewrites import Rewrite, Sites
from symnet.counts.sizes import evaluate
from symnet.counts.table import CountTable, count
from symnet.derivation import Check, Derivation, Relation, Step
from symnet.errors import InvalidInput
from symnet.joints import joined

Goal = Literal["weights", "connections"]
Move = tuple[Rewrite, Sites]


@dataclass(frozen=True)
class Suggestion:
    """A smaller network and exactly what it saves.

    minimize         the quantity it was ranked by
    moves            the rewrites with the layers that they changed
    before, after    the tables of both networks
    """

    minimize: Goal
    moves: tuple[Move, ...]
    before: CountTable
    after: CountTable

    @property
    def name(self) -> str:
        return ", ".join(rewrite.name for rewrite, _ in self.moves)

    @property
    def words(self) -> str:
        """What changes, and what the network can no longer see."""
        return "; then ".join(rewrite.words.format(_listed(self._shown(sites))) for rewrite, sites in self.moves)

    def _shown(self, sites: Sites) -> Sites:
        """The layers that tables show: an activation goes with its layer."""
        silent = {row.name for row in self.before.rows if not row.shown}
        return tuple(name for name in sites if name not in silent)

    @property
    def changed(self) -> int:
        """How many layers of the network change, of those that tables show."""
        known = {row.name for row in self.before.shown}
        return len({name for _, sites in self.moves for name in sites} & known)

    @property
    def architecture(self) -> Architecture:
        assert self.after.architecture is not None
        return self.after.architecture

    @property
    def factor(self) -> sp.Rational:
        """How many times fewer."""
        return self.factors[self.minimize]

    @property
    def factors(self) -> dict[str, sp.Rational]:
        """Quantity -> before/after, for weights and connections."""
        return {q: getattr(self.before.total, q) / getattr(self.after.total, q) for q in ("weights", "connections")}

    # ------------------------------------------------------------------ the saving in letters
    @property
    def saving(self) -> Relation:
        """W − W' = closed form = number, of the quantity it was ranked by."""
        return self.savings[self.minimize]

    @cached_property
    def savings(self) -> dict[str, Relation]:
        """Quantity -> W − W' = closed form in the sizes and named sides = number, for weights and connections."""
        return {q: self._saving(q) for q in ("weights", "connections")}

    def _saving(self, quantity: str) -> Relation:
        before, after = self.in_letters
        W = QUANTITIES[quantity]
        closed = sp.factor_terms(sp.expand(before.short_total(quantity) - after.short_total(quantity)))
        return chain(sp.Symbol(W) - sp.Symbol(f"{W}'"), closed, _saved(self, quantity))

    @cached_property
    def in_letters(self) -> tuple[CountTable, CountTable]:
        """Both tables with letters for sizes; sides that agree have the same name, others get a prime."""
        assert self.before.architecture is not None
        before = count(self.before.architecture.symbolic(everything=False))
        after = before
        for rewrite, sites in self.moves:
            after = count(rewrite.apply(after, sites), before.sides)
        return before, after

    @property
    def sizes(self) -> dict[sp.Symbol, Any]:
        """Each letter of the saving, named sides too, with its number."""
        before, after = self.in_letters
        assert before.architecture is not None
        numbers = dict(before.architecture.sizes)
        return numbers | {s: evaluate(side, numbers) for s, side in after.sides.items()}

    # ------------------------------------------------------------------ derivation and printing
    @cached_property
    def derivation(self) -> Derivation:
        """The savings, with the counts before and after that they are differences of."""
        steps = [Step(self._change(q), f"{q} of the network before and after") for q in ("weights", "connections")]
        return Derivation(f"{self.before.title}: {self.name}", tuple(self.savings.values()), tuple(steps))

    def _change(self, quantity: str) -> Relation:
        was, now = getattr(self.before.total, quantity), getattr(self.after.total, quantity)
        return chain(sp.Symbol(QUANTITIES[quantity]) / sp.Symbol(f"{QUANTITIES[quantity]}'"), sp.Rational(was, now))

    @joined
    def check(self, device: str = "auto") -> tuple[Check, ...]:
        """Build both networks in torch and compare weights and connections."""
        ...

    def latex(self) -> str:
        return self.derivation.latex()

    def _repr_latex_(self) -> str:
        return self.derivation._repr_latex_()

    def to_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "words": self.words,
            "minimize": self.minimize,
            "factor": str(self.factor),
            "before": self.before.total.to_json(),
            "after": self.after.total.to_json(),
            "savings": {q: relation.to_json() for q, relation in self.savings.items()},
            "layers": [[name, spelled(layer)] for name, layer in self.architecture],
        }

    def __str__(self) -> str:
        return f"{self.name}: {self.minimize} ÷ {float(self.factor):.3g}; {self.words}"


def _listed(names: Sites) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


# ---------------------------------------------------------------------- suggest
def suggest(
    architecture: Architecture,
    minimize: Goal = "weights",
    combine: int = 1,
    limits: Mapping[str, int] | None = None,
    keep_receptive_field: bool = False,
    least_width: int = 1,
    most_changed: int | None = None,
    accept: Callable[[Architecture], bool] | None = None,
) -> tuple[Suggestion, ...]:
    """Changes that save weights or connections, the largest factor first.

    architecture            named layers whose sizes are numbers (the savings come out in letters too)
    minimize                "weights" (memory) or "connections" (multiply-adds)
    combine                 how many rewrites may be put together
    limits                  "weights", "connections", "units", "biases" or "parameters" -> the most that may be left
    keep_receptive_field    a unit of the last map must see as much of the input as before
    least_width             no changed or new layer may be narrower
    most_changed            how many layers may change; of a rewrite of several, those that save most
    accept                  asked last, of each network that is left: where there is an accuracy, it is used here

    Raises InvalidInput for sizes that are letters: put numbers in with ``architecture.at({...})``.
    """
    if minimize not in ("weights", "connections"):
        raise InvalidInput(f"suggest can minimize 'weights' or 'connections', not {minimize!r}")
    if architecture.symbols:
        letters = ", ".join(sorted(s.name for s in architecture.symbols))
        raise InvalidInput(f"{architecture.name}: ranking needs numbers for {letters}; use .at({{letter: number}})")
    wishes = Wishes(_known(limits or {}), keep_receptive_field, least_width, most_changed, accept)
    found = [s for s in _combined(count(architecture), minimize, combine, most_changed) if _saved(s, minimize) > 0]
    ranked = sorted(found, key=lambda s: (-s.factor, -math.prod(s.factors.values())))  # ties: the other quantity
    return tuple(s for s in ranked if wishes.granted(s))


LIMITED = (*QUANTITIES, "parameters")


def _known(limits: Mapping[str, int]) -> Mapping[str, int]:
    for quantity in limits:
        if quantity not in LIMITED:
            raise InvalidInput(f"there is no limit on {quantity!r}; there are limits on {', '.join(LIMITED)}")
    return limits


@dataclass(frozen=True)
class Wishes:
    """What a suggestion must respect; see `suggest`."""

    limits: Mapping[str, int]
    keep_receptive_field: bool
    least_width: int
    most_changed: int | None
    accept: Callable[[Architecture], bool] | None

    def granted(self, s: Suggestion) -> bool:
        return (
            all(getattr(s.after.total, q) <= most for q, most in self.limits.items())
            and (not self.keep_receptive_field or s.after.receptive_field >= s.before.receptive_field)
            and all(width >= self.least_width for width in _new_widths(s))
            and (self.most_changed is None or s.changed <= self.most_changed)
            and (self.accept is None or self.accept(s.architecture))
        )


def _new_widths(s: Suggestion) -> list[int]:
    """Widths of the layers that the network did not have before."""
    before = {(row.name, row.leaves) for row in s.before.rows}
    new = [row for row in s.after.rows if row.counted and (row.name, row.leaves) not in before]
    return [row.leaves[0] if len(row.leaves) == 3 else row.leaves[-1] for row in new]


def _saved(s: Suggestion, quantity: str) -> sp.Integer:
    return getattr(s.before.total, quantity) - getattr(s.after.total, quantity)


def _combined(before: CountTable, minimize: Goal, most: int, most_changed: int | None) -> list[Suggestion]:
    """All combinations of at most ``most`` rewrites, in the order of the catalogue."""
    found: list[Suggestion] = []
    open_ends: list[tuple[int, Suggestion]] = [(0, Suggestion(minimize, (), before, before))]
    for _ in range(most):
        open_ends = [grown for start, s in open_ends for grown in _grown(s, start, most_changed)]
        found += [s for _, s in open_ends]
    return found


def _grown(s: Suggestion, start: int, most_changed: int | None) -> list[tuple[int, Suggestion]]:
    """The suggestion with one more rewrite from later in the catalogue, where that applies and can be built."""
    grown = []
    for place, rewrite in enumerate(CATALOGUE[start:], start=start + 1):
        sites = rewrite.sites(s.after)
        if most_changed is not None and rewrite.each:
            sites = _best(rewrite, s, sites, most_changed - s.changed)
        if sites and (after := _counted(rewrite, s.after, sites)):
            grown.append((place, Suggestion(s.minimize, (*s.moves, (rewrite, sites)), s.before, after)))
    return grown


def _best(rewrite: Rewrite, s: Suggestion, sites: Sites, most: int) -> Sites:
    """Of sites that can change each by itself, those that save most."""
    if len(sites) <= most:
        return sites
    after = {site: _counted(rewrite, s.after, (site,)) for site in sites}
    left = {site: getattr(table.total, s.minimize) for site, table in after.items() if table}
    chosen = sorted(left, key=lambda site: left[site])[: max(0, most)]
    return tuple(site for site in sites if site in chosen)


def _counted(rewrite: Rewrite, table: CountTable, sites: Sites) -> CountTable | None:
    try:
        return count(rewrite.apply(table, sites))
    except InvalidInput:  # the smaller maps do not fit a later kernel
        return None
