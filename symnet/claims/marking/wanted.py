r"""What a key asks for, and which of it an answer states: "4 of 5 wanted quantities", as a marker would count them.

A backward key wants the adjoint of every declared quantity, a count table the totals of units, weights, parameters and
connections, a network its outputs, and names without definitions at least one claim about them. A quantity is stated
where a chain of equations that hold has it on one side, and on another something that says more than its name:
V̄ = r̄ hᵀ, also written ∂L/∂V = …, V̄ᵢⱼ = … or V̄ᵀ = …; r̄ must be stated too, unless it was V that was asked for. A count
may be stated by its number alone, as the value of a calculation: 1216 + 4640 + 15690 = 21546 states the parameters.
"""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from fractions import Fraction

from symnet.claims.decision.budget import Budget
from symnet.claims.decision.rounding import constant
from symnet.claims.explanation.findings import Finding
from symnet.claims.meaning.keys import ARITHMETIC, Key
from symnet.errors import InvalidInput
from symnet.readers.latex.reading import Term
from symnet.readers.latex.words import LOSSES

TELLING = 100  # a smaller number may stand for anything
COUNTS = {"U": "units", "W": "weights", "B": "biases", "P": "parameters", "C": "connections"}


@dataclass(frozen=True)
class Wanted:
    """A quantity of ``key`` by the ``name`` that it has there; ``shown`` is how an answer's author would call it.

    whole    the adjoints in terms of which it is stated must be stated too
    """

    key: Key
    name: str
    shown: str
    whole: bool = False


def wanted(keys: Sequence[Key], chosen: Sequence[str] = ()) -> tuple[Wanted, ...]:
    """What the keys want, or of all that they define the ``chosen``: V, "P_*", parameters (their total and rows)."""
    if not chosen:
        return tuple(Wanted(k, name, _shown(k, name), True) for k in keys for name in k.wanted or ("",))
    every = [Wanted(k, name, _shown(k, name)) for k in keys for name in _offered(k)]
    found: dict[tuple[int, str], Wanted] = {}
    for pattern in chosen:
        asked = [w for w in every if _matches(w.name, pattern)]
        if not asked:
            known = ", ".join(dict.fromkeys(_plain(w.name) for w in every)) or "nothing"
            raise InvalidInput(f"'{pattern}' is nothing that the key has; it has {known}")
        found |= {(id(w.key), w.name): w for w in asked}
    return tuple(found.values())


def _offered(k: Key) -> Iterable[str]:
    barred = [name for name in k.definitions if name.startswith("\\bar{")]
    return barred or (k.wanted if k.network is not None else k.definitions)


def _plain(name: str) -> str:
    return name.removeprefix("\\bar{").removesuffix("}")


def _matches(name: str, pattern: str) -> bool:
    letter = next((letter for letter, word in COUNTS.items() if word == pattern.lower()), None)
    if letter is not None:
        return name == letter or name.startswith(f"{letter}_")
    return fnmatchcase(_plain(name), pattern)


def _shown(k: Key, name: str) -> str:
    if not name:
        return f"a claim about {k.title}"
    if k.layers is not None and name in COUNTS:
        return f"all {COUNTS[name]}"
    if k.layers is not None:
        return f"{COUNTS.get(name[0], name[0])} of {name[2:]}"
    return str(Term("name", name=name))


# ---------------------------------------------------------------------- what is stated
Chain = frozenset[Term]
"""Sides that equations which hold make equal; at least two."""


