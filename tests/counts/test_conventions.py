"""Every total that was measured with another tool is the sum of its terms, as an exact integer."""

import doctest

import pytest
import sympy as sp

from symnet.counts import CONVENTIONS, alexnet, count, googlenet, gpt2_small, resnet18, resnet50, vgg16, vit_b16
from symnet.counts.conventions import terms
from symnet.counts.conventions import tools as conventions
from symnet.errors import InvalidInput, NotSupported

# 3 × 224 × 224, padding 2, two groups; measured in fresh processes with the versions that the records name
ALEXNET = {
    "fvcore": 724_406_816, "thop": 724_406_816, "torchprofile": 724_406_816, "calflops": 724_406_816,
    "torchscan": 724_651_744, "torchinfo": 725_066_088, "ptflops-aten": 725_066_088, "flopth": 726_235_456,
    "torch-pruning": 726_244_648, "onnx-tool": 726_826_536, "ptflops": 727_423_208,
    "FlopCounterMode": 1_448_813_632, "calflops-flops": 1_450_642_272,
}  # fmt: skip
NORMED = {"torchprofile": 725_837_888, "ptflops": 729_346_320, "calflops-flops": 1_452_565_384, "fvcore": 724_406_816,
          "thop": 724_406_816, "torchinfo": 725_066_088, "torchscan": 724_651_744}  # fmt: skip
VGG = {
    "torchinfo": 15_483_821_032, "fvcore": 15_470_289_408, "thop": 15_470_314_496, "ptflops": 15_523_225_576,
    "ptflops-aten": 15_483_821_032, "calflops": 15_470_264_320, "FlopCounterMode": 2 * 15_470_264_320,
    "torchprofile": 15_470_289_408, "torch-pruning": 15_503_523_304, "onnx-tool": 15_503_523_304,
    "FlopCounterMode-cpu": 2 * 15_470_264_320,
}  # fmt: skip
RESNET = {
    "flopth-torchvision": 4_118_637_568, "flopth": 4_121_924_096,
    "torchinfo": 4_089_238_376, "fvcore": 4_111_512_576, "thop": 4_133_742_592, "ptflops": 4_132_436_968,
    "ptflops-aten": 4_089_185_256, "calflops": 4_089_184_256, "FlopCounterMode": 2 * 4_089_184_256,
    "FlopCounterMode-cpu": 2 * 4_089_184_256, "torchprofile": 4_100_300_288, "torchscan": 4_111_916_032,
    "torch-pruning": 4_121_925_096, "onnx-tool": 4_117_342_184,
}  # fmt: skip
VIT = {
    "torchinfo": 201_581_032, "fvcore": 16_867_412_736, "ptflops-aten": 16_864_992_232, "calflops": 16_848_500_736,
    "FlopCounterMode": 2 * 17_563_828_224, "FlopCounterMode-cpu": 2 * 16_848_500_736,
    "torchprofile": 17_567_610_624, "torchscan": 16_848_500_736, "flopth": 129_431_472,
    "thop-timm": 16_848_500_736, "ptflops-timm": 12_017_610_232, "torch-pruning-timm": 17_585_954_296,
    "thop": 16_863_630_336, "ptflops": 16_883_299_048, "torch-pruning": 16_863_562_216,
}  # fmt: skip
GPT = {
    "fvcore": 31_648_776_192, "thop": 31_643_860_992, "ptflops-aten": 31_645_433_856, "calflops": 31_624_200_192,
    "FlopCounterMode": 65_664_319_488, "FlopCounterMode-cpu": 2 * 31_624_200_192, "torchprofile": 32_837_074_944,
    "torch-pruning": 31_643_550_720, "torchinfo": 363_577_344, "ptflops": 31_669_223_424, "flopth": 17_563_648,
}  # fmt: skip
RESNET18 = {  # the torch build of this zoo, in which no module is called twice
    "fvcore": 1_819_065_856, "thop": 1_824_033_792, "torchinfo": 1_814_083_944, "ptflops": 1_825_313_768,
    "ptflops-aten": 1_814_074_344, "torchprofile": 1_816_557_568, "torch-pruning": 1_822_177_768,
    "flopth": 1_822_176_768,
}  # fmt: skip
MEASURED = [
    (resnet18(), RESNET18),
    (alexnet(), ALEXNET), (alexnet(response_norm=True), NORMED), (vgg16(adaptive_pool=True), VGG),
    (resnet50(), RESNET), (vit_b16(), VIT), (gpt2_small(), GPT),
]  # fmt: skip


