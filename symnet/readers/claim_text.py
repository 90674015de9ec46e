"""Claims as people type them: ``Min(x1, x2); Max(x1, x2)``, one expression for each output, or ``out1 <= out2``.

Parsed with `ast` and built node by node, never evaluated: the names known are the inputs and the functions below.
"""

import ast
import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import pairwise
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
SIGNS: Mapping[type[ast.cmpop], Callable[..., sp.Basic]] = {
    ast.LtE: sp.Le,
    ast.Lt: sp.Lt,
    ast.GtE: sp.Ge,
    ast.Gt: sp.Gt,
    ast.Eq: sp.Eq,
}
LONGEST = 100_000  # characters; Python's own parser is slow and deep beyond


def read_claim(text: str, inputs: Sequence[sp.Symbol], outputs: Sequence[sp.Symbol] = ()) -> tuple[sp.Basic, ...]:
    """The expressions or inequalities of ``text``, apart by semicolons; ``x1`` and ``x_1`` both name the first input.

    Raises InvalidInput with the place for anything that is not +, -, rational times, Min, Max, Abs, relu, <=, <, >=, >.
    """
    names = _names([*inputs, *outputs])
    parts = [part.strip() for part in text.split(";")]
    return tuple(claim for part in parts if part for claim in _read(part, names))


def read_where(text: str, inputs: Sequence[sp.Symbol]) -> tuple[sp.Basic, ...]:
    """Inequalities in the inputs, apart by commas or semicolons: ``x1 >= 0, x1 + x2 <= 1``."""
    parts = [part.strip() for part in text.split(";")]
    return tuple(
        found for part in parts if part for found in _read(f"{part.rstrip(',')},", _names(inputs), "condition")
    )


def _names(symbols: Sequence[sp.Symbol]) -> dict[str, sp.Symbol]:
    return {spelling: x for x in symbols for spelling in (x.name, x.name.replace("_", ""))}


def read_rational(text: str) -> Fraction:
    """``-3``, ``2/7`` or ``0.25``, exactly."""
    try:
        return Fraction(text.strip())
    except (ValueError, ZeroDivisionError):
        raise InvalidInput(f"'{text}' is not a rational number: write it like -3, 2/7 or 0.25") from None


def _read(text: str, names: Mapping[str, sp.Symbol], what: str = "claim") -> tuple[sp.Basic, ...]:
    """One expression, or one for each item of a tuple; a chain of inequalities is one for each sign."""
    if len(text) > LONGEST:
        raise InvalidInput(f"the {what} is {len(text)} characters long; at most {LONGEST} are read")
    try:
        body = ast.parse(text, mode="eval").body
        items = body.elts if isinstance(body, ast.Tuple) and what == "condition" else [body]
        found = tuple(claim for item in items for claim in _claims(item, text, names))
    except SyntaxError as error:
        raise InvalidInput(f"cannot read the {what} '{text}': {error.msg} at column {error.offset}") from None
    except (RecursionError, MemoryError):
        raise InvalidInput(f"the {what} is nested too deeply to read") from None
    if any(claim.has(sp.zoo, sp.nan) for claim in found):
        raise InvalidInput(f"the {what} '{text}' divides by zero")
    return found


def _claims(node: ast.expr, text: str, names: Mapping[str, sp.Symbol]) -> Iterator[sp.Basic]:
    if not isinstance(node, ast.Compare):
        yield sp.sympify(_build(node, text, names))
        return
    sides = [sp.sympify(_build(side, text, names)) for side in (node.left, *node.comparators)]
    for sign, (left, right) in zip(node.ops, pairwise(sides), strict=True):
        if type(sign) not in SIGNS:
            raise InvalidInput(f"cannot read '{text}': compare with <=, <, >=, > or ==")
        yield SIGNS[type(sign)](left, right)


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
