r"""Feedback on an answer: each claim, how it was read, the verdict, and why, as a report for `symnet.report`."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from symnet import notation
from symnet.report.document import Commands, Report, Section, Table, Text

WORDS = {"holds": "holds", "wrong": "wrong", "unread": "not read"}


def feedback(file: str, findings: Sequence[Mapping[str, Any]], command: str = "symnet audit") -> Report:
    """The report on one file, from the records of its findings."""
    tally = {v: sum(f["verdict"] == v for f in findings) for v in WORDS}
    said = ", ".join(f"{n} {WORDS[v]}" for v, n in tally.items())
    slips = [f for f in findings if f["verdict"] != "holds"]
    right = [f for f in findings if f["verdict"] == "holds"]
    sections = [Section("What to look at", (_table(slips),) if slips else (Text("Nothing: every claim holds."),))]
    sections += [Section("What holds", (_table(right),))] if right else []
    sections.append(Section("Again", (Commands(((f"{command} {file}", "the same audit in the terminal"),)),)))
    return Report(
        Path(file).stem, f"Feedback on {Path(file).name}", f"Claims: {said}.", f"{command} {file}", tuple(sections), ()
    )


def _table(findings: Sequence[Mapping[str, Any]]) -> Table:
    columns = (("line", "r"), ("read as", "p"), ("verdict", "l"), ("why", "p"))
    return Table(columns, tuple(_row(f) for f in findings), small=True)


def _row(f: Mapping[str, Any]) -> tuple[Any, ...]:
    read = (_Math(f["latex"]),) if f["latex"] else _typeset(" ".join(f["claim"].split()))
    return str(f["line"]), read, WORDS[f["verdict"]], _typeset(f["explanation"])


LONGEST = 600


def _typeset(words: str) -> tuple[Any, ...]:
    """Unicode as the reports' LaTeX can set it: letters with marks and mathematical signs become mathematics."""
    shortened = words if len(words) <= LONGEST else words[:LONGEST] + "…"
    pieces: list[Any] = []
    for c in shortened:
        if c in _MARKS and pieces:
            last = pieces.pop()
            letter = last if isinstance(last, str) else last.latex
            kept, letter = (letter[:-1], letter[-1]) if isinstance(last, str) else ("", letter)
            pieces += [kept] if kept else []
            pieces.append(_Math(rf"{_MARKS[c]}{{{letter}}}"))
        elif c in _SIGNS:
            pieces.append(_Math(_SIGNS[c]))
        elif ord(c) > 255 and c not in notation._ESCAPES:
            pieces.append("?")
        elif pieces and isinstance(pieces[-1], str):
            pieces[-1] += c
        else:
            pieces.append(c)
    return tuple(pieces)


class _Math:
    """Mathematics that is written already."""

    binds = notation.ATOM

    def __init__(self, latex: str) -> None:
        self.latex = latex

    def written(self, medium: notation.Medium) -> str:
        return self.latex


_MARKS = {"\u0304": r"\bar", "\u0302": r"\hat", "\u0303": r"\tilde", "\u20d7": r"\vec", "\u0307": r"\dot"}
_LETTERS = (
    "alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa", "lambda", "mu", "nu", "xi",
    "pi", "rho", "sigma", "tau", "upsilon", "phi", "chi", "psi", "omega", "Gamma", "Delta", "Theta", "Lambda", "Xi",
    "Pi", "Sigma", "Phi", "Psi", "Omega", "phi",
)  # fmt: skip
_SIGNS = {
    "ȳ": r"\bar{y}", "ū": r"\bar{u}", "ē": r"\bar{e}", "ā": r"\bar{a}", "ō": r"\bar{o}", "ī": r"\bar{\imath}",
    "Ȳ": r"\bar{Y}", "Ā": r"\bar{A}", "ŷ": r"\hat{y}", "⊘": r"\oslash", "∂": r"\partial", "√": r"\surd",
    "∑": r"\sum", "∏": r"\prod", "ᵀ": r"^{\top}", "𝟏": r"\mathbf{1}", "𝟎": r"\mathbf{0}", "≠": r"\ne",
    "≈": r"\approx", "≔": r":=", "∈": r"\in", "ℕ": r"\mathbb{N}", "⌊": r"\lfloor ", "⌋": r"\rfloor ",
    "⌈": r"\lceil ", "⌉": r"\rceil ", "‖": r"\|", "⁻": "^{-}", "↦": r"\mapsto",
}  # fmt: skip
_SIGNS |= {c: rf"\{name}" for c, name in zip("αβγδεζηθικλμνξπρστυφχψωΓΔΘΛΞΠΣΦΨΩϕ", _LETTERS, strict=True)}