@pytest.mark.parametrize(("network", "totals"), MEASURED, ids=lambda x: getattr(x, "name", ""))
def test_every_tools_total_is_explained(network, totals):
    table = count(network)
    assert {tool: table.as_reported_by(tool).total for tool in totals} == totals


# the parameters that they print: true are 86,567,656 and 124,439,808
PARAMETERS = [
    (vit_b16(), {"thop": 86_415_592, "thop-timm": 86_377_192, "torchinfo": 86_567_656, "flopth": 86_567_656,
                 "ptflops": 86_567_656, "torch-pruning": 86_567_656}),
    (gpt2_small(), {"thop": 123_653_376, "torchinfo": 163_037_184, "flopth": 124_439_808, "ptflops": 124_439_808,
                    "torch-pruning": 124_439_808}),
]  # fmt: skip


@pytest.mark.parametrize(("network", "totals"), PARAMETERS, ids=lambda x: getattr(x, "name", ""))
def test_every_tools_number_of_parameters_is_explained(network, totals):
    table = count(network)
    assert {tool: sum(table.as_reported_by(tool).parameters.values()) for tool in totals} == totals


def test_hooks_on_modules_miss_functional_calls():
    """torchvision's vit_b_16 by hooks on Linear and Conv2d: 11.27 G of 17.56 G."""
    assert count(vit_b16()).as_reported_by("hooks-torchvision").total == 11_271_124_992


def test_alexnets_terms_are_the_measured_ones():
    table = count(alexnet())
    found = {name: getattr(terms, name).of(table) for name in ALEXNETS_TERMS}
    assert found == ALEXNETS_TERMS
    assert 2 * found["POOL_OUTPUTS"] == terms.POOL_SIDES.of(table) == 244_928


ALEXNETS_TERMS = {
    "BIASES": 659_272, "CONV_BIASES": 650_080, "ACTIVATIONS": 658_272, "POOL_INPUTS": 520_288, "POOL_OUTPUTS": 122_464,
}  # fmt: skip


def test_one_alexnet_has_nine_totals_in_thirteen_settings():
    assert (len(ALEXNET), len(set(ALEXNET.values()))) == (13, 9)
    assert set(ALEXNET) | {"FlopCounterMode-cpu"} == {c.tool for c in CONVENTIONS if not c.library}


@pytest.mark.parametrize("convention", CONVENTIONS, ids=lambda c: c.tool)
def test_the_terms_sum_to_the_total_and_begin_with_the_connections(convention):
    network = alexnet() if convention.covers(count(alexnet())) else vit_b16()
    reported = count(network).as_reported_by(convention.tool)
    assert sum(reported.terms.values()) == reported.total
    assert "connections" in next(iter(reported.terms))
    assert str(reported).startswith(convention.printed)
    assert reported.to_json()["total"] == reported.total
    assert reported.steps[0].parts


def test_a_total_can_be_a_closed_form():
    network = alexnet(symbolic=True)
    reported = count(network).as_reported_by("torch-pruning")
    assert reported.total.xreplace({s: sp.Integer(n) for s, n in network.sizes.items()}) == ALEXNET["torch-pruning"]


def test_a_convention_changes_no_row():
    assert count(alexnet()).total.connections == 724_406_816


def test_an_unknown_tool_and_an_unmeasured_layer_are_refused():
    with pytest.raises(InvalidInput, match="no convention for 'keras'; there are fvcore, thop"):
        count(alexnet()).as_reported_by("keras")
    with pytest.raises(NotSupported, match=r"layer 'maxpool1': fvcore .* was not measured on MaxPoolCeil"):
        count(googlenet()).as_reported_by("fvcore")


def test_the_documentations_example_holds():
    assert doctest.testmod(conventions).failed == 0
