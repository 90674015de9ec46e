r"""Slips that people make: changes of one kind each, that may make a wrong claim right.

NearMiss   a record: what was changed, in words for the reader, and the changed formulas one by one

``t`` is the formula; every change is at one place in it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from symnet.claims.meaning.keys import Key
from symnet.readers.latex.term import Term, neg, num

Change = tuple[Term, str]  # the changed formula, and what was changed


@dataclass(frozen=True)
class NearMiss:
    """``changes(side, key)`` yields changed sides; ``numeric`` ones apply to formulas of numbers."""

    name: str
    changes: Callable[[Term, Key], Iterator[Change]]
    numeric: bool = False


# ---------------------------------------------------------------------- places
def places(t: Term) -> Iterator[tuple[Term, Callable[[Term], Term]]]:
    """Every part of ``t``, with the function that puts something else in its place."""
    yield t, lambda new: new
    for i, a in enumerate(t.args):
        for part, put in places(a):
            yield part, lambda new, i=i, put=put: t.with_args(*t.args[:i], put(new), *t.args[i + 1 :])


# ---------------------------------------------------------------------- matrix slips
def _transposes(t: Term, key: Key, kinds: tuple[str, ...] = ("name", "apply", "partial")) -> Iterator[Change]:
    inside_transpose: set[int] = set()
    for part, put in places(t):
        if part.op == "transpose":
            inside_transpose.add(id(part.args[0]))
            yield put(part.args[0]), f"right with {part.args[0]} for {part}"
        elif part.op in kinds and id(part) not in inside_transpose:
            turned = Term("transpose", (part,))
            yield put(turned), f"right with {turned} for {part}"


def _turned_products(t: Term, key: Key) -> Iterator[Change]:
    yield from _transposes(t, key, ("product", "dot", "hadamard", "sum"))


def _order(t: Term, key: Key) -> Iterator[Change]:
    for part, put in places(t):
        if part.op in ("product", "dot"):
            for i in range(len(part.args) - 1):
                a = part.args
                swapped = part.with_args(*a[:i], a[i + 1], a[i], *a[i + 2 :])
                yield put(swapped), f"right with the factors in the other order: {swapped}"
            if len(part.args) > 2:
                backwards = part.with_args(*reversed(part.args))
                yield put(backwards), f"right with the factors in the other order: {backwards}"


def _turned_order(t: Term, key: Key) -> Iterator[Change]:
    """a bᵀ for b aᵀ, and aᵀ b for a b with the factors exchanged."""
    for part, put in places(t):
        if part.op in ("product", "dot") and len(part.args) == 2:
            a, b = part.args
            for x in (_flipped(a), a):
                for y in (_flipped(b), b):
                    for pair in ((x, y), (y, x)):
                        changed = Term("product", pair)
                        yield put(changed), f"right with {changed} for {part}"


def _flipped(t: Term) -> Term:
    return t.args[0] if t.op == "transpose" else Term("transpose", (t,))


def _entrywise(t: Term, key: Key) -> Iterator[Change]:
    for part, put in places(t):
        if part.op in ("product", "dot"):
            for i in range(1, len(part.args)):
                left, right = part.args[:i], part.args[i:]
                a = left[0] if len(left) == 1 else part.with_args(*left)
                b = right[0] if len(right) == 1 else part.with_args(*right)
                changed = Term("hadamard", (a, b))
                yield put(changed), f"right with the product taken entry by entry: {changed}"
        if part.op == "hadamard":
            changed = Term("product", part.args)
            yield put(changed), f"right with a matrix product: {changed}"


def _entrywise_turned(t: Term, key: Key) -> Iterator[Change]:
    for once, words in _entrywise(t, key):
        for twice, more in _transposes(once, key):
            yield twice, f"{words.split(':')[0]}, and {more.removeprefix('right ')}"


def _signs(t: Term, key: Key) -> Iterator[Change]:
    yield neg(t), "right with the opposite sign"
    for part, put in places(t):
        if part.op == "sum":
            for i, a in enumerate(part.args):
                sign = "plus" if a.op == "neg" else "minus"
                yield (
                    put(part.with_args(*part.args[:i], neg(a), *part.args[i + 1 :])),
                    f"right with {sign} {neg(a) if a.op == 'neg' else a}",
                )


def _slopes(t: Term, key: Key) -> Iterator[Change]:
    """φ for φ' and back; a slope forgotten, or one too many."""
    for part, put in places(t):
        if part.op == "apply" and part.name.endswith("'"):
            flat = Term("apply", part.args, part.name[:-1])
            yield put(flat), f"right with {flat} for {part}"
        elif part.op == "apply":
            steep = Term("apply", part.args, part.name + "'")
            yield put(steep), f"right with {steep} for {part}"
    for slope in slopes(key):
        for part, put in places(t):
            if part.op in ("name", "product", "sum", "hadamard", "dot"):
                changed = (
                    Term("hadamard", (part, slope)) if part.op != "hadamard" else part.with_args(*part.args, slope)
                )
                yield put(changed), f"the factor {slope} is missing: right with {changed}"


