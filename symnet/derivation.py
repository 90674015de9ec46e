"""The one result type: what was established, why, and how it was checked.

Relation     two sides and a sign, never evaluated (SymPy turns Eq(A, A) into True, and a report would print "True")
Step         a relation with its reason, written for the reader; a sum has one part for each contribution
Check        independent evidence: "exact" (integers, rationals, symbols) or "numeric" (sampled; never reads as a proof)
Derivation   title, statement, steps, checks; the statement is what *was* established, so a refuted claim
             yields the derivation of its counterexample
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from symnet import markup, notation
from symnet.notation import Medium, Prose


@dataclass(frozen=True)
class Relation:
    """``lhs sign rhs``, kept as written. ``sign`` is a key of `notation.SIGNS`; a = b = c nests on the right.

    ``given`` are the conditions under which it holds, relations themselves: a part of what is said, in every medium.
    """

    lhs: Any
    sign: str
    rhs: Any
    given: tuple["Relation", ...] = ()

    def __post_init__(self) -> None:
        if self.sign not in notation.SIGNS:
            raise ValueError(f"unknown sign {self.sign!r}; one of {', '.join(notation.SIGNS)}")

    @property
    def binds(self) -> int:
        return 0

    def written(self, medium: Medium) -> str:
        sign = notation.SIGNS[self.sign][medium == "text"]
        return f"{notation.write(self.lhs, medium)} {sign} {self.rest(medium)}"

    def rest(self, medium: Medium) -> str:
        """What follows the sign: the right side, and the conditions."""
        right = notation.write(self.rhs, medium)
        conditions = ", ".join(notation.write(condition, medium) for condition in self.given)
        space = r" \quad " if medium == "latex" else "  "
        return f"{right}{space}({conditions})" if conditions else right

    def latex(self) -> str:
        return self.written("latex")

    def text(self) -> str:
        return self.written("text")

    def __str__(self) -> str:
        return self.text()

    def to_json(self) -> dict[str, Any]:
        sides = {"lhs": notation.text(self.lhs), "sign": self.sign, "rhs": notation.text(self.rhs)}
        given = {"given": [condition.text() for condition in self.given]} if self.given else {}
        return sides | given | {"latex": self.latex()}


@dataclass(frozen=True)
class Step:
    """One relation and why it holds.

    reason   prose for the reader of the report
    rule     the rule's short name, set at the right margin
    shapes   what the shapes multiply to, as prose: "(m)(n)ᵀ → m × n"
    parts    for a sum, one step for each contribution; its relation is the identity that justifies the term
    """

    relation: Relation
    reason: Prose = ""
    rule: str = ""
    shapes: Prose = ""
    parts: tuple["Step", ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {
            "relation": self.relation.to_json(),
            "reason": notation.prose(self.reason, "text"),
            "rule": self.rule,
            "shapes": notation.prose(self.shapes, "text"),
            "parts": [part.to_json() for part in self.parts],
        }


@dataclass(frozen=True)
class Check:
    """One piece of independent evidence.

    kind       "exact" (no tolerance) or "numeric" (sampled, with error and tolerance in the evidence)
    evidence   JSON-able facts: error, tolerance, seeds, shapes, device, versions, or the certificate
    """

    name: str
    kind: Literal["exact", "numeric"]
    passed: bool
    evidence: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.kind not in ("exact", "numeric"):
            raise ValueError(f"a check is 'exact' or 'numeric', not {self.kind!r}")
        object.__setattr__(self, "passed", bool(self.passed))  # np.bool_ must not leak into JSON

    def to_json(self) -> dict[str, Any]:
        return {"name": self.name, "kind": self.kind, "passed": self.passed, "evidence": dict(self.evidence)}


@dataclass(frozen=True)
class Derivation:
    """What was established, step by step, with its checks."""

    title: str
    statement: tuple[Relation, ...]
    steps: tuple[Step, ...] = ()
    checks: tuple[Check, ...] = ()

    @property
    def passed(self) -> bool:
        """No check failed. Without checks nothing failed either: look at ``checks`` to see what was looked at."""
        return all(check.passed for check in self.checks)

    def with_checks(self, checks: Iterable[Check]) -> "Derivation":
        return replace(self, checks=self.checks + tuple(checks))

    def latex(self) -> str:
        r"""The statement as one ``aligned`` display, signs below each other."""
        rows = [rf"{notation.latex(r.lhs)} &{notation.SIGNS[r.sign][0]} {r.rest('latex')}" for r in self.statement]
        return "\\begin{aligned}\n" + " \\\\\n".join(rows) + "\n\\end{aligned}"

    def text(self) -> str:
        """Title, then each step with its reason, in plain Unicode."""
        lines = [self.title]
        for step in self.steps:
            lines += _step_lines(step, "  ")
        return "\n".join(lines)

    def __str__(self) -> str:
        return self.text()

    def to_json(self) -> dict[str, Any]:
        return {
            "title": self.title,
            "statement": [relation.to_json() for relation in self.statement],
            "steps": [step.to_json() for step in self.steps],
            "checks": [check.to_json() for check in self.checks],
        }

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.latex()}$"

    def _repr_html_(self) -> str:
        return markup.table((row for step in self.steps for row in _cells(step)), title=self.title)


def _cells(step: Step, inset: str = "") -> Iterator[tuple[str, str, str]]:
    """A row for the step and one for each contribution, its reason said once."""
    yield rf"{inset}\({step.relation.latex()}\)", notation.prose(step.reason, "text"), step.rule
    for part in step.parts:
        told = replace(part, reason="", rule="") if part.reason == step.reason else part
        yield from _cells(told, inset + "\N{EM SPACE}")


def _step_lines(step: Step, indent: str) -> list[str]:
    reason = notation.prose(step.reason, "text")
    rule = f"  [{step.rule}]" if step.rule else ""
    lines = [f"{indent}{step.relation}{rule}", *([f"{indent}    {reason}"] if reason else [])]
    for part in step.parts:
        told = replace(part, reason="", rule="") if part.reason == step.reason else part
        lines += _step_lines(told, indent + "      ")
    return lines
