"""AlexNet on two GPUs: every number that was counted by hand and with eleven other tools."""

import sympy as sp

from symnet.counts import alexnet, alexnet_paper_units, alexnet_worksheet, count, lenet5, vgg16

TABLE = {
    #         units    weights     biases  connections
    "conv1": (290_400, 34_848, 96, 105_415_200),
    "conv2": (186_624, 307_200, 256, 223_948_800),
    "conv3": (64_896, 884_736, 384, 149_520_384),
    "conv4": (64_896, 663_552, 384, 112_140_288),
    "conv5": (43_264, 442_368, 256, 74_760_192),
    "fc6": (4096, 37_748_736, 4096, 37_748_736),
    "fc7": (4096, 16_777_216, 4096, 16_777_216),
    "fc8": (1000, 4_096_000, 1000, 4_096_000),
}


def quantities(row):
    return row.units, row.weights, row.biases, row.connections


def test_every_layer_has_the_published_counts():
    table = count(alexnet())
    assert {name: quantities(table[name]) for name in TABLE} == TABLE


WITH_BIASES = {"conv1": 105_705_600, "conv2": 224_135_424, "conv3": 149_585_280, "conv4": 112_205_184,
               "conv5": 74_803_456, "fc6": 37_752_832, "fc7": 16_781_312, "fc8": 4_097_000}  # fmt: skip
SHARES = {  # per cent of weights, of connections
    "conv1": (0.06, 14.55), "conv2": (0.50, 30.91), "conv3": (1.45, 20.64), "conv4": (1.09, 15.48),
    "conv5": (0.73, 10.32), "fc6": (61.93, 5.21), "fc7": (27.52, 2.32), "fc8": (6.72, 0.57),
}  # fmt: skip


def test_connections_and_additions_of_biases_are_the_multiply_adds_with_bias():
    table = count(alexnet())
    added = {name: table[name].connections + table[name].amount("bias additions") for name in WITH_BIASES}
    assert added == WITH_BIASES
    assert table.total.connections + table.amount("bias additions") == 725_066_088


def test_shares_are_the_published_percentages():
    weights, connections = (count(alexnet()).share(q) for q in ("weights", "connections"))
    found = {name: tuple(round(float(100 * share[name]), 2) for share in (weights, connections)) for name in SHARES}
    assert found == SHARES


def test_totals_are_exact():
    total = count(alexnet()).total
    assert quantities(total) == (659_272, 60_954_656, 10_568, 724_406_816)
    assert total.parameters == 60_965_224


def test_rows_are_in_order_and_list_the_input_and_the_pools():
    rows = count(alexnet()).shown
    assert [r.name for r in rows if not r.counted] == ["input", "pool1", "pool2", "pool5"]
    assert [r.units for r in rows if not r.counted] == [150_528, 69_984, 43_264, 9216]


def test_maps_have_sides_55_27_13_and_6():
    table = count(alexnet())
    assert [table[name].output_shape[1] for name in ("conv1", "pool1", "conv3", "pool5")] == [55, 27, 13, 6]


def test_one_gpu_has_more_weights_and_connections():
    total = count(alexnet(groups=1)).total
    assert (total.parameters, total.connections) == (62_378_344, 1_135_256_096)


def test_groups_save_few_weights_and_many_connections():
    grouped, one_gpu = count(alexnet()).total, count(alexnet(groups=1)).total
    saved = {q: 1 - getattr(grouped, q) / getattr(one_gpu, q) for q in ("weights", "connections")}
    assert {q: round(float(100 * share), 1) for q, share in saved.items()} == {"weights": 2.3, "connections": 36.2}


def test_one_column_as_torchvision_has_it():
    network = alexnet(groups=1).renamed("one column")
    for name, width in {"conv1": 64, "conv2": 192, "conv4": 256}.items():
        network = network.changed(name, out_channels=width)
    table = count(network)
    assert quantities(table.total) == (494_184, 61_090_496, 10_344, 714_188_480)
    assert table.total.parameters == 61_100_840
    assert table.as_reported_by("torchinfo").total == 714_682_664


