"""Activations as sums of ReLUs, exactly.

f(z) = constant + Σ weight · relu(slope z + shift)
leaky(z) = relu(z) − s relu(−z)      clip(z) = a + relu(z − a) − relu(z − b)
"""

from dataclasses import dataclass
from fractions import Fraction

ZERO, ONE = Fraction(0), Fraction(1)


@dataclass(frozen=True)
class Activation:
    """constant + Σ weight · relu(slope z + shift); ``units`` are (slope, shift, weight)."""

    units: tuple[tuple[Fraction, Fraction, Fraction], ...]
    constant: Fraction = ZERO


def leaky(slope: Fraction) -> Activation:
    """z for z ≥ 0, slope · z below."""
    return Activation(((ONE, ZERO, ONE), *([(-ONE, ZERO, -slope)] if slope else [])))


def at_least(low: Fraction) -> Activation:
    """max(z, low)."""
    return Activation(((ONE, -low, ONE),), low)


def at_most(high: Fraction) -> Activation:
    """min(z, high)."""
    return Activation(((-ONE, high, -ONE),), high)


def clipped(low: Fraction, high: Fraction) -> Activation:
    """min(max(z, low), high)."""
    low = min(low, high)
    return Activation(((ONE, -low, ONE), (ONE, -high, -ONE)), low)


def shrunk(size: Fraction) -> Activation:
    """z nearer to 0 by ``size``, and 0 where it is nearer already."""
    return Activation(((ONE, -size, ONE), (-ONE, -size, -ONE)))


def ramp(slope: Fraction, shift: Fraction) -> Activation:
    """slope · z + shift, but at least 0 and at most 1."""
    return Activation(((slope, shift, ONE), (slope, shift - 1, -ONE)))


RELU = leaky(ZERO)
ABSOLUTE = leaky(-ONE)
