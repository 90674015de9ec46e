"""The canonical form of what one hidden layer computes, and the place where a deeper function departs from it.

    f(x) = A x + a + Σ_i u_i |h_i(x)|,      h_i(x) = c_i + ⟨g_i, x⟩ in primitive integers,   u_i ≠ 0 in ℚᵐ

with distinct hyperplanes h_i = 0. The form is unique: across h_i = 0, away from the others, only |h_i| has a kink. A
continuous piecewise affine function has it iff each of its kinks is a whole hyperplane with one jump: for then
f − Σ u_i |h_i| has no kink left, and is affine. A kink that is not whole ends somewhere; that place is reported.

A, a     linear part (m, n) and constant (m)            ridge    a face of dimension n − 2
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import sympy as sp

from symnet import notation
from symnet.errors import InvalidInput, NotSupported
from symnet.relu.budget import UNLIMITED, Budget, Tick, ticking
from symnet.relu.circuits import Builder, Circuit, compiled, number
from symnet.relu.claims.claim import read_claim
from symnet.relu.functions import Sorted
from symnet.relu.geometry.rationals import Matrix, Vector, dot, rank
from symnet.relu.layered import layered
from symnet.relu.network import ReluNetwork
from symnet.relu.proof.kinks import Hyperplane, at, kink_form
from symnet.relu.regions.regions import Facet, Region, regions


@dataclass(frozen=True)
class Kink:
    """u |h|, with h = (c, g_1, ..., g_n)."""

    h: Hyperplane
    u: Vector

    @property
    def g(self) -> tuple[int, ...]:
        return self.h[1:]


@dataclass(frozen=True)
class CanonicalForm:
    """A x + a + Σ u_i |h_i(x)|, the kinks in the order of their hyperplanes."""

    A: Matrix
    a: Vector
    kinks: tuple[Kink, ...]

    @property
    def inputs(self) -> int:
        return len(self.A[0])

    @property
    def outputs(self) -> int:
        return len(self.A)

    def __call__(self, x: Vector) -> Vector:
        """The exact value at the point x."""
        sizes = [(kink.u, abs(at(kink.h, x))) for kink in self.kinks]
        return tuple(
            dot(row, x) + c + sum(u[o] * s for u, s in sizes)
            for o, (row, c) in enumerate(zip(self.A, self.a, strict=True))
        )


def canonical_form(target: Any, limit: Budget = UNLIMITED) -> CanonicalForm:
    """The form of a ReluNetwork, of a list of SymPy expressions in x_1, x_2, ..., or of Sorted(n)'s expressions.

    InvalidInput where one hidden layer cannot compute the target: it names a point at which a kink ends.
    """
    circuit = read_circuit(target)
    if max(circuit.depths, default=0) <= 1:
        return _of_one_layer(circuit)
    net = target if isinstance(target, ReluNetwork) else layered(circuit)
    return _of_regions(regions(net.layers, limit), limit.ticker("looking at where the kinks end"))


def read_circuit(target: Any) -> Circuit:
    """A network's circuit, or that of expressions whose inputs are x_1, ..., x_n with n the last that occurs."""
    if isinstance(target, ReluNetwork):
        return compiled(target.layers)
    if isinstance(target, Sorted):
        raise InvalidInput("Sorted() does not say of how many inputs; pass Sorted().expressions(inputs), or a network.")
    expressions = list(target) if isinstance(target, list | tuple | sp.Tuple | sp.MatrixBase) else [target]
    if not expressions:
        raise InvalidInput("there are no outputs: pass a network, or an expression for each output.")
    n = max((i for e in expressions for i in _inputs_of(e)), default=1)
    claim = read_claim(expressions, ReluNetwork([([[0] * n] * len(expressions), [0] * len(expressions))]))
    if claim.relations:
        raise InvalidInput(f"{expressions[0]} is an inequality; pass what the outputs are.")
    if claim.conditions:
        raise NotSupported("a Piecewise target is not read yet; write it with Min, Max, Abs and relu, or as a network.")
    builder = Builder(n)
    return builder.circuit(claim.values(builder.variables, number(1), builder.relu))


def _inputs_of(e: Any) -> Iterator[int]:
    """The numbers of the inputs x_i in an expression; names of another kind are refused when the claim is read."""
    for symbol in getattr(e, "free_symbols", ()):
        head, _, index = symbol.name.partition("_")
        if head == "x" and index.isdecimal() and int(index):
            yield int(index)


