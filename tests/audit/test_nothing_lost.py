"""Every formula of a document is accounted for: a claim, unread, given, without a relation, or not reached."""

import json
import re
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symnet.claims import audit, audit_document
from symnet.claims.explanation.findings import KINDS
from symnet.readers.documents import formulas as documents
from symnet.readers.documents.formulas import read_document


def verdicts(text, **options):
    return [f.verdict for f in audit(text, hint=False, **options)]


# ---------------------------------------------------------------------- the law
FORMULAS = ["1 = 1", "1 + 1 = 3", "x = y", "3 ≤ 2", "1 + 1", r"\foo = 1", "x"]
AROUND = [
    "${}$", "$${}$$", r"\({}\)", r"\[{}\]", r"\\( {} \\)", r"\\[ {} \\]", "$`{}`$", "\n```math\n{}\n```\n",
    "\\begin{{equation}}{}\\end{{equation}}",
]  # fmt: skip
BESIDE = [
    "It costs $100.", "a price of \\$5", "`$2 = 2$`", "\n\n```\n$1 = 2$\n```\n\n", "<!-- $4 = 4$ -->", "prose",
    "\n\n````\n```\n$1 = 2$\n```\n````\n\n", "\n\n    $indented = code$\n\n", "$7, or",
]  # fmt: skip


@given(st.lists(st.one_of(st.tuples(st.sampled_from(AROUND), st.sampled_from(FORMULAS)), st.sampled_from(BESIDE))))
@settings(deadline=None, max_examples=60)
def test_every_formula_of_a_document_is_accounted_for(pieces):
    """The document is written from its formulas, so that their number is known without reading it."""
    written = [p if isinstance(p, str) else p[0].format(p[1]) for p in pieces]
    document = read_document("Words. " + " and ".join(written) + ".", latex=False)
    found = audit_document(document, hint=False)
    formulas = [p[1] for p in pieces if not isinstance(p, str)]
    if formulas:
        assert sum(found.formulas.values()) == len(formulas)
        assert found.formulas.keys() <= set(KINDS)
        assert sum(found.counts.values()) == sum("=" in f or "≤" in f for f in formulas)


@given(st.lists(st.sampled_from(["$1=2$", "$x$", "a", r"\$5", "\n\n", r"\\", "%$3=3$\n", "$a=b$ c"])))
@settings(deadline=None, max_examples=60)
def test_in_latex_two_dollars_are_a_formula(pieces):
    text = r"\begin{document}" + " ".join(pieces)
    shown = re.sub(r"%[^\n]*", "", text.replace(r"\$", "").replace(r"\\", ""))
    assert sum(audit(text, hint=False).formulas.values()) * 2 == shown.count("$")


def test_a_formula_that_nobody_accounts_for_is_a_failure(monkeypatch):
    class Forgets(Counter):
        """A tally that forgets what was not reached."""

        def __setitem__(self, kind, number):
            if kind != "not judged":
                super().__setitem__(kind, number)

    monkeypatch.setattr(documents, "FORMULAS", 1)
    monkeypatch.setattr("symnet.claims.marking.auditor.Counter", Forgets)
    with pytest.raises(AssertionError, match="2 formulas were found, and 1 are accounted for"):
        audit("$1 = 1$ $1 = 2$", hint=False)


# ---------------------------------------------------------------------- what used to be lost
def test_a_claim_after_thousands_is_judged():
    found = audit("$1=1$\n" * 5000 + "$1=2$", hint=False)
    assert (found.counts, found.state) == ({"holds": 5000, "wrong": 1, "unread": 0}, "wrong")


def test_formulas_beyond_those_that_are_read_are_counted(monkeypatch):
    monkeypatch.setattr(documents, "FORMULAS", 3)
    found = audit("$1=1$\n" * 4 + "$1=2$", hint=False)
    assert (found.state, found.not_judged, found.formulas) == ("incomplete", 2, {"claim": 3, "not judged": 2})
    assert "2 formulas after the first 3 were not judged" in str(found)
    assert not found.holds


