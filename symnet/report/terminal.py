"""Tables for the terminal: counts, suggestions, checks."""

from collections.abc import Iterable, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from symnet import notation
from symnet.derivation import Check

QUANTITIES = ("units", "weights", "biases", "connections")


def counts(table: Any) -> None:
    """One row a layer, the totals below, and what the sizes stand for."""
    shown = Table(title=table.title, title_justify="left")
    for heading in ("layer", "output", *QUANTITIES):
        shown.add_column(heading, justify="left" if heading == "layer" else "right", overflow="fold")
    for row in table.rows:
        shape = " × ".join(notation.text(size) for size in row.output_shape)
        shown.add_row(row.name, shape, *(_amount(getattr(row, quantity)) for quantity in QUANTITIES))
    shown.add_section()
    shown.add_row("total", "", *(notation.text(getattr(table.total, quantity)) for quantity in QUANTITIES))
    _print(shown)


def suggestions(found: Iterable[Any], minimize: str) -> None:
    """Ranked changes with what they leave."""
    shown = Table(title=f"fewer {minimize}", title_justify="left")
    for heading in ("change", "weights", "connections", "factor"):
        shown.add_column(heading, justify="left" if heading == "change" else "right")
    for suggestion in found:
        after = suggestion.after.total
        numbers = (notation.text(after.weights), notation.text(after.connections), f"÷{float(suggestion.factor):.2f}")
        shown.add_row(suggestion.name, *numbers)
    _print(shown)


def checks(found: Sequence[Check]) -> None:
    """One line a check, and how many passed."""
    shown = Table(show_lines=False)
    for heading in ("check", "kind", "result"):
        shown.add_column(heading)
    for check in found:
        shown.add_row(check.name, check.kind, "[green]passed[/]" if check.passed else "[red]failed[/]")
    _print(shown)
    _print(f"{sum(check.passed for check in found)} passed, {sum(not check.passed for check in found)} failed")


def _amount(value: Any) -> str:
    return notation.text(value) if value != 0 else ""


def _print(what: Any) -> None:
    Console(highlight=False).print(what)
