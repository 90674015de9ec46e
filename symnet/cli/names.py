"""The reports named on the command line."""

from collections.abc import Sequence


def all_of(names: Sequence[str]) -> tuple[str, ...]:
    """The names without repetition, "all" being every report."""
    from symnet.report import REPORTS

    chosen = names or ("all",)
    return tuple(dict.fromkeys(n for name in chosen for n in (REPORTS if name == "all" else (name,))))
