"""The three reports: every check in them passes, they print the same twice, and nothing runs into a margin."""

from collections.abc import Callable
from functools import cache

import pytest

from symnet.report import REPORTS, build, pdf
from symnet.report.document import Display, Evidence, Figure, Report, Steps, Summary
from symnet.report.render import latex


@cache
def built(name: str) -> Report:
    return build(name, device="cpu")


@pytest.mark.parametrize("name", REPORTS)
def test_every_check_in_a_report_passes(name: str) -> None:
    assert built(name).checks
    assert [check.name for check in built(name).checks if not check.passed] == []


@pytest.mark.parametrize("name", REPORTS)
def test_no_row_of_a_summary_is_refuted(name: str) -> None:
    summaries = [block for section in built(name).sections for block in section.blocks if isinstance(block, Summary)]
    assert {row.state for summary in summaries for row in summary.rows} <= {"proved", "exact", "numeric"}


@pytest.mark.parametrize("name", REPORTS)
def test_a_report_has_steps_or_formulas_figures_and_evidence(name: str) -> None:
    kinds = {type(block) for section in built(name).sections for block in section.blocks}
    assert {Summary, Figure, Evidence} <= kinds
    assert kinds & {Steps, Display}


@pytest.mark.parametrize("name", REPORTS)
def test_the_same_report_is_printed_the_same_twice(name: str) -> None:
    assert latex(build(name, device="cpu")) == latex(built(name))


@pytest.mark.skipif(not pdf.available(), reason=f"no pdflatex: {pdf.HOW_TO_GET_TEX}")
@pytest.mark.parametrize("name", REPORTS)
def test_nothing_in_a_report_is_overfull_or_missing(name: str) -> None:
    assert pdf.compile_pdf(latex(built(name))).complaints == ()


@pytest.mark.parametrize("name", REPORTS)
def test_the_mathematics_of_a_report_is_as_expected(name: str, golden: Callable[[str, str], None]) -> None:
    blocks = [block for section in built(name).sections for block in section.blocks]
    relations = [r for block in blocks if isinstance(block, Display) for r in block.relations]
    steps = [step for block in blocks if isinstance(block, Steps) for step in block.steps]
    lines = [r.latex() for r in relations]
    for step in steps:
        lines += [step.relation.latex(), *(f"    {part.relation.latex()}" for part in step.parts)]
    golden(f"{name}.tex", "\n".join(lines) + "\n")
