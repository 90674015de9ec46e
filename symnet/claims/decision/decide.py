r"""One link of a claim, a = b: does it hold? The first of these that can say so decides:

    shapes      a side without meaning, or two of different shapes            wrong
    canonical   both sides in one form                                        holds, for every size
    proof       piecewise linear in numbers: `symnet.relu` proves it          holds or wrong, for all reals
    pieces      kinks and steps: every piece of the reals                     holds or wrong, for every size
    sampling    exact values at random points, then 40 digits                 wrong; holds where `evidence` says that
                                                                              agreement decides

A formula may have several meanings; the link holds if it does in one of them.
"""

from dataclasses import replace
from itertools import islice
from typing import Any

from symnet.claims.decision.budget import Budget, TooHard
from symnet.claims.decision.canonical import canonically_equal
from symnet.claims.decision.decision import Decision, accused, depends
from symnet.claims.decision.evidence import evidence, has_pieces
from symnet.claims.decision.numbers import DIGITS, Elsewhere, Irrational
from symnet.claims.decision.pieces import by_pieces
from symnet.claims.decision.proof import proved
from symnet.claims.decision.rounding import rounded, whole
from symnet.claims.decision.sampling import POINTS, SPREAD, Counterexample, Question, point_at, sampled, smallest
from symnet.claims.meaning.keys import Key
from symnet.claims.meaning.shapes import (
    Misfit,
    Shape,
    Size,
    Unclear,
    meanings,
    same_shape,
    settle,
    settled,
    settled_everywhere,
)
from symnet.readers.latex.reading import Term

MEANINGS = 24


def decide(
    lhs: Term,
    sign: str,
    rhs: Term,
    key: Key,
    budget: Budget | None = None,
    *,
    like: Term | None = None,
    where: tuple[Term, ...] = (),
    show: bool = True,
) -> Decision:
    """Whether ``lhs sign rhs`` follows from ``key``; "unread" where the budget ends or a meaning is not known.

    like    the beginning of the chain, whose shape settles how long a 𝟏 is that nothing else settles
    where   relations that are presupposed
    show    look for the smallest counterexample, which takes most of the work of a wrong claim
    """
    budget = budget or Budget()
    try:
        if sign == "≈":
            return rounded(lhs, rhs, key, budget)
        if sign == "in":
            return whole(lhs, key, budget)
        shape = None if like is None else shape_of(like, key, budget)
        link = Term("relation", (lhs, rhs), "=" if sign == ":=" else sign)
        return accused(*_decide(link, where, key, budget, shape, show))
    except Unclear as error:
        return Decision("unread", why=str(error))
    except (TooHard, RecursionError, OverflowError, MemoryError):
        return Decision("unread", why="too hard: the claim takes more work than the limit allows")


def shape_of(t: Term, key: Key, budget: Budget) -> Shape | None:
    """The shape of a formula where it is known and there is only one."""
    try:
        shapes = {settle(typed.shape, known) for typed, known in islice(meanings(t, key.world(budget=budget), {}), 3)}
    except Unclear:
        return None
    shape = shapes.pop() if len(shapes) == 1 else None
    return shape if shape and not any(isinstance(d, Size) for d in shape) else None


def _decide(
    link: Term, where: tuple[Term, ...], key: Key, budget: Budget, shape: Shape | None, show: bool
) -> tuple[Decision, Term, Key, tuple[str, ...]]:
    """The decision, on what, and what else its meanings may be."""
    whole_claim = Term("both", (link, *where)) if where else link
    questions, misfit = _questions(link, whole_claim, key, budget, shape)
    if not questions:
        return Decision("wrong", "shapes", misfit=misfit, why=str(misfit)), link, key, _doubts(link, key, budget)
    decisions = []
    for question in questions:
        decision = _answer(question, show)
        if decision.holds:
            return decision, link, key, ()
        decisions.append(decision)
    doubts = tuple(d for q in questions for d in q.relation.doubts())
    if any(d.state == "unread" for d in decisions):  # one of its meanings may hold
        return next(d for d in decisions if d.state == "unread"), link, key, doubts
    return decisions[0], link, key, doubts


def _doubts(link: Term, key: Key, budget: Budget) -> tuple[str, ...]:
    """What else the sides may mean, where they do not fit."""
    world = key.world(free_indices(link), budget)
    found = (typed.doubts() for side in link.args for typed, _ in islice(meanings(side, world, {}), 3))
    return tuple(d for doubts in found for d in doubts)


# ---------------------------------------------------------------------- meanings
def free_indices(link: Term) -> list[str]:
    """Index letters that no sum binds: the claim is for every value of them."""
    found: dict[str, None] = {}

    def visit(t: Term, bound: frozenset[str]) -> None:
        inner = bound | {t.name} if t.op in ("bigsum", "bigprod") else bound
        if t.op == "index":
            found.update(dict.fromkeys(s.name for s in t.args[1:] if s.op == "name" and s.name not in inner))
        for a in t.args:
            visit(a, inner)

    visit(link, frozenset())
    return list(found)


