"""All paths through a statement, with a proof for each way not taken.

Follow conditions, networks and claim, step by step, for all x at once. At a form z that is not constant, under a relu
or in a condition, the path splits into z ≥ 0 and z ≤ 0 (or < 0), unless one of them is empty; then weights y ≥ 0 show
that no x goes there: the inequalities of the path, times y, sum to a contradiction. At its end the claim must be true.
So every x follows a path, and the claim is true everywhere; or on a path it is not. In preorder:

    "split"             the path goes both ways, first z ≥ 0
    "+ 3:1/2 5:2"       z ≥ 0; weights of inequalities of the path exclude z < 0 (in a condition: that it is false)
    "- ..."             z ≤ 0; they exclude z > 0

A path knows its polyhedron by vertices and rays (see `cones`): the weights come from the vertex where z is smallest.

P    the closure of the x on the path, a `Cone`; its relative interior is on the path
z    a row of integers (constant, slopes) times a scale > 0
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import TypeAlias

from symnet.relu.budget import UNLIMITED, Budget, Tick, Watch
from symnet.relu.circuits import Layers, Linear, number, wire
from symnet.relu.claims.claim import Claim
from symnet.relu.claims.trees import Sorts, Tree, Undefined, truth, value
from symnet.relu.geometry.cones import Cone, whole_space
from symnet.relu.geometry.integers import Row, at
from symnet.relu.geometry.polyhedra import EVERYWHERE, Polyhedron
from symnet.relu.geometry.rationals import Vector, primitive, written
from symnet.relu.geometry.simplex import combination
from symnet.relu.network import ReluNetwork

Units: TypeAlias = list[tuple[Row, Fraction]]
"""A layer: for each unit integers (bias, weights), and their scale."""


class Differ(Exception):
    """On some path the claim is false; ``args[0]`` is a point of it."""


@dataclass(frozen=True)
class Statement:
    """A claim about a network, and where; the networks as integers."""

    net: ReluNetwork
    claim: Claim
    where: Polyhedron
    networks: tuple[list[Units], ...]

    @property
    def n(self) -> int:
        return self.net.widths[0]


def path_tree(
    net: ReluNetwork, claim: Claim, where: Polyhedron = EVERYWHERE, limit: Budget = UNLIMITED, proving: bool = True
) -> list[str]:
    """The tree of all paths in preorder. Raises Differ with a point where the claim fails.

    Without ``proving`` it holds no weights.
    """
    networks = [net, claim.source] if isinstance(claim.source, ReluNetwork) else [net]
    about = Statement(net, claim, where, tuple(in_integers(network.layers) for network in networks))
    tokens: list[str] = []
    later = [Entry((), (), whole_space(about.n))]
    watch = Watch(limit, lambda cells: f"following the paths, {cells:,} cells done")
    while later:
        watch.tick()
        path = Path(about, later.pop(), tokens, later, proving, watch.tick)
        if not path.true():
            raise Differ(path.entry.cone.inside)
        if not path.entry.cone.common:  # others are inside a face
            watch.one_more()
    return tokens


def jump(net: ReluNetwork, claim: Claim, where: Polyhedron, limit: Budget) -> Vector | None:
    """A point at which the claim fails, be it in a cell or on a line, where a Piecewise can jump; None: it holds."""
    try:
        path_tree(net, claim, where, limit, proving=False)
    except Differ as found:
        return found.args[0]
    return None


def in_integers(layers: Layers) -> list[Units]:
    """Each unit as integers (bias, weights) of units below, times a scale > 0."""
    scales, found = [Fraction(1)] * len(layers[0][0][0]), []
    for W, b in layers:
        rows = ((c, *(a * s for a, s in zip(row, scales, strict=True))) for row, c in zip(W, b, strict=True))
        found.append([primitive(row) for row in rows])
        scales = [scale for _, scale in found[-1]]
    return found


@dataclass(frozen=True)
class Inequality:
    """scale · row ≥ 0, or > 0."""

    row: Row
    scale: Fraction
    strict: bool


@dataclass(frozen=True)
class Entry:
    """How far a path is known: its turns, an inequality for each, and P. Bit k + 1 of P's masks is turn k."""

    turns: tuple[bool, ...]
    rows: tuple[Inequality, ...]
    cone: Cone

    @property
    def bit(self) -> int:
        """Of the next turn."""
        return 2 << len(self.turns)

    def turned(self, yes: bool, row: Inequality, cone: Cone) -> "Entry":
        return Entry((*self.turns, yes), (*self.rows, row), cone)

    def strict_rows(self, mask: int) -> list[int]:
        """Those of them that are strict."""
        return [i for i in self.tight(mask) if self.rows[i].strict]

    def tight(self, mask: int) -> list[int]:
        """The rows in a mask."""
        return [i for i in range(len(self.rows)) if mask >> i + 1 & 1]


