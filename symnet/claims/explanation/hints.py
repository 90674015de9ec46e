r"""Why a claim is wrong: the first slip whose undoing makes it right, or what a number has to do with the right one."""

from dataclasses import dataclass
from fractions import Fraction

from symnet.claims.decision.budget import Budget
from symnet.claims.decision.decide import decide
from symnet.claims.decision.rounding import constant
from symnet.claims.decision.sampling import Counterexample
from symnet.claims.explanation.slips import NEAR_MISSES
from symnet.claims.meaning.keys import Key
from symnet.readers.latex.term import Term


@dataclass(frozen=True)
class Diagnosis:
    """The near miss that is right: its kind, the words for it, and the formula."""

    name: str
    words: str
    repaired: Term


def diagnose(
    lhs: Term, rhs: Term, key: Key, budget: Budget, like: Term | None = None, where: tuple[Term, ...] = ()
) -> Diagnosis | None:
    """The nearest right claim with the same left side, the likeliest slips first, as far as the budget goes."""
    numbers = not any(t.op in ("name", "apply") for t in rhs.walk())
    for miss in NEAR_MISSES:
        if miss.numeric != numbers:
            continue
        for changed, words in miss.changes(rhs, key):
            if changed in (lhs, rhs):
                continue
            if not budget.left:
                return None
            if decide(lhs, "=", changed, key, budget.part(8), like=like, where=where, show=False).holds:
                return Diagnosis(miss.name, words, changed)
    return None


# ---------------------------------------------------------------------- the ratio of the sides
def ratio(c: Counterexample) -> Fraction | None:
    """left = ratio × right in every entry of the counterexample, if there is such a number."""
    found: set[Fraction] = set()
    for row, other in zip(c.left, c.right, strict=True):
        for x, y in zip(row, other, strict=True):
            if not isinstance(x, Fraction) or not isinstance(y, Fraction) or (y == 0) != (x == 0):
                return None
            found |= {x / y} if y else set()
    return found.pop() if len(found) == 1 else None


def about_numbers(lhs: Term, rhs: Term, key: Key, budget: Budget, layer: object = None) -> str:
    """What a wrong number may have forgotten: groups, biases, or one number of a product."""
    right, stated = constant(lhs, key, budget), constant(rhs, key, budget)
    if right is None or stated is None:
        return ""
    said = [_one_number(rhs, right / stated) if stated else "", _forgotten(right, stated, layer)]
    return "; ".join(s for s in said if s)


def _one_number(t: Term, factor: Fraction) -> str:
    """A product is right with one number replaced."""
    if t.op not in ("product", "dot"):
        return ""
    for a in t.args:
        if (
            a.op == "number"
            and (value := a.value * factor).denominator == 1
            and value != a.value
            and sorted(str(value)) == sorted(a.name)
        ):
            return f"digits exchanged: right with {value} for {a}"
    return ""


def _forgotten(right: Fraction, stated: Fraction, layer: object) -> str:
    words = []
    if stated and right and right != stated:
        factor = right / stated
        if factor.denominator == 1 or factor.numerator == 1:
            times = (
                f"{factor.numerator} times the number stated"
                if factor.denominator == 1
                else f"1/{factor.denominator} of it"
            )
            groups = getattr(getattr(layer, "layer", None), "groups", 1)
            of_groups = f": there are {groups} groups, and each has as many" if groups == factor else ""
            of_groups = of_groups or (
                f": the {groups} groups see only their own maps" if groups == 1 / factor and groups != 1 else ""
            )
            words.append(f"the count is {times}{of_groups}")
        biases = getattr(layer, "biases", None)
        if biases is not None and abs(right - stated) == Fraction(int(biases)):
            words.append(f"the difference is the {int(biases):,} biases")
    return "; ".join(words)
