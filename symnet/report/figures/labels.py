"""Where a label fits inside a convex polygon."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

STEPS = 16
"""Places that are tried along each axis of the polygon."""


@dataclass(frozen=True)
class Box:
    """Width and height of a label, in the polygon's units."""

    width: float
    height: float

    def at(self, x: float, y: float) -> list[tuple[float, float]]:
        """Its corners around (x, y)."""
        return [(x + a * self.width / 2, y + b * self.height / 2) for a in (-1, 1) for b in (-1, 1)]


def placed(polygon: Sequence[tuple[Any, Any]], boxes: Sequence[Box]) -> tuple[tuple[float, float], int] | None:
    """The middle of the first box that fits, and which it is: off the axes if it can, and as central as it can."""
    corners = [(float(x), float(y)) for x, y in polygon]
    if len(corners) < 3:
        return None
    sides = list(_sides(corners))
    middle = sum(x for x, _ in corners) / len(corners), sum(y for _, y in corners) / len(corners)
    places = [middle, *_grid(corners)]
    for which, box in enumerate(boxes):
        if not holds(corners, box):
            continue
        inside = [p for p in places if all(_depth(sides, c) >= 0 for c in box.at(*p))]
        if inside:
            best = min(inside, key=lambda p: (_on_axis(box, p), -min(_depth(sides, c) for c in box.at(*p)), p))
            return (middle if middle in inside and not _on_axis(box, middle) else best), which
    return None


def holds(polygon: Sequence[tuple[Any, Any]], box: Box) -> bool:
    """Whether the polygon is as wide and as high as the box; if not, it need not be tried."""
    sizes = [max(c) - min(c) for c in zip(*polygon, strict=True)]
    return bool(sizes) and sizes[0] >= box.width and sizes[1] >= box.height


def _grid(corners: Sequence[tuple[float, float]]) -> Iterator[tuple[float, float]]:
    low, high = (tuple(edge(c[k] for c in corners) for k in (0, 1)) for edge in (min, max))
    for i in range(1, STEPS):
        for j in range(1, STEPS):
            yield low[0] + (high[0] - low[0]) * i / STEPS, low[1] + (high[1] - low[1]) * j / STEPS


def _sides(corners: Sequence[tuple[float, float]]) -> Iterator[tuple[float, float, float]]:
    """(a, b, c) with a x + b y ≤ c inside and (a, b) of length 1."""
    turn = sum(p[0] * q[1] - q[0] * p[1] for p, q in zip(corners, [*corners[1:], corners[0]], strict=True))
    for p, q in zip(corners, [*corners[1:], corners[0]], strict=True):
        a, b = q[1] - p[1], p[0] - q[0]
        length = (a * a + b * b) ** 0.5 * (1 if turn > 0 else -1)
        if length:
            yield a / length, b / length, (a * p[0] + b * p[1]) / length


def _depth(sides: Sequence[tuple[float, float, float]], p: tuple[float, float]) -> float:
    """How far inside the point is; negative outside."""
    return min(c - a * p[0] - b * p[1] for a, b, c in sides)


def _on_axis(box: Box, p: tuple[float, float]) -> bool:
    return abs(p[0]) < box.width / 2 or abs(p[1]) < box.height / 2
