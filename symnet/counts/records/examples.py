"""A small network around each kind of layer, from its record's example: what tests and checks run over."""

from typing import Any

from symnet.counts.records.inputs import Input, InputSequence, InputSignal, InputVector, InputVolume, InputWords
from symnet.counts.records.norms import BatchNorm
from symnet.counts.records.table import SEQUENCE

_ENTERING = {1: InputVector, 2: InputSignal, 3: Input, 4: InputVolume}


def example_layers(kind: Any) -> list[tuple[str, Any]]:
    """An input, for a layer that names others one more layer, and a layer of the kind."""
    sizes, shape = kind.rule.example
    if kind.rule.enters:
        return [("input", kind(**sizes))]
    entering = _entering(kind.rule.sees, shape)
    if not kind.rule.refers:
        return [("input", entering), ("layer1", kind(**sizes))]
    return [("input", entering), ("norm", BatchNorm()), ("layer1", kind("input"))]


def _entering(sees: tuple[Any, ...], shape: tuple[int, ...]) -> Any:
    if sees == SEQUENCE:
        return InputSequence(*shape)
    return InputWords(*shape) if sees == SEQUENCE[:1] else _ENTERING[len(shape)](*shape)
