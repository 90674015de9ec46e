"""Exact integers: rows and points; matrices, in machine words where nothing overflows; masks and their bits."""

from collections.abc import Mapping, Sequence
from math import gcd
from typing import TypeAlias

import numpy as np

Row: TypeAlias = tuple[int, ...]
"""A linear form (constant, slopes), or a point (w : x): a vertex x / w, or a direction x where w = 0."""

WORD = 62
"""Bits that are safe in an int64, sign and a sum of two apart."""


def at(row: Sequence[int], point: Sequence[int]) -> int:
    """The row's value at w = 1, its slope along a ray, in multiples."""
    return sum([a * b for a, b in zip(row, point, strict=True)])


def shortest(point: Sequence[int]) -> Row:
    """The same ray, with integers as small as they can be."""
    divisor = gcd(*point)
    return tuple(point) if divisor <= 1 else tuple([a // divisor for a in point])


def weights(rows: Sequence[Mapping[int, int]], wires: Sequence[int]) -> np.ndarray:
    """Sparse rows (wire → integer) as a matrix, one column for each of the wires."""
    found = np.array([[row.get(k, 0) for k in wires] for row in rows], dtype=object).reshape(len(rows), len(wires))
    return found.astype(np.int64) if largest(found).bit_length() <= WORD else found


def largest(M: np.ndarray) -> int:
    """The largest absolute value."""
    return int(max(M.max(initial=0), -M.min(initial=0)))


def product(A: np.ndarray, B: np.ndarray) -> np.ndarray:
    """A @ B, exactly: A in pieces of so few bits that machine words hold the sums, or all in Python's integers."""
    room = WORD - A.shape[-1].bit_length() - largest(B).bit_length()
    need = largest(A).bit_length()
    if need <= room:
        return A.astype(np.int64) @ B.astype(np.int64)
    if 4 * room <= need:
        return A.astype(object) @ B.astype(object)
    pieces = [A >> shift & (1 << room) - 1 for shift in range(0, need, room)] + [A >> -(-need // room) * room]
    B = B.astype(np.int64)
    return sum(
        ((piece.astype(np.int64) @ B).astype(object) << room * i for i, piece in enumerate(pieces)),
        start=np.zeros(1, dtype=object),
    )


def total(A: np.ndarray, B: np.ndarray) -> np.ndarray:
    """A + B."""
    fits = max(largest(A), largest(B)).bit_length() <= WORD - 1
    return A.astype(np.int64) + B.astype(np.int64) if fits else A.astype(object) + B.astype(object)


def bits(masks: Sequence[int], width: int) -> np.ndarray:
    """The lowest bits of each mask, as truth values (masks, width)."""
    size = (width + 7) // 8
    packed = b"".join([(mask & (1 << width) - 1).to_bytes(size, "little") for mask in masks])
    table = np.frombuffer(packed, dtype=np.uint8).reshape(len(masks), size)
    return np.unpackbits(table, axis=1, count=width, bitorder="little").astype(bool)


def masks(signs: np.ndarray) -> list[int]:
    """Each row of truth values as the bits of a number."""
    packed = np.packbits(signs.astype(bool), axis=1, bitorder="little")
    return [int.from_bytes(row, "little") for row in packed]
