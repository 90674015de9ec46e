"""All paths through a network and a claim, with a proof for each way not taken.

Follow both sides, step by step, for all x at once. At a relu of a form z that is not constant, the path splits into
z ≥ 0 and z ≤ 0, unless z has one sign on it; then weights y ≥ 0 show that no x goes the other way: the inequalities of
the path, times y, sum to a contradiction, 0 > 0 or −1 ≥ 0. A condition of a Piecewise is decided likewise. At the end
of each path both sides are affine, and the same. So every x follows a path, and the sides are equal. In preorder:

    "split"      the path goes both ways, first z ≥ 0       ["+", y]      z ≥ 0; y excludes z < 0
    "equal"      the end of a path                          ["-", y]      z ≤ 0; y excludes z > 0
    ["within", y]   the inequalities of the path, times y, sum to 0 ≥ 0: those with a weight are equations

The last is for a Piecewise that treats a line or a point as a case of its own: the path goes on inside that subspace.

spot   a cell of the common refinement: the spots on a path tell which ways it goes, and where z is smallest
y      sparse: [[number of the inequality on the path, "weight"], ...]; the side that is excluded comes last
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, TypeAlias

from symnet.relu.budget import UNLIMITED, Budget
from symnet.relu.cells import arrangement
from symnet.relu.circuits import Builder, Linear, forward, number, wire
from symnet.relu.claims import Claim
from symnet.relu.decide import interior
from symnet.relu.network import ReluNetwork
from symnet.relu.polyhedra import EVERYWHERE, Polyhedron, Weights
from symnet.relu.rationals import Vector
from symnet.relu.simplex import combination, contradiction
from symnet.relu.subspaces import Subspace
from symnet.relu.trees import Undefined, value

Token: TypeAlias = Any


class Differ(Exception):
    """On some path the sides are not equal; ``args[0]`` is a point where they differ."""


# ---------------------------------------------------------------------- spots
@dataclass(frozen=True)
class Spot:
    """A cell, maybe of a subspace: a point inside, and its generators (w, x)."""

    inside: Vector
    generators: tuple[Vector, ...]

    def points(self) -> Iterator[Vector]:
        """Points inside that span the cell's subspace."""
        yield self.inside
        for w, *x in self.generators:
            yield tuple((a + b / w) / 2 if w else a + b for a, b in zip(self.inside, x, strict=True))


def spots(net: ReluNetwork, claim: Claim, where: Polyhedron, space: Subspace, limit: Budget = UNLIMITED) -> list[Spot]:
    """The cells of the common refinement inside the polyhedron and the subspace."""
    n = net.widths[0]
    x = space.coordinates(n)
    builder = Builder(n - len(space.solved))
    where.confine(builder, x)
    outputs = forward(net.layers, x, builder.relu, number(1))
    if claim.relations:
        claim.differences(builder, [*x, *outputs])
    else:
        claim.compile(builder, x)

    def lifted(t: Sequence[Fraction | int]) -> Vector:
        """(w, t) as (w, x)."""
        return tuple(z.at(t) for z in (wire(0), *x))

    found = []
    for cell in arrangement(builder.circuit([]), limit).cells:
        inside = lifted((1, *interior(cell)))[1:]
        found.append(Spot(inside, tuple(lifted(g.point) for g in cell.generators)))
    return found


# ---------------------------------------------------------------------- paths
def path_tree(
    net: ReluNetwork, claim: Claim, where: Polyhedron = EVERYWHERE, limit: Budget = UNLIMITED, proving: bool = True
) -> list[Token]:
    """The tree of all paths in preorder. Raises Differ with a point where the claim fails.

    Without ``proving`` it holds no weights, which take most of the time.
    """
    tokens: list[Token] = []
    space, steps = where.hull
    later = [Entry(steps, spots(net, claim, where, space, limit))]
    for _ in limit.each(iter(lambda: bool(later), False), len(later[0].spots), "following the paths"):
        entry = later.pop()
        tokens += [["within", sparse(step)] for step in entry.decisions[entry.read :] if isinstance(step, dict)]
        rows = [Inequality(form, strict=False) for form in where.forms]
        essential = list(range(len(rows)))
        path = Path(net, claim, where, list(entry.decisions), entry.spots, tokens, later, proving, 0, rows, essential)
        path.follow()
        tokens.append("equal")
    return tokens


