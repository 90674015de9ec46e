"""The verbs: where an engine, its readers and its sceptics meet, and nowhere else.

    prove      a ReLU network and a claim          audit     LaTeX and what it is compared with
    backprop   a model in any of its forms         report    a report with its checks
    count      an architecture, a torch module     check     a certificate, by the independent checker
    suggest    an architecture, what to save

Below them stand the methods that an engine's value declares (`symnet.joints`) and a reader or a sceptic does. Each
import is made where it is needed, so that importing symnet loads none of the rooms; all of them point downward.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from symnet.joints import joins

if TYPE_CHECKING:
    import sympy as sp

    from symnet.adjoints import BackwardPass, Changes, RecurrentPass
    from symnet.claims import Audit
    from symnet.claims.decision.budget import Limits
    from symnet.counts import Architecture, CountTable, Suggestion
    from symnet.derivation import Check
    from symnet.relu import Proof, ReluNetwork
    from symnet.report.document import Report


# ---------------------------------------------------------------------- the verbs
def prove(
    net: "ReluNetwork",
    claim: Any,
    where: Any = None,
    *,
    max_regions: int | None = None,
    timeout: float | None = None,
    progress: Callable[[str], None] | None = None,
    jobs: int = 1,
) -> "Proof":
    """Does the network compute that, for all real inputs? A `Proof`, or its counterexample: `symnet.relu.prove`."""
    from symnet.relu import prove

    return prove(net, claim, where, max_regions=max_regions, timeout=timeout, progress=progress, jobs=jobs)


def backprop(
    model: Any, *shapes: Any, seed: "str | Mapping[str, Any] | None" = None, output: int = 0
) -> "BackwardPass | RecurrentPass":
    """The backward rules of a model: a `BackwardPass`, or a `RecurrentPass` where the text has a loop over steps.

    model     the model language, its equations in LaTeX, or a file of either; or a torch module, with the ``shapes``
              of its inputs
    seed      None: the adjoint of the output is 1 for a scalar, else the symbol ȳ;
              "ones" or {"y": 1}: it is that constant in every entry
    output    which of the module's outputs is meant

    Raises `InvalidInput` for a text that can never be a model, `NotSupported` for an operator without a rule.
    """
    from symnet.adjoints import derive
    from symnet.errors import InvalidInput

    if hasattr(model, "named_parameters"):
        from symnet.readers.torch.modules import read_module

        read = read_module(model, *shapes, output=output)
        return derive(read.text, seed, read)
    if shapes:
        raise InvalidInput("shapes are for torch modules; a text declares its own, and the seed is given as seed=")
    from symnet.adjoints.language import read_text
    from symnet.readers.latex.model import in_the_language

    return derive(in_the_language(read_text(model)), seed)


def count(
    architecture: Any,
    sides: "Mapping[sp.Symbol, sp.Expr] | None" = None,
    widths: bool = False,
    batch: Any = 1,
) -> "CountTable":
    """Units, weights, biases and connections of every layer: `symnet.counts.count`, and of any torch module.

    architecture   named layers whose sizes are numbers or letters; or (torch module, shape with its batch axis), in
                   which shapes may hold letters; counts are those of one example where the first axis is a batch,
                   else of the whole input, and ``notes`` say which
    widths         of a torch module: channels and features become letters too, where torch can follow them
    sides          names of sides to keep where they fit, from another table's ``.sides``
    batch          a number of examples, or a letter for it: units, connections and activation memory are of so many

    Raises InvalidInput, naming the layer, where groups do not divide channels or a kernel does not fit; NotSupported
    where a parameter or a multiply-add of a module would be lost.
    """
    if isinstance(architecture, tuple) and len(architecture) == 2 and hasattr(architecture[0], "named_parameters"):
        from symnet.counts.sizes import size
        from symnet.counts.table import of_batch
        from symnet.verbs.modules import count_module

        many = size(batch, "the batch")
        return of_batch(count_module(*architecture, widths, many), many)
    from symnet.counts import count

    return count(architecture, sides, batch)


def suggest(
    architecture: "Architecture",
    minimize: Literal["weights", "connections"] = "weights",
    combine: int = 1,
    limits: Mapping[str, int] | None = None,
    keep_receptive_field: bool = False,
    least_width: int = 1,
    most_changed: int | None = None,
    accept: "Callable[[Architecture], bool] | None" = None,
) -> "tuple[Suggestion, ...]":
    """Changes that save weights or connections, the largest factor first: `symnet.counts.suggest`."""
    from symnet.counts import suggest

    return suggest(architecture, minimize, combine, limits, keep_receptive_field, least_width, most_changed, accept)


def audit(
    text_or_path: "str | Path",
    against: Any = (),
    *,
    hint: bool = True,
    limits: "Limits | None" = None,
    want: Sequence[str] = (),
    seconds: float | None = None,
) -> "Audit":
    """Every claim in a LaTeX formula, a document, or a file: holds, wrong (with the reason), or unread.

    against    backward passes, count tables, proofs, networks, declarations ("x : n" lines), or names ("alexnet"); with
               any, what the document says it is to be compared with is ignored, and listed in the audit's notes
    hint       look for near misses, which takes most of the time of a wrong claim
    limits     of the work on one link, its explanation included; beyond it the verdict is "unread: too hard"
    want       names that a complete answer states; without, what the key wants
    seconds    for the whole document; formulas that are not reached by then are counted as "not judged"
    """
    from symnet.claims import audit

    return audit(text_or_path, against, hint=hint, limits=limits, want=want, seconds=seconds)


def report(name: str, device: str = "auto") -> "Report":
    """A report of the worksheet, derived and checked: "sorter", "residual" or "alexnet"."""
    from symnet.report import build

    return build(name, device)


def check(certificate: "str | Path | Mapping[str, Any]") -> "Check":
    """What the independent checker says of a certificate, given as its file or its content."""
    from symnet.checks import check_certificate

    return check_certificate(certificate)


def read_latex(text: str, declared: Any = ()) -> Any:
    """LaTeX as statements over declared names: `symnet.readers.latex.read_latex`."""
    from symnet.readers.latex.reading import read_latex

    return read_latex(text, declared)


# ---------------------------------------------------------------------- what values declare and others do
@joins("BackwardPass.check")
def _check_backward(of: "BackwardPass", device: str = "auto") -> "tuple[Check, ...]":
    from symnet.adjoints.lift import Lift
    from symnet.checks.autograd import check_adjoints

    if of.origin is None:
        return check_adjoints(of, device=device)
    if isinstance(of.origin, Lift):
        from symnet.checks.batch import check_lift

        return (check_lift(of, device),)
    from symnet.checks.modules import check_module

    return (check_module(of, device), *check_adjoints(of, device=device, seeds=(0,)))


@joins("Changes.check")
def _check_changes(of: "Changes", device: str = "auto") -> "tuple[Check, ...]":
    from symnet.checks.higher import check_changes

    return check_changes(of, device)


@joins("RecurrentPass.check")
def _check_recurrence(of: "RecurrentPass", device: str = "auto") -> "tuple[Check, ...]":
    from symnet.checks.recurrent import check_recurrence

    return (check_recurrence(of, device),)


@joins("RecurrentChanges.check")
def _check_recurrent_changes(of: Any, device: str = "auto") -> "tuple[Check, ...]":
    from symnet.checks.recurrent import check_recurrent_changes

    return (check_recurrent_changes(of, device),)


@joins("CountTable.check")
def _check_counts(of: "CountTable", device: str = "auto") -> "tuple[Check, ...]":
    if of.module:
        from symnet.checks.module import check_module

        return check_module(of)
    from symnet.checks.build import check_counts

    return check_counts(of, device)


@joins("Suggestion.check")
def _check_suggestion(of: "Suggestion", device: str = "auto") -> "tuple[Check, ...]":
    from symnet.checks.build import check_suggestion

    return check_suggestion(of, device)


@joins("Proof.check")
def _check_proof(of: "Proof", device: str = "auto") -> "tuple[Check, ...]":
    from symnet.checks.certificate import check_certificate

    return (check_certificate(of.certificate, limits=False),)


@joins("ReluNetwork.from_torch")
def _from_torch(cls: Any, module: Any, inputs: int | None = None) -> "ReluNetwork":
    from symnet.readers.torch.networks import from_torch

    return from_torch(module, inputs)


@joins("ReluNetwork.from_onnx")
def _from_onnx(cls: Any, path: Any) -> "ReluNetwork":
    from symnet.readers.networks.onnx import from_onnx

    return from_onnx(path)
