"""The command line: five thin commands and the reports.

Exit codes: 0 fine, 1 a claim is wrong or a check failed, 2 usage or unreadable input. Results go to stdout, progress
to stderr and only on a terminal. Each command imports its part when it runs, so ``symnet --help`` stays quick.
"""

import json
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

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
@click.option(
    "--network", "network_file", type=click.Path(), help="A network, .json or .onnx; default: two inputs sorted."
)
@click.option("--sorter", type=int, metavar="N", help="The network that sorts N numbers.")
@click.option("--gadget", type=click.Choice(["five", "four"]), default="five", help="Its units for a comparator.")
@click.option(
    "--claim",
    help="One expression for each output, 'Min(x1, x2); Max(x1, x2)', or inequalities, 'out1 <= out2'."
    " Default: the inputs, sorted.",
)
@click.option("--equals", "other_file", type=click.Path(), help="Another network, which computes the same.")
@click.option("--where", help="Linear inequalities that the inputs satisfy: 'x1 >= 0, x1 + x2 <= 1'.")
@click.option("--set", "changes", multiple=True, metavar="W2[1,3]=1/2", help="Change a weight or bias first (1-based).")
@click.option("--certificate", "certificate_file", type=click.Path(dir_okay=False), help="Write the certificate.")
@click.option(
    "--smtlib", "smtlib_file", type=click.Path(dir_okay=False), help="Write the negated claim for z3 or cvc5."
)
@click.option("--max-regions", type=int, help="Stop when there are more.")
@click.option("--timeout", type=float, help="Stop after so many seconds.")
@JSON
@LATEX
def prove(
    network_file: str | None,
    sorter: int | None,
    gadget: Literal["five", "four"],
    claim: str | None,
    other_file: str | None,
    where: str | None,
    changes: Sequence[str],
    certificate_file: str | None,
    smtlib_file: str | None,
    max_regions: int | None,
    timeout: float | None,
    json_file: str | None,
    as_latex: bool,
) -> int:
    """Is the claim about the ReLU network true for all real inputs? Exit code 1, with a counterexample, if not."""
    from symnet import relu
    from symnet.readers.claim_text import read_claim, read_where

    if network_file and sorter is not None:
        raise InvalidInput("--network and --sorter are two networks: give one, and the other as --equals")
    if claim and other_file:
        raise InvalidInput("--claim and --equals are two claims: give one")
    network = _network(network_file) if network_file else relu.sorter(2 if sorter is None else sorter, gadget)
    for change in changes:
        network = _changed(network, change)
    claimed = relu.Sorted() if not claim else read_claim(claim, network.inputs, network.outputs)
    place = read_where(where, network.inputs) if where else None
    with _progress("proving") as tell:
        proof = relu.prove(
            network,
            _network(other_file) if other_file else claimed,
            place,
            max_regions=max_regions,
            timeout=timeout,
            progress=tell,
        )
        if certificate_file:
            proof.save(certificate_file)
    if smtlib_file:
        _write(smtlib_file, proof.smtlib())
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
            derived = derive(load_module(module), *map(_whole_shape, shapes), seed=start)
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
@click.argument("architecture", default="alexnet", metavar="[NAME|FILE.yaml|FILE.json]")
@click.option("--symbolic", is_flag=True, help="Every size, stride, padding and group as a symbol.")
@click.option("--torch", "module", metavar="PKG.MOD:NAME", help="A torch module, or a function that makes one.")
@click.option("--shape", metavar="1,3,224,224", help="With --torch: the input's shape; a side may be a letter.")
@click.option("--as", "tools", multiple=True, metavar="TOOL", help="Explain the total that a tool prints: fvcore, …")
@click.option("--csv", "csv_file", type=click.Path(dir_okay=False), help="Also write the table as CSV.")
@JSON
@LATEX
def count(
    architecture: str,
    symbolic: bool,
    module: str | None,
    shape: str | None,
    tools: Sequence[str],
    csv_file: str | None,
    json_file: str | None,
    as_latex: bool,
) -> int:
    """Units, weights, biases and connections of every layer, in closed form."""
    from symnet import counts
    from symnet.report import terminal

    if module:
        with _progress(f"reading {module}"):
            table = counts.count((_torch_module(module), _shape(shape)), widths=symbolic)
    else:
        table = counts.count(_architecture(architecture, symbolic=symbolic))
    explained = [table.as_reported_by(tool) for tool in tools]
    if csv_file:
        _write(csv_file, table.to_csv())
    if json_file:
        _write_json(json_file, table.to_json())
    if as_latex:
        click.echo(table.latex())
    else:
        terminal.counts(table)
    for note in (*table.notes, *explained):
        click.echo(str(note))
    return 0


@cli.command()
@click.argument("architecture", default="alexnet", metavar="[NAME|FILE.yaml|FILE.json]")
@click.option("--minimize", type=click.Choice(["weights", "connections"]), default="weights", show_default=True)
@click.option("--combine", type=click.IntRange(1, 4), default=1, show_default=True, help="Changes put together.")
@click.option("--limit", "limits", multiple=True, metavar="weights=2e7", help="The most that may be left.")
@click.option("--keep-receptive-field", is_flag=True, help="The last map must see as much of the input as before.")
@click.option("--changed", type=click.IntRange(1), metavar="K", help="At most so many layers may change.")
@click.option("--latency", is_flag=True, help="Also time one prediction before and after the first three, in torch.")
@DEVICE
@JSON
def suggest(
    architecture: str,
    minimize: str,
    combine: int,
    limits: Sequence[str],
    keep_receptive_field: bool,
    changed: int | None,
    latency: bool,
    device: str,
    json_file: str | None,
) -> int:
    """Changes to the architecture that save the most weights or connections, each with its exact saving."""
    from symnet import counts
    from symnet.report import terminal

    suggestions = counts.suggest(
        _architecture(architecture),
        minimize=minimize,
        combine=combine,
        limits=dict(_limit(given) for given in limits),
        keep_receptive_field=keep_receptive_field,
        most_changed=changed,
    )
    if not suggestions:
        click.echo(f"no change of the catalogue does that; try --combine {combine + 1}, or wider limits", err=True)
    if json_file:
        _write_json(json_file, [suggestion.to_json() for suggestion in suggestions])
    terminal.suggestions(suggestions, minimize)
    for line in _latencies(suggestions[:3], device) if latency else ():
        click.echo(line)
    return 0


