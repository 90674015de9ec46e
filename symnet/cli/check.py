"""symnet check: the checks of the reports run again, or a certificate verified, and whether it is what was meant."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from symnet.cli.common import DEVICE, JSON, progress, read_text, say, write_json
from symnet.cli.names import all_of
from symnet.errors import InvalidInput


@dataclass(frozen=True)
class Meant:
    """What the certificate should be about, as it was typed; None where it does not matter."""

    network: str | None
    equals: str | None
    claim: str | None
    where: str | None

    @property
    def anything(self) -> bool:
        return any(part is not None for part in (self.network, self.equals, self.claim, self.where))

    @property
    def a_claim(self) -> bool:
        return self.claim is not None or self.equals is not None


@click.command()
@click.argument("targets", nargs=-1, metavar="[sorter|residual|alexnet|all|CERTIFICATE]...")
@click.option("--network", type=click.Path(), help="Is the certificate about this network? JSON, or ONNX.")
@click.option("--equals", type=click.Path(), help="And about this other network, which computes the same?")
@click.option("--claim", help="And about this claim? As for symnet prove, or 'sorted'.")
@click.option("--where", help="And under these conditions? With a claim and without this: for all inputs.")
@click.option("--no-limits", is_flag=True, help="Verify a certificate whatever its size, and however long it takes.")
@DEVICE
@JSON
def check(
    targets: Sequence[str],
    network: str | None,
    equals: str | None,
    claim: str | None,
    where: str | None,
    no_limits: bool,
    device: str,
    json_file: str | None,
) -> int:
    """Rerun every check of the reports, or verify a saved certificate. Exit code 1 if one fails.

    With --network, --claim, --where, also whether the certificate is about these; exit code 1 too if it refutes them.
    """
    from symnet.report import terminal

    meant = Meant(network, equals, claim, where)
    if claim is not None and equals is not None:
        raise InvalidInput("--claim and --equals are two claims: give one")
    if meant.anything and len(targets) != 1:
        raise InvalidInput("--network, --equals, --claim and --where are about one certificate: name it")
    checks = [found for target in all_of(targets) for found in _checks(target, device, meant, not no_limits)]
    if json_file:
        write_json(json_file, [found.to_json() for found in checks])
    terminal.checks(checks)
    return 0 if all(found.passed for found in checks) else 1


def _checks(target: str, device: str, meant: Meant, limits: bool) -> Sequence[Any]:
    from symnet.report import REPORTS, build

    if target in REPORTS:
        if meant.anything:
            raise InvalidInput(f"'{target}' is a report, not a certificate that could be compared")
        with progress(f"checking {target}"):
            return build(target, device).checks
    if not Path(target).exists():
        raise InvalidInput(f"'{target}' is neither a report ({', '.join(REPORTS)}) nor a certificate file")
    return tuple(_of_certificate(target, meant, limits))


def _of_certificate(file: str, meant: Meant, limits: bool) -> Iterator[Any]:
    """Whether it proves what it says, which is printed, and whether that is what was meant."""
    from symnet.checks.certificate import as_check, verdict
    from symnet.checks.verify import lines
    from symnet.derivation import Check

    found = verdict(file, limits)
    if found.state == "malformed":
        raise InvalidInput(f"{file}: {found.facts['why']}")
    yield as_check(file, found)
    if found.state != "passed":
        return
    for line in lines(found.facts):
        say(f"{file}: {line}")
    if meant.anything:
        differences = dict(_differences(found.certificate, meant))
        yield Check("about what was asked", "exact", not differences, differences)


def _differences(stated: Any, meant: Meant) -> Iterator[tuple[str, str]]:
    """What the certificate is about, and what was asked for, where they differ."""
    from symnet.checks.verify import described, said, told

    net = _network(meant.network) if meant.network is not None else _of_layers(stated.networks["out"])
    asked = _as_certified(net, meant)
    for name, of in (("out", meant.network), ("other", meant.equals)):
        if of is not None and stated.networks.get(name) != asked.networks.get(name):
            its, that = (told(described(c.networks[name])) if name in c.networks else "none" for c in (stated, asked))
            yield f"network {name}", f"the certificate's has {its}; {of} has {that}"
            return
    if meant.a_claim and set(stated.claim) != set(asked.claim):
        yield "claim", f"the certificate's is {_joined(map(said, stated.claim))}, not {_joined(map(said, asked.claim))}"
    if (meant.a_claim or meant.where is not None) and set(stated.where) != set(asked.where):
        yield "where", f"the certificate's is {_joined(map(said, stated.where))}, not {_joined(map(said, asked.where))}"
    if meant.a_claim and stated.method == "counterexample":
        yield "verdict", "the certificate shows that the claim is false, by a counterexample"


def _as_certified(net: Any, meant: Meant) -> Any:
    """What a certificate of the statement would say; without a claim, that it equals itself."""
    from symnet.checks.verify import NO_LIMITS, read
    from symnet.readers.claim_text import read_claim, read_where
    from symnet.relu import Sorted
    from symnet.relu.claims import claim as claims
    from symnet.relu.geometry import polyhedra
    from symnet.relu.proof import certify

    if meant.equals is not None:
        claimed: Any = _network(meant.equals)
    elif meant.claim is None or meant.claim.strip().lower() == "sorted":
        claimed = Sorted() if meant.claim is not None else net
    else:
        claimed = read_claim(meant.claim, net.inputs, net.outputs)
    place = read_where(meant.where, net.inputs) if meant.where is not None else None
    about = certify.statement(net, claims.read_claim(claimed, net), polyhedra.read_where(place, net))
    return read(json.dumps({**about, "holds": True, "method": "kinks", "proof": None}).encode(), NO_LIMITS)


def _network(file: str) -> Any:
    """From JSON as symnet writes it, or from ONNX."""
    from symnet.readers.networks.files import read_network
    from symnet.relu import ReluNetwork

    return ReluNetwork.from_onnx(file) if file.endswith(".onnx") else read_network(read_text(file), f"'{file}'")


def _of_layers(layers: Any) -> Any:
    """The network in a certificate: its inputs and outputs are the names in a claim."""
    from symnet.relu import ReluNetwork

    return ReluNetwork(layers)


def _joined(conditions: Iterable[str]) -> str:
    return "; ".join(conditions) or "nothing"
