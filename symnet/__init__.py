"""symnet: derive it, prove it, count it, check it, print it. A symbolic toolkit for the mathematics of neural networks.

    prove(net, claim)       does this ReLU network compute that function, for all real inputs?
    backprop(text)          the backward rules of a model, in matrix form, with a reason for each contribution
    count(architecture)     units, weights, biases and connections, as closed forms
    suggest(architecture)   changes that save weights or connections, each with its exact saving
    audit(text, against)    a LaTeX answer, line by line: holds, wrong (with a counterexample), or unread
    read_latex(text)        LaTeX as relations over declared symbols

Importing symnet loads SymPy and NumPy; torch loads when the first numeric check runs.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from symnet import backprop, checks, counts, relu  # the package backprop can be called, and is the verb
from symnet.backprop import BackwardPass
from symnet.counts import CountTable, count, suggest
from symnet.derivation import Check, Derivation, Relation, Step
from symnet.errors import InvalidInput, NotSupported, SymnetError
from symnet.relu import Proof, prove

if TYPE_CHECKING:  # for type checkers, which know no callable package
    from symnet.audit import audit
    from symnet.backprop import backprop
    from symnet.readers.latex import read_latex

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


def __getattr__(name: str) -> Any:
    """The reader of LaTeX and the audit load when they are first asked for: latex2sympy2 is slow to load."""
    if name == "audit":
        return import_module("symnet.audit")
    if name == "read_latex":
        return import_module("symnet.readers.latex").read_latex
    raise AttributeError(f"module 'symnet' has no attribute {name!r}")
