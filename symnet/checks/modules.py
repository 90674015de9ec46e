"""Backward rules of a torch module against the module's own value and gradients, in float64, at its own parameters.

Where the module itself takes less than float64 (it casts, or torch's kernel holds a float32 constant), the comparison
is as exact as that allows, and the evidence says so.
"""

import contextlib
import copy
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from symnet.checks import autograd
from symnet.derivation import Check
from symnet.errors import InvalidInput

DRAWS = ("normal", "positive", "probabilities", "log-probabilities")
ROUNDINGS = 30  # how many of a precision's roundings one comparison may gather
IN_FLOAT32: dict[str, Callable[..., float]] = {  # constants that torch's kernels hold in float32
    "hardsigmoid": lambda x: 1 / 6,
    "celu": lambda x, alpha=1.0: 1 / alpha,
}


def check_module(bp: Any, device: str = "auto", seeds: tuple[int, ...] = (0, 1)) -> Check:
    """The output, and v̄ of every parameter and every float input: from the rules = from the module."""
    import torch

    place, read = autograd.device_of(device), bp.origin
    errors: dict[str, float] = {}
    drawn, seen = set(), _Seen()
    for seed in seeds:
        module = _in_float64(read.module).to(place)  # a new copy: a module may remember that it ran
        how, inputs, y = _finite(module, read, np.random.default_rng(seed), place, seen)
        drawn.add(how)
        y_bar = np.random.default_rng([seed, 1]).normal(size=tuple(y.shape))
        named = dict(module.named_buffers(remove_duplicate=False))
        named |= dict(module.named_parameters(remove_duplicate=False))
        given = {n: named[p] for n, p in read.paths.items() if p in named}
        given |= {n: inputs[i] for n, i in read.inputs.items()}
        values = {n: x.detach().cpu().numpy().astype(float) for n, x in given.items()}
        values = {n: v for n, v in values.items() if n in bp.model.declared}
        values |= {n: np.array(v, dtype=float) for n, v in read.constants.items() if n not in values}
        free = {n: given[n] for n in bp.model.moving}
        seeded = np.array(1.0) if not y.ndim else y_bar
        arriving = torch.tensor(seeded, dtype=torch.float64, device=place)
        y = y + 0 * sum(x.sum() for x in free.values())  # so that even a constant output has a gradient
        options: dict[str, Any] = {"allow_unused": True, "materialize_grads": True}
        expected = torch.autograd.grad(y, list(free.values()), arriving, **options) if free else ()
        world = autograd.everything(bp.program, bp.walk, values, {bp.program.output.name: y_bar})
        ours = {"output": world.arrays[bp.program.output.name, ""]}
        theirs = {"output": y} | dict(zip(free, expected, strict=True))
        ours |= {n: world.arrays[n, "bar"] for n in free}
        for n, g in theirs.items():
            errors[n] = max(errors.get(n, 0.0), autograd.error(ours[n], g.detach().cpu().numpy()))
    worst = max(errors.values())
    sizes = [" × ".join(map(str, x.shape)) or "scalar" for x in read.examples]
    facts: dict[str, Any] = {"module": type(read.module).__name__, "errors": errors, "inputs": sorted(drawn)}
    if seen.coarsest != torch.float64:
        precision = str(seen.coarsest).removeprefix("torch.")
        facts |= {"precision": f"the module itself computes in {precision}: {seen.where}"}
    return autograd.verdict("the torch module itself", worst, place, seeds, sizes, tolerance=seen.tolerance, **facts)


# ---------------------------------------------------------------------- the module as a function
def _in_float64(module: Any) -> Any:
    """A copy, with the tensors that are neither parameter nor buffer; all its parameters are asked for gradients."""
    import torch

    if any(x.is_meta for x in [*module.parameters(), *module.buffers()]):
        raise InvalidInput("a module on the meta device has no numbers to check with; build it on a device that has")
    plain = [x for part in module.modules() for x in vars(part).values() if isinstance(x, torch.Tensor)]
    module = copy.deepcopy(module, {id(x): x.detach().clone() for x in plain}).to(torch.float64)
    for part in module.modules():
        for name, value in list(vars(part).items()):
            if isinstance(value, torch.Tensor) and value.dtype.is_floating_point:
                vars(part)[name] = value.double()
    for p in module.parameters():
        p.requires_grad_(p.dtype.is_floating_point)
    return module


class _Seen:
    """The coarsest kind of float that the module was seen to compute in, and the operator that did."""

    def __init__(self) -> None:
        import torch

        self.coarsest, self.where = torch.float64, ""

    @property
    def tolerance(self) -> float:
        import torch

        return autograd.TOLERANCE if self.coarsest == torch.float64 else ROUNDINGS * torch.finfo(self.coarsest).eps

    def look(self, name: str, arguments: tuple[Any, ...], result: Any) -> None:
        import torch
        from torch.utils import _pytree as pytree

        kinds = [x.dtype for x in pytree.tree_leaves(result) if isinstance(x, torch.Tensor)]
        constant = IN_FLOAT32[name](*arguments) if name in IN_FLOAT32 else 0.0
        kinds += [torch.float32] * (float(np.float32(constant)) != constant)
        for kind in kinds:
            if kind.is_floating_point and torch.finfo(kind).eps > torch.finfo(self.coarsest).eps:
                self.coarsest, self.where = kind, name


@contextlib.contextmanager
def _watched(seen: _Seen) -> Iterator[None]:
    import torch
    from torch.utils._python_dispatch import TorchDispatchMode

    class Watch(TorchDispatchMode):
        def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            result = func(*args, **(kwargs or {}))
            seen.look(func._schema.name.split("::")[1].removesuffix("_"), args, result)
            return result

    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        with Watch(), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # torch's advice on how to write models
            yield
    finally:
        torch.set_default_dtype(before)


def _finite(module: Any, read: Any, rng: Any, place: str, seen: _Seen) -> tuple[str, list[Any], Any]:
    """Inputs at which the module is finite, by the first way of drawing them that finds some, and what it gives."""
    import torch

    said = "its output is not finite"
    for how in DRAWS:
        inputs = [_drawn(x, rng, place, how) for x in read.examples]
        try:
            with _watched(seen):
                y = list(_flat(module(*(x.clone() if x.requires_grad else x for x in inputs))))[read.output]
        except Exception as error:  # a module raises anything
            said = " ".join(str(error).split())[:160]
            continue
        if bool(torch.isfinite(y).all()):
            return how, inputs, y.double()
    raise InvalidInput(f"the module {type(module).__name__} does not run on random inputs in float64: {said}")


def _drawn(example: Any, rng: np.random.Generator, place: str, how: str) -> Any:
    import torch

    if not example.dtype.is_floating_point:
        return example.to(place)
    values = rng.normal(size=tuple(example.shape))
    if how != "normal":
        values = rng.uniform(0.1, 0.9, size=tuple(example.shape))
    if how.endswith("probabilities") and values.ndim:
        values /= values.sum(-1, keepdims=True)
        values = np.log(values) if how.startswith("log") else values
    return torch.tensor(values, dtype=torch.float64, device=place, requires_grad=True)


def _flat(result: Any) -> Any:
    """The parts of a result in torch's order, of lists and dicts too."""
    from torch.utils import _pytree as pytree

    return pytree.tree_leaves(result)
