"""Derivations as LaTeX, PDF and figures: one module a report, each with a function ``report(device)``."""

from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from symnet.errors import InvalidInput
from symnet.files import write_whole
from symnet.report.document import Report

if TYPE_CHECKING:
    from symnet.relu import ReluNetwork
    from symnet.report.figures.picture import Picture

REPORTS = ("sorter", "residual", "alexnet")


@dataclass(frozen=True)
class Written:
    """A file that was written, and what LaTeX complained about while making it."""

    path: Path
    complaints: tuple[str, ...] = ()


def build(name: str, device: str = "auto") -> Report:
    """Derive and check everything that report ``name`` prints. ``device``: "auto", "cpu" or "cuda" for the checks."""
    if name not in REPORTS:
        raise InvalidInput(f"there is no report '{name}': choose from {', '.join(REPORTS)}, or all")
    return import_module(f"symnet.report.{name}").report(device)


def write(report: Report, folder: Path, *, pdf: bool = True) -> Iterator[Written]:
    """Write ``NAME.tex``, then ``NAME.pdf`` where there is a pdflatex; each file whole or not at all."""
    from symnet.report import pdf as tex
    from symnet.report.render import latex

    source = latex(report)
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(folder / f"{report.name}.tex", source)
    yield Written(folder / f"{report.name}.tex")
    if pdf and tex.available():
        compiled = tex.compile_pdf(source)
        write_whole(folder / f"{report.name}.pdf", compiled.pdf)
        yield Written(folder / f"{report.name}.pdf", compiled.complaints)


def figure(network: "ReluNetwork", **options: Any) -> "Picture":
    """The linear regions of a network with two inputs, or the graph of one with one (see `figures.picture.Picture`)."""
    from symnet.report.figures.picture import Picture

    return Picture(network, **options)
