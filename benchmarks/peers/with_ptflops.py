"""ptflops: the MACs of its pytorch back end, always on the CPU: on meta it counts linear maps twice."""

from typing import Any

from models import build
from protocol import serve
from ptflops import get_model_complexity_info


def total(question: dict[str, Any]) -> int:
    module, x = question["ready"]
    options = {"as_strings": False, "print_per_layer_stat": False, "backend": "pytorch"}
    macs, _ = get_model_complexity_info(module, tuple(x.shape[1:]), input_constructor=lambda _: x, **options)
    if macs is None:
        raise RuntimeError("ptflops gives no number")
    return int(macs)


if __name__ == "__main__":
    serve({"total": total}, ("ptflops", "torch"), lambda question: build(question | {"device": "cpu"}))