def _questions(
    link: Term, claim: Term, key: Key, budget: Budget, shape: Shape | None
) -> tuple[list[Question], Misfit | None]:
    """Every meaning of the claim, or the misfit that leaves it none."""
    found, misfit = _fitting(link, claim, key, budget, shape, fills=False)
    return (found, misfit) if found else _fitting(link, claim, key, budget, shape, fills=True)


def _fitting(
    link: Term, claim: Term, key: Key, budget: Budget, shape: Shape | None, fills: bool
) -> tuple[list[Question], Misfit | None]:
    indices = free_indices(claim)
    world = replace(key.world(indices, budget), fills=fills)
    found: list[Question] = []
    unclear: Unclear | None = None
    for typed, sizes in meanings(claim, world, {}):
        known = (same_shape(typed.shape, shape, sizes) if shape else None) or sizes
        try:
            ranges = {i: _length(settled(world.names[f"index {i}"][0], known), i) for i in indices}
            whole_claim = settled_everywhere(typed, known)
        except Unclear as error:
            unclear = error
            continue
        relation, *where = whole_claim.args if claim.op == "both" else (whole_claim,)
        question = Question(relation, link.name, ranges, tuple(where), key, budget)
        if question not in found:
            found.append(question)
        if len(found) >= MEANINGS:
            break
    if not found and unclear is not None and (fills or not world.errors):
        raise unclear
    return found, _worst(world.errors, link)


def _length(d: Any, name: str) -> Any:
    if isinstance(d, Size):
        raise Unclear(f"nothing says how far the index {name} runs")
    return d


def _worst(errors: list[Misfit], link: Term) -> Misfit | None:
    """The misfit to show: between the sides where each has a meaning, else the one furthest to the right."""
    inside = [e for e in errors if e.term != link]
    between = [e for e in errors if e.term == link]
    if between:
        return between[0]
    return max(inside, key=lambda e: max(t.at for t in e.term.walk()), default=Misfit("the sides do not fit", link))


# ---------------------------------------------------------------------- one meaning
def _answer(question: Question, show: bool) -> Decision:
    relation, sign, key = question.relation, question.sign, question.key
    constant = not depends(relation, key)
    notes = relation.notes()
    left, right = relation.args
    if not (show or constant) and (found := _at_first(question)) is not None:
        return Decision("wrong", _how(True, False, 1), notes, found)  # most near misses: no need to write them out
    if sign == "=" and not constant and canonically_equal(left, right, key, question.budget, question.ranges):
        how = "the same after writing both sides in one form, for every size"
        return _confirmed(Decision("holds", how, notes), question)
    if not constant and (decision := proved(question)) is not None:
        return _smaller(replace(decision, notes=notes), question, True) if show else decision
    kinked = has_pieces(relation, key)
    in_pieces = kinked or sign != "=" or question.where
    if not constant and in_pieces and (decision := by_pieces(question)) is not None:
        return _smaller(replace(decision, notes=notes), question, True) if show else decision
    for exact in (True, False):
        try:
            decision = _at_points(question, exact, constant, kinked)
            return _smaller(decision, question, exact) if show else decision
        except Irrational:
            continue
    raise Unclear("no point was found at which both sides have a value")


def _confirmed(decision: Decision, question: Question) -> Decision:
    """The verdict of the normal form, unless the values at a point contradict it: then one of the two is at fault."""
    if _at_first(question) is not None:
        return Decision("unread", why="two ways of deciding disagree on this claim; please report it")
    return decision


def _at_first(question: Question) -> Counterexample | None:
    """A counterexample with integers at one small point, if that happens to be one."""
    try:
        return question.at(point_at(question.key, 0, True, (3, 2, 4, 5), 9, question.budget.part(2)))[1]
    except (Irrational, Elsewhere, TooHard):
        return None


def _at_points(question: Question, exact: bool, constant: bool, kinked: bool) -> Decision:
    notes = question.relation.notes()
    met, found = sampled(question, exact, 1 if constant else POINTS, kinked)
    if found is not None:
        return Decision("wrong", _how(exact, constant, 1), notes, found)
    if not met:
        raise Unclear("no point was found at which both sides have a value")
    if question.sign != "=" and not constant:
        why = f"no counterexample at {met} random points, which decides nothing for '{question.sign}'"
        return Decision("unread", why=why)
    if constant:
        return Decision("holds", _how(exact, constant, met), notes)
    worth = evidence(question.relation, question.key)
    if not worth.kind or question.where:
        why = f"no counterexample at {met} random points, which proves nothing where kinks, steps or conditions may be"
        return Decision("unread", why=why)
    said = worth.said(met, SPREAD)
    return Decision("holds", _how(exact, constant, met) + (f": {said}" if said else ""), notes)


def _smaller(decision: Decision, question: Question, exact: bool) -> Decision:
    """The smallest counterexample in the place of the first one."""
    if decision.counterexample is None:
        return decision
    return replace(decision, counterexample=smallest(question, exact, decision.counterexample))


def _how(exact: bool, constant: bool, met: int) -> str:
    if constant:
        return "exact arithmetic" if exact else f"arithmetic to {DIGITS} digits"
    if exact:
        return f"exact values at {met} random integer points"
    return f"values to {DIGITS} digits at {met} random points"
