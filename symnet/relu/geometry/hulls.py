"""The affine hull of a polyhedron {form ≥ 0, or > 0, for each form}, and whether it is empty.

What is written as an equation, form ≥ 0 and −form ≥ 0, is solved and put in; so are bounds l ≤ x_i ≤ l. What is left is
a box, which has an interior if l < u throughout, and inequalities between several inputs. An interior point of all of
them is looked for in floats, and confirmed exactly. Only where none is found a linear program decides: weights y > 0
under which some of the inequalities sum to 0 ≥ 0 show them to be equations (Gordan).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

import numpy as np

from symnet.relu.budget import Tick, unlimited
from symnet.relu.circuits import Linear, wire
from symnet.relu.geometry.rationals import primitive
from symnet.relu.geometry.simplex import contradiction
from symnet.relu.geometry.subspaces import Subspace

Row: TypeAlias = tuple[Linear, bool]
"""A form that is ≥ 0, or > 0 (True)."""

SWEEPS, FINE = 200, 2**20
"""So many sweeps through the inequalities for an interior point; its coordinates are multiples of 1/FINE."""


def affine_hull(forms: Sequence[Linear], strict: Sequence[bool], tick: Tick = unlimited) -> Subspace | None:
    """The smallest affine subspace around the polyhedron; None where that is empty."""
    space, rows = Subspace(), list(zip(forms, strict, strict=True))
    while True:
        rows = _reduced(space, rows, tick)
        if any(_false(row) for row in rows):
            return None
        rows = [row for row in rows if row[0].constant is None]
        found = _opposite(rows) or _tight_bounds(rows) or _shown_by_weights(rows, tick)
        if found is None:
            return space
        equations, empty = found
        if empty:
            return None
        space = space.where_zero(equations, tick)


Equations: TypeAlias = tuple[list[Linear], bool]
"""Forms that vanish on the polyhedron, at least one; and whether it is empty."""


def _reduced(space: Subspace, rows: Iterable[Row], tick: Tick) -> list[Row]:
    """The rows on the subspace, each once."""
    found: dict[tuple[tuple[int, ...], tuple[int, ...], bool], Row] = {}
    for form, strict in rows:
        tick()
        z = space.reduced(form)
        found.setdefault((*_ray(z), strict), (z, strict))
    return list(found.values())


def _ray(z: Linear) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Its wires and its coefficients, but for a positive factor."""
    wires = tuple(sorted(z.terms))
    return wires, primitive([z.terms[w] for w in wires])[0] if wires else ()


def _false(row: Row) -> bool:
    """A number that is < 0, or 0 where it should be > 0."""
    form, strict = row
    return form.constant is not None and (form.constant < 0 or (strict and form.constant == 0))


def _opposite(rows: Sequence[Row]) -> Equations | None:
    """Forms that are ≥ 0 and ≤ 0."""
    signs: dict[tuple[tuple[int, ...], tuple[int, ...]], bool] = {}
    for form, strict in rows:
        signs[_ray(form)] = strict or signs.get(_ray(form), False)
    both = [form for form, _ in rows if _ray(-form) in signs]
    return (both, any(signs[_ray(form)] for form in both)) if both else None


# ---------------------------------------------------------------------- a box
@dataclass(frozen=True)
class Box:
    """``low`` and ``high`` for the inputs that have them, and whether strictly."""

    low: Mapping[int, tuple[Fraction, bool]]
    high: Mapping[int, tuple[Fraction, bool]]

    @classmethod
    def of(cls, rows: Iterable[Row]) -> "Box":
        """The bounds a x_i + c ≥ 0 among the rows, the tightest for each input."""
        low: dict[int, tuple[Fraction, bool]] = {}
        high: dict[int, tuple[Fraction, bool]] = {}
        for form, strict in rows:
            if (i := _alone(form)) is None:
                continue
            bound = -form.terms.get(0, Fraction(0)) / form.terms[i], strict
            if form.terms[i] > 0:
                low[i] = max(low.get(i, bound), bound)
            else:
                high[i] = min(high.get(i, bound), bound, key=lambda b: (b[0], not b[1]))
        return cls(low, high)

    def inside(self, i: int) -> Fraction:
        """A number strictly between the bounds of input i."""
        match self.low.get(i), self.high.get(i):
            case (a, _), (b, _):
                return (a + b) / 2
            case (a, _), None:
                return a + 1
            case None, (b, _):
                return b - 1
        return Fraction(0)


