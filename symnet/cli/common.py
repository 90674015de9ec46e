"""What the commands share: options, files read and written, a result shown, progress."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from symnet import files
from symnet.screen import KEPT, visible

JSON = click.option("--json", "json_file", type=click.Path(), help="Also write the result as JSON; - is stdout.")
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
    say(result.latex() if as_latex else result.derivation.text())


def say(text: str, end: str = "\n") -> None:
    """A line or more on stdout, with control characters of what it quotes written out.

    Not ``click.echo``: on a stream in ASCII it writes UTF-8 all the same.
    """
    print(visible(text), end=end)


def warn(text: str) -> None:
    """A line on stderr beside the result."""
    print(f"symnet: {visible(text)}", file=sys.stderr)


def read_text(file: str) -> str:
    """The text of a file in UTF-8, with or without a byte order mark; - is stdin."""
    return files.text_of(sys.stdin.buffer.read(files.LARGEST + 1), "stdin") if file == "-" else files.read_text(file)


def write(file: str, content: str) -> None:
    """Write a file whole or not at all; - is stdout, where a terminal is sent nothing that it obeys."""
    if file == "-":
        print(visible(content) if sys.stdout.isatty() else content, end="")
    else:
        files.write_whole(Path(file), content)


def write_json(file: str, content: Any) -> None:
    """Write a JSON file whole or not at all; - is stdout. What a terminal would obey is written as \\u202e."""
    text = json.dumps(content, indent=2, ensure_ascii=False)
    write(file, "".join(c if c.isprintable() or c in KEPT else json.dumps(c)[1:-1] for c in text) + "\n")


@contextmanager
def progress(what: str) -> Iterator[Callable[[str], None] | None]:
    """A spinner on stderr while something long runs, and whom to tell how far it is; no-one without a terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.text import Text

    with Console(stderr=True).status(Text(visible(what))) as status:
        yield lambda covered: status.update(Text(visible(f"{what}: {covered}")))
