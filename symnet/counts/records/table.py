"""The table of layers, and the letters that several families share."""

from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar, dataclass_transform

from symnet.counts.sizes import Size
from symnet.sizes import letter

Pair: TypeAlias = Size | tuple[Size, Size]
Triple: TypeAlias = Size | tuple[Size, Size, Size]
T = TypeVar("T")
LAYERS: dict[str, Any] = {}

c_in, z, h, w, l_in, n_in = (letter(name) for name in ("c_in", "z", "h", "w", "l", "n_in"))
c_out, o_z, o_h, o_w, n_out = (letter(name) for name in ("c_out", "o_z", "o_h", "o_w", "n_out"))
T_in = letter("T")
MAP = (c_in, h, w)
SEQUENCE = (T_in, n_in)


@dataclass_transform(frozen_default=True)
def layer(record: type[T]) -> type[T]:
    """Enter a record into the table."""
    LAYERS[record.__name__] = entered = dataclass(frozen=True)(record)
    return entered
