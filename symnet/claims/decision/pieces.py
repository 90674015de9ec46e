r"""Claims with kinks and steps, decided for all reals, entry by entry and at every length: polynomials on pieces.

    max(0, min(1, s)) = 𝟏[s > 0]           x̄ = min(1, h), h = relu(x)           ⌊s⌋ ≤ s

piece     the signs (positive, zero, negative) of everything under a max, a step or a relation
atom      what the signs are linear in: an entry x_i, a product of such, a function of such that is no polynomial

On each piece that exists, both sides are sums of atoms, and whether one is above the other is a question of linear
inequalities. Atoms are taken for independent numbers (beyond what `_range` knows of each), so what holds for them holds
for what they stand for; what fails for them is called wrong only with a point at which the claim itself fails.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import product

import mpmath

from symnet.claims.decision import halfspaces, numbers
from symnet.claims.decision.budget import Budget, TooHard
from symnet.claims.decision.canonical import SIGNS, Form, NoForm, Writer, generic, labels_of
from symnet.claims.decision.decision import Decision
from symnet.claims.decision.halfspaces import Constraint, Linear
from symnet.claims.decision.numbers import Array, Elsewhere, Irrational
from symnet.claims.decision.sampling import Counterexample, Question, point_at
from symnet.claims.meaning.shapes import Typed

HOW = "proved for all real inputs, piece by piece"
PIECES = 400
_AS_CONSTRAINT = {1: (1, ">"), 0: (1, "="), -1: (-1, ">")}


def by_pieces(question: Question) -> Decision | None:
    """The verdict on every piece; None where there is no such form, or no point that shows what fails."""
    for definitions in ({}, question.key.typed):
        run = _Run(question, definitions, question.budget.part(3))
        try:
            holds = run.holds()
        except (NoForm, TooHard, RecursionError, KeyError):
            continue
        if holds:
            return Decision("holds", HOW if not question.where else f"{HOW}, where the condition holds")
        if run.found is not None:
            return Decision("wrong", "values at a point of the piece where it fails", counterexample=run.found)
    return None


@dataclass
class _Run:
    """Every piece in turn. ``found`` is a counterexample."""

    question: Question
    definitions: Mapping[str, Typed]
    budget: Budget
    found: Counterexample | None = None

    def holds(self) -> bool:
        """Whether the claim holds on every piece; stops at the first counterexample."""
        waiting: list[tuple[int, ...]] = [()]
        proved = True
        for _ in range(PIECES):
            if not waiting:
                return proved
            piece = _Piece(self.question, self.definitions, self.budget, waiting.pop())
            for cell in piece.failing():
                proved = False
                self.found = self._counterexample(piece, cell)
                if self.found is not None:
                    return False
            waiting += piece.others
        raise TooHard

    # ------------------------------------------------------------------ a point of a piece
    def _counterexample(self, piece: "_Piece", cell: list[Constraint]) -> Counterexample | None:
        """The claim itself fails at a point with the values that the atoms have there."""
        values = halfspaces.point(cell, self.budget)
        exact = True
        for sizes, around in product(((1,), (2,), (3, 2, 4, 5)), (0, 1, None)):
            try:
                if found := self._at(piece, values or {}, sizes, around, exact):
                    return found
            except (Elsewhere, IndexError, TooHard):
                continue
            except Irrational:
                exact = False
        return None

    def _at(
        self, piece: "_Piece", values: Mapping[str, Fraction], sizes: tuple[int, ...], around: int | None, exact: bool
    ) -> Counterexample | None:
        """All entries but those that the piece names are ``around``, or random."""
        with mpmath.workdps(numbers.DIGITS):
            point = point_at(self.question.key, 0, exact, sizes, 9, self.budget)
            for name in self.question.key.shapes:
                if (
                    name not in point.definitions
                    and name not in point.sizes
                    and around is not None
                    and " " not in name
                    and (around or not self.question.key.positive)
                ):
                    array = point.name(name)
                    point.given[name] = tuple(tuple(point.number(around) for _ in row) for row in array)
            for atom, value in values.items():
                if atom in piece.writer.names:
                    name, where = piece.writer.names[atom]
                    if self.question.key.positive and (value < 1 or value.denominator != 1):
                        raise Elsewhere
                    if name not in point.definitions and name not in point.sizes:
                        point.given[name] = _with(point.name(name), where, point.number(value))
            return self.question.at(point)[1]


def _with(array: Array, where: tuple[int, ...], x: object) -> Array:
    """The entry that is written, or every entry where it stands for all of them."""
    fixed = [-1001 - k if k < -1000 else None for k in where]
    rows, columns = (fixed[0], fixed[1]) if len(fixed) == 2 else (fixed[0], None) if fixed else (None, None)
    if len(fixed) == 1 and len(array) == 1:
        rows, columns = None, fixed[0]
    return tuple(
        tuple(x if rows in (None, i) and columns in (None, j) else y for j, y in enumerate(row))
        for i, row in enumerate(array)
    )


@dataclass
class _Piece:
    """One piece: the signs that ``prefix`` says, and then the first that there is; ``others`` are left for later."""

    question: Question
    definitions: Mapping[str, Typed]
    budget: Budget
    prefix: tuple[int, ...]
    taken: list[int] = field(default_factory=list)
    others: list[tuple[int, ...]] = field(default_factory=list)
    cell: list[Constraint] = field(default_factory=list)

    def __post_init__(self) -> None:
        labels = labels_of(self.question.ranges)
        self.writer = Writer(self.definitions, self.budget, labels, self.sign)

    def failing(self) -> Iterator[list[Constraint]]:
        """The parts of the piece on which the claim is false."""
        relation, writer = self.question.relation, self.writer
        try:
            for condition in self.question.where:
                if not self._met(condition):
                    return
            left, right = (writer.form(writer.entry(a, *generic(relation))) for a in relation.args)
        except Elsewhere:
            return
        difference = _minus(dict(left), dict(right))
        for sign in {-1, 0, 1} - set(SIGNS[self.question.sign]):
            cell = self._with(difference, sign)
            if halfspaces.point(cell, self.budget) is not None:
                yield cell

    def _met(self, condition: Typed) -> bool:
        """A condition on arrays is one on every entry, so on these."""
        if condition.op == "both":
            return all(map(self._met, condition.args))
        if condition.op != "relation":
            raise NoForm
        a, b = (self.writer.form(self.writer.entry(x, *generic(condition))) for x in condition.args)
        return self._sign(_minus(dict(a), dict(b))) in SIGNS[condition.name]

    # ------------------------------------------------------------------ choosing
    def sign(self, form: Form) -> int:
        return self._sign(dict(form))

    def _sign(self, form: "Mapping[tuple[str, ...], Fraction]") -> int:
        if all(not m for m in form):
            c = form.get((), Fraction(0))
            return (c > 0) - (c < 0)
        if len(form) == 1 and len(next(iter(form))) > 1:
            return self._sign_of_product(form)
        n = len(self.taken)
        if n < len(self.prefix):
            chosen = self.prefix[n]
        else:
            there = [s for s in (1, -1, 0) if halfspaces.point(self._with(form, s), self.budget) is not None]
            if not there:
                raise Elsewhere
            chosen, *later = there
            self.others += [(*self.taken, s) for s in later]
        self.taken.append(chosen)
        self.cell = self._with(form, chosen)
        return chosen

    def _sign_of_product(self, form: "Mapping[tuple[str, ...], Fraction]") -> int:
        """That of its factors."""
        ((monomial, c),) = form.items()
        sign = (c > 0) - (c < 0)
        for factor in dict.fromkeys(monomial):
            sign *= self._sign({(factor,): Fraction(1)}) ** monomial.count(factor)
        self.cell = self._with(form, sign)
        return sign

    def _with(self, form: "Mapping[tuple[str, ...], Fraction]", sign: int) -> list[Constraint]:
        """The piece, and what the form is there."""
        c, relation = _AS_CONSTRAINT[sign]
        ranges: list[Constraint] = []
        linear = self._linear({m: c * coefficient for m, coefficient in form.items()}, ranges)
        known = [self._linear(dict(fact), ranges) for fact, _ in self.writer.facts]
        ranges += [(fact, how) for fact, (_, how) in zip(known, self.writer.facts, strict=True)]
        return [*self.cell, (linear, relation), *(r for r in ranges if r not in self.cell)]

    def _linear(self, form: "Mapping[tuple[str, ...], Fraction]", ranges: list[Constraint]) -> Linear:
        """The form in atoms; what is known of these is added to ``ranges``."""
        linear: dict[str, Fraction] = {}
        for monomial, c in form.items():
            atom = _atom(monomial)
            linear[atom] = linear.get(atom, Fraction(0)) + c
            ranges += _range(atom, monomial, self.question)
        return linear


def _minus(
    a: Mapping[tuple[str, ...], Fraction], b: Mapping[tuple[str, ...], Fraction]
) -> dict[tuple[str, ...], Fraction]:
    return {m: c for m in {**a, **b} if (c := a.get(m, Fraction(0)) - b.get(m, Fraction(0)))}


def _atom(monomial: tuple[str, ...]) -> str:
    """One factor is called as it is, and so found among the writer's names; the constant has no name."""
    return " ".join(monomial) if len(monomial) != 1 else monomial[0]


