"""Where entries stand: shapes, axes, parts, joins, repetition; and what is chosen or put by constant places."""

from collections.abc import Sequence
from typing import Any

import torch

from symnet.readers.torch.aten.call import Call, Entry, Known, filled, listed, number, shaped
from symnet.readers.torch.effects import name_of


def _permuted(c: Call, axes: Sequence[int]) -> str:
    rank = len(c.shape(0))
    axes = [a % rank for a in axes]
    return f"transpose({c[0]}, {shaped(axes)})" if axes != list(range(rank)) else str(c[0])


def _transpose(c: Call) -> str:
    axes = list(range(len(c.shape(0))))
    i, j = c[1], c[2]
    axes[i], axes[j] = axes[j], axes[i]
    return _permuted(c, axes)


def _reshaped(c: Call) -> str:
    """Into the shape that torch found for it, however the call says it."""
    c.of_no_effect(*c.bound)
    return f"reshape({c[0]}, {shaped(c.result)})" if c.result != c.shape(0) else str(c[0])


def _ranged(c: Call, axis: int, start: int, stop: int, step: int = 1) -> str:
    rank = len(c.shape(0))
    if (start, stop, step) == (0, c.shape(0)[axis], 1):
        return str(c[0])
    return f"{c[0]}[{', '.join([':'] * (axis % rank) + [f'{start}:{stop}' + f':{step}' * (step != 1)])}]"


def _subscript(c: Call, axis: int, entry: str) -> str:
    rank = len(c.shape(0))
    return f"{c[0]}[{', '.join([':'] * (axis % rank) + [entry])}]"


def _ends(c: Call) -> tuple[int, int, int, int]:
    """Axis, start, stop, step, counted from the left and within the axis."""
    axis, start, stop, step = c["dim"], c["start"] or 0, c["end"], c["step"]
    n = c.shape(0)[axis]
    start, stop = (max(v + n, 0) if v < 0 else min(v, n) for v in (start, n if stop is None else stop))
    return axis % len(c.shape(0)), start, stop, step


def _narrow(c: Call) -> str:
    start = c["start"] % c.shape(0)[c["dim"]]
    return _ranged(c, c["dim"], start, start + c["length"])


