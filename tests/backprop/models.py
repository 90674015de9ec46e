"""Every model that the tables of operators and words bring along, and how to draw values for it."""

from functools import cache

import numpy as np
import torch

from symnet import backprop
from symnet.adjoints import OPERATORS, WORDS
from symnet.checks import autograd

EXAMPLES = {name: operator.example for name, operator in OPERATORS.items() if operator.example}
ALL_EXAMPLES = tuple(dict.fromkeys([*EXAMPLES.values(), *(word.example for word in WORDS.values())]))


@cache
def drawn(text: str, seed: int = 0):
    """The derived model, its stand-ins, values, a seed for the output, and the rules' numbers there."""
    bp = backprop(text)
    stand_ins = autograd.stand_ins(bp.model, ("tanh", "sin"), 0)
    rng = np.random.default_rng(seed)
    _, values = autograd.finite_values(bp, "cpu", stand_ins, rng)
    tensors = {name: torch.tensor(value) for name, value in values.items()}
    y = autograd.interpret(bp.model, tensors, stand_ins, "cpu")[bp.program.output.name]
    y_bar = rng.normal(size=tuple(y.shape)) if y.ndim else np.array(1.0)  # a loss has adjoint 1
    return bp, stand_ins, values, y_bar, bp.evaluate(values, {bp.program.output.name: y_bar}, stand_ins)
