"""Backward rules against torch autograd, in float64.

The forward pass is computed from the model's text by a small interpreter of its own, in torch; of the derivation only
the resulting numbers are used. Two tests, at random values and sizes:

gradient      v̄ from the rules = v̄ from autograd, for every quantity v that the text names, and v = v
dot product   <ȳ, J u> = <Jᵀ ȳ, u>, with J u by torch's forward mode and Jᵀ ȳ by the rules
"""

import ast
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import Any

import numpy as np
import sympy as sp

from symnet.adjoints.backward import BackwardPass
from symnet.adjoints.evaluate import everything
from symnet.adjoints.functions import FUNCTIONS
from symnet.adjoints.language import Model
from symnet.adjoints.record import WORDS
from symnet.checks import torch_words as twins
from symnet.derivation import Check
from symnet.errors import InvalidInput

SIZES = (2, 3, 5, 7, 11, 13)  # distinct for distinct letters, so that a lost transpose cannot fit
TOLERANCE = 1e-9
FLOOR = 1e-3  # relative to at least this: the rounding of an exact zero is no error
Values = dict[str, np.ndarray[Any, Any]]


@dataclass(frozen=True)
class Run:
    """One comparison: the errors of the gradient and of the value of each name, and of the dot product."""

    seed: int
    stand_ins: Mapping[str, str]
    shapes: Mapping[str, list[int]]
    sizes: str
    sampler: str
    errors: Mapping[str, float]
    value_errors: Mapping[str, float]
    product_error: float


def check_adjoints(
    bp: BackwardPass,
    device: str = "auto",
    functions: Sequence[str] = ("tanh", "softplus", "sin"),
    seeds: Sequence[int] = (0, 1, 2),
) -> tuple[Check, ...]:
    """The gradient test and the dot-product test, each over all ``seeds`` and stand-in ``functions``."""
    place = device_of(device)
    rounds = range(len(functions) if bp.model.functions else 1)
    runs = [_run(bp, place, stand_ins(bp.model, functions, k), seed) for seed in seeds for k in rounds]
    return _verdict("torch autograd", runs, _worst_gradient, place), _verdict("dot product", runs, _product, place)


def stand_ins(model: Model, functions: Sequence[str], shift: int) -> dict[str, str]:
    """A different known function for each unspecified one, so that mistaking one for another is seen."""
    return {name: functions[(i + shift) % len(functions)] for i, name in enumerate(model.functions)}


def device_of(device: str) -> str:
    """CPU or CUDA; for "auto", CUDA where there is one."""
    import torch

    if device == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    if device not in ("cpu", "cuda"):
        raise InvalidInput(f"no device '{device}'; one of auto, cpu, cuda")
    if device == "cuda" and not torch.cuda.is_available():
        raise InvalidInput("torch finds no CUDA device; use device='cpu'")
    return device


# ---------------------------------------------------------------------- one comparison
def _run(bp: BackwardPass, device: str, stand_ins: Mapping[str, str], seed: int) -> Run:
    import torch

    rng = np.random.default_rng(seed)
    sampler, values = finite_values(bp, device, stand_ins, rng)
    forward = partial(interpret, bp.model, stand_ins=stand_ins, device=device)
    inputs = {k: torch.tensor(v, dtype=torch.float64, device=device, requires_grad=True) for k, v in values.items()}
    free, still = set(bp.model.moving), set(values) - set(bp.model.moving)  # an index, a constant has no gradient
    named = forward(inputs, apart=True)
    output = bp.model.equations[-1].name
    seeds = rng.normal(size=tuple(named[output].shape))
    with np.errstate(all="ignore"):  # what is not finite fails the comparison
        world = everything(bp.program, bp.walk, values, {output: seeds}, stand_ins)
    ours = {a.name: world.arrays[a.name, "bar"] for a in bp.walk}
    y_bar = torch.tensor(ours[output], dtype=torch.float64, device=device)
    y = named[output] + 0 * sum(x.sum() for x in inputs.values())  # so that even a constant output has a gradient
    theirs = torch.autograd.grad(y, list(named.values()), y_bar, allow_unused=True, materialize_grads=True)
    lost = float("inf") if sampler == NOWHERE else 0.0
    expected = {k: admitted(k, g.cpu().numpy(), bp.model) for k, g in zip(named, theirs, strict=True)}
    errors = {k: lost + error(ours[k], expected[k]) for k in named if k not in still}
    ahead = {k: lost + error(world.arrays[k, ""], x.detach().cpu().numpy()) for k, x in named.items()}
    u = {k: admitted(k, rng.normal(size=v.shape), bp.model) * (k in free) for k, v in values.items()}
    pushed = _push(forward, output, inputs, u)
    pulled = sum(float(np.sum(ours[k] * u[k])) for k in free)
    product = error(np.array(pulled), np.array(float((pushed * y_bar).sum())))
    shapes = {k: list(v.shape) for k, v in values.items()}
    return Run(seed, stand_ins, shapes, sizes_text(bp.model, values), sampler, errors, ahead, lost + product)


