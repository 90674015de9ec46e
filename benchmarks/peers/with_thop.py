"""thop: the MACs of its profile."""

from typing import Any

from models import build
from protocol import serve
from thop import profile


def total(question: dict[str, Any]) -> int:
    module, x = question["ready"]
    return int(profile(module, inputs=(x,), verbose=False)[0])


if __name__ == "__main__":
    serve({"total": total}, ("thop", "torch"), build)
