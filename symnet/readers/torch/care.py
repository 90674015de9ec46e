"""Care with a module that is read: it stays as it was, torch keeps quiet, and what cannot be read is named."""

import contextlib
import io
import logging
import warnings
from collections.abc import Iterator, Sequence
from typing import Any

import torch
from torch import nn


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Torch's advice on how to write models, and the graphs that it prints, are not for the reader of a table."""
    logger, level = logging.getLogger("torch"), logging.getLogger("torch").level
    logger.setLevel(logging.CRITICAL)
    try:
        with warnings.catch_warnings(), contextlib.redirect_stderr(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)


@contextlib.contextmanager
def evaluating(module: nn.Module) -> Iterator[None]:
    """At test time, and every part as it was afterwards."""
    modes = [(part, part.training) for part in module.modules()]
    module.eval()
    try:
        yield
    finally:
        for part, training in modes:
            part.training = training


def failing(module: nn.Module, shapes: Sequence[Sequence[int]]) -> str:
    """The innermost part that was entered and not left when the module runs without numbers; none if all were left."""
    inside: list[str] = []
    hooks = []
    for name, part in module.named_modules():
        hooks.append(part.register_forward_pre_hook(lambda *_, name=name: inside.append(name)))
        hooks.append(part.register_forward_hook(lambda *_: void(inside.pop())))
    tensors = {name: torch.empty_like(t, device="meta") for name, t in _tensors(module)}
    try:
        with quiet(), evaluating(module):
            inputs = tuple(torch.empty(list(shape), device="meta") for shape in shapes)
            torch.func.functional_call(module, tensors, inputs)
    except Exception:  # a module raises anything
        return inside[-1] if inside else ""
    finally:
        for hook in hooks:
            hook.remove()
    return ""


def void(_: Any) -> None:
    """Nothing: a hook that gives something back replaces the output."""


def _tensors(module: nn.Module) -> Iterator[tuple[str, torch.Tensor]]:
    yield from module.named_parameters()
    yield from module.named_buffers()