def jump(net: ReluNetwork, claim: Claim, where: Polyhedron, limit: Budget) -> Vector | None:
    """A point at which the sides differ, though they may be equal inside all cells: a Piecewise can jump on a line."""
    try:
        path_tree(net, claim, where, limit, proving=False)
    except Differ as found:
        return found.args[0]
    return None


def sparse(weights: Weights) -> list[list[Any]]:
    """Weights as JSON."""
    return [[i, str(y)] for i, y in weights.items()]


@dataclass(frozen=True)
class Inequality:
    """form ≥ 0, or form > 0."""

    form: Linear
    strict: bool

    def holds(self, x: Vector) -> bool:
        z = self.form.at((1, *x))
        return z > 0 or (z == 0 and not self.strict)


def side(z: Linear, strict: bool, yes: bool) -> Inequality:
    """What holds where the answer to "z ≥ 0?" (``strict``: "z > 0?") is ``yes``."""
    return Inequality(z if yes else -z, strict == yes)


@dataclass(frozen=True)
class Turn:
    """A decision: z ≥ 0 or not; ``forced`` where the other way is excluded, so that its inequality says nothing new."""

    yes: bool
    forced: bool = False


@dataclass(frozen=True)
class Way:
    """The spots on one side of a decision, and the weights of the subspaces that it enters."""

    spots: Sequence[Spot]
    inside: tuple[Weights, ...] = ()


@dataclass(frozen=True)
class Entry:
    """Where a path starts to be new: after ``decisions``, at ``spots``. The first ``read`` decisions are in the tree.

    A decision is a turn, or the weights with which the path enters a subspace.
    """

    decisions: tuple[Turn | Weights, ...]
    spots: Sequence[Spot]
    read: int = 0