@cli.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option(
    "--key", "keys", multiple=True, metavar="KEY", help="A model file, alexnet, sorter, …; several are allowed."
)
@click.option("--seed", type=click.Choice(["symbol", "ones"]), default="symbol", help="The output's adjoint: ȳ or 1.")
@click.option("--dot", type=click.Choice(["matrix", "entrywise"]), default="matrix", help="What · is between matrices.")
@click.option("--all", "show_all", is_flag=True, help="Print what holds too.")
@click.option(
    "--csv",
    "csv_file",
    type=click.Path(dir_okay=False),
    help="Write one line a file: how many hold, are wrong, unread.",
)
@click.option(
    "--pdf", "pdf_folder", type=click.Path(file_okay=False), help="Write feedback on each file into this folder."
)
@click.option("--jobs", default=1, show_default=True, help="Files at a time; -1 is one for each core.")
@click.option(
    "--keep", "kept_in", type=click.Path(file_okay=False), help="Keep finished results here, and skip them next time."
)
@click.option("--hints/--no-hints", default=True, help="Look for the near miss that would be right.")
@JSON
def audit(
    files: Sequence[str],
    keys: Sequence[str],
    seed: str,
    dot: str,
    show_all: bool,
    csv_file: str | None,
    pdf_folder: str | None,
    jobs: int,
    kept_in: str | None,
    hints: bool,
    json_file: str | None,
) -> int:
    """Is this LaTeX right, line by line? Exit code 1 if a claim is wrong, 2 if a file cannot be read."""
    from symnet.audit import classes
    from symnet.report import terminal_audit

    results = classes.grade(
        files, keys, seed=None if seed == "symbol" else seed, dot="" if dot == "matrix" else dot,
        jobs=jobs, kept_in=kept_in, hint=hints,
        progress=lambda graded: terminal_audit.graded(graded, len(files), show_all),
    )  # fmt: skip
    if csv_file:
        _write(csv_file, classes.marks(results))
    if json_file:
        _write_json(json_file, [result.to_json() for result in results])
    if pdf_folder:
        for path in terminal_audit.feedback(results, Path(pdf_folder)):
            click.echo(path)
    return 1 if any(r.counts["wrong"] for r in results) else 2 if any(r.error for r in results) else 0


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
def _whole_shape(text: str) -> tuple[int, ...]:
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

    if name in counts.ZOO:
        return counts.ZOO[name](symbolic=symbolic)
    if Path(name).suffix in (".yaml", ".yml", ".json"):
        network = counts.text.read(_read_text(name), name)
        return network.symbolic() if symbolic else network
    raise InvalidInput(
        f"no architecture is called '{name}': choose from {', '.join(counts.ZOO)}, or give a .yaml or .json file"
    )


def _latencies(suggestions: Sequence[Any], device: str) -> Iterator[str]:
    """One prediction of the network as it is, and of each suggestion: measured here and now."""
    from symnet.checks.latency import latency

    networks = [("as it is", suggestions[0].before.architecture)] if suggestions else []
    for name, network in [*networks, *((s.name, s.architecture) for s in suggestions)]:
        found = latency(network, device)
        yield f"{name}: {found.median:.2f} ms a prediction, median of {found.runs} ({found.device})"


def _torch_module(path: str) -> Any:
    from symnet.readers.torch_import import module_from

    return module_from(path)


def _shape(given: str | None) -> tuple[Any, ...]:
    """1,3,224,224 or 1,3,H,W."""
    if not given:
        raise InvalidInput("--torch needs --shape, the input's sides with the batch: --shape 1,3,224,224")
    return tuple(int(side) if side.strip().lstrip("-").isdigit() else side.strip() for side in given.split(","))


def _limit(given: str) -> tuple[str, int]:
    """weights=2e7."""
    quantity, _, most = given.partition("=")
    try:
        return quantity.strip(), int(float(most))
    except (ValueError, OverflowError):
        raise InvalidInput(f"cannot read --limit {given}: write e.g. weights=2e7 or parameters=5000000") from None


def _network(file: str) -> Any:
    """From JSON as symnet writes it, or from ONNX."""
    from symnet.relu import ReluNetwork

    return ReluNetwork.from_onnx(file) if file.endswith(".onnx") else ReluNetwork.from_json(_read_json(file))


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
    from symnet.files import write_whole

    write_whole(Path(file), content)


def _write_json(file: str, content: Any) -> None:
    _write(file, json.dumps(content, indent=2, ensure_ascii=False) + "\n")


@contextmanager
def _progress(what: str) -> Iterator[Callable[[str], None] | None]:
    """A spinner on stderr while something long runs, and whom to tell how far it is; no-one without a terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console

    with Console(stderr=True).status(what) as status:
        yield lambda covered: status.update(f"{what}: {covered}")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line: every refusal is one line on stderr and exit code 2."""
    try:
        code = cli.main(args=list(arguments) if arguments is not None else None, standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
        code = 0
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
