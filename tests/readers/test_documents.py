"""Formulas of Markdown and LaTeX files: where they stand, macros, tables, and what is not followed."""

import time

import pytest

from symnet.errors import InvalidInput
from symnet.readers.documents.formulas import read_document, read_file

MARKDOWN = r"""
Prose with `code $not this$` and $x = 1$.
$$\bar{\mathbf{r}} = \vh \odot x$$
\newcommand{\vh}{\bar{\mathbf{h}}}
\input{/etc/passwd}

| Layer | # Units |
|---|---|
| Pool | $|x|$ |
| Pool | 11 x 3 = 33 |

\begin{align}
 a &= b
\end{align}
A price of \$5 and of \$6.
"""


def test_formulas_are_found_with_their_places():
    found = {f.latex: (f.line, f.column) for f in read_document(MARKDOWN).formulas}
    assert found["x = 1"] == (2, 35)
    assert found["|x|"] == (9, 11)
    assert not any("not this" in latex or "5" in latex for latex in found)


def test_macros_are_expanded_and_keep_their_places():
    document = read_document(MARKDOWN)
    formula = next(f for f in document.formulas if "odot" in f.latex)
    assert formula.latex == r"\bar{\mathbf{r}} = \bar{\mathbf{h}} \odot x"
    assert document.place(formula, formula.latex.index("x")) == (3, 32)


def test_macros_with_arguments_and_defaults():
    text = (
        r"\newcommand{\pd}[2]{\frac{\partial #1}{\partial #2}}\newcommand{\v}[1][h]{\mathbf{#1}} $\pd{L}{\v[x]} = \v$"
    )
    (formula,) = read_document(text).formulas
    assert formula.latex == r"\frac{\partial L}{\partial \mathbf{x}} = \mathbf{h}"


def test_cells_know_their_row_and_heading():
    cells = [f for f in read_document(MARKDOWN).formulas if f.in_table]
    assert [(c.row, c.head, c.nth, c.latex) for c in cells] == [
        ("Pool", "Units", 1, "|x|"),
        ("Pool", "Units", 2, "11 × 3 = 33"),
    ]


def test_a_tabular_in_latex():
    text = r"""\begin{document}
\begin{tabular}[t]{@{}l|r@{}} \hline
 layer & weights \\ \hline
 Convolution Layer 2 & $5\cdot 3 = 15$ \\[2pt]
\end{tabular}
% $commented = out$
\end{document}"""
    (cell,) = read_document(text).formulas
    assert (cell.row, cell.head, cell.latex, cell.line) == ("Convolution Layer 2", "weights", r"5\cdot 3 = 15", 4)


@pytest.mark.parametrize(
    "command", [r"\input{secret}", r"\write18{rm x}", r"\include{a}", r"\openin1=x", r"\csname x\endcsname"]
)
def test_what_would_read_or_run_something_is_refused(command):
    (refused,) = read_document(f"$a = b$\n{command} $c = d$\n").refused
    assert refused.line == 2


def test_macros_that_grow_without_end_are_bounded():
    bomb = "".join(
        rf"\newcommand{{\{a}}}{{\{b}\{b}}}" for a, b in zip("abcdefghijklmnopq", "bcdefghijklmnopqr", strict=True)
    )
    start = time.process_time()
    read_document(bomb + r"\newcommand{\x}{\x\x} $\a = \x$")
    assert time.process_time() - start < 60


@pytest.mark.parametrize(
    "piece",
    [
        r"\[",
        "$",
        "$$a",
        "{",
        "|",
        r"\def\a{",
        r"\begin{align}",
        "`",
        "<!--",
        r"\begin{tabular}{",
        "```symnet\n",
        "|-|\n",
    ],
)
def test_a_megabyte_of_anything_is_read_in_linear_time(piece):
    start = time.process_time()  # of this process: whatever else the machine does, a square would take hours
    read_document(piece * (1_000_000 // len(piece)))
    assert time.process_time() - start < 60


def test_a_display_that_is_never_closed_is_said_to_be():
    document = read_document("$a = b$\n\\[ c = d\n\nand $e = f$")
    assert [(r.line, r.why) for r in document.refused] == [(2, "this formula is never closed")]
    assert [f.latex for f in document.formulas] == ["a = b", "e = f"]


def test_a_missing_file_is_one_clear_line(tmp_path):
    with pytest.raises(InvalidInput, match=r"cannot read .*nothing\.tex"):
        read_file(tmp_path / "nothing.tex")


def test_the_document_says_what_it_is_compared_with():
    assert read_document("```symnet\nagainst counts alexnet\n```\n$a = b$").against == ("against counts alexnet",)
    latex = read_document(
        "% symnet: against model\n% symnet: x : n\n% symnet: y = 2 * x\n\\begin{document}\\end{document}"
    )
    assert latex.against == ("against model\nx : n\ny = 2 * x",)
