"""LaTeX's first error is reported in one line; the same source gives the same pages."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from symnet.report import pdf, write
from symnet.report.document import Report

needs_tex = pytest.mark.skipif(not pdf.available(), reason=f"no pdflatex: {pdf.HOW_TO_GET_TEX}")
PAGE = r"\documentclass{article}\begin{document}%s\end{document}"


@needs_tex
def test_the_same_source_gives_the_same_bytes() -> None:
    assert pdf.compile_pdf(PAGE % "hello").pdf == pdf.compile_pdf(PAGE % "hello").pdf


@needs_tex
def test_an_error_is_one_line_with_its_place() -> None:
    with pytest.raises(pdf.TexFailed, match=r"report\.tex:1: Undefined control sequence") as failure:
        pdf.compile_pdf(PAGE % r"\nonsense")
    assert "\n" not in str(failure.value)


@needs_tex
def test_a_line_that_runs_into_the_margin_is_complained_about() -> None:
    complaints = pdf.compile_pdf(PAGE % r"\noindent\hbox to 2\textwidth{}").complaints
    assert any("Overfull" in complaint for complaint in complaints)


@needs_tex
def test_a_document_cannot_run_a_shell() -> None:
    source = PAGE % r"\immediate\write18{touch escaped}done"
    assert pdf.compile_pdf(source).pdf
    assert not Path("escaped").exists()


PRETENDERS = {
    "writes nothing": "exit 0",
    "writes an empty file": ": > report.pdf",
    "writes something else": "echo garbage > report.pdf",
    "writes half a file": "echo %PDF-1.5 > report.pdf",
}


@pytest.fixture
def pretend(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """A pdflatex of one's own, before the real one on the path."""

    def made(script: str) -> None:
        program = tmp_path / "pdflatex"
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")

    return made


@pytest.mark.parametrize("script", PRETENDERS.values(), ids=PRETENDERS)
def test_tex_is_believed_by_what_it_wrote(script: str, pretend: Callable[[str], None], tmp_path: Path) -> None:
    pretend(script)
    old = tmp_path / "mine.pdf"
    old.write_bytes(b"old")
    with pytest.raises(pdf.TexFailed, match="ended without an error, but"):
        list(write(Report("mine", "Mine", "Lead.", "again", (), ()), tmp_path))
    assert old.read_bytes() == b"old"


def test_a_tex_that_hangs_is_ended_with_what_it_started(
    pretend: Callable[[str], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pretend(f"sleep 60 & echo $! > {tmp_path}/child\nwait")
    monkeypatch.setattr(pdf, "SECONDS", 1)
    with pytest.raises(pdf.TexFailed, match="was ended after 1 s"):
        pdf.compile_pdf(PAGE % "hello")
    child = Path("/proc") / (tmp_path / "child").read_text().strip() / "stat"
    assert not child.exists() or ") Z " in child.read_text()
