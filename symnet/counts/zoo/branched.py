"""Networks whose blocks stack the channels of several branches: GoogLeNet and SqueezeNet.

``symbolic=True`` makes the resolution a letter, H. Names are those of torchvision.
"""

from typing import Any

from symnet.counts.architecture import Architecture
from symnet.counts.layers import (
    BatchNorm,
    Concat,
    Conv,
    Dropout,
    Flatten,
    From,
    GlobalAvgPool,
    Input,
    Linear,
    MaxPoolCeil,
    ReLU,
)
from symnet.counts.sizes import Size, size

Lines = list[tuple[Any, ...]]
# name -> 1 × 1; reduced and 3 × 3; reduced and the third branch; after the pool (Szegedy et al. 2015, table 1)
_INCEPTIONS = {
    "3a": (64, 96, 128, 16, 32, 32), "3b": (128, 128, 192, 32, 96, 64),
    "4a": (192, 96, 208, 16, 48, 64), "4b": (160, 112, 224, 24, 64, 64), "4c": (128, 128, 256, 24, 64, 64),
    "4d": (112, 144, 288, 32, 64, 64), "4e": (256, 160, 320, 32, 128, 128),
    "5a": (256, 160, 320, 32, 128, 128), "5b": (384, 192, 384, 48, 128, 128),
}  # fmt: skip
_POOL_BEFORE = {"3a": ("maxpool2", 3), "4a": ("maxpool3", 3), "5a": ("maxpool4", 2)}


def googlenet(symbolic: bool = False, resolution: Size = 224, classes: Size = 1000) -> Architecture:
    """GoogLeNet as torchvision builds it: batch norms, 3 × 3 where the paper has 5 × 5, no auxiliary heads."""
    side = size("H" if symbolic else resolution, "resolution")
    layers: Lines = [
        ("input", Input(3, side, side)),
        _unit("conv1", 64, 7, stride=2, padding=3),
        ("maxpool1", MaxPoolCeil(3, stride=2)),
        _unit("conv2", 64, 1),
        _unit("conv3", 192, 3, padding=1),
    ]
    for name, widths in _INCEPTIONS.items():
        if name in _POOL_BEFORE:
            pool, window = _POOL_BEFORE[name]
            layers += [(pool, MaxPoolCeil(window, stride=2))]
        layers += _inception(f"inception{name}", _leaving(layers), widths)
    return Architecture("GoogLeNet", [*layers, ("avgpool", GlobalAvgPool(), Dropout()), ("fc", Linear(classes))])


def _unit(name: str, *sizes: int, **more: int) -> tuple[Any, ...]:
    return (name, Conv(*sizes, **more, bias=False), BatchNorm(), ReLU())


def _inception(name: str, entering: str, widths: tuple[int, ...]) -> Lines:
    one, reduce3, three, reduce5, five, pooled = widths
    return [
        _unit(f"{name}.branch1", one, 1),
        (f"{name}.from2", From(entering)),
        _unit(f"{name}.branch2.0", reduce3, 1),
        _unit(f"{name}.branch2.1", three, 3, padding=1),
        (f"{name}.from3", From(entering)),
        _unit(f"{name}.branch3.0", reduce5, 1),
        _unit(f"{name}.branch3.1", five, 3, padding=1),
        (f"{name}.from4", From(entering)),
        (f"{name}.branch4.0", MaxPoolCeil(3, stride=1, padding=1)),
        _unit(f"{name}.branch4.1", pooled, 1),
        (name, Concat(tuple(f"{name}.{branch}_relu" for branch in ("branch1", "branch2.1", "branch3.1")))),
    ]


def _leaving(lines: Lines) -> str:
    name, _, *then = lines[-1]
    return f"{name}_{type(then[-1]).__name__.lower()}" if then else name


# ---------------------------------------------------------------------- SqueezeNet
_FIRES = ((16, 64), (16, 64), (32, 128), (32, 128), (48, 192), (48, 192), (64, 256), (64, 256))


def squeezenet1_0(symbolic: bool = False, resolution: Size = 224, classes: Size = 1000) -> Architecture:
    """SqueezeNet 1.0 (Iandola et al. 2016): pools after the stem, the third and the seventh fire module."""
    return _squeezenet("SqueezeNet 1.0", symbolic, resolution, classes, stem=(96, 7), pools=(4, 8))


def squeezenet1_1(symbolic: bool = False, resolution: Size = 224, classes: Size = 1000) -> Architecture:
    """SqueezeNet 1.1: a smaller stem and earlier pools, 2.4 times fewer connections (its README)."""
    return _squeezenet("SqueezeNet 1.1", symbolic, resolution, classes, stem=(64, 3), pools=(3, 5))


def _squeezenet(
    title: str, symbolic: bool, resolution: Size, classes: Size, stem: tuple[int, int], pools: tuple[int, int]
) -> Architecture:
    """``pools``: the numbers of the fire modules before which a pool stands halfway, fire2 to fire9."""
    side = size("H" if symbolic else resolution, "resolution")
    layers: Lines = [("input", Input(3, side, side)), ("conv1", Conv(*stem, stride=2), ReLU()),
                     ("pool1", MaxPoolCeil(3, stride=2))]  # fmt: skip
    for number, (squeeze, expand) in enumerate(_FIRES, start=2):
        layers += _fire(f"fire{number}", squeeze, expand)
        if number in pools:
            layers += [(f"pool{number}", MaxPoolCeil(3, stride=2))]
    return Architecture(title, [
        *layers, ("drop", Dropout()), ("conv10", Conv(classes, 1), ReLU()), ("avgpool", GlobalAvgPool()),
        ("flatten", Flatten()),
    ])  # fmt: skip


def _fire(name: str, squeeze: int, expand: int) -> Lines:
    return [
        (f"{name}.squeeze", Conv(squeeze, 1), ReLU()),
        (f"{name}.expand1x1", Conv(expand, 1), ReLU()),
        (f"{name}.from", From(f"{name}.squeeze_relu")),
        (f"{name}.expand3x3", Conv(expand, 3, padding=1), ReLU()),
        (name, Concat(f"{name}.expand1x1_relu")),
    ]
