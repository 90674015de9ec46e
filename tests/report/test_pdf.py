"""LaTeX's first error is reported in one line; the same source gives the same pages."""

from pathlib import Path

import pytest

from symnet.report import pdf

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
