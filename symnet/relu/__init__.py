"""ReLU networks over the rationals: regions, closed forms, proofs."""

from symnet.relu.budget import OutOfBudget
from symnet.relu.comparators import sorter, two_input_sorter
from symnet.relu.functions import Sorted, relu
from symnet.relu.network import ReluNetwork
from symnet.relu.prove import Proof, prove
from symnet.relu.regions import Region

__all__ = ["OutOfBudget", "Proof", "Region", "ReluNetwork", "Sorted", "prove", "relu", "sorter", "two_input_sorter"]
