"""The counted networks in plain torch, as their papers have them; every layer is a module of its own."""

from typing import Any

import torch
from torch import nn
from torch.nn.functional import scaled_dot_product_attention


def alexnet() -> nn.Module:
    """On two GPUs: conv2, conv4 and conv5 in two groups."""
    return nn.Sequential(
        nn.Conv2d(3, 96, 11, stride=4, padding=2), nn.ReLU(), nn.MaxPool2d(3, 2),
        nn.Conv2d(96, 256, 5, padding=2, groups=2), nn.ReLU(), nn.MaxPool2d(3, 2),
        nn.Conv2d(256, 384, 3, padding=1), nn.ReLU(),
        nn.Conv2d(384, 384, 3, padding=1, groups=2), nn.ReLU(),
        nn.Conv2d(384, 256, 3, padding=1, groups=2), nn.ReLU(), nn.MaxPool2d(3, 2), nn.Flatten(),
        nn.Linear(9216, 4096), nn.ReLU(), nn.Linear(4096, 4096), nn.ReLU(), nn.Linear(4096, 1000),
    )  # fmt: skip


def vgg16() -> nn.Module:
    """Configuration D, with an adaptive pool before the head."""
    layers: list[nn.Module] = []
    arriving = 3
    for channels, depth in ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3)):
        for _ in range(depth):
            layers += [nn.Conv2d(arriving, channels, 3, padding=1), nn.ReLU()]
            arriving = channels
        layers += [nn.MaxPool2d(2, 2)]
    head = [nn.Linear(25088, 4096), nn.ReLU(), nn.Linear(4096, 4096), nn.ReLU(), nn.Linear(4096, 1000)]
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(7), nn.Flatten(), *head)


class Bottleneck(nn.Module):
    """1 × 1, 3 × 3 and 1 × 1 convolutions, added to what entered."""

    def __init__(self, arriving: int, inner: int, stride: int) -> None:
        super().__init__()
        leaving = 4 * inner
        self.branch = nn.Sequential(
            nn.Conv2d(arriving, inner, 1, bias=False), nn.BatchNorm2d(inner), nn.ReLU(),
            nn.Conv2d(inner, inner, 3, stride=stride, padding=1, bias=False), nn.BatchNorm2d(inner), nn.ReLU(),
            nn.Conv2d(inner, leaving, 1, bias=False), nn.BatchNorm2d(leaving),
        )  # fmt: skip
        fitted = (nn.Conv2d(arriving, leaving, 1, stride=stride, bias=False), nn.BatchNorm2d(leaving))
        self.shortcut = nn.Sequential(*(fitted if arriving != leaving or stride != 1 else ()))
        self.relu = nn.ReLU()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.relu(self.branch(x) + self.shortcut(x))


def resnet50() -> nn.Module:
    """With the stride in the 3 × 3 convolutions."""
    layers: list[nn.Module] = [nn.Conv2d(3, 64, 7, stride=2, padding=3, bias=False), nn.BatchNorm2d(64), nn.ReLU(),
                               nn.MaxPool2d(3, 2, padding=1)]  # fmt: skip
    arriving = 64
    for inner, depth, stride in ((64, 3, 1), (128, 4, 2), (256, 6, 2), (512, 3, 2)):
        for i in range(depth):
            layers += [Bottleneck(arriving, inner, stride if i == 0 else 1)]
            arriving = 4 * inner
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(2048, 1000))


class Block(nn.Module):
    """Attention and a hidden layer, each behind a norm and added to what entered."""

    def __init__(self, width: int = 768, heads: int = 12, causal: bool = False) -> None:
        super().__init__()
        self.heads, self.causal = heads, causal
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.up, self.gelu, self.down = nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        batch, tokens, width = x.shape
        split = self.qkv(self.norm1(x)).reshape(batch, tokens, 3, self.heads, width // self.heads)
        q, k, v = split.permute(2, 0, 3, 1, 4).unbind(0)
        met = scaled_dot_product_attention(q, k, v, is_causal=self.causal)
        x = x + self.out(met.transpose(1, 2).reshape(batch, tokens, width))
        return x + self.down(self.gelu(self.up(self.norm2(x))))


class VisionTransformer(nn.Module):
    """ViT-B/16: patches, a class token, positions, 12 blocks."""

    def __init__(self, width: int = 768) -> None:
        super().__init__()
        self.patches = nn.Conv2d(3, width, 16, stride=16)
        self.token = nn.Parameter(torch.zeros(1, 1, width))
        self.positions = nn.Parameter(torch.zeros(1, 197, width))
        self.blocks = nn.Sequential(*(Block(width) for _ in range(12)))
        self.norm, self.head = nn.LayerNorm(width), nn.Linear(width, 1000)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        tokens = self.patches(x).flatten(2).transpose(1, 2)
        tokens = torch.cat([self.token.expand(len(x), -1, -1), tokens], dim=1) + self.positions
        return self.head(self.norm(self.blocks(tokens))[:, 0])


class GPT2(nn.Module):
    """GPT-2 small: the head shares the table of words."""

    def __init__(self, width: int = 768) -> None:
        super().__init__()
        self.words, self.positions = nn.Embedding(50257, width), nn.Embedding(1024, width)
        self.blocks = nn.Sequential(*(Block(width, causal=True) for _ in range(12)))
        self.norm, self.head = nn.LayerNorm(width), nn.Linear(width, 50257, bias=False)
        self.head.weight = self.words.weight

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        places = torch.arange(x.shape[1], device=x.device)
        return self.head(self.norm(self.blocks(self.words(x) + self.positions(places))))


MODELS = {"alexnet": alexnet, "vgg16": vgg16, "resnet50": resnet50, "vit_b16": VisionTransformer, "gpt2_small": GPT2}


def build(question: dict[str, Any]) -> tuple[nn.Module, torch.Tensor]:
    """The network at test time and one image on the CPU, or one text of 256 words without numbers, on meta."""
    words = question["network"] == "gpt2_small"
    with torch.device(question.get("device", "meta" if words else "cpu")):
        module = MODELS[question["network"]]().eval()
        return module, torch.zeros(1, 256, dtype=torch.int64) if words else torch.zeros(1, 3, 224, 224)
