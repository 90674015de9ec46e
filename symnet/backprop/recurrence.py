r"""Recurrences of any length T: one step, its adjoint recurrence, and the sums over t.

    for t in 1..T:                    the step; h[t-1] is the state before it, x[t] the row of a sequence
        h[t] = phi(W @ h[t-1] + U @ x[t] + b)
    L = u @ h[T]                      what follows the last step; h[0] is declared, as h0 : n

h_t    the state after step t          z_t    a part of the step, named by symnet
h̄_t    what step t receives: from itself, and from step t + 1 through h_t; after the last step, from what follows it

The backward pass of one step is derived by the same walk as any model, with the state before it as one more input;
W̄ is the sum over t of what each step sends. Nothing is unrolled, so the rules do not grow with T.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import Any, ClassVar

from symnet import notation
from symnet.backprop import evaluate as numbers
from symnet.backprop.forward import ForwardPass, forward_pass
from symnet.backprop.graph import Node, is_zero, number, ones, quantity, zeros
from symnet.backprop.loops import Loop, read_loop
from symnet.backprop.reverse import messages
from symnet.derivation import Check, Derivation, Relation, Step
from symnet.errors import InvalidInput
from symnet.notation import Medium


# ---------------------------------------------------------------------- deriving
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
class RecurrentPass:
    """The backward pass of a recurrence, for every T.

    step, after      forward passes of one step, and of what follows the last one
    inner, outer     (name, adjoint) in backward order, within the step and after it
    received         for each name that a step reads, what the step sends to it
    """

    loop: Loop
    step: ForwardPass
    after: ForwardPass
    inner: tuple[tuple[str, Node], ...]
    outer: tuple[tuple[str, Node], ...]
    received: Mapping[str, Node]
    final: Mapping[str, Node]

    warnings: ClassVar[tuple[str, ...]] = ()

    @property
    def steps(self) -> tuple[Step, ...]:
        return (*self._after(), *self._within(), *self._shared())

    @property
    def rules(self) -> tuple[Relation, ...]:
        return tuple(step.relation for step in self.steps)

    @property
    def derivation(self) -> Derivation:
        return Derivation(f"Backward pass of a recurrence of {self.loop.length} steps", self.rules, self.steps)

    def _after(self) -> list[Step]:
        steps = []
        for name, total in self.outer:
            bar = quantity(name, self.after.shapes[name], "bar")
            if total == bar:
                gradient = quantity(name, bar.shape, "gradient")
                steps.append(Step(Relation(bar, "=", gradient), "the output's adjoint is what the walk starts with"))
            else:
                steps.append(Step(Relation(bar, "=", self._last(total)), "after the last step, as in any model"))
        return steps

    def _within(self) -> list[Step]:
        i, T = self.loop.index, self.loop.length
        steps: list[Step] = []
        for name, inside in self.inner:
            shape = self.step.shapes[name]
            now = self._at(inside, 0)
            if name not in self.loop.states:
                steps.append(Step(Relation(_timed(name, shape, i, "bar"), "=", now), f"within step {i}"))
                continue
            ends = self._last(self.final.get(name, zeros(shape))) + _renamed(inside, self._names(T, 0))
            first = Relation(_timed(name, shape, T, "bar"), "=", ends)
            steps.append(Step(first, "the last step receives from what follows the loop"))
            later = self._at(self.received.get(f"{name}_before", zeros(shape)), 1)
            relation = Relation(_timed(name, shape, i, "bar"), "=", now + later)
            steps.append(Step(relation, f"for {i} < {T}: what comes back within step {i}, and from step {i}+1"))
        return steps

    def _shared(self) -> list[Step]:
        i, T, steps = self.loop.index, self.loop.length, []
        for name, start in self.loop.states.items():
            sent = _renamed(self.received.get(f"{name}_before", zeros(self.step.shapes[name])), self._names("1", 0))
            relation = Relation(quantity(start, sent.shape, "bar"), "=", sent)
            steps.append(Step(relation, "the start is the state before step 1"))
        for name in self.loop.sequences:
            shape = self.step.shapes[name]
            sent = self._at(self.received.get(name, zeros(shape)), 0)
            steps.append(Step(Relation(_timed(name, shape, i, "bar"), "=", sent), "each row is read in its own step"))
        for name in self._parameters():
            shape = self.step.shapes[name]
            each, rest = self.received.get(name, zeros(shape)), self._last(self.final.get(name, zeros(shape)))
            total = rest if is_zero(each) else SumOverTime(self._at(each, 0), rest, i, T)
            shared = "every step uses it, so what the steps send adds up"
            reason = "only what follows the loop uses it" if is_zero(each) else shared
            steps.append(Step(Relation(quantity(name, shape, "bar"), "=", total), reason, "sum over steps"))
        return steps

    def _parameters(self) -> list[str]:
        moving = {*self.loop.states.values(), *self.loop.sequences, *(f"{n}_before" for n in self.loop.states)}
        return [n for n in self.step.model.declared if n not in moving]

    # -- names in time
    def _names(self, now: str, shift: int) -> dict[str, str]:
        """What each name of the step is called at ``now`` + shift."""
        moved = now if shift == 0 else f"{now}+{shift}"
        before = {"0": now, "1": "0"}.get(now, f"{now}-1") if shift == 0 else now
        names = {n: _subscript(n, moved) for n in (*self.step.named, *self.loop.sequences)}
        starts = {n: s if now == "1" else _subscript(n, before) for n, s in self.loop.states.items()}
        return names | {f"{n}_before": starts[n] for n in self.loop.states}

    def _at(self, node: Node, shift: int) -> Node:
        return _renamed(node, self._names(self.loop.index, shift))

    def _last(self, node: Node) -> Node:
        return _renamed(node, {n: _subscript(n, self.loop.length) for n in self.loop.states})

    # -- numbers
    def evaluate(self, values: Mapping[str, Any], seed: Any = None, functions: Any = None) -> dict[str, numbers.Array]:
        """Adjoints of everything that is declared, by one pass forward and one back, as float64 arrays."""
        given = {k: numbers.as_array(v) for k, v in values.items()}
        steps = self._length(given)
        shared = {n: given[n] for n in self._parameters()} | {s: given[s] for s in self.loop.states.values()}
        state, worlds = {n: given[s] for n, s in self.loop.states.items()}, []
        for k in range(steps):
            now = shared | {n: given[n][k] for n in self.loop.sequences} | {f"{n}_before": v for n, v in state.items()}
            worlds.append(numbers.everything(self.step, (), now, functions=functions))
            state = {n: worlds[-1].arrays[n, ""] for n in self.loop.states}
        last = numbers.everything(self.after, (), shared | state, functions=functions)
        bars = {n: np_zeros(v) for n, v in given.items()}
        for name, total in self.outer:
            opened = total.op == "quantity" and total["name"] == name and total["role"] == "bar"
            last.arrays[name, "bar"] = numbers.as_array(_seeded(seed, name) if opened else last.value(total))
        for name, total in self.final.items():
            if name in bars:
                bars[name] = bars[name] + last.value(total)
        back = {n: numbers.as_array(last.value(self.final[n])) if n in self.final else 0.0 for n in self.loop.states}
        for k in reversed(range(steps)):
            world = worlds[k]
            for name, inside in self.inner:
                world.arrays[name, "bar"] = numbers.as_array(world.value(inside) + back.get(name, 0.0))
            sent = {n: numbers.as_array(world.value(total)) for n, total in self.received.items()}
            for name, array in sent.items():
                if name in self.loop.sequences:
                    bars[name][k] = array
                elif name in bars:
                    bars[name] = bars[name] + array
            back = {n: sent.get(f"{n}_before", 0.0) for n in self.loop.states}
        for n, start in self.loop.states.items():
            bars[start] = bars[start] + back[n]
        return bars

    def _length(self, given: Mapping[str, Any]) -> int:
        lengths = {len(given[n]) for n in self.loop.sequences}
        if len(lengths) != 1:
            raise InvalidInput(
                f"sequences of one length {self.loop.length} are needed to evaluate, not {sorted(lengths)}"
            )
        return lengths.pop()

    def check(self, device: str = "auto") -> tuple[Check, ...]:
        """Against autograd through the unrolled loop, for several T."""
        from symnet.checks.recurrent import check_recurrence

        return (check_recurrence(self, device),)

    # -- writing
    def latex(self) -> str:
        return self.derivation.latex()

    def __str__(self) -> str:
        return "\n".join(map(str, self.rules))

    def to_json(self) -> dict[str, Any]:
        return {"model": self.loop.text, **self.derivation.to_json()}

    def _repr_latex_(self) -> str:
        return self.derivation._repr_latex_()


def np_zeros(value: numbers.Array) -> numbers.Array:
    """0 in the shape of ``value``."""
    return numbers.as_array(value * 0)


def _seeded(seed: Any, name: str) -> Any:
    if not seed or name not in seed:
        raise InvalidInput(f"the adjoint of {name} is open; give it: seed={{'{name}': array}}")
    return seed[name]


def _subscript(name: str, at: str) -> str:
    return f"{name}_{at}" if at.isalnum() else f"{name}_{{{at}}}"


def _timed(name: str, shape: Any, at: str, role: str = "") -> Node:
    return quantity(_subscript(name, at), shape, role)


def _renamed(y: Node, names: Mapping[str, str]) -> Node:
    if y.op == "quantity":
        attrs = tuple((k, names.get(v, v) if k == "name" else v) for k, v in y.attrs)
        return Node(y.op, y.args, attrs, y.shape)
    return Node(y.op, tuple(_renamed(a, names) for a in y.args), y.attrs, y.shape)


def recurrence(text: str) -> RecurrentPass:
    """The backward pass of a text with a loop."""
    loop = read_loop(text)
    step, after = forward_pass(loop.step), forward_pass(loop.after)
    inner, received = _walk(step, {})
    output = after.output
    seed = ones(()) if output.expression.rank == 0 else quantity(output.name, output.expression.shape, "bar")
    outer, final = _walk(after, {output.name: seed})
    kept = {n: total for n, total in final.items() if not is_zero(total)}
    return RecurrentPass(loop, step, after, inner, outer, received, kept)


def _walk(program: ForwardPass, seeds: Mapping[str, Node]) -> tuple[tuple[tuple[str, Node], ...], dict[str, Node]]:
    """Adjoints of the definitions, from the last to the first, and what is sent to the declared names."""
    received: dict[str, list[Node]] = {name: [] for name in program.shapes}
    found = []
    for d in reversed(program.definitions):
        total = reduce(add, received[d.name], seeds.get(d.name, zeros(d.expression.shape)))
        found.append((d.name, total))
        arriving = number(1) if total == number(1) else quantity(d.name, d.expression.shape, "bar")
        for message in messages(arriving, d):
            received[message.source].append(message.contribution)
    shapes = program.shapes
    return tuple(found), {n: reduce(add, received[n], zeros(shapes[n])) for n in program.model.declared if received[n]}