def _alone(form: Linear) -> int | None:
    """The only input of the form, if it has just one."""
    wires = [i for i in form.terms if i]
    return wires[0] if len(wires) == 1 else None


def _tight_bounds(rows: Sequence[Row]) -> Equations | None:
    """Inputs whose bounds meet, or exclude each other."""
    box, found = Box.of(rows), []
    for i in box.low.keys() & box.high.keys():
        (a, _), (b, _) = box.low[i], box.high[i]
        if a > b:
            return [], True
        if a == b:
            found.append(wire(i) + Linear({0: -a} if a else {}))
    return (found, False) if found else None


# ---------------------------------------------------------------------- inequalities between several inputs
def _shown_by_weights(rows: Sequence[Row], tick: Tick) -> Equations | None:
    """What a linear program says, where no interior point is found at once."""
    if _has_interior(rows, tick):
        return None
    width = 1 + max(max(form.terms) for form, _ in rows)
    forms, strict = zip(*rows, strict=True)
    found = contradiction([form.row(width) for form in forms], strict, tick)
    return found and ([form for form, y in zip(forms, found[0], strict=True) if y], found[1])


def _has_interior(rows: Sequence[Row], tick: Tick) -> bool:
    """Whether a point is found at which all forms are > 0; exact where it says yes."""
    box = Box.of(rows)
    general = [form for form, _ in rows if _alone(form) is None]
    inputs = sorted({i for form, _ in rows for i in form.terms if i})
    centre = {i: box.inside(i) for i in inputs}
    if all(_at(form, centre) > 0 for form in general):
        return True
    try:
        with np.errstate(all="ignore"):
            found = _relaxed(general, box, inputs, centre, tick)
    except (OverflowError, ValueError):  # a number beyond the floats, or none
        return False
    return all(_at(form, found) > 0 for form, _ in rows)


def _at(form: Linear, x: Mapping[int, Fraction]) -> Fraction:
    return sum((a * x[i] if i else a for i, a in form.terms.items()), start=Fraction(0))


def _relaxed(
    forms: Sequence[Linear], box: Box, inputs: Sequence[int], start: Mapping[int, Fraction], tick: Tick
) -> dict[int, Fraction]:
    """The relaxation method (Agmon, Motzkin 1954): step through each violated inequality, a little beyond, stay in the
    box."""
    W = np.array([[float(form.terms.get(i, 0)) for i in inputs] for form in forms])
    c = np.array([float(form.terms.get(0, 0)) for form in forms])
    size = np.maximum(np.linalg.norm(W, axis=1), np.finfo(float).tiny)
    W, c = W / size[:, None], c / size
    low, high = (
        np.array([float(side[i][0]) if i in side else end for i in inputs])
        for side, end in ((box.low, -np.inf), (box.high, np.inf))
    )
    room = np.minimum(np.where(np.isfinite(high - low), high - low, 1) / 8, 1)
    x = np.array([float(start[i]) for i in inputs])
    beyond = min(1.0, float(room.min()))
    for _ in range(SWEEPS):
        tick()
        for w, b in zip(W, c, strict=True):
            gap = w @ x + b - beyond
            x = np.clip(x - 1.2 * gap * w, low + room / 8, high - room / 8) if gap < 0 else x
        if (W @ x + c > 0).all():
            break
        beyond *= 0.9
    return {i: Fraction(round(a * FINE), FINE) for i, a in zip(inputs, x.tolist(), strict=True)}
