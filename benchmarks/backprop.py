"""symnet.backprop, timed, side by side with tensorgrad, PyTensor, JAX and SymPy: `make bench-backprop`.

Each peer runs in an environment of its own under .bench/, made when it is first needed; one that cannot be made is left
out, and said. Times are the shortest of some warm runs, from the text (or module) to all adjoint rules; the ratio is
peer / symnet. Sizes are characters of what is derived, as each tool prints it.
"""

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "backprop")]
from benchmarks.backprop_peers import best  # noqa: E402 - found by the line above
from benchmarks.environments import TORCH, Peer, prepared  # noqa: E402 - likewise
from benchmarks.sections import write_section  # noqa: E402 - likewise

PEERS = {
    peer.name: peer
    for peer in (
        Peer("jax", ("jax==0.10.2",), "jaxpr of jax.grad"),
        Peer("pytensor", ("pytensor==3.0.7",), "pytensor.grad"),
        Peer("tensorgrad", (TORCH, "tensorgrad==0.3.0"), "Derivative(…).simplify()"),
        Peer("sympy", ("sympy==1.14.0",), "matrix .diff"),
    )
}
CHAINS = {"tensorgrad": (4, 7), "sympy": (), "jax": (4, 32, 128), "pytensor": (4, 32)}


def chain(depth):
    weights = "".join(f"W{i} : n n\n" for i in range(depth))
    layers = "\n".join(f"x{i + 1} = phi(W{i} @ x{i}) + x{i}" for i in range(depth))
    return f"x0 : n\n{weights}phi : elementwise\n{layers}"


class Timer:
    """Times of what torch.export takes, which is no derivation, kept apart."""

    def __init__(self):
        self.seconds = 0.0

    def __enter__(self):
        self.start = time.perf_counter()
        return self

    def __exit__(self, *_):
        self.seconds += time.perf_counter() - self.start


