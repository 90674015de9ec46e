"""Sizes that are formulas of letters, as in the rows of two blocks: k + n. Kept as text, so that equal ones are equal.

formula    a size as SymPy has it, letters standing for positive whole numbers        dim    and back
length     of a size, where the letters have values
"""

import ast
import operator
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import sympy as sp

from symnet.claims.decision.numbers import Elsewhere
from symnet.claims.meaning.shapes import Dim, Size, Unclear
from symnet.errors import SymnetError
from symnet.readers.latex.as_sympy import sympy_of
from symnet.readers.latex.term import Term
from symnet.readers.syntax import parsed
from symnet.sizes import ASSUMED, letter


def formula(d: Dim) -> Any:
    """The size as a SymPy expression."""
    if isinstance(d, Size):
        raise Unclear("a part of something whose size is not known")
    return sp.Integer(d) if isinstance(d, int) else _parsed(d)


@lru_cache(maxsize=1024)
def _parsed(text: str) -> Any:
    """The formula behind the text, which is read and never evaluated: a size may come from a stranger's document."""
    try:
        return _read(parsed(text))
    except (SyntaxError, ValueError, KeyError, RecursionError, MemoryError):
        raise Unclear(f"'{text}' is not a size") from None


_OPERATORS: Mapping[type, Callable[[Any, Any], Any]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
}  # fmt: skip
_ROUNDED = {"floor": sp.floor, "ceiling": sp.ceiling}


def _read(tree: Any) -> Any:
    if isinstance(tree, ast.Name):
        return letter(tree.id)
    if isinstance(tree, ast.Constant) and isinstance(tree.value, int):
        return sp.Integer(tree.value)
    if isinstance(tree, ast.UnaryOp) and isinstance(tree.op, ast.USub):
        return -_read(tree.operand)
    if isinstance(tree, ast.BinOp) and isinstance(tree.op, ast.Pow) and isinstance(tree.right, ast.Constant):
        return _read(tree.left) ** _small(tree.right.value)
    if isinstance(tree, ast.BinOp):
        return _OPERATORS[type(tree.op)](_read(tree.left), _read(tree.right))
    if isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name) and len(tree.args) == 1:
        return _ROUNDED[tree.func.id](_read(tree.args[0]))
    raise ValueError


def _small(power: Any) -> int:
    if not isinstance(power, int) or power > 9:
        raise ValueError
    return power


def dim(expr: Any) -> Dim:
    """The size that an expression is."""
    expr = sp.simplify(expr)
    return int(expr) if expr.is_Integer else str(expr)


def size_of(t: Term) -> Any:
    """A formula in sizes, as an argument: n + 3."""
    try:
        return sympy_of(t, **ASSUMED)
    except SymnetError:
        raise Unclear(f"{t} is not a size") from None


def length(d: Dim, sizes: Mapping[str, int]) -> int:
    """The size as a number; `Elsewhere` where it is none."""
    if isinstance(d, int) or d in sizes:
        return d if isinstance(d, int) else sizes[d]
    size = formula(d)
    found = size.subs({s: sizes[s.name] for s in size.free_symbols})
    if not found.is_Integer or found < 1:
        raise Elsewhere  # nothing is left of it at these sizes
    return int(found)
