"""One step of a recurrence as a graph, with what follows the last step; the state after it goes into the next."""

from collections.abc import Iterator, Sequence

from symnet.adjoints.diagram import ComputationGraph, GraphEdge, GraphNode
from symnet.adjoints.forward import Definition, ForwardPass
from symnet.adjoints.graph import names_in, quantity, zeros
from symnet.adjoints.recurrent.loops import Loop
from symnet.adjoints.recurrent.written import renamed, subscript
from symnet.adjoints.reverse import Message
from symnet.derivation import Relation


def loop_graph(
    loop: Loop, step: ForwardPass, after: ForwardPass, sent: tuple[Sequence[Message], Sequence[Message]]
) -> ComputationGraph:
    """Nodes with their time; an edge from h_t to h_T stands for t = T."""
    i, T = loop.index, loop.length
    within = {n: subscript(n, i) for n in (*step.named, *loop.sequences)}
    within |= {f"{n}_before": subscript(n, f"{i}-1") for n in loop.states}
    behind = {n: subscript(n, T) for n in loop.states}
    read = {n for d in after.definitions for n in names_in(d.expression)}
    starts = set(loop.states.values())
    declared = [n for n in step.model.declared if n not in starts]
    nodes = [GraphNode(within.get(n, n), step.model.kinds[n], step.shapes[n], None) for n in declared]
    nodes += [_node(d, within, "intermediate") for d in step.definitions]
    nodes += [GraphNode(behind[n], "intermediate", step.shapes[n], None) for n in loop.states if n in read]
    nodes += [_node(d, {}, "output" if d is after.output else "intermediate", behind) for d in after.definitions]
    edges = [*_edges(step, sent[0], within)]
    edges += [
        GraphEdge(within[n], behind[n], quantity(behind[n], step.shapes[n], "bar")) for n in loop.states if n in read
    ]
    edges += _edges(after, sent[1], behind)
    used = {end for edge in edges for end in (edge.source, edge.target)}
    return ComputationGraph(tuple(n for n in nodes if n.name in used), tuple(edges))


def _node(d: Definition, names: dict[str, str], kind: str, states: dict[str, str] | None = None) -> GraphNode:
    name = names.get(d.name, d.name)
    expression = renamed(d.expression, {**names, **(states or {})})
    return GraphNode(name, kind, expression.shape, Relation(quantity(name, expression.shape), "=", expression))


def _edges(program: ForwardPass, sent: Sequence[Message], names: dict[str, str]) -> Iterator[GraphEdge]:
    """Every use of a name; several uses in one definition send one message, their sum."""
    for d in program.definitions:
        for source in names_in(d.expression):
            total = zeros(program.shapes[source])
            for message in sent:
                if (message.source, message.target) == (source, d.name):
                    total = total + message.contribution
            yield GraphEdge(names.get(source, source), names.get(d.name, d.name), renamed(total, names))
