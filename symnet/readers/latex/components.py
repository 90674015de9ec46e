r"""Equations entry by entry, z_i = \sum_j W_{ij} x_j + b_i, to einsum: z = einsum('ij,j->i', W, x) + b.

free     the letters of the entry that is defined, in the order of its axes        bound    those that a sum runs over
factor   a quantity with a letter for each axis, or a number without letters
"""

from collections.abc import Callable
from dataclasses import replace

from symnet.errors import InvalidInput
from symnet.readers.latex.as_sympy import sympy_of
from symnet.readers.latex.term import Term
from symnet.readers.latex.value import Value, called, say
from symnet.sizes import ASSUMED

Read = Callable[[Term], Value]
Letters = tuple[str, ...]


def letters_of(subs: "tuple[Term, ...]") -> Letters | None:
    """Index letters, one for each axis; None where an entry is named by a number."""
    return tuple(s.name for s in subs) if subs and all(s.op == "name" and len(s.name) == 1 for s in subs) else None


def has_components(t: Term) -> bool:
    """Whether entries are named by letters somewhere in it."""
    return any(s.op in ("bigsum", "bigprod") or (s.op == "index" and letters_of(s.args[1:])) for s in t.walk())


def components(t: Term, free: Letters, of: Read, functions: tuple[str, ...]) -> Value:
    """The array whose entry at ``free`` is ``t``; ``of`` reads what stands without letters."""
    if t.op == "sum":
        total = components(t.args[0], free, of, functions)
        for a in t.args[1:]:
            template, a = ("{} - {}", a.args[0]) if a.op == "neg" else ("{} + {}", a)
            other = components(a, free, of, functions)
            if total.node.shape != other.node.shape and min(total.rank, other.rank) > 0:
                raise InvalidInput(f"{t}: its terms have entries of different sizes")
            total = say(template, total, other)
        return total
    if t.op == "neg":
        return say("-{}", components(t.args[0], free, of, functions))
    bound, factors = _factors(t, of, functions)
    used = {letter for letters, _ in factors for letter in letters}
    if stray := sorted(used - set(free) - set(bound)):
        raise InvalidInput(f"{t}: the index {stray[0]} is neither summed over nor on the left side")
    if unused := [letter for letter in bound if letter not in used]:
        raise InvalidInput(f"{t}: nothing depends on the index {unused[0]} of the sum")
    if set(free) - used and used:
        raise InvalidInput(f"{t} does not depend on the index {min(set(free) - used)} of the left side")
    numbers = [v for letters, v in factors if not letters]
    arrays = [(letters, v) for letters, v in factors if letters]
    times = "{} * " * len(numbers)
    if not used:
        return say(times.removesuffix(" * "), *numbers)
    if [letters for letters, _ in arrays] == [free]:
        return say(times + "{}", *numbers, arrays[0][1])
    spec = ",".join("".join(letters) for letters, _ in arrays) + "->" + "".join(free)
    product = f"einsum('{spec}', {', '.join(['{}'] * len(arrays))})"
    return say(times + product, *numbers, *(v for _, v in arrays))


def _factors(t: Term, of: Read, functions: tuple[str, ...]) -> tuple[Letters, list[tuple[Letters, Value]]]:
    """What is summed over, and the factors."""
    if t.op == "bigsum":
        body, *bounds = t.args
        bound, factors = _factors(body, of, functions)
        if bounds and not _over_all(t, factors):
            raise InvalidInput(f"{t}: only sums over all entries are read, as in \\sum_{{{t.name}}}")
        return (t.name, *bound), factors
    if t.op == "quotient" and has_components(t):
        bound, factors = _factors(t.args[0], of, functions)
        letters = _free(t.args[1])
        below = components(t.args[1], letters, of, functions) if has_components(t.args[1]) else of(t.args[1])
        return bound, [*factors, (letters, say("1 / {}", below))]
    if t.op in ("product", "hadamard", "dot"):
        parts = [_factors(a, of, functions) for a in t.args]
        return tuple(b for bound, _ in parts for b in bound), [f for _, found in parts for f in found]
    if t.op == "index" and (letters := letters_of(t.args[1:])):
        whole = t.args[0]
        value = components(whole, letters, of, functions) if has_components(whole) else of(whole)
        if value.rank != len(letters) or value.turned or value.loose:
            raise InvalidInput(f"{whole} is {value.sizes}, and {t} names {len(letters)} axes")
        return (), [(letters, value)]
    if t.op == "apply" and not t.args[1:] and has_components(t.args[0]):
        letters = _free(t.args[0])
        inside = components(t.args[0], letters, of, functions)
        return (), [(letters, called(t.name, inside, functions))]
    if t.op == "power" and has_components(t.args[0]):
        letters = _free(t.args[0])
        inside = components(t.args[0], letters, of, functions)
        return (), [(letters, replace(say("{} ** {}", inside, of(t.args[1])), written=str(t)))]
    if t.op in ("sum", "neg") and has_components(t):
        letters = _free(t)
        return (), [(letters, components(t, letters, of, functions))]
    if has_components(t):
        raise InvalidInput(f"{t}: entries are read in sums, products, whole powers and functions of one number")
    return (), [((), of(t))]


def _over_all(t: Term, factors: list[tuple[Letters, Value]]) -> bool:
    """Whether the bounds are 1 and the size of the axis that the index runs along."""
    _, lower, upper = t.args
    size = sympy_of(upper, **ASSUMED)
    axes = [v.node.shape[letters.index(t.name)] for letters, v in factors if t.name in letters]
    return lower == Term("number", name="1") and all(n == size for n in axes)


def _free(t: Term, bound: frozenset[str] = frozenset()) -> Letters:
    """The letters of a formula that no sum in it binds, in reading order."""
    if t.op == "bigsum":
        return _free(t.args[0], bound | {t.name})
    if t.op == "index" and (letters := letters_of(t.args[1:])):
        return tuple(letter for letter in letters if letter not in bound)
    return tuple(dict.fromkeys(letter for a in t.args for letter in _free(a, bound)))
