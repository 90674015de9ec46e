"""Right sides of equations, from Python's syntax tree to nodes. What is not listed here is not in the language.

scope    what each name stands for: a quantity, or a size used as a number
"""

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from inspect import signature
from typing import Any

import sympy as sp

from symnet.adjoints.graph import Node, apply, broadcast_together, is_number, number
from symnet.adjoints.language import Equation, nearest
from symnet.adjoints.operators.kinks import compared, denied
from symnet.adjoints.record import WORDS
from symnet.errors import InvalidInput, NotSupported, SymnetError

# words of NumPy, SciPy and torch that do not act entry by entry: declaring one as such would make a wrong rule
NOT_ENTRYWISE = frozenset(
    [
        "cholesky",
        "eigh",
        "eig",
        "eigvals",
        "eigvalsh",
        "svd",
        "svdvals",
        "qr",
        "lu",
        "schur",
        "expm",
        "logm",
        "sqrtm",
        "matrix_power",
        "matrix_exp",
        "pinv",
        "lstsq",
        "kron",
        "vec",
        "prod",
        "cumsum",
        "cumprod",
        "cummax",
        "cummin",
        "logcumsumexp",
        "diff",
        "sort",
        "argsort",
        "topk",
        "median",
        "quantile",
        "nanmean",
        "nansum",
        "roll",
        "flip",
        "fliplr",
        "flipud",
        "rot90",
        "tril",
        "triu",
        "repeat",
        "tile",
        "gather",
        "scatter",
        "index_select",
        "index_add",
        "masked_fill",
        "searchsorted",
        "fft",
        "ifft",
        "rfft",
        "irfft",
        "conv3d",
        "conv_transpose1d",
        "conv_transpose2d",
        "conv_transpose3d",
        "interpolate",
        "unfold",
        "fold",
        "dropout",
        "cross",
        "convolve",
        "correlate",
        "histogram",
        "unique",
        "argmax",
        "argmin",
        "any",
        "all",
        "cdist",
        "cosine_similarity",
        "normalize",
        "slogdet",
        "multi_dot",
        "tensordot",
        "vdot",
        "inner",
        "block",
        "hstack",
        "vstack",
        "dstack",
        "split",
        "chunk",
        "squeeze",
        "expand",
        "permute",
        "movedim",
        "swapaxes",
        "logdet",
        "lu_solve",
        "cholesky_solve",
        "solve_triangular",
        "householder_product",
        "ptp",
        "amax",
        "amin",
        "nanmax",
        "aminmax",
        "count_nonzero",
    ]
)


@dataclass(frozen=True)
class Scope:
    """Names in reach of equation ``number``; ``defined`` says which equation defines a name."""

    nodes: Mapping[str, Node]
    functions: tuple[str, ...]
    defined: Mapping[str, int]
    number: int


def read(equation: Equation, scope: Scope) -> Node:
    """The right side as a node; every error says which equation it is in."""
    try:
        if _is_truth(equation.expression):
            raise InvalidInput(
                "a comparison is true or false and no quantity; compare where it is used, or write 1 * (…)"
            )
        return _read(equation.expression, scope)
    except SymnetError as error:
        raise type(error)(f"{equation}: {error}") from None


def expression(tree: ast.expr, scope: Scope) -> Node:
    """A part of a right side as a node."""
    return _read(tree, scope)


def _read(tree: ast.expr, scope: Scope) -> Node:
    reader = _READERS.get(type(tree))
    if reader is None:
        raise InvalidInput(
            f"'{ast.unparse(tree)}' is not part of the model language: names, numbers, functions, + - * / ** @ .T []"
        )
    return reader(tree, scope)


# ---------------------------------------------------------------------- names and numbers
def _name(tree: ast.Name, scope: Scope) -> Node:
    if scope.defined.get(tree.id, 0) >= scope.number:
        raise InvalidInput(
            f"'{tree.id}' is used before equation {scope.defined[tree.id]} defines it; a model has no cycles"
        )
    if tree.id in scope.nodes:
        return scope.nodes[tree.id]
    if tree.id in WORDS or tree.id in scope.functions:
        raise InvalidInput(f"'{tree.id}' is a function; write {tree.id}(…)")
    suggestion = nearest(tree.id, [*scope.nodes, *scope.functions])
    raise InvalidInput(f"unknown name '{tree.id}'{suggestion}; declare it, as in '{tree.id} : n', or correct it")


def _constant(tree: ast.Constant, scope: Scope) -> Node:
    if isinstance(tree.value, bool) or not isinstance(tree.value, int | float | Fraction):
        raise InvalidInput(f"'{ast.unparse(tree)}' is not a real number")
    return number(tree.value)


# ---------------------------------------------------------------------- operators
def _power(a: Node, b: Node) -> Node:
    """a^b; of a constant a it is exp(b log a), for a > 0."""
    if is_number(b):
        return a ** b["value"]
    if is_number(a):
        return apply("elementwise", number(sp.log(a["value"])) * b, function="exp", order=0)
    return apply("pow", *broadcast_together(a, b))


