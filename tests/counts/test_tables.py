"""What a table shows: formulas, reasons, named sides, conditions, and its printed forms."""

import csv
import io
import json
import subprocess
import sys

import pytest

from symnet import notation
from symnet.counts import Architecture, alexnet, count
from symnet.counts.layers import Conv, Input, MaxPool
from symnet.errors import InvalidInput
from symnet.sizes import letter


@pytest.fixture(scope="module")
def table():
    return count(alexnet())


@pytest.fixture(scope="module")
def symbolic():
    return count(alexnet(symbolic=True))


def test_a_formula_goes_from_letters_to_factors_to_the_number(table):
    assert table["conv2"].formulas["connections"].text() == (
        "C_conv2 = k²·(c_in/g)·c_out·o² = 5 × 5 × 48 × 256 × 27 × 27 = 223,948,800"
    )
    assert table["conv2"].formulas["weights"].latex() == (
        r"W_{\mathrm{conv2}} = k^{2} \frac{c_{\mathrm{in}}}{g} c_{\mathrm{out}} = 5 \times 5 \times 48 \times 256"
        r" = 307\,200"
    )


def test_symbolic_formulas_use_named_sides(symbolic):
    assert symbolic["conv2"].formulas["connections"].text() == "C_conv2 = k₂²·(c₁/g₂)·c₂·o₂²"
    assert symbolic["fc6"].formulas["weights"].text() == "W_fc6 = c₅·m₅²·n₆"
    assert [str(r) for r in symbolic.named_sizes][:3] == [
        "o₁ = ⌊(H + 2·p₁ - k₁)/s₁⌋ + 1",
        "m₁ = ⌊(o₁ + 2·r₁ - q₁)/t₁⌋ + 1",
        "o₂ = ⌊(m₁ + 2·p₂ - k₂)/s₂⌋ + 1",
    ]


def test_every_letter_shown_has_a_meaning(symbolic):
    shown = set().union(*(row.short(q).free_symbols for row in symbolic for q in row.formulas))
    assert shown <= set(symbolic.symbols)
    assert symbolic.symbols[next(s for s in shown if s.name == "g_2")] == "groups of conv2"


def test_conditions_say_when_the_network_exists(symbolic):
    said = [str(c) for c in symbolic.conditions]
    assert {"c₁/g₂ ∈ ℕ", "c₂/g₂ ∈ ℕ", "k₁ ≤ H + 2·p₁"} <= set(said)
    assert len(said) == len(set(said))
    assert not count(alexnet()).conditions


def test_a_size_that_need_not_be_whole_becomes_a_condition():
    table = count(alexnet(symbolic=True).changed("fc6", out_features=next(iter(alexnet("n").symbols)) / 2))
    assert any(str(c).endswith("/2 ∈ ℕ") for c in table.conditions)


def test_reasons_are_sentences_with_the_layers_numbers(table):
    reasons = {s.relation.lhs.name: notation.prose(s.reason, "text") for s in table["conv2"].steps}
    assert reasons["C_conv2"] == (
        "each of the 256 × 27 × 27 output units of a convolution in 2 groups sees 5 × 5 × 48 inputs"
    )
    ungrouped = {s.relation.lhs.name: notation.prose(s.reason, "text") for s in table["conv1"].steps}
    assert "group" not in ungrouped["C_conv1"]


def test_sides_are_derived_from_windows(table):
    assert str(table["conv1"].steps[0].relation) == "o = ⌊(224 + 2·2 - 11)/4⌋ + 1 = 55"
    assert str(table["conv2"].steps[0].relation) == "o = 27 + 2·2 - 5 + 1 = 27"


def test_flattening_is_a_step_of_its_own(table):
    assert str(table["fc6"].steps[0].relation) == "n_in = 256 × 6 × 6 = 9216"
    assert all("n_in =" not in str(step.relation) for step in table["fc7"].steps)


def test_the_statement_is_the_totals(table, symbolic):
    assert [str(r).split(" = ")[-1] for r in table.derivation.statement] == [
        "659,272", "60,954,656", "10,568", "724,406,816",
    ]  # fmt: skip
    assert str(symbolic.derivation.statement[1]).startswith("W = W_conv1 + W_conv2")


def test_a_rectangle_keeps_its_two_sides():
    network = Architecture("a", [
        ("input", Input(1, "H", "W")), ("conv1", Conv(2, (3, 5), padding=(1, 2))), ("pool1", MaxPool(2, stride=2)),
    ])  # fmt: skip
    table = count(network)
    assert table["conv1"].formulas["units"].text() == "U_conv1 = 2·H·W"
    assert str(table["pool1"].output_shape[2]) == "floor(W/2)"
    assert table["conv1"].formulas["weights"].text() == "W_conv1 = kₕ·k_w·(c_in/g)·c_out = 3 × 5 × 1 × 2 = 30"


def test_names_of_sides_do_not_clash_with_letters_of_sizes():
    table = count(Architecture("a", [("input", Input(1, "o_1", "o_1")), ("conv1", Conv(2, 3, stride=2))]))
    assert [str(r) for r in table.named_sizes] == ["o'₁ = ⌊(o₁ - 3)/2⌋ + 1"]


def test_json_and_csv_carry_the_numbers(table, symbolic):
    data = json.loads(json.dumps(table.to_json()))
    assert data["total"]["connections"] == 724_406_816
    lines = list(csv.DictReader(io.StringIO(table.to_csv())))
    assert {line["layer"]: line["weights"] for line in lines}["total"] == "60954656"
    assert json.loads(json.dumps(symbolic.to_json()))["rows"][-1]["weights"] == "n_7*n_8"


def test_a_batch_repeats_all_but_the_parameters():
    one, many = count(alexnet()), count(alexnet(), batch=32)
    for q in ("units", "connections"):
        assert getattr(many.total, q) == 32 * getattr(one.total, q)
    for q in ("weights", "biases"):
        assert getattr(many.total, q) == getattr(one.total, q)
    assert many.memory().activations == 32 * one.memory().activations
    assert many.memory().peak == 32 * one.memory().peak
    assert many.memory().parameters == one.memory().parameters


def test_a_batch_can_be_a_letter():
    n = letter("N")
    table = count(alexnet(), batch="N")
    assert table.total.connections == 724_406_816 * n
    assert table.total.weights == 60_954_656
    in_letters = count(alexnet(symbolic=True), batch="N")
    assert in_letters["conv2"].formulas["connections"].text() == "C_conv2 = N·k₂²·(c₁/g₂)·c₂·o₂²"
    assert in_letters.symbols[n] == "examples in the batch"
    reason = next(s.reason for s in table["fc6"].steps if s.relation.lhs.name == "C_fc6")
    assert notation.prose(reason, "text").endswith("for each of N examples")


@pytest.mark.parametrize("batch", [0, -1, 1.5, "two words"])
def test_a_batch_is_a_size(batch):
    with pytest.raises(InvalidInput, match="the batch"):
        count(alexnet(), batch=batch)


def test_notebooks_show_a_table(table):
    assert "<table>" in table._repr_html_()
    assert r"60\,954\,656" in table._repr_latex_()
    assert "659,272" in str(table)


def test_a_name_is_text_in_html_whatever_is_in_it():
    page = count(Architecture("<img src=x onerror=alert(1)>", [("input", Input(1, 8, 8))]))._repr_html_()
    assert page.startswith("<b>&lt;img src=x onerror=alert(1)&gt;</b>")
    assert "<img" not in page


def test_counting_loads_no_torch():
    code = "import sys, symnet.counts as c; c.count(c.alexnet()); sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
