"""Drawings as TikZ source, made from the same objects as the formulas beside them."""

from symnet.report.figures.bars import bars
from symnet.report.figures.graph import computation_graph
from symnet.report.figures.perceptron import perceptron
from symnet.report.figures.plane import plane

__all__ = ["bars", "computation_graph", "perceptron", "plane"]