def gpt2(layers=12, width=768, heads=12, vocabulary=50257, length=64):
    """GPT-2 small on meta tensors: no weight is allocated."""
    import torch
    from torch import nn
    from torch.nn import functional

    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.ln_1, self.ln_2 = nn.LayerNorm(width), nn.LayerNorm(width)
            self.attn, self.proj = nn.Linear(width, 3 * width), nn.Linear(width, width)
            self.fc, self.out = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

        def forward(self, x):
            b, t, n = x.shape
            q, k, v = self.attn(self.ln_1(x)).split(width, dim=2)
            q, k, v = (a.view(b, t, heads, n // heads).transpose(1, 2) for a in (q, k, v))
            y = functional.scaled_dot_product_attention(q, k, v, is_causal=True)
            x = x + self.proj(y.transpose(1, 2).reshape(b, t, n))
            return x + self.out(functional.gelu(self.fc(self.ln_2(x)), approximate="tanh"))

    class GPT(nn.Module):
        def __init__(self):
            super().__init__()
            self.wte, self.wpe = nn.Embedding(vocabulary, width), nn.Embedding(1024, width)
            self.h, self.ln_f = nn.ModuleList(Block() for _ in range(layers)), nn.LayerNorm(width)

        def forward(self, i):
            x = self.wte(i) + self.wpe(torch.arange(i.shape[1], device=i.device))
            for block in self.h:
                x = block(x)
            return self.ln_f(x) @ self.wte.weight.T

    with torch.device("meta"):
        return GPT().eval(), torch.zeros((2, length), dtype=torch.long)


def torch_tasks():
    from torch import nn

    from symnet import backprop
    from symnet.readers.torch.modules import read_module

    layer = nn.TransformerEncoderLayer(64, 4, 128, batch_first=True).eval()
    module, tokens = gpt2()
    for name, reach, build in (
        ("transformer encoder layer, after export", 1.0, lambda: read_module(layer, (2, 16, 64))),
        ("GPT-2 small on meta weights, after export", 10.0, lambda: read_module(module, tokens)),
    ):
        with Timer() as export:
            read = build()
        start = time.perf_counter()
        rules = len(backprop(read.text).rules)
        yield f"{name} ({rules} rules; reading {export.seconds:.1f} s)", reach, time.perf_counter() - start


TOLERANCE = 1e-9


def correct():
    """How many gradients agree with torch, by losses written by hand, and of how many."""
    import torch
    from gradient_cases import CASES

    from symnet import backprop

    agree = []
    for case in CASES:
        bp, wanted = backprop(case.text), case.wanted.split()
        leaves = {name: value.clone().requires_grad_() for name, value in case.values(bp.model.declared).items()}
        expected = torch.autograd.grad(case.loss(leaves), [leaves[name] for name in wanted])
        arrays = {name: value.detach().numpy() for name, value in leaves.items()}
        found = bp.evaluate(arrays, functions=dict.fromkeys(bp.model.functions, "tanh"))
        agree += [torch.allclose(torch.from_numpy(found[n]), g, rtol=TOLERANCE, atol=TOLERANCE)
                  for n, g in zip(wanted, expected, strict=True)]  # fmt: skip
    return sum(agree), len(agree)


def own_tasks(most):
    """(name, task of the peers, reach in seconds, seconds, characters)."""
    from gradient_cases import CASES

    from symnet import backprop

    text = (ROOT / "examples" / "residual.net").read_text(encoding="utf-8")
    yield "residual block", "residual", 0.003, best(lambda: backprop(text).rules, 20), _size(text)
    yield "13 models, 33 gradients", None, 0.1, best(lambda: [backprop(case.text).rules for case in CASES], 5), None
    for depth, reach in ((4, None), (7, None), (32, None), (128, 0.2), (1024, 2.0)):
        if depth > most:
            continue
        model = chain(depth)
        seconds = best(lambda model=model: backprop(model).rules, 3)
        yield f"residual chain of {depth}", f"chain-{depth}", reach, seconds, _size(model)
    for name, reach, seconds in torch_tasks():
        yield name, None, reach, seconds, None


def _size(text):
    from symnet import backprop

    return len(str(backprop(text)))


def asked(peer, task, limit):
    script = str(ROOT / "benchmarks" / "backprop_peers.py")
    try:
        run = subprocess.run(
            [str(peer.python), script, peer.name, task], capture_output=True, text=True, timeout=limit, check=False
        )
        return json.loads(run.stdout.strip().splitlines()[-1])
    except subprocess.TimeoutExpired:
        return {"error": f"over {limit:.0f} s"}
    except (IndexError, json.JSONDecodeError):
        return {"error": run.stderr.strip().splitlines()[-1][:120] if run.stderr else "no answer"}


def written(answer, ours, depth):
    if "error" in answer:
        return answer["error"].split(":")[0]
    each = f", {answer['characters'] / depth:.0f} a layer" if depth else ""
    return f"{answer['seconds'] * 1000:.1f} ms ({answer['seconds'] / ours:.1f}×){each}"


def table(peers, limit, most):
    """The lines of the table, each as soon as it is measured, and whether a reach was missed."""
    yield "| task | symnet | reach | " + " | ".join(peers) + " |", False
    yield "|---|---|---|" + "---|" * len(peers), False
    for name, task, reach, ours, size in own_tasks(most):
        depth = int(task.split("-")[1]) if task and "-" in task else 0
        asks = {p: bool(task) and (task == "residual" or depth in CHAINS[p]) for p in peers}
        cells = [written(asked(peer, task, limit), ours, depth) if asks[p] else "" for p, peer in peers.items()]
        own = f"{ours * 1000:.1f} ms" + (f", {size / depth:.0f} a layer" if depth else "")
        goal = "" if reach is None else f"{reach * 1000:g} ms"
        yield f"| {name} | {own} | {goal} | " + " | ".join(cells) + " |", reach is not None and ours > reach


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--limit", type=float, default=120, help="seconds for one task of one peer")
    options.add_argument("--most", type=int, default=1024, help="layers of the longest chain")
    options.add_argument("--peers", nargs="*", default=list(PEERS), choices=list(PEERS))
    options.add_argument("--write", action="store_true", help="put the table into benchmarks/README.md")
    chosen = options.parse_args()
    peers, missing = {}, []
    for name in chosen.peers:
        problem = prepared(PEERS[name])
        if problem is None:
            peers[name] = PEERS[name]
        else:
            missing.append(problem)
    lines, missed = [], False
    for line, late in table(peers, chosen.limit, chosen.most):
        print(line, flush=True)
        lines.append(line)
        missed |= late
    right, of = correct()
    notes = [f"{right} of {of} gradients agree with torch autograd within {TOLERANCE:g}.", *missing]
    print("\n" + "\n".join(notes))
    if chosen.write:
        about = "## symnet.backprop\n\n" + " ".join(__doc__.split("\n\n", 1)[1].split())
        write_section("backprop", "\n".join([about, "", *lines, "", *notes]))
    return int(missed or right < of)


if __name__ == "__main__":
    sys.exit(main())
