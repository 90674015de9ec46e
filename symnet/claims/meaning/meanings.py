r"""What a formula means: every meaning that its shapes allow, in order of preference.

RULES      one rule for each kind of formula, filled by `meanings_algebra` and `meanings_functions`

A rule takes a formula, the shapes of names, and what is known about sizes; where nothing fits it notes the misfit in
words and yields nothing.
"""

from collections.abc import Callable, Iterator
from typing import TypeAlias

from symnet.claims.meaning.shapes import Known, Meaning, Shapes, Typed, Unclear
from symnet.readers.latex.term import Term

Rule: TypeAlias = Callable[[Term, Shapes, Known], Iterator[Meaning]]
RULES: dict[str, Rule] = {}


def meanings(t: Term, world: Shapes, known: Known, fill: bool = False) -> Iterator[Meaning]:
    """Every meaning of ``t``; ``fill``: a number here may stand for a vector or matrix of it, if ``world`` has that."""
    world.budget.spend()
    rule = RULES.get(t.op)
    if rule is None:
        raise Unclear(f"no meaning is known for {t}")
    yield from rule(t, world, known)
    if fill and world.fills and t.op in ("number", "neg", "quotient") and is_numeral(t):
        for typed, after in rule(t, world, known):
            yield Typed("fill", (typed,), (world.fresh(), world.fresh()), note=f"{t} read as {t} in every entry"), after


def is_numeral(t: Term) -> bool:
    """A number as written, a fraction of such, or minus one."""
    return t.op == "number" or (t.op in ("neg", "quotient") and all(map(is_numeral, t.args)))


def each(
    args: tuple[Term, ...], world: Shapes, known: Known, fill: bool = False
) -> Iterator[tuple[tuple[Typed, ...], Known]]:
    """Meanings of several formulas together."""
    if not args:
        yield (), known
        return
    for first, after in meanings(args[0], world, known, fill):
        for rest, last in each(args[1:], world, after, fill):
            yield (first, *rest), last
