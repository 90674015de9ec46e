"""One task in one peer, run by that peer's own Python: prints the seconds that deriving took, warm, as JSON, and the
characters of what was derived, as the peer prints it.

    python benchmarks/backprop_peers.py jax residual          python benchmarks/backprop_peers.py pytensor chain-32
φ is tanh where a peer has no unspecified functions; tensorgrad and SymPy get an unspecified one.
"""

import json
import sys
import time


def best(derive, repeats):
    """The shortest of some runs, after one that warms up."""
    derive()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        derive()
        times.append(time.perf_counter() - start)
    return min(times)


def with_jax(depth):
    import jax
    import jax.numpy as jnp

    n = 4
    if depth == 0:

        def loss(W, V, b, c, x):
            h = jnp.tanh(W @ x + b) + x
            return jnp.sum(jnp.tanh(V @ h + c) + h)

        arguments = (jnp.ones((n, n)), jnp.ones((n, n)), jnp.ones(n), jnp.ones(n), jnp.ones(n))
        return lambda: str(jax.make_jaxpr(jax.grad(loss, argnums=(0, 1, 2, 3, 4)))(*arguments))

    def chain(weights, x):
        for W in weights:
            x = jnp.tanh(W @ x) + x
        return jnp.sum(x)

    return lambda: str(jax.make_jaxpr(jax.grad(chain))([jnp.ones((n, n))] * depth, jnp.ones(n)))


def with_pytensor(depth):
    import pytensor
    import pytensor.tensor as pt

    def derive():
        x, b, c = (pt.dvector(k) for k in "xbc")
        weights = [pt.dmatrix(f"W{i}") for i in range(depth or 2)]
        if depth:
            h = x
            for W in weights:
                h = pt.tanh(W @ h) + h
            return pytensor.grad(h.sum(), weights)
        W, V = weights
        h = pt.tanh(W @ x + b) + x
        return pytensor.grad((pt.tanh(V @ h + c) + h).sum(), [W, V, b, c, x])

    return derive


def with_sympy(depth):
    import sympy as sp

    n = sp.Symbol("n", integer=True, positive=True)
    t, phi = sp.Symbol("t"), sp.Function("phi")

    def derive():
        x, b, c, u = (sp.MatrixSymbol(k, n, 1) for k in "xbcu")
        act = sp.Lambda(t, phi(t))
        weights = [sp.MatrixSymbol(f"W{i}", n, n) for i in range(depth or 2)]
        h = x
        for W, bias in zip(weights, [b, c] if not depth else [sp.ZeroMatrix(n, 1)] * depth, strict=False):
            h = (W * h + bias).applyfunc(act) + h
        return [(u.T * h).diff(W) for W in weights]

    return derive


def with_tensorgrad(depth):
    import sympy as sp
    from tensorgrad import Derivative, Variable, functions
    from tensorgrad.tensor import function

    def derive():
        n = sp.symbols("n")
        x = Variable("x", i=n)
        weights = [Variable(f"W{k}", i=n, o=n) for k in range(depth or 2)]
        biases = [Variable(f"b{k}", i=n) for k in range(depth or 2)]
        h = x
        for W, b in zip(weights, biases, strict=True):
            z = (W @ h).rename(o="i")
            h = function("phi", {}, (z if depth else z + b,)) + h
        loss = functions.sum(h)
        wanted = weights if depth else [*weights, *biases, x]
        return [Derivative(loss, v).simplify() for v in wanted]

    return derive


PEERS = {"jax": with_jax, "pytensor": with_pytensor, "sympy": with_sympy, "tensorgrad": with_tensorgrad}


def shown_by_pytensor(gradients):
    import pytensor

    return pytensor.printing.debugprint(gradients, file="str")


SHOWN = {"pytensor": shown_by_pytensor}


def main(peer, task):
    depth = 0 if task == "residual" else int(task.split("-")[1])
    try:
        derive = PEERS[peer](depth)
        answer = {"seconds": best(derive, 3 if depth > 16 else 5), "characters": len(SHOWN.get(peer, str)(derive()))}
    except Exception as error:  # a peer that cannot do the task says so in the table
        answer = {"error": f"{type(error).__name__}: {error}"[:120]}
    print(json.dumps(answer))


if __name__ == "__main__":
    main(*sys.argv[1:])
