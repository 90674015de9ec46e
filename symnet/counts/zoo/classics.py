"""The networks of chains of layers: AlexNet, LeNet-5, VGG-16.

ReLU has no weights and no connections: it stands behind its layer, and tables leave it out, as the papers' do.
Dropout and response normalisation are left out here too.
"""

from symnet.counts.architecture import Architecture
from symnet.counts.layers import AdaptiveAvgPool, AvgPool, Conv, Input, Linear, LocalResponseNorm, MaxPool, ReLU
from symnet.counts.sizes import Size


def alexnet(
    symbolic: bool = False,
    groups: Size = 2,
    resolution: Size = 224,
    classes: Size = 1000,
    response_norm: bool = False,
) -> Architecture:
    """AlexNet on two GPUs: conv2, conv4 and conv5 see only the maps of their own GPU (Krizhevsky et al. 2012).

    The paper's 224 × 224 input needs padding 2 in conv1 for its 55 × 55 maps. ``groups=1`` is one GPU;
    ``response_norm=True`` puts the paper's normalisation, without weights or connections, after conv1 and conv2.
    ``symbolic=True`` makes every size, group, stride and padding a letter; ``.sizes`` keeps the numbers.
    """
    normed = (LocalResponseNorm(5),) if response_norm else ()
    network = Architecture("AlexNet", [
        ("input", Input(3, resolution, resolution)),
        ("conv1", Conv(96, 11, stride=4, padding=2), ReLU(), *normed),
        ("pool1", MaxPool(3, stride=2)),
        ("conv2", Conv(256, 5, padding=2, groups=groups), ReLU(), *normed),
        ("pool2", MaxPool(3, stride=2)),
        ("conv3", Conv(384, 3, padding=1), ReLU()),
        ("conv4", Conv(384, 3, padding=1, groups=groups), ReLU()),
        ("conv5", Conv(256, 3, padding=1, groups=groups), ReLU()),
        ("pool5", MaxPool(3, stride=2)),
        ("fc6", Linear(4096), ReLU()),
        ("fc7", Linear(4096), ReLU()),
        ("fc8", Linear(classes)),
    ])  # fmt: skip
    return network.symbolic() if symbolic else network


def lenet5(symbolic: bool = False) -> Architecture:
    """LeNet-5 in its usual modern form: every map of conv3 sees all six pooled maps (LeCun et al. 1998 drop some)."""
    network = Architecture("LeNet-5", [
        ("input", Input(1, 32, 32)),
        ("conv1", Conv(6, 5), ReLU()),
        ("pool2", AvgPool(2, stride=2)),
        ("conv3", Conv(16, 5), ReLU()),
        ("pool4", AvgPool(2, stride=2)),
        ("fc5", Linear(120), ReLU()),
        ("fc6", Linear(84), ReLU()),
        ("fc7", Linear(10)),
    ])  # fmt: skip
    return network.symbolic() if symbolic else network


def vgg16(symbolic: bool = False, adaptive_pool: bool = False) -> Architecture:
    """VGG-16, configuration D of Simonyan and Zisserman 2015; torchvision's has an adaptive pool before the head."""
    layers: list = [("input", Input(3, 224, 224))]
    for block, (channels, depth) in enumerate([(64, 2), (128, 2), (256, 3), (512, 3), (512, 3)], start=1):
        layers += [(f"conv{block}_{i}", Conv(channels, 3, padding=1), ReLU()) for i in range(1, depth + 1)]
        layers += [(f"pool{block}", MaxPool(2, stride=2))]
    layers += [("adaptive_pool", AdaptiveAvgPool(7))] if adaptive_pool else []
    layers += [("fc6", Linear(4096), ReLU()), ("fc7", Linear(4096), ReLU()), ("fc8", Linear(1000))]
    network = Architecture("VGG-16", layers)
    return network.symbolic() if symbolic else network
