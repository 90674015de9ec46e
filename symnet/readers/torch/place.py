"""A torch module by its place: torchvision.models:resnet50, one in this folder, or torch.nn:Linear(3, bias=False)."""

import ast
import functools
import importlib
import os
import sys
import types
from typing import Any

from symnet.errors import InvalidInput
from symnet.readers.syntax import parsed


def module_from(spec: str, *, meta: bool = False) -> Any:
    """The module at ``package.module:name``; a class or function is called, with literal arguments if there are any.

    The arguments are read and never evaluated. Called is nothing but a class of modules, or a function that is written
    in Python, is none of Python's own library, and does not say that it gives something else. ``meta``: without numbers
    in its weights, where that works. The folder that one works in is searched first, as ``python -m`` does.
    """
    import torch

    place, _, call = spec.partition(":")
    name, arguments, options = _call(call)
    if not place or not name:
        raise InvalidInput(f"cannot read '{spec}': write package.module:name, e.g. torchvision.models:resnet50")
    if os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())
    found = _found(place, name)
    if isinstance(found, torch.nn.Module):
        if "(" in call:
            raise InvalidInput(f"'{name}' is a module already; leave out the brackets: {place}:{name}")
        return found
    _refuse_to_call(found, f"{place}:{name}")
    try:
        made = _made(found, arguments, options, meta)
    except Exception as error:  # a module raises anything
        raise InvalidInput(
            f"{name} cannot be made so: {_said(error)}; give its arguments, as in {name}(32, 4)"
        ) from None
    if not isinstance(made, torch.nn.Module):
        raise InvalidInput(f"'{spec}' is {type(made).__name__}, not a torch module")
    return made


def _found(place: str, name: str) -> Any:
    """What the module of that place has by this name."""
    try:
        return getattr(importlib.import_module(place), name)
    except ImportError as error:
        raise InvalidInput(f"cannot import '{place}': {error}; is it installed, or in this folder?") from None
    except AttributeError:
        raise InvalidInput(f"'{place}' has no '{name}'") from None
    except (Exception, SystemExit) as error:  # code that is imported raises anything
        raise InvalidInput(f"cannot import '{place}': {_said(error)}") from None


def _refuse_to_call(found: Any, place: str) -> None:
    """What is known before the call: that it is a class of modules, or may be a function that gives one."""
    import torch

    function = found.func if isinstance(found, functools.partial) else found
    if isinstance(function, type) and issubclass(function, torch.nn.Module):
        return
    library = (getattr(function, "__module__", None) or "").partition(".")[0]
    if not isinstance(function, types.FunctionType) or library in sys.stdlib_module_names:
        raise InvalidInput(
            f"'{place}' is not called: name a torch module, a class of them, or a function in Python that gives one"
        )
    gives = getattr(function, "__annotations__", {}).get("return", torch.nn.Module)
    if gives is None or (isinstance(gives, type) and not issubclass(gives, torch.nn.Module) and gives is not object):
        raise InvalidInput(f"'{place}' is not called: it says that it gives {getattr(gives, '__name__', gives)}")


def _said(error: BaseException) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())[:200]


def _made(make: Any, arguments: list[Any], options: dict[str, Any], meta: bool) -> Any:
    import torch

    if meta:
        try:
            with torch.device("meta"):
                return make(*arguments, **options)
        except (NotImplementedError, RuntimeError):  # it computes with its weights while it is made
            pass
    return make(*arguments, **options)


def _call(text: str) -> tuple[str, list[Any], dict[str, Any]]:
    """A name, and the literals that it is called with."""
    name, bracket, _ = text.partition("(")
    if not bracket:
        return name, [], {}
    try:
        call = parsed(text.strip())
        if (
            not isinstance(call, ast.Call)
            or not isinstance(call.func, ast.Name)
            or any(map(_is_spread, ast.walk(call)))
        ):
            raise ValueError
        options = [(k.arg or "", ast.literal_eval(k.value)) for k in call.keywords]
        arguments = [ast.literal_eval(a) for a in call.args]
    except (SyntaxError, ValueError, TypeError, RecursionError, MemoryError):
        raise InvalidInput(
            f"cannot read '{text[:80]}': write literal arguments, as in {name}(32, 4, bias=False)"
        ) from None
    if len(dict(options)) < len(options):
        raise InvalidInput(f"'{text[:80]}' gives an argument twice; give it once")
    return name, arguments, dict(options)


def _is_spread(node: ast.AST) -> bool:
    """*[3, 4], or **{"bias": False}."""
    return isinstance(node, ast.Starred) or (isinstance(node, ast.keyword) and node.arg is None)
