r"""The backward pass of a model: text in, named adjoint equations with their reasons out.

bp = derive("x, b : n\nW : n n\nphi : elementwise\nz = W @ x + b\ny = phi(z)")
bp.rules             z̄ = ȳ ⊙ φ'(z), b̄ = z̄, W̄ = z̄ xᵀ, x̄ = Wᵀ z̄
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from typing import Any

import sympy as sp

from symnet.adjoints import evaluate as numbers
from symnet.adjoints.code import Cost, costs, nodes, source
from symnet.adjoints.diagram import ComputationGraph, computation_graph
from symnet.adjoints.directional import Changes, adjoint_changes, forward_changes
from symnet.adjoints.forward import ForwardPass, forward_pass
from symnet.adjoints.graph import Node, Shape, number, ones, quantity
from symnet.adjoints.language import Model, parse
from symnet.adjoints.lift import LAYOUTS, Lift, lifted
from symnet.adjoints.printed import refuse_alike
from symnet.adjoints.reasons import steps
from symnet.adjoints.record import OPERATORS
from symnet.adjoints.recurrent import is_recurrence, recurrence
from symnet.adjoints.reverse import Adjoint, reverse
from symnet.adjoints.simplify import collect_products
from symnet.adjoints.tensor_expr import written
from symnet.derivation import Check, Derivation, Relation, Step
from symnet.errors import InvalidInput, SymnetError
from symnet.joints import joined


@dataclass(frozen=True)
class BackwardPass:
    """The forward definitions of a model (``program``) and the adjoints of all its quantities (``walk``).

    origin    what was read from a torch module, or what was lifted to a batch, where that is how it came about
    """

    program: ForwardPass
    walk: tuple[Adjoint, ...]
    origin: Any = field(default=None, compare=False, repr=False)

    # -- what was read
    @property
    def model(self) -> Model:
        return self.program.model

    @property
    def shapes(self) -> Mapping[str, Shape]:
        """Shape of every quantity: a tuple of SymPy integers and symbols."""
        return self.program.shapes

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is declared but used by nothing, and the parameters of a module that its output does not depend on."""
        unused = getattr(self.origin, "unused", ())
        return self.program.warnings + tuple(f"the parameter '{path}' has no part in the output" for path in unused)

    @property
    def forward(self) -> tuple[Relation, ...]:
        """The forward equations, with the parts that got a name of their own."""
        return tuple(d.relation for d in self.program.definitions)

    # -- what was derived
    @cached_property
    def adjoints(self) -> Mapping[str, sp.Expr]:
        r"""SymPy expressions in forward names and ``\bar`` names, in backward order; vectors are n x 1."""
        return {a.name: to_sympy(a.total) for a in self.walk}

    @property
    def rules(self) -> tuple[Relation, ...]:
        """The adjoint equations; the output's is among them where its adjoint was set, as 1 or 𝟏."""
        return tuple(Relation(a.named, "=", a.total) for a in self.walk if a.total != a.named)

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        return steps(self.program, self.walk)

    @cached_property
    def graph(self) -> ComputationGraph:
        return computation_graph(self.program, self.walk, getattr(self.origin, "modules", None))

    @cached_property
    def derivation(self) -> Derivation:
        output = self.program.output.name
        return Derivation(f"Backward pass of {output}", (*self.rules, *self.where), (*self.steps, *self._named))

    @property
    def _named(self) -> tuple[Step, ...]:
        """What stands for a part, said at the end."""
        mentioned = {relation.lhs["name"] for relation in self.where}
        definitions = (d for d in self.program.definitions if d.name in mentioned)
        return tuple(
            Step(d.relation, ("a part of ", str(d.equation), " that has a name of its own")) for d in definitions
        )

    @property
    def where(self) -> tuple[Relation, ...]:
        """What the names stand for that symnet chose for parts and that a rule mentions: z = W x + b."""
        mentioned = {n["name"] for a in self.walk for n in nodes(a.total) if n.op == "quantity"}
        return tuple(d.relation for d in self.program.definitions if d.automatic and d.name in mentioned)

    # -- more than the gradient
    def jvp(self, along: Iterable[str] | None = None) -> Changes:
        """Forward rules: how everything changes with the names in ``along``; all of them, if it is left out."""
        return forward_changes(self.program, along)

    def hvp(self, along: Iterable[str] | None = None) -> Changes:
        """Hessian-vector rules: how the adjoints change with the names in ``along``, for a fixed adjoint of y."""
        return adjoint_changes(self.program, self.walk, along)

    def lift(self, layout: str = "rows", size: str = "N") -> "BackwardPass":
        """The rules for a batch of ``size`` examples, in rows or in columns; inputs are each example's own."""
        program, names = lifted(self.program, layout, size)
        is_open = self.walk[0].total == self.walk[0].named
        output = program.output.quantity
        seed = quantity(output["name"], output.shape, "bar") if is_open else ones(output.shape)
        return BackwardPass(program, reverse(program, {program.output.name: seed}), Lift(self, LAYOUTS[layout], names))

    def collected(self) -> "BackwardPass":
        """The same rules with common factors taken out: A x + A y = A (x + y)."""
        return replace(self, walk=tuple(replace(a, total=collect_products(a.total)) for a in self.walk))

    # -- source
    def code(self, library: str = "numpy", functions: "Mapping[str, str] | None" = None) -> str:
        """A backward function as source that needs nothing but ``library``, "numpy" or "torch"."""
        return source(self.program, self.walk, library, functions or {})

    @cached_property
    def costs(self) -> tuple[Cost, ...]:
        """Operations of each rule, and the forward values that it needs to be kept."""
        return costs(self.program, self.walk)

    # -- numbers and checks
    def evaluate(
        self,
        values: Mapping[str, Any],
        seed: Mapping[str, Any] | None = None,
        functions: Mapping[str, "str | sp.Lambda"] | None = None,
    ) -> dict[str, numbers.Array]:
        """Every adjoint as a float64 array, keyed like ``adjoints``; see `symnet.adjoints.evaluate`."""
        return numbers.evaluate(self.program, self.walk, values, seed, functions)

    @joined
    def check(self, device: str = "auto") -> tuple[Check, ...]:
        """The rules against torch autograd in float64; needs torch."""
        ...

    # -- writing
    def latex(self) -> str:
        return self.derivation.latex()

    def __str__(self) -> str:
        where = [f"where {', '.join(map(str, self.where))}"] if self.where else []
        return "\n".join([*map(str, self.rules), *where])

    def to_json(self) -> dict[str, Any]:
        shapes = {name: [str(n) for n in shape] for name, shape in self.shapes.items()}
        return {
            "model": self.model.text,
            "shapes": shapes,
            "forward": [relation.to_json() for relation in self.forward],
            "warnings": list(self.warnings),
            "graph": self.graph.to_json(),
            **self.derivation.to_json(),
        }

    def _repr_latex_(self) -> str:
        return self.derivation._repr_latex_()

    def _repr_html_(self) -> str:
        return self.derivation._repr_html_()


