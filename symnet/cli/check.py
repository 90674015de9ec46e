"""symnet check: the checks of the reports run again, or a certificate verified."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from symnet.cli.common import DEVICE, JSON, progress, write_json
from symnet.cli.names import all_of
from symnet.errors import InvalidInput


@click.command()
@click.argument("targets", nargs=-1, metavar="[sorter|residual|alexnet|all|CERTIFICATE]...")
@DEVICE
@JSON
def check(targets: Sequence[str], device: str, json_file: str | None) -> int:
    """Rerun every check of the reports, or verify a saved certificate. Exit code 1 if one fails."""
    from symnet.report import terminal

    checks = [found for target in all_of(targets) for found in _checks(target, device)]
    if json_file:
        write_json(json_file, [found.to_json() for found in checks])
    terminal.checks(checks)
    return 0 if all(found.passed for found in checks) else 1


def _checks(target: str, device: str) -> Sequence[Any]:
    from symnet.report import REPORTS, build

    if target in REPORTS:
        with progress(f"checking {target}"):
            return build(target, device).checks
    if not Path(target).exists():
        raise InvalidInput(f"'{target}' is neither a report ({', '.join(REPORTS)}) nor a certificate file")
    from symnet.checks.certificate import check_certificate

    return (check_certificate(target),)