@dataclass
class Path:
    """One run through the statement: it repeats the turns of ``entry``, then decides by where P lies."""

    about: Statement
    entry: Entry
    tokens: list[str]
    later: list[Entry]
    proving: bool
    tick: Tick
    done: int = 0
    sorts: Sorts = field(default_factory=dict)

    def true(self) -> bool:
        """Whether the claim is true on the path, or not made."""
        n, claim = self.about.n, self.about.claim
        x = [wire(i) for i in range(1, n + 1)]
        if not all(self.holds(c, x) for c in self.about.where.relations):
            return True
        out, *others = (self.outputs(network) for network in self.about.networks)
        try:
            if claim.relations:
                return all(self.holds(c, [*x, *out]) for c in claim.relations)
            claimed = others[0] if others else (self.value(tree, x) for tree in claim.trees)
            return all(self.equal(a, b) for a, b in zip(out, claimed, strict=True))
        except Undefined:
            return False

    def holds(self, condition: Tree, variables: Sequence[Linear]) -> bool:
        """Whether a condition is true."""

        def sign(e: Tree, strict: bool) -> bool:
            return self.choose(self.value(e, variables), strict)

        return truth(condition, sign)

    def value(self, tree: Tree, variables: Sequence[Linear]) -> Linear:
        """The expression on the path."""
        return value(tree, variables, number(1), self.relu, self.choose, self.sorts)

    def equal(self, a: Linear, b: Linear) -> bool:
        """a ≥ b and b ≥ a."""
        return self.choose(a - b, strict=False) and self.choose(b - a, strict=False)

    def outputs(self, network: Sequence[Units]) -> list[Linear]:
        """The network's outputs on the path."""
        n = self.about.n
        h: list[Row | None] = [tuple(int(k == i) for k in range(n + 1)) for i in range(1, n + 1)]
        *hidden, last = network
        for layer in hidden:
            h = [z if self.turn(z, scale, strict=False, either=True) else None for z, scale in combined(layer, h, n)]
        return [Linear({i: scale * a for i, a in enumerate(z) if a}) for z, scale in combined(last, h, n)]

    def relu(self, z: Linear) -> Linear:
        return z if self.turn(*primitive(z.row(self.about.n + 1)), strict=False, either=True) else number(0)

    def choose(self, z: Linear, strict: bool) -> bool:
        """Whether z ≥ 0 (``strict``: z > 0) on the path."""
        return self.turn(*primitive(z.row(self.about.n + 1)), strict)

    # ------------------------------------------------------------------ turns
    def turn(self, row: Row, scale: Fraction, strict: bool, either: bool = False) -> bool:
        """Whether the row is ≥ 0 (``strict``: > 0) on the path; ``either`` way is right where it is 0."""
        if not any(row[1:]):
            return row[0] > 0 or (row[0] == 0 and not strict)
        if self.done == len(self.entry.turns):
            self.decide(row, scale, strict, either)
        self.done += 1
        return self.entry.turns[self.done - 1]

    def decide(self, row: Row, scale: Fraction, strict: bool, either: bool) -> None:
        """Take the next turn, or both, and write the token."""
        here, sides = (
            self.entry,
            {
                True: Inequality(row, scale, strict and not either),
                False: Inequality(tuple([-a for a in row]), scale, not (strict or either)),
            },
        )
        ways = self.ways(sides, either)
        if len(ways) == 2:
            self.tokens.append("split")
            self.later.append(here.turned(False, sides[False], ways[False]))
            self.entry = here.turned(True, sides[True], ways[True])
            return
        ((yes, cone),) = ways.items()
        other = sides[not yes]
        weights = self.excluded(replace(other, strict=other.strict or either)) if self.proving else {}
        self.tokens.append(" ".join(["+" if yes else "-", *(f"{i}:{written(y)}" for i, y in weights.items())]))
        self.entry = here.turned(yes, sides[yes], cone)

    def ways(self, sides: Mapping[bool, Inequality], either: bool) -> dict[bool, Cone]:
        """The sides that are not empty, each with the closure of its part of P."""
        P, bit, row = self.entry.cone, self.entry.bit, sides[True].row
        some = dict(zip((True, False), P.signs(row), strict=True))
        if all(some.values()):
            return dict(zip((False, True), P.cut(row, bit, self.tick), strict=True))
        if either or not any(some.values()):
            return {not some[False] if either else not sides[True].strict: P}
        full = some[True]
        face = P.face(row, bit)
        if sides[not full].strict or self.empty(face):
            return {full: P}
        return {full: P.touched(row, bit), not full: face}

    def empty(self, face: Cone) -> bool:
        """Whether the face has no points, or a strict inequality takes them all away."""
        return not face.vertices or bool(self.entry.strict_rows(face.common))

    def excluded(self, other: Inequality) -> dict[int, Fraction]:
        """Weights of the rows that show that no x of the path is on the other side.

        There z ≤ 0, and on P z ≥ 0. The rows that are tight at the vertex of P where z is smallest add up to z, but for
        a number. If z = 0 on a face that a strict r > 0 takes away, they add up to z − ε r, where ε leaves this ≥ 0.
        """
        P, here = self.entry.cone, self.entry
        z: tuple[int | Fraction, ...] = tuple([-a for a in other.row])
        for i, known in enumerate(here.rows):
            if known.row == z and (known.strict or other.strict):
                return {i: other.scale / known.scale}
        found: dict[int, Fraction] = {}
        least, vertex = min(
            (Fraction(at(z, point), point[0]), tight.bit_count(), tight) for point, tight in P.vertices
        )[::2]
        if least == 0 and not other.strict:
            taken = here.strict_rows(P.face(z, 0).common)[0]
            r = here.rows[taken].row
            found[taken] = min(Fraction(at(z, point), at(r, point)) for point, _ in P.rays if at(r, point))
            z = tuple(a - found[taken] * b for a, b in zip(z, r, strict=True))
        tight = here.tight(vertex)
        weights = combination([here.rows[i].row[1:] for i in tight], z[1:], self.tick)
        for i, y in zip(tight, weights, strict=True):
            found[i] = found.get(i, Fraction(0)) + y
        return {i: other.scale * y / here.rows[i].scale for i, y in found.items() if y}


def combined(layer: Units, h: Sequence[Row | None], n: int) -> Iterator[tuple[Row, Fraction]]:
    """W h + b for each unit, with its scale; units that are off are None."""
    for (bias, *weights), scale in layer:
        total = [bias] + [0] * n
        for a, z in zip(weights, h, strict=True):
            if a and z:
                total = [s + a * t for s, t in zip(total, z, strict=True)]
        yield tuple(total), scale
