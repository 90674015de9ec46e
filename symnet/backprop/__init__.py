"""Backward rules of a model in matrix form: named adjoints, the reason for each, and a check against autograd.

The modules, in the order in which a text passes through them:

    language, expressions    text to equations to nodes            graph, record, operators    nodes and the table
    forward                  definitions, one name each            simplify, functions         local rewrites, known φ
    reverse                  the walk: one adjoint for each name   reasons, diagram            the words, the drawing
    evaluate, code           the rules as numbers, as source       directional                 forward rules, Hessians
    lift                     batches                               loops, recurrence           loops over time
             backward                    all of it: `backprop`

The package itself can be called: ``sn.backprop(text)`` is `backprop`.
"""

import sys
from types import ModuleType
from typing import Any

from symnet.backprop import operators  # fills the table
from symnet.backprop.backward import BackwardPass, backprop
from symnet.backprop.code import Cost
from symnet.backprop.diagram import ComputationGraph, GraphEdge, GraphNode
from symnet.backprop.directional import Changes
from symnet.backprop.functions import FUNCTIONS, ScalarFunction
from symnet.backprop.language import Model, parse
from symnet.backprop.record import OPERATORS, WORDS, Operator, Word
from symnet.backprop.recurrent import RecurrentPass

__all__ = [
    "FUNCTIONS",
    "OPERATORS",
    "WORDS",
    "BackwardPass",
    "Changes",
    "ComputationGraph",
    "Cost",
    "GraphEdge",
    "GraphNode",
    "Model",
    "Operator",
    "RecurrentPass",
    "ScalarFunction",
    "Word",
    "backprop",
    "operators",
    "parse",
]


class _CallableModule(ModuleType):
    """A package that is also the verb it is named after."""

    def __call__(self, *args: Any, **options: Any) -> Any:
        return backprop(*args, **options)


sys.modules[__name__].__class__ = _CallableModule
