"""Verify a tree of paths: every x follows a path, and at the end of each both sides are one affine map.

The tree is in preorder. At a form z that is not constant "split" follows z ≥ 0 and then z ≤ 0; ["+", y] follows z ≥ 0
alone, ["-", y] z ≤ 0 alone: the weights y exclude the other way. ["within", y] goes on in a subspace. "equal" ends a
path. An inequality that is claimed is a form like others, but no path may go where it is false.
"""

from collections.abc import Mapping
from fractions import Fraction
from functools import reduce
from typing import Any

from symnet.checks.forms import Form, add, is_constant, number, positive, rational, require, times, variables
from symnet.checks.sides import Statement, refuse


def by_cells(certificate: Mapping[str, Any], about: Statement) -> dict[str, Any]:
    """Every path to its end. A path is repeated from the start, for the sides are evaluated along it."""
    unread, later, paths = certificate["tree"][::-1], [[]], 0
    while later:
        trail = Trail(unread, later.pop(), later, [(form, False) for form in about.where])
        if about.claimed.relations:
            found = about.network(variables(about.n))(trail.relu, refuse)
            require(
                about.claimed.true([*variables(about.n), *found], trail.relu, trail.choose), "a path refutes the claim"
            )
            differences = []
        else:
            right, left = (
                side(variables(about.n))(trail.relu, trail.choose) for side in (about.claimed.side, about.network)
            )
            differences = [add(a, b, -1) for a, b in zip(left, right, strict=True)]
        trail.narrow()
        require(unread.pop() == "equal", "a path does not end where it should")
        require(not any(map(trail.reduced, differences)), "the sides differ on a path")
        paths += 1
    require(not unread, "there are tokens after the last path")
    return {"paths": paths}


class Trail:
    """The choices of one path: first ``steps``, then what the tree says. A step is yes, no, or weights to narrow by.

    rows     the inequalities of the path: (a form that is ≥ 0, whether it is even > 0)
    solved   the equations of the path, each for one input
    """

    def __init__(self, unread: list[Any], steps: list[Any], later: list[Any], rows: list[tuple[Form, bool]]) -> None:
        self.unread, self.steps, self.later, self.done, self.rows = unread, steps, later, 0, rows
        self.solved: dict[int, Form] = {}

    def relu(self, z: Form) -> Form:
        """At z = 0 both ways are right: both are closed, and only the open rest is to be excluded."""
        return z if self.choose(z, False, either=True) else {}

    def choose(self, z: Form, strict: bool, either: bool = False) -> bool:
        """Whether the path goes where z ≥ 0 (``strict``: z > 0)."""
        self.narrow()
        z = self.reduced(z)
        if is_constant(z):
            return positive(z, strict)
        if self.done == len(self.steps):
            self.steps.append(self.step(self.unread.pop(), z, strict, either))
        yes = self.steps[self.done]
        self.done += 1
        self.rows.append((z if yes else times(-1, z), not either and strict == yes))
        return yes

    def step(self, token: Any, z: Form, strict: bool, either: bool) -> bool:
        """What the token says, verified."""
        if token == "split":
            self.later.append([*self.steps, False])
            return True
        sign, weights = token
        yes = {"+": True, "-": False}[sign]
        other = (times(-1, z) if yes else z, either or strict != yes)
        rows, total = self.weighed(weights, [*self.rows, other])
        require(total < 0 or (total == 0 and any(open for _, open in rows)), "the weights do not exclude the other way")
        return yes

    def weighed(self, weights: list[Any], rows: list[tuple[Form, bool]]) -> tuple[list[tuple[Form, bool]], Fraction]:
        """The rows that have a weight, and their sum, which must be constant. Each row is ≥ 0, so the sum is."""
        require(all(type(i) is int and i >= 0 and rational(y) > 0 for i, y in weights), "a weight is not positive")
        total = reduce(lambda s, weight: add(s, rows[weight[0]][0], rational(weight[1])), weights, {})
        return [rows[i] for i, _ in weights], number(self.reduced(total))

    def narrow(self) -> None:
        """["within", y]: forms ≥ 0 whose weighted sum is 0 are all 0 on the path."""
        while self.done < len(self.steps) or is_within(self.unread):
            if self.done == len(self.steps):
                _, weights = self.unread.pop()
                require(isinstance(weights, list), "weights must be a list")
                self.steps.append(weights)
            if isinstance(self.steps[self.done], bool):
                return
            rows, total = self.weighed(self.steps[self.done], self.rows)
            require(total == 0, "the weights do not show equations")
            for form, _ in rows:
                self.solve(self.reduced(form))
            self.done += 1

    def solve(self, z: Form) -> None:
        """Use z = 0 to eliminate an input."""
        if pivot := max(z, default=0):
            self.solved = {i: eliminated(f, pivot, z) for i, f in self.solved.items()}
            self.solved[pivot] = eliminated({pivot: Fraction(1)}, pivot, z)

    def reduced(self, z: Form) -> Form:
        """The form with the solved inputs put in."""
        kept = {i: a for i, a in z.items() if i not in self.solved}
        return reduce(lambda s, i: add(s, self.solved[i], z[i]), z.keys() & self.solved.keys(), kept)


def eliminated(form: Form, pivot: int, z: Form) -> Form:
    """The form less the multiple of z = 0 that takes the pivot out of it."""
    return add(form, z, -form.get(pivot, Fraction(0)) / z[pivot])


def is_within(unread: list[Any]) -> bool:
    """Whether the next token narrows the path."""
    return bool(unread) and isinstance(unread[-1], list) and unread[-1][0] == "within"
