"""Loops over time in the model language, taken apart into ordinary texts: one step, and what follows the last.

    for t in 1..T:                    h[t] defines a value of step t, h[t-1] is the one before, x[t] a row of a sequence
        h[t] = phi(W @ h[t-1] + U @ x[t] + b)
    L = u @ h[T]                      what follows; the state before step 1 is declared as h0

In the text of a step, h stands for h[t], h_before for h[t-1], x for x[t]; after the loop h stands for h[T].
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from symnet.adjoints.graph import Shape
from symnet.adjoints.language import Model, parse
from symnet.errors import InvalidInput
from symnet.sizes import letter

LOOP = re.compile(r"^for\s+(\w+)\s+in\s+1\s*\.\.\s*(\w+)\s*:\s*$", re.MULTILINE)


def is_recurrence(text: str) -> bool:
    """The text has a loop over steps."""
    return bool(LOOP.search(text))


@dataclass(frozen=True)
class Loop:
    """A text taken apart: ordinary texts for one step and for what follows, and what moves in time.

    states       name to the declared name of its start: h to h0          sequences    names read at t
    step         the body with h for h[t], h_before for h[t-1], x for x[t]
    after        the equations after the loop, with h for h[T]
    """

    step: Model
    after: Model
    states: Mapping[str, str]
    sequences: tuple[str, ...]
    index: str
    length: str
    text: str

    @property
    def declared(self) -> dict[str, Shape]:
        """What the text declares: starts in the place of states, and whole sequences."""
        T = letter(self.length)
        before = {f"{n}_before": start for n, start in self.states.items()}
        rows = {n: (T, *shape) if n in self.sequences else shape for n, shape in self.step.declared.items()}
        return {before.get(n, n): shape for n, shape in rows.items()}


def read_loop(text: str) -> Loop:
    """`InvalidInput` names what a recurrence lacks."""
    parts = _parts(text)
    body, index, length = parts.body, parts.index, parts.length
    here, before = rf"\b(\w+)\[\s*{index}\s*\]", rf"\b(\w+)\[\s*{index}\s*-\s*1\s*\]"
    defined = [name for line in body if (name := _defined(line, index))]
    if len(defined) != len(body):
        raise InvalidInput(f"every equation of the loop defines a value at {index}, as in 'h[{index}] = …'")
    states = {n: f"{n}0" for n in dict.fromkeys(re.findall(before, "\n".join(body)))}
    if unknown := [n for n in states if n not in defined]:
        raise InvalidInput(f"'{unknown[0]}[{index}-1]' is used, but the loop does not define {unknown[0]}[{index}]")
    sequences = tuple(n for n in dict.fromkeys(re.findall(here, "\n".join(body))) if n not in defined)
    declare = _declared(parts, states, sequences)
    body = [re.sub(here, r"\1", re.sub(before, r"\1_before", line)) for line in body]
    after = [re.sub(rf"\b(\w+)\[\s*{length}\s*\]", r"\1", line) for line in parts.tail]
    step = parse("\n".join([*declare["shared"], *declare["sequences"], *declare["before"], *body]))
    last = parse("\n".join([*declare["shared"], *declare["last"], *after]))
    if index in {*step.declared, *defined, *step.sizes}:
        raise InvalidInput(f"'{index}' counts the steps of the loop; call the quantity or size otherwise")
    return Loop(step, last, states, sequences, index, length, text)


@dataclass(frozen=True)
class _Parts:
    declarations: list[str]
    body: list[str]
    tail: list[str]
    index: str
    length: str


def _parts(text: str) -> _Parts:
    """Declarations, the indented body of the loop, and what follows it."""
    lines = [line.split("#", 1)[0].rstrip() for line in text.splitlines()]
    at = [i for i, line in enumerate(lines) if LOOP.match(line)]
    if len(at) != 1:
        raise InvalidInput("a model has one loop, 'for t in 1..T:'; write the second as a model of its own")
    found = LOOP.match(lines[at[0]])
    index, length = (found[1], found[2]) if found else ("t", "T")
    declarations, rest = [line for line in lines[: at[0]] if line.strip()], lines[at[0] + 1 :]
    end = next((i for i, line in enumerate(rest) if line and not line[0].isspace()), len(rest))
    body, tail = ([line.strip() for line in part if line.strip()] for part in (rest[:end], rest[end:]))
    if not body or not tail or any("=" in line for line in declarations):
        raise InvalidInput("a loop needs declarations before it, indented equations in it, and an equation after it")
    return _Parts(declarations, body, tail, index, length)


def _declared(parts: _Parts, states: Mapping[str, str], sequences: tuple[str, ...]) -> dict[str, list[str]]:
    """Declarations of what all steps share, of rows of sequences, and of states before a step and after the last."""
    shapes = parse("\n".join([*parts.declarations, "symnet_ = 1"])).declared
    if missing := [start for start in states.values() if start not in shapes]:
        raise InvalidInput(f"the state before step 1 is missing: declare '{missing[0]}', as in '{missing[0]} : n'")
    if wrong := [n for n in sequences if n not in shapes or str(shapes[n][:1]) != f"({parts.length},)"]:
        raise InvalidInput(f"'{wrong[0]}[{parts.index}]' needs a sequence: declare '{wrong[0]} : {parts.length} …'")

    def line(name: str, shape: tuple[object, ...]) -> str:
        return f"{name} : {' '.join(map(str, shape)) or 'scalar'} input"

    def shared(declaration: str) -> str:
        names, _, rest = declaration.partition(":")
        kept = [n for n in names.split(",") if n.strip() not in sequences]
        return f"{','.join(kept)}:{rest}" if kept else ""

    return {
        "shared": [kept for d in parts.declarations if (kept := shared(d))],
        "sequences": [line(n, shapes[n][1:]) for n in sequences],
        "before": [line(f"{n}_before", shapes[start]) for n, start in states.items()],
        "last": [line(n, shapes[start]) for n, start in states.items()],
    }


def _defined(line: str, index: str) -> str | None:
    found = re.match(rf"^(\w+)\[\s*{index}\s*\]\s*=(?!=)", line)
    return found[1] if found else None
