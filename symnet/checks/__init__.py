"""Sceptics: each compares a derived answer with something that did not derive it.

certificate    a proof about a ReLU network, verified again from its certificate alone, in rationals: by `verify`, a
               program that imports nothing of symnet
patterns       activation cells against brute force over all patterns
autograd       backward rules against torch, in float64          entrywise    the same against SymPy, entry by entry
build          counts against the network built in torch
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from symnet.checks.certificate import check_certificate

__all__ = ["check_certificate"]


def __getattr__(name: str) -> Any:
    """Each check loads when it is asked for."""
    if name == "check_certificate":
        from symnet.checks.certificate import check_certificate

        return check_certificate
    raise AttributeError(f"module 'symnet.checks' has no attribute {name!r}")
