"""Thirteen models whose 33 gradients are known: each in the model language, and by hand in torch.

text         the model                       loss      the same in torch, from a dict of tensors
wanted       the gradients to compare        sizes     of the letters
φ is tanh; where an example needs a domain (a determinant above 0, a distribution), `prepare` makes it so.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch

Tensors = Mapping[str, torch.Tensor]


@dataclass(frozen=True)
class Case:
    name: str
    text: str
    wanted: str
    loss: Callable[[Any], torch.Tensor]
    prepare: Callable[[dict[str, torch.Tensor]], Mapping[str, torch.Tensor]] = lambda v: {}

    def values(self, shapes: Mapping[str, tuple[Any, ...]]) -> dict[str, torch.Tensor]:
        sizes = {"n": 3, "m": 4, "k": 2, "b": 5}
        generator = torch.Generator().manual_seed(sum(map(ord, self.name)))
        drawn = {
            name: torch.randn([sizes[str(s)] for s in shape], generator=generator, dtype=torch.float64)
            for name, shape in shapes.items()
        }
        return {**drawn, **self.prepare(drawn)}


def residual(v: Any) -> torch.Tensor:
    z = v["W"] @ v["x"] + v["b"]
    h = z.tanh() + v["x"]
    r = v["V"] @ h + v["c"]
    return (r.tanh() + h).exp().sum()


def two_layers(v: Any) -> torch.Tensor:
    H = (v["X"] @ v["W1"] + v["b1"]).tanh()
    return ((H @ v["W2"] + v["b2"] - v["Y"]) ** 2).sum()


def layer_norm(v: Any) -> torch.Tensor:
    centred = v["x"] - v["x"].mean()
    s = torch.sqrt((centred**2).mean() + 1e-3)
    return (v["u"] * (v["g"] * centred / s + v["be"])).sum()


def attention(v: Any) -> torch.Tensor:
    Q, K, V = v["X"] @ v["Wq"], v["X"] @ v["Wk"], v["X"] @ v["Wv"]
    return (v["U"] * (torch.softmax(Q @ K.T / 2**0.5, 1) @ V)).sum()


def recurrent(v: Any) -> torch.Tensor:
    h = v["h0"]
    for x in ("x1", "x2", "x3"):
        h = (v["W"] @ h + v["U"] @ v[x] + v["b"]).tanh()
    return v["u"] @ h


def gaussian(v: Any) -> torch.Tensor:
    d = v["x"] - v["mu"]
    return -0.5 * torch.logdet(v["S"]) - 0.5 * d @ torch.linalg.inv(v["S"]) @ d


def near_identity(name: str) -> Callable[[Any], Any]:
    return lambda v: {name: torch.eye(len(v[name]), dtype=torch.float64) + 0.2 * v[name]}


CASES = (
    Case(
        "residual block",
        "x, b, c : n\nW, V : n n\nphi : elementwise\nz = W @ x + b\nh = phi(z) + x\nr = V @ h + c\ny = phi(r) + h\n"
        "L = sum(exp(y))",
        "W b V c x", residual,
    ),
    Case("quadratic form", "x : n\nA : n n\nL = x @ A @ x", "x A", lambda v: v["x"] @ v["A"] @ v["x"]),
    Case(
        "least squares", "A : m n\nx : n\nb : m\nL = sum((A @ x - b)**2)", "x A",
        lambda v: ((v["A"] @ v["x"] - v["b"]) ** 2).sum(),
    ),
    Case("log determinant", "X : n n\nL = log(det(X))", "X", lambda v: torch.logdet(v["X"]), near_identity("X")),
    Case(
        "trace of an inverse", "A : m n\nX : n n\nB : n m\nL = trace(A @ inv(X) @ B)", "X",
        lambda v: torch.trace(v["A"] @ torch.linalg.inv(v["X"]) @ v["B"]), near_identity("X"),
    ),
    Case(
        "softmax cross-entropy", "W : n m\nx : m\nb, t : n\nL = -sum(t * log_softmax(W @ x + b))", "W b x",
        lambda v: -(v["t"] * torch.log_softmax(v["W"] @ v["x"] + v["b"], 0)).sum(),
        lambda v: {"t": torch.softmax(v["t"], 0)},
    ),
    Case(
        "logistic regression", "X : b n\ny : b\nw : n\nL = sum(log(1 + exp(-y * (X @ w))))", "w",
        lambda v: torch.log(1 + torch.exp(-v["y"] * (v["X"] @ v["w"]))).sum(), lambda v: {"y": torch.sign(v["y"])},
    ),
    Case(
        "two layers",
        "X : b n\nW1 : n m\nb1 : m\nW2 : m k\nb2 : k\nY : b k\nphi : elementwise\n"
        "H = phi(X @ W1 + b1)\nL = sum((H @ W2 + b2 - Y)**2)",
        "W1 b1 W2 b2", two_layers,
    ),
    Case(
        "layer norm",
        "x, g, be, u : n\nxc = x - mean(x)\ns = sqrt(mean(xc**2) + 0.001)\nL = sum(u * (g * xc / s + be))",
        "x g be", layer_norm,
    ),
    Case(
        "attention",
        "X : b n\nWq, Wk : n k\nWv : n m\nU : b m\nQ = X @ Wq\nK = X @ Wk\nV = X @ Wv\n"
        "P = softmax(Q @ K.T / sqrt(k), axis=1)\nL = sum(U * (P @ V))",
        "X Wq Wk Wv", attention,
    ),
    Case(
        "recurrent, three steps",
        "W : n n\nU : n m\nb, h0, u : n\nx1, x2, x3 : m\nphi : elementwise\nh1 = phi(W @ h0 + U @ x1 + b)\n"
        "h2 = phi(W @ h1 + U @ x2 + b)\nh3 = phi(W @ h2 + U @ x3 + b)\nL = u @ h3",
        "W U b", recurrent,
    ),
    Case(
        "Gaussian", "S : n n\nx, mu : n\nd = x - mu\nL = -0.5 * logdet(S) - 0.5 * d @ inv(S) @ d", "S mu",
        gaussian, near_identity("S"),
    ),
    Case(
        "matrix factors", "X : m n\nU : m k\nV : n k\nL = sum((X - U @ V.T)**2)", "U V",
        lambda v: ((v["X"] - v["U"] @ v["V"].T) ** 2).sum(),
    ),
)  # fmt: skip
