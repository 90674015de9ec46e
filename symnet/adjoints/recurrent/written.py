"""The rules of a recurrence, in names with their time: h_t, h_{t-1}, h̄_T, and sums over t."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from symnet import notation
from symnet.adjoints.forward import ForwardPass
from symnet.adjoints.graph import Node, is_zero, quantity, zeros
from symnet.adjoints.recurrent.loops import Loop
from symnet.adjoints.recurrent.sweep import Sweep
from symnet.derivation import Relation, Step
from symnet.notation import Medium


@dataclass(frozen=True)
class SumOverTime:
    """Σ over t of what each step sends, and what the equations after the loop send besides."""

    inside: Node
    besides: Node
    index: str
    length: str

    binds: ClassVar[int] = notation.SUM

    def written(self, medium: Medium) -> str:
        inside = notation.within(self.inside, notation.HADAMARD, medium)
        latex, text = rf"\sum_{{{self.index}=1}}^{{{self.length}}} ", f"Σ_({self.index}=1..{self.length}) "
        besides = "" if is_zero(self.besides) else " + " + notation.within(self.besides, notation.SUM, medium)
        return (latex if medium == "latex" else text) + inside + besides


@dataclass(frozen=True)
class Writer:
    """What the names of a loop are called in time."""

    loop: Loop
    step: ForwardPass
    after: ForwardPass

    @property
    def parameters(self) -> list[str]:
        """What all steps share."""
        moving = {*self.loop.states.values(), *self.loop.sequences, *(f"{n}_before" for n in self.loop.states)}
        return [n for n in self.step.model.declared if n not in moving]

    # -- forward, and how it changes
    def ahead(self, definitions: Mapping[str, Node], behind: Mapping[str, Node], role: str, why: str) -> list[Step]:
        """What holds within a step, then after the last."""
        i = self.loop.index
        steps = [
            Step(Relation(timed(n, e.shape, i, role), "=", self.at(e, 0)), f"{why}, for {i} = 1 … {self.loop.length}")
            for n, e in definitions.items()
        ]
        return steps + [
            Step(Relation(quantity(n, e.shape, role), "=", self.last(e)), f"{why}, after the last step")
            for n, e in behind.items()
        ]

    # -- backward
    def back(self, sweep: Sweep) -> tuple[Step, ...]:
        """After the loop, within a step, and what all steps share."""
        return (*self._outer(sweep), *self._inner(sweep), *self._shared(sweep))

    def _outer(self, sweep: Sweep) -> list[Step]:
        steps = []
        for name, total in sweep.outer:
            bar = quantity(name, self.after.shapes[name], sweep.role)
            if total == bar:
                gradient = quantity(name, bar.shape, "gradient")
                steps.append(Step(Relation(bar, "=", gradient), "the output's adjoint is what the walk starts with"))
            elif sweep.role != "bar" and name == self.after.output.name:
                steps.append(Step(Relation(bar, "=", total), "the output's adjoint is held fixed"))
            else:
                steps.append(Step(Relation(bar, "=", self.last(total)), "after the last step, as in any model"))
        return steps

    def _inner(self, sweep: Sweep) -> list[Step]:
        i, T = self.loop.index, self.loop.length
        steps: list[Step] = []
        for name, inside in sweep.inner:
            shape = self.step.shapes[name]
            now = self.at(inside, 0)
            if name not in self.loop.states:
                steps.append(Step(Relation(timed(name, shape, i, sweep.role), "=", now), f"within step {i}"))
                continue
            ends = self.last(sweep.final.get(name, zeros(shape))) + renamed(inside, self._names(T, 0))
            first = Relation(timed(name, shape, T, sweep.role), "=", ends)
            steps.append(Step(first, "the last step receives from what follows the loop"))
            later = self.at(sweep.received.get(f"{name}_before", zeros(shape)), 1)
            relation = Relation(timed(name, shape, i, sweep.role), "=", now + later)
            steps.append(Step(relation, f"for {i} < {T}: what comes back within step {i}, and from step {i}+1"))
        return steps

    def _shared(self, sweep: Sweep) -> list[Step]:
        i, T, steps = self.loop.index, self.loop.length, []
        for name, start in self.loop.states.items():
            sent = renamed(sweep.received.get(f"{name}_before", zeros(self.step.shapes[name])), self._names("1", 0))
            relation = Relation(quantity(start, sent.shape, sweep.role), "=", sent)
            steps.append(Step(relation, "the start is the state before step 1"))
        for name in self.loop.sequences:
            shape = self.step.shapes[name]
            sent = self.at(sweep.received.get(name, zeros(shape)), 0)
            relation = Relation(timed(name, shape, i, sweep.role), "=", sent)
            steps.append(Step(relation, "each row is read in its own step"))
        for name in self.parameters:
            shape = self.step.shapes[name]
            each, rest = sweep.received.get(name, zeros(shape)), self.last(sweep.final.get(name, zeros(shape)))
            total = rest if is_zero(each) else SumOverTime(self.at(each, 0), rest, i, T)
            shared = "every step uses it, so what the steps send adds up"
            reason = "only what follows the loop uses it" if is_zero(each) else shared
            steps.append(Step(Relation(quantity(name, shape, sweep.role), "=", total), reason, "sum over steps"))
        return steps

    # -- names in time
    def _names(self, now: str, shift: int) -> dict[str, str]:
        """What each name of the step is called at ``now`` + shift."""
        moved = now if shift == 0 else f"{now}+{shift}"
        before = {"0": now, "1": "0"}.get(now, f"{now}-1") if shift == 0 else now
        names = {n: subscript(n, moved) for n in (*self.step.named, *self.loop.sequences)}
        starts = {n: s if now == "1" else subscript(n, before) for n, s in self.loop.states.items()}
        return names | {f"{n}_before": starts[n] for n in self.loop.states}

    def at(self, node: Node, shift: int) -> Node:
        """A node of the step, at t + shift."""
        return renamed(node, self._names(self.loop.index, shift))

    def last(self, node: Node) -> Node:
        """A node of what follows: the states are those after step T."""
        return renamed(node, {n: subscript(n, self.loop.length) for n in self.loop.states})


def subscript(name: str, at: str) -> str:
    """h_t, or h_{t-1}."""
    return f"{name}_{at}" if at.isalnum() else f"{name}_{{{at}}}"


def timed(name: str, shape: Any, at: str, role: str = "") -> Node:
    """A quantity of one step."""
    return quantity(subscript(name, at), shape, role)


def renamed(y: Node, names: Mapping[str, str]) -> Node:
    """The node with other names for its quantities, whatever their role."""
    if y.op == "quantity":
        attrs = tuple((k, names.get(v, v) if k == "name" else v) for k, v in y.attrs)
        return Node(y.op, y.args, attrs, y.shape)
    return Node(y.op, tuple(renamed(a, names) for a in y.args), y.attrs, y.shape)
