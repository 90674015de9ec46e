"""What an SMT solver is asked, for z3 and for cvc5, whose Python interfaces have the same names.

The negated claim in linear real arithmetic; relu(z) is If(z > 0, z, 0). Unsatisfiable means proved.
"""

from fractions import Fraction
from itertools import pairwise
from typing import Any

from protocol import matrices


class Encoder:
    """Networks and claims in the terms of a solver's module."""

    def __init__(self, smt: Any) -> None:
        self.smt = smt

    def constant(self, value: Fraction) -> Any:
        return self.smt.RealVal(str(value))

    def named(self, z: Any, name: str) -> Any:
        """A variable for z: formulas that grow with depth take the solvers many times as long."""
        variable = self.smt.Real(name)
        self.solver.add(variable == z)
        return variable

    def outputs(self, layers: list[dict[str, Any]], x: list[Any], prefix: str) -> list[Any]:
        h, read = x, matrices(layers)
        for number, (W, b) in enumerate(read):
            z = [
                self.smt.Sum([self.constant(c), *(self.constant(a) * v for a, v in zip(row, h, strict=True) if a)])
                for row, c in zip(W, b, strict=True)
            ]
            z = [self.named(form, f"{prefix}_{number}_{i}") for i, form in enumerate(z)]
            last = number == len(read) - 1
            h = z if last else [self.named(self.smt.If(v > 0, v, self.constant(Fraction(0))), f"{v}_relu") for v in z]
        return h

    def ask(self, question: dict[str, Any], claim: Any) -> str:
        """Prove the claim, a function of inputs and outputs."""
        self.solver = self.smt.SolverFor("QF_LRA")
        x = [self.smt.Real(f"x_{i}") for i in range(len(question["layers"][0]["weights"][0]))]
        self.solver.add(self.smt.Not(claim(question, x, self.outputs(question["layers"], x, "f"))))
        return {"unsat": "proved", "sat": "refuted"}.get(str(self.solver.check()), "unknown")

    # ------------------------------------------------------------------ claims
    def is_sorting(self, question: dict[str, Any], x: list[Any], out: list[Any]) -> Any:
        """Output k is the k-th smallest input: at most k inputs are below it, more than k are not above it."""

        def count(conditions: list[Any]) -> Any:
            return self.smt.Sum(
                [self.smt.If(c, self.constant(Fraction(1)), self.constant(Fraction(0))) for c in conditions]
            )

        return self.all_of(
            [
                c
                for k, o in enumerate(out)
                for c in (count([v < o for v in x]) <= k, count([v <= o for v in x]) >= k + 1)
            ]
        )

    def is_ascending(self, question: dict[str, Any], x: list[Any], out: list[Any]) -> Any:
        """out_1 ≤ out_2 ≤ ...: less than sorting, for it does not say that the outputs are the inputs."""
        return self.all_of([a <= b for a, b in pairwise(out)])

    def is_equal(self, question: dict[str, Any], x: list[Any], out: list[Any]) -> Any:
        other = self.outputs(question["other"], x, "g")
        return self.all_of([a == b for a, b in zip(out, other, strict=True)])

    def all_of(self, conditions: list[Any]) -> Any:
        """cvc5's And wants two."""
        return self.smt.And(conditions) if len(conditions) > 1 else conditions[0]

    @property
    def tasks(self) -> dict[str, Any]:
        return {
            "sorts": lambda question: self.ask(question, self.is_sorting),
            "ascending": lambda question: self.ask(question, self.is_ascending),
            "equal": lambda question: self.ask(question, self.is_equal),
        }
