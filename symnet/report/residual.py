"""Question 2 of the worksheet: the backward pass of a residual block, in matrix form, with a reason for every term."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from symnet.adjoints import BackwardPass, derive
from symnet.adjoints.directional import Changes
from symnet.checks.entrywise import check_entrywise
from symnet.derivation import Check, Relation
from symnet.notation import Name, Shape
from symnet.report.document import (
    Block,
    Commands,
    Display,
    Established,
    Evidence,
    Figure,
    Report,
    Section,
    Steps,
    Summary,
    Table,
    Text,
    state_of,
)
from symnet.report.figures.graph import computation_graph

PHI = Name("phi")
MODEL = """
# residual block
x, b, c : n
W, V    : n n
phi     : elementwise
z = W @ x + b
h = phi(z) + x
r = V @ h + c
y = phi(r) + h
"""


def report(device: str = "auto") -> Report:
    """Derive the block's adjoints for a symbolic ȳ and for ȳ = 1, check both, and lay them out."""
    general, ones = derive(MODEL), derive(MODEL, seed="ones")
    checks = _checked(general, device)
    checks_of_ones = tuple(replace(check, name=f"{check.name}, output adjoint 1") for check in _checked(ones, device))
    rows, columns = general.lift("rows"), general.lift("columns")
    forward, second = general.jvp(), general.hvp()
    others = tuple(check for derived in (rows, columns, forward, second) for check in derived.check(device))
    return Report(
        name="residual",
        title="The backward pass of a residual block",
        lead=(
            "Two affine maps, an elementwise function ",
            PHI,
            " applied twice, and two skip connections. For every"
            " quantity the adjoint (the gradient of a scalar loss with respect to it, in the shape of the quantity) is"
            " derived in matrix form, for any differentiable ",
            PHI,
            " and any size, and compared with two computations that share no code with the derivation.",
        ),
        command="symnet report residual",
        sections=(
            Section("What is established", (Summary(_summary(general, checks)),)),
            Section("The block", _block(general)),
            Section("The derivation, step by step", (_convention(), Steps(general.steps))),
            Section("The worksheet's case: an output adjoint of ones", _ones(ones)),
            Section("A batch of examples", _batch(general, rows, columns)),
            Section("Second order: how the adjoints change", _second_order(forward, second)),
            Section(
                "How it was checked",
                (
                    _how(),
                    Evidence(checks),
                    Text("The same checks for the case of ones:"),
                    Evidence(checks_of_ones),
                    Text("For batches in rows and in columns, and for the forward and Hessian-vector rules:"),
                    Evidence(others),
                ),
            ),
            Section("Reproduce", (_commands(),)),
        ),
        checks=(*checks, *checks_of_ones, *others),
    )


def _checked(derived: BackwardPass, device: str) -> tuple[Check, ...]:
    """Numbers against torch, and symbols against entry-by-entry differentiation."""
    return (*derived.check(device), check_entrywise(derived))


def _summary(derived: BackwardPass, checks: Sequence[Check]) -> tuple[Established, ...]:
    (exact,) = (check for check in checks if check.kind == "exact")
    sizes = tuple(
        part
        for i, (name, size) in enumerate(exact.evidence["sizes"].items())
        for part in ((", " if i else ""), Relation(Name(name), "=", size))
    )
    how = "entry by entry; at other sizes numerically, against torch"
    return tuple(Established(rule, state_of(checks), how, sizes) for rule in derived.rules)


def _block(derived: BackwardPass) -> tuple[Block, ...]:
    return (
        Display(derived.forward),
        Table(
            columns=(("quantity", "l"), ("kind", "l"), ("shape", "l"), ("defined by", "l")),
            rows=tuple(_quantity(node) for node in derived.graph.nodes),
            caption="Every adjoint has the shape of its quantity.",
        ),
        Figure(
            computation_graph(derived.graph),
            "The computation graph. Solid: forward, with the shape beside each quantity. Dashed: backward; each arrow"
            " carries the message that it adds to the adjoint of the quantity at its tip.",
        ),
    )


def _quantity(node: Any) -> tuple[Any, ...]:
    name = Name(node.name, bold=len(node.shape) > 0)
    return (name, node.kind, Shape(node.shape), "" if node.equation is None else node.equation)


def _convention() -> Text:
    return Text(
        "Each line follows from the differential of one equation: where a small change of the argument changes the"
        " result linearly, the adjoint of that linear map, applied to the result's adjoint, is the argument's share."
        " The brackets denote the sum of the entrywise products. Where a quantity is used twice, the shares add up."
    )


def _ones(derived: BackwardPass) -> tuple[Block, ...]:
    return (
        Text(
            "The worksheet takes the loss to be the sum of the outputs, so that every entry of the output's adjoint"
            " is 1. The rules above then become:"
        ),
        Display(derived.rules),
    )


def _batch(general: BackwardPass, rows: BackwardPass, columns: BackwardPass) -> tuple[Block, ...]:
    """The rules for one example beside those for N, in both layouts."""
    each = zip(general.rules, rows.rules, columns.rules, strict=True)
    return (
        Text(
            "With one example in each row of a matrix, the vectors x, z, h, r and y become matrices, written with a"
            " capital letter, and W x becomes X times the transpose of W. What an example has for itself keeps its"
            " rule; what all examples share, W, V, b and c, adds up over them, so that an outer product becomes a"
            " product of two matrices and a bias receives the sum over the examples."
        ),
        Table(
            columns=(("one example", "l"), ("a batch in rows", "l"), ("a batch in columns", "l")),
            rows=tuple(each),
            caption="The transformation from one example to a batch, derived again from the forward equations.",
        ),
    )


def _second_order(forward: Changes, second: Changes) -> tuple[Block, ...]:
    """The forward rules, then what they make of the adjoint equations."""
    own = tuple(r for r in second.relations if r not in forward.relations)
    return (
        Text("A small change of inputs and parameters changes every quantity, by the differential of its equation:"),
        Display(forward.relations),
        Text(
            "The adjoint equations change likewise, with the output's adjoint held fixed. Along a direction this is the"
            " product of the Hessian with it, at the cost of a second backward pass:"
        ),
        Display(own),
    )


def _how() -> Text:
    return Text(
        "Numeric checks compare with torch's automatic differentiation in double precision, at random inputs and at"
        " several sizes; they are evidence, not proof. Exact checks write the block out entry by entry with the"
        " function left unspecified, differentiate each entry, and compare symbol by symbol."
    )


def _commands() -> Commands:
    return Commands(
        (
            ("symnet backprop examples/residual.net", "the derivation in the terminal"),
            ("symnet backprop examples/residual.net --seed ones", "the worksheet's case"),
            ("symnet backprop examples/residual.net --changes hvp", "the Hessian-vector rules"),
            ("symnet backprop examples/residual.net --code torch", "the backward pass as source"),
            ("symnet check residual", "run the checks again"),
            ("symnet report residual", "write this report again"),
        )
    )
