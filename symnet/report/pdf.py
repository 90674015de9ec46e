"""From LaTeX text to a PDF, with pdflatex where there is one."""

import os
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from symnet.errors import SymnetError

HOW_TO_GET_TEX = "apt-get install --no-install-recommends texlive-latex-recommended texlive-pictures lmodern"


class TexFailed(SymnetError):
    """LaTeX stopped; the message is its first error with the line of the .tex file."""


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
        return Compiled((Path(folder) / "report.pdf").read_bytes(), _complaints(log))


def _pdflatex(folder: str) -> str:
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", "-file-line-error"]
    fixed = os.environ | {"SOURCE_DATE_EPOCH": "0", "FORCE_SOURCE_DATE": "1", "max_print_line": "1000"}
    run = subprocess.run(
        [*command, "report.tex"],
        cwd=folder,
        env=fixed,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=300,
        check=False,
    )
    log = run.stdout.decode("utf-8", errors="replace")
    if run.returncode:
        errors = re.findall(r"^\S*report\.tex:\d+: .*|^! .*", log, re.MULTILINE) or log.strip().splitlines()[-1:]
        raise TexFailed(
            f"pdflatex stopped: {errors[0] if errors else 'no message'}. The .tex file is kept; look there."
        )
    return log


def _complaints(log: str) -> tuple[str, ...]:
    patterns = r"^(?:Overfull .*|LaTeX Warning: (?:Reference|Citation) .*|Missing character: .*)$"
    return tuple(re.findall(patterns, log, re.MULTILINE))
