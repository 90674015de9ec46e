"""The computation graph for drawing: forward definitions on the nodes, adjoint messages on the edges."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import Any

from symnet.adjoints.forward import Definition, ForwardPass
from symnet.adjoints.graph import Node, Shape, names_in, zeros
from symnet.adjoints.reverse import Adjoint
from symnet.derivation import Relation


@dataclass(frozen=True)
class GraphNode:
    """A named quantity; ``kind`` is input, parameter, intermediate or output, ``equation`` what defines it.

    group    the module that it belongs to, or the equation whose part it is
    """

    name: str
    kind: str
    shape: Shape
    equation: Relation | None
    group: str = ""


@dataclass(frozen=True)
class GraphEdge:
    """``target`` is computed from ``source``; ``message`` is what it sends back to the adjoint of ``source``."""

    source: str
    target: str
    message: Node


@dataclass(frozen=True)
class ComputationGraph:
    """Nodes in the order of evaluation, declared names first; edges in the order of their targets."""

    nodes: tuple[GraphNode, ...]
    edges: tuple[GraphEdge, ...]

    def to_json(self) -> dict[str, Any]:
        nodes = [{"name": n.name, "kind": n.kind, "shape": [str(size) for size in n.shape]} for n in self.nodes]
        edges = [{"source": e.source, "target": e.target, "message": str(e.message)} for e in self.edges]
        return {"nodes": nodes, "edges": edges}


def computation_graph(
    program: ForwardPass, walk: tuple[Adjoint, ...], modules: Mapping[str, str] | None = None
) -> ComputationGraph:
    """Every use of a name is an edge; several uses in one definition send one message, their sum.

    modules    the path of the module that each equation was read from
    """
    parted = {d.equation.name for d in program.definitions if d.automatic}

    def group(d: Definition) -> str:
        name = d.equation.name
        return modules.get(name, "") if modules is not None else name if name in parted else ""

    declared = [GraphNode(n, program.model.kinds[n], shape, None) for n, shape in program.model.declared.items()]
    defined = [
        GraphNode(d.name, "output" if d is program.output else "intermediate", d.expression.shape, d.relation, group(d))
        for d in program.definitions
    ]
    received: dict[tuple[str, str], list[Node]] = {}
    for message in (m for adjoint in walk for m in adjoint.messages):
        received.setdefault((message.source, message.target), []).append(message.contribution)
    shapes = program.shapes
    edges = [
        GraphEdge(source, d.name, reduce(add, received.get((source, d.name), []), zeros(shapes[source])))
        for d in program.definitions
        for source in names_in(d.expression)
    ]
    return ComputationGraph((*declared, *defined), tuple(edges))
