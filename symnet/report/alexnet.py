"""Question 3 of the worksheet: AlexNet's units, weights and connections in closed form, and cheaper networks."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

from symnet import notation
from symnet.counts import (
    Comparison,
    CountTable,
    Suggestion,
    alexnet,
    alexnet_paper_units,
    alexnet_worksheet,
    bounds,
    count,
    elasticities,
    pareto,
    suggest,
)
from symnet.counts.conventions.tools import CONVENTIONS
from symnet.counts.reach import FORMATS
from symnet.derivation import Check, Relation
from symnet.report.document import (
    Block,
    Commands,
    Display,
    Established,
    Evidence,
    Figure,
    Report,
    Section,
    State,
    Steps,
    Summary,
    Table,
    Text,
    state_of,
)
from symnet.report.figures.bars import Panel, bars
from symnet.report.figures.pareto import pareto as pareto_figure

Goal = Literal["weights", "connections"]
QUANTITIES = ("units", "weights", "biases", "connections")
SHOWN = 5  # suggestions for each goal
MEGABYTE = 10**6


@dataclass(frozen=True)
class Built:
    """A suggestion and the checks of the network that was built from it."""

    suggestion: Suggestion
    checks: Sequence[Check]


def report(device: str = "auto") -> Report:
    """Count the network in numbers and in letters, build it, and rank changes for a phone and for speed."""
    table, symbolic = count(alexnet()), count(alexnet(symbolic=True))
    numeric = table.check(device)
    checks = (*numeric, *symbolic.check(device))
    phone, fast = suggest(alexnet(), minimize="weights")[:SHOWN], suggest(alexnet(), minimize="connections")[:SHOWN]
    built = tuple(Built(suggestion, suggestion.check(device)) for suggestion in _distinct((*phone, *fast)))
    return Report(
        name="alexnet",
        title="AlexNet, counted",
        lead=(
            "Units, weights, biases and connections of every layer of the two-GPU network, as closed forms in its sizes"
            " and as exact integers; each compared with a network built in torch. Then: what to change to have fewer"
            " weights, or fewer connections. A connection is one multiply-add."
        ),
        command="symnet report alexnet",
        sections=(
            Section("What is established", (Summary(_summary(table, checks, (phone[0], fast[0]), built)),)),
            Section("In numbers", _numbers(table)),
            Section("In letters", _letters(symbolic)),
            Section("Printed numbers, compared", _printed()),
            Section("What other tools print for it", _tools(table)),
            Section("What a change can save at most", _levers(table)),
            Section("Fewer weights: to run on a phone", _fewer(table, phone, "weights")),
            Section("Fewer connections: to predict quickly", _fewer(table, fast, "connections")),
            Section("Narrower layers: the best trade of weights against connections", _front()),
            Section("Every number, step by step", (Steps(table.derivation.steps),)),
            Section("How it was checked", (_how(), _as_torch_counts(numeric), Evidence(checks), *_as_built(built))),
            Section("Reproduce", (_commands(),)),
        ),
        checks=(*checks, *(check for suggestion in built for check in suggestion.checks)),
    )


def _summary(
    table: CountTable, checks: Sequence[Check], best: Sequence[Suggestion], built: Sequence[Built]
) -> tuple[Established, ...]:
    totals = (
        Established(Relation(notation.Name(quantity), "=", getattr(table.total, quantity)), state_of(checks), HOW)
        for quantity in QUANTITIES
    )
    changes = (
        Established(f"{float(s.factor):.1f} times fewer {s.minimize}: {s.name}", _state(s, built), HOW) for s in best
    )
    return (*totals, *changes)


HOW = "built in torch, compared as exact integers"


def _state(suggestion: Suggestion, built: Sequence[Built]) -> State:
    """Of the checks of the network that is the suggestion's, whichever goal it was built for."""
    layers = suggestion.architecture.layers
    return state_of(check for b in built if b.suggestion.architecture.layers == layers for check in b.checks)


# ---------------------------------------------------------------------- the tables
def _numbers(table: CountTable) -> tuple[Block, ...]:
    weights, connections = table.share("weights"), table.share("connections")
    rows = tuple(
        (
            row.name,
            notation.Shape(row.output_shape),
            *(_amount(row, q) for q in QUANTITIES),
            _percent(weights.get(row.name)),
            _percent(connections.get(row.name)),
        )
        for row in table.shown
    )
    shown = [row for row in table.shown if row.has("connections")]
    return (
        Table(
            columns=(
                ("layer", "l"),
                ("output", "l"),
                *((q, "r") for q in QUANTITIES),
                ("of weights", "r"),
                ("of conn.", "r"),
            ),
            rows=rows,
            total=("total", "", *(getattr(table.total, q) for q in QUANTITIES), "100 %", "100 %"),
            caption="Units of the input and of pooling layers are listed and, as in the paper, not added to the total."
            " Connections count every tap of a kernel, also those that fall on padding.",
            small=True,
        ),
        Figure(
            bars([Panel(q, {row.name: int(getattr(row, q)) for row in shown}) for q in ("weights", "connections")]),
            "Where the weights are, the connections are not: convolutions use their few weights at every position.",
        ),
    )


