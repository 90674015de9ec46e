"""How everything changes along a direction: forward rules (JVP), and the change of the adjoints (Hessian-vector rules).

dx    the direction, a change of the declared quantities        dh    the change of h that follows: J dx
dv̄    the change of the adjoint of v: the Hessian times dx, at v

A rule is the differential of an equation: one term for each quantity in it, by the same tangents that prove the
adjoints. For Hessian-vector rules the equations are those of the backward pass, with the seed ȳ held fixed.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import Any

from symnet.adjoints import evaluate as numbers
from symnet.adjoints.forward import ForwardPass
from symnet.adjoints.graph import Node, is_zero, quantity, zeros
from symnet.adjoints.printed import refuse_alike
from symnet.adjoints.reasons import tangent
from symnet.adjoints.reverse import Adjoint, Path, by_name
from symnet.derivation import Derivation, Relation, Step
from symnet.errors import InvalidInput
from symnet.joints import joined

CHANGE = {"": "d", "bar": "dbar"}  # the role of a change, from the role of what changes


@dataclass(frozen=True)
class Changes:
    """Rules for changes, in the order in which they can be computed.

    along    the names whose change is given            rules    (name, what its change is), d or d-bar
    walk     the backward pass that the rules belong to; empty for forward rules
    """

    program: ForwardPass
    walk: tuple[Adjoint, ...]
    along: tuple[str, ...]
    rules: tuple[tuple[Node, Node], ...]

    @property
    def relations(self) -> tuple[Relation, ...]:
        return tuple(Relation(changed, "=", rule) for changed, rule in self.rules)

    @property
    def derivation(self) -> Derivation:
        title = "Hessian-vector rules of" if self.walk else "Forward rules of"
        steps = tuple(
            Step(relation, _reason(rule)) for relation, (_, rule) in zip(self.relations, self.rules, strict=True)
        )
        return Derivation(f"{title} {self.program.output.name}", self.relations, steps)

    def evaluate(
        self,
        values: Mapping[str, Any],
        direction: Mapping[str, Any],
        seed: Mapping[str, Any] | None = None,
        functions: Mapping[str, Any] | None = None,
    ) -> dict[str, numbers.Array]:
        """The changes along ``direction``, as float64 arrays: of the quantities, or of their adjoints."""
        if missing := [name for name in self.along if name not in direction]:
            raise InvalidInput(f"no direction for {', '.join(missing)}; give an array of its shape")
        world = numbers.everything(self.program, self.walk, values, seed, functions)
        for name in self.along:
            world.put(name, "d", direction[name])
        for changed, rule in self.rules:
            world.arrays[changed["name"], changed["role"]] = numbers.as_array(world.value(rule))
        role = "dbar" if self.walk else "d"
        return {
            changed["name"]: world.arrays[changed["name"], role] for changed, _ in self.rules if changed["role"] == role
        }

    @joined
    def check(self, device: str = "auto") -> tuple[Any, ...]:
        """Against torch.func in float64."""
        ...

    def latex(self) -> str:
        return self.derivation.latex()

    def to_json(self) -> dict[str, Any]:
        return self.derivation.to_json()

    def _repr_latex_(self) -> str:
        return self.derivation._repr_latex_()

    def __str__(self) -> str:
        return "\n".join(map(str, self.relations))


def _reason(rule: Node) -> str:
    if is_zero(rule):
        return "nothing in its equation changes"
    terms = len(rule.args) if rule.op == "add" else 1
    return (
        "its equation changes through one quantity"
        if terms == 1
        else f"its equation changes in {terms} ways, which add up"
    )


def forward_changes(program: ForwardPass, along: Iterable[str] | None = None) -> Changes:
    """dh for every definition, along a change of the names in ``along`` (all of them, if it is left out)."""
    names = _names(program, along)
    moving = set(names)
    rules: list[tuple[Node, Node]] = []
    for d in program.definitions:
        change = by_name(differential(d.expression, moving, set()), d)
        if not is_zero(change):
            moving.add(d.name)
        rules.append((quantity(d.name, d.expression.shape, "d"), change))
    refuse_alike((*(quantity(n, shape) for n, shape in program.shapes.items()), *(n for rule in rules for n in rule)))
    return Changes(program, (), names, tuple(rules))


def adjoint_changes(program: ForwardPass, walk: tuple[Adjoint, ...], along: Iterable[str] | None = None) -> Changes:
    """dv̄ for every adjoint: what moves in its rule, forward names and adjoints alike."""
    forward = forward_changes(program, along)
    moving = {*forward.along, *(changed["name"] for changed, rule in forward.rules if not is_zero(rule))}
    turning: set[str] = set()
    rules = [(changed, rule) for changed, rule in forward.rules if not is_zero(rule)]
    for adjoint in walk:
        is_seed = adjoint.name == program.output.name
        change = zeros(adjoint.quantity.shape) if is_seed else differential(adjoint.total, moving, turning)
        if not is_zero(change):
            turning.add(adjoint.name)
        rules.append((quantity(adjoint.name, adjoint.quantity.shape, "dbar"), change))
    return Changes(program, walk, forward.along, tuple(rules))


def _names(program: ForwardPass, along: Iterable[str] | None) -> tuple[str, ...]:
    known = list(program.model.moving)
    names = tuple(known if along is None else along)
    if unknown := [name for name in names if name not in known]:
        raise InvalidInput(f"'{unknown[0]}' is not a declared quantity; a direction is along {', '.join(known)}")
    return names


def differential(y: Node, moving: set[str], turning: set[str]) -> Node:
    """dy in the changes of the names that move and of the adjoints that turn."""
    terms = []
    for leaf, path in leaves(y):
        if leaf["name"] in (turning if leaf["role"] == "bar" else moving):
            terms.append(tangent(path, quantity(leaf["name"], leaf.shape, CHANGE[leaf["role"]])))
    return reduce(add, terms, zeros(y.shape))


def leaves(y: Node, path: Path = ()) -> Iterator[tuple[Node, Path]]:
    """Every use of a quantity, with the way down to it; an index does not change."""
    if y.op == "quantity" and not dict(y.attrs).get("index"):
        yield y, path
    for i, a in enumerate(y.args):
        yield from leaves(a, (*path, (y, i)))
