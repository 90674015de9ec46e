"""A picture of a network with one or two inputs: its graph, or its linear regions; for a notebook, a page, a paper."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from symnet.errors import InvalidInput
from symnet.files import write_whole
from symnet.relu import ReluNetwork
from symnet.report.figures.line import line_svg, line_tikz
from symnet.report.figures.plane import plane, plane_svg

COLOURS = (
    ("forward", "1F4E79"),
    ("backward", "9C1C28"),
    ("proved", "1B6E3C"),
    ("lightforward", "DCE7F2"),
    ("lightbackward", "F5DFE1"),
    ("lightproved", "DDEFE3"),
)
FORMATS = (".svg", ".tex")


@dataclass(frozen=True)
class Picture:
    r"""Shows itself in Jupyter; ``save("regions.svg")`` or, to be ``\input`` in LaTeX, ``save("regions.tex")``.

    merged   linear regions; else all activation cells, with their active units       marks   points to be shown
    window   half the side of the square that is shown, for two inputs; by itself it shows what there is to see
    """

    network: ReluNetwork
    merged: bool = True
    window: Fraction | int | None = None
    marks: tuple[Sequence[Fraction], ...] = ()

    def __post_init__(self) -> None:
        if self.network.widths[0] > 2:
            raise InvalidInput(f"a figure has 1 or 2 inputs, and this network has {self.network.widths[0]}")
        if self.window is not None and self.window <= 0:
            raise InvalidInput(f"the window reaches from -w to w for a positive w; got {self.window}")

    def svg(self) -> str:
        if self.network.widths[0] == 1:
            return line_svg(self.network, marks=[x for (x,) in self.marks])
        return plane_svg(self.network, self.window, merged=self.merged, marks=[(x, y) for x, y in self.marks])

    def tex(self) -> str:
        """TikZ with its colours; the preamble needs the package tikz."""
        if self.network.widths[0] == 1:
            drawn = line_tikz(self.network, marks=[x for (x,) in self.marks])
        else:
            drawn = plane(self.network, self.window, merged=self.merged, marks=[(x, y) for x, y in self.marks])
        colours = (rf"\providecolor{{{name}}}{{HTML}}{{{value}}}" for name, value in COLOURS)
        return "\n".join([r"% in the preamble: \usepackage{tikz}", *colours, drawn, ""])

    def save(self, path: str | Path) -> Path:
        """Write the file that the suffix names, .svg or .tex, whole or not at all."""
        path = Path(path)
        if path.suffix not in FORMATS:
            raise InvalidInput(f"a figure is written as {' or '.join(FORMATS)}; got '{path}'")
        write_whole(path, self.svg() if path.suffix == ".svg" else self.tex())
        return path

    def _repr_svg_(self) -> str:
        return self.svg()
