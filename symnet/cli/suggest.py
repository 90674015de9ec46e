"""symnet suggest: changes to an architecture, each with its exact saving."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

import click

from symnet.cli.architectures import architecture_of
from symnet.cli.common import DEVICE, JSON, say, warn, write_json
from symnet.errors import InvalidInput

MOST_COMBINED = 4


@click.command()
@click.argument("architecture", default="alexnet", metavar="[NAME|FILE.yaml|FILE.json]")
@click.option("--minimize", type=click.Choice(["weights", "connections"]), default="weights", show_default=True)
@click.option(
    "--combine", type=click.IntRange(1, MOST_COMBINED), default=1, show_default=True, help="Changes put together."
)
@click.option("--limit", "limits", multiple=True, metavar="weights=2e7", help="The most that may be left.")
@click.option("--keep-receptive-field", is_flag=True, help="The last map must see as much of the input as before.")
@click.option("--changed", type=click.IntRange(1), metavar="K", help="At most so many layers may change.")
@click.option("--latency", is_flag=True, help="Also time one prediction before and after the first three, in torch.")
@DEVICE
@JSON
def suggest(
    architecture: str,
    minimize: str,
    combine: int,
    limits: Sequence[str],
    keep_receptive_field: bool,
    changed: int | None,
    latency: bool,
    device: str,
    json_file: str | None,
) -> int:
    """Changes to the architecture that save the most weights or connections, each with its exact saving."""
    from symnet import counts
    from symnet.report import terminal

    suggestions = counts.suggest(
        architecture_of(architecture),
        minimize=minimize,
        combine=combine,
        limits=_limits(limits),
        keep_receptive_field=keep_receptive_field,
        most_changed=changed,
    )
    if not suggestions:
        more = f"try --combine {combine + 1}, or wider limits" if combine < MOST_COMBINED else "try wider limits"
        warn(f"no change of the catalogue does that; {more}")
    if json_file:
        write_json(json_file, [suggestion.to_json() for suggestion in suggestions])
    terminal.suggestions(suggestions, minimize)
    for line in _latencies(suggestions[:3], device) if latency else ():
        say(line)
    return 0


def _limits(given: Sequence[str]) -> dict[str, int]:
    """Each quantity once."""
    limits: dict[str, int] = {}
    for quantity, most in map(_limit, given):
        if quantity in limits:
            raise InvalidInput(f"--limit {quantity} is given twice; give it once")
        limits[quantity] = most
    return limits


def _limit(given: str) -> tuple[str, int]:
    """weights=2e7, exactly."""
    quantity, _, most = given.partition("=")
    try:
        if not 0 <= float(most) < float("inf"):
            raise ValueError
        return quantity.strip(), int(Fraction(most))
    except (ValueError, OverflowError):
        raise InvalidInput(f"cannot read --limit {given}: write e.g. weights=2e7 or parameters=5000000") from None


def _latencies(suggestions: Sequence[Any], device: str) -> Iterator[str]:
    """One prediction of the network as it is, and of each suggestion: measured here and now."""
    from symnet.checks.latency import latency

    networks = [("as it is", suggestions[0].before.architecture)] if suggestions else []
    for name, network in [*networks, *((s.name, s.architecture) for s in suggestions)]:
        found = latency(network, device)
        yield f"{name}: {found.median:.2f} ms a prediction, median of {found.runs} ({found.device})"
