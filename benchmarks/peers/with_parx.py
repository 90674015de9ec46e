"""parx in float64, by its Python method. The package asks for Julia on import, which this method does not use."""

import sys
import types
from typing import Any

import numpy as np
import torch
from protocol import floats, serve

gate: Any = types.ModuleType("parx._check")
gate.check_julia = lambda: None
sys.modules["parx._check"] = gate
from parx import compute_partition  # noqa: E402 - behind the gate


def regions(question: dict[str, Any]) -> int:
    layers = floats(question["layers"])
    state = {}
    for number, (W, b) in enumerate(layers):
        state[f"{2 * number}.weight"] = torch.tensor(W, dtype=torch.float64)
        state[f"{2 * number}.bias"] = torch.tensor(b, dtype=torch.float64)
    start = 0.1 * np.arange(1, len(layers[0][0][0]) + 1)  # a point on no hyperplane: it walks from there
    return len(compute_partition(state, start[None, :], method="exact_python"))


if __name__ == "__main__":
    serve({"regions": regions}, ("parx",))
