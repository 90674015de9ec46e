"""Round numbers for axes."""

from fractions import Fraction

ROUND = (Fraction(1), Fraction(2), Fraction(5), Fraction(10))


def ticks(low: Fraction, high: Fraction, most: int = 7) -> list[Fraction]:
    """The multiples of 1, 2 or 5 times a power of ten in [low, high], as many as ``most`` allows."""
    step = next(s for s in _steps(high - low) if (high - low) / s <= most - 1)
    first, last = -(-low // step), high // step
    return [k * step for k in range(int(first), int(last) + 1)]


def rounded_up(value: Fraction) -> Fraction:
    """The least of 1, 1.5, 2, 3, 4, 5, 6, 8 times a power of ten that is no smaller."""
    power = _power(value)
    choices = (power * Fraction(k) for k in ("1", "3/2", "2", "3", "4", "5", "6", "8", "10"))
    return next(choice for choice in choices if choice >= value)


def decimal(value: Fraction) -> str:
    """A tick as it is written: −1.5, 0, 200."""
    return f"{float(value):g}".replace("-", "−")


def _steps(span: Fraction) -> list[Fraction]:
    power = _power(span) / 10
    return [power * k for k in ROUND] + [10 * power * k for k in ROUND]


def _power(value: Fraction) -> Fraction:
    """The power of ten with power ≤ value < 10 power."""
    power = Fraction(1)
    while power > value:
        power /= 10
    while 10 * power <= value:
        power *= 10
    return power
