"""Networks of residual blocks: what enters a block is added to what leaves it. Names are those of torchvision.

``symbolic=True`` makes every size a letter. A stage has one inner width and one width at which its blocks meet, since
what is added must agree; its blocks share their kernel, and only its first has a stride.
"""

from typing import Any

from symnet.counts.architecture import Architecture
from symnet.counts.layers import (
    Add,
    BatchNorm,
    Conv,
    Dropout,
    From,
    GlobalAvgPool,
    Input,
    Linear,
    MaxPool,
    ReLU,
    ReLU6,
)
from symnet.counts.sizes import Size
from symnet.counts.zoo.letters import Sizes

Lines = list[tuple[Any, ...]]


def resnet18(symbolic: bool = False, resolution: Size = 224, width: Size = 64, classes: Size = 1000) -> Architecture:
    """ResNet-18 (He et al. 2016): two 3 × 3 convolutions a block.

    Letters: H; c stem width; per stage i: c_i width, s_i stride, kernel 2p_i + 1.
    """
    return _resnet("ResNet-18", (2, 2, 2, 2), False, Sizes(symbolic), resolution, width, classes)


def resnet50(symbolic: bool = False, resolution: Size = 224, width: Size = 64, classes: Size = 1000) -> Architecture:
    """ResNet-50 with the stride in the 3 × 3 convolutions, as torchvision builds it (He et al. 2016, version 1.5).

    Letters: H; c stem width; per stage i: c_i inner width, d_i width where blocks meet, s_i stride, kernel 2p_i + 1.
    """
    return _resnet("ResNet-50", (3, 4, 6, 3), True, Sizes(symbolic), resolution, width, classes)


def _resnet(
    name: str, depths: Any, narrow: bool, sizes: Sizes, resolution: Size, width: Size, classes: Size
) -> Architecture:
    """``narrow``: three convolutions through a quarter of the channels; else two of equal width."""
    H, c = sizes("H", resolution), sizes("c", width)
    base = width if isinstance(width, int) else c
    layers: Lines = [
        ("input", Input(sizes("c_0", 3), H, H)),
        ("conv1", Conv(c, sizes("k", 7), stride=sizes("s", 2), padding=sizes("p", 3), bias=False), BatchNorm(), ReLU()),
        ("maxpool", MaxPool(sizes("q", 3), stride=sizes("t", 2), padding=sizes("r", 1))),
    ]
    for stage, depth in enumerate(depths, start=1):
        fits = stage == 1 and not narrow  # the stem's width is the first stage's
        inner = c if fits else sizes(f"c_{stage}", base * 2 ** (stage - 1))
        leaving = sizes(f"d_{stage}", 4 * base * 2 ** (stage - 1)) if narrow else inner
        same = sizes.same(f"p_{stage}", 3)
        for i in range(depth):
            stride = sizes(f"s_{stage}", 2) if i == 0 and stage > 1 else 1
            block = _bottleneck(inner, leaving, stride, same) if narrow else _basic(inner, stride, same)
            changes = i == 0 and not fits
            layers += _residual(f"layer{stage}.{i}", layers, block, Conv(leaving, 1, stride=stride, bias=False)
                                if changes else None)  # fmt: skip
    layers += [("avgpool", GlobalAvgPool()), ("fc", Linear(sizes("n", classes)))]
    return Architecture(name, layers, sizes.numbers)


def _residual(name: str, before: Lines, convolutions: list[Any], shortcut: Any) -> Lines:
    """A branch of convolutions, and what entered, led through a convolution where its shape has to change, added up."""
    entering = _leaving(before)
    *firsts, last = ((f"{name}.conv{i}", conv, BatchNorm()) for i, conv in enumerate(convolutions, start=1))
    lines: Lines = [*((*line, ReLU()) for line in firsts), last]
    if shortcut is None:
        return [*lines, (f"{name}.add", Add(entering), ReLU())]
    return [
        *lines,
        (f"{name}.shortcut", From(entering)),
        (f"{name}.downsample", shortcut, BatchNorm()),
        (f"{name}.add", Add(_leaving(lines)), ReLU()),
    ]


def _leaving(lines: Lines) -> str:
    """The name of the last layer: ("conv1", Conv(…), ReLU()) ends with conv1_relu."""
    name, _, *then = lines[-1]
    return f"{name}_{type(then[-1]).__name__.lower()}" if then else name


def _basic(c: Any, stride: Any, same: dict[str, Any]) -> list[Any]:
    return [Conv(c, **same, stride=stride, bias=False), Conv(c, **same, bias=False)]


def _bottleneck(c: Any, leaving: Any, stride: Any, same: dict[str, Any]) -> list[Any]:
    return [Conv(c, 1, bias=False), Conv(c, **same, stride=stride, bias=False), Conv(leaving, 1, bias=False)]


# ---------------------------------------------------------------------- MobileNetV2
_STAGES = ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1))


def mobilenet_v2(symbolic: bool = False, resolution: Size = 224, classes: Size = 1000) -> Architecture:
    """MobileNetV2 (Sandler et al. 2018): expand, convolve each channel by itself, project, and add what entered.

    Letters: H; c stem width; per stage i: c_i width, s_i stride, kernel 2p_i + 1, and the widths at which each channel
    is convolved by itself, a_i in its first block and b_i in the others.
    """
    sizes = Sizes(symbolic)
    H, c = sizes("H", resolution), sizes("c", 32)
    layers: Lines = [
        ("input", Input(sizes("c_0", 3), H, H)),
        ("features.0", Conv(c, **sizes.same("p", 3), stride=sizes("s", 2), bias=False), BatchNorm(), ReLU6()),
    ]
    arriving, number = 32, 1
    for stage, (expansion, c_out, depth, first) in enumerate(_STAGES, start=1):
        leaving, same = sizes(f"c_{stage}", c_out), sizes.same(f"p_{stage}", 3)
        for i in range(depth):
            wide = sizes(f"{'b' if i else 'a'}_{stage}", arriving * expansion) if expansion > 1 else c
            stride = sizes(f"s_{stage}", first) if i == 0 and first > 1 else 1
            block = _inverted(f"features.{number}", wide, leaving, expansion > 1, stride, same)
            residual = [(f"features.{number}.add", Add(_leaving(layers)))] if i > 0 else []
            layers += [*block, *residual]
            arriving, number = c_out, number + 1
    return Architecture("MobileNetV2", [
        *layers,
        (f"features.{number}", Conv(sizes("c_8", 1280), 1, bias=False), BatchNorm(), ReLU6()),
        ("avgpool", GlobalAvgPool(), Dropout()),
        ("classifier", Linear(sizes("n", classes))),
    ], sizes.numbers)  # fmt: skip


def _inverted(name: str, wide: Any, leaving: Any, expands: bool, stride: Any, same: dict[str, Any]) -> Lines:
    expand: Lines = [(f"{name}.expand", Conv(wide, 1, bias=False), BatchNorm(), ReLU6())] if expands else []
    return [
        *expand,
        (f"{name}.depthwise", Conv(wide, **same, stride=stride, groups=wide, bias=False), BatchNorm(), ReLU6()),
        (f"{name}.project", Conv(leaving, 1, bias=False), BatchNorm()),
    ]
