r"""What a formula means once shapes are known: every product resolved, every 𝟏 sized, or the misfit in words.

(p, q)    a shape; a column vector is (n, 1), a scalar (1, 1); sizes are letters or integers, different ones differ
Size      a size not known yet, of 𝟏 or of an index; equations between sizes settle it
Typed     a formula with a meaning: op, args, shape; what juxtaposition and · are is decided

A formula may have several meanings (· between two vectors is their inner product, or entry by entry); `meanings` yields
them in order of preference, and the claim's two sides together leave those that fit.

RULES     one rule for each kind of formula, filled by `algebra` and `functions`: it takes a formula, the shapes of
          names, and what is known about sizes; where nothing fits it notes the misfit in words and yields nothing
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import count
from typing import Any, TypeAlias

from symnet.claims.decision.budget import Budget
from symnet.readers.latex.term import Term


@dataclass(frozen=True)
class Size:
    """A size that is not known yet."""

    number: int


Dim = Any  # int, str (a letter), or Size
Shape = tuple[Dim, Dim]
SCALAR: Shape = (1, 1)
Known = Mapping[Size, Dim]  # what the unknown sizes have been found to be


@dataclass(frozen=True)
class Typed:
    """``note`` says how something unclear was read; with ``doubt``, another reading may be meant, and none is wrong."""

    op: str
    args: tuple["Typed", ...]
    shape: Shape
    name: str = ""
    note: str = ""
    doubt: bool = False

    def notes(self) -> tuple[str, ...]:
        own = (self.note,) if self.note else ()
        return tuple(dict.fromkeys(own + tuple(n for a in self.args for n in a.notes())))

    def doubts(self) -> tuple[str, ...]:
        """The notes of what may be meant otherwise."""
        own = (self.note,) if self.doubt else ()
        return own + tuple(n for a in self.args for n in a.doubts())


class Misfit(Exception):
    """A formula without meaning: two shapes that do not fit. ``term`` is the part at fault."""

    def __init__(self, message: str, term: Term) -> None:
        super().__init__(message)
        self.term = term


class Unclear(Exception):
    """A formula whose meaning this file does not decide."""


@dataclass
class Shapes:
    """Shapes of names, and of derivatives; ``entrywise(y, x)``: y depends on x entry by entry only.

    ``dot="entrywise"``: · between matrices of one shape is the product entry by entry, not the matrix product.
    """

    names: Mapping[str, Shape]
    functions: frozenset[str] = frozenset()
    entrywise: Callable[[str, str], bool] = lambda y, x: False
    direct: Callable[[str, str], bool] = lambda y, x: False
    adjoint: Callable[[str], str | None] = lambda name: None
    dot: str = "matrix"
    loss: str = ""  # the scalar whose derivatives the adjoints are, where it has a name
    fills: bool = True  # a number may stand for a vector or matrix of it, where nothing else fits
    budget: Budget = field(default_factory=Budget)
    errors: list[Misfit] = field(default_factory=list)
    _fresh: Iterator[int] = field(default_factory=count)

    @cached_property
    def sizes(self) -> frozenset[str]:
        """The letters that are sizes."""
        return frozenset(d for shape in self.names.values() for d in shape if is_letter(d))

    def fresh(self) -> Size:
        return Size(next(self._fresh))

    def fail(self, message: str, term: Term) -> None:
        self.errors.append(Misfit(message, term))


Meaning = tuple[Typed, Known]


# ---------------------------------------------------------------------- sizes
def is_letter(d: Dim) -> bool:
    """A size that is one letter or word, and not a formula of such as k + n."""
    return isinstance(d, str) and d.isidentifier()


def settled(d: Dim, known: Known) -> Dim:
    """The size that an unknown size was found to be."""
    while isinstance(d, Size) and d in known:
        d = known[d]
    return d


def settle(shape: Shape, known: Known) -> Shape:
    """The shape with what is known filled in."""
    return settled(shape[0], known), settled(shape[1], known)


def same(a: Dim, b: Dim, known: Known) -> Known | None:
    """The knowledge that two sizes are equal; None if they are not."""
    a, b = settled(a, known), settled(b, known)
    if a == b:
        return known
    if isinstance(a, Size):
        return {**known, a: b}
    if isinstance(b, Size):
        return {**known, b: a}
    return None


def same_shape(a: Shape, b: Shape, known: Known) -> Known | None:
    """The knowledge that two shapes are equal; None if they are not."""
    first = same(a[0], b[0], known)
    return None if first is None else same(a[1], b[1], first)


def is_scalar(shape: Shape, known: Known) -> bool:
    """Whether this is the shape of a number."""
    return settle(shape, known) == SCALAR


def shown(shape: Shape, known: Known) -> str:
    """A shape in words."""
    p, q = ("?" if isinstance(d, Size) else str(d) for d in settle(shape, known))
    if (p, q) == ("1", "1"):
        return "a number"
    return f"a column of {p}" if q == "1" else f"a row of {q}" if p == "1" else f"{p} × {q}"


_SHOWN = {"ones": "𝟏", "zeros": "𝟎", "identity": "I"}


def settled_everywhere(t: Typed, known: Known) -> Typed:
    """All sizes filled in; `Unclear` where the size of a 𝟏 follows from nothing."""
    p, q = settle(t.shape, known)
    if t.op in ("ones", "zeros", "identity", "fill", "range", "bigsum") and (
        isinstance(p, Size) or isinstance(q, Size)
    ):
        if t.op == "range":
            p = None  # a sum with numbers for bounds, over what has no size of its own
        else:
            raise Unclear(f"nothing says how long {_SHOWN.get(t.op, 'it')} is")
    args = tuple(settled_everywhere(a, known) for a in t.args)
    if t.op == "fill" and (p, q) == SCALAR:  # a number in every entry of a number is that number
        return args[0]
    if t.op in ("bigsum", "bigprod") and len(args) == 2 and args[1].shape[0] is None:
        raise Unclear(f"nothing says how far the index {t.name} runs")
    return Typed(t.op, args, (p, q), t.name, t.note, t.doubt)


# ---------------------------------------------------------------------- every meaning of a formula
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
