"""Recurrences: a loop over steps of any number, and its rules."""

from symnet.adjoints.recurrent.backward import RecurrentChanges, RecurrentPass, recurrence
from symnet.adjoints.recurrent.loops import is_recurrence

__all__ = ["RecurrentChanges", "RecurrentPass", "is_recurrence", "recurrence"]
