"""``import symnet`` stays light: the heavy packages load when they are first used."""

import subprocess
import sys

HEAVY = ("torch", "latex2sympy2", "jinja2", "rich", "click")


def test_importing_symnet_loads_neither_torch_nor_latex2sympy2() -> None:
    script = "import sys, symnet, symnet.relu, symnet.counts; print(*[m for m in sys.modules if '.' not in m])"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
    assert "sympy" in loaded
    assert not set(HEAVY) & set(loaded)
