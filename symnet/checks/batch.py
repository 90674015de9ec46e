"""Rules for a batch against the rules of one example, taken one example after the other."""

from collections.abc import Callable
from typing import Any

import numpy as np

from symnet.checks import autograd
from symnet.checks.recurrent import worst_of
from symnet.derivation import Check

EXAMPLES = 4


def check_lift(bp: Any, device: str = "auto", seeds: tuple[int, ...] = (0, 1)) -> Check:
    """What each example has for itself is stacked, what all share is added up."""
    lift = bp.origin
    sizes, found = zip(*(_errors(bp, lift, seed) for seed in seeds), strict=True)
    errors = worst_of(found)
    name = f"each example by itself, in {('rows', 'columns')[lift.axis]}"
    worst = max(errors.values(), default=float("inf"))
    return autograd.verdict(name, worst, "cpu", seeds, sizes, examples=EXAMPLES, errors=errors)


def _errors(bp: Any, lift: Any, seed: int) -> tuple[str, dict[str, float]]:
    """At examples anywhere; where the model is not defined at one of them, near one that it is defined at."""
    with np.errstate(all="ignore"):
        sizes, errors = _errors_at(bp, lift, seed, lambda rng, value: rng.normal(size=value.shape))
    if np.isfinite(list(errors.values())).all():
        return sizes, errors
    return _errors_at(bp, lift, seed, lambda rng, value: value * rng.uniform(0.9, 1.1, size=value.shape))


def _errors_at(bp: Any, lift: Any, seed: int, drawn: Callable[[Any, Any], Any]) -> tuple[str, dict[str, float]]:
    one, rng = lift.original, np.random.default_rng(seed)
    stand_ins = autograd.stand_ins(one.model, ("tanh", "softplus", "sin"), seed)
    _, values = autograd.finite_values(one, "cpu", stand_ins, rng)
    output = one.program.output.name
    own = [n for n in one.model.declared if n in lift.names]

    def fresh(name: str, value: Any) -> Any:
        if name not in own:
            return value
        return rng.permuted(value) if name in one.model.bounds else drawn(rng, value)

    examples = [{n: fresh(n, v) for n, v in values.items()} for _ in range(EXAMPLES)]
    is_open = one.walk[0].total == one.walk[0].named  # where it is not, the rules have its adjoint in them
    shape = _output_shape(one, values, stand_ins)
    seeds = [rng.normal(size=shape) for _ in examples]
    each = [one.evaluate(v, {output: s} if is_open else None, stand_ins) for v, s in zip(examples, seeds, strict=True)]

    def stacked(arrays: list[Any]) -> Any:
        return np.stack(arrays, axis=0 if lift.axis == 0 else np.ndim(arrays[0]))

    together = {lift.names.get(n, n): stacked([v[n] for v in examples]) if n in own else values[n] for n in values}
    ours = bp.evaluate(together, {lift.names[output]: stacked(seeds)} if is_open else None, stand_ins)
    expected = {n: stacked([e[n] for e in each]) if n in lift.names else sum(e[n] for e in each) for n in each[0]}
    names = {n: lift.names.get(n, n) for n in expected}
    errors = {names[n]: autograd.error(ours[names[n]], np.asarray(g)) for n, g in expected.items()}
    return autograd.sizes_text(one.model, values), errors


def _output_shape(one: Any, values: Any, stand_ins: Any) -> tuple[int, ...]:
    import torch

    tensors = {n: torch.tensor(v, dtype=torch.float64) for n, v in values.items()}
    return tuple(autograd.interpret(one.model, tensors, stand_ins, "cpu")[one.program.output.name].shape)
