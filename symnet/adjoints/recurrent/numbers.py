"""A recurrence as numbers: the steps in order, then back, in float64.

worlds     one for each step: its names as arrays, by (name, role)         bars   what the declared names receive
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from symnet.adjoints import evaluate as single
from symnet.adjoints.evaluate import Array, World, as_array
from symnet.adjoints.forward import ForwardPass
from symnet.adjoints.graph import Node
from symnet.adjoints.recurrent.loops import Loop
from symnet.adjoints.recurrent.sweep import Sweep
from symnet.errors import InvalidInput


@dataclass(frozen=True)
class Run:
    """The forward values of all steps, and of what follows the last."""

    loop: Loop
    given: Mapping[str, Array]
    worlds: Sequence[World]
    last: World

    # -- changes
    def change(self, step: Mapping[str, Node], after: Mapping[str, Node], direction: Mapping[str, Any]) -> None:
        """Enter the changes of all names along a direction, by the forward rules of a step and of what follows."""
        moved = {n: _like(n, direction.get(n, 0 * v), v) for n, v in self.given.items()}
        state = {n: moved[start] for n, start in self.loop.states.items()}
        for k, world in enumerate(self.worlds):
            now = {**moved, **{n: moved[n][k] for n in self.loop.sequences}}
            self._enter(world, now | {f"{n}_before": v for n, v in state.items()}, step)
            state = {n: world.arrays[n, "d"] for n in self.loop.states}
        self._enter(self.last, moved | state, after)

    @staticmethod
    def _enter(world: World, changes: Mapping[str, Array], rules: Mapping[str, Node]) -> None:
        for name, array in changes.items():
            world.arrays[name, "d"] = array
        for name, rule in rules.items():
            world.arrays[name, "d"] = as_array(world.value(rule))

    # -- back
    def back(self, sweep: Sweep, seed: Mapping[str, Any] | None) -> dict[str, Array]:
        """What all declared names receive; the adjoints themselves are entered on the way."""
        role, bars = sweep.role, {n: as_array(v * 0) for n, v in self.given.items()}
        for name, total in sweep.outer:
            opened = total.op == "quantity" and total["name"] == name and total["role"] == "bar"
            self.last.arrays[name, role] = as_array(_seeded(seed, name) if opened else self.last.value(total))
        sent = {n: as_array(self.last.value(total)) for n, total in sweep.final.items()}
        bars |= {n: bars[n] + array for n, array in sent.items() if n in bars}
        later = {n: sent.get(n, 0.0) for n in self.loop.states}
        for k in reversed(range(len(self.worlds))):
            world = self.worlds[k]
            for name, inside in sweep.inner:
                world.arrays[name, role] = as_array(world.value(inside) + later.get(name, 0.0))
            sent = {n: as_array(world.value(total)) for n, total in sweep.received.items()}
            for name in [n for n in sent if n in bars]:
                if name in self.loop.sequences:
                    bars[name][k] = sent[name]
                else:
                    bars[name] = bars[name] + sent[name]
            later = {n: sent.get(f"{n}_before", 0.0) for n in self.loop.states}
        return bars | {start: bars[start] + later[n] for n, start in self.loop.states.items()}


def run(
    loop: Loop, step: ForwardPass, after: ForwardPass, values: Mapping[str, Any], functions: Mapping[str, Any] | None
) -> Run:
    """All steps forward; `InvalidInput` where values are missing or do not fit."""
    given = {n: as_array(v) for n, v in values.items()}
    length = _length(loop, given)
    if missing := [n for n in loop.declared if n not in given]:
        raise InvalidInput(f"no value for {', '.join(missing)}; values needs an array for each declared quantity")
    given = {n: given[n] for n in loop.declared}
    state, worlds = {n: given[s] for n, s in loop.states.items()}, []
    for k in range(length):
        now = given | {n: given[n][k] for n in loop.sequences} | {f"{n}_before": v for n, v in state.items()}
        worlds.append(single.everything(step, (), now, functions=functions))
        state = {n: worlds[-1].arrays[n, ""] for n in loop.states}
    return Run(loop, given, worlds, single.everything(after, (), given | state, functions=functions))


def _length(loop: Loop, given: Mapping[str, Array]) -> int:
    lengths = {len(given[n]) for n in loop.sequences if n in given}
    if len(lengths) != 1:
        raise InvalidInput(f"sequences of one length {loop.length} are needed to evaluate, not {sorted(lengths)}")
    return lengths.pop()


def _like(name: str, direction: Any, value: Array) -> Array:
    array = as_array(direction)
    if array.shape != value.shape:
        raise InvalidInput(f"the direction of {name} has shape {array.shape}, not {value.shape}")
    return array


def _seeded(seed: Any, name: str) -> Any:
    if not seed or name not in seed:
        raise InvalidInput(f"the adjoint of {name} is open; give it: seed={{'{name}': array}}")
    return seed[name]
