"""benchmarks/README.md: one section for each benchmark, between its own markers, written by ``make bench-NAME``."""

from pathlib import Path

from symnet.files import write_whole

README = Path(__file__).resolve().parent / "README.md"


def write_section(name: str, text: str, target: str = "") -> None:
    """Put the section into the README in the place of the one from before, or at the end."""
    begin, end = f"<!-- {name}: written by make {target or 'bench-' + name} -->", f"<!-- end of {name} -->"
    before = README.read_text(encoding="utf-8")
    head, _, rest = before.partition(begin)
    tail = rest.partition(end)[2].strip()
    write_whole(README, f"{head.rstrip()}\n\n{begin}\n{text.strip()}\n{end}\n" + (f"\n{tail}\n" if tail else ""))
