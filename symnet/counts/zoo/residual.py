"""Networks of residual blocks: what enters a block is added to what leaves it. Names are those of torchvision.

``symbolic=True`` makes resolution and width letters: H, and the c channels of the first block, of which others are
multiples. Letters for all widths would have to agree wherever branches meet.
"""

from typing import Any

from symnet.counts.architecture import Architecture
from symnet.counts.layers import Add, BatchNorm, Conv, Dropout, From, GlobalAvgPool, Input, Linear, MaxPool, ReLU, ReLU6
from symnet.counts.sizes import Size, size

Lines = list[tuple[Any, ...]]


def resnet18(symbolic: bool = False, resolution: Size = 224, width: Size = 64, classes: Size = 1000) -> Architecture:
    """ResNet-18 (He et al. 2016): two 3 × 3 convolutions a block."""
    return _resnet("ResNet-18", (2, 2, 2, 2), _basic, 1, *_sizes(symbolic, resolution, width), classes)


def resnet50(symbolic: bool = False, resolution: Size = 224, width: Size = 64, classes: Size = 1000) -> Architecture:
    """ResNet-50 with the stride in the 3 × 3 convolutions, as torchvision builds it (He et al. 2016, version 1.5)."""
    return _resnet("ResNet-50", (3, 4, 6, 3), _bottleneck, 4, *_sizes(symbolic, resolution, width), classes)


def _sizes(symbolic: bool, resolution: Size, width: Size) -> tuple[Any, Any]:
    return size("H" if symbolic else resolution, "resolution"), size("c" if symbolic else width, "width")


def _resnet(
    name: str, depths: Any, block: Any, expansion: int, resolution: Any, width: Any, classes: Size
) -> Architecture:
    layers: Lines = [
        ("input", Input(3, resolution, resolution)),
        ("conv1", Conv(width, 7, stride=2, padding=3, bias=False), BatchNorm(), ReLU()),
        ("maxpool", MaxPool(3, stride=2, padding=1)),
    ]
    arriving = width
    for stage, depth in enumerate(depths, start=1):
        for i in range(depth):
            inner, stride = width * 2 ** (stage - 1), 2 if i == 0 and stage > 1 else 1
            layers += _residual(f"layer{stage}.{i}", layers, block(inner, stride), arriving, inner * expansion, stride)
            arriving = inner * expansion
    return Architecture(name, [*layers, ("avgpool", GlobalAvgPool()), ("fc", Linear(classes))])


def _residual(name: str, before: Lines, convolutions: list[Any], c_in: Any, c_out: Any, stride: int) -> Lines:
    """A branch of convolutions, and a shortcut that fits its shape, added up."""
    entering = _leaving(before)
    lines: Lines = []
    for i, conv in enumerate(convolutions, start=1):
        last = i == len(convolutions)
        lines += [(f"{name}.conv{i}", conv, BatchNorm(), *(() if last else (ReLU(),)))]
    if c_in == c_out and stride == 1:
        return [*lines, (f"{name}.add", Add(entering), ReLU())]
    return [
        *lines,
        (f"{name}.shortcut", From(entering)),
        (f"{name}.downsample", Conv(c_out, 1, stride=stride, bias=False), BatchNorm()),
        (f"{name}.add", Add(_leaving(lines)), ReLU()),
    ]


def _leaving(lines: Lines) -> str:
    """The name of the last layer: ("conv1", Conv(…), ReLU()) ends with conv1_relu."""
    name, _, *then = lines[-1]
    return f"{name}_{type(then[-1]).__name__.lower()}" if then else name


def _basic(c: Any, stride: int) -> list[Any]:
    return [Conv(c, 3, stride=stride, padding=1, bias=False), Conv(c, 3, padding=1, bias=False)]


def _bottleneck(c: Any, stride: int) -> list[Any]:
    return [Conv(c, 1, bias=False), Conv(c, 3, stride=stride, padding=1, bias=False), Conv(4 * c, 1, bias=False)]


# ---------------------------------------------------------------------- MobileNetV2
_STAGES = ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1))


def mobilenet_v2(symbolic: bool = False, resolution: Size = 224, classes: Size = 1000) -> Architecture:
    """MobileNetV2 (Sandler et al. 2018): expand, convolve each channel by itself, project, and add what entered."""
    side = size("H" if symbolic else resolution, "resolution")
    layers: Lines = [
        ("input", Input(3, side, side)),
        ("features.0", Conv(32, 3, stride=2, padding=1, bias=False), BatchNorm(), ReLU6()),
    ]
    c_in, number = 32, 1
    for expansion, c_out, depth, first in _STAGES:
        for i in range(depth):
            stride = first if i == 0 else 1
            layers += _inverted(f"features.{number}", layers, c_in, c_out, expansion, stride)
            c_in, number = c_out, number + 1
    return Architecture("MobileNetV2", [
        *layers,
        (f"features.{number}", Conv(1280, 1, bias=False), BatchNorm(), ReLU6()),
        ("avgpool", GlobalAvgPool(), Dropout()),
        ("classifier", Linear(classes)),
    ])  # fmt: skip


def _inverted(name: str, before: Lines, c_in: int, c_out: int, expansion: int, stride: int) -> Lines:
    wide = c_in * expansion
    lines: Lines = [(f"{name}.expand", Conv(wide, 1, bias=False), BatchNorm(), ReLU6())] if expansion > 1 else []
    lines += [
        (f"{name}.depthwise", Conv(wide, 3, stride=stride, padding=1, groups=wide, bias=False), BatchNorm(), ReLU6()),
        (f"{name}.project", Conv(c_out, 1, bias=False), BatchNorm()),
    ]
    return [*lines, (f"{name}.add", Add(_leaving(before)))] if stride == 1 and c_in == c_out else lines
