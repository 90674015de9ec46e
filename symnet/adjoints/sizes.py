"""Sizes as Python source: letters are variables, a division that is exact stays one, floors are ``//``."""

from collections.abc import Sequence
from typing import Any

import sympy as sp

from symnet.adjoints.graph import exactly


def size_code(value: Any) -> str:
    """One size or exact number, as an expression in the letters that it is made of."""
    value = exactly(value)
    if isinstance(value, sp.floor):
        numerator, denominator = sp.fraction(sp.together(value.args[0]))
        return f"(({size_code(numerator)}) // ({size_code(denominator)}))"
    if isinstance(value, sp.Rational):
        return str(value.p) if value.q == 1 else f"({value.p} / {value.q})"
    if isinstance(value, sp.Add | sp.Mul):
        if isinstance(value, sp.Mul) and (denominator := sp.fraction(value)[1]) != 1:
            return f"(({size_code(value * denominator)}) / ({size_code(denominator)}))"
        sign = " + " if isinstance(value, sp.Add) else " * "
        return "(" + sign.join(f"({size_code(a)})" for a in value.args) + ")"
    if isinstance(value, sp.Pow):
        return f"(({size_code(value.base)}) ** ({size_code(value.exp)}))"
    if isinstance(value, sp.Symbol):
        return value.name
    return f"({float(value)!r})"


def integer_code(value: Any) -> str:
    """A size that is a whole number for every admitted value of its letters."""
    value = exactly(value)
    numerator, denominator = sp.fraction(sp.together(value))
    if denominator == 1 or isinstance(value, sp.floor):
        return size_code(value)
    return f"(({size_code(numerator)}) // ({size_code(denominator)}))"


def shape_code(shape: Sequence[Any]) -> str:
    """A shape as a tuple."""
    return "(" + "".join(f"{integer_code(n)}, " for n in shape) + ")"
