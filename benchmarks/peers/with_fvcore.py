"""fvcore: the total of its FlopCountAnalysis, one flop a multiply-add."""

import logging
from typing import Any

from fvcore.nn import FlopCountAnalysis
from models import build
from protocol import serve

logging.getLogger("fvcore").setLevel(logging.ERROR)


def total(question: dict[str, Any]) -> int:
    analysis = FlopCountAnalysis(*question["ready"])
    return int(analysis.unsupported_ops_warnings(False).uncalled_modules_warnings(False).total())


if __name__ == "__main__":
    serve({"total": total}, ("fvcore", "torch"), build)