def _amount(row: Any, quantity: str) -> Any:
    return getattr(row, quantity) if row.has(quantity) else ""


def _percent(share: Any) -> str:
    return "" if share is None else f"{float(100 * share):.2f} %"


def _letters(table: CountTable) -> tuple[Block, ...]:
    quantities = ("units", "weights", "connections")
    rows = tuple(
        (row.name, *(row.product(q) if row.has(q) else "" for q in quantities)) for row in table.shown if row.formulas
    )
    return (
        Text("Every size, stride, padding and group as a letter. The sides of the maps, each from the one before it:"),
        Display(table.named_sizes),
        Table(
            columns=(("layer", "l"), *((q, "l") for q in quantities)),
            rows=rows,
            tall=True,
            small=True,
            caption="Biases: one for each output channel of a convolution, one for each fully connected unit.",
        ),
        Text(("The letters: ", *_legend(table), ".")),
        Text(("The network exists where ", *_listed(table.conditions), ".")),
    )


def _legend(table: CountTable) -> tuple[Any, ...]:
    """Letters that differ only in their number are explained once: k₁, k₂, … kernel side."""
    groups: dict[str, list[Any]] = {}
    for symbol, meaning in table.symbols.items():
        groups.setdefault(meaning.split(" of ")[0], []).append(symbol)
    said = [(*_listed(symbols), f" {meaning}") for meaning, symbols in groups.items()]
    return tuple(part for i, words in enumerate(said) for part in (("; ",) if i else ()) + words)


def _listed(items: Sequence[Any]) -> tuple[Any, ...]:
    return tuple(part for i, item in enumerate(items) for part in ((", ", item) if i else (item,)))


def _printed() -> tuple[Block, ...]:
    paper, worksheet = alexnet_paper_units(), alexnet_worksheet()
    return (
        Text(
            f"The paper states the units of {len(paper)} layers, the worksheet {len(worksheet)} products with values."
            f" {_agreeing(paper)} of the paper's and {_agreeing(worksheet)} of the worksheet's hold. The others:"
        ),
        Table(
            columns=(("from", "l"), ("layer", "l"), ("as printed", "l"), ("the count", "r"), ("what is wrong", "p")),
            rows=tuple(
                (source, c.printed.layer, c.printed.relation, c.value, c.why)
                for source, group in (("paper", paper), ("worksheet", worksheet))
                for c in group
                if not c.holds
            ),
            small=True,
        ),
    )


def _agreeing(comparisons: Sequence[Comparison]) -> int:
    return sum(comparison.holds for comparison in comparisons)


def _distinct(suggestions: Sequence[Suggestion]) -> tuple[Suggestion, ...]:
    """One of each architecture: a change can serve both goals."""
    return tuple({suggestion.architecture.layers: suggestion for suggestion in suggestions}.values())


# ---------------------------------------------------------------------- conventions, levers, the front
def _tools(table: CountTable) -> tuple[Block, ...]:
    found = sorted((table.as_reported_by(c.tool) for c in CONVENTIONS if not c.library), key=lambda r: int(r.total))
    rows = tuple((r.convention.printed, r.convention.unit, r.total, _explained(r)) for r in found)
    totals = len({int(r.total) for r in found})
    return (
        Text(
            f"{len(found)} settings of tools that count print {totals} different numbers for this one network, and none"
            " of them is wrong: they add different things. Each number is explained exactly:"
        ),
        Table((("tool", "l"), ("its unit", "l"), ("it prints", "r"), ("which is", "p")), rows, small=True),
    )


def _explained(reported: Any) -> tuple[Any, ...]:
    """724,406,816 connections + 659,272 additions of biases."""
    parts = [(amount, f" {words}") for words, amount in reported.terms.items()]
    return tuple(x for i, part in enumerate(parts) for x in (((" + ",) if i else ()) + part))


def _levers(table: CountTable) -> tuple[Block, ...]:
    found = {q: elasticities(alexnet(), q) for q in ("weights", "connections")}
    names = list(found["weights"])
    rows = tuple(
        (found["weights"][n].size, *(f"{float(found[q][n].value):+.4f}".replace("-", "−") for q in found))
        for n in names
    )
    said = [bound.words for q in found for bound in bounds(table, q)]
    return (
        Text(
            "An elasticity says by how many per cent a count grows when a size grows by one per cent: the share of the"
            " layers that have the size in their formula, times its exponent there. What moves the sides of the maps"
            " (resolution, kernels, strides, paddings) acts in steps and is not listed."
        ),
        Table((("size", "l"), ("of weights", "r"), ("of connections", "r")), rows, small=True),
        Text("Shares are bounds: " + "; ".join(said) + "."),
    )


