"""Arrays of SymPy scalars: what words of the language mean entry by entry, and what a rule for tensors says.

WORDS    functions of the language that `entrywise` has no formula for       TENSORS   operators that rules are made of
An index is an array of integers; a largest entry is a Max, whose slope SymPy knows.
"""

from collections.abc import Callable, Mapping
from functools import reduce
from itertools import product
from typing import Any

import numpy as np
import sympy as sp

from symnet.errors import NotSupported

Entries = np.ndarray[Any, Any]


def array(entries: Any, shape: tuple[int, ...]) -> Entries:
    """Entries in row-major order as an array of objects."""
    return np.array([*entries, None], dtype=object)[:-1].reshape(shape)  # None keeps NumPy from looking inside


def each(function: Callable[[Any], Any], x: Entries) -> Entries:
    """``function`` of every entry."""
    return array([function(entry) for entry in np.asarray(x, dtype=object).flat], np.shape(x))


def _integers(x: Any) -> Any:
    """Sizes and indices as Python's integers."""
    if isinstance(x, tuple | list):
        return tuple(_integers(v) for v in x)
    return int(x) if np.ndim(x) == 0 else np.vectorize(int, otypes=[int])(x)


def _largest(x: Entries, axis: int) -> Entries:
    moved = np.moveaxis(x, axis, -1)
    return array([sp.Max(*moved[i]) for i in np.ndindex(moved.shape[:-1])], moved.shape[:-1])


def _max(x: Entries, axis: Any = None, keepdims: bool = False) -> Entries:
    y = _largest(x.reshape(-1), 0) if axis is None else _largest(x, int(axis))
    return np.expand_dims(y, int(axis)) if keepdims else y


def _is_max(x: Entries, axis: int) -> Entries:
    """Heaviside(x_i − max of the others)."""
    moved = np.moveaxis(x, axis, -1)
    value = np.empty(moved.shape, dtype=object)
    for i in np.ndindex(moved.shape):
        others = [moved[(*i[:-1], k)] for k in range(moved.shape[-1]) if k != i[-1]]
        value[i] = sp.Heaviside(moved[i] - sp.Max(*others))
    return np.moveaxis(value, -1, axis)


def _exact(eps: Any) -> Any:
    """A float as its shortest decimal, a power of two as it is."""
    return sp.Rational(repr(eps)) if isinstance(eps, float) and eps != 2.0**-52 else sp.Rational(eps)


def _moments(x: Entries, axes: tuple[int, ...], eps: Any, centred: bool = True) -> tuple[Entries, Entries]:
    count = sp.Integer(int(np.prod([x.shape[a] for a in axes])))
    x = x - np.sum(x, axis=axes, keepdims=True) / count if centred else x
    return x, each(lambda v: sp.sqrt(v / count + _exact(eps)), np.sum(x * x, axis=axes, keepdims=True))


def _std(x: Entries, axis: Any, keepdims: bool) -> Entries:
    axes = tuple(range(x.ndim)) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    s = _moments(x, axes, 0)[1]
    return s if keepdims else np.squeeze(s, axis=axes)


def _standardized(x: Entries, axes: tuple[int, ...], eps: Any, centred: bool = True) -> Entries:
    top, s = _moments(x, axes, eps, centred)
    return top / s


def _affine(y: Entries, g: Any, b: Any) -> Entries:
    y = y if g is None else y * g
    return y if b is None else y + b


def _windows(x: Entries, kernel: Any, stride: Any, padding: Any, dilation: Any, fill: Any = 0) -> Entries:
    """Each window, entry by entry."""
    axes = len(kernel)
    inner = x.shape[-axes:]
    spans = [
        (n + 2 * p - d * (k - 1) - 1) // s + 1
        for n, k, s, p, d in zip(inner, kernel, stride, padding, dilation, strict=True)
    ]
    value = np.empty((*x.shape[:-axes], *spans, *kernel), dtype=object)
    for place in product(*map(range, (*spans, *kernel))):
        at = [
            s * o + d * t - p
            for o, t, s, d, p in zip(place[:axes], place[axes:], stride, dilation, padding, strict=True)
        ]
        inside = all(0 <= i < n for i, n in zip(at, inner, strict=True))
        value[(..., *place)] = x[(..., *at)] if inside else fill
    return value


def _folded(G: Entries, shape: Any, kernel: Any, stride: Any, padding: Any, dilation: Any) -> Entries:
    """Each entry of a window, added where it came from."""
    axes = len(kernel)
    value = array([sp.Integer(0)] * int(np.prod(shape)), shape)
    for place in product(*map(range, G.shape[-2 * axes :])):
        at = [
            s * o + d * t - p
            for o, t, s, d, p in zip(place[:axes], place[axes:], stride, dilation, padding, strict=True)
        ]
        if all(0 <= i < n for i, n in zip(at, shape[-axes:], strict=True)):
            value[(..., *at)] = value[(..., *at)] + G[(..., *place)]
    return value