LOST = [
    (r"We get \\( 1 = 2 \\) and \\[ 3 = 4 \\].", ["wrong", "wrong"]),
    ("It costs $100. Next $2=3$.", ["wrong"]),
    ("Between $5 and $10, so $2 = 3$ holds.", ["wrong"]),
    ("$ 2 = 3 $ and $ 2 = 2 $", ["wrong", "holds"]),
    ("It is 5 $ and $2 = 3$.", ["wrong"]),
    ("($5)($2=3$)", ["wrong"]),
    ("(5$)($x=3$)", ["unread"]),
    ("Here $2 = 3 is left open.\n\nAnd $1 = 1$.", ["unread", "holds"]),
    (r"\input{a} $1=2$", ["unread", "wrong"]),
    (r"\input a $1=2$", ["unread", "wrong"]),
    (r"\csname x\endcsname $1=2$", ["unread", "wrong"]),
    ("$3 ≤ 2$", ["wrong"]),
    ("$3 ≥ 2$", ["holds"]),
    ("$3 ≠ 3$", ["wrong"]),
    ("$1 ≈ 2$", ["wrong"]),
    ("$3 ＝ 4$", ["wrong"]),
    (r"$\frac12 ∈ ℕ$", ["wrong"]),
    (r"$\frac{1}{2}\in\mathbb{N}$", ["wrong"]),
    ("$x ∝ y$", ["unread"]),
    (r"$x \propto y$", ["unread"]),
    (r"$x\sim y$", ["unread"]),
    ("$x ⊂ y$", ["unread"]),
    (r"$\phantom{=} 1$", ["unread"]),
    (r"$x \not\equiv y$", ["unread"]),
    ("````\n```\n$1 = 2$\n```\n````\n$1=1$", ["holds"]),
    ("~~~ text\n```\n$1 = 2$\n~~~\n$1=1$", ["holds"]),
    ("Code:\n\n    $1 = 2$\n\nand $1=1$", ["holds"]),
    ("- a list\n\n    $1 = 2$", ["wrong"]),
    ("```math\n1 = 2\n```\n$1=1$", ["wrong", "holds"]),
    ("We have $`1 = 2`$ and `$2 = 3$`.", ["wrong"]),
    ("| $1 = 2$ | units |\n|---|---|\n| $2 = 3$ | 4 |\n", ["wrong", "wrong"]),
    ("| a | b |\n|---|---|\n| x | 1 | $2 = 3$ |\n", ["wrong"]),
    ("| a | b |\n|---|---|\n| x | 3 kinds = 4 |\n", ["unread"]),
]


@pytest.mark.parametrize(("text", "expected"), LOST)
def test_no_claim_is_dropped_without_a_word(text, expected):
    assert verdicts(text) == expected


LATEX = [
    (r"\begin{IEEEeqnarray}{rCl} 1 &=& 2 \end{IEEEeqnarray}", ["unread"]),
    (r"\newcommand{\answer}{$1 = 2$} The answer: \answer", ["unread"]),
    (r"\def\be{\begin{equation}}\def\ee{\end{equation}} \be 1 = 2 \ee", ["unread"]),
    (r"\verb|$1 = 2$| and $1 = 1$", ["holds"]),
    (r"\iffalse $1 = 2$ \fi $1 = 1$", ["holds"]),
    ("$1 = 1$ \\end{document} $1 = 2$", ["holds"]),
    (r"$1 = 2\\$", ["wrong"]),
    ("One $1 = 2 and two.", ["unread"]),
    (r"50\% of it, and $1 = 2$", ["wrong"]),
    ("a line \\\\% comment $3 = 4$\n$1 = 2$", ["wrong"]),
]


@pytest.mark.parametrize(("text", "expected"), LATEX)
def test_latex_says_what_is_on_the_page_and_no_more(text, expected):
    assert verdicts(r"\begin{document}" + text) == expected


# ---------------------------------------------------------------------- macros in their order
def test_a_macro_that_is_defined_again_means_the_new_from_there_on():
    text = r"\newcommand{\w}{3} $2 = \w$ \renewcommand{\w}{2} $2 = \w$"
    found = audit(text, hint=False)
    assert [f.verdict for f in found] == ["wrong", "holds"]
    assert any(r"\w is defined again" in note for note in found.notes)


def test_a_macro_that_is_defined_once_may_stand_before_its_definition():
    assert verdicts("$2 = \\w$\n\\newcommand{\\w}{2}\n") == ["holds"]


# ---------------------------------------------------------------------- files
def test_a_text_in_utf_16_is_read_like_one_in_utf_8(tmp_path):
    for encoding in ("utf-8", "utf-8-sig", "utf-16", "utf-32"):
        (tmp_path / "a.md").write_text("Text $1=2$\n", encoding=encoding)
        assert verdicts(tmp_path / "a.md") == ["wrong"]


CELLS = [
    {"cell_type": "markdown", "source": ["# Title\n", "$1=1$ and $$2 = 3"]},
    {"cell_type": "code", "source": "x = '$5=6$'"},
    {"cell_type": "markdown", "source": "```\nnever closed"},
    {"cell_type": "markdown", "source": "a\n\n$3=4$ $$1=1$$"},
]


def test_of_a_notebook_the_markdown_cells_are_read_each_by_itself(tmp_path):
    path = tmp_path / "a.ipynb"
    path.write_text(json.dumps({"cells": CELLS, "nbformat": 4}))
    found = audit(path, hint=False)
    assert [(f.cell, f.line, f.verdict) for f in found] == [
        (1, 2, "holds"),
        (1, 2, "unread"),
        (4, 3, "wrong"),
        (4, 3, "holds"),
    ]
    assert found.wrong[0].place == f"{path}:cell 4:3:4"


@pytest.mark.parametrize("content", ["", "[]", '{"cells": 3}', '{"cells": [{"cell_type": "markdown"}]}', "$1 = 2$"])
def test_what_is_no_notebook_is_refused_in_one_line(tmp_path, content):
    from symnet.errors import InvalidInput

    (tmp_path / "a.ipynb").write_text(content)
    with pytest.raises(InvalidInput, match="no Jupyter notebook"):
        audit(tmp_path / "a.ipynb")
