"""calflops: the MACs of the three numbers that it gives."""

from typing import Any

from calflops import calculate_flops
from models import build
from protocol import serve


def total(question: dict[str, Any]) -> int:
    module, x = question["ready"]
    return int(calculate_flops(model=module, args=[x], print_results=False, output_as_string=False)[1])


if __name__ == "__main__":
    serve({"total": total}, ("calflops", "torch"), build)
