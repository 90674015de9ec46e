"""symnet: derive it, prove it, count it, check it, print it. A symbolic toolkit for the mathematics of neural networks.

    prove(net, claim)       does this ReLU network compute that function, for all real inputs?
    backprop(text)          the backward rules of a model, in matrix form, with a reason for each contribution
    count(architecture)     units, weights, biases and connections, as closed forms
    suggest(architecture)   changes that save weights or connections, each with its exact saving
    audit(text, against)    a LaTeX answer, line by line: holds, wrong (with a counterexample), or unread
    read_latex(text)        LaTeX as relations over declared symbols

Rooms and types load when they are first used; torch when a module is read or a numeric check runs.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from symnet.errors import InvalidInput, NotSupported, SymnetError
from symnet.verbs import audit, backprop, count, prove, read_latex, suggest

if TYPE_CHECKING:
    from symnet import checks, counts, relu, report
    from symnet.adjoints import BackwardPass
    from symnet.counts import CountTable
    from symnet.derivation import Check, Derivation, Relation, Step
    from symnet.relu import Proof

    __version__: str

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
    "report",
    "suggest",
]

_ROOMS = {"checks", "counts", "relu", "report"}
_TYPES = {
    "BackwardPass": "adjoints",
    "Check": "derivation",
    "CountTable": "counts",
    "Derivation": "derivation",
    "Proof": "relu",
    "Relation": "derivation",
    "Step": "derivation",
}


def __getattr__(name: str) -> Any:
    """Rooms, types and the version, when they are first asked for (PEP 562; Scientific Python's SPEC 1)."""
    if name in _ROOMS:
        return import_module(f"symnet.{name}")
    if name in _TYPES:
        return getattr(import_module(f"symnet.{_TYPES[name]}"), name)
    if name == "__version__":
        from importlib.metadata import version

        return version("symnet")
    raise AttributeError(f"module 'symnet' has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
