"""Products and sums over axes: linear maps, contractions, reductions, the softmax family."""

from math import prod

from symnet.readers.aten.call import Call, Entry, number, option


def _linear(c: Call) -> str:
    bias = c.get(2, "bias")
    return f"{c[0]} @ {c[1]}.T" + (f" + {bias}" if bias else "")


def _addmm(c: Call) -> str:
    if c.options.get("alpha", 1) != 1 or c.options.get("beta", 1) != 1:
        raise TypeError
    return f"{c[1]} @ {c[2]} + {c[0]}"


def _bilinear(c: Call) -> str:
    leading = "bcdefgh"[: len(c.shape(0)) - 1]
    bias = f" + {c[3]}" if c.get(3, "bias") else ""
    return f"einsum('{leading}i,kij,{leading}j->{leading}k', {c[0]}, {c[2]}, {c[1]}){bias}"


def _reduction(name: str) -> Entry:
    def written(c: Call) -> str:
        axes = c.get(1, "dim")
        keep = ", keepdims=True" if c.get(2, "keepdim", False) else ""
        return f"{name}({c[0]}{'' if axes is None or axes == [] else f', axis={option(axes)}'}{keep})"

    return written


def _variance(c: Call) -> str:
    axes, correction = c.get(1, "dim"), c.options.get("correction", 1)
    n = prod(c.shape(0)[a] for a in (axes if isinstance(axes, list) else range(len(c.shape(0)))))
    keep = ", keepdims=True" if c.options.get("keepdim") else ""
    where = f", axis={option(axes)}" if axes else ""
    return f"var({c[0]}{where}{keep}) * {n} / {n - int(correction)}"


def _norm(c: Call) -> str:
    if (len(c.args) > 1 and c[1] != 2) or c.options:
        raise TypeError
    axes, keep = c.get(2, "dim"), ", keepdims=True" if c.get(3, "keepdim", False) else ""
    return f"norm({c[0]}{'' if axes is None else f', axis={option(axes)}'}{keep})"


def _weight_norm(c: Call) -> str:
    """The weight g v / ‖v‖, with a length for each entry of one axis."""
    rank, kept = len(c.shape(0)), c.get(2, "dim", 0)
    axes = option([a for a in range(rank) if a != kept % rank])
    return f"{c[1]} * {c[0]} / norm({c[0]}, axis={axes}, keepdims=True)"


ENTRIES: dict[str, Entry] = {
    "linear": _linear,
    "addmm": _addmm,
    "bilinear": _bilinear,
    **{n: lambda c: f"{c[0]} @ {c[1]}" for n in ("matmul", "mm", "bmm", "mv", "dot", "vdot")},
    "baddbmm": lambda c: (
        f"{number(c.options.get('beta', 1))} * {c[0]} + {number(c.options.get('alpha', 1))} * ({c[1]} @ {c[2]})"
    ),
    "einsum": lambda c: f"einsum('{c[0]}', {', '.join(c[1])})",
    **{n: lambda c: f"softmax({c[0]}, axis={c[1]})" for n in ("softmax", "_softmax")},
    **{n: lambda c: f"log_softmax({c[0]}, axis={c[1]})" for n in ("log_softmax", "_log_softmax")},
    "logsumexp": _reduction("logsumexp"),
    "sum": _reduction("sum"),
    "mean": _reduction("mean"),
    "amax": _reduction("max"),
    "var": _variance,
    "linalg_vector_norm": _norm,
    "_weight_norm": _weight_norm,
}
