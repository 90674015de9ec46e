"""What is decided about one link, and by what."""

from dataclasses import dataclass
from typing import Literal

from symnet.claims.decision.sampling import Counterexample
from symnet.claims.meaning.keys import Key
from symnet.claims.meaning.shapes import Misfit, Typed

State = Literal["holds", "wrong", "unread"]


@dataclass(frozen=True)
class Decision:
    """``how`` says what decided it; a counterexample, or the misfit of shapes, where it is wrong."""

    state: State
    how: str = ""
    notes: tuple[str, ...] = ()
    counterexample: Counterexample | None = None
    misfit: Misfit | None = None
    why: str = ""

    @property
    def holds(self) -> bool:
        return self.state == "holds"


def depends(t: Typed, key: Key) -> bool:
    """Whether the value depends on anything given: a name without a definition, a size, a function nobody specified."""
    if t.op == "name":
        return t.name not in key.typed or depends(key.typed[t.name], key)
    if any(isinstance(d, str) for d in t.shape):
        return True
    return t.op in ("apply", "index", "jacobian", "slopes", "gradient") or any(depends(a, key) for a in t.args)
