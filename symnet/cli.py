"""The command line: five thin commands and the reports.

Exit codes: 0 fine, 1 a claim is wrong or a check failed, 2 usage or unreadable input. Results go to stdout, progress
to stderr and only on a terminal. Each command imports its part when it runs, so ``symnet --help`` stays quick.
"""

import json
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from symnet.errors import InvalidInput, SymnetError

JSON = click.option("--json", "json_file", type=click.Path(dir_okay=False), help="Also write the result as JSON.")
LATEX = click.option("--latex", "as_latex", is_flag=True, help="Print LaTeX in place of text.")
DEVICE = click.option(
    "--device",
    type=click.Choice(["auto", "cpu", "cuda"]),
    default="auto",
    show_default=True,
    help="Where numeric checks run; auto takes CUDA when there is one.",
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="symnet", message="%(prog)s %(version)s")
def cli() -> None:
    """Derive it, prove it, count it, check it, print it: the mathematics of neural networks."""


@cli.command()
@click.option("--network", "network_file", type=click.Path(), help="A network as JSON; default: the five-unit sorter.")
@click.option(
    "--claim", help="One expression for each output: 'Min(x1, x2); Max(x1, x2)'. Default: the inputs, sorted."
)
@click.option("--set", "changes", multiple=True, metavar="W2[1,3]=1/2", help="Change a weight or bias first (1-based).")
@click.option("--certificate", "certificate_file", type=click.Path(dir_okay=False), help="Write the certificate.")
@JSON
@LATEX
def prove(
    network_file: str | None,
    claim: str | None,
    changes: Sequence[str],
    certificate_file: str | None,
    json_file: str | None,
    as_latex: bool,
) -> int:
    """Does the ReLU network compute the claim for all real inputs? Exit code 1, with a counterexample, if not."""
    from symnet import relu
    from symnet.readers.claim_text import read_claim

    network = relu.ReluNetwork.from_json(_read_json(network_file)) if network_file else relu.two_input_sorter()
    for change in changes:
        network = _changed(network, change)
    with _progress("proving"):
        proof = relu.prove(network, read_claim(claim, network.inputs) if claim else relu.Sorted())
    if certificate_file:
        proof.save(certificate_file)
    _show(proof, json_file, as_latex)
    return 0 if proof.holds else 1


@cli.command()
@click.argument("file", required=False)
@click.option("--torch", "module", metavar="PKG.MOD:CLASS", help="A torch module in place of FILE; imports its code.")
@click.option("--shape", "shapes", multiple=True, metavar="2,16,32", help="Shape of an input of the module, in order.")
@click.option("--seed", type=click.Choice(["symbol", "ones"]), default="symbol", help="The output's adjoint: ȳ or 1.")
@click.option("--changes", type=click.Choice(["jvp", "hvp"]), help="Print forward or Hessian-vector rules instead.")
@click.option("--code", "library", type=click.Choice(["numpy", "torch"]), help="Print a backward function as source.")
@click.option("--figure", "figure_file", type=click.Path(dir_okay=False), help="Write the graph: .svg, or .tex (TikZ).")
@JSON
@LATEX
def backprop(
    file: str | None,
    module: str | None,
    shapes: Sequence[str],
    seed: str,
    changes: str | None,
    library: str | None,
    figure_file: str | None,
    json_file: str | None,
    as_latex: bool,
) -> int:
    """The backward rules of the model in FILE (- for stdin), in matrix form, with a reason for each contribution."""
    from symnet.backprop import backprop as derive

    if (file is None) == (module is None):
        raise InvalidInput("Missing argument: a FILE (- for stdin), or --torch package.module:Class with --shape")
    start = None if seed == "symbol" else "ones"
    if module is None:
        derived = derive(_read_text(file or "-"), seed=start)
    else:
        from symnet.readers.torch_modules import load_module

        with _progress("tracing"):
            derived = derive(load_module(module), *map(_shape, shapes), seed=start)
    for warning in derived.warnings:
        click.echo(f"symnet: warning: {warning}", err=True)
    if (figure_file or library or changes) and not hasattr(derived, "graph"):
        raise InvalidInput("--figure, --code and --changes are for models without a loop; write the steps out for them")
    if figure_file:
        from symnet.report.figures.graph import computation_graph
        from symnet.report.figures.graph_svg import svg

        _write(figure_file, (computation_graph if figure_file.endswith(".tex") else svg)(derived.graph) + "\n")
    if library:
        click.echo(derived.code(library), nl=False)
        return 0
    _show({"jvp": derived.jvp, "hvp": derived.hvp}[changes]() if changes else derived, json_file, as_latex)
    return 0


