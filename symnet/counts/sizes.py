"""What a size may be, and exact arithmetic with it.

A size is a positive integer, a letter such as "c_1", or an integer-valued SymPy expression of such letters.
Integers stay Python integers as long as nothing symbolic meets them: that is fast, unbounded and exact.

⌊(⌊a/m⌋ + b)/n⌋ = ⌊(a + bm)/(mn)⌋    for integers a, b and positive integers m, n (Graham, Knuth, Patashnik, eq. 3.11),
                                     so a stack of layers keeps one floor; SymPy does not merge them by itself
"""

import math
import operator
import re
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any, TypeAlias

import sympy as sp

from symnet.errors import InvalidInput, NotSupported
from symnet.sizes import letter

Size: TypeAlias = int | str | sp.Expr
Number: TypeAlias = int | Fraction | sp.Expr

_LETTER = re.compile(r"[A-Za-z]+\d*(_\w+)?'*")
_MODES = ("same", "valid", "auto", "none")


LARGEST = 10**100  # a count is a product of some ten sizes, and Python prints numbers of up to 4,300 digits


def size(value: Any, where: str, least: int = 1) -> Any:
    """``value`` as an integer of at least ``least``, or as an expression in letters; errors name ``where``."""
    if isinstance(value, str):
        return _named(value, where)
    if isinstance(value, sp.Expr) and not value.is_number:
        return value.xreplace({s: letter(s.name) for s in value.free_symbols})
    return _integer(value, where, least)


def _named(name: str, where: str) -> sp.Symbol:
    if name in _MODES:
        raise InvalidInput(f"{where} is {name!r}, which is no size; write the number, or a letter such as 'p_1'")
    if not _LETTER.fullmatch(name):
        raise InvalidInput(
            f"{where} is {name[:40]!r}; a size is a positive integer, a letter such as 'c_1', or a SymPy term"
        )
    return letter(name)


def _integer(value: Any, where: str, least: int) -> int:
    wanted = f"a size is an integer of at least {least}, or a letter such as 'c_1'"
    try:
        number = operator.index(int(value) if isinstance(value, sp.Integer) else value)
    except TypeError:
        raise InvalidInput(f"{where} is {value!r}; {wanted}") from None
    if abs(number) >= LARGEST:
        raise InvalidInput(f"{where} is a number of more than 100 digits; no size is so large")
    if isinstance(value, bool) or number < least:
        raise InvalidInput(f"{where} is {value!r}; {wanted}")
    return number


# ---------------------------------------------------------------------- floors
def floor(x: Number) -> int | sp.Expr:
    """⌊x⌋, nested floors merged: an integer where x is a number, else one SymPy ``floor``."""
    return math.floor(x) if isinstance(x, int | Fraction) else _floor(x)


def _floor(x: sp.Expr) -> sp.Expr:
    a, n = _fraction(x)
    a = sp.expand(a)
    while inner := next((term for term in sp.Add.make_args(a) if isinstance(term, sp.floor)), None):
        above, m = _fraction(inner.args[0])
        a, n = sp.expand(above + (a - inner) * m), n * m
    return a if n == 1 else sp.floor(a / n, evaluate=False)


def _fraction(x: sp.Expr) -> tuple[sp.Expr, sp.Expr]:
    """x = a/n. ``together`` is exact too but slow; it is for sums of which no denominator is a multiple of all."""
    content, rest = x.primitive()
    above, below = sp.fraction(rest)
    parts = [sp.fraction(term) for term in sp.Add.make_args(above)]
    n = max((d for _, d in parts), key=lambda d: len(sp.Mul.make_args(d)))
    if any(sp.fraction(n / d)[1] != 1 for _, d in parts):
        return sp.fraction(sp.together(x))
    return content.p * sp.Add(*(a * (n / d) for a, d in parts)), content.q * below * n


def gathered(x: int | sp.Expr) -> int | sp.Expr:
    """⌊a/n⌋ + b = ⌊(a + bn)/n⌋ for numbers b and n: (H − 15)/8 rounded down, plus 1, is (H − 7)/8 rounded down."""
    whole, rest = sp.sympify(x, strict=True).as_coeff_Add()
    if whole == 0 or not isinstance(rest, sp.floor):
        return x
    n = _fraction(rest.args[0])[1]
    return sp.floor(rest.args[0] + whole, evaluate=False) if n.is_Integer else x


# ---------------------------------------------------------------------- evaluation
def evaluate(formula: sp.Expr, at: Mapping[Any, Any]) -> Any:
    """The value of a formula of letters: an exact integer (or fraction) where all its letters are integers."""
    value = _walk(formula, at)
    return value.numerator if isinstance(value, Fraction) and value.denominator == 1 else value


def _walk(node: Any, at: Mapping[Any, Any]) -> Any:
    if node.is_Symbol:
        return at[node]
    if node.is_Integer:
        return int(node)
    if node.is_Rational:
        return Fraction(node.p, node.q)
    if node.func is sp.Sum:
        return _summed(node, at)
    if node.func not in _OPERATIONS:
        raise NotSupported(f"a size holds {node.func.__name__} in {node}; write it with + - * / ** and floor")
    return _OPERATIONS[node.func](*(_walk(arg, at) for arg in node.args))


def _summed(node: Any, at: Mapping[Any, Any]) -> Any:
    """Term by term where the bounds are numbers."""
    i, low, high = node.limits[0]
    first, last = _walk(low, at), _walk(high, at)
    if isinstance(first, int) and isinstance(last, int):
        return sum(_walk(node.function, {**at, i: j}) for j in range(first, last + 1))
    return sp.Sum(_walk(node.function, {**at, i: i}), (i, first, last))


def _extreme(of_numbers: Callable[..., Any], of_letters: Any) -> Callable[..., Any]:
    def of(*values: Any) -> Any:
        return (of_letters if any(isinstance(v, sp.Basic) for v in values) else of_numbers)(*values)

    return of


def _power(base: Number, exponent: int) -> Number:
    return Fraction(base) ** exponent if isinstance(base, int) else base**exponent


_OPERATIONS: dict[Any, Callable[..., Any]] = {
    sp.Add: lambda *terms: sum(terms),
    sp.Mul: lambda *factors: math.prod(factors),
    sp.Pow: _power,
    sp.floor: floor,
    sp.ceiling: lambda x: -floor(-x),
    sp.Max: _extreme(max, sp.Max),
    sp.Min: _extreme(min, sp.Min),
}
