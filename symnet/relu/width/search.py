"""Which hyperplanes get two units, and on which side the others' single units are active: a least choice, exactly.

    cost = |S| + 2 rank(R restricted to K),    R = A − Σ_{i∉S} σ_i u_i g_iᵀ,    K = {x : ⟨g_i, x⟩ = 0 for i ∈ S}

The search goes up by cost, from the least that is possible, 2 rank(A where all g_i vanish). Only independent g_i are
worth doubling: on K the others have no part of their own. So it ends with a basis of the g_i doubled, if not before.
The signs σ are the hard part, a subset sum already for n = 1.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import lcm
from typing import Any, TypeAlias

import numpy as np

from symnet.errors import NotSupported
from symnet.relu.budget import UNLIMITED, Budget, Tick, ticking, unlimited
from symnet.relu.geometry.rationals import Matrix, dot, null_space, primitive, rank
from symnet.relu.width.canonical import CanonicalForm

PRIME = 2**31 - 1
BLOCK = 2**14
MOST_CHOICES = 2**22
"""Choices of S and σ that are looked at before the search is refused: seconds."""


@dataclass(frozen=True)
class Choice:
    """S and σ (0 on S), and the rank that is left for pairs of units on other hyperplanes."""

    doubled: tuple[int, ...]
    signs: tuple[int, ...]
    extra: int

    @property
    def units(self) -> int:
        return len(self.signs) + len(self.doubled) + 2 * self.extra


def best_choice(form: CanonicalForm, limit: Budget = UNLIMITED) -> Choice:
    """A choice of least cost; NotSupported where there are too many to look at."""
    k, looked = len(form.kinks), 0
    tick = limit.ticker("looking for the sides and the hyperplanes with two units")
    least, most = bounds(form)
    for cost in range(least, most + 1):
        for size in range(cost % 2, min(cost, most - least) + 1, 2):
            for S in ticking(combinations(range(k), size), tick):
                if rank([form.kinks[i].g for i in S]) == size:
                    looked += Restricted.of(form, S).choices((cost - size) // 2)
                    if looked > MOST_CHOICES:
                        raise _too_many(k, least, most)
                    if found := with_signs(form, S, (cost - size) // 2, tick):
                        return found
    raise AssertionError("doubling a basis of the g_i always does")


def best_undoubled(form: CanonicalForm, limit: Budget = UNLIMITED) -> Choice | None:
    """The best choice with S empty, or None where there are too many signs to look at."""
    tick = limit.ticker("looking for the sides of single units")
    part = Restricted.of(form, ())
    ranks = [extra for extra in range(part.most + 1) if part.choices(extra) <= MOST_CHOICES]
    if len(ranks) <= part.most:
        return None
    return next(found for extra in ranks if (found := with_signs(form, (), extra, tick)))


def bounds(form: CanonicalForm) -> tuple[int, int]:
    """What any choice costs at least, and what doubling a basis of the g_i costs."""
    slopes = [kink.g for kink in form.kinks]
    beyond = 2 * rank(product(form.A, null_space(slopes, form.inputs)))
    return beyond, beyond + rank(slopes)


def with_signs(form: CanonicalForm, S: tuple[int, ...], extra: int, tick: Tick = unlimited) -> Choice | None:
    """The choice S with signs for which rank(R restricted to K) ≤ ``extra``, if there are any."""
    part = Restricted.of(form, S)
    chosen = part.signs(extra, tick)
    if chosen is None:
        return None
    signs = dict.fromkeys(S, 0) | dict(zip(part.free, chosen, strict=True))
    return Choice(S, tuple(signs.get(i, 1) for i in range(len(form.kinks))), extra)


def _too_many(k: int, least: int, most: int) -> NotSupported:
    return NotSupported(
        f"minimal_width: {k} hyperplanes leave more than {MOST_CHOICES} choices of sides to look at, as hard as a "
        f"subset sum. The fewest units are at least {k + least} and at most {k + most}."
    )


Integers: TypeAlias = list[list[int]]


@dataclass(frozen=True)
class Restricted:
    """A and the u_i g_iᵀ, i ∉ S, on K: matrices (m, dim K) of integers, output o in a unit of its own.

    ``free`` are the i ∉ S whose g_i does not vanish on K: only their signs matter.
    """

    base: Integers
    terms: tuple[Integers, ...]
    free: tuple[int, ...]

    @classmethod
    def of(cls, form: CanonicalForm, S: Sequence[int]) -> "Restricted":
        K = [primitive(v)[0] for v in null_space([form.kinks[i].g for i in S], form.inputs)]
        free = [i for i, kink in enumerate(form.kinks) if i not in S and any(dot(kink.g, v) for v in K)]
        units = [_common_denominator(form, o) for o in range(form.outputs)]
        base = [[int(d * dot(row, v)) for v in K] for d, row in zip(units, form.A, strict=True)]
        terms = [
            [[int(d * u) * dot(form.kinks[i].g, v) for v in K] for d, u in zip(units, form.kinks[i].u, strict=True)]
            for i in free
        ]
        return cls(base, tuple(terms), tuple(free))

    @property
    def most(self) -> int:
        """The largest rank of such a matrix."""
        return min(len(self.base), len(self.base[0]))

    def choices(self, extra: int) -> int:
        """How many choices of signs there are to look at for a rank of at most ``extra``."""
        return 1 if extra >= self.most else 2 ** len(self.free)

    def signs(self, extra: int, tick: Tick = unlimited) -> tuple[int, ...] | None:
        """Signs with rank(base − Σ signs · terms) ≤ extra. Modulo a prime a rank can only fall: so none is missed,
        and what is found is looked at again over ℚ."""
        if extra >= self.most:
            return (1,) * len(self.free)
        for signs in ticking(_sign_blocks(len(self.free)), tick):
            low = np.flatnonzero(ranks_modulo_prime(self._modulo_prime(signs)) <= extra)
            for chosen in signs[low].tolist():
                if rank(self.matrix(chosen)) <= extra:
                    return tuple(chosen)
        return None

    def matrix(self, signs: Sequence[int]) -> Integers:
        """base − Σ signs · terms."""
        return [
            [a - sum(s * term[o][j] for s, term in zip(signs, self.terms, strict=True)) for j, a in enumerate(row)]
            for o, row in enumerate(self.base)
        ]

    def _modulo_prime(self, signs: np.ndarray) -> np.ndarray:
        """base − Σ signs · terms for each row of signs, modulo the prime."""
        shape = (len(self.base), len(self.base[0]))
        small = np.array([[[a % PRIME for a in row] for row in M] for M in (self.base, *self.terms)], dtype=np.int64)
        flat = small.reshape(len(small), -1)
        return ((flat[0] - signs @ flat[1:]) % PRIME).reshape(len(signs), *shape)


def _common_denominator(form: CanonicalForm, o: int) -> int:
    return lcm(*(a.denominator for a in form.A[o]), *(kink.u[o].denominator for kink in form.kinks))


def _sign_blocks(length: int) -> Iterator[np.ndarray]:
    """All rows of ±1 of that length, in blocks."""
    for start in range(0, 2**length, BLOCK):
        numbers = np.arange(start, min(start + BLOCK, 2**length))
        yield 1 - 2 * (numbers[:, None] >> np.arange(length) & 1)


def ranks_modulo_prime(M: np.ndarray) -> np.ndarray:
    """The ranks of a batch of matrices (batch, m, d) modulo the prime, by elimination without division."""
    ranks, every = np.zeros(len(M), dtype=np.int64), np.arange(len(M))
    for column in range(M.shape[2]):
        pivot = M[every, np.argmax(M[:, :, column] != 0, axis=1)]
        lead = pivot[:, column, None, None]
        M = (M * np.where(lead == 0, 1, lead) - M[:, :, column, None] * pivot[:, None, :]) % PRIME
        ranks += lead[:, 0, 0] != 0
    return ranks


def residual(form: CanonicalForm, signs: Sequence[int]) -> Matrix:
    """R = A − Σ σ_i u_i g_iᵀ."""
    pairs = list(zip(signs, form.kinks, strict=True))
    return tuple(
        tuple(a - sum(s * kink.u[o] * kink.g[j] for s, kink in pairs) for j, a in enumerate(row))
        for o, row in enumerate(form.A)
    )


def product(A: Sequence[Sequence[Any]], K: Iterable[Sequence[Any]]) -> list[list[Any]]:
    """A on the vectors of K, one column for each."""
    K = list(K)
    return [[dot(row, v) for v in K] for row in A]
