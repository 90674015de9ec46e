r"""What is decided about one link, and by what; and when it may be called wrong: only where it contradicts what symnet
derived, or arithmetic, read in one way.

    t = 1, W = 0, W^\top = W, \sum_i y_i = 1     say something of what is given, which may be so
    h'                                           may be a transpose or a derivative, and W_i a row or one of several

Everything that would be called wrong passes `accused`, and is unread where one of these may be meant.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

from symnet.claims.decision.sampling import Counterexample
from symnet.claims.meaning.keys import Key
from symnet.claims.meaning.shapes import Misfit, Typed
from symnet.readers.latex.reading import Term

State = Literal["holds", "wrong", "unread"]


@dataclass(frozen=True)
class Decision:
    """``how`` says what decided it; a counterexample, or the misfit of shapes, where it is wrong."""

    state: State
    how: str = ""
    notes: tuple[str, ...] = ()
    counterexample: Counterexample | None = None
    misfit: Misfit | None = None
    why: str = ""

    @property
    def holds(self) -> bool:
        return self.state == "holds"


def depends(t: Typed, key: Key) -> bool:
    """Whether the value depends on anything given: a name without a definition, a size, a function nobody specified."""
    if t.op == "name":
        return t.name not in key.typed or depends(key.typed[t.name], key)
    if any(isinstance(d, str) for d in t.shape):
        return True
    return t.op in ("apply", "index", "jacobian", "slopes", "gradient") or any(depends(a, key) for a in t.args)


# ---------------------------------------------------------------------- may it be called wrong?
_BARE = {"index", "transpose", "neg", "part"}  # of a name: still a thing that is given, or a part of it


def accused(decision: Decision, link: Term, key: Key, doubts: Iterable[str] = ()) -> Decision:
    """The decision, but "unread" in the place of "wrong" where the claim may be meant otherwise, or may be so."""
    if decision.state != "wrong":
        return decision
    doubts = [*doubts, *(t.doubt for t in link.walk() if t.doubt)]
    why = f"wrong as it was read, but {'; '.join(dict.fromkeys(doubts))}" if doubts else _assumption(link, key)
    return replace(decision, state="unread", why=why, counterexample=None, misfit=None) if why else decision


def with_labels(key: Key) -> Iterator[tuple[str, Key]]:
    """Where there are probabilities: the key in which one of the given columns sums to 1, as labels do."""
    words = {t.name.partition("_")[0] for d in key.definitions.values() for t in d.walk() if t.op == "apply"}
    if not words & {"softmax", "log", "logsumexp"}:
        return
    for name, (p, q) in key.shapes.items():
        if name not in key.definitions and not name.startswith("\\bar") and q == 1 != p:
            free = f"{name} before"
            ones = Term("transpose", (Term("ones"),))
            total = Term("product", (ones, Term("name", name=free)))
            share = Term("quotient", (Term("name", name=free), total))
            shapes = {**key.shapes, free: (p, q)}
            yield name, replace(key, shapes=shapes, definitions={**key.definitions, name: share})


def assumes(link: Term, key: Key) -> bool:
    """Whether an equation only says something of what is given."""
    return bool(_assumption(link, key))


def _assumption(link: Term, key: Key) -> str:
    """An equation that says something of what is given: nothing that was derived contradicts it."""
    if link.name not in ("=", ":="):
        return ""
    left, right = link.args
    free = all(_is_free(n, key) or _is_size(n, key) for n in _names(left) | _names(right))
    for bare, other in ((left, right), (right, left)):
        assigned = bare is left or free
        if _is_given(bare, key) and assigned and (not _names(bare) & _names(other) or _is_given(other, key)):
            return f"{bare} is given, so this is an assumption about it, and no claim"
    if free and any(_is_constant(a, key) for a in (left, right)) and any(_is_free(n, key) for n in _names(link)):
        return "it says something of what is given: an assumption, and no claim"
    return ""


def _names(t: Term) -> frozenset[str]:
    bound = {a.name for a in t.walk() if a.op in ("bigsum", "bigprod")}
    where = {s.name for a in t.walk() if a.op == "index" for s in a.args[1:] if s.op == "name"}
    return frozenset(a.name for a in t.walk() if a.op == "name") - bound - where


def _is_given(t: Term, key: Key) -> bool:
    while t.op in _BARE:
        t = t.args[0]
    return t.op == "name" and _is_free(t.name, key)


def _is_free(name: str, key: Key) -> bool:
    return name in key.shapes and name not in key.definitions and not _is_size(name, key)


def _is_size(name: str, key: Key) -> bool:
    return key.positive or any(name in shape for shape in key.shapes.values())


def _is_constant(t: Term, key: Key) -> bool:
    return all(_is_size(n, key) for n in _names(t)) and not any(
        a.op == "apply" and a.name in key.functions for a in t.walk()
    )
