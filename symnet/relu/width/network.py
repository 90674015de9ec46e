"""The network that a choice of S and σ stands for.

    relu(σ h) with weight 2 u         gives u |h| + σ u h
    relu(±h) with weights u ± α       give u |h| + α h
    relu(±⟨γ, x⟩) with weights ±β     give β ⟨γ, x⟩

The linear parts add up to A where R = Σ_{i∈S} α_i g_iᵀ + Σ β_e γ_eᵀ; the output bias does the rest.
"""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any

from symnet.relu.geometry.rationals import Vector, dot, null_space, row_reduce
from symnet.relu.network import ReluNetwork
from symnet.relu.width.canonical import CanonicalForm
from symnet.relu.width.search import Choice, product, residual


def network_of(form: CanonicalForm, choice: Choice) -> ReluNetwork:
    """The network with ``choice.units`` hidden units; without a hidden layer for a constant."""
    alpha, beta, gamma = _parts(form, choice)
    columns: list[tuple[Sequence[Any], Vector]] = []
    for i, (kink, sign) in enumerate(zip(form.kinks, choice.signs, strict=True)):
        if sign:
            columns.append((_times(sign, kink.h), _times(2, kink.u)))
        else:
            columns += [(_times(s, kink.h), _sum(kink.u, _times(s, alpha[i]))) for s in (1, -1)]
    for b, g in zip(beta, gamma, strict=True):
        columns += [((0, *_times(s, g)), _times(s, b)) for s in (1, -1)]
    linear = [(_times(sign, kink.u), kink.h[0]) for kink, sign in zip(form.kinks, choice.signs, strict=True)]
    linear += [(alpha[i], form.kinks[i].h[0]) for i in choice.doubled]
    bias = [a - sum((u[o] * c for u, c in linear), Fraction(0)) for o, a in enumerate(form.a)]
    if not columns:
        return ReluNetwork([(form.A, bias)])
    output = [[v[o] for _, v in columns] for o in range(form.outputs)]
    return ReluNetwork([([h[1:] for h, _ in columns], [h[0] for h, _ in columns]), (output, bias)])


def _parts(form: CanonicalForm, choice: Choice) -> tuple[dict[int, Vector], list[Vector], list[Vector]]:
    """α (by hyperplane), β, γ with R = Σ_S α_i g_iᵀ + Σ β_e γ_eᵀ.

    Each basis vector of K from `null_space` has a free coordinate, 1 in this vector and 0 in the others. So a row of
    values on the basis is the functional that has these values at the free coordinates and 0 elsewhere.
    """
    R, slopes = residual(form, choice.signs), [form.kinks[i].g for i in choice.doubled]
    K = null_space(slopes, form.inputs)
    _, pivots = row_reduce(slopes)
    free = [j for j in range(form.inputs) if j not in pivots]
    rows, lead = row_reduce(product(R, K))
    gamma = [tuple(row[free.index(j)] if j in free else Fraction(0) for j in range(form.inputs)) for row in rows]
    beta = [tuple(dot(row, K[column]) for row in R) for column in lead]
    rest = [
        [a - sum(b[o] * g[j] for b, g in zip(beta, gamma, strict=True)) for j, a in enumerate(row)]
        for o, row in enumerate(R)
    ]
    alphas = [_combination(slopes, row) for row in rest]
    return {i: tuple(alpha[s] for alpha in alphas) for s, i in enumerate(choice.doubled)}, beta, gamma


def _combination(vectors: Sequence[Sequence[int]], target: Sequence[Fraction]) -> Vector:
    """The coefficients of ``target`` in independent vectors."""
    rows, _ = row_reduce([*zip(*vectors, target, strict=True)]) if vectors else ([], [])
    return tuple(row[-1] for row in rows)


def _times(s: int, v: Iterable[Any]) -> tuple[Any, ...]:
    return tuple(s * a for a in v)


def _sum(u: Iterable[Any], v: Iterable[Any]) -> tuple[Any, ...]:
    return tuple(a + b for a, b in zip(u, v, strict=True))