def derive(text: str, seed: "str | Mapping[str, Any] | None" = None, origin: Any = None) -> Any:
    """The backward rules of a text in the model language: a `BackwardPass`, or a `RecurrentPass` of a loop over steps.

    seed      None: the adjoint of the output is 1 for a scalar, else the symbol ȳ;
              "ones" or {"y": 1}: it is that constant in every entry
    origin    what the text was read from; its ``refusal`` puts an error in the words of that

    Raises `InvalidInput` for a text that can never be a model, `NotSupported` for an operator without a rule.
    """
    if is_recurrence(text):
        if seed is not None:
            raise InvalidInput("the seed of a recurrence is given when it is evaluated")
        return recurrence(text)
    try:
        program = forward_pass(parse(text))
        walk = reverse(program, {program.output.name: _seed(program.output.quantity, seed)})
        refuse_alike(_everything_written(program, walk))
    except SymnetError as error:
        raise (origin.refusal(error) if origin else error) from None
    return BackwardPass(program, walk, origin)


def _everything_written(program: ForwardPass, walk: tuple[Adjoint, ...]) -> Iterator[Node]:
    for name, shape in program.shapes.items():
        yield quantity(name, shape)
    yield from (d.expression for d in program.definitions)
    for adjoint in walk:
        yield adjoint.named
        yield adjoint.total


def _seed(output: Node, seed: "str | Mapping[str, Any] | None") -> Node:
    if seed is None:
        return ones(()) if output.rank == 0 else quantity(output["name"], output.shape, "bar")
    if isinstance(seed, Mapping) and set(seed) == {output["name"]}:
        (value,) = seed.values()
        if isinstance(value, int | float | Fraction | sp.Rational) and not isinstance(value, bool):
            return number(value) * ones(output.shape)
    elif seed == "ones":
        return ones(output.shape)
    raise InvalidInput(f"the seed is 'ones' or {{'{output['name']}': number}}, not {seed!r}")


def to_sympy(node: Node) -> sp.Expr:
    """The node as SymPy writes it; where SymPy has no class for it, as a `TensorExpr` or its kin."""
    rule = OPERATORS[node.op].sympy
    if rule is None or max(node.rank, *(a.rank for a in node.args), 0) > 2:
        return written(node)
    return rule(node, *map(to_sympy, node.args))
