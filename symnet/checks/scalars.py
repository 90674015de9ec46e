"""Arrays of SymPy scalars: what words of the language mean entry by entry, and what a rule for tensors says.

ENTRYWISE   functions of one number       WORDS   functions of the language that `entrywise` has no formula for
TENSORS     operators that rules are made of
An index is an array of integers; a largest entry is a Max, whose slope SymPy knows.
"""

from collections.abc import Callable, Mapping
from functools import cache, reduce
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


def _numbers(option: Any, axes: int) -> tuple[int, ...]:
    """A whole number for each axis."""
    return _integers(option) if isinstance(option, tuple) else (int(option),) * axes


def _conv(x: Entries, w: Entries, stride: Any = 1, padding: Any = 0, dilation: Any = 1, groups: Any = 1) -> Entries:
    """Each group of output channels meets its own group of input channels."""
    axes, groups = w.ndim - 2, int(groups)
    steps, around, apart = (_numbers(option, axes) for option in (stride, padding, dilation))
    cut = _windows(x, w.shape[2:], steps, around, apart, sp.Integer(0))
    out, taken = "pq"[:axes], "kl"[:axes]
    parts = zip(np.split(cut, groups, axis=1), np.split(w, groups, axis=0), strict=True)
    return np.concatenate([np.einsum(f"bc{out}{taken},dc{taken}->bd{out}", *part) for part in parts], axis=1)


def _pool(axes: int, kind: str) -> Callable[..., Entries]:
    """The largest or the mean of each window; what lies outside is never the largest, and counts as 0 in a mean."""

    def pool(x: Entries, kernel: Any, stride: Any = None, padding: Any = 0) -> Entries:
        taps = _numbers(kernel, axes)
        steps, around = taps if stride is None else _numbers(stride, axes), _numbers(padding, axes)
        cut = _windows(x, taps, steps, around, (1,) * axes, -sp.oo if kind == "max" else sp.Integer(0))
        flat = cut.reshape(*cut.shape[:-axes], -1)
        return _largest(flat, -1) if kind == "max" else np.sum(flat, axis=-1) / sp.Integer(flat.shape[-1])

    return pool


def _placed(G: Entries, key: Any, shape: Any) -> Entries:
    value = array([sp.Integer(0)] * int(np.prod(shape)), shape)
    value[_key(key)] = G
    return value


def _key(key: Any) -> Any:
    return tuple(int(k[0]) if len(k) == 1 else slice(*map(int, k)) for k in key)


def _between(x: Entries, low: Any = None, high: Any = None) -> Entries:
    """The larger of x and the lower bound; of that and the upper bound, the smaller."""
    low, high = (sp.oo * sign if bound is None else bound for bound, sign in ((low, -1), (high, 1)))
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


# ---------------------------------------------------------------------- the softmax family, losses, norms of channels
def _softmax(z: Entries, axis: int = -1) -> Entries:
    e = each(sp.exp, z)
    return e / np.sum(e, axis=axis, keepdims=True)


def _log_softmax(z: Entries, axis: int = -1) -> Entries:
    return z - each(sp.log, np.sum(each(sp.exp, z), axis=axis, keepdims=True))


