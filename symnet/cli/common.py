"""What the commands share: options, files read and written, a result shown, progress."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from symnet.errors import InvalidInput

JSON = click.option("--json", "json_file", type=click.Path(dir_okay=False), help="Also write the result as JSON.")
LATEX = click.option("--latex", "as_latex", is_flag=True, help="Print LaTeX in place of text.")
DEVICE = click.option(
    "--device",
    type=click.Choice(["auto", "cpu", "cuda"]),
    default="auto",
    show_default=True,
    help="Where numeric checks run; auto takes CUDA when there is one.",
)


def show(result: Any, json_file: str | None, as_latex: bool) -> None:
    """Print a result as text or LaTeX, and write its JSON where one is asked for."""
    if json_file:
        write_json(json_file, result.to_json())
    click.echo(result.latex() if as_latex else result.derivation.text())


def read_text(file: str) -> str:
    """The text of a file; - is stdin."""
    if file == "-":
        return sys.stdin.read()
    try:
        return Path(file).read_text(encoding="utf-8")
    except FileNotFoundError:
        raise InvalidInput(f"there is no file '{file}'") from None
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(
            f"cannot read '{file}': {getattr(error, 'strerror', None) or 'it is not UTF-8 text'}"
        ) from None


def read_json(file: str) -> Any:
    """What a JSON file holds."""
    try:
        return json.loads(read_text(file))
    except (json.JSONDecodeError, RecursionError) as error:
        raise InvalidInput(f"'{file}' is not JSON: {error}") from None


def write(file: str, content: str) -> None:
    """Write a file whole or not at all."""
    from symnet.files import write_whole

    write_whole(Path(file), content)


def write_json(file: str, content: Any) -> None:
    """Write a JSON file whole or not at all."""
    write(file, json.dumps(content, indent=2, ensure_ascii=False) + "\n")


@contextmanager
def progress(what: str) -> Iterator[Callable[[str], None] | None]:
    """A spinner on stderr while something long runs, and whom to tell how far it is; no-one without a terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console

    with Console(stderr=True).status(what) as status:
        yield lambda covered: status.update(f"{what}: {covered}")
