"""Published classifiers through symnet.counts, one line of JSON for each: python sweep_models.py LIBRARY [NAME ...]

The parameters and connections that symnet states; beside them what torch says of the module itself: the elements of its
tensors, and FlopCounterMode's half count of a run on meta. Nothing has numbers, so nothing is large but the graph.
"""

import json
import re
import sys
import time
import warnings
from collections.abc import Iterator
from typing import Any

import torch

TIMM = """
beit_base_patch16_224 botnet26t_256 caformer_s18 cait_s24_224 coat_tiny coatnet_0_rw_224 convformer_s18 convit_small
convmixer_768_32 convnextv2_tiny crossvit_15_240 cspdarknet53 cspresnet50 davit_tiny deit3_small_patch16_224
densenet121 dla34 dpn68 edgenext_small efficientformer_l1 efficientformerv2_s0 efficientnetv2_rw_s efficientvit_b0
eva02_tiny_patch14_224 fastvit_t8 focalnet_tiny_srf gcresnet33ts gcvit_tiny gernet_s ghostnet_100 halonet26t
hardcorenas_a hgnet_tiny hrnet_w18 inception_next_tiny inception_resnet_v2 lambda_resnet26t lcnet_100 levit_128
maxvit_tiny_tf_224 mixer_s16_224 mobilenetv3_large_100 mobilenetv4_conv_small mobilevit_s mvitv2_tiny nasnetalarge
nf_resnet50 nfnet_f0 pit_s_224 poolformer_s12 pvt_v2_b0 regnetz_b16 repvgg_a0 res2net50_26w_4s resmlp_12_224
resnest50d rexnet_100 sequencer2d_s skresnet50 swinv2_tiny_window8_256 tinynet_a tiny_vit_5m_224 twins_svt_small
visformer_small vit_small_patch16_224 volo_d1_224 xception41 xcit_tiny_12_p16_224
""".split()  # noqa: SIM905 - a list of sixty names reads best as a paragraph


def stubbed() -> None:
    """Torchvision's compiled operators, declared and never called: a classifier uses none, and they may not load."""
    library = torch.library.Library("torchvision", "FRAGMENT")
    box = "Tensor input, Tensor rois, float spatial_scale, SymInt pooled_height, SymInt pooled_width"
    for schema in (
        "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
        "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
        f"roi_align({box}, int sampling_ratio, bool aligned) -> Tensor",
        f"qroi_align({box}, int sampling_ratio, bool aligned) -> Tensor",
        f"ps_roi_align({box}, int sampling_ratio) -> (Tensor, Tensor)",
        f"roi_pool({box}) -> (Tensor, Tensor)",
        f"ps_roi_pool({box}) -> (Tensor, Tensor)",
        "_roi_align_backward(Tensor grad) -> Tensor",
        "_ps_roi_align_backward(Tensor grad) -> Tensor",
        "_roi_pool_backward(Tensor grad) -> Tensor",
        "_ps_roi_pool_backward(Tensor grad) -> Tensor",
        "deform_conv2d(Tensor input) -> Tensor",
        "_deform_conv2d_backward(Tensor grad) -> Tensor",
    ):
        library.define(schema)
    stubbed.kept = library  # type: ignore[attr-defined] - a library that is let go takes its operators with it


def with_torchvision() -> None:
    """Import it, with its operators stubbed where they do not load."""
    try:
        import torchvision  # noqa: F401
    except RuntimeError:
        for name in [name for name in sys.modules if name.split(".")[0] == "torchvision"]:
            del sys.modules[name]
        stubbed()


def torchvision_models(wanted: list[str]) -> Iterator[tuple[str, Any, int]]:
    with_torchvision()
    from torchvision import models

    for name in wanted or models.list_models(module=models):
        size = 299 if name == "inception_v3" else 224
        yield name, lambda name=name: models.get_model(name, weights=None), size


def timm_models(wanted: list[str]) -> Iterator[tuple[str, Any, int]]:
    with_torchvision()
    import timm

    for name in wanted or TIMM:
        yield name, lambda name=name: timm.create_model(name, pretrained=False), 0


LIBRARIES = {"torchvision": torchvision_models, "timm": timm_models}


def made(make: Any) -> Any:
    """The module on meta; on the CPU where it computes with its weights while it is made."""
    try:
        with torch.device("meta"):
            return make()
    except (NotImplementedError, RuntimeError):
        return make()


def swept(make: Any, size: int) -> dict[str, Any]:
    import symnet as sn

    module = made(make)
    shape = (1, *(module.pretrained_cfg["input_size"] if not size else (3, size, size)))
    elements = sum(p.numel() for p in module.parameters())
    try:
        table = sn.count((module, shape))
    except sn.SymnetError as error:
        return {"elements": elements, "refused": str(error)}
    checks = [check.evidence for check in table.check()]
    return {
        "elements": elements,
        "parameters": int(table.total.parameters),
        "unused": sum(map(int, table.unused.values())),
        "connections": int(table.total.connections),
        "recount": int(checks[1]["torch has"]),
        "notes": [re.sub(r"\s+", " ", note) for note in table.notes],
    }


def main() -> None:
    warnings.simplefilter("ignore")
    library, *wanted = sys.argv[1:]
    for name, make, size in LIBRARIES[library](wanted):
        begun = time.perf_counter()
        try:
            found = swept(make, size)
        except Exception as error:  # a model raises anything; it is a line of the table
            found = {"failed": f"{type(error).__name__}: {str(error).splitlines()[0][:160] if str(error) else ''}"}
        print(json.dumps({"name": name, "seconds": time.perf_counter() - begun, **found}), flush=True)


if __name__ == "__main__":
    main()
