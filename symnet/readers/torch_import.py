"""A torch module by its place: torchvision.models:resnet50, or mynet.py's mynet:Net."""

import importlib
import os
import sys
from typing import Any

from symnet.errors import InvalidInput


def module_from(path: str) -> Any:
    """The module at ``package.module:name``; a class or function is called without arguments, on meta where that works.

    The folder that one works in is searched first, as ``python -m`` does.
    """
    import torch

    place, _, name = path.partition(":")
    if not place or not name:
        raise InvalidInput(f"cannot read '{path}': write package.module:name, e.g. torchvision.models:resnet50")
    if os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())
    try:
        found = getattr(importlib.import_module(place), name)
    except ImportError as error:
        raise InvalidInput(f"cannot import '{place}': {error}; is it installed, or in this folder?") from None
    except AttributeError:
        raise InvalidInput(f"'{place}' has no '{name}'") from None
    if not isinstance(found, torch.nn.Module) and callable(found):
        found = _made(found, path)
    if not isinstance(found, torch.nn.Module):
        raise InvalidInput(f"'{path}' is {type(found).__name__}, not a torch module")
    return found


def _made(make: Any, path: str) -> Any:
    import torch

    try:
        try:
            with torch.device("meta"):
                return make()
        except (NotImplementedError, RuntimeError):  # it computes with its weights while it is made
            return make()
    except Exception as error:
        raise InvalidInput(f"'{path}' cannot be made without arguments: {type(error).__name__}: {error}") from None
