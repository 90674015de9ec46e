"""Layers: convolutions, pools, normalisations, attention, embeddings."""

from typing import Any

import torch

from symnet.readers.torch.aten.call import Call, Entry, Known, column, number, option, shaped


def _each(values: Any, count: int) -> list[int]:
    found = list(values) if isinstance(values, list | tuple) else [values]
    return [int(n) for n in (found * count if len(found) == 1 else found)]


# ---------------------------------------------------------------------- convolutions and pools
def _conv(axes: int) -> Entry:
    def written(c: Call) -> str:
        bias, batched = c["bias"], len(c.shape(0)) == axes + 2
        stride, dilation, padding = c["stride"], c["dilation"], c["padding"]
        if isinstance(padding, str):
            padding = _named_padding(padding, c.shape(1)[2:], _each(dilation, axes))
        options = f"stride={option(stride)}, padding={option(padding)}, dilation={option(dilation)}"
        x = c[0] if batched else f"reshape({c[0]}, {shaped((1, *c.shape(0)))})"
        y = f"conv{axes}d({x}, {c[1]}, {options}, groups={c['groups']})"
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
        kernel, padding = c["kernel_size"], c["padding"]
        if c["ceil_mode"] or any(n != 1 for n in _each(c.get("dilation", 1), 1)) or c.get("divisor_override"):
            raise TypeError
        if any(_each(padding, 1)) and not c.get("count_include_pad", True):
            raise TypeError
        c.of_no_effect("count_include_pad")  # there is no padding
        return f"{name}({c[0]}, {option(kernel)}, stride={option(c['stride'] or kernel)}, padding={option(padding)})"

    return written


def _adaptive(axes: int) -> Entry:
    """A pool whose windows are all of one size; torch's overlap where the sizes do not divide."""

    def written(c: Call) -> str:
        places, wanted = c.shape(0)[-axes:], c.result[-axes:]
        c.of_no_effect("output_size")  # the shape of the result says it
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
    weight, bias, eps, over = c["weight"], c["bias"], c["eps"], c["normalized_shape"]
    c.of_no_effect("cudnn_enable")
    if weight or len(over) == 1:
        return _affine("layer_norm", c[0], weight, bias, eps)
    axes = option([len(c.shape(0)) - k for k in range(len(over), 0, -1)])  # without a gain the axes have no name
    centred = f"({c[0]} - mean({c[0]}, axis={axes}, keepdims=True))"
    return f"{centred} / sqrt(var({c[0]}, axis={axes}, keepdims=True) + {eps})" + (f" + {bias}" if bias else "")


def _batch_norm(c: Call) -> str:
    x, weight, bias, eps = c[0], c["weight"], c["bias"], c["eps"]
    c.of_no_effect("momentum", "cudnn_enabled")  # how the buffers move, which the value does not depend on
    if c["training"]:
        c.of_no_effect("running_mean", "running_var")
        return _affine("batch_norm", x, weight, bias, eps)
    beside = column(len(c.shape(0)) - 2)
    mean, variance = c["running_mean"], c["running_var"]
    y = f"({x} - reshape({mean}, {beside})) / sqrt(reshape({variance}, {beside}) + {eps})"
    y = f"{y} * reshape({weight}, {beside})" if weight else y
    return f"{y} + reshape({bias}, {beside})" if bias else y


def _instance_norm(c: Call) -> str:
    if not c["use_input_stats"]:
        raise TypeError  # by running statistics
    c.of_no_effect("running_mean", "running_var", "momentum", "cudnn_enabled")
    return _affine("instance_norm", c[0], c["weight"], c["bias"], c["eps"])


def _group_norm(c: Call) -> str:
    c.of_no_effect("cudnn_enabled")
    return _affine("group_norm", f"{c[0]}, {c['num_groups']}", c["weight"], c["bias"], c["eps"])


def _rms_norm(c: Call) -> str:
    weight, over, eps = c["weight"], c["normalized_shape"], c["eps"]
    if not weight and len(over) > 1:
        raise TypeError  # without a gain the axes have no name
    return _affine("rms_norm", c[0], weight, None, FLOAT64_EPS if eps is None else eps)


FLOAT64_EPS = 2.220446049250313e-16  # what torch takes for no eps, in the precision in which modules are read


# ---------------------------------------------------------------------- attention and embeddings
def _attention(c: Call) -> str:
    mask, causal, scale = c.raw("attn_mask"), c["is_causal"], c["scale"]
    if c["dropout_p"] or c["enable_gqa"]:
        raise TypeError
    q = c["query"] if scale is None else f"{c['query']} * {number(scale * c.shape(0)[-1] ** 0.5)}"
    options = (f", mask={_hidden(c, mask)}" if mask is not None else "") + (", is_causal=True" if causal else "")
    return f"attention({q}, {c['key']}, {c['value']}{options})"


def _hidden(c: Call, mask: Any) -> str:
    """A mask that is added to the scores; of truth values, −∞ where it is false."""
    if isinstance(mask, Known) and mask.tensor.dtype == torch.bool:
        mask = c.constant(torch.zeros(mask.tensor.shape).masked_fill(~mask.tensor, -torch.inf))
    written = str(c.write(mask))
    return written if written.isidentifier() else c.define("M", written)


def _embedding(c: Call) -> str:
    """Rows by index. A padding row is used, but torch gives it no gradient."""
    if c["sparse"] or c["scale_grad_by_freq"]:
        raise TypeError
    table, index, padding = c["weight"], c.raw("indices"), c["padding_idx"]
    if padding not in (None, -1):
        rows, count = c.shape(0)[0], int(padding)
        parts = [f"{table}[:{count}]", f"stop_gradient({table}[{count}:{count + 1}])", f"{table}[{count + 1}:]"]
        table = c.define("E", f"concat({', '.join(parts[count == 0 : 3 - (count == rows - 1)])}, axis=0)")
    if isinstance(index, str):
        return f"embedding({table}, {index})"
    places = index.tensor.reshape(-1).tolist()  # constant: rows in order, as positions are, or one by one
    if places == list(range(places[0], places[0] + len(places))):
        return f"reshape({table}[{places[0]}:{places[0] + len(places)}], {shaped(c.result)})"
    rows = ", ".join(f"{table}[{i}:{i + 1}]" for i in places)
    return f"reshape(concat({rows}, axis=0), {shaped(c.result)})"


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
}
