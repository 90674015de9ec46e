"""ATen operators in the model language: one entry each, from a call to the text of its value.

An entry that cannot say what a call means raises `TypeError`, and the reader refuses the node by its name and place.
"""

from symnet.readers.torch.aten import arrays, layers, losses, pointwise, recurrent, sums
from symnet.readers.torch.aten.call import Call, Entry, Known, bound

ATEN: dict[str, Entry] = {
    name: entry for part in (arrays, layers, losses, pointwise, recurrent, sums) for name, entry in part.ENTRIES.items()
}
MOVES = (  # nothing but another name
    "dropout", "contiguous", "clone", "alias", "to", "_to_copy", "lift_fresh_copy", "type_as",
    "_assert_tensor_metadata",
)  # fmt: skip

__all__ = ["ATEN", "MOVES", "Call", "Known", "bound"]