@cli.command()
@click.argument("architecture", default="alexnet")
@click.option("--symbolic", is_flag=True, help="Every size, stride, padding and group as a symbol.")
@click.option("--csv", "csv_file", type=click.Path(dir_okay=False), help="Also write the table as CSV.")
@JSON
@LATEX
def count(architecture: str, symbolic: bool, csv_file: str | None, json_file: str | None, as_latex: bool) -> int:
    """Units, weights, biases and connections of every layer, in closed form."""
    from symnet import counts
    from symnet.report import terminal

    table = counts.count(_architecture(architecture, symbolic=symbolic))
    if csv_file:
        _write(csv_file, table.to_csv())
    if json_file:
        _write_json(json_file, table.to_json())
    if as_latex:
        click.echo(table.latex())
    else:
        terminal.counts(table)
    return 0


@cli.command()
@click.argument("architecture", default="alexnet")
@click.option("--minimize", type=click.Choice(["weights", "connections"]), default="weights", show_default=True)
@JSON
def suggest(architecture: str, minimize: str, json_file: str | None) -> int:
    """Changes to the architecture that save the most weights or connections, each with its exact saving."""
    from symnet import counts
    from symnet.report import terminal

    suggestions = counts.suggest(_architecture(architecture), minimize=minimize)
    if json_file:
        _write_json(json_file, [suggestion.to_json() for suggestion in suggestions])
    terminal.suggestions(suggestions, minimize)
    return 0


@cli.command()
@click.argument("targets", nargs=-1, metavar="[sorter|residual|alexnet|all|CERTIFICATE]...")
@DEVICE
@JSON
def check(targets: Sequence[str], device: str, json_file: str | None) -> int:
    """Rerun every check of the reports, or verify a saved certificate. Exit code 1 if one fails."""
    from symnet.report import terminal

    checks = [found for target in _all(targets) for found in _checks(target, device)]
    if json_file:
        _write_json(json_file, [found.to_json() for found in checks])
    terminal.checks(checks)
    return 0 if all(found.passed for found in checks) else 1


@cli.command()
@click.argument("names", nargs=-1, metavar="[sorter|residual|alexnet|all]...")
@click.option("--out", default="reports", show_default=True, type=click.Path(file_okay=False), help="The folder.")
@click.option("--pdf/--no-pdf", default=True, help="Run pdflatex when there is one.")
@DEVICE
def report(names: Sequence[str], out: str, pdf: bool, device: str) -> int:
    """Write the worksheet's reports as .tex and .pdf. Exit code 1 if a check in them fails."""
    from symnet.report import build, write
    from symnet.report.pdf import HOW_TO_GET_TEX, available

    passed = True
    for name in _all(names):
        with _progress(f"deriving and checking {name}"):
            document = build(name, device)
        passed &= all(found.passed for found in document.checks)
        with _progress(f"printing {name}"):
            written = list(write(document, Path(out), pdf=pdf))
        for file in written:
            click.echo(file.path)
            for complaint in file.complaints:
                click.echo(f"symnet: {file.path}: {complaint}", err=True)
    if pdf and not available():
        click.echo(f"symnet: no pdflatex, so no PDF. To get it: {HOW_TO_GET_TEX}", err=True)
    return 0 if passed else 1


# ---------------------------------------------------------------------- small words of the commands
def _shape(text: str) -> tuple[int, ...]:
    """2,16,32 as a shape."""
    try:
        return tuple(int(n) for n in text.split(","))
    except ValueError:
        raise InvalidInput(f"cannot read --shape {text}: write sizes with commas, as in 2,16,32") from None