def _conv2d(x: Entries, w: Entries, stride: Any = 1, padding: Any = 0) -> Entries:
    steps, around = (v if isinstance(v, tuple) else (v, v) for v in (stride, padding))
    return np.einsum("bcpqkl,dckl->bdpq", _windows(x, w.shape[2:], steps, around, (1, 1), sp.Integer(0)), w)


def _placed(G: Entries, key: Any, shape: Any) -> Entries:
    value = array([sp.Integer(0)] * int(np.prod(shape)), shape)
    value[_key(key)] = G
    return value


def _key(key: Any) -> Any:
    return tuple(int(k[0]) if len(k) == 1 else slice(*map(int, k)) for k in key)


def _between(x: Entries, low: Any, high: Any) -> Entries:
    """The larger of x and the lower bound; of that and the upper bound, the smaller."""
    low, high = (np.broadcast_to(np.asarray(bound, dtype=object), x.shape) for bound in (low, high))
    entries = zip(x.flat, low.flat, high.flat, strict=True)
    return array([sp.Min(sp.Max(v, least), most) for v, least, most in entries], x.shape)


def holds(sign: str, a: Entries, b: Entries) -> Entries:
    """A step where they cross; where they are the same is a convention."""
    step = {">": a - b, ">=": a - b, "<": b - a, "<=": b - a}.get(sign)
    return each(
        lambda v: sp.Integer(sign == "!=") if step is None else sp.Heaviside(v), a - b if step is None else step
    )


def _scattered(G: Entries, i: Any, rows: int) -> Entries:
    value = array([sp.Integer(0)] * (rows * G.shape[-1]), (rows, G.shape[-1]))
    for k in np.ndindex(np.shape(i)):
        value[int(i[k])] = value[int(i[k])] + G[k]
    return value


def _padded(x: Entries, before: int = 0, after: int = 0) -> Entries:
    zeros = [array([sp.Integer(0)] * (int(np.prod(x.shape[:-1])) * n), (*x.shape[:-1], n)) for n in (before, after)]
    return np.concatenate([zeros[0], x, zeros[1]], axis=-1)


def _parts(x: Any) -> Any:
    return x[0] if len(x) == 1 and isinstance(x[0], list) else x


def _flattened(x: Entries, start: int, end: int) -> Entries:
    return x.reshape(*x.shape[:start], -1, *x.shape[end + 1 :])


WORDS: dict[str, Callable[..., Any]] = {
    "leaky_relu": lambda x, slope=0.01: each(lambda v: sp.Max(0, v) - sp.nsimplify(slope) * sp.Max(0, -v), x),
    "prelu": lambda x, slope: each(lambda v: sp.Max(0, v), x) - slope * each(lambda v: sp.Max(0, -v), x),
    "clip": lambda x, low, high: _between(x, low, high),
    "hardtanh": lambda x, low=-1, high=1: _between(x, low, high),
    "xlogy": lambda u, x: u * each(sp.log, x),
    "where": lambda condition, a, b: condition * a + (1 - condition) * b,
    "relu6": lambda x: _between(x, 0, 6),
    "hardsigmoid": lambda x: _between(x + 3, 0, 6) / sp.Integer(6),
    "hardswish": lambda x: x * _between(x + 3, 0, 6) / sp.Integer(6),
    "flatten": lambda x, start=0, end=-1: _flattened(x, int(start), int(end) % x.ndim),
    "unsqueeze": lambda x, axis=0: np.expand_dims(x, int(axis)),
    "maximum": lambda a, b: b + each(lambda x: sp.Max(0, x), a - b),
    "minimum": lambda a, b: a - each(lambda x: sp.Max(0, x), a - b),
    "bce_with_logits": lambda z, t: np.sum(each(lambda x: sp.log(1 + sp.exp(x)), z) - t * z) / sp.Integer(z.size),
    "einsum": lambda spec, *x: np.einsum(spec.replace(" ", ""), *x),
    "reshape": lambda x, shape: x.reshape(_integers(shape)),
    "transpose": lambda x, axes=None: np.transpose(x, axes and _integers(axes)),
    "concat": lambda *x, axis=0: np.concatenate(_parts(x), axis=axis),
    "stack": lambda *x, axis=0: np.stack(_parts(x), axis=axis),
    "pad": _padded,
    "embedding": lambda E, i: E[_integers(i)],
    "scatter_add": lambda G, i, n: _scattered(G, i, int(n[()])),
    "max": _max,
    "layer_norm": lambda x, g=None, b=None, eps=1e-5: _affine(_standardized(x, (x.ndim - 1,), eps), g, b),
    "rms_norm": lambda x, g=None, eps=2.0**-52: _affine(_standardized(x, (x.ndim - 1,), eps, False), g, None),
    "conv2d": _conv2d,
    "std": lambda x, axis=None, keepdims=False: _std(x, axis, keepdims),
    "overlap_add": lambda x, stride=1: _folded(
        x, (stride * (x.shape[0] - 1) + x.shape[1],), (x.shape[1],), (stride,), (0,), (1,)
    ),
    "mse_loss": lambda y, t: np.sum((y - t) ** 2) / sp.Integer(y.size),
    "solve": lambda A, b: np.array(sp.Matrix(A).inv(), dtype=object) @ b,
}


