"""Networks whose blocks stack the channels of several branches: GoogLeNet and SqueezeNet.

``symbolic=True`` makes every size a letter; kernels within a block are 2p + 1, so that its branches meet in equal
shapes. Names are those of torchvision.
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
from symnet.counts.sizes import Size
from symnet.counts.zoo.letters import Sizes

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
    """GoogLeNet as torchvision builds it: batch norms, 3 × 3 where the paper has 5 × 5, no auxiliary heads.

    Letters: H; c_i, k_1, s_1, p_1 of the first convolutions; of inception 3a, … : a_3a of the 1 × 1, b_3a and c_3a of
    the reduced 3 × 3, d_3a and e_3a of the second such branch, f_3a after the pool; q_i, t_i of the pools.
    """
    sizes = Sizes(symbolic)
    H = sizes("H", resolution)
    layers: Lines = [
        ("input", Input(sizes("c_0", 3), H, H)),
        _unit("conv1", sizes("c_1", 64), sizes("k_1", 7), stride=sizes("s_1", 2), padding=sizes("p_1", 3)),
        ("maxpool1", _halving(sizes, 1)),
        _unit("conv2", sizes("c_2", 64), 1),
        _unit("conv3", sizes("c_3", 192), **sizes.same("p_3", 3)),
    ]
    for name, widths in _INCEPTIONS.items():
        if name in _POOL_BEFORE:
            pool, window = _POOL_BEFORE[name]
            layers += [(pool, _halving(sizes, int(pool[-1]), window))]
        letters = [sizes(f"{branch}_{name}", width) for branch, width in zip("abcdef", widths, strict=True)]
        layers += _inception(f"inception{name}", _leaving(layers), letters, sizes)
    return Architecture("GoogLeNet", [
        *layers, ("avgpool", GlobalAvgPool(), Dropout()), ("fc", Linear(sizes("n", classes))),
    ], sizes.numbers)  # fmt: skip


def _halving(sizes: Sizes, number: int, window: int = 3) -> MaxPoolCeil:
    return MaxPoolCeil(sizes(f"q_{number}", window), stride=sizes(f"t_{number}", 2))


def _unit(name: str, *given: Any, **more: Any) -> tuple[Any, ...]:
    return (name, Conv(*given, **more, bias=False), BatchNorm(), ReLU())


def _inception(name: str, entering: str, widths: list[Any], sizes: Sizes) -> Lines:
    one, reduce3, three, reduce5, five, pooled = widths
    block = name.removeprefix("inception")
    r = sizes(f"r_{block}", 1)
    return [
        _unit(f"{name}.branch1", one, 1),
        (f"{name}.from2", From(entering)),
        _unit(f"{name}.branch2.0", reduce3, 1),
        _unit(f"{name}.branch2.1", three, **sizes.same(f"p_{block}", 3)),
        (f"{name}.from3", From(entering)),
        _unit(f"{name}.branch3.0", reduce5, 1),
        _unit(f"{name}.branch3.1", five, **sizes.same(f"u_{block}", 3)),
        (f"{name}.from4", From(entering)),
        (f"{name}.branch4.0", MaxPoolCeil(2 * r + 1, stride=1, padding=r)),
        _unit(f"{name}.branch4.1", pooled, 1),
        (name, Concat(tuple(f"{name}.{branch}_relu" for branch in ("branch1", "branch2.1", "branch3.1")))),
    ]


def _leaving(lines: Lines) -> str:
    name, _, *then = lines[-1]
    return f"{name}_{type(then[-1]).__name__.lower()}" if then else name


# ---------------------------------------------------------------------- SqueezeNet
_FIRES = ((16, 64), (16, 64), (32, 128), (32, 128), (48, 192), (48, 192), (64, 256), (64, 256))


def squeezenet1_0(symbolic: bool = False, resolution: Size = 224, classes: Size = 1000) -> Architecture:
    """SqueezeNet 1.0 (Iandola et al. 2016): pools after the stem, the third and the seventh fire module.

    Letters: H; c_1, k_1, s_1 of the stem; of fire module i: c_i squeezed, a_i and b_i expanded, kernel 2p_i + 1; q_i,
    t_i of the pools.
    """
    return _squeezenet("SqueezeNet 1.0", Sizes(symbolic), resolution, classes, stem=(96, 7), pools=(4, 8))


def squeezenet1_1(symbolic: bool = False, resolution: Size = 224, classes: Size = 1000) -> Architecture:
    """SqueezeNet 1.1: a smaller stem and earlier pools, 2.4 times fewer connections (its README)."""
    return _squeezenet("SqueezeNet 1.1", Sizes(symbolic), resolution, classes, stem=(64, 3), pools=(3, 5))


def _squeezenet(
    title: str, sizes: Sizes, resolution: Size, classes: Size, stem: tuple[int, int], pools: tuple[int, int]
) -> Architecture:
    """``pools``: the numbers of the fire modules before which a pool stands halfway, fire2 to fire9."""
    H, (width, kernel) = sizes("H", resolution), stem
    conv1 = Conv(sizes("c_1", width), sizes("k_1", kernel), stride=sizes("s_1", 2))
    layers: Lines = [("input", Input(sizes("c_0", 3), H, H)), ("conv1", conv1, ReLU()), ("pool1", _halving(sizes, 1))]
    for number, (squeeze, expand) in enumerate(_FIRES, start=2):
        layers += _fire(f"fire{number}", number, squeeze, expand, sizes)
        if number in pools:
            layers += [(f"pool{number}", _halving(sizes, number))]
    return Architecture(title, [
        *layers, ("drop", Dropout()), ("conv10", Conv(sizes("n", classes), 1), ReLU()), ("avgpool", GlobalAvgPool()),
        ("flatten", Flatten()),
    ], sizes.numbers)  # fmt: skip


def _fire(name: str, i: int, squeeze: int, expand: int, sizes: Sizes) -> Lines:
    return [
        (f"{name}.squeeze", Conv(sizes(f"c_{i}", squeeze), 1), ReLU()),
        (f"{name}.expand1x1", Conv(sizes(f"a_{i}", expand), 1), ReLU()),
        (f"{name}.from", From(f"{name}.squeeze_relu")),
        (f"{name}.expand3x3", Conv(sizes(f"b_{i}", expand), **sizes.same(f"p_{i}", 3)), ReLU()),
        (name, Concat(f"{name}.expand1x1_relu")),
    ]
