"""An architecture named on the command line: one of the zoo, or a file."""

from pathlib import Path
from typing import Any

from symnet.cli.common import read_text
from symnet.errors import InvalidInput


def architecture_of(name: str, *, symbolic: bool = False) -> Any:
    """One of the zoo by its name, or the architecture in a .yaml or .json file."""
    from symnet import counts

    if name in counts.ZOO:
        return counts.ZOO[name](symbolic=symbolic)
    if Path(name).suffix in (".yaml", ".yml", ".json"):
        network = counts.text.read(read_text(name), name)
        return network.symbolic() if symbolic else network
    raise InvalidInput(
        f"no architecture is called '{name}': choose from {', '.join(counts.ZOO)}, or give a .yaml or .json file"
    )
