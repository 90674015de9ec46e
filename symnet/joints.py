"""Where a value of an engine meets a reader or a sceptic, both of which stand above it.

A method such as ``BackwardPass.check`` belongs to the value, but its work is done in a room that the engine does not
know. The engine declares it, ``@joined``: a name, a signature, a docstring. `symnet.verbs` says what does it,
``@joins("BackwardPass.check")``; importing any part of symnet imports that file first.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

JOINTS: dict[str, Callable[..., Any]] = {}  # "BackwardPass.check": what does it; filled by `symnet.verbs`
DECLARED: set[str] = set()


def joined(method: Callable[P, R]) -> Callable[P, R]:
    """A method that is declared here and done above: whatever `joins` its qualified name."""
    name = method.__qualname__
    DECLARED.add(name)

    @wraps(method)
    def call(*args: P.args, **options: P.kwargs) -> R:
        return JOINTS[name](*args, **options)

    return call


def joins(*names: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """This function does what these methods declare."""

    def enter(function: Callable[P, R]) -> Callable[P, R]:
        JOINTS.update(dict.fromkeys(names, function))
        return function

    return enter
