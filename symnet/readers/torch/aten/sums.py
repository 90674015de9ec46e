"""Products and sums over axes: linear maps, contractions, reductions, the softmax family."""

from math import prod

from symnet.readers.torch.aten.call import Call, Entry, number, option


def _linear(c: Call) -> str:
    bias = c["bias"]
    return f"{c[0]} @ {c[1]}.T" + (f" + {bias}" if bias else "")


def _scaled(factor: float, written: str) -> str:
    return written if factor == 1 else f"{number(factor)} * {written}"


def _added(c: Call) -> str:
    """β a + α (b @ c)."""
    return f"{_scaled(c['alpha'], f'({c[1]} @ {c[2]})')} + {_scaled(c['beta'], c[0])}"


def _bilinear(c: Call) -> str:
    leading = "bcdefgh"[: len(c.shape(0)) - 1]
    bias = f" + {c['bias']}" if c["bias"] else ""
    return f"einsum('{leading}i,kij,{leading}j->{leading}k', {c[0]}, {c[2]}, {c[1]}){bias}"


def _along(c: Call, keepdim: bool = True) -> str:
    """The options that say along which axes, and whether they stay."""
    axes, keep = c.get("dim"), keepdim and c.get("keepdim", False)
    return ("" if axes is None or axes == [] else f", axis={option(axes)}") + (", keepdims=True" if keep else "")


def _reduction(name: str) -> Entry:
    return lambda c: f"{name}({c[0]}{_along(c)})"


def _variance(c: Call) -> str:
    """The mean square of the deviation, over n less a correction; ``unbiased`` is a correction of 1 or 0."""
    axes, correction = c.get("dim"), c.get("correction")
    if correction is None:
        correction = int(c.get("unbiased", True))
    over = c.shape(0) if axes is None or axes == [] else [c.shape(0)[a] for a in axes]
    n = prod(over)
    if n <= correction:
        raise TypeError  # torch divides by nothing
    biased = f"var({c[0]}{_along(c)})"
    return f"{biased} * {n} / {number(n - correction)}" if correction else biased


def _deviation(c: Call) -> str:
    return f"sqrt({c.define('v', _variance(c))})"


def _norm(c: Call) -> str:
    """The root of the sum of squares, over any axes."""
    power = c.raw("ord" if "ord" in c.bound else "p")
    if power not in (2, None, "fro"):
        raise TypeError
    return f"norm({c[0]}{_along(c)})"


def _weight_norm(c: Call) -> str:
    """The weight g v / ‖v‖, with a length for each entry of one axis."""
    rank, kept = len(c.shape(0)), c["dim"]
    axes = option([a for a in range(rank) if a != kept % rank])
    return f"{c[1]} * {c[0]} / norm({c[0]}, axis={axes}, keepdims=True)"


def _product(c: Call) -> str:
    return f"{c[0]} @ {c[1]}"


def _contraction(c: Call) -> str:
    if c["path"] is not None:
        c.of_no_effect("path")  # in which order the sums are taken
    return f"einsum('{c['equation']}', {', '.join(c['tensors'])})"


ENTRIES: dict[str, Entry] = {
    "linear": _linear,
    "addmm": _added,
    "bilinear": _bilinear,
    **dict.fromkeys(("matmul", "mm", "bmm", "mv", "dot", "vdot"), _product),
    "baddbmm": _added,
    "outer": lambda c: f"outer({c[0]}, {c[1]})",
    "linalg_inv": lambda c: f"inv({c[0]})",
    "linalg_det": lambda c: f"det({c[0]})",
    "logdet": lambda c: f"logdet({c[0]})",
    "trace": lambda c: f"trace({c[0]})",
    "einsum": _contraction,
    **{n: lambda c: f"softmax({c[0]}, axis={c['dim']})" for n in ("softmax", "_softmax")},
    **{n: lambda c: f"log_softmax({c[0]}, axis={c['dim']})" for n in ("log_softmax", "_log_softmax")},
    "logsumexp": _reduction("logsumexp"),
    "sum": _reduction("sum"),
    "mean": _reduction("mean"),
    "amax": _reduction("max"),
    "var": _variance,
    "std": _deviation,
    "linalg_vector_norm": _norm,
    "norm": _norm,
    "_weight_norm": _weight_norm,
}
