"""Torch twins of words that torch spells in more than one call. Used by the autograd check alone."""

from typing import Any


def transposed(x: Any, axes: Any) -> Any:
    """Axes in another order; without one, reversed."""
    return x.permute(tuple(map(int, axes)) if axes else tuple(reversed(range(x.ndim))))


def sizes(shape: Any) -> Any:
    """Sizes as integers, whatever they came as."""
    if shape is None or isinstance(shape, int):
        return shape
    return tuple(int(n) for n in shape) if isinstance(shape, tuple | list) else int(shape)


def parts(x: Any) -> Any:
    """What is joined: given one by one, or in a list."""
    import torch

    given = x[0] if len(x) == 1 and isinstance(x[0], list | tuple) else x
    return [torch.as_tensor(p, dtype=torch.float64) for p in given]


def whole(i: Any) -> Any:
    """An index as integers."""
    return i.detach().long()


def one_hot(i: Any, n: Any) -> Any:
    """A row for each index."""
    return eye(n)[whole(i)]


def subscript(key: Any) -> Any:
    """Ranges and ``...`` as they are, sizes and indices as integers."""
    if isinstance(key, tuple):
        return tuple(map(subscript, key))
    if not hasattr(key, "detach"):
        return key
    return whole(key) if key.ndim else int(key)


def attention(Q: Any, K: Any, V: Any, mask: Any, is_causal: bool) -> Any:
    """torch's own, by the kernel that has a forward mode."""
    import torch
    from torch.nn.attention import SDPBackend, sdpa_kernel

    with sdpa_kernel(SDPBackend.MATH):
        return torch.nn.functional.scaled_dot_product_attention(Q, K, V, mask, 0.0, is_causal)


def logsumexp(z: Any, axis: Any, keepdims: bool) -> Any:
    """Along an axis, or of all entries."""
    return z.logsumexp(dim=tuple(range(z.ndim)) if axis is None else axis, keepdim=keepdims)


def overlapped(G: Any, stride: int) -> Any:
    """Windows added where they overlap, by torch's own fold of an image with one row."""
    import torch

    places, taps = G.shape
    columns = G.mT.reshape(1, taps, places)
    whole = torch.nn.functional.fold(columns, (1, stride * (places - 1) + taps), (1, taps), stride=(1, stride))
    return whole.reshape(-1)


def scattered(G: Any, i: Any, n: Any) -> Any:
    """Rows added at their index."""
    return G.new_zeros(int(n), G.shape[-1]).index_put((whole(i),), G, accumulate=True)


def causal(m: Any, n: Any) -> Any:
    """0 on and below the diagonal, -inf above."""
    import torch

    rows = int(m)
    return torch.full((rows, rows if n is None else int(n)), -torch.inf, dtype=torch.float64).triu(1)


def largest(x: Any, axis: Any, keepdims: bool) -> Any:
    """The largest entry along an axis, or of all."""
    axes = tuple(range(x.ndim)) if axis is None else axis
    return x.amax(dim=axes, keepdim=keepdims)


def clip(x: Any, low: Any, high: Any) -> Any:
    """torch's clamp; it takes two numbers or two tensors."""
    import torch

    if any(hasattr(b, "ndim") for b in (low, high)):
        low, high = (b if b is None else torch.as_tensor(b, dtype=torch.float64) for b in (low, high))
    return torch.clamp(x, low, high)


def where(condition: Any, a: Any, b: Any) -> Any:
    """torch's; truth values are 1 and 0 here."""
    import torch

    return torch.where(condition != 0, a, b)


def prelu(x: Any, slope: Any) -> Any:
    """A slope for all entries, or one each."""
    import torch

    return torch.where(x > 0, x, slope * x)


def ones(n: Any) -> Any:
    """1 in every entry; sizes one by one, or in a tuple."""
    import torch

    n = n[0] if len(n) == 1 and isinstance(n[0], tuple) else n

    return torch.ones(sizes(n), dtype=torch.float64)


def eye(n: Any) -> Any:
    """The identity."""
    import torch

    return torch.eye(int(n), dtype=torch.float64)


def layer_norm(x: Any, g: Any, b: Any, eps: float) -> Any:
    """Over as many of the last axes as the gain has."""
    import torch

    shape = x.shape[-1:] if g is None else g.shape
    return torch.nn.functional.layer_norm(x, shape, g, b, eps)


def rms_norm(x: Any, g: Any, eps: float) -> Any:
    """Likewise."""
    import torch

    return torch.nn.functional.rms_norm(x, x.shape[-1:] if g is None else g.shape, g, eps)


def cross_entropy(z: Any, t: Any) -> Any:
    """By classes, the last axis; a target of the shape of z holds probabilities."""
    import torch

    return nll(torch.log_softmax(z, -1), t)


def nll(log_p: Any, t: Any) -> Any:
    """The mean over rows of -log p of the target; through torch's own loss where the target is an index."""
    import torch

    rows = log_p.reshape(-1, log_p.shape[-1])
    if t.shape == log_p.shape:
        return -(t * log_p).sum() / rows.shape[0]
    return torch.nn.functional.nll_loss(rows, whole(t).reshape(-1))
