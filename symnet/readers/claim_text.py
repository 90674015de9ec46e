"""Claims as people type them: ``Min(x1, x2); Max(x1, x2)``, one expression for each output.

Parsed with `ast` and built node by node, never evaluated: the names known are the inputs and the functions below.
"""

import ast
import operator
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

import sympy as sp

from symnet.errors import InvalidInput

FUNCTIONS: Mapping[str, Callable[..., sp.Expr]] = {
    "min": sp.Min,
    "max": sp.Max,
    "abs": sp.Abs,
    "relu": lambda x: sp.Max(0, x),
}
OPERATORS: Mapping[type[ast.AST], Callable[..., Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
}
LONGEST = 100_000  # characters; Python's own parser is slow and deep beyond


def read_claim(text: str, inputs: Sequence[sp.Symbol]) -> tuple[sp.Expr, ...]:
    """The expressions of ``text``, separated by semicolons; ``x1`` and ``x_1`` both name the first input.

    Raises InvalidInput with the place for anything that is not +, -, rational times, Min, Max, Abs or relu.
    """
    names = {spelling: x for x in inputs for spelling in (x.name, x.name.replace("_", ""))}
    parts = [part.strip() for part in text.split(";")]
    return tuple(_read(part, names) for part in parts if part)


def read_rational(text: str) -> Fraction:
    """``-3``, ``2/7`` or ``0.25``, exactly."""
    try:
        return Fraction(text.strip())
    except (ValueError, ZeroDivisionError):
        raise InvalidInput(f"'{text}' is not a rational number: write it like -3, 2/7 or 0.25") from None


def _read(text: str, names: Mapping[str, sp.Symbol]) -> sp.Expr:
    if len(text) > LONGEST:
        raise InvalidInput(f"the claim is {len(text)} characters long; at most {LONGEST} are read")
    try:
        claim = sp.sympify(_build(ast.parse(text, mode="eval").body, text, names))
    except SyntaxError as error:
        raise InvalidInput(f"cannot read the claim '{text}': {error.msg} at column {error.offset}") from None
    except (RecursionError, MemoryError):
        raise InvalidInput("the claim is nested too deeply to read") from None
    if claim.has(sp.zoo, sp.nan):
        raise InvalidInput(f"the claim '{text}' divides by zero")
    return claim


def _build(node: ast.expr, text: str, names: Mapping[str, sp.Symbol]) -> Any:
    match node:
        case ast.Constant(value=bool()):
            pass
        case ast.Constant(value=int() | float()):
            return sp.Rational(ast.get_source_segment(text, node) or str(node.value))  # 0.1 is one tenth
        case ast.Name(id=name) if name in names:
            return names[name]
        case ast.UnaryOp(op=op, operand=operand) if type(op) in OPERATORS:
            return OPERATORS[type(op)](_build(operand, text, names))
        case ast.BinOp(left=left, op=op, right=right) if type(op) in OPERATORS:
            return OPERATORS[type(op)](_build(left, text, names), sp.sympify(_build(right, text, names)))
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]) if name.lower() in FUNCTIONS:
            return FUNCTIONS[name.lower()](*(_build(argument, text, names) for argument in arguments))
    place = f"column {node.col_offset + 1}"
    known = ", ".join(dict.fromkeys(x.name for x in names.values()))
    raise InvalidInput(
        f"cannot read '{ast.get_source_segment(text, node)}' at {place} of the claim '{text}': "
        f"known are {known}, numbers, + - * /, and Min, Max, Abs, relu"
    )
