"""The kink canonical form: equality of one-hidden-layer functions in any number of variables, in polynomial time.

    relu(z) = (z + |z|) / 2,    so    f(x) = affine(x) + Σ_H c_H |h_H(x)|

with one term for each hyperplane H = {h_H = 0}, h_H in primitive integers with a positive first coefficient. The terms
are independent: across H only |h_H| has a kink, of size 2 c_H. So f is zero everywhere iff its form is empty.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

from symnet.relu.budget import Tick, ticking, unlimited
from symnet.relu.circuits import Circuit, Linear, number
from symnet.relu.geometry.rationals import Vector, dot, null_space, primitive

Hyperplane: TypeAlias = tuple[int, ...]
Part: TypeAlias = tuple[Linear, Hyperplane | None, Fraction]


@dataclass(frozen=True)
class KinkForm:
    """affine + Σ c_H |h_H|; h_H = (constant, slopes ...), and no c_H is 0."""

    affine: Linear
    kinks: dict[Hyperplane, Fraction]

    @property
    def zero(self) -> bool:
        return not self.affine.terms and not self.kinks


def kink_form(circuit: Circuit, output: Linear) -> KinkForm:
    """The form of one output of a circuit of depth at most 1."""
    return kink_forms(circuit, [output])[0]


def kink_forms(circuit: Circuit, outputs: Sequence[Linear], tick: Tick = unlimited) -> list[KinkForm]:
    """The form of each output; a unit that several of them read is taken apart only once."""
    n = circuit.inputs
    read = {wire for output in outputs for wire in output.terms if wire > n}
    parts = {wire: relu_form(circuit.units[wire - n - 1], n) for wire in ticking(read, tick)}
    return [_sum_of_parts(output, parts) for output in ticking(outputs, tick)]


def _sum_of_parts(output: Linear, parts: Mapping[int, Part]) -> KinkForm:
    affine: dict[int, Fraction] = {}
    kinks: dict[Hyperplane, Fraction] = {}
    for wire, weight in output.terms.items():
        smooth, hyperplane, size = parts.get(wire) or (Linear({wire: Fraction(1)}), None, Fraction(0))
        for i, a in smooth.terms.items():
            affine[i] = affine.get(i, Fraction(0)) + weight * a
        if hyperplane:
            kinks[hyperplane] = kinks.get(hyperplane, Fraction(0)) + weight * size
    return KinkForm(Linear({i: a for i, a in affine.items() if a}), {h: c for h, c in kinks.items() if c})


def relu_form(z: Linear, n: int) -> Part:
    """relu(z) = smooth + size · |h|; without a kink where z is constant."""
    if z.constant is not None:
        return number(max(z.constant, 0)), None, Fraction(0)
    hyperplane, scale = primitive(z.row(n + 1))
    if next(a for a in hyperplane[1:] if a) < 0:
        hyperplane = tuple(-a for a in hyperplane)
    return Fraction(1, 2) * z, hyperplane, scale / 2


# ---------------------------------------------------------------------- where a nonzero form is not zero
def witnesses(form: KinkForm, n: int) -> Iterator[Vector]:
    """Finitely many points, on one of which a nonzero form is not zero.

    With a kink H: three points p − v, p, p + v with p on H and no other hyperplane between them; the second difference
    there is 2 c_H |h_H(v)| ≠ 0. Without kinks: the origin and the unit points, on which an affine map is known.
    """
    if not form.kinks:
        yield from (tuple(Fraction(int(i == axis)) for i in range(n)) for axis in range(-1, n))
        return
    H = next(iter(form.kinks))
    others = [h for h in form.kinks if h != H]
    p = _on_one_only(H, others)
    v = tuple(Fraction(a) for a in H[1:])
    reach = [abs(at(h, p) / dot(h[1:], v)) for h in others if dot(h[1:], v)]
    step = min([Fraction(1), *(r / 2 for r in reach)])
    yield from (tuple(a + t * step * d for a, d in zip(p, v, strict=True)) for t in (-1, 0, 1))


def at(h: Hyperplane, x: Vector) -> Fraction:
    """h(x) = h_0 + ⟨h_1..n, x⟩."""
    return h[0] + dot(h[1:], x)


def _on_one_only(H: Hyperplane, others: list[Hyperplane]) -> Vector:
    """A point of H on none of the others: along H's moment curve all but finitely many points are."""
    pivot = next(i for i, a in enumerate(H[1:]) if a)
    basis = null_space([H[1:]], len(H) - 1)
    start = tuple(Fraction(-H[0], H[1 + pivot]) if i == pivot else Fraction(0) for i in range(len(H) - 1))
    t = 0
    while True:
        powers = [Fraction(t) ** (k + 1) for k in range(len(basis))]
        p = tuple(a + sum(c * b[i] for c, b in zip(powers, basis, strict=True)) for i, a in enumerate(start))
        if all(at(h, p) for h in others):
            return p
        t += 1
