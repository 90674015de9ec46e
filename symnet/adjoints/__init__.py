"""Backward rules of a model in matrix form: named adjoints, the reason for each, and a check against autograd.

The modules, in the order in which a text passes through them:

    language, expressions    text to equations to nodes            graph, record, operators    nodes and the table
    forward                  definitions, one name each            simplify, functions         local rewrites, known φ
    reverse                  the walk: one adjoint for each name   reasons, diagram            the words, the drawing
    evaluate, code           the rules as numbers, as source       directional                 forward rules, Hessians
    lift                     batches                               loops, recurrence           loops over time
             backward                    all of it: `derive`
"""

from symnet.adjoints import operators  # fills the table
from symnet.adjoints.backward import BackwardPass, derive
from symnet.adjoints.code import Cost
from symnet.adjoints.diagram import ComputationGraph, GraphEdge, GraphNode
from symnet.adjoints.directional import Changes
from symnet.adjoints.functions import FUNCTIONS, ScalarFunction
from symnet.adjoints.language import Model, parse
from symnet.adjoints.record import OPERATORS, WORDS, Operator, Word
from symnet.adjoints.recurrent import RecurrentPass

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
    "derive",
    "operators",
    "parse",
]
