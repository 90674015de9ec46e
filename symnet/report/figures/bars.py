"""Bars per layer, one panel for each quantity, with the exact value and the layer's share beside each bar."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from symnet import notation

PALETTE = ("forward", "backward", "proved")


@dataclass(frozen=True)
class Panel:
    """One quantity: its name, and its value for each layer in order."""

    title: str
    values: Mapping[str, int]


def bars(panels: Sequence[Panel], width: float = 4.6, row: float = 0.52) -> str:
    """pgfplots source: the panels side by side over the same layers; ``width`` and ``row`` in centimetres."""
    layers = list(panels[0].values)
    lines = [r"\begin{tikzpicture}"]
    for i, panel in enumerate(panels):
        lines += _panel(panel, layers, i, width, row)
    return "\n".join([*lines, r"\end{tikzpicture}"])


def _panel(panel: Panel, layers: Sequence[str], i: int, width: float, row: float) -> list[str]:
    total = sum(panel.values.values())
    largest = max(panel.values.values())
    height = row * (len(layers) + 1)
    ticks = ",".join(str(k) for k in range(len(layers)))
    names = ",".join(notation.escape(name) for name in layers) if i == 0 else ""
    options = (
        rf"at={{({i * (width + 3.2):.2f}cm,0)}},anchor=south west,scale only axis,"
        rf"width={width}cm,height={height:.2f}cm,xbar,bar width=6pt,xmin=0,xmax=1,"
        rf"ymin=-0.8,ymax={len(layers) - 0.2:.1f},y dir=reverse,"
        rf"ytick={{{ticks}}},yticklabels={{{names}}},xtick=\empty,axis x line=none,axis y line*=left,"
        rf"tick style={{draw=none}},yticklabel style={{font=\small}},clip=false,"
        rf"title={{\small {notation.escape(panel.title)}}},title style={{yshift=-1ex}}"
    )
    color = PALETTE[i % len(PALETTE)]
    points = " ".join(f"({panel.values[name] / largest * 0.98:.4f},{k})" for k, name in enumerate(layers))
    labels = [_label(panel.values[name], total, largest, k) for k, name in enumerate(layers)]
    plot = rf"\addplot[draw={color},fill={color}!55] coordinates {{{points}}};"
    return [rf"\begin{{axis}}[{options}]", plot, *labels, r"\end{axis}"]


def _label(value: int, total: int, largest: int, k: int) -> str:
    """The exact value and its share, just right of the bar's end."""
    text = rf"{notation.integer(value, 'latex')}\;({100 * value / total:.2f}\,\%)"
    return rf"\node[anchor=west,font=\scriptsize] at (axis cs:{value / largest * 0.98:.4f},{k}) {{${text}$}};"


def svg(panels: Sequence[Panel], width: int = 260, row: int = 24) -> str:
    """The same as SVG: panels side by side over the same layers."""
    layers = list(panels[0].values)
    height = row * (len(layers) + 1) + 10
    parts = [_svg_names(layers, row)]
    parts += [_svg_panel(panel, i, 80 + i * (width + 170), width, row) for i, panel in enumerate(panels)]
    total = 80 + len(panels) * (width + 170)
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{total}" height="{height}" font-family="sans-serif"'
        ' font-size="12">', *parts, "</svg>",
    ]) + "\n"  # fmt: skip


COLORS = ("#2b6cb0", "#c53030", "#2f855a")


def _svg_names(layers: Sequence[str], row: int) -> str:
    return "\n".join(f'<text x="70" y="{row * (k + 2) - 8}" text-anchor="end">{name}</text>'
                     for k, name in enumerate(layers))  # fmt: skip


def _svg_panel(panel: Panel, i: int, left: int, width: int, row: int) -> str:
    total, largest = sum(panel.values.values()), max(panel.values.values())
    lines = [f'<text x="{left}" y="{row - 8}" font-weight="bold">{panel.title}</text>']
    for k, value in enumerate(panel.values.values(), start=1):
        long, y = width * value / largest, row * k
        lines.append(f'<rect x="{left}" y="{y + 3}" width="{long:.1f}" height="{row - 8}" fill="{COLORS[i % 3]}"/>')
        lines.append(
            f'<text x="{left + long + 6:.1f}" y="{y + row - 8}">{value:,} ({100 * value / total:.2f} %)</text>'
        )
    return "\n".join(lines)