def _all(names: Sequence[str]) -> tuple[str, ...]:
    from symnet.report import REPORTS

    chosen = names or ("all",)
    return tuple(dict.fromkeys(n for name in chosen for n in (REPORTS if name == "all" else (name,))))


def _checks(target: str, device: str) -> Sequence[Any]:
    from symnet.report import REPORTS, build

    if target in REPORTS:
        with _progress(f"checking {target}"):
            return build(target, device).checks
    if not Path(target).exists():
        raise InvalidInput(f"'{target}' is neither a report ({', '.join(REPORTS)}) nor a certificate file")
    from symnet.checks.certificate import check_certificate

    return (check_certificate(target),)


def _architecture(name: str, *, symbolic: bool = False) -> Any:
    from symnet import counts

    if name not in counts.ZOO:
        raise InvalidInput(f"no architecture is called '{name}': choose from {', '.join(counts.ZOO)}")
    return counts.ZOO[name](symbolic=symbolic)


def _changed(network: Any, change: str) -> Any:
    """``W2[1,3]=1/2``: the weight from unit 3 to unit 1 of layer 2; ``b1[4]=-2``: the bias of unit 4 of layer 1."""
    from symnet.readers.claim_text import read_rational
    from symnet.relu import ReluNetwork

    parts = re.fullmatch(r"\s*(?:W(\d+)\[(\d+),\s*(\d+)\]|b(\d+)\[(\d+)\])\s*=\s*(.+)", change)
    if not parts:
        raise InvalidInput(f"cannot read --set {change}: write W2[1,3]=1/2 for a weight or b1[4]=-2 for a bias")
    w_layer, i, j, b_layer, k, value = parts.groups()
    layers = [([list(row) for row in W], list(b)) for W, b in network.layers]
    try:
        layer, row = int(w_layer or b_layer) - 1, int(i or k) - 1
        if min(layer, row, int(j or 1) - 1) < 0:
            raise IndexError
        W, b = layers[layer]
        target, column = (W[row], int(j) - 1) if j else (b, row)
        target[column] = read_rational(value)
    except IndexError:
        sizes = " - ".join(str(width) for width in network.widths)
        raise InvalidInput(f"--set {change}: there is no such entry in a network of widths {sizes}") from None
    return ReluNetwork(layers)


def _show(result: Any, json_file: str | None, as_latex: bool) -> None:
    if json_file:
        _write_json(json_file, result.to_json())
    click.echo(result.latex() if as_latex else result.derivation.text())


def _read_text(file: str) -> str:
    if file == "-":
        return sys.stdin.read()
    try:
        return Path(file).read_text(encoding="utf-8")
    except FileNotFoundError:
        raise InvalidInput(f"there is no file '{file}'") from None
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(
            f"cannot read '{file}': {getattr(error, 'strerror', None) or 'it is not UTF-8 text'}"
        ) from None


def _read_json(file: str) -> Any:
    try:
        return json.loads(_read_text(file))
    except (json.JSONDecodeError, RecursionError) as error:
        raise InvalidInput(f"'{file}' is not JSON: {error}") from None


def _write(file: str, content: str) -> None:
    from symnet.report.pdf import write_whole

    write_whole(Path(file), content)


def _write_json(file: str, content: Any) -> None:
    _write(file, json.dumps(content, indent=2, ensure_ascii=False) + "\n")


@contextmanager
def _progress(what: str) -> Iterator[None]:
    """A spinner on stderr while something long runs; nothing when stderr is not a terminal."""
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console

    with Console(stderr=True).status(what):
        yield


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line: every refusal is one line on stderr and exit code 2."""
    try:
        code = cli.main(args=list(arguments) if arguments is not None else None, standalone_mode=False)
    except click.ClickException as error:
        code = _refuse(error.format_message())
    except (click.Abort, KeyboardInterrupt):
        code = _refuse("interrupted")
    except SymnetError as error:
        code = _refuse(str(error))
    except OSError as error:
        code = _refuse(f"{error.filename or 'input or output'}: {error.strerror or error}")
    sys.exit(code if isinstance(code, int) else 0)


def _refuse(message: str) -> int:
    click.echo(f"symnet: {' '.join(message.split())}", err=True)
    return 2