def _nll(log_p: Entries, t: Entries) -> Any:
    """The mean over rows of −Σ t log p; an index says which entry has all the weight."""
    weights = t if t.shape == log_p.shape else _one_hot(t, log_p.shape[-1])
    return -np.sum(weights * log_p) / sp.Integer(log_p.size // log_p.shape[-1])


def _one_hot(i: Entries, n: Any) -> Entries:
    return _identity(int(n))[_integers(i)]


def _attention(Q: Entries, K: Entries, V: Entries, mask: Any = None, is_causal: bool = False) -> Entries:
    scores = Q @ np.swapaxes(K, -1, -2) / sp.sqrt(Q.shape[-1])
    scores = scores + _causal(*scores.shape[-2:]) if is_causal else scores
    return _softmax(scores if mask is None else scores + mask) @ V


def _causal(m: Any, n: Any = None) -> Entries:
    rows, columns = int(m), int(m if n is None else n)
    return array([-sp.oo if k > i else sp.Integer(0) for i in range(rows) for k in range(columns)], (rows, columns))


def _identity(n: int) -> Entries:
    return array([sp.Integer(i == k) for i in range(n) for k in range(n)], (n, n))


def _constant(value: int) -> Callable[..., Entries]:
    """The same number in every entry; sizes one by one, or in a tuple."""
    return lambda *n: array([sp.Integer(value)] * int(np.prod(_sizes(n))), _sizes(n))


def _sizes(n: Any) -> tuple[int, ...]:
    return _integers(n[0] if len(n) == 1 and isinstance(n[0], tuple) else n)


def _per_channel(y: Entries, g: Any, b: Any) -> Entries:
    shape = (-1, *(1,) * (y.ndim - 2))
    return _affine(y, None if g is None else g.reshape(shape), None if b is None else b.reshape(shape))


def _batch_norm(x: Entries, g: Any = None, b: Any = None, eps: Any = 1e-5) -> Entries:
    return _per_channel(_standardized(x, (0, *range(2, x.ndim)), eps), g, b)


def _instance_norm(x: Entries, g: Any = None, b: Any = None, eps: Any = 1e-5) -> Entries:
    return _per_channel(_standardized(x, tuple(range(2, x.ndim)), eps), g, b)


def _group_norm(x: Entries, groups: Any, g: Any = None, b: Any = None, eps: Any = 1e-5) -> Entries:
    apart = x.reshape(x.shape[0], int(groups), -1, *x.shape[2:])
    return _per_channel(_standardized(apart, tuple(range(2, apart.ndim)), eps).reshape(x.shape), g, b)


def _elu(x: Entries, alpha: Any = 1, reach: Any = 1) -> Entries:
    """x above 0, α (exp(x / reach) − 1) elsewhere."""
    return each(lambda v: sp.Max(0, v), x) + alpha * each(lambda v: sp.exp(sp.Min(v / reach, 0)) - 1, x)


def _selu(x: Entries) -> Entries:
    """The two constants of Klambauer et al. 2017, as torch has them."""
    scale, alpha = sp.Rational("1.0507009873554804934193349852946"), sp.Rational("1.6732632423543772848170429916717")
    return scale * _elu(x, alpha)


# ---------------------------------------------------------------------- functions of one number
ENTRYWISE: dict[str, Callable[[Any], Any]] = {
    **{
        name: getattr(sp, name)
        for name in ("exp", "log", "tanh", "sin", "cos", "tan", "sinh", "cosh", "erf", "sqrt", "sign")
    },
    "log1p": lambda x: sp.log(1 + x),
    "log2": lambda x: sp.log(x) / sp.log(2),
    "expm1": lambda x: sp.exp(x) - 1,
    "arctan": sp.atan,
    "abs": sp.Abs,
    "square": lambda x: x**2,
    "reciprocal": lambda x: 1 / x,
    "relu": lambda x: sp.Max(0, x),
    "sigmoid": lambda x: 1 / (1 + sp.exp(-x)),
    "log_sigmoid": lambda x: -sp.log(1 + sp.exp(-x)),
    "softplus": lambda x: sp.log(1 + sp.exp(x)),
    "softsign": lambda x: x / (1 + sp.Abs(x)),
    "silu": lambda x: x / (1 + sp.exp(-x)),
    "mish": lambda x: x * sp.tanh(sp.log(1 + sp.exp(x))),
    "gelu": lambda x: x * (1 + sp.erf(x / sp.sqrt(2))) / 2,
    "gelu_tanh": lambda x: x * (1 + sp.tanh(sp.sqrt(2 / sp.pi) * (x + sp.Rational(44715, 10**6) * x**3))) / 2,
}


@cache
def _slope(name: str, order: int) -> sp.Lambda:
    """Its derivative of that order, by SymPy; of an unspecified function the symbol φ'."""
    x = sp.Dummy("x", real=True)
    if name not in ENTRYWISE:
        return sp.Lambda(x, sp.Function(name + "'" * order)(x))
    return sp.Lambda(x, sp.diff(ENTRYWISE[name](x), x, order) if order else ENTRYWISE[name](x))


WORDS: dict[str, Callable[..., Any]] = {
    "leaky_relu": lambda x, slope=0.01: each(lambda v: sp.Max(0, v) - sp.nsimplify(slope) * sp.Max(0, -v), x),
    "prelu": lambda x, slope: each(lambda v: sp.Max(0, v), x) + slope * each(lambda v: sp.Min(0, v), x),
    "clip": _between,
    "elu": lambda x, alpha=1: _elu(x, alpha),
    "celu": lambda x, alpha=1: _elu(x, alpha, alpha),
    "selu": _selu,
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
    "min": lambda x, axis=None, keepdims=False: -_max(-x, axis, keepdims),
    "ones": _constant(1),
    "zeros": _constant(0),
    "eye": lambda n: _identity(int(n)),
    "one_hot": _one_hot,
    "causal_mask": _causal,
    "cross_entropy": lambda z, t: _nll(_log_softmax(z), t),
    "nll_loss": _nll,
    "attention": _attention,
    "batch_norm": _batch_norm,
    "instance_norm": _instance_norm,
    "group_norm": _group_norm,
    "layer_norm": lambda x, g=None, b=None, eps=1e-5: _affine(_standardized(x, (x.ndim - 1,), eps), g, b),
    "rms_norm": lambda x, g=None, eps=2.0**-52: _affine(_standardized(x, (x.ndim - 1,), eps, False), g, None),
    "conv1d": _conv,
    "conv2d": _conv,
    "max_pool1d": _pool(1, "max"),
    "max_pool2d": _pool(2, "max"),
    "avg_pool1d": _pool(1, "avg"),
    "avg_pool2d": _pool(2, "avg"),
    "adaptive_avg_pool2d": lambda x, size=1: (
        np.sum(x, axis=(-2, -1), keepdims=True) / sp.Integer(x.shape[-2] * x.shape[-1])
    ),
    "std": lambda x, axis=None, keepdims=False: _std(x, axis, keepdims),
    "overlap_add": lambda x, stride=1: _folded(
        x, (stride * (x.shape[0] - 1) + x.shape[1],), (x.shape[1],), (stride,), (0,), (1,)
    ),
    "mse_loss": lambda y, t: np.sum((y - t) ** 2) / sp.Integer(y.size),
    "solve": lambda A, b: np.array(sp.Matrix(A).inv(), dtype=object) @ b,
}


# ---------------------------------------------------------------------- rules, from their nodes
def _matrices(function: Callable[[sp.Matrix], Any], A: Entries) -> Entries:
    """A function of each matrix of a stack."""
    found = [np.array(function(sp.Matrix(A[i])), dtype=object) for i in np.ndindex(A.shape[:-2])]
    return (
        np.array([*found, None], dtype=object)[:-1].reshape(A.shape[:-2])
        if found[0].ndim == 0
        else np.stack(found).reshape(A.shape)
    )


TENSORS: dict[str, Callable[..., Any]] = {
    "add": lambda y, *args: reduce(np.add, args),
    "multiply": lambda y, *args: reduce(np.multiply, args),
    "scale": lambda y, s, X: s * X,
    "power": lambda y, a: a ** y["exponent"],
    "elementwise": lambda y, x: each(_slope(y["function"], y["order"]), x),
    "softmax": lambda y, z: _softmax(z, y["axis"]),
    "log_softmax": lambda y, z: _log_softmax(z, y["axis"]),
    "logsumexp": lambda y, z: each(sp.log, np.sum(each(sp.exp, z), axis=y["axis"])),
    "norm": lambda y, x: sp.sqrt(np.sum(x * x)),
    "maximum": lambda y, a, b: b + each(lambda x: sp.Max(0, x), a - b),
    "minimum": lambda y, a, b: a - each(lambda x: sp.Max(0, x), a - b),
    "trace": lambda y, A: np.trace(A),
    "diagonal": lambda y, a: np.diag(a),
    "entries": lambda y, A: np.diag(A),
    "inverse": lambda y, A: _matrices(lambda M: M.inv(), A),
    "det": lambda y, A: _matrices(lambda M: M.det(), A),
    "logdet": lambda y, A: _matrices(lambda M: sp.log(M.det()), A),
    "one_hot": lambda y, i: _one_hot(i, y.shape[-1]),
    "causal": lambda y: _causal(*y.shape),
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
    "clip": lambda y, x, *bounds: _between(x, bounds[0] if y["below"] else None, bounds[-1] if y["above"] else None),
    "pow": lambda y, a, b: a**b,
    "xlogy": lambda y, u, x: u * each(sp.log, x),
    "where": lambda y, condition, a, b: condition * a + (1 - condition) * b,
    "indicator": lambda y, a, b: holds(y["sign"], a, b),
    "standardize": lambda y, x: _standardized(x, y["axes"], y["eps"], y["centred"]),
    "deviation": lambda y, x: _moments(x, y["axes"], y["eps"], y["centred"])[1].reshape(_integers(y.shape)),
    "windows": lambda y, x: _windows(x, **{k: _integers(v) for k, v in y.attrs if k != "fill"}, fill=y["fill"]),
    "fold": lambda y, G: _folded(G, *(_integers(y[k]) for k in ("shape", "kernel", "stride", "padding", "dilation"))),
    "solve": lambda y, A, b: _matrices(lambda M: M.inv(), A) @ b,
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
