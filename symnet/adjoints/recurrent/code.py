"""A recurrence as source: the loop over the steps forward, then back, in the names of the model.

h[t], h[t - 1]    a state after step t, and before it; h[0] is its start
z[t - 1]          a part of step t; x[t - 1] is the row of a sequence that step t reads
h_later           what step t + 1 sends to the state that step t leaves
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from symnet.adjoints.code import MODULES, Speller, all_nodes, block
from symnet.adjoints.forward import ForwardPass
from symnet.adjoints.graph import Node, is_zero, zeros
from symnet.adjoints.recurrent.loops import Loop
from symnet.adjoints.recurrent.sweep import Sweep
from symnet.adjoints.recurrent.written import renamed
from symnet.errors import InvalidInput


def source(
    loop: Loop, step: ForwardPass, after: ForwardPass, sweep: Sweep, library: str, functions: Mapping[str, str]
) -> str:
    """The whole text; it needs nothing but ``library``, "numpy" or "torch"."""
    if library not in MODULES:
        raise InvalidInput(f"code for '{library}' is not written; one of {', '.join(MODULES)}")
    writer = _Writer(loop, step, after, sweep, library, functions)
    return (writer.numpy() if library == "numpy" else writer.torch()) + "\n"


@dataclass(frozen=True)
class _Writer:
    loop: Loop
    step: ForwardPass
    after: ForwardPass
    sweep: Sweep
    library: str
    functions: Mapping[str, str]

    @cached_property
    def spell(self) -> Speller:
        roots = [d.expression for d in (*self.step.definitions, *self.after.definitions)]
        taken = dict.fromkeys([*self.loop.declared, *self.step.shapes, *self.after.shapes, *self.loop.states.values()])
        back = [total for n, total in self.sweep.inner if not (n in self.loop.states and is_zero(total))]
        back += [total for _, total in self.sweep.outer]
        back += [total for sent in (self.sweep.received, self.sweep.final) for total in sent.values()]
        letters = dict.fromkeys([self.loop.length, *self.step.model.sizes, *self.after.model.sizes])
        nodes = all_nodes([*roots, *back])
        return Speller(self.library, self.functions, nodes, (*taken, self.loop.index), tuple(letters))

    def _name(self, name: str) -> str:
        return self.spell.name(name)

    def _bar(self, name: str) -> str:
        return self.spell.name(name, "bar")

    def _later(self, name: str) -> str:
        return self.spell.name(name, "later")

    # -- the two texts
    def numpy(self) -> str:
        ahead, back = self._forward(), self._backward()
        results = ", ".join(f'"{n}": {self._bar(n)}' for n in self._adjoints())
        lines = [*self._sizes([*ahead, *back]), *ahead, *back, f"return {{{results}}}"]
        arguments = ", ".join([*map(self._name, self.loop.declared), *self._seed()])
        return "\n".join([*self.spell.head(), f"def backward({arguments}):", self._title(), block(lines, 4)])

    def torch(self) -> str:
        declared, ahead, back = list(self.loop.declared), self._forward(), self._backward()
        like = self._name(next(n for n in declared if n not in self.step.model.bounds))
        kept = [*declared, *self._lists(), *(d.name for d in self.after.definitions if d is not self.after.output)]
        scaled = "" if self._seed() else " * scale"  # torch hands in the adjoint of the loss, which the rules take as 1
        gradients = ", ".join(f"{self._bar(n)}{scaled}" if n in self._adjoints() else "None" for n in declared)
        stacked = [f"{n} = torch.stack({n})" for n in map(self._name, self._lists())]
        forward = [*self.spell.constants(like), *self._sizes(ahead), *ahead, *stacked]
        saved = ", ".join(map(self._name, kept))
        forward += [f"ctx.save_for_backward({saved})", f"return {self._name(self.after.output.name)}"]
        backward = [f"{saved}, = ctx.saved_tensors", *self.spell.constants(like)]
        backward += [*self._sizes(back), *back, f"return {gradients}"]
        lines = ["class Backward(torch.autograd.Function):", self._title()]
        for name, arguments, body in (
            ("forward", list(map(self._name, declared)), forward),
            ("backward", self._seed() or ["scale"], backward),
        ):
            lines += ["    @staticmethod", f"    def {name}({', '.join(['ctx', *arguments])}):", block(body, 8), ""]
        return "\n".join([*self.spell.head(), *lines]).rstrip()

    def _title(self) -> str:
        length = f"for any number {self.loop.length} of steps"
        return f'    """The backward pass of {self.after.output.name} {length}, derived by symnet."""\n'

    # -- forward
    def _forward(self) -> list[str]:
        name = self._name
        starts = [f"{name(n)} = [{name(start)}]" for n, start in self.loop.states.items()]
        parts = [f"{name(d.name)} = []" for d in self.step.definitions if d.name not in self.loop.states]
        inside = [f"{name(d.name)}.append({self._now(d.expression)})" for d in self.step.definitions]
        last = [f"{name(d.name)} = {self._last(d.expression)}" for d in self.after.definitions]
        return [*starts, *parts, f"for {self._t} in range(1, {self._T} + 1):", block(inside, 4), *last]

    def _lists(self) -> list[str]:
        """What is kept of each step."""
        return [*self.loop.states, *(d.name for d in self.step.definitions if d.name not in self.loop.states)]

    # -- back
    def _seed(self) -> list[str]:
        name, total = self.sweep.outer[0]
        return [self._bar(name)] if total.op == "quantity" else []

    def _adjoints(self) -> list[str]:
        return [n for n in self.loop.declared if n not in self.step.model.bounds]

    def _backward(self) -> list[str]:
        name, bar, later = self._name, self._bar, self._later
        outer = [(n, total) for n, total in self.sweep.outer if total.op not in ("quantity", "number")]
        lines = [f"{bar(n)} = {self._last(total)}" for n, total in outer]
        lines += [f"{later(n)} = {self._sent(n, f'{name(n)}[0]')}" for n in self.loop.states]
        shared = [n for n in self._adjoints() if n not in self.loop.states.values()]
        lines += [f"{bar(n)} = {self._sent(n, name(n))}" for n in shared]
        lines.append(f"for {self._t} in range({self._T}, 0, -1):")
        inside = [f"{bar(n)} = {self._arriving(n, total)}" for n, total in self.sweep.inner]
        for n in shared:
            if (total := self.sweep.received.get(n)) is not None and not is_zero(total):
                at = f"[{self._t} - 1]" if n in self.loop.sequences else ""
                inside.append(f"{bar(n)}{at} {'=' if at else '= ' + bar(n) + ' +'} {self._now(total)}")
        for n in self.loop.states:
            sent = self.sweep.received.get(f"{n}_before", zeros(self.step.shapes[n]))
            inside.append(f"{later(n)} = {f'{self._like}({name(n)}[0])' if is_zero(sent) else self._now(sent)}")
        return [*lines, block(inside, 4), *(f"{bar(start)} = {later(n)}" for n, start in self.loop.states.items())]

    def _sent(self, name: str, like: str) -> str:
        """What the equations after the loop send, else 0."""
        total = self.sweep.final.get(name)
        return f"{self._like}({like})" if total is None else self._last(total)

    def _arriving(self, name: str, inside: Node) -> str:
        if name not in self.loop.states:
            return self._now(inside)
        return self._later(name) if is_zero(inside) else f"{self._later(name)} + {self._now(inside)}"

    @property
    def _like(self) -> str:
        return f"{MODULES[self.library]}.zeros_like"

    # -- names and sizes
    @property
    def _t(self) -> str:
        return self._name(self.loop.index)

    @property
    def _T(self) -> str:
        return self.spell.name(self.loop.length, "size")

    def _now(self, node: Node) -> str:
        """A node within step t."""
        t = self._t
        names = {n: f"{n}[{t} - 1]" for n in (*self.step.named, *self.loop.sequences)}
        names |= {n: f"{n}[{t}]" for n in self.loop.states} | {f"{n}_before": f"{n}[{t} - 1]" for n in self.loop.states}
        return self.spell.line(_forward_renamed(node, names))

    def _last(self, node: Node) -> str:
        return self.spell.line(_forward_renamed(node, {n: f"{n}[{self._T}]" for n in self.loop.states}))

    def _sizes(self, lines: list[str]) -> list[str]:
        """T, and each letter that the lines mention, from the shape of a declared quantity."""
        words, found = set(re.findall(r"\w+", "\n".join(lines))), {}
        for name, shape in self.loop.declared.items():
            for axis, n in enumerate(shape):
                if n.is_Symbol and (called := self.spell.rename(n).name) in words:
                    found.setdefault(called, f"{called} = {self._name(name)}.shape[{axis}]")
        return list(found.values())


def _forward_renamed(node: Node, names: Mapping[str, str]) -> Node:
    """Adjoints keep their names: each is used in the step that computes it."""
    if node.op == "quantity":
        return renamed(node, names) if node["role"] == "" else node
    return Node(node.op, tuple(_forward_renamed(a, names) for a in node.args), node.attrs, node.shape)
