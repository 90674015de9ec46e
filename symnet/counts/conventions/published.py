"""Numbers that others have printed, each compared with the count: the paper's units of AlexNet, a worksheet's table.

A printed line has a product and a value. Either can be wrong: the value may not be the product, or not the count.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from symnet.counts.formulas import Product, chain
from symnet.counts.table import CountTable, count
from symnet.counts.zoo import alexnet
from symnet.derivation import Relation


@dataclass(frozen=True)
class Printed:
    """One printed number: factors as printed, value as printed, and what is to be said of it."""

    layer: str
    quantity: str
    factors: tuple[int, ...]
    value: int
    remark: str = ""

    @property
    def relation(self) -> Relation:
        return chain(Product(self.factors), self.value)

    @property
    def multiplies_out(self) -> bool:
        return math.prod(self.factors) == self.value


@dataclass(frozen=True)
class Comparison:
    """A printed number beside the count: it holds if its product is its value and its value is the count."""

    printed: Printed
    counted: Relation
    value: Any

    @property
    def agrees(self) -> bool:
        return self.printed.value == self.value

    @property
    def holds(self) -> bool:
        return self.agrees and self.printed.multiplies_out

    @property
    def why(self) -> str:
        if self.holds:
            return ""
        if self.agrees:
            return self.printed.remark or "the value is right, but it is not the product printed"
        return self.printed.remark or f"the count is {self.value}"


def compared(printed: Iterable[Printed], table: CountTable) -> tuple[Comparison, ...]:
    """Each printed number beside the table's."""
    return tuple(
        Comparison(p, table[p.layer].formulas[p.quantity], getattr(table[p.layer], p.quantity)) for p in printed
    )


def alexnet_paper_units() -> tuple[Comparison, ...]:
    """The units that Krizhevsky, Sutskever and Hinton (2012, section 3.5) state, each beside the count."""
    return compared(PAPER_UNITS, count(alexnet()))


def alexnet_worksheet() -> tuple[Comparison, ...]:
    """A worksheet's table of AlexNet, each line beside the count."""
    return compared(WORKSHEET, count(alexnet()))


PAPER_UNITS = (
    Printed("input", "units", (3, 224, 224), 150_528),
    Printed(
        "conv1", "units", (55, 48, 96), 253_440,
        "the paper prints only the value; 55 × 48 × 96 reproduces it, so a 48 in place of one 55 is a plausible slip, "
        "not an established one; 96 maps of 55 × 55 have 290,400 units",
    ),
    Printed("conv2", "units", (256, 27, 27), 186_624),
    Printed("conv3", "units", (384, 13, 13), 64_896),
    Printed("conv4", "units", (384, 13, 13), 64_896),
    Printed("conv5", "units", (256, 13, 13), 43_264),
    Printed("fc6", "units", (4096,), 4096),
    Printed("fc7", "units", (4096,), 4096),
    Printed("fc8", "units", (1000,), 1000),
)  # fmt: skip

WORKSHEET = (
    Printed("input", "units", (3, 224, 224), 150_528),
    Printed("conv1", "units", (96, 55, 55), 290_400),
    Printed("conv1", "weights", (11, 11, 3, 96), 34_848),
    Printed("conv1", "connections", (11, 11, 3, 96, 55, 55), 105_415_200),
    Printed("pool1", "units", (96, 27, 27), 69_984),
    Printed("conv2", "units", (256, 27, 27), 186_624),
    Printed("conv2", "weights", (5, 5, 48, 128, 2), 307_200),
    Printed(
        "conv2", "connections", (5, 5, 48, 128, 27, 27), 111_974_400,
        "this is one group of two: each of the 2 groups has 5 × 5 × 48 × 128 × 27 × 27 connections",
    ),
    Printed("pool2", "units", (256, 13, 13), 43_264),
    Printed("conv3", "units", (384, 13, 13), 64_896),
    Printed("conv3", "weights", (3, 3, 256, 384), 884_736),
    Printed("conv3", "connections", (3, 3, 256, 384, 13, 13), 149_520_384),
    Printed("conv4", "units", (384, 13, 13), 64_896),
    Printed("conv4", "weights", (3, 3, 192, 192, 2), 663_552),
    Printed(
        "conv4", "connections", (3, 3, 129, 384, 13, 13), 112_140_288,
        "the value is right, the product is not: a group sees 192 channels, printed as 129",
    ),
    Printed("conv5", "units", (256, 13, 13), 43_264),
    Printed("conv5", "weights", (3, 3, 192, 128, 2), 442_368),
    Printed("conv5", "connections", (3, 3, 192, 256, 13, 13), 74_760_192),
    Printed("pool5", "units", (256, 6, 6), 9216),
    Printed("fc6", "units", (4096,), 4096),
    Printed("fc6", "weights", (9216, 4096), 37_748_736),
    Printed("fc6", "connections", (9216, 4096), 37_748_736),
    Printed("fc7", "units", (4096,), 4096),
    Printed("fc7", "weights", (4096, 4096), 16_777_216),
    Printed("fc7", "connections", (4096, 4096), 16_777_216),
    Printed("fc8", "units", (1000,), 1000),
    Printed("fc8", "weights", (4096, 1000), 4_096_000),
    Printed("fc8", "connections", (4096, 1000), 4_096_000),
)  # fmt: skip
