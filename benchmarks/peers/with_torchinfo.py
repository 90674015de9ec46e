"""torchinfo: the mult-adds of its summary."""

from typing import Any

from models import build
from protocol import serve
from torchinfo import summary


def total(question: dict[str, Any]) -> int:
    module, x = question["ready"]
    return int(summary(module, input_data=x, verbose=0, device=x.device).total_mult_adds)


if __name__ == "__main__":
    serve({"total": total}, ("torchinfo", "torch"), build)
