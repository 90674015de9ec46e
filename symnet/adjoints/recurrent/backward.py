r"""Recurrences of any length T: one step, its adjoint recurrence, and the sums over t.

    for t in 1..T:                    the step; h[t-1] is the state before it, x[t] the row of a sequence
        h[t] = phi(W @ h[t-1] + U @ x[t] + b)
    L = u @ h[T]                      what follows the last step; h[0] is declared, as h0 : n

h_t    the state after step t          z_t    a part of the step, named by symnet
h̄_t    what step t receives: from itself, and from step t + 1 through h_t; after the last step, from what follows it

The backward pass of one step is derived by the same walk as any model, with the state before it as one more input;
W̄ is the sum over t of what each step sends. Nothing is unrolled, so the rules do not grow with T.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from symnet.adjoints.diagram import ComputationGraph
from symnet.adjoints.directional import differential
from symnet.adjoints.evaluate import Array
from symnet.adjoints.forward import ForwardPass, forward_pass
from symnet.adjoints.graph import Node
from symnet.adjoints.recurrent import numbers
from symnet.adjoints.recurrent.code import source
from symnet.adjoints.recurrent.diagram import loop_graph
from symnet.adjoints.recurrent.loops import Loop, read_loop
from symnet.adjoints.recurrent.sweep import Sweep, backward_sweep, changed_sweep, moving_names
from symnet.adjoints.recurrent.written import Writer
from symnet.adjoints.reverse import Message
from symnet.derivation import Check, Derivation, Relation, Step
from symnet.errors import InvalidInput
from symnet.joints import joined


@dataclass(frozen=True)
class RecurrentPass:
    """The backward pass of a recurrence, for every T.

    step, after   forward passes of one step, and of what follows the last one
    sweep         what each name receives        messages     what it is made of, within a step and after the last
    """

    loop: Loop
    step: ForwardPass
    after: ForwardPass
    sweep: Sweep
    messages: tuple[tuple[Message, ...], tuple[Message, ...]] = field(repr=False)

    warnings: ClassVar[tuple[str, ...]] = ()

    @property
    def steps(self) -> tuple[Step, ...]:
        return self._writer.back(self.sweep)

    @property
    def rules(self) -> tuple[Relation, ...]:
        return tuple(step.relation for step in self.steps)

    @property
    def derivation(self) -> Derivation:
        return Derivation(f"Backward pass of a recurrence of {self.loop.length} steps", self.rules, self.steps)

    @property
    def _writer(self) -> Writer:
        return Writer(self.loop, self.step, self.after)

    @property
    def graph(self) -> ComputationGraph:
        """One step, and what follows the last."""
        return loop_graph(self.loop, self.step, self.after, self.messages)

    # -- more than the gradient
    def jvp(self, along: Iterable[str] | None = None) -> "RecurrentChanges":
        """Forward rules: how every step changes with the names in ``along``; all of them, if it is left out."""
        names = _names(self.loop, along)
        within, behind = moving_names(self.loop, self.step, self.after, names)
        ahead = {d.name: differential(d.expression, within, set()) for d in self.step.definitions}
        last = {d.name: differential(d.expression, behind, set()) for d in self.after.definitions}
        return RecurrentChanges(self, names, ahead, last)

    def hvp(self, along: Iterable[str] | None = None) -> "RecurrentChanges":
        """Hessian-vector rules: how the adjoints of every step change, for a fixed adjoint of the output."""
        forward = self.jvp(along)
        within, behind = moving_names(self.loop, self.step, self.after, forward.along)
        return RecurrentChanges(
            self, forward.along, forward.ahead, forward.last, changed_sweep(self.loop, self.sweep, within, behind)
        )

    def code(self, library: str = "numpy", functions: "Mapping[str, str] | None" = None) -> str:
        """A backward function as source, with the loop over the steps, that needs nothing but ``library``."""
        return source(self.loop, self.step, self.after, self.sweep, library, functions or {})

    # -- numbers
    def evaluate(self, values: Mapping[str, Any], seed: Any = None, functions: Any = None) -> dict[str, Array]:
        """Adjoints of everything that is declared, by one pass forward and one back, as float64 arrays."""
        return numbers.run(self.loop, self.step, self.after, values, functions).back(self.sweep, seed)

    @joined
    def check(self, device: str = "auto") -> tuple[Check, ...]:
        """Against autograd through the unrolled loop, for several T."""
        ...

    # -- writing
    def latex(self) -> str:
        return self.derivation.latex()

    def __str__(self) -> str:
        return "\n".join(map(str, self.rules))

    def to_json(self) -> dict[str, Any]:
        return {"model": self.loop.text, "graph": self.graph.to_json(), **self.derivation.to_json()}

    def _repr_latex_(self) -> str:
        return self.derivation._repr_latex_()


@dataclass(frozen=True)
class RecurrentChanges:
    """How a recurrence changes along a direction: forward rules, and with a ``sweep`` Hessian-vector rules besides.

    ahead, last    the change of each name of a step, and of each name after the last one
    """

    origin: RecurrentPass
    along: tuple[str, ...]
    ahead: Mapping[str, Node]
    last: Mapping[str, Node]
    sweep: Sweep | None = None

    @property
    def derivation(self) -> Derivation:
        writer, loop = self.origin._writer, self.origin.loop
        steps = writer.ahead(self.ahead, self.last, "d", "the differential of its equation")
        steps += writer.back(self.sweep) if self.sweep else ()
        title = f"{'Hessian-vector' if self.sweep else 'Forward'} rules of a recurrence of {loop.length} steps"
        return Derivation(title, tuple(step.relation for step in steps), tuple(steps))

    @property
    def relations(self) -> tuple[Relation, ...]:
        return tuple(step.relation for step in self.derivation.steps)

    def evaluate(
        self, values: Mapping[str, Any], direction: Mapping[str, Any], seed: Any = None, functions: Any = None
    ) -> dict[str, Array]:
        """Along ``direction``: the changes of what follows the last step, or of all declared adjoints."""
        if missing := [name for name in self.along if name not in direction]:
            raise InvalidInput(f"no direction for {', '.join(missing)}; give an array of its shape")
        of = self.origin
        run = numbers.run(of.loop, of.step, of.after, values, functions)
        run.change(self.ahead, self.last, {n: direction[n] for n in self.along})
        if self.sweep is None:
            return {n: run.last.arrays[n, "d"] for n in self.last}
        run.back(of.sweep, seed)
        return run.back(self.sweep, seed)

    @joined
    def check(self, device: str = "auto") -> tuple[Check, ...]:
        """Against torch.func through the unrolled loop, for several T."""
        ...

    def latex(self) -> str:
        return self.derivation.latex()

    def __str__(self) -> str:
        return "\n".join(map(str, self.relations))

    def to_json(self) -> dict[str, Any]:
        return self.derivation.to_json()

    def _repr_latex_(self) -> str:
        return self.derivation._repr_latex_()


def recurrence(text: str) -> RecurrentPass:
    """The backward pass of a text with a loop."""
    loop = read_loop(text)
    step, after = (forward_pass(model, (loop.index, loop.length)) for model in (loop.step, loop.after))
    sweep, within, behind = backward_sweep(step, after)
    return RecurrentPass(loop, step, after, sweep, (within, behind))


def _names(loop: Loop, along: Iterable[str] | None) -> tuple[str, ...]:
    known = [n for n in loop.declared if n not in loop.step.bounds]
    names = tuple(known if along is None else along)
    if unknown := [n for n in names if n not in known]:
        raise InvalidInput(f"'{unknown[0]}' is not a declared quantity; a direction is along {', '.join(known)}")
    return names
