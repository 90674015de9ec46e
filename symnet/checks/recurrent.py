"""The rules of a recurrence against torch autograd through the loop, unrolled step by step, for several lengths."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from symnet.checks import autograd
from symnet.derivation import Check

LENGTHS = (1, 2, 5)


def check_recurrence(bp: Any, device: str = "auto", seeds: tuple[int, ...] = (0, 1)) -> Check:
    """Every declared quantity, at random values, in float64."""
    place = autograd.device_of(device)
    found = [_errors(bp, place, seed, length) for seed in seeds for length in LENGTHS]
    sizes, errors = [text for text, _ in found], worst_of(each for _, each in found)
    worst = max(errors.values(), default=float("inf"))
    facts = {"lengths": list(LENGTHS), "errors": errors}
    return autograd.verdict("the loop unrolled in torch", worst, place, seeds, sizes, **facts)


def worst_of(found: Iterable[Mapping[str, float]]) -> dict[str, float]:
    """The largest error of each name."""
    worst: dict[str, float] = {}
    for name, error in (item for each in found for item in each.items()):
        worst[name] = max(worst.get(name, 0.0), error)
    return worst


def _errors(bp: Any, place: str, seed: int, length: int) -> tuple[str, dict[str, float]]:
    import torch

    loop, rng = bp.loop, np.random.default_rng(seed)
    stand_ins = autograd.stand_ins(loop.step, ("tanh", "softplus", "sin"), seed)
    _, drawn = autograd.finite_values(bp.step, place, stand_ins, rng)
    values = {n: v for n, v in drawn.items() if not n.endswith("_before")}
    values |= {n: rng.normal(size=(length, *np.shape(drawn[n]))) for n in loop.sequences}
    leaves = {n: torch.tensor(v, dtype=torch.float64, device=place, requires_grad=True) for n, v in values.items()}
    shared = {n: leaves[n] for n in loop.step.declared if n in leaves and n not in loop.sequences}
    state = {n: leaves[start] for n, start in loop.states.items()}
    for k in range(length):
        now = shared | {n: leaves[n][k] for n in loop.sequences} | {f"{n}_before": v for n, v in state.items()}
        named = autograd.interpret(loop.step, now, stand_ins, place)
        state = {n: named[n] for n in loop.states}
    output = loop.after.equations[-1].name
    y = autograd.interpret(loop.after, shared | state, stand_ins, place)[output]
    y_bar = rng.normal(size=tuple(y.shape)) if y.ndim else np.array(1.0)
    arriving = torch.tensor(y_bar, dtype=torch.float64, device=place)
    theirs = torch.autograd.grad(y, list(leaves.values()), arriving, allow_unused=True, materialize_grads=True)
    ours = bp.evaluate(values, {output: y_bar}, stand_ins)
    errors = {n: autograd.error(ours[n], g.cpu().numpy()) for n, g in zip(leaves, theirs, strict=True)}
    return autograd.sizes_text(loop.step, drawn), errors
