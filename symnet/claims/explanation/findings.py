r"""What an audit says: one finding for each link of each claim, and the audit as a whole.

verdict   "holds", "wrong" or "unread": never a guess
how       what decided it: shapes, one form of both sides, exact values, 40 digits, exact arithmetic
why       for the reader: the shape error, the near miss that is right, or what cannot be read and where
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Literal

from symnet import markup, notation
from symnet.claims.decision.numbers import Array
from symnet.claims.decision.sampling import Counterexample
from symnet.claims.marking.states import State, state
from symnet.derivation import Check, Derivation, Relation, Step

Verdict = Literal["holds", "wrong", "unread"]
KINDS = ("claim", "unread", "definition", "given", "no relation", "not judged")
"""Of formulas: decided, not decided, defining a name, presupposed, claiming nothing, and not reached."""


@dataclass(frozen=True)
class Finding:
    r"""``claim`` is LaTeX as written; ``read_as`` how it was understood, in Unicode, and ``latex`` in LaTeX.

    convention   another convention under which a wrong claim is right      repaired   the claim made right, in LaTeX
    cell         of a notebook; the line is a line of it
    """

    claim: str
    verdict: Verdict
    read_as: str = ""
    latex: str = ""
    how: str = ""
    why: str = ""
    notes: tuple[str, ...] = ()
    counterexample: Counterexample | None = None
    shown: tuple[str, ...] = ()
    near_miss: str = ""
    repaired: str = ""
    convention: str = ""
    follows: str = ""
    file: str = ""
    line: int = 0
    column: int = 0
    cell: int = 0
    relation: Relation | None = field(default=None, compare=False)

    @property
    def place(self) -> str:
        where = f"{f'cell {self.cell}:' if self.cell else ''}{self.line}:{self.column}"
        return f"{self.file}:{where}" if self.file else where

    def explanation(self) -> str:
        """Everything there is to say, in one paragraph."""
        parts = [self.why, self.near_miss, f"right if {self.convention}" if self.convention else "", self.follows]
        if self.counterexample:
            parts.append(told(self.counterexample, self.shown))
        if self.verdict == "holds":
            parts = [self.how, *self.notes]
        return "; ".join(p for p in parts if p)

    def to_json(self) -> dict[str, Any]:
        record = {
            k: getattr(self, k)
            for k in ("claim", "verdict", "read_as", "latex", "how", "why", "near_miss", "repaired", "convention",
                      "follows", "file", "line", "column", "cell")
        }  # fmt: skip
        record["notes"] = list(self.notes)
        record["counterexample"] = counterexample_json(self.counterexample)
        return record


@dataclass(frozen=True)
class Given:
    """What the text presupposes and does not claim: "let s = 3", "if x > 0"; ``statement`` as it was understood."""

    statement: str
    file: str = ""
    line: int = 0
    column: int = 0

    def to_json(self) -> dict[str, Any]:
        return {"statement": self.statement, "file": self.file, "line": self.line, "column": self.column}


@dataclass(frozen=True)
class Audit:
    """All findings, in the order of the text.

    given             what the text presupposes, of which none is said to hold or to be wrong
    formulas          how many formulas are what: every formula of the document is one of `KINDS`, and none is two
    wanted, stated    what the keys ask for, and what of it is stated (see `wanted`)
    notes             what a marker should know of the document: blocks that were ignored, signs with another look
    why_not_judged    why some formulas were not reached
    """

    findings: tuple[Finding, ...]
    title: str = ""
    given: tuple[Given, ...] = ()
    formulas: Mapping[str, int] = field(default_factory=dict)
    wanted: tuple[str, ...] = ()
    stated: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    why_not_judged: str = ""

    @property
    def state(self) -> State:
        """What may be said of the answer as a whole (see `states`)."""
        return state(self.counts, wanted=self.wanted, stated=self.stated, not_judged=self.not_judged)

    @property
    def not_judged(self) -> int:
        return self.formulas.get("not judged", 0)

    def __iter__(self) -> Iterator[Finding]:
        return iter(self.findings)

    def __len__(self) -> int:
        return len(self.findings)

    @property
    def wrong(self) -> tuple[Finding, ...]:
        return tuple(f for f in self.findings if f.verdict == "wrong")

    @property
    def unread(self) -> tuple[Finding, ...]:
        return tuple(f for f in self.findings if f.verdict == "unread")

    @property
    def holds(self) -> bool:
        """Every claim was read and holds."""
        return bool(self.findings) and not self.not_judged and all(f.verdict == "holds" for f in self.findings)

    @property
    def counts(self) -> dict[str, int]:
        tally = Counter(f.verdict for f in self.findings)
        return {v: tally.get(v, 0) for v in ("holds", "wrong", "unread")}

    @property
    def derivation(self) -> Derivation:
        """What was established: the links that hold, each with what decided it."""
        right = [f for f in self.findings if f.verdict == "holds" and f.relation is not None]
        steps = tuple(Step(f.relation, f.how) for f in right if f.relation is not None)
        return Derivation(
            f"Audit of {self.title or 'the claims'}", tuple(s.relation for s in steps), steps, self.check()
        )

    def check(self, device: str = "auto") -> tuple[Check, ...]:
        """The verdicts as one check: exact where no reals were needed."""
        numeric = any("digits" in f.how for f in self.findings)
        return (Check("claims hold", "numeric" if numeric else "exact", self.holds, dict(self.counts)),)

    def latex(self) -> str:
        return self.derivation.latex()

    def __str__(self) -> str:
        lines = [line for f in self.findings for line in lines_of(f)]
        tally = self.counts
        beside = [*self.notes, *([self.why_not_judged] if self.why_not_judged else [])]
        return "\n".join([*lines, *beside, ", ".join(f"{n} {v}" for v, n in tally.items())])

    def to_json(self) -> dict[str, Any]:
        return {
            "title": self.title, "state": self.state, "counts": self.counts, "formulas": dict(self.formulas),
            "wanted": list(self.wanted), "stated": list(self.stated), "notes": list(self.notes),
            "why_not_judged": self.why_not_judged, "findings": [f.to_json() for f in self.findings],
            "given": [g.to_json() for g in self.given],
        }  # fmt: skip

    def _repr_latex_(self) -> str:
        return self.derivation._repr_latex_()

    def _repr_html_(self) -> str:
        rows = ((f.place, rf"\({f.claim}\)", f.verdict, f.explanation()) for f in self.findings)
        return markup.table(rows, head=("where", "claim", "verdict", "why"))


MARKS = {"holds": "✓", "wrong": "✗", "unread": "?"}


def lines_of(f: Finding) -> list[str]:
    """A finding for the terminal: place, verdict, claim; below it what there is to say."""
    claim = " ".join(f.claim.split())
    head = f"{f.place}: {MARKS[f.verdict]} {f.verdict}: {f.read_as or claim}"
    said = [f.how if f.verdict == "holds" else f.why, *f.notes]
    said += [f.near_miss, f"right if {f.convention}" if f.convention else "", f.follows]
    said += [told(f.counterexample, f.shown)] if f.counterexample else []
    return [head, *(f"      {line}" for line in said if line)]


# ---------------------------------------------------------------------- counterexamples
def told(c: Counterexample, names: tuple[str, ...] = ()) -> str:
    """At r = [3, 0], h = [3, 0, -3]: the left side is …, the right side is …"""
    where = [f"{notation.identifier(n, 'text')} = {array(c.values[n])}" for n in names if n in c.values]
    where += [f"{_function(f, order)}({number(x)}) = {number(y)}" for (f, order, x), y in sorted(c.functions.items())][
        :6
    ]
    where += [f"{name} = {n + 1}" for name, n in c.indices.items()]
    at = f"at {', '.join(where)} " if where else ""
    return f"{at}the left side is {array(c.left)}, the right side {array(c.right)}"


def _function(name: str, order: int) -> str:
    return notation.identifier(name, "text") + "'" * order


def array(a: Array) -> str:
    """A number, [a, b] for a column, [[a, b], [c, d]] for a matrix."""
    if len(a) == len(a[0]) == 1:
        return number(a[0][0])
    rows = [[number(x) for x in row] for row in a]
    if len(rows[0]) == 1:
        return "[" + ", ".join(row[0] for row in rows) + "]" + "ᵀ"
    return "[" + ", ".join("[" + ", ".join(row) + "]" for row in rows) + "]"


def number(x: Any) -> str:
    """An exact fraction, or six digits."""
    if isinstance(x, Fraction):
        return f"{x.numerator:,}" if x.denominator == 1 else f"{x.numerator}/{x.denominator}"
    return f"{float(x):.6g}"


def counterexample_json(c: Counterexample | None) -> dict[str, Any] | None:
    """The counterexample for JSON, numbers as text."""
    if c is None:
        return None
    return {
        "values": {n: array(v) for n, v in c.values.items()},
        "functions": {f"{_function(f, o)}({number(x)})": number(y) for (f, o, x), y in c.functions.items()},
        "indices": {n: i + 1 for n, i in c.indices.items()},
        "left": array(c.left),
        "right": array(c.right),
    }
