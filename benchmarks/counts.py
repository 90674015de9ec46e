"""symnet.counts against its peers: python -m benchmarks.counts [--seconds 120] [--only WORD] [--write]

Every tool runs in a process of its own, on the same machine, one after the other. Peers get the network in plain torch
(peers/models.py, nothing of symnet in it), images on the CPU, words on meta (ptflops: on the CPU); building it is not
timed. symnet starts from its record. Beside each total stands what ``as_reported_by`` says that the tool prints.
"""

import argparse
import os
import platform
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.environments import ROOT, TORCH, Peer, prepared
from benchmarks.measure import ENOUGH, MOST_RUNS, Measured, measured
from benchmarks.sections import write_section

SYMNET = ROOT / "benchmarks" / "peers" / "with_symnet_counts.py"
PLAIN = (TORCH, "numpy")
PEERS = (
    Peer("torchinfo", (*PLAIN, "torchinfo==1.8.0"), "mult-adds"),
    Peer("fvcore", (*PLAIN, "fvcore==0.1.5.post20221221"), "flops, which are multiply-adds"),
    Peer("thop", (*PLAIN, "thop==0.1.1.post2209072238"), "MACs"),
    Peer("calflops", (*PLAIN, "transformers", "calflops==0.3.2"), "MACs"),
    Peer("ptflops", (*PLAIN, "ptflops==0.7.5"), "MACs, pytorch back end"),
    Peer("flop_counter_mode", PLAIN, "torch's FlopCounterMode, FLOPs"),
)
NETWORKS = {
    "alexnet": "AlexNet", "vgg16": "VGG-16", "resnet50": "ResNet-50", "vit_b16": "ViT-B/16",
    "gpt2_small": "GPT-2 small, 256 words",
}  # fmt: skip
WANTED = {"alexnet": 2.0, "resnet50": 10.0}  # milliseconds, from the record


@dataclass(frozen=True)
class Own:
    """A task that no peer has: title (it may show the ``answer``), task, network, and milliseconds that are wanted."""

    title: str
    task: str
    network: str
    wanted: float


OWN = (
    Own("AlexNet, every size a letter", "alexnet in letters", "alexnet", 100),
    Own("ResNet-50, letters for batch, resolution, width", "resnet in letters", "resnet50", 300),
    Own("front over {answer:,} designs of AlexNet", "front", "alexnet", 1000),
)


def convention(peer: str, network: str) -> str:
    """The convention by which symnet explains the peer's total: torch's own counter misses attention on the CPU."""
    if peer != "flop_counter_mode":
        return peer
    return "FlopCounterMode" if network == "gpt2_small" else "FlopCounterMode-cpu"


def asked(task: str, network: str, **more: Any) -> dict[str, Any]:
    return {"task": task, "network": network, "runs": MOST_RUNS, "seconds": ENOUGH, **more}


def ours(task: str, network: str, limit: float, **more: Any) -> Measured:
    print(NETWORKS[network], task, *more.values(), "...", file=sys.stderr, flush=True)
    return measured(Path(sys.executable), SYMNET, asked(task, network, **more), limit)


def theirs(peer: Peer, task: str, network: str, limit: float) -> Measured:
    print(NETWORKS[network], task, peer.name, "...", file=sys.stderr, flush=True)
    return measured(peer.python, peer.script, asked(task, network), limit)


# ---------------------------------------------------------------------- the section
def times(found: dict[str, Any], peers: Sequence[Peer]) -> Iterator[str]:
    """Markdown: a row for each network, symnet's time, and how many times as long each peer takes."""
    yield "| network | symnet | wanted | " + " | ".join(peer.name for peer in peers) + " |"
    yield "|" + "---|" * (3 + len(peers))
    for network, (own, others) in found.items():
        ratios = [m.failed[:60] if m.failed else f"× {_figures(m.seconds / own.seconds)}" for m, _ in others.values()]
        yield f"| {NETWORKS[network]} | {_time(own)} | {_wish(own, WANTED.get(network))} | {' | '.join(ratios)} |"


def totals(found: dict[str, Any], peers: Sequence[Peer]) -> Iterator[str]:
    """Markdown: a row for each tool, its totals, each equal to symnet's explanation of it or with that beside it."""
    yield "| tool | " + " | ".join(NETWORKS[network] for network in found) + " |"
    yield "|" + "---|" * (1 + len(found))
    yield "| connections | " + " | ".join(_number(own) for own, _ in found.values()) + " |"
    for peer in peers:
        yield f"| {peer.name} | " + " | ".join(_beside(*others[peer.name]) for _, others in found.values()) + " |"


