"""A torch module by its place: torchvision.models:resnet50, one in this folder, or torch.nn:Linear(3, bias=False)."""

import ast
import importlib
import os
import sys
from typing import Any

from symnet.errors import InvalidInput


def module_from(spec: str, *, meta: bool = False) -> Any:
    """The module at ``package.module:name``; a class or function is called, with literal arguments if there are any.

    The arguments are read and never evaluated. ``meta``: without numbers in its weights, where that works. The folder
    that one works in is searched first, as ``python -m`` does.
    """
    import torch

    place, _, call = spec.partition(":")
    name, arguments, options = _call(call)
    if not place or not name:
        raise InvalidInput(f"cannot read '{spec}': write package.module:name, e.g. torchvision.models:resnet50")
    if os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())
    try:
        found = getattr(importlib.import_module(place), name)
    except ImportError as error:
        raise InvalidInput(f"cannot import '{place}': {error}; is it installed, or in this folder?") from None
    except AttributeError:
        raise InvalidInput(f"'{place}' has no '{name}'") from None
    if not isinstance(found, torch.nn.Module) and callable(found):
        try:
            found = _made(found, arguments, options, meta)
        except Exception as error:  # a module raises anything
            said = " ".join(f"{type(error).__name__}: {error}".split())
            raise InvalidInput(f"{name} cannot be made so: {said}; give its arguments, as in {name}(32, 4)") from None
    if not isinstance(found, torch.nn.Module):
        raise InvalidInput(f"'{spec}' is {type(found).__name__}, not a torch module")
    return found


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
        call = ast.parse(text.strip(), mode="eval").body
        if not isinstance(call, ast.Call):
            raise ValueError
        options = {k.arg: ast.literal_eval(k.value) for k in call.keywords if k.arg}
        return name, [ast.literal_eval(a) for a in call.args], options
    except (SyntaxError, ValueError):
        raise InvalidInput(f"cannot read '{text}': write literal arguments, as in {name}(32, 4, bias=False)") from None
