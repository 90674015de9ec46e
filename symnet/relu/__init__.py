"""ReLU networks over the rationals: regions, closed forms, proofs."""

from symnet.relu.comparators import two_input_sorter
from symnet.relu.functions import Sorted, relu
from symnet.relu.network import ReluNetwork
from symnet.relu.prove import Proof, prove
from symnet.relu.regions import Region

__all__ = ["Proof", "Region", "ReluNetwork", "Sorted", "prove", "relu", "two_input_sorter"]
