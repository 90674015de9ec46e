"""Where entries stand: shapes, axes, parts, joins, repetition."""

from collections.abc import Sequence

from symnet.readers.aten.call import Call, Entry, shaped


def _permuted(c: Call, axes: Sequence[int]) -> str:
    rank = len(c.shape(0))
    axes = [a % rank for a in axes]
    return f"transpose({c[0]}, {shaped(axes)})" if axes != list(range(rank)) else c[0]


def _transpose(c: Call) -> str:
    axes = list(range(len(c.shape(0))))
    i, j = c[1], c[2]
    axes[i], axes[j] = axes[j], axes[i]
    return _permuted(c, axes)


def _reshaped(c: Call) -> str:
    return f"reshape({c[0]}, {shaped(c.result)})" if c.result != c.shape(0) else c[0]


def _subscript(c: Call, axis: int, entry: str) -> str:
    rank = len(c.shape(0))
    return f"{c[0]}[{', '.join([':'] * (axis % rank) + [entry])}]"


def _slice(c: Call) -> str:
    axis, start, stop, step = c.get(1, "dim", 0), c.get(2, "start") or 0, c.get(3, "end"), c.get(4, "step", 1)
    n = c.shape(0)[axis]
    start, stop = (v + n if v < 0 else min(v, n) for v in (start, n if stop is None else stop))
    return c[0] if (start, stop, step) == (0, n, 1) else _subscript(c, axis, f"{start}:{stop}:{step}")


def _split(c: Call) -> tuple[str, ...]:
    axis, n = c.get(2, "dim", 0), c.shape(0)[c.get(2, "dim", 0)]
    lengths = c[1] if isinstance(c[1], list) else [c[1]] * (n // c[1]) + [n % c[1]] * (n % c[1] > 0)
    ends = [sum(lengths[: i + 1]) for i in range(len(lengths))]
    return tuple(_subscript(c, axis, f"{e - n_}:{e}") for e, n_ in zip(ends, lengths, strict=True))


def _chunk(c: Call) -> tuple[str, ...]:
    axis, n = c.get(2, "dim", 0), c.shape(0)[c.get(2, "dim", 0)]
    each = -(-n // c[1])
    return tuple(_subscript(c, axis, f"{s}:{min(s + each, n)}") for s in range(0, n, each))


def _unbound(c: Call) -> tuple[str, ...]:
    axis = c.get(1, "dim", 0)
    return tuple(_subscript(c, axis, str(i)) for i in range(c.shape(0)[axis]))


def _joined(name: str) -> Entry:
    return lambda c: f"{name}({', '.join(c[0])}, axis={c.get(1, 'dim', 0)})"


def _expand(c: Call) -> str:
    return c[0] if c.result == c.shape(0) else f"{c[0]} + zeros({', '.join(map(str, c.result))})"


def _repeat(c: Call) -> str:
    """Only axes of one entry are repeated; of others the copies would stand one after the other."""
    before = (1,) * (len(c[1]) - len(c.shape(0))) + c.shape(0)
    if any(n > 1 and times > 1 for n, times in zip(before, c[1], strict=True)):
        raise TypeError
    return _expand(c)


def _regrouped(c: Call, apart: Sequence[int], axes: Sequence[int]) -> str:
    return f"reshape(transpose(reshape({c[0]}, {shaped(apart)}), {shaped(axes)}), {shaped(c.result)})"


def _pixel_shuffle(c: Call) -> str:
    *leading, channels, h, w = c.shape(0)
    r, k = c[1], len(leading)
    return _regrouped(c, (*leading, channels // r**2, r, r, h, w), (*range(k + 1), k + 3, k + 1, k + 4, k + 2))


def _channel_shuffle(c: Call) -> str:
    b, channels, *places = c.shape(0)
    return _regrouped(c, (b, c[1], channels // c[1], *places), (0, 2, 1, *range(3, 3 + len(places))))


def _pad(c: Call) -> str:
    """Zeros, or another constant, before and after each of the last axes."""
    if c.get(2, "mode", "constant") != "constant" or min(c[1]) < 0:
        raise TypeError
    y, shape, value = c[0], list(c.shape(0)), c.get(3, "value") or 0
    for axis, before, after in zip(range(len(shape) - 1, -1, -1), c[1][::2], c[1][1::2], strict=False):
        parts = [f"zeros({', '.join(map(str, [*shape[:axis], n, *shape[axis + 1 :]]))}) + {value}" if n else ""
                 for n in (before, after)]  # fmt: skip
        y = f"concat({', '.join(filter(None, (parts[0], y, parts[1])))}, axis={axis})" if any(parts) else y
        shape[axis] += before + after
    return y


def _upsampled(c: Call) -> str:
    """Each entry repeated; only by whole factors."""
    (b, channels, *places), (_, _, *wider) = c.shape(0), c.result
    if any(n % m for n, m in zip(wider, places, strict=True)):
        raise TypeError
    apart = [n for m in places for n in (m, 1)]
    repeated = [n for m, w in zip(places, wider, strict=True) for n in (m, w // m)]
    each = ", ".join(map(str, (b, channels, *repeated)))
    return f"reshape(reshape({c[0]}, {shaped((b, channels, *apart))}) + zeros({each}), {shaped(c.result)})"


ENTRIES: dict[str, Entry] = {
    **dict.fromkeys(("view", "reshape", "unflatten", "flatten", "unsqueeze", "squeeze", "_unsafe_view"), _reshaped),
    "transpose": _transpose,
    "permute": lambda c: _permuted(c, c[1]),
    "movedim": lambda c: _permuted(c, _moved(c)),
    "t": lambda c: f"{c[0]}.T",
    "numpy_T": lambda c: f"{c[0]}.T",
    "mT": lambda c: f"{c[0]}.mT",
    "select": lambda c: _subscript(c, c[1], str(c[2] % c.shape(0)[c[1]])),
    "slice": _slice,
    "split": _split,
    "split_with_sizes": _split,
    "chunk": _chunk,
    "unbind": _unbound,
    "cat": _joined("concat"),
    "stack": _joined("stack"),
    "expand": _expand,
    "repeat": _repeat,
    "pixel_shuffle": _pixel_shuffle,
    "channel_shuffle": _channel_shuffle,
    "pad": _pad,
    "constant_pad_nd": lambda c: _pad(Call(c.node, [c[0], c[1], "constant", c.get(2, "value")], {}, c.define)),
    **dict.fromkeys(("upsample_nearest1d", "upsample_nearest2d"), _upsampled),
    **dict.fromkeys(("new_zeros", "zeros_like"), lambda c: f"zeros({', '.join(map(str, c.result))})"),
    **dict.fromkeys(("new_ones", "ones_like"), lambda c: f"ones({', '.join(map(str, c.result))})"),
    "broadcast_tensors": lambda c: tuple(c[0]),
}


def _moved(c: Call) -> list[int]:
    rank = len(c.shape(0))
    source, target = ([a % rank for a in (v if isinstance(v, list) else [v])] for v in (c[1], c[2]))
    rest = iter(a for a in range(rank) if a not in source)
    return [source[target.index(k)] if k in target else next(rest) for k in range(rank)]