# ---------------------------------------------------------------------- what is known of an atom
_POSITIVE = ("('f', 'exp',", "('f', 'sigmoid',", "('f', 'softplus',", "('softmax")
_NOT_NEGATIVE = (
    "('f', 'relu',",
    "('f', 'abs',",
    "('norm',",
    "('sqrt',",
    "('root',",
    "('indicator',",
    "('f', \"relu'\",",
)
_BELOW_ONE = ("('f', 'sigmoid',", "('f', 'tanh',")
_AT_MOST_ONE = ("('indicator',", "('softmax", "('f', \"relu'\",")


def _range(atom: str, monomial: tuple[str, ...], question: Question) -> list[Constraint]:
    """Squares are not negative, exp is positive, a size is at least 1."""
    if not monomial:
        return []
    odd = [f for f in dict.fromkeys(monomial) if monomial.count(f) % 2]
    itself: Linear = {atom: Fraction(1)}
    if len(monomial) == 1 and (question.key.positive or _is_size(monomial[0], question)):
        return [({atom: Fraction(1), "": Fraction(-1)}, ">=")]
    found: list[Constraint] = []
    if all(f.startswith((*_POSITIVE, *_NOT_NEGATIVE)) or _is_size(f, question) for f in odd):
        strict = all(f.startswith(_POSITIVE) or _is_size(f, question) for f in monomial)
        found.append((itself, ">" if strict else ">="))
    if len(monomial) == 1 and monomial[0].startswith((*_AT_MOST_ONE, *_BELOW_ONE)):
        found.append(({atom: Fraction(-1), "": Fraction(1)}, ">" if monomial[0].startswith(_BELOW_ONE) else ">="))
    if len(monomial) == 1 and monomial[0].startswith("('f', 'tanh',"):
        found.append(({atom: Fraction(1), "": Fraction(1)}, ">"))
    return found


def _is_size(factor: str, question: Question) -> bool:
    name = factor.partition("[")[0]
    return factor == f"{name}[]" and any(name in shape for shape in question.key.shapes.values())
