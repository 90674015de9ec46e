"""Forward and Hessian-vector rules against torch.func, on the model's text as `autograd` interprets it."""

import warnings
from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from symnet.adjoints.directional import Changes
from symnet.checks import autograd
from symnet.derivation import Check


def check_changes(changes: Changes, device: str = "auto", seeds: Sequence[int] = (0, 1)) -> tuple[Check, ...]:
    """The rules along random directions, at random values, in float64."""
    place = autograd.device_of(device)
    sizes, errors = zip(*(_errors(changes, place, seed) for seed in seeds), strict=True)
    worst = max(error for found in errors for error in found.values())
    by_seed = {str(seed): found for seed, found in zip(seeds, errors, strict=True)}
    name = "torch.func, Hessian-vector" if changes.walk else "torch.func, forward mode"
    return (autograd.verdict(name, worst, place, seeds, sizes, along=list(changes.along), errors=by_seed),)


def _errors(changes: Changes, place: str, seed: int) -> tuple[str, dict[str, float]]:
    """The sizes that were drawn, and the error of each name."""
    import torch

    model, rng = changes.program.model, np.random.default_rng(seed)
    stand_ins = autograd.stand_ins(model, ("tanh", "softplus", "sin"), seed)
    _, values = autograd.finite_values(changes.program, place, stand_ins, rng)
    tensors = {k: torch.tensor(v, dtype=torch.float64, device=place) for k, v in values.items()}
    direction = {k: rng.normal(size=values[k].shape) for k in changes.along}
    output = model.equations[-1].name
    y_bar = rng.normal(size=tuple(autograd.interpret(model, tensors, stand_ins, place)[output].shape))
    opened = changes.walk and changes.walk[0].total == changes.walk[0].named
    y_bar = y_bar if opened else np.ones_like(y_bar)
    ours = changes.evaluate(values, direction, {output: y_bar}, stand_ins)
    moved = {k: tensors[k] for k in changes.along}
    along = {k: torch.tensor(direction[k], dtype=torch.float64, device=place) for k in changes.along}
    weights = torch.tensor(y_bar, dtype=torch.float64, device=place)

    def forward(free: dict[str, Any]) -> dict[str, Any]:
        return autograd.interpret(model, tensors | free, stand_ins, place)

    def loss(free: dict[str, Any]) -> Any:
        return (forward(free)[output] * weights).sum()

    function = partial(_gradient, loss, tensors, model) if changes.walk else forward
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # torch 2.13 warns about its own use of torch.jit
        theirs: Any = torch.func.jvp(function, (moved,), (along,))[1]
    errors = {k: autograd.error(ours[k], theirs[k].detach().cpu().numpy()) for k in ours if k in theirs}
    return autograd.sizes_text(model, values), errors


def _gradient(loss: Any, tensors: dict[str, Any], model: Any, free: dict[str, Any]) -> dict[str, Any]:
    """The gradient of all that is declared, at the values that move."""
    import torch

    everything = {k: v for k, v in (tensors | free).items() if k not in model.bounds}
    return torch.func.grad(loss)(everything)
