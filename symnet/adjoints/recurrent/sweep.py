"""One way back through a recurrence: what each name receives, within a step and after the last.

inner      (name, what comes back to it within the step), in backward order; a state receives from step t + 1 besides
outer      the same for the equations after the loop
received   for each name that a step reads, what the step sends to it: the state before it is called h_before
final      for each name that is read after the loop, what is sent to it from there
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from symnet.adjoints.directional import CHANGE, differential
from symnet.adjoints.forward import ForwardPass
from symnet.adjoints.graph import Node, is_zero, number, ones, quantity, zeros
from symnet.adjoints.recurrent.loops import Loop
from symnet.adjoints.reverse import Adjoint, Message, reverse


@dataclass(frozen=True)
class Sweep:
    """See above; ``role`` is "bar" for adjoints, "dbar" for their changes."""

    inner: tuple[tuple[str, Node], ...]
    outer: tuple[tuple[str, Node], ...]
    received: Mapping[str, Node]
    final: Mapping[str, Node]
    role: str = "bar"


def backward_sweep(step: ForwardPass, after: ForwardPass) -> tuple[Sweep, tuple[Message, ...], tuple[Message, ...]]:
    """The adjoints, and the messages that they are made of: within a step, and after the last."""
    output = after.output
    seed = ones(()) if output.expression.rank == 0 else quantity(output.name, output.expression.shape, "bar")
    inner, received, within = _walk(step, {})
    outer, final, behind = _walk(after, {output.name: seed})
    kept = {n: total for n, total in final.items() if not is_zero(total)}
    return Sweep(inner, outer, received, kept), within, behind


def _walk(
    program: ForwardPass, seeds: Mapping[str, Node]
) -> tuple[tuple[tuple[str, Node], ...], dict[str, Node], tuple[Message, ...]]:
    """Adjoints of the definitions, from the last to the first, what is sent to the declared names, and all messages."""
    adjoints = reverse(program, seeds, _sent)
    found = tuple((a.name, a.total) for a in adjoints if a.name in program.named)
    declared = {a.name: a.total for a in adjoints if a.name not in program.named and a.messages}
    return found, declared, tuple(message for a in adjoints for message in a.messages)


def _sent(adjoint: Adjoint) -> Node:
    """By name, for more may come to it from the next step; a loss is nothing but its 1."""
    return number(1) if adjoint.total == number(1) else adjoint.named


# ---------------------------------------------------------------------- how a sweep changes
def moving_names(loop: Loop, step: ForwardPass, after: ForwardPass, along: Iterable[str]) -> tuple[set[str], set[str]]:
    """What changes within a step, and after the last, with the names in ``along``: a state, once any step moves it."""
    named, before = set(along), ""
    within = named | {f"{n}_before" for n, start in loop.states.items() if start in named}
    while before != (before := str(sorted(within))):
        for d in step.definitions:
            if not is_zero(differential(d.expression, within, set())):
                within.add(d.name)
        within |= {f"{n}_before" for n in loop.states if n in within}
    states = {n for n, start in loop.states.items() if n in within or start in named}
    behind = (named - set(loop.sequences)) | states
    for d in after.definitions:
        if not is_zero(differential(d.expression, behind, set())):
            behind.add(d.name)
    return within, behind


def changed_sweep(loop: Loop, sweep: Sweep, within: set[str], behind: set[str]) -> Sweep:
    """The differential of each rule, with the seed held fixed; what turns is found by taking away what cannot."""
    (output, _), *others = sweep.outer
    turning: set[str] = set()
    outer = [(output, zeros(sweep.outer[0][1].shape))]
    for name, total in others:
        change = differential(total, behind, turning)
        outer.append((name, change))
        turning |= set() if is_zero(change) else {name}
    final = {n: change for n, t in sweep.final.items() if not is_zero(change := differential(t, behind, turning))}
    turns = {name for name, _ in sweep.inner}
    while True:
        inner = tuple((name, differential(total, within, turns)) for name, total in sweep.inner)
        received = {n: differential(total, within, turns) for n, total in sweep.received.items()}
        still = {name for name, change in inner if is_zero(change) and not _arrives(name, loop, received, final)}
        if not turns & still:
            return Sweep(inner, tuple(outer), received, final, CHANGE["bar"])
        turns -= still


def _arrives(name: str, loop: Loop, received: Mapping[str, Node], final: Mapping[str, Node]) -> bool:
    """A state receives from the next step, and from what follows the last."""
    later = received.get(f"{name}_before")
    return name in loop.states and (name in final or (later is not None and not is_zero(later)))
