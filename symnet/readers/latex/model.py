r"""A model whose equations are LaTeX, to the model language: \mathbf{z} = \mathbf{W}\mathbf{x} is z = W @ x.

    x, b : n                              declarations are those of the language, each on a line of its own
    W : m n                               (in a .tex file: in comments, % symnet: x, b : n)
    \mathbf{z} = \mathbf{W} \mathbf{x}    equations on lines of their own, or in $$ … $$, align and the like

Each equation is read with what was declared or defined before it, and becomes one line of the language, so a model from
LaTeX has the rules, warnings and checks of the same model as text. LaTeX has no broadcasting: 𝟏 is written out.
"""

import re
from collections.abc import Iterator
from dataclasses import replace

from symnet.adjoints.forward import forward_pass
from symnet.adjoints.graph import Shape, quantity
from symnet.adjoints.language import parse
from symnet.errors import InvalidInput, NotSupported, SymnetError
from symnet.readers.documents.formulas import Document, Formula, read_document
from symnet.readers.latex.components import has_components
from symnet.readers.latex.expression import Model, equation
from symnet.readers.latex.names import spell
from symnet.readers.latex.reading import rows, side
from symnet.readers.latex.split import split
from symnet.readers.latex.symbols import Spelled, Symbols
from symnet.readers.latex.tokens import Item, Unread
from symnet.readers.latex.words import SIGNS

DECLARATION = re.compile(
    r"^[ \t]*(\\?[A-Za-z]\w*(?:[ \t]*,[ \t]*\\?[A-Za-z]\w*)*)[ \t]*:(?!=)([ \t\w,]*)(?:#.*)?$", re.M
)
DELIMITED = re.compile(r"\$|\\\[|\\\(|\\begin\{(?!pmatrix|bmatrix|matrix|cases|aligned|split)")
IS_DOCUMENT = re.compile(r"\\documentclass|\\begin\{document\}|^[ \t]*%[ \t]*symnet:", re.M)
PROBE = "probe0 = 0"  # the language parses no declarations alone


def in_the_language(text: str) -> str:
    """A model's text in the model language, whether it was written in that or in LaTeX."""
    return model_text(text) if _IS_LATEX.search(re.sub("#.*", "", text)) else text


_IS_LATEX = re.compile(r"[\\$]|[\^_]\{")  # the language has none of these


def model_text(text: str) -> str:
    """The model in the model language; `InvalidInput` names the line and the column that cannot be one."""
    text = text.replace("\r\n", "\n")
    declarations, document = _parts(text)
    declared = forward_pass(parse(f"{declarations}\n{PROBE}"))
    model = Model.declared(declared.model)
    lines = [line for line in declarations.split("\n") if line.strip()]
    for formula, row in _rows(document):
        try:
            name, source, shape = _equation(row, model)
        except Unread as error:
            at = document.place(formula, max(error.column - 1, 0))
            shown = f"'{error.token}': " if error.token else ""
            raise InvalidInput(f"line {at[0]}, column {at[1]}: {shown}{error.message}") from None
        except SymnetError as error:
            line, column = document.place(formula, row[0].column - 1)
            raise type(error)(f"line {line}, column {column}: {error}") from None
        lines.append(f"{name} = {source}")
        model = model.defined(name, quantity(name, shape))
    return "\n".join(lines) + "\n"


# ---------------------------------------------------------------------- the text
def _parts(text: str) -> tuple[str, Document]:
    """Declarations, each still on its line, and the formulas."""
    if IS_DOCUMENT.search(text):
        document = read_document(text, latex=True)
        said = "\n".join(line for part in document.against for line in part.split("\n"))
        return "\n".join(_plain(m) for m in DECLARATION.finditer(said)), document
    declarations = "\n".join(_plain(found) if (found := DECLARATION.match(line)) else "" for line in text.split("\n"))
    rest = DECLARATION.sub(lambda m: " " * len(m[0]), text)
    return declarations, read_document(rest, latex=True) if DELIMITED.search(rest) else _lines(rest)


def _plain(found: re.Match[str]) -> str:
    return f"{found[1]} : {found[2].strip()}".replace("\\", "")


def _lines(text: str) -> Document:
    """Each line a formula; a line that begins with a sign or inside an environment belongs to the one before."""
    formulas: list[Formula] = []
    at, depth = 0, 0
    for number, line in enumerate(text.split("\n"), 1):
        kept = line.split("#")[0]
        if kept.strip():
            offsets = tuple(range(at, at + len(kept)))
            before = formulas.pop() if formulas and (depth > 0 or kept.strip()[0] in "=+-&") else None
            latex = f"{before.latex}\n{kept}" if before else kept
            offsets = (*before.offsets, at, *offsets) if before else offsets
            formulas.append(Formula(latex, offsets[0], offsets, number, 1))
            depth += kept.count(r"\begin") - kept.count(r"\end")
        at += len(line) + 1
    return Document("", text, tuple(formulas), (), ())


def _rows(document: Document) -> Iterator[tuple[Formula, list[Item]]]:
    if document.refused:
        found = document.refused[0]
        raise InvalidInput(f"line {found.line}, column {found.column}: {found.what}: {found.why}")
    for formula in document.formulas:
        try:
            found_rows = rows(formula.latex)
        except Unread as error:
            line, column = document.place(formula, max(error.column - 1, 0))
            raise InvalidInput(f"line {line}, column {column}: {error.message}") from None
        for row in found_rows:
            yield formula, row


# ---------------------------------------------------------------------- one equation
def _equation(row: list[Item], model: Model) -> tuple[str, str, Shape]:
    """Name, right side in the language, shape."""
    if "".join(t.text for t in row[:3]) == "for":
        raise NotSupported("loops are read in the model language only; write the steps out, or the model as text")
    parts, signs = split(row, set(SIGNS))
    if len(signs) != 1 or SIGNS[signs[0].text] not in ("=", ":=") or not parts[0]:
        what = signs[1] if len(signs) > 1 else row[0]
        raise Unread("an equation defines one quantity, as in z = W x + b", what.text, what.column)
    spelled = _spelled(parts[0])
    right = side(parts[1], model.symbols, signs[0])
    letters = spelled.words if has_components(right) and all(len(w) == 1 and w.isalpha() for w in spelled.words) else ()
    name = name_of(replace(spelled, subs=()) if letters else spelled)
    if name in model.nodes or name in model.functions:
        raise InvalidInput(f"{name} is already declared or defined; give the new value a new name")
    source, shape = equation(right, model, letters)
    return name, source, shape


def _spelled(items: list[Item]) -> Spelled:
    """The quantity that an equation defines, as it is spelled there."""
    spelling = spell(items, 0, Symbols(open=True))
    if spelling is None or spelling.end != len(items) or spelling.primes:
        raise Unread("the left side of an equation is the name that it defines", items[0].text, items[0].column)
    return spelling.spelled


def name_of(spelled: Spelled) -> str:
    """As the language writes it: W1 for W^{(1)}, yhat for \\hat{y}, h_out for h_{\\mathrm{out}}."""
    if "bar" in spelled.accents:
        raise Unread(
            "a bar marks an adjoint, which symnet derives; give the value another name", spelled.token, spelled.at + 1
        )
    fancy = re.fullmatch(r"\\math\w+\{(\w+)\}", spelled.base)
    name = (fancy[1] if fancy else spelled.base) + "".join(spelled.accents)
    for word in (*([spelled.layer] if spelled.layer else []), *spelled.words):
        name += word if word.isdigit() and not name[-1].isdigit() else f"_{word}"
    return name