def test_224_without_padding_contradicts_the_papers_60_million():
    table = count(alexnet().changed("conv1", padding=0))
    assert (table["conv1"].output_shape[1], table["conv1"].units) == (54, 279_936)
    assert table["fc6"].inputs == 6400
    assert round(float(table.total.parameters) / 1e6, 1) == 49.4


def test_padding_decides_whether_224_or_227_gives_55():
    unpadded = count(alexnet(resolution=227).changed("conv1", padding=0))
    assert unpadded["conv1"].output_shape[1] == 55
    assert count(alexnet(resolution=227))["conv1"].output_shape[1] == 56


def test_sides_have_one_floor_each_and_fc6_keeps_9216_inputs_from_223_to_254():
    H = next(iter(alexnet(resolution="H").symbols))
    table = count(alexnet(resolution="H"))
    merged = {name: table[name].output_shape[1] for name in ("conv1", "conv2", "conv5", "pool5")}
    expected = {"conv1": (3, 4), "conv2": (7, 8), "conv5": (15, 16), "pool5": (31, 32)}
    assert merged == {name: sp.floor((H - a) / n, evaluate=False) for name, (a, n) in expected.items()}
    kept = [h for h in range(200, 300) if merged["pool5"].subs(H, h) == 6]
    assert kept == list(range(223, 255))


def test_symbolic_closed_forms_become_the_numbers():
    network = alexnet(symbolic=True)
    symbolic, numbers = count(network), {s: sp.Integer(n) for s, n in network.sizes.items()}
    for row in count(alexnet()):
        found = symbolic[row.name]
        assert tuple(q.xreplace(numbers) for q in quantities(found)) == quantities(row)
        assert tuple(side.xreplace(numbers) for side in found.output_shape) == row.output_shape


def test_symbolic_frees_every_size_group_stride_and_padding():
    network = alexnet(symbolic=True)
    names = {s.name for s in network.symbols}
    assert names >= {f"{letter}_{i}" for letter in "ckspg" for i in range(1, 6)}
    assert names >= {f"{letter}_{i}" for letter in "qtr" for i in (1, 2, 5)}
    assert names >= {"H", "c_0", "n_6", "n_7", "n_8"}
    assert network.at(network.sizes) == alexnet()


def test_connected_layers_hold_the_weights_and_convolutions_the_connections():
    table = count(alexnet())
    assert sum(table.share("weights").values()) == 1
    fc = sum(share for name, share in table.share("weights").items() if name.startswith("fc"))
    conv = sum(share for name, share in table.share("connections").items() if name.startswith("conv"))
    assert (round(100 * float(fc), 2), round(100 * float(conv), 2)) == (96.17, 91.91)


def test_the_papers_units_agree_but_for_conv1():
    wrong = [c for c in alexnet_paper_units() if not c.holds]
    assert [(c.printed.layer, c.printed.value, c.value) for c in wrong] == [("conv1", 253_440, 290_400)]
    assert "not an established one" in wrong[0].why
    assert wrong[0].printed.multiplies_out
    assert count(alexnet()).total.units - wrong[0].value + wrong[0].printed.value == 622_312


def test_the_worksheet_misses_a_group_and_misprints_192():
    missed, misprinted = (c for c in alexnet_worksheet() if not c.holds)
    assert (missed.printed.layer, 2 * missed.printed.value) == ("conv2", missed.value)
    assert misprinted.agrees
    assert not misprinted.printed.multiplies_out
    assert "192" in misprinted.why


def test_other_networks_have_their_published_sizes():
    assert count(vgg16()).total.parameters == 138_357_544
    assert count(vgg16()).total.connections == 15_470_264_320
    assert count(lenet5()).total.parameters == 61_706
