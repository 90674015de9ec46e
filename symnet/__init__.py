"""symnet: derive it, prove it, count it, check it, print it. A symbolic toolkit for the mathematics of neural networks.

    prove(net, claim)       does this ReLU network compute that function, for all real inputs?
    backprop(text)          the backward rules of a model, in matrix form, with a reason for each contribution
    count(architecture)     units, weights, biases and connections, as closed forms
    suggest(architecture)   changes that save weights or connections, each with its exact saving
    audit(text, against)    a LaTeX answer, line by line: holds, wrong (with a counterexample), or unread
    read_latex(text)        LaTeX as relations over declared symbols

Each part loads when it is first asked for, and SymPy and NumPy with it; torch when the first numeric check runs.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # for type checkers, which know no callable package
    from symnet import checks, counts, relu
    from symnet.audit import audit
    from symnet.backprop import BackwardPass, backprop
    from symnet.counts import CountTable, count, suggest
    from symnet.derivation import Check, Derivation, Relation, Step
    from symnet.errors import InvalidInput, NotSupported, SymnetError
    from symnet.readers.latex import read_latex
    from symnet.relu import Proof, prove

__all__ = [
    "BackwardPass",
    "Check",
    "CountTable",
    "Derivation",
    "InvalidInput",
    "NotSupported",
    "Proof",
    "Relation",
    "Step",
    "SymnetError",
    "audit",
    "backprop",
    "checks",
    "count",
    "counts",
    "prove",
    "read_latex",
    "relu",
    "suggest",
]


PARTS = ("audit", "backprop", "checks", "counts", "relu")  # the packages audit and backprop can be called: the verbs
HOMES = {
    "symnet.backprop": ("BackwardPass",),
    "symnet.counts": ("CountTable", "count", "suggest"),
    "symnet.derivation": ("Check", "Derivation", "Relation", "Step"),
    "symnet.errors": ("InvalidInput", "NotSupported", "SymnetError"),
    "symnet.readers.latex": ("read_latex",),
    "symnet.relu": ("Proof", "prove"),
}


def __getattr__(name: str) -> Any:
    """What is asked for, from where it lives: a checker of certificates loads no engine."""
    if name in PARTS:
        return import_module(f"symnet.{name}")
    for home, names in HOMES.items():
        if name in names:
            return getattr(import_module(home), name)
    raise AttributeError(f"module 'symnet' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
