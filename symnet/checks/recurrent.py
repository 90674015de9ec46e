"""The rules of a recurrence against torch autograd through the loop, unrolled step by step, for several lengths."""

import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
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


def check_recurrent_changes(changes: Any, device: str = "auto", seeds: tuple[int, ...] = (0, 1)) -> Check:
    """Forward or Hessian-vector rules along random directions, against torch.func through the unrolled loop."""
    place = autograd.device_of(device)
    found = [_change_errors(changes, place, seed, length) for seed in seeds for length in LENGTHS]
    sizes, errors = [text for text, _ in found], worst_of(each for _, each in found)
    kind = "Hessian-vector" if changes.sweep else "forward mode"
    facts = {"along": list(changes.along), "lengths": list(LENGTHS), "errors": errors}
    worst = max(errors.values(), default=float("inf"))
    return autograd.verdict(f"torch.func through the loop, {kind}", worst, place, seeds, sizes, **facts)


@dataclass(frozen=True)
class Drawn:
    """Random values of what a recurrence declares, as torch leaves, and what stands in for its functions."""

    loop: Any
    leaves: Mapping[str, Any]
    stand_ins: Mapping[str, str]
    device: str
    sizes: str

    @property
    def values(self) -> dict[str, Any]:
        return {n: x.detach().cpu().numpy() for n, x in self.leaves.items()}

    def unrolled(self, leaves: Mapping[str, Any]) -> dict[str, Any]:
        """What follows the last step, by the text, step by step."""
        loop = self.loop
        shared = {n: leaves[n] for n in loop.step.declared if n in leaves and n not in loop.sequences}
        state = {n: leaves[start] for n, start in loop.states.items()}
        for k in range(len(leaves[loop.sequences[0]])):
            now = shared | {n: leaves[n][k] for n in loop.sequences} | {f"{n}_before": v for n, v in state.items()}
            named = autograd.interpret(loop.step, now, self.stand_ins, self.device)
            state = {n: named[n] for n in loop.states}
        return autograd.interpret(loop.after, shared | state, self.stand_ins, self.device)


def drawn(bp: Any, rng: np.random.Generator, place: str, seed: int, length: int) -> Drawn:
    """Values for ``length`` steps."""
    import torch

    loop = bp.loop
    stand_ins = autograd.stand_ins(loop.step, ("tanh", "softplus", "sin"), seed)
    _, values = autograd.finite_values(bp.step, place, stand_ins, rng)
    starts = {f"{n}_before": start for n, start in loop.states.items()}
    given = {starts.get(n, n): v for n, v in values.items()}
    given |= {n: rng.normal(size=(length, *np.shape(values[n]))) for n in loop.sequences}
    leaves = {n: torch.tensor(v, dtype=torch.float64, device=place, requires_grad=True) for n, v in given.items()}
    return Drawn(loop, leaves, stand_ins, place, autograd.sizes_text(loop.step, values))


def _errors(bp: Any, place: str, seed: int, length: int) -> tuple[str, dict[str, float]]:
    import torch

    rng = np.random.default_rng(seed)
    at, output = drawn(bp, rng, place, seed, length), bp.after.output.name
    y = at.unrolled(at.leaves)[output]
    y_bar = rng.normal(size=tuple(y.shape)) if y.ndim else np.array(1.0)
    arriving = torch.tensor(y_bar, dtype=torch.float64, device=place)
    theirs = torch.autograd.grad(y, list(at.leaves.values()), arriving, allow_unused=True, materialize_grads=True)
    ours = bp.evaluate(at.values, {output: y_bar}, at.stand_ins)
    model = bp.step.model
    expected = {n: autograd.admitted(n, g.cpu().numpy(), model) for n, g in zip(at.leaves, theirs, strict=True)}
    return at.sizes, {n: autograd.error(ours[n], g) for n, g in expected.items()}


def _change_errors(changes: Any, place: str, seed: int, length: int) -> tuple[str, dict[str, float]]:
    import torch

    bp, rng = changes.origin, np.random.default_rng(seed)
    at, output = drawn(bp, rng, place, seed, length), bp.after.output.name
    primal = {n: x.detach() for n, x in at.leaves.items()}
    y = at.unrolled(primal)[output]
    y_bar = rng.normal(size=tuple(y.shape)) if y.ndim else np.array(1.0)
    weights = torch.tensor(y_bar, dtype=torch.float64, device=place)
    direction = {n: rng.normal(size=at.values[n].shape) for n in changes.along}
    along = {n: torch.tensor(direction.get(n, 0 * at.values[n]), dtype=torch.float64, device=place) for n in primal}

    def loss(leaves: Mapping[str, Any]) -> Any:
        return (at.unrolled(leaves)[output] * weights).sum()

    function = torch.func.grad(loss) if changes.sweep else at.unrolled
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # torch 2.13 warns about its own use of torch.jit
        theirs: Any = torch.func.jvp(function, (primal,), (along,))[1]
    ours = changes.evaluate(at.values, direction, {output: y_bar}, at.stand_ins)
    return at.sizes, {n: autograd.error(ours[n], theirs[n].detach().cpu().numpy()) for n in ours}
