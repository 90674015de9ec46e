"""A ReLU network as circles in columns, with its weights on the lines; lines of weight zero are left out."""

from collections.abc import Iterator
from fractions import Fraction

from symnet import notation
from symnet.relu import ReluNetwork

COLUMN, ROW = 4.2, 1.35  # centimetres between layers and between units


def perceptron(network: ReluNetwork) -> str:
    """TikZ for a network small enough to read: positive weights solid, negative ones dashed, biases beside the unit."""
    lines = [
        r"\begin{tikzpicture}[unit/.style={circle,draw=forward,fill=lightforward,minimum size=9.5mm,inner sep=0pt,"
        r"font=\small},weight/.style={font=\scriptsize,fill=white,inner sep=1pt},"
        r"plus/.style={forward,-{Stealth[length=1.6mm]}},minus/.style={backward,dashed,-{Stealth[length=1.6mm]}}]"
    ]
    lines += [_unit(network, layer, i) for layer, width in enumerate(network.widths) for i in range(width)]
    lines += list(_edges(network))
    return "\n".join([*lines, r"\end{tikzpicture}"])


def _unit(network: ReluNetwork, layer: int, i: int) -> str:
    x, y = COLUMN * layer, _height(network.widths[layer], i)
    bias = network.layers[layer - 1][1][i] if layer else Fraction(0)
    label = rf",label={{[font=\scriptsize]below:${notation.latex(bias)}$}}" if bias else ""
    return rf"\node[unit{label}] ({layer}-{i}) at ({x:.2f},{y:.2f}) {{${notation.latex(unit(network, layer, i))}$}};"


def unit(network: ReluNetwork, layer: int, i: int) -> notation.Name:
    """x₁ for inputs, out₁ for outputs, m₁ for the units of a single hidden layer, else m₁₂ for unit 2 of layer 1."""
    last = len(network.widths) - 1
    if layer in (0, last):
        return notation.Name(f"{'out' if layer else 'x'}_{i + 1}")
    return notation.Name(f"m_{i + 1}" if last == 2 else f"m_{layer}_{i + 1}")


def _edges(network: ReluNetwork) -> Iterator[str]:
    for layer, (W, _) in enumerate(network.layers):
        for j in range(len(W[0])):
            outgoing = [i for i in range(len(W)) if W[i][j]]
            for k, i in enumerate(outgoing):
                place = 0.30 + 0.34 * (k / max(1, len(outgoing) - 1))  # labels of one unit at different distances
                w = W[i][j]
                style = "plus" if w > 0 else "minus"
                yield (
                    rf"\draw[{style}] ({layer}-{j}) -- node[weight,pos={place:.2f}]"
                    rf"{{${notation.latex(w)}$}} ({layer + 1}-{i});"
                )


def _height(width: int, i: int) -> float:
    spread = ROW * (1.6 if width <= 3 else 1.0)
    return spread * ((width - 1) / 2 - i)
