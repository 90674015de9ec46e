"""From LaTeX text to a PDF, with pdflatex where there is one."""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from symnet.errors import SymnetError

HOW_TO_GET_TEX = "apt-get install --no-install-recommends texlive-latex-recommended texlive-pictures lmodern"
SECONDS = 300  # for one pass; a report takes two or three


class TexFailed(SymnetError):
    """LaTeX gave no PDF; the message is its first error with the line of the .tex file."""


@dataclass(frozen=True)
class Compiled:
    """A PDF and what LaTeX complained about: overfull boxes, undefined references, missing characters."""

    pdf: bytes
    complaints: tuple[str, ...]


def available() -> bool:
    """Is there a pdflatex on the path?"""
    return shutil.which("pdflatex") is not None


def compile_pdf(source: str) -> Compiled:
    """Two passes of pdflatex in a folder of their own. The same source gives the same bytes."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "report.tex").write_text(source, encoding="utf-8")
        _pdflatex(folder)
        log = _pdflatex(folder)  # the second pass settles references and column widths
        return Compiled(_whole(Path(folder) / "report.pdf"), _complaints(log))


def _whole(file: Path) -> bytes:
    """The bytes of a PDF from its first mark to its last: an exit code of 0 is no proof that one was written."""
    data = file.read_bytes() if file.is_file() else b""
    if not data:
        raise TexFailed("pdflatex ended without an error, but wrote no PDF. The .tex file is kept.")
    if not data.startswith(b"%PDF-") or b"%%EOF" not in data[-1024:]:
        raise TexFailed("pdflatex ended without an error, but what it wrote is no whole PDF. The .tex file is kept.")
    return data


def _pdflatex(folder: str) -> str:
    code, log = _ended(
        [
            "pdflatex",
            "-interaction=nonstopmode",
            "-halt-on-error",
            "-no-shell-escape",
            "-file-line-error",
            "report.tex",
        ],
        folder,
    )
    if code:
        errors = re.findall(r"^\S*report\.tex:\d+: .*|^! .*", log, re.MULTILINE) or log.strip().splitlines()[-1:]
        raise TexFailed(
            f"pdflatex stopped: {errors[0] if errors else 'no message'}. The .tex file is kept; look there."
        )
    return log


def _ended(command: list[str], folder: str) -> tuple[int, str]:
    """The exit code and the log of a command that has ended, and all that it started with it."""
    fixed = os.environ | {"SOURCE_DATE_EPOCH": "0", "FORCE_SOURCE_DATE": "1", "max_print_line": "1000"}
    run = subprocess.Popen(
        command,
        cwd=folder,
        env=fixed,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,  # a process group of its own, so that its children can be ended with it
    )
    try:
        log, _ = run.communicate(timeout=SECONDS)
    except subprocess.TimeoutExpired:
        raise TexFailed(f"pdflatex was ended after {SECONDS} s without an answer. The .tex file is kept.") from None
    finally:
        _end_group(run)
        if run.stdout:
            run.stdout.close()
    return run.returncode, log.decode("utf-8", errors="replace")


def _end_group(run: "subprocess.Popen[bytes]") -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if hasattr(os, "killpg"):
            os.killpg(run.pid, signal.SIGKILL)
        elif run.poll() is None:
            run.kill()
    run.wait()


def _complaints(log: str) -> tuple[str, ...]:
    patterns = r"^(?:Overfull .*|LaTeX Warning: (?:Reference|Citation) .*|Missing character: .*)$"
    return tuple(re.findall(patterns, log, re.MULTILINE))