def admitted(name: str, change: Any, model: Model) -> Any:
    """A change of a symmetric matrix is symmetric, and of a gradient only that part counts."""
    return (change + change.T) / 2 if name in model.symmetric else change


def error(ours: np.ndarray[Any, Any], theirs: np.ndarray[Any, Any]) -> float:
    """Largest difference, relative to the largest entry; infinite where shapes differ or a number is not finite."""
    if ours.shape != theirs.shape:
        return float("inf")
    apart = np.where(ours == theirs, 0, ours - np.where(np.isfinite(theirs), theirs, np.inf))  # −∞ is as far as −∞
    size = float(np.max(np.abs(theirs), where=np.isfinite(theirs), initial=0))
    difference = float(np.max(np.abs(apart), initial=0)) / max(FLOOR, size)
    return difference if np.isfinite(difference) else float("inf")


def _push(forward: Callable[..., Any], output: str, inputs: Mapping[str, Any], u: Mapping[str, Any]) -> Any:
    """J u by forward mode."""
    import torch

    primals = tuple(x.detach() for x in inputs.values())
    directions = tuple(torch.tensor(u[k], dtype=x.dtype, device=x.device) for k, x in inputs.items())

    def function(*xs: Any) -> Any:
        return forward(dict(zip(inputs, xs, strict=True)))[output]

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # torch 2.13 warns about its own use of torch.jit
        return torch.func.jvp(function, primals, directions)[1]