_BINARY: dict[type, Callable[[Node, Node], Node]] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.Div: lambda a, b: a / b,
    ast.MatMult: lambda a, b: a @ b,
    ast.Pow: _power,
}


_TRUTHS: dict[type, Callable[[Node, Node], Node]] = {
    ast.BitAnd: lambda a, b: a * b,
    ast.BitOr: lambda a, b: compared(a + b, ">", number(0)),
    ast.BitXor: lambda a, b: compared(a, "!=", b),
}


def _binary(tree: ast.BinOp, scope: Scope) -> Node:
    truths = _is_truth(tree.left) + _is_truth(tree.right)
    if type(tree.op) in _TRUTHS and truths == 2:
        return _TRUTHS[type(tree.op)](_read(tree.left, scope), _read(tree.right, scope))
    if truths == 2 and not isinstance(tree.op, ast.Mult):
        raise InvalidInput(f"'{ast.unparse(tree)}' reckons with what is true or false; join comparisons by & | ~")
    operation = _BINARY.get(type(tree.op))
    if operation is None:
        raise InvalidInput(f"the operator in '{ast.unparse(tree)}' is not part of the model language: + - * / ** @")
    return operation(_read(tree.left, scope), _read(tree.right, scope))


def _unary(tree: ast.UnaryOp, scope: Scope) -> Node:
    if isinstance(tree.op, ast.Invert) and _is_truth(tree.operand):
        return denied(_read(tree.operand, scope))
    if not isinstance(tree.op, ast.USub | ast.UAdd):
        raise InvalidInput(f"the operator in '{ast.unparse(tree)}' is not part of the model language")
    inside = _read(tree.operand, scope)
    if _is_truth(tree.operand):
        raise InvalidInput(f"'{ast.unparse(tree)}' reckons with what is true or false; ~ says that it does not hold")
    return -inside if isinstance(tree.op, ast.USub) else inside


_SIGNS: dict[type, str] = {ast.Gt: ">", ast.GtE: ">=", ast.Lt: "<", ast.LtE: "<=", ast.Eq: "=", ast.NotEq: "!="}


def _comparison(tree: ast.Compare, scope: Scope) -> Node:
    """1 where it holds and 0 elsewhere."""
    if len(tree.ops) > 1 or type(tree.ops[0]) not in _SIGNS:
        raise InvalidInput(f"'{ast.unparse(tree)}': compare two at a time, by > >= < <= == !=, and join with &")
    return compared(_read(tree.left, scope), _SIGNS[type(tree.ops[0])], _read(tree.comparators[0], scope))


def _is_truth(tree: ast.expr) -> bool:
    """It is true or false for NumPy, whose arithmetic is another for these: two that are added are true at most."""
    match tree:
        case ast.BinOp(left=left, op=ast.Mult(), right=right):
            return _is_truth(left) and _is_truth(right)
        case ast.BinOp(op=op):
            return type(op) in _TRUTHS
        case ast.UnaryOp(op=op):
            return isinstance(op, ast.Invert)
    return isinstance(tree, ast.Compare)


def _attribute(tree: ast.Attribute, scope: Scope) -> Node:
    value = _read(tree.value, scope)
    if tree.attr == "T":
        return value.T
    if tree.attr != "mT":
        raise InvalidInput(f"'.{tree.attr}' is not part of the model language; .T and .mT are its only attributes")
    if value.rank < 2:
        raise InvalidInput(f"{value} has no matrix to transpose; .mT exchanges the last two axes")
    return value.mT


# ---------------------------------------------------------------------- parts
def _subscript(tree: ast.Subscript, scope: Scope) -> Node:
    value = _read(tree.value, scope)
    entries = tree.slice.elts if isinstance(tree.slice, ast.Tuple) else [tree.slice]
    key = tuple(_entry(entry, scope) for entry in entries)
    if not any(isinstance(k, Node) for k in key):
        return WORDS["cut"].build(value, key)
    embedding, everything, written = WORDS["embedding"].build, (slice(None), ...), ast.unparse(tree)
    if isinstance(key[0], Node) and all(k in everything for k in key[1:]) and len(key) <= max(value.rank, 1):
        return embedding(value, key[0])
    if len(key) == value.rank == 2 and key[0] == slice(None) and key[1].rank == 1:
        return embedding(value.T, key[1]).T
    raise NotSupported(f"'{written}': an index takes rows, X[i], or columns, X[:, i], of a matrix")


def _entry(tree: ast.expr, scope: Scope) -> Any:
    """One axis of a subscript: a number, a range, ``...``, or the name of an index."""
    if isinstance(tree, ast.Slice):
        return slice(*(None if part is None else _whole(part, scope) for part in (tree.lower, tree.upper, tree.step)))
    if isinstance(tree, ast.Constant) and tree.value is ...:
        return ...
    found = _read(tree, scope)
    return found if not is_number(found) else _whole(tree, scope)


def _whole(tree: ast.expr, scope: Scope) -> sp.Expr:
    """A whole number, or an expression in sizes."""
    found = _read(tree, scope)
    if not is_number(found) or found["value"].is_integer is False:
        raise InvalidInput(f"'{ast.unparse(tree)}' is not a size; write whole numbers and letters that are sizes")
    return found["value"]


