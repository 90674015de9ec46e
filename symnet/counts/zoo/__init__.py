"""Architectures everybody knows, layer by layer, each with the totals that were published for it and where."""

from collections.abc import Callable
from dataclasses import dataclass

from symnet.counts.architecture import Architecture
from symnet.counts.zoo.branched import googlenet as googlenet
from symnet.counts.zoo.branched import squeezenet1_0 as squeezenet1_0
from symnet.counts.zoo.branched import squeezenet1_1 as squeezenet1_1
from symnet.counts.zoo.classics import alexnet as alexnet
from symnet.counts.zoo.classics import lenet5 as lenet5
from symnet.counts.zoo.classics import vgg16 as vgg16
from symnet.counts.zoo.residual import mobilenet_v2 as mobilenet_v2
from symnet.counts.zoo.residual import resnet18 as resnet18
from symnet.counts.zoo.residual import resnet50 as resnet50
from symnet.counts.zoo.transformers import gpt2_small as gpt2_small
from symnet.counts.zoo.transformers import llama_block as llama_block
from symnet.counts.zoo.transformers import vit_b16 as vit_b16


@dataclass(frozen=True)
class Published:
    """Totals that others state: parameters, connections where they are stated exactly, and the source of both."""

    parameters: int
    connections: int | None
    source: str


_TORCHVISION = "torchvision 0.28, metadata of the weights: num_params, and _ops to three digits; exact: sum over layers"
PUBLISHED: dict[str, Published] = {
    "alexnet": Published(60_965_224, 724_406_816, "Caffe's bvlc_alexnet; the paper says 60 million"),
    "lenet5": Published(61_706, None, "LeCun et al. 1998, with all connections of C3"),
    "vgg16": Published(138_357_544, 15_470_264_320, _TORCHVISION),
    "resnet18": Published(11_689_512, None, _TORCHVISION),
    "resnet50": Published(25_557_032, 4_089_184_256, _TORCHVISION),
    "googlenet": Published(6_624_904, None, _TORCHVISION),
    "squeezenet1_0": Published(1_248_424, None, _TORCHVISION),
    "squeezenet1_1": Published(1_235_496, None, _TORCHVISION),
    "mobilenet_v2": Published(3_504_872, None, _TORCHVISION),
    "vit_b16": Published(86_567_656, 17_563_828_224, _TORCHVISION),
    "gpt2_small": Published(
        124_439_808, None, "Radford et al. 2019, the released checkpoint; the paper's 117M is an error"
    ),
    "llama_block": Published(218_112_000, None, "Llama 3 8B: 32 such blocks and two tables are its 8,030,261,248"),
}

ZOO: dict[str, Callable[..., Architecture]] = {
    "alexnet": alexnet, "lenet5": lenet5, "vgg16": vgg16, "resnet18": resnet18, "resnet50": resnet50,
    "googlenet": googlenet, "squeezenet1_0": squeezenet1_0, "squeezenet1_1": squeezenet1_1,
    "mobilenet_v2": mobilenet_v2, "vit_b16": vit_b16, "gpt2_small": gpt2_small, "llama_block": llama_block,
}  # fmt: skip
