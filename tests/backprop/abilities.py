"""What an operator can do, each ability tried on an example: nobody looks whether a field is set.

An example is a model whose forward pass has the operator; where only rules have it (the slope of a maximum), they are
tried instead. A trial passes, or raises, or says no.
"""

from collections.abc import Callable
from functools import cache

import numpy as np
import torch

from symnet import backprop
from symnet.adjoints import OPERATORS, WORDS
from symnet.adjoints.backward import to_sympy
from symnet.adjoints.language import parse
from symnet.adjoints.tensor_expr import MatrixOfTensors, ScalarExpr, TensorExpr
from symnet.checks import autograd
from symnet.checks.autograd import check_adjoints
from symnet.checks.batch import check_lift
from symnet.checks.entrywise import check_entrywise
from symnet.claims.meaning.derived import of_backward

from .models import drawn

derived = cache(backprop)


def operators_in(node) -> set[str]:
    return {node.op}.union(*map(operators_in, node.args))


def in_forward(bp) -> set[str]:
    return set().union(*(operators_in(d.expression) for d in bp.program.definitions))


def in_rules(bp) -> set[str]:
    return set().union(*(operators_in(a.total) for a in bp.walk))


@cache
def example_of(name: str) -> str:
    """The record's own; else the plainest that has the operator in its forward pass, else in its rules."""
    if OPERATORS[name].example:
        return OPERATORS[name].example
    every = [o.example for o in OPERATORS.values() if o.example] + [w.example for w in WORDS.values()]
    having = next(filter(None, ([e for e in every if name in where(derived(e))] for where in (in_forward, in_rules))))
    return min(having, key=lambda e: len(in_forward(derived(e)) | in_rules(derived(e))))


# ---------------------------------------------------------------------- the trials: (operator, example) to yes or no
def rule(name: str, example: str) -> bool:
    return all(check.passed for check in check_adjoints(derived(example), functions=("tanh",), seeds=(0, 1)))


def jvp(name: str, example: str) -> bool:
    """Its change; of what only rules have, the change of the rules."""
    bp = derived(example)
    changes = bp.jvp() if name in in_forward(bp) else bp.hvp()
    return all(check.passed for check in changes.check("cpu"))


def batch(name: str, example: str) -> bool:
    """All that is declared is each example's own, so that nothing is left as it is; then the first names alone."""
    tried = []
    for own in (lambda i: True, lambda i: i == 0):
        lines = [declared_as(line, own) for line in example.splitlines()]
        lifted = backprop("\n".join(lines)).lift("rows")
        tried.append(check_lift(lifted).passed and name in in_forward(derived(example)))
    return all(tried)


def declared_as(line: str, own: Callable[[int], bool]) -> str:
    names, mark, shape = line.partition(" : ")
    if not mark or "=" in line or "elementwise" in shape or "index" in shape:
        return line
    return "\n".join(
        f"{n} : {shape} {'input' if own(i) else 'parameter'}" for i, n in enumerate(names.replace(" ", "").split(","))
    )


def exact(name: str, example: str) -> bool:
    return check_entrywise(derived(example)).passed


def numpy_code(name: str, example: str) -> bool:
    bp, stand_ins, values, y_bar, adjoints = drawn(example)
    names: dict = {}
    exec(bp.code("numpy", functions=stand_ins), names)
    is_open = bp.walk[0].total == bp.walk[0].named
    found = names["backward"](*(values[n] for n in bp.model.declared), *([y_bar] if is_open else []))
    return all(np.allclose(found[n], adjoint, rtol=1e-9, atol=1e-11) for n, adjoint in adjoints.items())


def torch_code(name: str, example: str) -> bool:
    bp, stand_ins, values, y_bar, adjoints = drawn(example)
    names: dict = {}
    exec(bp.code("torch", functions=stand_ins), names)
    given = {n: torch.tensor(v, requires_grad=n in bp.model.moving) for n, v in values.items()}
    free = {n: x for n, x in given.items() if x.requires_grad}
    y = names["Backward"].apply(*given.values())
    found = torch.autograd.grad(y, list(free.values()), torch.tensor(y_bar), materialize_grads=True)
    return all(np.allclose(g, adjoints[n], rtol=1e-9, atol=1e-11) for n, g in zip(free, found, strict=True))


def sympy_form(name: str, example: str) -> bool:
    """Everywhere that it stands, SymPy has a class for it."""
    bp = derived(example)
    nodes = [d.expression for d in bp.program.definitions] + [a.total for a in bp.walk]
    own = (ScalarExpr, TensorExpr, MatrixOfTensors)
    return not any(to_sympy(y).has(*own) for y in nodes if name in operators_in(y))


def latex(name: str, example: str) -> bool:
    """What is printed reads back, all of it; that it reads to the same numbers is in tests/readers."""
    bp = derived(example)
    defined = of_backward(bp).definitions
    printed = {
        r.lhs["name"] if r.lhs["role"] != "bar" else rf"\bar{{{r.lhs['name']}}}" for r in (*bp.forward, *bp.rules)
    }
    return printed <= set(defined)


class Twin(torch.nn.Module):
    """The example in torch, by its torch twin."""

    def __init__(self, example: str) -> None:
        super().__init__()
        self.model, self.stand_ins = parse(example), drawn(example)[1]

    def forward(self, *given: torch.Tensor) -> torch.Tensor:
        values = dict(zip(self.model.declared, given, strict=True))
        return autograd.interpret(self.model, values, self.stand_ins, "cpu")[self.model.equations[-1].name]


def torch_reader(name: str, example: str) -> bool:
    """The torch twin of the example, exported and read, has the operator again, and right rules."""
    bp, _, values, _, _ = drawn(example)
    given = [torch.tensor(v, dtype=torch.long if n in bp.model.bounds else torch.float64) for n, v in values.items()]
    read = backprop(Twin(example), *given)
    return name in in_forward(read) | in_rules(read) and all(check.passed for check in read.check("cpu"))


ABILITIES: dict[str, Callable[[str, str], bool]] = {
    "rule": rule, "JVP": jvp, "batch": batch, "exact": exact, "NumPy": numpy_code, "torch": torch_code,
    "SymPy": sympy_form, "LaTeX": latex, "torch reader": torch_reader,
}  # fmt: skip


@cache
def outcome(name: str, ability: str) -> str:
    """Empty where it can; else why it cannot."""
    try:
        return "" if ABILITIES[ability](name, example_of(name)) else "no"
    except Exception as error:
        return f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