# ---------------------------------------------------------------------- functions
def _call(tree: ast.Call, scope: Scope) -> Node:
    if isinstance(tree.func, ast.Attribute):
        called = ast.unparse(tree)
        raise InvalidInput(
            f"'{called}' calls a method; write the function by its name alone, as in {tree.func.attr}(…)"
        )
    if not isinstance(tree.func, ast.Name):
        raise InvalidInput(f"'{ast.unparse(tree.func)}' is not the name of a function")
    name = tree.func.id
    if name in scope.functions:
        return _unspecified(name, [_read(a, scope) for a in tree.args], bool(tree.keywords))
    if name not in WORDS or name == "cut":
        raise _no_function(name, scope)
    return _built(name, tree, scope)


def _unspecified(name: str, arguments: list[Node], keywords: bool) -> Node:
    if len(arguments) != 1 or keywords:
        raise InvalidInput(f"{name} is elementwise and takes one argument, not {len(arguments)}")
    return apply("elementwise", arguments[0], function=name, order=0)


def _no_function(name: str, scope: Scope) -> SymnetError:
    if name in scope.nodes:
        return InvalidInput(f"'{name}' is a quantity, not a function; write {name} * (…) for a product")
    if name.startswith("_"):
        return InvalidInput(f"'{name}' is not a function of the model language")
    if name in NOT_ENTRYWISE:
        return NotSupported(f"no operator '{name}'; add an Operator for it in symnet/adjoints/operators")
    return NotSupported(
        f"no operator '{name}'{nearest(name, [*WORDS, *scope.functions])}; if it acts entry by entry, declare it: "
        f"'{name} : elementwise'"
    )


def _built(name: str, tree: ast.Call, scope: Scope) -> Node:
    """Each argument is read as what its parameter takes: text, a quantity or sizes, a switch, an option."""
    word = WORDS[name]
    try:
        bound = signature(word.build).bind(*tree.args, **{k.arg or "**": k.value for k in tree.keywords})
    except TypeError:
        raise InvalidInput(f"{name} is called as {_usage(name)}, options by name") from None
    for parameter, given in bound.arguments.items():
        read = partial(_READS[word.takes(parameter)], scope=scope)
        bound.arguments[parameter] = tuple(map(read, given)) if isinstance(given, tuple) else read(given)
    try:
        return word.build(*bound.args, **bound.kwargs)
    except (TypeError, AttributeError, IndexError, KeyError, ZeroDivisionError, ValueError):
        raise InvalidInput(f"'{ast.unparse(tree)}' does not fit; {name} is called as {_usage(name)}") from None


def _usage(name: str) -> str:
    word = WORDS[name]
    options = (f"{option}={_default(value)}" for option, value in word.options.items())
    return f"{name}({', '.join([*word.arguments, *options])})"


def _default(value: Any) -> str:
    """A fraction as the decimal that it is."""
    return repr(float(value)) if isinstance(value, Fraction) else str(value)


def _text(tree: ast.expr, scope: Scope) -> str:
    if not (isinstance(tree, ast.Constant) and isinstance(tree.value, str)):
        raise InvalidInput(f"'{ast.unparse(tree)}' is not text; write it in quotes, as in 'ij,jk->ik'")
    return tree.value


def _argument(tree: ast.expr, scope: Scope) -> Any:
    """A quantity, a tuple of sizes (reshape), or a list of quantities (concat)."""
    if isinstance(tree, ast.Tuple):
        return tuple(number(_whole(a, scope)) for a in tree.elts)
    if isinstance(tree, ast.List):
        return [_read(a, scope) for a in tree.elts]
    return _read(tree, scope)


def _option(tree: ast.expr, scope: Scope) -> Any:
    """The value of an option: None, a whole number, a fraction, a tuple of whole numbers, a size, or a quantity."""
    if isinstance(tree, ast.Constant) and tree.value is None:
        return None
    if isinstance(tree, ast.Tuple):
        return tuple(_option(a, scope) for a in tree.elts)
    digits = tree.operand if isinstance(tree, ast.UnaryOp) else tree
    if not isinstance(digits, ast.Constant):
        return _read(tree, scope)
    found = _read(tree, scope)["value"]
    return int(found) if isinstance(digits.value, int) else Fraction(int(found.p), int(found.q))


def _switch(tree: ast.expr, scope: Scope) -> bool:
    if not (isinstance(tree, ast.Constant) and isinstance(tree.value, bool)):
        raise InvalidInput(f"'{ast.unparse(tree)}' is not an option; write True or False")
    return tree.value


_READS: dict[str, Callable[..., Any]] = {"text": _text, "argument": _argument, "switch": _switch, "option": _option}
_READERS: dict[type, Callable[[Any, Scope], Node]] = {
    ast.Name: _name,
    ast.Constant: _constant,
    ast.BinOp: _binary,
    ast.UnaryOp: _unary,
    ast.Compare: _comparison,
    ast.Attribute: _attribute,
    ast.Subscript: _subscript,
    ast.Call: _call,
}
