"""ReLU networks over the rationals: regions, closed forms, proofs; sorting networks; the fewest units."""

from symnet.relu.budget import OutOfBudget
from symnet.relu.functions import Sorted, relu
from symnet.relu.network import ReluNetwork
from symnet.relu.proof.prove import Proof, prove, smtlib
from symnet.relu.regions.regions import Region
from symnet.relu.sorting.comparators import SorterSize, compiled_comparators, sorter, sorter_sizes, two_input_sorter
from symnet.relu.sorting.first_layer import first_layer_bound
from symnet.relu.sorting.sorting_networks import ComparatorNetwork, batcher, sorting_network
from symnet.relu.width.minimal import Width, minimal_width

__all__ = [
    "ComparatorNetwork",
    "OutOfBudget",
    "Proof",
    "Region",
    "ReluNetwork",
    "Sorted",
    "SorterSize",
    "Width",
    "batcher",
    "compiled_comparators",
    "first_layer_bound",
    "minimal_width",
    "prove",
    "relu",
    "smtlib",
    "sorter",
    "sorter_sizes",
    "sorting_network",
    "two_input_sorter",
]