# ---------------------------------------------------------------------- rules, from their nodes
def _vectors(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda y, *args: function(*args)


TENSORS: dict[str, Callable[..., Any]] = {
    "add": lambda y, *args: reduce(np.add, args),
    "multiply": lambda y, *args: reduce(np.multiply, args),
    "scale": lambda y, s, X: s * X,
    "power": lambda y, a: a ** y["exponent"],
    "elementwise": lambda y, x: each({"log": sp.log, "exp": sp.exp}[y["function"]], x),
    "matmul": lambda y, A, B: A @ B,
    "outer": lambda y, a, b: np.outer(a, b),
    "inner": lambda y, a, b: np.sum(a * b),
    "transpose": lambda y, A: A.T,
    "sum": lambda y, X: np.sum(X, axis=y["axis"], keepdims=y["keepdims"]),
    "broadcast": lambda y, a: np.broadcast_to(a, _integers(y.shape)),
    "permute": lambda y, x: np.transpose(x, _integers(y["axes"])),
    "reshape": lambda y, x: np.reshape(x, _integers(y.shape)),
    "cut": lambda y, x: x[_key(y["key"])],
    "place": lambda y, G: _placed(G, y["key"], _integers(y.shape)),
    "concat": lambda y, *parts: np.concatenate(parts, axis=y["axis"]),
    "einsum": lambda y, *args: np.einsum(y["spec"], *args),
    "gather": lambda y, E, i: E[_integers(i)],
    "scatter": lambda y, G, i: _scattered(G, i, int(y.shape[0])),
    "is_max": lambda y, x: _is_max(x, y["axis"]),
    "max": lambda y, x: _largest(x, y["axis"]),
    "clip": lambda y, x, low, high: _between(x, low, high),
    "pow": lambda y, a, b: a**b,
    "xlogy": lambda y, u, x: u * each(sp.log, x),
    "where": lambda y, condition, a, b: condition * a + (1 - condition) * b,
    "indicator": lambda y, a, b: holds(y["sign"], a, b),
    "standardize": lambda y, x: _standardized(x, y["axes"], y["eps"], y["centred"]),
    "deviation": lambda y, x: _moments(x, y["axes"], y["eps"], y["centred"])[1].reshape(_integers(y.shape)),
    "windows": lambda y, x: _windows(x, **{k: _integers(v) for k, v in y.attrs if k != "fill"}, fill=y["fill"]),
    "fold": lambda y, G: _folded(G, *(_integers(y[k]) for k in ("shape", "kernel", "stride", "padding", "dilation"))),
    "solve": lambda y, A, b: np.array(sp.Matrix(A).inv(), dtype=object) @ b,
    "ones": lambda y: array([sp.Integer(1)] * int(np.prod(_integers(y.shape))), _integers(y.shape)),
    "zeros": lambda y: array([sp.Integer(0)] * int(np.prod(_integers(y.shape))), _integers(y.shape)),
    "identity": lambda y: np.eye(int(y.shape[0]), dtype=int) * sp.Integer(1),
    "number": lambda y: array([y["value"]], ()),
}


def of_node(node: Any, known: Mapping[str, Entries], sizes: Mapping[Any, Any]) -> Entries:
    """A rule entry by entry; ``known`` holds names, and ``\\bar{name}`` for adjoints."""
    shape = tuple(int(n.xreplace(sizes)) for n in node.shape)
    if node.op == "quantity":
        name = node["name"] if node["role"] == "" else rf"\bar{{{node['name']}}}"
        return known[name].reshape(shape)
    if node.op not in TENSORS:
        raise NotSupported(f"no scalar definition of the operator '{node.op}' in checks/scalars.py")
    attrs = tuple((key, _sized(value, sizes)) for key, value in node.attrs)
    small = type(node)(node.op, node.args, attrs, tuple(sp.Integer(n) for n in shape))
    arguments = [of_node(a, known, sizes) for a in node.args]
    return np.asarray(TENSORS[node.op](small, *arguments), dtype=object)


def _sized(value: Any, sizes: Mapping[Any, Any]) -> Any:
    if isinstance(value, tuple):
        return tuple(_sized(v, sizes) for v in value)
    return value.xreplace(sizes) if isinstance(value, sp.Expr) else value