@dataclass
class Path:
    """One run through both sides: it repeats ``decisions``, then decides by where its spots are."""

    net: ReluNetwork
    claim: Claim
    where: Polyhedron
    decisions: list[Turn | Weights]
    spots: Sequence[Spot]
    tokens: list[Token]
    later: list[Entry]
    proving: bool
    done: int = 0
    rows: list[Inequality] = field(default_factory=list)
    essential: list[int] = field(default_factory=list)
    space: Subspace = field(default_factory=Subspace)

    def follow(self) -> None:
        """Run through both sides, which must be the same affine map at the end; or through what must be ≥ 0."""
        x = [wire(i) for i in range(1, self.net.widths[0] + 1)]
        if self.claim.relations:
            self.settle([*x, *forward(self.net.layers, x, self.relu, number(1))])
            return
        try:
            right = self.claim.values(x, number(1), self.relu, self.choose)
        except Undefined:
            raise Differ(self.spots[0].inside) from None
        left = forward(self.net.layers, x, self.relu, number(1))
        self.enter_subspaces()
        if any(self.space.reduced(a - b).terms for a, b in zip(left, right, strict=True)):
            raise Differ(next(p for spot in self.spots for p in spot.points() if self.net(p) != self.claim(p)))

    def settle(self, variables: Sequence[Linear]) -> None:
        """Each inequality is decided like a condition, and must be true."""
        for head, e in self.claim.relations:
            if not self.choose(value(e, variables, number(1), self.relu), strict=head == ">"):
                raise Differ(self.spots[0].inside)
        self.enter_subspaces()

    def relu(self, z: Linear) -> Linear:
        """At z = 0 both branches are right: so both ways are closed, and what is excluded is strict."""
        return z if self.choose(z, strict=False, either=True) else number(0)

    def choose(self, z: Linear, strict: bool, either: bool = False) -> bool:
        """Whether z ≥ 0 (``strict``: z > 0) on the path."""
        self.enter_subspaces()
        z = self.space.reduced(z)
        if z.constant is not None:
            return z.constant > 0 or (z.constant == 0 and not strict)
        if self.done == len(self.decisions):
            self.decide(z, strict, either)
        turn = self.decisions[self.done]
        assert isinstance(turn, Turn)
        yes = turn.yes
        self.done += 1
        self.essential += [] if turn.forced else [len(self.rows)]
        self.rows.append(Inequality(z if yes else -z, strict=False) if either else side(z, strict, yes))
        return yes

    def enter_subspaces(self) -> None:
        """Take the weights that come next in the decisions."""
        while self.done < len(self.decisions) and isinstance(weights := self.decisions[self.done], dict):
            self.space = self.space.where_zero(self.rows[i].form for i in weights)
            self.done += 1

    # ------------------------------------------------------------------ new decisions
    def decide(self, z: Linear, strict: bool, either: bool) -> None:
        """Append the next decision, and write its token."""
        above = [spot for spot in self.spots if z.at((1, *spot.inside)) > 0]
        below = [spot for spot in self.spots if z.at((1, *spot.inside)) < 0]
        if above and below:
            self.split(Way(below), Way(above))
            return
        yes = bool(above)
        other = Inequality(-z if yes else z, strict=True) if either else side(z, strict, not yes)
        if (weights := self.excluded(other)) is not None:
            self.tokens.append(["+" if yes else "-", sparse(weights)])
            self.decisions.append(Turn(yes, forced=True))
        else:
            ways = {yes: Way(self.spots), not yes: self.narrowed(other)}
            self.split(ways[False], ways[True])

    def split(self, below: Way, above: Way) -> None:
        """Go above now, and below later."""
        done = tuple(self.decisions)
        self.later.append(Entry((*done, Turn(False), *below.inside), below.spots, read=len(done)))
        self.tokens += ["split", *(["within", sparse(weights)] for weights in above.inside)]
        self.decisions += [Turn(True), *above.inside]
        self.spots = above.spots

    def excluded(self, other: Inequality) -> Weights | None:
        """Weights that show ``other`` to have no solution on the path, or None where it has one.

        Where its form is largest, at a vertex, its negative is a combination of the inequalities that are tight there.
        """
        vertices = (g for spot in self.spots for g in spot.generators if g[0])
        best = max(vertices, key=lambda g: other.form.at(g) / g[0])
        if not other.strict and other.form.at(best) == 0:
            weights, empty = self.weighed(other, self.essential, self.space)
            return weights if empty else None
        if not self.proving:
            return {}
        forms = {i: self.space.reduced(self.rows[i].form) for i in self.essential if self.rows[i].form.at(best) == 0}
        n = self.net.widths[0] + 1
        found = combination([form.row(n)[1:] for form in forms.values()], (-other.form).row(n)[1:])
        assert found is not None, "a form is smallest where tight inequalities say so"
        return {**{i: y for i, y in zip(forms, found, strict=True) if y}, len(self.rows): Fraction(1)}

    def narrowed(self, other: Inequality) -> Way:
        """The way to ``other``, which has solutions but no interior: the subspace that they are in, and its spots."""
        rows, space, inside = [*self.rows, other], self.space, []
        while True:
            weights, _ = self.weighed(other, self.essential, space)
            space = space.where_zero(rows[i].form for i in weights)
            inside.append(weights)
            if found := [
                s for s in spots(self.net, self.claim, self.where, space) if all(row.holds(s.inside) for row in rows)
            ]:
                return Way(found, tuple(inside))

    def weighed(self, other: Inequality, among: Iterable[int], space: Subspace) -> tuple[Weights, bool]:
        """Weights for ``other`` and some rows, whose sum is a constant ≤ 0, and whether that is a contradiction."""
        rows = [*self.rows, other]
        forms = {i: space.reduced(rows[i].form) for i in (*among, len(self.rows))}
        varying = [i for i, form in forms.items() if form.constant is None]
        width = 1 + max(max(forms[i].terms) for i in varying)
        found = contradiction([forms[i].row(width) for i in varying], [rows[i].strict for i in varying])
        assert found is not None, "a way that no spot goes has no interior"
        return {i: y for i, y in zip(varying, found[0], strict=True) if y}, found[1]