def _front() -> tuple[Block, ...]:
    front, total = pareto(alexnet()), count(alexnet()).total
    points = [(p.weights, p.connections) for p in front]
    return (
        Text(
            f"Each hidden layer with a quarter, half, three quarters or all of its width: {front.designs} networks."
            f" Of those that keep the product of all widths at an eighth or more, exactly {len(front)} are beaten by no"
            " other in both weights and connections; they are found by dynamic programming along the chain."
        ),
        Figure(
            pareto_figure(points, (int(total.weights), int(total.connections))),
            (*_trade(points), "Both axes are logarithmic."),
        ),
    )


def _trade(points: Sequence[tuple[int, int]]) -> tuple[str, ...]:
    """What a front means for its dots, said only where the points say so: along it one count rises, the other falls."""
    along = sorted(points)
    if not all(more > fewer for (_, more), (_, fewer) in pairwise(along)):
        return ()
    return (
        "Every dot is a network with fewer weights than all below it, and fewer connections than all to its left. ",
    )


# ---------------------------------------------------------------------- part (b)
def _fewer(table: CountTable, suggestions: Sequence[Suggestion], goal: Goal) -> tuple[Block, ...]:
    rows = tuple(
        (
            s.name,
            s.after.total.weights,
            s.after.total.connections,
            f"{float(s.factor):.2f}",
            *_megabytes(s.after.total.parameters),
        )
        for s in suggestions
    )
    before = ("as it is", table.total.weights, table.total.connections, "1.00", *_megabytes(table.total.parameters))
    return (
        Text(WHY[goal]),
        Table(
            columns=(
                ("change", "p"),
                ("weights", "r"),
                ("connections", "r"),
                ("factor", "r"),
                *((number_format, "r") for number_format in FORMATS),
            ),
            rows=(before, *rows),
            caption=f"Factor: how many times fewer {goal}. Last columns: weights and biases in megabytes, 10⁶ bytes."
            " Nothing is claimed about accuracy: each of these networks has to be trained.",
            small=True,
        ),
        *(block for s in suggestions for block in (Text(f"{s.name.capitalize()}: {s.words}."), Display((s.saving,)))),
    )


WHY = {
    "weights": "Memory at test time is dominated by the weights, and the weights by the fully connected layers: only a"
    " change that reaches them can save much. The changes that leave the fewest weights:",
    "connections": "Time is dominated by the multiply-adds, and those by the convolutions, whose few weights serve"
    " every position. The changes that leave the fewest connections:",
}


def _megabytes(parameters: Any) -> tuple[str, ...]:
    return tuple(f"{size * int(parameters) / MEGABYTE:.1f}" for size in FORMATS.values())


def _how() -> Text:
    return Text(
        "Each layer is built in torch. Weights and biases are the sizes of its parameters; shapes come from a forward"
        " pass; connections are counted by the network itself: with every weight and every input 1 and no bias, each"
        " output is the number of its connections, and their sum is exact. The formulas in letters are compared at"
        " several random sizes."
    )


def _as_torch_counts(checks: Sequence[Check]) -> Table:
    """The numbers that the checks found, from their evidence."""
    layers: dict[str, dict[str, Any]] = {}
    for check in checks:
        for name, found in check.evidence["layers"].items():
            layers.setdefault(name, {}).update(found)
    keys = ("weights", "biases", "connections", "unpadded")
    rows = ((name, notation.Shape(tuple(f["shape"])), *(f[k] or "" for k in keys)) for name, f in layers.items())
    return Table(
        columns=(("layer", "l"), ("output", "l"), *((key, "r") for key in keys)),
        rows=tuple(rows),
        caption="As torch has them. The last column leaves out the taps that fall on padding: multiply-adds with zero.",
        small=True,
    )


def _as_built(built: Sequence[Built]) -> tuple[Block, ...]:
    rows = []
    for b in built:
        found = [check.evidence["built"][1] for check in b.checks]
        rows.append((b.suggestion.name, *found, "equal" if all(check.passed for check in b.checks) else "different"))
    columns = (
        ("suggested network", "l"),
        ("weights in torch", "r"),
        ("connections in torch", "r"),
        ("to the count", "l"),
    )
    return (Table(columns, tuple(rows), caption="The suggested networks, built.", small=True),)


def _commands() -> Commands:
    return Commands(
        (
            ("symnet count alexnet", "the table in the terminal"),
            ("symnet count alexnet --symbolic --latex", "the closed forms as LaTeX"),
            ("symnet suggest alexnet --minimize weights", "all changes, ranked"),
            ("symnet check alexnet", "run the checks again"),
            ("symnet report alexnet", "write this report again"),
        )
    )
