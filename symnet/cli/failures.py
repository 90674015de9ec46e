"""The last net: a failure that nobody planned is one line and a file, and a request to stop ends what we started."""

import os
import platform
import shlex
import signal
import sys
import tempfile
import threading
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from types import FrameType
from typing import NoReturn


def recorded(error: Exception, words: Sequence[str]) -> str:
    """Write the traceback, the command and the versions to a file of its own; the line that says so.

    The file is readable by its owner alone, since a command may name what nobody else should see.
    """
    what = ": ".join(filter(None, (type(error).__name__, str(error).partition("\n")[0])))
    report = "".join(traceback.format_exception(error))
    command = shlex.join(("symnet", *words))
    place = f"symnet {version('symnet')}, Python {platform.python_version()}, {platform.platform()}"
    try:
        handle, name = tempfile.mkstemp(prefix="symnet-failure-", suffix=".txt")
        with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(f"{command}\n{place}\n\n{report}")
        kept = f"the traceback is in {Path(name)}"
    except OSError:
        kept = "show its traceback with --debug"
    return f"a failure that nobody planned, please report it; {kept}. {what[:300]}"


@contextmanager
def stopped() -> Iterator[None]:
    """While a command runs, a request to end (SIGTERM) unwinds it, so that its temporary files and helpers go too."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, _end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before if before is not None else signal.SIG_DFL)


def _end(number: int, _: FrameType | None) -> NoReturn:
    sys.exit(128 + number)


@contextmanager
def whole_output() -> Iterator[None]:
    """A reader who has seen enough, as in ``symnet prove | head``, is no failure: the rest of stdout goes nowhere."""
    try:
        yield
    except BrokenPipeError:
        with open(os.devnull, "wb") as nowhere:
            os.dup2(nowhere.fileno(), sys.stdout.fileno())
