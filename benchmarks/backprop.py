"""symnet.backprop, timed, side by side with tensorgrad, PyTensor, JAX and SymPy: `make bench-backprop`.

Each peer runs in an environment of its own under .bench/, made with --install; one that is not there is left out.
Times are the shortest of some warm runs, from the text (or module) to all adjoint rules; the ratio is peer / symnet.
"""

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "backprop")]
ENVIRONMENTS = {
    "jax": ("jax==0.10.2",),
    "pytensor": ("pytensor==3.0.7",),
    "tensorgrad": ("torch==2.13.0", "tensorgrad==0.3.0"),  # torch first, so that the build at hand is taken
    "sympy": (),
}
CHAINS = {"tensorgrad": (4,), "sympy": (), "jax": (32, 128), "pytensor": (32,)}


def chain(depth):
    weights = "".join(f"W{i} : n n\n" for i in range(depth))
    layers = "\n".join(f"x{i + 1} = phi(W{i} @ x{i}) + x{i}" for i in range(depth))
    return f"x0 : n\n{weights}phi : elementwise\n{layers}"


def best(derive, repeats):
    derive()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        derive()
        times.append(time.perf_counter() - start)
    return min(times)


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

    from symnet.backprop import backprop
    from symnet.readers.torch_modules import read_module

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


def own_tasks():
    from gradient_cases import CASES

    from symnet.backprop import backprop

    text = (ROOT / "examples" / "residual.net").read_text(encoding="utf-8")
    yield "residual block", "residual", 0.003, best(lambda: backprop(text).rules, 20)
    yield "13 models, 33 gradients", None, 0.1, best(lambda: [backprop(case.text).rules for case in CASES], 5)
    for depth, reach in ((4, None), (32, None), (128, 0.2), (1024, 2.0)):
        model = chain(depth)
        yield f"residual chain of {depth}", f"chain-{depth}", reach, best(lambda model=model: backprop(model).rules, 3)
    for name, reach, seconds in torch_tasks():
        yield name, None, reach, seconds


def peer_python(peer):
    return Path(sys.executable) if peer == "sympy" else ROOT / ".bench" / peer / "bin" / "python"


def install():
    for peer, packages in ENVIRONMENTS.items():
        if packages and not peer_python(peer).exists():
            subprocess.run([sys.executable, "-m", "venv", str(ROOT / ".bench" / peer)], check=True)
            for package in packages:
                subprocess.run([str(peer_python(peer)), "-m", "pip", "install", "--quiet", package], check=True)


def asked(peer, task, limit):
    script = str(ROOT / "benchmarks" / "backprop_peers.py")
    try:
        run = subprocess.run(
            [str(peer_python(peer)), script, peer, task], capture_output=True, text=True, timeout=limit, check=False
        )
        return json.loads(run.stdout.strip().splitlines()[-1])
    except subprocess.TimeoutExpired:
        return {"error": f"over {limit:.0f} s"}
    except (IndexError, json.JSONDecodeError):
        return {"error": run.stderr.strip().splitlines()[-1][:120] if run.stderr else "no answer"}


def written(answer, ours):
    if "error" in answer:
        return answer["error"].split(":")[0]
    return f"{answer['seconds'] * 1000:.1f} ms ({answer['seconds'] / ours:.1f}×)"


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--install", action="store_true", help="make the peers' environments under .bench/ first")
    options.add_argument("--limit", type=float, default=120, help="seconds for one task of one peer")
    chosen = options.parse_args()
    if chosen.install:
        install()
    peers = [peer for peer in ENVIRONMENTS if peer_python(peer).exists()]
    print("| task | symnet | reach | " + " | ".join(peers) + " |")
    print("|---|---|---|" + "---|" * len(peers))
    missed = False
    for name, task, reach, ours in own_tasks():
        depth = int(task.split("-")[1]) if task and "-" in task else 0
        cells = []
        for peer in peers:
            fits = task == "residual" or depth in CHAINS[peer]
            cells.append(written(asked(peer, task, chosen.limit), ours) if task and fits else "")
        missed |= reach is not None and ours > reach
        goal = "" if reach is None else f"{reach * 1000:g} ms"
        print(f"| {name} | {ours * 1000:.1f} ms | {goal} | " + " | ".join(cells) + " |", flush=True)
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