def slopes(key: Key) -> list[Term]:
    """φ'(z) for every φ(z) in the model."""
    found = [
        Term("apply", s.args, s.name + "'")
        for t in key.definitions.values()
        for s in t.walk()
        if s.op == "apply" and "'" not in s.name
    ]
    return list(dict.fromkeys(found))


def _extra(t: Term, key: Key) -> Iterator[Change]:
    for part, put in places(t):
        if part.op in ("hadamard", "product", "dot", "sum") and len(part.args) > 1:
            for i, a in enumerate(part.args):
                rest = part.args[:i] + part.args[i + 1 :]
                kept = rest[0] if len(rest) == 1 else part.with_args(*rest)
                what = "term" if part.op == "sum" else "factor"
                yield put(kept), f"right without the {what} {a}"


def _missing_term(t: Term, key: Key) -> Iterator[Change]:
    terms = [a for d in key.definitions.values() if d.op == "sum" for a in d.args]
    terms = [a for a in dict.fromkeys(terms) if not any(" " in part.name for part in a.walk())]
    names = [Term("name", name=n) for n in key.shapes if n.startswith("\\bar{")]
    for term in (*terms, *names):
        yield Term("sum", (*(t.args if t.op == "sum" else (t,)), term)), f"the term {term} is missing"


def _names(t: Term, key: Key) -> Iterator[Change]:
    """Another quantity of the same shape: the wrong layer, or a bar forgotten."""
    for part, put in places(t):
        if part.op == "name" and part.name in key.shapes:
            letter = part.name.removeprefix("\\bar{").removesuffix("}")
            for other, shape in sorted(key.shapes.items(), key=lambda item: letter not in item[0]):
                if shape == key.shapes[part.name] and other != part.name and " " not in other:
                    yield put(Term("name", name=other)), f"right with {Term('name', name=other)} for {part}"


def _turned_and_missing(t: Term, key: Key) -> Iterator[Change]:
    for once, words in _transposes(t, key):
        for twice, more in _missing_term(once, key):
            yield twice, f"{more}, and {words.removeprefix('right ')}"


# ---------------------------------------------------------------------- slips with numbers
def _digits(t: Term, key: Key) -> Iterator[Change]:
    """Two digits exchanged, or a number one too large or small, for each number of the formula."""
    for part, put in places(t):
        if part.op == "number" and part.name.isdigit() and len(part.name) < 20:
            for i in range(len(part.name)):
                for j in range(i + 1, len(part.name)):
                    d = list(part.name)
                    d[i], d[j] = d[j], d[i]
                    if d[0] != "0":
                        changed = num("".join(d))
                        yield put(changed), f"digits exchanged: right with {changed} for {part}"


def _off_by_one(t: Term, key: Key) -> Iterator[Change]:
    for part, put in places(t):
        if part.op == "number" and part.name.isdigit() and len(part.name) < 20:
            for step in (1, -1):
                changed = num(str(int(part.name) + step)) if int(part.name) + step >= 0 else part
                yield put(changed), f"off by one: right with {changed} for {part}"


NEAR_MISSES = (
    NearMiss("transpose", _transposes),
    NearMiss("sign", _signs),
    NearMiss("slope", _slopes),
    NearMiss("order of factors", _order),
    NearMiss("entry by entry", _entrywise),
    NearMiss("transpose and order", _turned_order),
    NearMiss("transpose of a product", _turned_products),
    NearMiss("one too many", _extra),
    NearMiss("a term is missing", _missing_term),
    NearMiss("another quantity", _names),
    NearMiss("entry by entry and transpose", _entrywise_turned),
    NearMiss("transpose and a missing term", _turned_and_missing),
    NearMiss("digits exchanged", _digits, numeric=True),
    NearMiss("off by one", _off_by_one, numeric=True),
    NearMiss("sign", _signs, numeric=True),
)
