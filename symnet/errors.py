"""Two kinds of refusal: not supported *yet*, and can *never* be.

Every message says what, where, and what to do next, in one line; the command line prints it and exits with 2.
"""


class SymnetError(Exception):
    """Base of every error that symnet raises on purpose."""


class NotSupported(SymnetError):
    """Meaningful mathematics that symnet has no rule for yet; the message names where a rule would be added."""


class InvalidInput(SymnetError):
    """Input that can never be accepted: ragged, undefined, contradictory or missing; the message says what would be."""
