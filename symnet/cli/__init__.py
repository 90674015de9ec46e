"""The command line: one thin file for each command.

Exit codes: 0 fine, 1 a claim is wrong or a check failed, 2 usage or unreadable input, 3 a failure that nobody planned.
Results go to stdout, progress to stderr and only on a terminal. Each command imports its part when it runs, so
``symnet --help`` stays quick.
"""

import sys
from collections.abc import Sequence

import click

from symnet.cli.audit import audit
from symnet.cli.backprop import backprop
from symnet.cli.check import check
from symnet.cli.common import say, warn
from symnet.cli.count import count
from symnet.cli.failures import recorded, stopped, whole_output
from symnet.cli.prove import prove
from symnet.cli.report import report
from symnet.cli.suggest import suggest
from symnet.errors import SymnetError
from symnet.screen import spell_what_cannot_be_shown, visible

DEBUG = "--debug"
LONGEST_MESSAGE = 2000


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="symnet", message="%(prog)s %(version)s")
def cli() -> None:
    """Derive it, prove it, count it, check it, print it: the mathematics of neural networks."""


for command in (prove, backprop, count, suggest, audit, check, report):
    command.params.append(
        click.Option([DEBUG], is_flag=True, expose_value=False, help="Show the traceback of an unplanned failure.")
    )
    cli.add_command(command)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line: every refusal is one line on stderr and exit code 2, an unplanned failure one and 3."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    spell_what_cannot_be_shown()
    with stopped():
        code = _run(words)
        with whole_output():
            sys.stdout.flush()
        sys.exit(code)


def _run(words: list[str]) -> int:
    if any("\0" in word for word in words):
        return _say("an argument holds a NUL character, which neither a file's name nor a claim can have", 2)
    try:
        with whole_output():
            code = cli.main(args=words, standalone_mode=False)
            return code if isinstance(code, int) else 0
        return 0
    except click.exceptions.NoArgsIsHelpError as error:
        say(error.format_message())
        return 0
    except click.ClickException as error:
        return _say(error.format_message(), 2)
    except (click.Abort, KeyboardInterrupt):
        return _say("interrupted", 2)
    except SymnetError as error:
        return _say(str(error), 2)
    except OSError as error:
        return _say(f"{error.filename or 'input or output'}: {error.strerror or error}", 2)
    except Exception as error:
        if DEBUG in words:
            raise
        return _say(recorded(error, words), 3)


def _say(message: str, code: int) -> int:
    """One line on stderr, in signs that a terminal may be sent; a quoted input of thousands of signs is cut."""
    line = visible(" ".join(message.split()))
    if len(line) > LONGEST_MESSAGE:
        half = LONGEST_MESSAGE // 2
        line = f"{line[:half]} [{len(line) - 2 * half:,} characters] {line[-half:]}"
    warn(line)
    return code
