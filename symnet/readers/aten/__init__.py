"""ATen operators in the model language: one entry each, from a call to the text of its value.

An entry that cannot say what a call means raises `TypeError`, and the reader refuses the node by its name and place.
"""

from symnet.readers.aten import arrays, layers, losses, pointwise, recurrent, sums
from symnet.readers.aten.call import Call, Entry

ATEN: dict[str, Entry] = {
    name: entry for part in (arrays, layers, losses, pointwise, recurrent, sums) for name, entry in part.ENTRIES.items()
}
CONSTANT = (  # worked out on the spot where no argument is a quantity: masks, positions, states of zeros
    "arange", "zeros", "ones", "full", "tril", "triu", "unsqueeze", "eq", "expand", "logical_not", "view", "slice",
    "to", "_to_copy",
)  # fmt: skip
MOVES = (  # nothing but another name
    "dropout", "contiguous", "clone", "alias", "to", "_to_copy", "lift_fresh_copy", "detach_", "type_as",
    "_assert_tensor_metadata",
)  # fmt: skip

__all__ = ["ATEN", "CONSTANT", "MOVES", "Call"]