def stated(asked: Sequence[Wanted], findings: Sequence[Sequence[Finding]]) -> tuple[str, ...]:
    """Which of it the findings state, each formula's together: as ``shown``, in the order of what is wanted."""
    chains = [chain for of_formula in findings for chain in _chains(of_formula)]
    told = {id(w.key): [_told(chain, w.key) for chain in chains] for w in asked}
    unknown = {id(w.key): _unknown(w.key, told[id(w.key)]) for w in asked}
    numbers = {value for chain in chains if (value := _number(chain, asked)) is not None}

    def is_stated(w: Wanted) -> bool:
        if not w.name:
            sides = (t for chain in chains for side in chain for t in side.walk())
            return any(t.op == "name" and t.name in w.key.shapes for t in sides)
        if any(_says(sides, w.name, unknown[id(w.key)] if w.whole else ()) for sides in told[id(w.key)]):
            return True
        value = w.key.definitions.get(w.name)
        return value is not None and value.op == "number" and value.value in numbers and value.value >= TELLING

    return tuple(dict.fromkeys(w.shown for w in asked if is_stated(w)))


def _chains(findings: Sequence[Finding]) -> list[Chain]:
    chains: list[Chain] = []
    for f in findings:
        if f.relation is None or f.verdict != "holds" or f.relation.sign not in ("=", ":="):
            continue
        sides = frozenset((f.relation.lhs, f.relation.rhs))
        touching = [c for c in chains if c & sides]
        chains = [*(c for c in chains if not c & sides), sides.union(*touching)]
    return [c for c in chains if len(c) > 1]  # 3 = 3 says nothing


@dataclass(frozen=True)
class _Side:
    """The names that a side is another spelling of, and those that it mentions."""

    is_: frozenset[str]
    mentions: frozenset[str]


def _told(chain: Chain, k: Key) -> list[_Side]:
    mentioned = ((side, (n for t in side.walk() for n in names(t, k))) for side in chain)
    return [_Side(frozenset(names(side, k)), frozenset(every)) for side, every in mentioned]


def _says(sides: Sequence[_Side], name: str, unknown: Collection[str]) -> bool:
    """One side is the quantity, and another does without it, and without what is not known."""
    return any(name in s.is_ for s in sides) and any(s.mentions.isdisjoint({name, *unknown}) for s in sides)


def _unknown(k: Key, told: Sequence[Sequence[_Side]]) -> set[str]:
    """Adjoints that are not stated in terms of what the model gives, of the output's adjoint, and of such as are."""
    unknown = {n for n, t in k.definitions.items() if n.startswith("\\bar{") and t.op not in ("ones", "number")}
    while found := {n for n in unknown if any(_says(sides, n, unknown) for sides in told)}:
        unknown -= found
    return unknown


def names(t: Term, k: Key) -> tuple[str, ...]:
    """The wanted names that a formula is another spelling of: V̄, V̄ᵀ, V̄ᵢⱼ, ∂L/∂V; an output's is output_1."""
    if t.op == "transpose":
        return names(t.args[0], k)
    if t.op == "partial":
        below = names(t.args[1], k)
        return tuple(rf"\bar{{{name}}}" for name in below) if _is_loss(t.args[0], k) else ()
    if t.op == "index":
        whole, *at = t.args
        if k.network is not None and len(at) == 1 and at[0].op == "number":
            every = names(whole, k)
            return every[int(at[0].value) - 1 : int(at[0].value)] if every else ()
        letters = [a.name for a in at if a.op == "name" and a.name not in k.shapes]
        return names(whole, k) if len(set(letters)) == len(at) else ()
    if t.op != "name":
        return ()
    if k.network is not None:
        alias = re.fullmatch(r"(y|output|out|o)(?:_(\d+))?", t.name)
        return () if not alias else (f"output_{alias[2]}",) if alias[2] else tuple(k.wanted)
    return (t.name,)


def _is_loss(t: Term, k: Key) -> bool:
    """A name of the loss, or the key's own where that is a number."""
    return t.op == "name" and (k.shapes[t.name] == (1, 1) if t.name in k.shapes else t.name in LOSSES)


def _number(chain: Chain, asked: Sequence[Wanted]) -> Fraction | None:
    """The number that a calculation gives; None where nobody asks for numbers."""
    if not any(w.key.layers is not None for w in asked):
        return None
    side = min(chain, key=lambda t: sum(1 for _ in t.walk()))
    return constant(side, ARITHMETIC, Budget()) if not any(t.op == "name" for t in side.walk()) else None
