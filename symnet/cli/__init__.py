"""The command line: one thin file for each command.

Exit codes: 0 fine, 1 a claim is wrong or a check failed, 2 usage or unreadable input. Results go to stdout, progress
to stderr and only on a terminal. Each command imports its part when it runs, so ``symnet --help`` stays quick.
"""

import sys
from collections.abc import Sequence

import click

from symnet.cli.audit import audit
from symnet.cli.backprop import backprop
from symnet.cli.check import check
from symnet.cli.count import count
from symnet.cli.prove import prove
from symnet.cli.report import report
from symnet.cli.suggest import suggest
from symnet.errors import SymnetError


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="symnet", message="%(prog)s %(version)s")
def cli() -> None:
    """Derive it, prove it, count it, check it, print it: the mathematics of neural networks."""


for command in (prove, backprop, count, suggest, audit, check, report):
    cli.add_command(command)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line: every refusal is one line on stderr and exit code 2."""
    try:
        code = cli.main(args=list(arguments) if arguments is not None else None, standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
        code = 0
    except click.ClickException as error:
        code = _refuse(error.format_message())
    except (click.Abort, KeyboardInterrupt):
        code = _refuse("interrupted")
    except SymnetError as error:
        code = _refuse(str(error))
    except OSError as error:
        code = _refuse(f"{error.filename or 'input or output'}: {error.strerror or error}")
    sys.exit(code if isinstance(code, int) else 0)


def _refuse(message: str) -> int:
    click.echo(f"symnet: {' '.join(message.split())}", err=True)
    return 2
