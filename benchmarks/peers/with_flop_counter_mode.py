"""torch's FlopCounterMode, and torch.export alone."""

from typing import Any

import torch
from models import build
from protocol import serve
from torch.utils.flop_counter import FlopCounterMode


def total(question: dict[str, Any]) -> int:
    module, x = question["ready"]
    with FlopCounterMode(display=False) as flops:
        module(x)
    return flops.get_total_flops()


def export(question: dict[str, Any]) -> int:
    module, x = question["ready"]
    return len(torch.export.export(module, (x,)).graph.nodes)


if __name__ == "__main__":
    serve({"total": total, "export": export}, ("torch",), build)
