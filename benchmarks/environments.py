"""Each tool in an environment of its own, under .bench/ (never in git), made when it is first needed.

torch is installed first where a package would pull it, so that a machine with the CPU build at hand takes that one.
"""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / ".bench"
TORCH = "torch==2.13.0"


@dataclass(frozen=True)
class Peer:
    """A tool: what pip installs for it, one after the other, with options of pip, and what it is."""

    name: str
    packages: tuple[str, ...]
    about: str

    @property
    def script(self) -> Path:
        return ROOT / "benchmarks" / "peers" / f"with_{self.name}.py"

    @property
    def folder(self) -> Path:
        return FOLDER / self.name

    @property
    def python(self) -> Path:
        return self.folder / "bin" / "python"


PEERS = (
    Peer("z3", ("z3-solver==5.4.1.0",), "SMT, exact"),
    Peer("cvc5", ("cvc5==1.4.2",), "SMT, exact"),
    Peer("ppl", ("pplpy==0.8.10",), "polyhedra, exact"),
    Peer("affinitree", ("numpy", "affinitree==0.23.0"), "decision trees, float64"),
    Peer("parx", (TORCH, "parx==0.1.3"), "walks from region to region, float64; its Python method"),
)


def prepared(peer: Peer) -> str | None:
    """Make the peer's environment if there is none; None if it is ready, else one line that says why not."""
    ready = peer.folder / "ready"
    if ready.exists() and ready.read_text(encoding="utf-8") == _wanted(peer):
        return None
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / ".gitignore").write_text("*\n", encoding="utf-8")
    commands = [[sys.executable, "-m", "venv", "--clear", str(peer.folder)]]
    pip = [str(peer.python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    commands += [[*pip, *package.split()] for package in peer.packages]
    for command in commands:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            return f"{peer.name}: skipped, {' '.join(command[6:])} does not install here: {_last_line(done.stderr)}"
    ready.write_text(_wanted(peer), encoding="utf-8")
    return None


def _wanted(peer: Peer) -> str:
    return "\n".join(peer.packages)


def _last_line(text: str) -> str:
    return (text.strip().splitlines() or ["no message"])[-1]