def _of_one_layer(circuit: Circuit) -> CanonicalForm:
    """The kink forms of the outputs, hyperplane by hyperplane."""
    n, forms = circuit.inputs, [kink_form(circuit, output) for output in circuit.outputs]
    affine = [form.affine.row(n + 1) for form in forms]
    planes = sorted({h for form in forms for h in form.kinks}, reverse=True)
    kinks = [Kink(h, tuple(form.kinks.get(h, Fraction(0)) for form in forms)) for h in planes]
    return CanonicalForm(tuple(row[1:] for row in affine), tuple(row[0] for row in affine), tuple(kinks))


# ---------------------------------------------------------------------- from regions
@dataclass(frozen=True)
class Fold:
    """The facet between two cells: the hyperplane, the jump u across it, and one of the cells."""

    h: Hyperplane
    u: Vector
    facet: Facet
    cell: Region


def _of_regions(cells: Sequence[Region], tick: Tick) -> CanonicalForm:
    """One kink for each hyperplane on which the map changes, if it changes along the whole of it."""
    found: dict[tuple[Hyperplane, Vector], list[Fold]] = defaultdict(list)
    for fold in ticking(_folds(cells), tick):
        found[fold.h, fold.u].append(fold)
    for (h, _), folds in ticking(found.items(), tick):
        if (end := _end(folds)) is not None:
            raise _refusal(h, end)
    kinks = tuple(Kink(h, u) for h, u in sorted(found, reverse=True))
    inside = cells[0].interior
    A = [list(row) for row in cells[0].G]
    a = list(cells[0].c)
    for kink in kinks:
        sign = 1 if at(kink.h, inside) > 0 else -1
        for o, u in enumerate(kink.u):
            a[o] -= sign * u * kink.h[0]
            A[o] = [w - sign * u * g for w, g in zip(A[o], kink.g, strict=True)]
    return CanonicalForm(tuple(map(tuple, A)), tuple(a), kinks)


def _folds(cells: Sequence[Region]) -> Iterator[Fold]:
    """The facets across which the affine map changes: there f_here − f_there = 2 u h, with h ≥ 0 here."""
    first: dict[Facet, tuple[Region, Hyperplane]] = {}
    for there in cells:
        for facet, (slope, constant) in there.facets:
            if facet not in first:
                first[facet] = there, (constant, *(-s for s in slope))
                continue
            here, h = first[facet]
            if here.G != there.G:
                pivot = next(i for i, g in enumerate(h) if g and i)
                u = tuple((p[pivot - 1] - q[pivot - 1]) / (2 * h[pivot]) for p, q in zip(here.G, there.G, strict=True))
                yield Fold(h if h[pivot] > 0 else tuple(-g for g in h), u, facet, here)


def _end(folds: Sequence[Fold]) -> Vector | None:
    """A point where the facets of one kink end: inside a ridge that only one of them has."""
    ridges = {ridge: fold.cell for fold in folds for ridge in _ridges(fold)}
    times = Counter(ridge for fold in folds for ridge in _ridges(fold))
    return next((_inside(ridge) for ridge in ridges if times[ridge] == 1), None)


def _ridges(fold: Fold) -> Iterator[Facet]:
    """The facet's own facets: where it meets the cell's other facets in dimension n − 2, not only at infinity."""
    n = len(fold.h) - 1
    lines = [(0, *line) for line in fold.cell.lines]
    for other, _ in fold.cell.facets:
        common = fold.facet & other
        if other != fold.facet and any(w for w, *_ in common) and rank([*common, *lines]) == n - 1:
            yield common


def _inside(face: Facet) -> Vector:
    """The mean of the face's vertices, moved along its rays."""
    vertices = sorted(tuple(Fraction(a, w) for a in x) for w, *x in face if w)
    mean = [sum(column, start=Fraction(0)) / len(vertices) for column in zip(*vertices, strict=True)]
    return tuple(a + sum(x[i] for w, *x in face if not w) for i, a in enumerate(mean))


def _refusal(h: Hyperplane, end: Vector) -> InvalidInput:
    """What cannot be, and where."""
    x = [sp.Symbol(f"x_{i}", real=True) for i in range(1, len(h))]
    plane = notation.text(sp.Add(h[0], *(g * v for g, v in zip(h[1:], x, strict=True))))
    point = ", ".join(str(value) for value in end)
    return InvalidInput(
        f"one hidden layer cannot compute this function: its kink on {plane} = 0 ends at ({point}), "
        "but the kink of a hidden unit is a whole hyperplane. Use two hidden layers or more."
    )
