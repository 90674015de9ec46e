"""Sceptics: each compares a derived answer with something that did not derive it.

certificate    a proof about a ReLU network, verified again from its certificate alone, in rationals
patterns       activation cells against brute force over all patterns
autograd       backward rules against torch, in float64          entrywise    the same against SymPy, entry by entry
build          counts against the network built in torch
"""

from symnet.checks.certificate import check_certificate

__all__ = ["check_certificate"]
