"""Tables for the terminal: counts, suggestions, checks."""

from collections.abc import Iterable, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from symnet import notation
from symnet.counts import CountTable, layout
from symnet.derivation import Check
from symnet.screen import visible


def counts(table: CountTable) -> None:
    """One row a layer with the totals below; in letters, what the named sides stand for and what must hold."""
    shown = Table(title=_plain(table.title), title_justify="left", caption=CONVENTION, caption_justify="left")
    for heading in layout.HEADINGS:
        shown.add_column(heading, justify="left" if heading == "layer" else "right", overflow="fold")
    for row in layout.cells(table, "text"):
        shown.add_row(*map(_plain, row))
    if not table.sides:
        shown.add_section()
        shown.add_row("total", "", *(notation.text(getattr(table.total, q)) for q in layout.HEADINGS[2:]))
    _print_whole(shown)
    for relation in table.named_sizes if table.sides else ():
        _print(relation.text())
    if table.conditions:
        _print("where " + ", ".join(relation.text() for relation in table.conditions))


CONVENTION = (
    "units of the input and of pools are not in the total; a connection is one multiply-add, taps on padding count"
)


def suggestions(found: Iterable[Any], minimize: str) -> None:
    """Ranked changes with what they leave."""
    shown = Table(title=f"fewer {minimize}", title_justify="left")
    for heading in ("change", "weights", "connections", "factor"):
        shown.add_column(heading, justify="left" if heading == "change" else "right")
    for suggestion in found:
        after = suggestion.after.total
        numbers = (notation.text(after.weights), notation.text(after.connections), f"÷{float(suggestion.factor):.2f}")
        shown.add_row(*map(_plain, (suggestion.name, *numbers)))
    _print(shown)


def checks(found: Sequence[Check]) -> None:
    """One line a check, the evidence of those that failed, and how many passed."""
    shown = Table(show_lines=False)
    for heading in ("check", "kind", "result"):
        shown.add_column(heading)
    for check in found:
        passed = Text("passed", style="green") if check.passed else Text("failed", style="red")
        shown.add_row(_plain(check.name), check.kind, passed)
    _print(shown)
    for check in found:
        if not check.passed:
            _print(f"{check.name}: {'; '.join(f'{name}: {fact}' for name, fact in check.evidence.items())}")
    _print(f"{sum(check.passed for check in found)} passed, {sum(not check.passed for check in found)} failed")


def _print_whole(table: Table) -> None:
    """As wide as the terminal; in a file or a pipe as wide as the table, so that no number is broken."""
    console = Console(highlight=False, markup=False, emoji=False)
    if not console.is_terminal:
        table.caption = None
        wide = console.measure(table, options=console.options.update(max_width=10_000)).maximum
        console = Console(highlight=False, markup=False, emoji=False, width=max(wide, len(CONVENTION)))
    console.print(table)
    if not console.is_terminal:
        console.print(CONVENTION)


def _plain(text: str) -> Text:
    """Text as it is: no control character of it reaches the terminal, and none of it is taken for markup."""
    return Text(visible(text))


def _print(what: str | Table) -> None:
    console = Console(highlight=False, markup=False, emoji=False)
    console.print(_plain(what) if isinstance(what, str) else what)