# ---------------------------------------------------------------------- where to evaluate
def _normal(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray[Any, Any]:
    """Products of these stay near 1 in size, so that no function saturates and hides its argument."""
    return rng.normal(size=shape) / (shape[-1] ** 0.5 if len(shape) >= 2 else 1)


def _positive(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray[Any, Any]:
    return rng.uniform(0.5, 1.5, size=shape)


def _fractions(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray[Any, Any]:
    return rng.uniform(0.1, 0.9, size=shape)


def _near_identity(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray[Any, Any]:
    """Positive; square matrices near I, where determinants are positive and inverses tame."""
    square = len(shape) == 2 and shape[0] == shape[1]
    return np.eye(shape[0]) + rng.uniform(-0.4, 0.4, size=shape) / shape[0] if square else _positive(rng, shape)


def _positive_definite(rng: np.random.Generator, n: int) -> np.ndarray[Any, Any]:
    A = rng.normal(size=(n, n)) / n**0.5
    return A @ A.T + np.eye(n)


NOWHERE = "none of them finite"
SAMPLERS = {"normal": _normal, "positive": _positive, "near identity": _near_identity, "between 0 and 1": _fractions}


def finite_values(
    bp: BackwardPass, device: str, stand_ins: Mapping[str, str], rng: np.random.Generator
) -> tuple[str, Values]:
    """Values at which everything is finite, by the first sampler that finds them: log needs positive arguments."""
    import torch

    letters = dict(zip(bp.model.sizes, _distinct_sizes(rng, len(bp.model.sizes)), strict=True))
    symbols: dict[Any, Any] = {symbol: sp.Integer(letters[name]) for name, symbol in bp.model.sizes.items()}
    shapes = {k: tuple(int(n.xreplace(symbols)) for n in s) for k, s in bp.model.declared.items()}
    values: Values = {}
    for name, sample in SAMPLERS.items():
        values = {k: sample(rng, shape) for k, shape in shapes.items()}
        for k, kind in bp.model.symmetric.items():
            values[k] = (values[k] + values[k].T) / 2 if kind == "symmetric" else _positive_definite(rng, shapes[k][0])
        for k, bound in bp.model.bounds.items():
            values[k] = rng.integers(0, int(bound.xreplace(symbols)), size=shapes[k]).astype(float)
        inputs = {k: torch.tensor(v, dtype=torch.float64, device=device) for k, v in values.items()}
        found = interpret(bp.model, inputs, stand_ins, device)
        hidden = all(bool((v < torch.inf).all()) for v in found.values())  # −∞ is what a mask hides, NaN is neither
        if hidden and bool(torch.isfinite(found[bp.model.equations[-1].name]).all()):
            return name, values
    return NOWHERE, values


def _distinct_sizes(rng: np.random.Generator, count: int) -> list[int]:
    return [int(n) for n in rng.permutation([*SIZES, *range(14, 14 + count - len(SIZES))])[:count]]


# ---------------------------------------------------------------------- the text, in torch
def interpret(
    model: Model, inputs: Mapping[str, Any], stand_ins: Mapping[str, str], device: str, apart: bool = False
) -> dict[str, Any]:
    """Every quantity of the model as a tensor: the equations in order, each read from its own syntax tree.

    apart    a quantity that no gradient passes through is asked for its own
    """
    import torch

    sizes = {str(n): m for k, shape in model.declared.items() for n, m in zip(shape, inputs[k].shape, strict=True)}
    sizes |= {str(n): m for k, n in model.bounds.items() if str(n) not in sizes for m in [_bound(inputs[k])]}
    tensors = dict(inputs)
    scope = {k: torch.tensor(float(n), dtype=torch.float64, device=device) for k, n in sizes.items()}
    for equation in model.equations:
        value = _value(equation.expression, scope | tensors, stand_ins)
        tensor = torch.as_tensor(value, dtype=torch.float64, device=device)
        tensors[equation.name] = tensor.requires_grad_() if apart and not tensor.requires_grad else tensor
    return tensors


def _bound(index: Any) -> int:
    """A bound that no shape tells: the largest index, and one."""
    return int(index.max()) + 1


def _value(tree: ast.expr, names: Mapping[str, Any], stand_ins: Mapping[str, str]) -> Any:
    """The value of one expression; operators mean what they mean in torch."""
    value = partial(_value, names=names, stand_ins=stand_ins)
    match tree:
        case ast.Constant():
            return float(tree.value) if isinstance(tree.value, Fraction) else tree.value
        case ast.Name():
            return names[tree.id]
        case ast.BinOp():
            return _BINARY[type(tree.op)](value(tree.left), value(tree.right))
        case ast.Compare():
            return _numbers(_COMPARED[type(tree.ops[0])](value(tree.left), value(tree.comparators[0])))
        case ast.UnaryOp(op=ast.Invert()):
            return 1 - value(tree.operand)
        case ast.UnaryOp():
            return -value(tree.operand) if isinstance(tree.op, ast.USub) else value(tree.operand)
        case ast.Attribute():
            return _transposed(value(tree.value)) if tree.attr == "T" else getattr(value(tree.value), tree.attr)
        case ast.Subscript():
            return value(tree.value)[twins.subscript(value(tree.slice))]
        case ast.Slice():
            return slice(*(None if x is None else int(value(x)) for x in (tree.lower, tree.upper, tree.step)))
        case ast.Tuple() | ast.List():
            return (tuple if isinstance(tree, ast.Tuple) else list)(map(value, tree.elts))
        case ast.Call(func=ast.Name(id=name)):
            options = {k.arg: value(k.value) for k in tree.keywords if k.arg}
            return _called(name, [value(a) for a in tree.args], options, stand_ins)
        case ast.Call():  # a torch function, in a twin
            options = {k.arg: value(k.value) for k in tree.keywords if k.arg}
            plain = [value(a) for a in tree.args if not isinstance(a, ast.Starred)]
            return value(tree.func)(
                *plain, *(x for a in tree.args if isinstance(a, ast.Starred) for x in value(a.value)), **options
            )
    raise InvalidInput(f"'{ast.unparse(tree)}' has no twin in torch")


_BINARY: dict[type, Callable[[Any, Any], Any]] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.Div: lambda a, b: a / b,
    ast.Pow: lambda a, b: a**b,
    ast.MatMult: lambda a, b: a @ b,
    ast.BitAnd: lambda a, b: _numbers((a != 0) & (b != 0)),
    ast.BitOr: lambda a, b: _numbers((a != 0) | (b != 0)),
    ast.BitXor: lambda a, b: _numbers((a != 0) ^ (b != 0)),
}
_COMPARED: dict[type, Callable[[Any, Any], Any]] = {
    ast.Gt: lambda a, b: a > b,
    ast.GtE: lambda a, b: a >= b,
    ast.Lt: lambda a, b: a < b,
    ast.LtE: lambda a, b: a <= b,
    ast.Eq: lambda a, b: a == b,
    ast.NotEq: lambda a, b: a != b,
}


def _numbers(truths: Any) -> Any:
    """1 for true, 0 for false."""
    import torch

    return torch.as_tensor(truths).to(torch.float64)


def _transposed(x: Any) -> Any:
    return x if x.ndim < 2 else x.mT  # torch warns at the .T of a vector


def _called(name: str, arguments: list[Any], options: Mapping[str, Any], stand_ins: Mapping[str, str]) -> Any:
    """A word of the language by its torch twin, with the arguments bound to the twin's names."""
    import torch

    tensors = [torch.as_tensor(a, dtype=torch.float64) if isinstance(a, int | float) else a for a in arguments]
    if name in stand_ins:
        twin, bound = FUNCTIONS[stand_ins[name]].torch, {"x": tensors[0]}
    else:
        word = WORDS[name]
        defaults = {k: float(v) if isinstance(v, Fraction) else v for k, v in word.options.items()}
        twin, bound = word.torch, defaults | options | word.binds(_as_options(word, tensors, arguments))
    return _value(ast.parse(twin, mode="eval").body, {"torch": torch, "twins": twins, **bound}, stand_ins)


def _as_options(word: Any, tensors: list[Any], arguments: list[Any]) -> list[Any]:
    """Numbers that stand where an option does stay numbers: an axis is no tensor."""
    required = len(word.arguments) if not any(a.startswith("*") for a in word.arguments) else len(arguments)
    return [*tensors[:required], *arguments[required:]]


# ---------------------------------------------------------------------- the verdict
def _worst_gradient(run: Run) -> float:
    return max(*run.errors.values(), *run.value_errors.values())


def _product(run: Run) -> float:
    return run.product_error


def _verdict(name: str, runs: Sequence[Run], error_of: Callable[[Run], float], device: str) -> Check:
    worst = max(runs, key=error_of)
    return verdict(
        name,
        error_of(worst),
        device,
        [run.seed for run in runs],
        [run.sizes for run in runs],
        worst={
            "name": max(worst.errors, key=lambda k: worst.errors[k]),
            "seed": worst.seed,
            "functions": dict(worst.stand_ins),
        },
        runs=len(runs),
        functions=[dict(run.stand_ins) for run in runs if run.seed == runs[0].seed],
        shapes={str(run.seed): dict(run.shapes) for run in runs},
        samplers=sorted({run.sampler for run in runs}),
    )


def verdict(
    name: str,
    error: float,
    device: str,
    seeds: Sequence[int],
    sizes: Sequence[str],
    tolerance: float = TOLERANCE,
    **facts: Any,
) -> Check:
    """The check that the error is within the tolerance, and how it was looked at; sizes and seeds once each."""
    import torch

    evidence = {
        "max_relative_error": error,
        "tolerance": tolerance,
        "relative_to": "the largest entry",
        "sizes": [text for text in dict.fromkeys(sizes) if text] or "those of the model",
        "seeds": sorted(set(seeds)),
        **facts,
        "dtype": "float64",
        "device": device,
        "torch": torch.__version__,
    }
    return Check(name, "numeric", error <= tolerance, evidence)


def sizes_text(model: Model, values: Mapping[str, Any]) -> str:
    """What the letters stood for: "n = 5, m = 3"."""
    found: dict[str, int] = {}
    for name, shape in model.declared.items():
        found |= {str(n): m for n, m in zip(shape, np.shape(values[name]), strict=True) if not n.is_Integer}
    return ", ".join(f"{letter} = {n}" for letter, n in found.items())
