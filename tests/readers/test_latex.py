"""The LaTeX reader: two corpora with the readings expected, and what it must refuse."""

import csv
import subprocess
import sys
import threading
import time
import unicodedata
from pathlib import Path

import pytest

from symnet.readers.latex.reading import Symbols, Unread, read_latex

DATA = Path(__file__).parents[1] / "data"


def table(name):
    with (DATA / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def plain(words):
    return unicodedata.normalize("NFC", " ".join(words.split()))


def reading(latex, declared=None):
    try:
        return " ;; ".join(map(str, read_latex(latex, declared)))
    except Unread:
        return "UNREAD"


@pytest.mark.parametrize("row", table("latex_corpus.tsv"), ids=lambda r: r["id"])
def test_the_first_corpus_is_read_as_expected(row):
    assert plain(reading(row["latex"])) == plain(row["reading"])


@pytest.mark.parametrize("row", table("latex_textbooks.tsv"), ids=lambda r: r["latex"][:40])
def test_textbook_notation_is_read_as_expected(row):
    assert plain(reading(row["latex"], row["declared"].replace("; ", "\n") or None)) == plain(row["expected"])


def test_nine_in_ten_of_the_textbook_snippets_are_read():
    rows = [r for r in table("latex_textbooks.tsv") if r["source"] != "control"]
    assert len(rows) >= 150
    assert sum(r["expected"] == "UNREAD" for r in rows) <= len(rows) / 10


RESIDUAL = "x, b, c, y, h, z, r : n\nW, V : n n\nphi : elementwise"


def test_declared_names_decide_what_a_letter_is():
    assert reading(r"d e = E I", "d, e, E, I : scalar") == "d e = E I"
    assert reading(r"\frac{d}{e} i", "d, e, i : scalar") == "(d/e) i"
    with pytest.raises(Unread, match="undefined symbol"):
        read_latex(r"q = x", RESIDUAL)


@pytest.mark.parametrize(
    "spelled", ["h^T", r"h^\top", r"h^{\top}", r"h^\intercal", r"h^{\mathsf T}", r"h^{\mathrm{T}}", "h'"]
)
def test_transposes_in_every_spelling(spelled):
    assert reading(rf"\bar V = \bar r {spelled}", RESIDUAL) == plain("V̄ = r̄ hᵀ") or plain(
        reading(rf"\bar V = \bar r {spelled}", RESIDUAL)
    ) == plain("V̄ = r̄ hᵀ")


@pytest.mark.parametrize(
    "spelled",
    [
        "111,974,400",
        "111{,}974{,}400",
        r"111\,974\,400",
        r"\num{111974400}",
        "111974400",
        r"111\;974\;400",
        "111~974~400",
    ],
)
def test_thousands_in_every_spelling(spelled):
    assert reading(spelled) == "111,974,400"


@pytest.mark.parametrize(
    "spelled", [r"W_1", r"W_{1}", r"\mathbf{W}_1", r"\mathbf{W_1}", r"W^{(1)}", r"W^{[1]}", r"\boldsymbol W_1"]
)
def test_layers_and_subscripts_name_the_same_matrix(spelled):
    (statement,) = read_latex(rf"{spelled} x = y", "W1 : m n\nx : n\ny : m")
    assert statement.sides[0].args[0].name == "W1"


def test_a_refusal_names_the_token_and_the_column():
    with pytest.raises(Unread) as refused:
        read_latex(r"y = \foo x")
    assert (refused.value.token, refused.value.column) == (r"\foo", 5)


@pytest.mark.parametrize(
    "latex",
    [
        r"\frac{a",
        "a)",
        "(a]",
        r"\begin{cases} x",
        r"\left( a",
        "a^",
        "a_",
        "= b",
        "a =",
        "a + = b",
        "a ++ b",
        r"\sum x",
        "",
        "&",
        r"\max(1,234)",
        "x^{2}^{3}",
        "a / b c",
        "2 3",
        r"\begin{pmatrix} 1 & 2 \\ 3 \end{pmatrix}",
        r"E(w) = 1",
        "W^T x'",
    ],
)
def test_what_is_unclear_or_broken_is_refused(latex):
    if latex:
        assert reading(latex) in ("UNREAD", "")
    else:
        assert read_latex(latex) == ()


def test_products_keep_their_order():
    assert read_latex("A B") != read_latex("B A")
    assert read_latex("A B A") != read_latex("A A B")


def test_a_thousand_braces_and_a_megabyte_are_refused_quickly():
    start = time.process_time()
    for hostile in (
        "{" * 1_000_000,
        "(" * 1000,
        r"\frac{" * 500,
        "a+" * 10_000,
        r"\left(" * 5000,
        "|" * 20_000,
        "^" * 9000,
        "1" * 19_000,
    ):
        assert reading(hostile) == "UNREAD"
    assert time.process_time() - start < 60


def test_readers_in_several_threads_do_not_disturb_each_other():
    wrong = []

    def read(n):
        for i in range(20):
            if plain(reading(rf"x_{n} + {i} d = \frac{{{n}}}{{d}}")) != plain(f"x{'₀₁₂₃₄'[n]} + {i} d = {n}/d"):
                wrong.append(n)

    threads = [threading.Thread(target=read, args=(n,)) for n in range(1, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_importing_symnet_loads_neither_latex2sympy2_nor_torch():
    code = (
        "import symnet, symnet.readers.latex.reading, symnet.claims, sys; "
        "print([m for m in ('latex2sympy2', 'torch', 'antlr4') if m in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_symbols_can_be_declared_in_any_form():
    by_text, by_mapping = "W : m n\nphi : elementwise", {"W": "m n", "phi": "elementwise"}
    assert isinstance(read_latex("W", by_text)[0].sides[0].name, str)
    assert (
        read_latex(r"\phi(W)", by_text)
        == read_latex(r"\phi(W)", by_mapping)
        == read_latex(r"\phi(W)", Symbols({"W": ("m", "n")}, ("phi",)))
    )
