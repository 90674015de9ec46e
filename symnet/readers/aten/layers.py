"""Layers: convolutions, pools, normalisations, attention, embeddings."""

from typing import Any

from symnet.readers.aten.call import Call, Entry, column, option, shaped


def _each(values: Any, count: int) -> list[int]:
    found = list(values) if isinstance(values, list | tuple) else [values]
    return [int(n) for n in (found * count if len(found) == 1 else found)]


# ---------------------------------------------------------------------- convolutions and pools
def _conv(axes: int) -> Entry:
    def written(c: Call) -> str:
        bias, batched = c.get(2, "bias"), len(c.shape(0)) == axes + 2
        stride, dilation = c.get(3, "stride", 1), c.get(5, "dilation", 1)
        padding = c.get(4, "padding", 0)
        if isinstance(padding, str):
            padding = _named_padding(padding, c.shape(1)[2:], _each(dilation, axes))
        options = f"stride={option(stride)}, padding={option(padding)}, dilation={option(dilation)}"
        x = c[0] if batched else f"reshape({c[0]}, {shaped((1, *c.shape(0)))})"
        y = f"conv{axes}d({x}, {c[1]}, {options}, groups={c.get(6, 'groups', 1)})"
        y = y + (f" + reshape({bias}, {column(axes)})" if bias else "")
        return y if batched else f"reshape({y}, {shaped(c.result)})"

    return written


