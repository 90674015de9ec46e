"""affinitree: a decision tree in float64. Its leaves are the regions that it finds."""

import warnings
from typing import Any

import numpy as np
from protocol import floats, serve

warnings.filterwarnings("ignore", message="PyTorch not available")
from affinitree import AffFunc, Architecture, builder  # noqa: E402 - after the filter


def regions(question: dict[str, Any]) -> int:
    layers = floats(question["layers"])
    architecture = Architecture(len(layers[0][0][0]))
    for number, (W, b) in enumerate(layers, 1):
        architecture.linear(AffFunc.from_mats(np.array(W), np.array(b)))
        if number < len(layers):
            architecture.relu()
    tree = builder.from_layers(architecture)
    tree.infeasible_elimination()
    return tree.num_terminals()


if __name__ == "__main__":
    serve({"regions": regions}, ("affinitree",))
