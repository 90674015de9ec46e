"""Right sides of equations, from Python's syntax tree to nodes. What is not listed here is not in the language.

scope    what each name stands for: a quantity, or a size used as a number
"""

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import sympy as sp

from symnet.backprop.graph import Node, apply, is_number, number
from symnet.backprop.language import Equation, nearest
from symnet.backprop.record import WORDS
from symnet.errors import InvalidInput, NotSupported, SymnetError


@dataclass(frozen=True)
class Scope:
    """Names in reach of one equation; ``later`` maps names that are defined only afterwards to their equations."""

    nodes: Mapping[str, Node]
    functions: tuple[str, ...]
    later: Mapping[str, int]


def read(equation: Equation, scope: Scope) -> Node:
    """The right side as a node; every error says which equation it is in."""
    try:
        return _read(equation.expression, scope)
    except SymnetError as error:
        raise type(error)(f"{equation}: {error}") from None


def _read(tree: ast.expr, scope: Scope) -> Node:
    reader = _READERS.get(type(tree))
    if reader is None:
        raise InvalidInput(
            f"'{ast.unparse(tree)}' is not part of the model language: names, numbers, functions, + - * / ** @ .T"
        )
    return reader(tree, scope)


# ---------------------------------------------------------------------- names and numbers
def _name(tree: ast.Name, scope: Scope) -> Node:
    if tree.id in scope.nodes:
        return scope.nodes[tree.id]
    if tree.id in scope.later:
        raise InvalidInput(
            f"'{tree.id}' is used before equation {scope.later[tree.id]} defines it; a model has no cycles"
        )
    if tree.id in WORDS or tree.id in scope.functions:
        raise InvalidInput(f"'{tree.id}' is a function; write {tree.id}(…)")
    suggestion = nearest(tree.id, [*scope.nodes, *scope.functions])
    raise InvalidInput(f"unknown name '{tree.id}'{suggestion}; declare it, as in '{tree.id} : n', or correct it")


def _constant(tree: ast.Constant, scope: Scope) -> Node:
    if isinstance(tree.value, bool) or not isinstance(tree.value, int | float):
        raise InvalidInput(f"'{ast.unparse(tree)}' is not a real number")
    if isinstance(tree.value, int):
        return number(tree.value)
    if not abs(tree.value) < float("inf"):
        raise InvalidInput("a number is too large for float64")
    return number(sp.Rational(repr(tree.value)))  # 0.1 is meant as one tenth


# ---------------------------------------------------------------------- operators
def _power(a: Node, b: Node) -> Node:
    if not is_number(b):
        raise NotSupported(f"the exponent {b} is not a constant; write exp(log(a) * b) for a variable exponent")
    return a ** b["value"]


_BINARY: dict[type, Callable[[Node, Node], Node]] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.Div: lambda a, b: a / b,
    ast.MatMult: lambda a, b: a @ b,
    ast.Pow: _power,
}


def _binary(tree: ast.BinOp, scope: Scope) -> Node:
    operation = _BINARY.get(type(tree.op))
    if operation is None:
        raise InvalidInput(f"the operator in '{ast.unparse(tree)}' is not part of the model language: + - * / ** @")
    return operation(_read(tree.left, scope), _read(tree.right, scope))


def _unary(tree: ast.UnaryOp, scope: Scope) -> Node:
    if not isinstance(tree.op, ast.USub | ast.UAdd):
        raise InvalidInput(f"the operator in '{ast.unparse(tree)}' is not part of the model language")
    inside = _read(tree.operand, scope)
    return -inside if isinstance(tree.op, ast.USub) else inside


def _attribute(tree: ast.Attribute, scope: Scope) -> Node:
    if tree.attr != "T":
        raise InvalidInput(f"'.{tree.attr}' is not part of the model language; .T is the only attribute")
    return _read(tree.value, scope).T


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
    arguments = [_read(a, scope) for a in tree.args]
    if name in scope.functions:
        return _unspecified(name, arguments, bool(tree.keywords))
    if name not in WORDS:
        raise _no_function(name, scope)
    return _built(name, arguments, {k.arg or "**": _option(k.value) for k in tree.keywords})


def _unspecified(name: str, arguments: list[Node], keywords: bool) -> Node:
    if len(arguments) != 1 or keywords:
        raise InvalidInput(f"{name} is elementwise and takes one argument, not {len(arguments)}")
    return apply("elementwise", arguments[0], function=name, order=0)


def _no_function(name: str, scope: Scope) -> SymnetError:
    if name in scope.nodes:
        return InvalidInput(f"'{name}' is a quantity, not a function; write {name} * (…) for a product")
    if name.startswith("_"):
        return InvalidInput(f"'{name}' is not a function of the model language")
    return NotSupported(
        f"no operator '{name}'{nearest(name, [*WORDS, *scope.functions])}; declare '{name} : elementwise', "
        "or add an Operator for it in symnet/backprop/operators"
    )


def _built(name: str, arguments: list[Node], options: dict[str, Any]) -> Node:
    word = WORDS[name]
    if len(arguments) != len(word.arguments) or set(options) - set(word.options):
        usage = ", ".join([*word.arguments, *(f"{option}={default}" for option, default in word.options.items())])
        raise InvalidInput(f"{name} is called as {name}({usage}), options by name")
    return word.build(*arguments, **options)


def _option(tree: ast.expr) -> Any:
    """The value of a keyword argument: an integer, True, False or None."""
    try:
        value = ast.literal_eval(tree)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        value = ...
    if value is None or isinstance(value, int):
        return value
    raise InvalidInput(f"'{ast.unparse(tree)}' is not an option; write an integer, True, False or None")


_READERS: dict[type, Callable[[Any, Scope], Node]] = {
    ast.Name: _name,
    ast.Constant: _constant,
    ast.BinOp: _binary,
    ast.UnaryOp: _unary,
    ast.Attribute: _attribute,
    ast.Call: _call,
}
