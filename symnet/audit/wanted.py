r"""What a key asks for, and which of it an answer states: "4 of 5 wanted quantities", as a marker would count them.

A backward key wants the adjoint of every declared quantity, a count table the totals of units, weights, parameters and
connections, a network its outputs, and names without definitions at least one claim about them. A quantity is stated
where a chain of equations that hold has it on one side, and on another something that says more than its name:
V̄ = r̄ hᵀ, also written ∂L/∂V = …, V̄ᵢⱼ = … or V̄ᵀ = …. A count may be stated by its number alone, as the value of a
calculation: 1216 + 4640 + 15690 = 21546 states the parameters in all.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from fractions import Fraction

from symnet.audit.budget import Budget
from symnet.audit.findings import Finding
from symnet.audit.keys import ARITHMETIC, Key
from symnet.audit.rounding import constant
from symnet.errors import InvalidInput
from symnet.readers.latex import Term
from symnet.readers.latex_words import LOSSES

TELLING = 100  # a smaller number may stand for anything
COUNTS = {"U": "units", "W": "weights", "B": "biases", "P": "parameters", "C": "connections"}


@dataclass(frozen=True)
class Wanted:
    """A quantity of ``key`` by the ``name`` that it has there; ``shown`` is how an answer's author would call it."""

    key: Key
    name: str
    shown: str


def wanted(keys: Sequence[Key], chosen: Sequence[str] = ()) -> tuple[Wanted, ...]:
    """What the keys want, or of all that they define the ``chosen``: V, "P_*", parameters (their total and rows)."""
    if not chosen:
        return tuple(Wanted(k, name, _shown(k, name)) for k in keys for name in k.wanted or ("",))
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
def stated(asked: Sequence[Wanted], findings: Sequence[Sequence[Finding]]) -> tuple[str, ...]:
    """Which of it the findings state, each formula's together: as ``shown``, in the order of what is wanted."""
    chains = [chain for of_formula in findings for chain in _chains(of_formula)]
    numbers = {value for chain in chains if (value := _number(chain, asked)) is not None}
    return tuple(dict.fromkeys(w.shown for w in asked if _is_stated(w, chains, numbers)))


def _is_stated(w: Wanted, chains: Sequence[frozenset[Term]], numbers: set[Fraction]) -> bool:
    if not w.name:
        return any(t.op == "name" and t.name in w.key.shapes for chain in chains for side in chain for t in side.walk())
    if any(_says(chain, w) for chain in chains):
        return True
    value = w.key.definitions.get(w.name)
    return value is not None and value.op == "number" and value.value in numbers and value.value >= TELLING


def _chains(findings: Sequence[Finding]) -> list[frozenset[Term]]:
    """Sides that equations which hold make equal."""
    chains: list[frozenset[Term]] = []
    for f in findings:
        if f.relation is None or f.verdict != "holds" or f.relation.sign not in ("=", ":="):
            continue
        sides = frozenset((f.relation.lhs, f.relation.rhs))
        touching = [c for c in chains if c & sides]
        chains = [*(c for c in chains if not c & sides), sides.union(*touching)]
    return chains


def _says(chain: frozenset[Term], w: Wanted) -> bool:
    """One side is the quantity, and another does without it."""
    return any(w.name in names(side, w.key) for side in chain) and any(
        not any(w.name in names(t, w.key) for t in side.walk()) for side in chain
    )


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


def _number(chain: frozenset[Term], asked: Sequence[Wanted]) -> Fraction | None:
    """The number that a calculation gives; None where nobody asks for numbers."""
    if not any(w.key.layers is not None for w in asked):
        return None
    side = min(chain, key=lambda t: sum(1 for _ in t.walk()))
    return constant(side, ARITHMETIC, Budget()) if not any(t.op == "name" for t in side.walk()) else None