def _split(c: Call) -> tuple[str, ...]:
    axis, n = c["dim"], c.shape(0)[c["dim"]]
    sizes = c[1]
    lengths = sizes if isinstance(sizes, list) else [sizes] * (n // sizes) + [n % sizes] * (n % sizes > 0)
    ends = [sum(lengths[: i + 1]) for i in range(len(lengths))]
    return tuple(_subscript(c, axis, f"{e - n_}:{e}") for e, n_ in zip(ends, lengths, strict=True))


def _chunk(c: Call) -> tuple[str, ...]:
    axis, n = c["dim"], c.shape(0)[c["dim"]]
    each = -(-n // c["chunks"])
    return tuple(_subscript(c, axis, f"{s}:{min(s + each, n)}") for s in range(0, n, each))


def _unbound(c: Call) -> tuple[str, ...]:
    axis = c["dim"]
    return tuple(_subscript(c, axis, str(i)) for i in range(c.shape(0)[axis]))


def _joined(name: str) -> Entry:
    return lambda c: f"{name}({', '.join(c[0])}, axis={c['dim']})"


def _expanded(c: Call) -> str:
    c.of_no_effect(*c.bound)
    return str(c[0]) if c.result == c.shape(0) else f"{c[0]} + zeros({listed(c.result)})"


def _repeat(c: Call) -> str:
    """Only axes of one entry are repeated; of others the copies would stand one after the other."""
    times = c["repeats"]
    before = (1,) * (len(times) - len(c.shape(0))) + c.shape(0)
    if any(n > 1 and k > 1 for n, k in zip(before, times, strict=True)):
        raise TypeError
    return _expanded(c)


def _regrouped(c: Call, apart: Sequence[int], axes: Sequence[int]) -> str:
    return f"reshape(transpose(reshape({c[0]}, {shaped(apart)}), {shaped(axes)}), {shaped(c.result)})"


def _pixel_shuffle(c: Call) -> str:
    *leading, channels, h, w = c.shape(0)
    r, k = c["upscale_factor"], len(leading)
    return _regrouped(c, (*leading, channels // r**2, r, r, h, w), (*range(k + 1), k + 3, k + 1, k + 4, k + 2))


def _channel_shuffle(c: Call) -> str:
    b, channels, *places = c.shape(0)
    return _regrouped(c, (b, c["groups"], channels // c["groups"], *places), (0, 2, 1, *range(3, 3 + len(places))))


def _pad(c: Call) -> str:
    """Zeros, or another constant, before and after each of the last axes."""
    ends = c["pad"]
    if c.get("mode", "constant") != "constant" or min(ends) < 0:
        raise TypeError
    y, shape, value = c[0], list(c.shape(0)), c["value"] or 0
    for axis, before, after in zip(range(len(shape) - 1, -1, -1), ends[::2], ends[1::2], strict=False):
        parts = [f"zeros({listed([*shape[:axis], n, *shape[axis + 1 :]])}) + {number(value)}" if n else ""
                 for n in (before, after)]  # fmt: skip
        y = f"concat({', '.join(filter(None, (parts[0], y, parts[1])))}, axis={axis})" if any(parts) else y
        shape[axis] += before + after
    return str(y)


def _upsampled(c: Call) -> str:
    """Each entry repeated; only by whole factors, which torch found from what the call says."""
    (b, channels, *places), (_, _, *wider) = c.shape(0), c.result
    factors = c.get("scale_factors") or [c.get(f"scales_{a}") for a in "dhw"] + [c.get("scales")]
    c.of_no_effect("output_size")
    if any(f is not None and f != int(f) for f in factors) or any(n % m for n, m in zip(wider, places, strict=True)):
        raise TypeError
    apart = [n for m in places for n in (m, 1)]
    repeated = [n for m, w in zip(places, wider, strict=True) for n in (m, w // m)]
    each = listed((b, channels, *repeated))
    return f"reshape(reshape({c[0]}, {shaped((b, channels, *apart))}) + zeros({each}), {shaped(c.result)})"


def _alike(value: int) -> Entry:
    """One value in every entry, of a shape that some quantity has."""

    def written(c: Call) -> str:
        c.of_no_effect("self", "size")
        return filled(c.get("fill_value", value), c.result)

    return written


# ---------------------------------------------------------------------- put and chosen
def _put(c: Call, axis: int, start: int, stop: int, new: str) -> str:
    """x with ``new`` where x[start:stop] stands."""
    n = c.shape(0)[axis]
    parts = [_ranged(c, axis, 0, start) if start else "", new, _ranged(c, axis, stop, n) if stop < n else ""]
    kept = [part for part in parts if part]
    c.of_no_effect("self")  # all of it may be replaced
    return f"concat({', '.join(kept)}, axis={axis})" if len(kept) > 1 else new


def _select_put(c: Call) -> str:
    axis, place = c["dim"] % len(c.shape(0)), c["index"] % c.shape(0)[c["dim"]]
    shape = [1 if k == axis else n for k, n in enumerate(c.shape(0))]
    return _put(c, axis, place, place + 1, f"reshape({c['src']}, {shaped(shape)})")


def _slice_put(c: Call) -> str:
    axis, start, stop, step = _ends(c)
    if step == 1:
        return _put(c, axis, start, stop, str(c["src"]))
    return _placed(c, axis, list(range(start, stop, step)), c["src"])


def _placed(c: Call, axis: int, places: Sequence[int], new: str) -> str:
    """x with ``new`` at some places of an axis: what stays, and a matrix of 0 and 1 that puts the rest."""
    n, rank = c.shape(0)[axis], len(c.shape(0))
    put = torch.eye(n, dtype=torch.float64)[:, list(places)]
    kept = (1 - put.sum(1)).reshape([n if k == axis else 1 for k in range(rank)])
    before, after = (["abcdefgh"[k] if k != axis else at for k in range(rank)] for at in "zy")
    spec = f"yz,{''.join(before)}->{''.join(after)}"
    return f"{c[0]} * {c.constant(kept)} + einsum('{spec}', {c.constant(put)}, {new})"


def _masked(c: Call, x: str, mask: Any, value: Any) -> str:
    """x, and ``value`` where the mask is true. Before a softmax, −∞ is added; elsewhere it would pass a gradient on."""
    kept, hides = ~mask.bool(), isinstance(value, float | int) and not abs(value) < float("inf")
    if hides and value < 0 and _only_compared(c.node):
        return f"{x} + {c.constant(torch.zeros(kept.shape).masked_fill(~kept, value))}"
    x = f"{x} * {c.constant(kept)}"
    if hides:
        return f"{x} + {c.constant(torch.zeros(kept.shape).masked_fill(~kept, value))}"
    return x if value == 0 else f"{x} + {number(value)} * (1 - {c.constant(kept)})"


def _value(x: Any) -> Any:
    """A text, or the number that a tensor without axes holds."""
    if isinstance(x, Known):
        return x.tensor.item() if x.tensor.numel() == 1 else None
    return x


SOFTMAXES = ("softmax", "_softmax", "log_softmax", "_log_softmax", "logsumexp")


def _only_compared(node: Any) -> bool:
    """It goes into nothing but a softmax, whose gradient where −∞ stands is 0."""
    names = [name_of(user) for user in node.users]
    return bool(names) and all(name in SOFTMAXES for name in names)


def _masked_fill(c: Call) -> str:
    if isinstance(c.raw("mask"), str):
        return f"where({c['mask']}, {number(c['value'])}, {c[0]})"
    return _masked(c, c[0], c.tensor("mask"), _value(c.raw("value")))


def _where(c: Call) -> str:
    """By a condition of quantities; or by one that no quantity enters."""
    if isinstance(c.raw("condition"), str):
        return f"where({c['condition']}, {number(c['self'])}, {number(c['other'])})"
    mask = c.tensor("condition").bool()
    for x, value, hidden in (("self", "other", ~mask), ("other", "self", mask)):
        if _value(c.raw(value)) in (0, float("inf"), -float("inf")):
            return _masked(c, c[x], hidden, _value(c.raw(value)))
    kept = c.constant(mask)
    return f"{kept} * {number(c['self'])} + (1 - {kept}) * {number(c['other'])}"


def _triangle(upper: bool) -> Entry:
    def written(c: Call) -> str:
        ones = torch.ones(c.shape(0)[-2:], dtype=torch.float64)
        kept = ones.triu(c["diagonal"]) if upper else ones.tril(c["diagonal"])
        return f"{c[0]} * {c.constant(kept)}"

    return written


def _index_put(c: Call) -> str:
    """At constant places: one number, or the entries of one axis."""
    places: list[Any] = [None if i is None else _tensor(i) for i in c.raw("indices")]
    value, shape = c.raw("values"), c.shape(0)
    if c["accumulate"]:
        raise TypeError
    if _value(value) is not None and not isinstance(value, str):
        mask = torch.ops.aten.index_put(torch.zeros(shape, dtype=torch.bool), places, torch.tensor(True))
        return _masked(c, c[0], mask, _value(value))
    at = [k for k, i in enumerate(places) if i is not None]
    index = places[at[0]]
    if len(at) != 1 or index.ndim != 1 or index.dtype == torch.bool:
        raise TypeError
    rows = [i % shape[at[0]] for i in index.tolist()]
    if len(set(rows)) < len(rows) or c.shape("values") != _replaced(shape, at[0], len(rows)):
        raise TypeError  # which of two values wins, torch does not say
    return _placed(c, at[0], rows, c["values"])


def _replaced(shape: tuple[int, ...], axis: int, n: int) -> tuple[int, ...]:
    return (*shape[:axis], n, *shape[axis + 1 :])


def _tensor(i: Any) -> Any:
    if not isinstance(i, Known):
        raise TypeError
    return i.tensor


def _chosen(c: Call) -> str:
    """Entries of one axis at constant places, each by its number."""
    places = c.raw("indices") if "indices" in c.bound else [None] * (c["dim"] % len(c.shape(0))) + [c.raw("index")]
    at = [k for k, i in enumerate(places) if i is not None]
    index = _tensor(places[at[0]])
    if len(at) != 1 or index.ndim != 1 or index.dtype.is_floating_point or not index.numel():
        raise TypeError
    rows = index.nonzero()[:, 0].tolist() if index.dtype == torch.bool else index.tolist()
    rows = [i % c.shape(0)[at[0]] for i in rows]
    if rows == list(range(rows[0], rows[0] + len(rows))):
        return _ranged(c, at[0], rows[0], rows[0] + len(rows))
    return f"concat({', '.join(_ranged(c, at[0], i, i + 1) for i in rows)}, axis={at[0]})"


def _moved(c: Call) -> list[int]:
    rank = len(c.shape(0))
    source, target = ([a % rank for a in (v if isinstance(v, list) else [v])] for v in (c[1], c[2]))
    rest = iter(a for a in range(rank) if a not in source)
    return [source[target.index(k)] if k in target else next(rest) for k in range(rank)]


ENTRIES: dict[str, Entry] = {
    **dict.fromkeys(
        ("view", "reshape", "unflatten", "flatten", "unsqueeze", "squeeze", "_unsafe_view", "view_as", "reshape_as"),
        _reshaped,
    ),
    **dict.fromkeys(("transpose", "swapaxes", "swapdims"), _transpose),
    "permute": lambda c: _permuted(c, c["dims"]),
    "movedim": lambda c: _permuted(c, _moved(c)),
    "t": lambda c: f"{c[0]}.T",
    "numpy_T": lambda c: f"{c[0]}.T",
    "mT": lambda c: f"{c[0]}.mT",
    "select": lambda c: _subscript(c, c["dim"], str(c["index"] % c.shape(0)[c["dim"]])),
    "slice": lambda c: _ranged(c, *_ends(c)),
    "narrow": _narrow,
    "split": _split,
    "split_with_sizes": _split,
    "chunk": _chunk,
    "unbind": _unbound,
    "cat": _joined("concat"),
    "stack": _joined("stack"),
    **dict.fromkeys(("expand", "expand_as"), _expanded),
    "repeat": _repeat,
    "pixel_shuffle": _pixel_shuffle,
    "channel_shuffle": _channel_shuffle,
    **dict.fromkeys(("pad", "constant_pad_nd"), _pad),
    **dict.fromkeys(("upsample_nearest1d", "upsample_nearest2d"), _upsampled),
    **dict.fromkeys(("new_zeros", "zeros_like"), _alike(0)),
    **dict.fromkeys(("new_ones", "ones_like"), _alike(1)),
    **dict.fromkeys(("new_full", "full_like"), _alike(0)),
    "broadcast_tensors": lambda c: tuple(c[0]),
    "select_scatter": _select_put,
    "slice_scatter": _slice_put,
    "masked_fill": _masked_fill,
    "where": _where,
    "tril": _triangle(upper=False),
    "triu": _triangle(upper=True),
    "index_put": _index_put,
    **dict.fromkeys(("index", "index_select"), _chosen),
}
