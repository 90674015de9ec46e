"""SymPy expressions for what SymPy has no class for: tensors of three and more axes, and products of their entries.

Each holds the node that it stands for, and is written as that node is; equal nodes are equal expressions.
"""

from typing import Any

import sympy as sp

from symnet.adjoints.graph import Node


class _Written:
    """What all of them share: a node, and its spelling. To SymPy they are atoms."""

    node: Node

    def __new__(cls, node: Node) -> Any:
        expression = sp.Basic.__new__(cls)
        expression.node = node
        return expression

    def __getnewargs__(self) -> Any:
        return (self.node,)

    def _hashable_content(self) -> Any:
        return (repr(self.node),)  # SymPy puts factors in order by it, which nodes have none of

    def doit(self, **_: Any) -> Any:
        return self

    def sort_key(self, order: Any = None) -> Any:
        return sp.Symbol(self.node.written("text")).sort_key(order)

    def _latex(self, printer: Any) -> str:
        return self.node.written("latex")

    def _sympystr(self, printer: Any) -> str:
        return self.node.written("text")


class ScalarExpr(_Written, sp.Expr):
    """A scalar made of tensors."""

    is_commutative = True


class TensorExpr(_Written, sp.Expr):
    """Three and more axes, ``shape`` says which."""

    is_commutative = True

    @property
    def shape(self) -> Any:
        return self.node.shape


class MatrixOfTensors(_Written, sp.MatrixExpr):
    """A vector or matrix made of tensors."""

    @property
    def shape(self) -> Any:
        return self.node.shape if self.node.rank == 2 else (self.node.shape[0], sp.Integer(1))

    def _entry(self, i: Any, j: Any, **_: Any) -> Any:
        return sp.MatrixElement(self, i, j)


def written(node: Node) -> Any:
    """``node`` as a SymPy object."""
    return (ScalarExpr if node.rank == 0 else MatrixOfTensors if node.rank <= 2 else TensorExpr)(node)
