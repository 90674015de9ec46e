"""The negated claim in SMT-LIB 2, over the reals: "unsat" is a proof, "sat" comes with a counterexample.

x_i      inputs, declared                h_l_k    unit k of layer l, defined as (ite (>= z 0) z 0)
out_o    outputs                         t_k      units that a claim needs; g_l_k those of another network
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from symnet.relu.circuits import Layers
from symnet.relu.claims.claim import Claim
from symnet.relu.claims.trees import UNDEFINED, Guard, Tree, cases, minus, value
from symnet.relu.geometry.rationals import written
from symnet.relu.network import ReluNetwork


def script(net: ReluNetwork, claim: Claim, where: Iterable[Tree]) -> str:
    """A script for z3, cvc5 and others: is there an input at which the claim is made, and is wrong?"""
    n, m = net.widths[0], net.widths[-1]
    x = [Term(f"x_{i}") for i in range(1, n + 1)]
    text = Script([f"(declare-const {a} Real)" for a in x])
    text.lines += [f"(assert {text.condition(c, x)})" for c in where]
    outputs = text.network(net.layers, x, "h", [f"out_{o}" for o in range(1, m + 1)])
    wrong = " ".join(f"(not {truth})" for truth in _claimed(text, claim, x, outputs))
    text.lines += [f"(assert (or {wrong}))", "(check-sat)"]
    return "\n".join(["(set-logic QF_LRA)", *text.lines, ""])


def _claimed(script: "Script", claim: Claim, x: Sequence["Term"], outputs: Sequence["Term"]) -> Iterator[str]:
    """What is claimed, as formulas of which each must be true."""
    if isinstance(claim.source, ReluNetwork):
        others = script.network(claim.source.layers, x, "g", [f"claimed_{o}" for o in range(1, len(outputs) + 1)])
        yield from (f"(= {out} {other})" for out, other in zip(outputs, others, strict=True))
    for head, *sides in claim.relations:
        for guards, e in cases(minus(*sides)):
            true = "false" if e == UNDEFINED else f"({head} {script.term(e, [*x, *outputs])} 0.0)"
            yield f"(=> {script.guard(guards, [*x, *outputs])} {true})"
    for out, tree in zip(outputs, claim.trees, strict=False):
        for guards, e in cases(
            tree
        ):  # where the guards hold the expression is e, or undefined, and then the claim is false
            equal = "false" if e == UNDEFINED else f"(= {out} {script.term(e, x)})"
            yield f"(=> {script.guard(guards, x)} {equal})"


@dataclass(frozen=True)
class Term:
    """A term of sort Real; + - and rational multiples of terms are terms."""

    text: str

    def __str__(self) -> str:
        return self.text

    def __add__(self, other: "Term") -> "Term":
        return Term(f"(+ {self} {other})")

    def __sub__(self, other: "Term") -> "Term":
        return Term(f"(- {self} {other})")

    def __rmul__(self, factor: Fraction | int) -> "Term":
        return Term(f"(* {_number(factor)} {self})")


@dataclass
class Script:
    """Lines of SMT-LIB; each relu is defined once, under a name."""

    lines: list[str]
    names: dict[str, Term] = field(default_factory=dict)

    def define(self, name: str, body: str) -> Term:
        self.lines.append(f"(define-fun {name} () Real {body})")
        return Term(name)

    def relu(self, z: Term) -> Term:
        """A new unit for z, or the one that is there."""
        if z.text not in self.names:
            self.names[z.text] = self.unit(f"t_{len(self.names) + 1}", z.text)
        return self.names[z.text]

    def unit(self, name: str, z: str) -> Term:
        before = self.define(f"{name}_in", z)
        return self.define(name, f"(ite (>= {before} 0.0) {before} 0.0)")

    def network(self, layers: Layers, x: Sequence[Term], letter: str, outputs: Sequence[str]) -> list[Term]:
        """Its units and its outputs, defined under their names."""
        h = list(x)
        for number, (W, b) in enumerate(layers[:-1], 1):
            sums = [_sum(row, c, h) for row, c in zip(W, b, strict=True)]
            h = [self.unit(f"{letter}_{number}_{k}", z) for k, z in enumerate(sums, 1)]
        return [self.define(name, _sum(row, c, h)) for name, row, c in zip(outputs, *layers[-1], strict=True)]

    def term(self, tree: Tree, variables: Sequence[Term]) -> Term:
        """An expression without cases."""
        return value(tree, variables, ONE, self.relu)

    def guard(self, guards: Sequence[Guard], variables: Sequence[Term]) -> str:
        """Each condition is true, or false, as the guards say."""
        truths = [(self.condition(condition, variables), wanted) for condition, wanted in guards]
        return _all(text if wanted else f"(not {text})" for text, wanted in truths)

    def condition(self, condition: Tree, variables: Sequence[Term]) -> str:
        """A condition of a Piecewise."""
        head, *rest = condition
        if head in (">=", ">"):
            return f"({head} {' '.join(str(self.term(e, variables)) for e in rest)})"
        parts = [self.condition(c, variables) for c in rest]
        if head == "not":
            return f"(not {parts[0]})"
        return _all(parts) if head == "and" else f"(or false {' '.join(parts)})"


def _all(truths: Iterable[str]) -> str:
    return f"(and true {' '.join(truths)})"


ONE = Term("1.0")


def _number(a: Fraction | int) -> str:
    a = Fraction(a)
    p, q = written(abs(a.numerator)), written(a.denominator)
    size = f"{p}.0" if a.denominator == 1 else f"(/ {p}.0 {q}.0)"
    return f"(- {size})" if a < 0 else size


def _sum(row: Sequence[Fraction], c: Fraction, terms: Sequence[Term]) -> str:
    """⟨row, terms⟩ + c."""
    found = [term.text if a == 1 else (a * term).text for a, term in zip(row, terms, strict=True) if a]
    found += [_number(c)] if c or not found else []
    return found[0] if len(found) == 1 else f"(+ {' '.join(found)})"