def _named_padding(name: str, kernel: tuple[int, ...], dilation: list[int]) -> list[int]:
    """ "same" as a number for each axis, where both sides get as much."""
    both = [d * (k - 1) if name == "same" else 0 for k, d in zip(kernel, dilation, strict=True)]
    if any(n % 2 for n in both):
        raise TypeError
    return [n // 2 for n in both]


def _pool(name: str) -> Entry:
    def written(c: Call) -> str:
        kernel, stride, padding = c[1], c.get(2, "stride") or c[1], c.get(3, "padding", 0)
        if name.startswith("max") and (
            c.get(5, "ceil_mode", False) or any(n != 1 for n in _each(c.get(4, "dilation", 1), 1))
        ):
            raise TypeError
        uncounted = any(_each(padding, 1)) and not c.get(5, "count_include_pad", True)
        if name.startswith("avg") and (c.get(4, "ceil_mode", False) or uncounted or c.get(6, "divisor_override")):
            raise TypeError
        return f"{name}({c[0]}, {option(kernel)}, stride={option(stride)}, padding={option(padding)})"

    return written


def _adaptive(axes: int) -> Entry:
    """A pool whose windows are all of one size; torch's overlap where the sizes do not divide."""

    def written(c: Call) -> str:
        places, wanted = c.shape(0)[-axes:], c.result[-axes:]
        if axes == 2 and wanted == (1, 1):
            return f"adaptive_avg_pool2d({c[0]}, 1)"
        if any(n % m for n, m in zip(places, wanted, strict=True)):
            raise TypeError
        return f"avg_pool{axes}d({c[0]}, {option([n // m for n, m in zip(places, wanted, strict=True)])})"

    return written


# ---------------------------------------------------------------------- normalisations
def _affine(name: str, before: str, weight: Any, bias: Any, eps: Any) -> str:
    given = "".join(f", {k}={v}" for k, v in (("g", weight), ("b", bias)) if v)
    return f"{name}({before}{given}, eps={eps})"


def _layer_norm(c: Call) -> str:
    weight, bias, eps = c.get(2, "weight"), c.get(3, "bias"), c.get(4, "eps", 1e-5)
    if weight or len(c[1]) == 1:
        return _affine("layer_norm", c[0], weight, bias, eps)
    axes = option([len(c.shape(0)) - k for k in range(len(c[1]), 0, -1)])  # without a gain the axes have no name
    centred = f"({c[0]} - mean({c[0]}, axis={axes}, keepdims=True))"
    return f"{centred} / sqrt(var({c[0]}, axis={axes}, keepdims=True) + {eps})" + (f" + {bias}" if bias else "")


def _batch_norm(c: Call) -> str:
    x, weight, bias, mean, variance, training, _, eps = c.args[:8]
    if training:
        return _affine("batch_norm", x, weight, bias, eps)
    beside = column(len(c.shape(0)) - 2)
    y = f"({x} - reshape({mean}, {beside})) / sqrt(reshape({variance}, {beside}) + {eps})"
    y = f"{y} * reshape({weight}, {beside})" if weight else y
    return f"{y} + reshape({bias}, {beside})" if bias else y


def _instance_norm(c: Call) -> str:
    if not c[5]:
        raise TypeError  # by running statistics
    return _affine("instance_norm", c[0], c[1], c[2], c[7])


def _group_norm(c: Call) -> str:
    return _affine("group_norm", f"{c[0]}, {c[1]}", c.get(2, "weight"), c.get(3, "bias"), c.get(4, "eps", 1e-5))


def _rms_norm(c: Call) -> str:
    return _affine("rms_norm", c[0], c.get(2, "weight"), None, c.get(3, "eps") or 2.220446049250313e-16)


# ---------------------------------------------------------------------- attention and embeddings
def _attention(c: Call) -> str:
    mask, causal, scale = c.get(3, "attn_mask"), c.get(5, "is_causal", False), c.options.get("scale")
    if c.get(4, "dropout_p", 0.0) or c.options.get("enable_gqa") or not (mask is None or isinstance(mask, str)):
        raise TypeError
    q = c[0] if scale is None else f"{c[0]} * {scale * c.shape(0)[-1] ** 0.5!r}"
    options = (f", mask={mask}" if mask else "") + (", is_causal=True" if causal else "")
    return f"attention({q}, {c[1]}, {c[2]}{options})"


def _embedding(c: Call) -> str:
    if c.get(4, "sparse", False):
        raise TypeError
    table, index, padding = c[0], c[1], c.get(2, "padding_idx", -1)
    if padding not in (None, -1):  # that row is used, but torch gives it no gradient
        rows, count = c.shape(0)[0], int(padding)
        parts = [f"{table}[:{count}]", f"stop_gradient({table}[{count}:{count + 1}])", f"{table}[{count + 1}:]"]
        table = c.define("E", f"concat({', '.join(parts[count == 0 : 3 - (count == rows - 1)])}, axis=0)")
    if isinstance(index, str):
        return f"embedding({table}, {index})"
    first, count = int(index.reshape(-1)[0]), index.numel()  # a constant: rows in order, as positions are
    if index.reshape(-1).tolist() != list(range(first, first + count)):
        raise TypeError
    return f"reshape({table}[{first}:{first + count}], {shaped(c.result)})"


def _masked_fill(c: Call) -> str:
    """Only a causal mask is known: what is above the diagonal gets −∞."""
    import torch

    mask, value = c[1], c[2]
    n, m = mask.shape[-2:]
    if value != float("-inf") or not bool((mask == torch.ones(n, m, dtype=torch.bool).triu(1)).all()):
        raise TypeError
    return f"{c[0]} + causal_mask({n}, {m})"


ENTRIES: dict[str, Entry] = {
    "conv1d": _conv(1),
    "conv2d": _conv(2),
    **{name: _pool(name) for name in ("max_pool1d", "max_pool2d", "avg_pool1d", "avg_pool2d")},
    "adaptive_avg_pool1d": _adaptive(1),
    "adaptive_avg_pool2d": _adaptive(2),
    "layer_norm": _layer_norm,
    "batch_norm": _batch_norm,
    "group_norm": _group_norm,
    "instance_norm": _instance_norm,
    "rms_norm": _rms_norm,
    "scaled_dot_product_attention": _attention,
    "embedding": _embedding,
    "masked_fill": _masked_fill,
}
