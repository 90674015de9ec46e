"""symnet: derive it, prove it, count it, check it, print it. A symbolic toolkit for the mathematics of neural networks.

    prove(net, claim)       does this ReLU network compute that function, for all real inputs?
    backprop(text)          the backward rules of a model, in matrix form, with a reason for each contribution
    count(architecture)     units, weights, biases and connections, as closed forms
    suggest(architecture)   changes that save weights or connections, each with its exact saving

Importing symnet loads SymPy and NumPy; torch loads when the first numeric check runs.
"""

from typing import TYPE_CHECKING

from symnet import backprop, checks, counts, relu  # the package backprop can be called, and is the verb
from symnet.backprop import BackwardPass
from symnet.counts import CountTable, count, suggest
from symnet.derivation import Check, Derivation, Relation, Step
from symnet.errors import InvalidInput, NotSupported, SymnetError
from symnet.relu import Proof, prove

if TYPE_CHECKING:
    from symnet.backprop import backprop  # for type checkers, which know no callable package

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
    "backprop",
    "checks",
    "count",
    "counts",
    "prove",
    "relu",
    "suggest",
]