def _beside(m: Measured, explained: Measured) -> str:
    if m.failed:
        return "failed"
    if explained.failed:
        return f"{_number(m)}, not explained"
    return f"{_number(m)} =" if m.answer == explained.answer else f"{_number(m)}, **symnet says {_number(explained)}**"


def _number(m: Measured) -> str:
    return m.failed[:60] if m.failed else f"{m.answer:,}"


def _wish(m: Measured, wanted: float | None) -> str:
    return "" if wanted is None else f"< {wanted:g} ms: {'yes' if _reached(m, wanted) else 'no'}"


def _reached(m: Measured, milliseconds: float) -> bool:
    return not m.failed and m.seconds * 1000 < milliseconds


def _time(m: Measured) -> str:
    return m.failed[:60] or (f"{m.seconds * 1000:.3g} ms" if m.seconds < 1 else f"{m.seconds:.3g} s")


def _figures(ratio: float) -> str:
    return f"{ratio:,.0f}" if ratio >= 10 else f"{ratio:.2g}"


def own_tasks(limit: float, export: Measured | None) -> Iterator[str]:
    """Markdown: what no peer does, the way through torch, and the memory of the records."""
    yield "| task | symnet | wanted |"
    yield "|---|---|---|"
    for own in OWN:
        m = ours(own.task, own.network, limit)
        yield f"| {own.title.format(answer=m.answer or 0)} | {_time(m)} | {_wish(m, own.wanted)} |"
    m = ours("module", "gpt2_small", limit)
    within = "" if export is None or export.failed or m.failed else (
        f"within 2 × torch.export, {_time(export)}: {'yes' if m.seconds < 2 * export.seconds else 'no'}"
    )  # fmt: skip
    yield f"| GPT-2 small from a torch module on meta | {_time(m)} | {within} |"
    m = ours("memory", "resnet50", limit)
    megabytes = "" if m.failed else f"{m.answer / 1e6:.1f} MB"
    yield f"| ResNet-50 from its record, most memory | {megabytes or m.failed} | < 50 MB: {_within(m, 50e6)} |"


def _within(m: Measured, most: float) -> str:
    return "yes" if not m.failed and m.answer < most else "no"


def section(networks: Sequence[str], peers: Sequence[Peer], skipped: Sequence[str], limit: float) -> str:
    found = {}
    for network in networks:
        own = ours("total", network, limit)
        others = {
            peer.name: (theirs(peer, "total", network, limit),
                        ours("reported", network, limit, tool=convention(peer.name, network)))
            for peer in peers
        }  # fmt: skip
        found[network] = (own, others)
    torch = next((peer for peer in peers if peer.name == "flop_counter_mode"), None)
    export = theirs(torch, "export", "gpt2_small", limit) if torch else None
    versions = {p: n for own, others in found.values() for m in (own, *(m for m, _ in others.values()))
                for p, n in m.versions}  # fmt: skip
    lines = [
        "## symnet.counts", "",
        "Times are medians in symnet's column, ratios in the others': how many times as long the peer takes.", "",
        *times(found, peers), "",
        "What each prints. `=`: exactly what `as_reported_by` says, which also says why.", "",
        *totals(found, peers), "",
        *own_tasks(limit, export), "",
        "Peers: " + "; ".join(f"{peer.name} ({peer.about})" for peer in peers) + ".",
        "Versions: " + ", ".join(f"{name} {number}" for name, number in sorted(versions.items())) + ".",
        f"Machine: {os.cpu_count()} cores, {platform.machine()}, {platform.system()}.",
        *(f"Skipped: {line}" for line in skipped),
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def main() -> None:
    options = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    options.add_argument("--seconds", type=float, default=120, help="the most that a tool gets for a task")
    options.add_argument("--only", default="", help="only the networks whose name has this in it")
    options.add_argument("--write", action="store_true", help="write the section of benchmarks/README.md")
    chosen = options.parse_args()
    ready = [(peer, prepared(peer)) for peer in PEERS]
    networks = [name for name in NETWORKS if chosen.only in name]
    peers = [peer for peer, why in ready if why is None]
    text = section(networks, peers, [why for _, why in ready if why], chosen.seconds)
    print(text)
    if chosen.write:
        write_section("counts", text)


if __name__ == "__main__":
    main()
