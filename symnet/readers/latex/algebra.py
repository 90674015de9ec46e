r"""latex2sympy2 behind one function: a line of placeholders and operators to nested sums, products, powers.

It sees ``\variable{v0} \variable{v1} - \frac{\variable{v2}}{\variable{v3}}`` and nothing else: no names (it would take
d, e, I and E for its own), no relations (it would solve them), no functions. Placeholders do not commute, so products
keep their order. Every call goes through one lock, because the module keeps state between calls.
"""

import sys
import threading
import types
import typing
import warnings
from functools import lru_cache
from typing import Any

import sympy as sp

from symnet.readers.latex.tokens import Unread

Tree = tuple[Any, ...]  # ("v", 3), ("+", a, b), ("*", a, b), ("-", a), ("/", a, b), ("^", a, b), ("root", a, n)

_LOCK = threading.Lock()
_LIMIT = 1500  # characters of one line of placeholders


def v(i: int) -> str:
    r"""The placeholder number ``i``; the space after it keeps a command apart from what follows."""
    return rf"\variable{{v{i}}} "


@lru_cache(maxsize=1)
def _latex2sympy() -> Any:
    """The module, loaded once, with what Python 3.13 and SymPy 1.14 took away put back."""
    if "typing.io" not in sys.modules:  # removed in Python 3.13, deprecated before
        io = types.ModuleType("typing.io")
        vars(io).update(TextIO=typing.TextIO, BinaryIO=typing.BinaryIO, IO=typing.IO)
        sys.modules["typing.io"] = io
    setattr(sp.core, "all_classes", (sp.Basic, sp.MatrixBase))  # noqa: B010 - variable_values asks for it
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import latex2sympy2
    return latex2sympy2


@lru_cache(maxsize=8192)
def algebra(line: str, count: int) -> Tree:
    """The line as a nested tree over its ``count`` placeholders; raises `Unread` where latex2sympy2 cannot read it."""
    if line == v(0):
        return ("v", 0)
    if len(line) > _LIMIT:
        raise Unread("too many factors and terms in one formula; split it")
    values = {f"v{i}": sp.Symbol(f"v{i}", commutative=False) for i in range(count)}
    with _LOCK:
        library = _latex2sympy()
        library.set_variances({})
        library.set_real(None)
        try:
            read = library.latex2sympy(line, values)
        except RecursionError:
            raise Unread("nested too deeply; split the formula") from None
        except Exception:  # its errors are of many kinds, and name columns of the placeholders' line
            raise Unread("the signs between the terms do not make a formula") from None
    tree = _tree(read)
    if sorted(_leaves(tree)) != list(range(count)):
        raise Unread("the signs between the terms do not make a formula")
    return tree


def _leaves(tree: Tree) -> list[int]:
    return [tree[1]] if tree[0] == "v" else [leaf for part in tree[1:] for leaf in _leaves(part)]


def _tree(x: Any) -> Tree:
    if isinstance(x, sp.Symbol):
        return ("v", int(x.name[1:]))
    if isinstance(x, sp.Add):
        return ("+", *(part for a in x.args for part in _parts(_tree(a), "+")))
    if isinstance(x, sp.Mul):
        return _product(_flat(x))
    if isinstance(x, sp.Pow):
        return _power(x)
    raise Unread("the signs between the terms do not make a formula")


def _parts(tree: Tree, op: str) -> Tree:
    return tree[1:] if tree[0] == op else (tree,)


def _flat(x: Any) -> list[Any]:
    return [factor for a in x.args for factor in (_flat(a) if isinstance(a, sp.Mul) else (a,))]


def _product(factors: list[sp.Expr]) -> Tree:
    """Factors in order; -1 is a sign, and b**-1 divides the factor before it."""
    done: list[Tree] = []
    negative = False
    for factor in factors:
        if factor == -1:
            negative = not negative
        elif isinstance(factor, sp.Pow) and factor.exp == -1:
            done.append(("/", done.pop(), _tree(factor.base)) if done else ("^-1", _tree(factor.base)))
        else:
            done.append(_tree(factor))
    tree = done[0] if len(done) == 1 else ("*", *done)
    return ("-", tree) if negative else tree


def _power(x: sp.Pow) -> Tree:
    if x.exp == sp.Rational(1, 2):
        return ("root", _tree(x.base))
    if isinstance(x.exp, sp.Pow) and x.exp.exp == -1:
        return ("root", _tree(x.base), _tree(x.exp.base))
    return ("^", _tree(x.base), _tree(x.exp))
