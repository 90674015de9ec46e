r"""Parts of an array, in brackets below it, as NumPy has them: Y_{[:, n:]}, E_{[i]}; and \operatorname{place}_{[1:]}.

sliced   what stands below a quantity: ranges, or the name of an index            Term("part", (whole, *axes))
placed   x put at a part of zeros of the sizes that follow it                     Term("place", (x, *sizes, *axes))

An axis is a range, Term("range", (start, stop) or (start, stop, step)) with Term("open") for what is left out, or an
index counted from 0.
"""

from collections.abc import Callable, Sequence
from typing import TypeAlias

from symnet.readers.latex.split import place_of, split
from symnet.readers.latex.term import Term
from symnet.readers.latex.tokens import Group, Item, Unread

Read: TypeAlias = Callable[[Sequence[Item], Item], Term]
"""An expression from its tokens, and what stands around them."""


def sliced(whole: Term, content: Sequence[Item], read: Read) -> Term:
    """whole_{[…]}; a number alone may be counted from 0 or from 1, so it is refused."""
    axes = _axes(content, read)
    if not any(a.op in ("range", "name") for a in axes):
        raise Unread("counted from 0 or from 1? write x_2 or [x]_2 for an entry", *place_of(content[0]))
    return Term("part", (whole, *axes), at=whole.at)


def placed(arguments: tuple[Term, ...], content: Sequence[Item], read: Read, at: int) -> Term:
    r"""\operatorname{place}_{[…]}(x, m, n)."""
    axes = _axes(content, read)
    if len(arguments) != len(axes) + 1:
        raise Unread("it takes what is placed, and a size for each axis", *place_of(content[0]))
    return Term("place", (*arguments, *axes), at=at)


def _axes(content: Sequence[Item], read: Read) -> tuple[Term, ...]:
    (bracket,) = content
    assert isinstance(bracket, Group)
    parts, _ = split(bracket.items, {","})
    return tuple(_axis(p, bracket, read) for p in parts)


def _axis(items: list[Item], bracket: Group, read: Read) -> Term:
    bounds, colons = split(items, {":"})
    if len(colons) > 2:
        raise Unread("a range has a start, an end and a step", *place_of(bracket))
    axis = tuple(read(b, bracket) if b or not colons else Term("open") for b in bounds)
    return Term("range", axis) if colons else axis[0]
