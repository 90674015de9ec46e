"""Network files: every key is read, every number is what is written, and nothing is too long."""

from fractions import Fraction

import pytest

from symnet.errors import InvalidInput
from symnet.readers.networks.files import read_network
from symnet.relu import ReluNetwork
from symnet.relu.geometry.rationals import MOST_DIGITS, exact

FORMAT = '"format": "symnet relu network"'


def file(weight="1", more="", outside="", form=FORMAT):
    return f'{{{form}, "layers": [{{"weights": [[{weight}]], "biases": ["0"]{more}}}]{outside}}}'


def test_a_decimal_in_a_file_is_the_decimal_that_is_written():
    assert read_network(file("0.1"), "net")([1]) == (Fraction(1, 10),)
    assert read_network(file("-25e-2"), "net")([1]) == (Fraction(-1, 4),)
    with pytest.raises(InvalidInput, match="is a float"):
        ReluNetwork.from_json({"format": "symnet relu network", "layers": [{"weights": [[0.1]], "biases": [0]}]})


REFUSED = {
    "another activation": (file(more=', "activation": "tanh"'), 'layer 1: unknown key "activation"'),
    "a skip": (file(outside=', "skip": true'), 'unknown key "skip"'),
    "weights twice": (file(more=', "weights": [[2]]'), '"weights" stands twice'),
    "layers twice": (file(outside=', "layers": []'), '"layers" stands twice'),
    "another format": (file(form='"format": "keras"'), "\"format\" is keras; expected .*symnet relu network"),
    "no format": (file(form='"x": 1'), '"format" is missing; expected .*symnet relu network'),
    "a format that is a number": (file(form='"format": 1'), '"format" is '),
    "an exponent too large": (file('"1e9999"'), r"layer 1, weight \(1, 1\): .*4,300 digits"),
    "a number too long": (file('"' + "9" * 5000 + '"'), "4,300 digits"),
    "a JSON integer too long": (file("9" * 5000), "4,300 digits"),
    "a JSON decimal too long": (file("0." + "3" * 5000), "4,300 digits"),
    "a long text": (file('"' + "x" * 5000 + '"'), r"5,000 characters\)\" is not a rational"),
    "NaN": (file("NaN"), "NaN is not a real number"),
    "a letter": (file("x"), "is not JSON"),
    "nested deeply": ("[" * 100_000, "nested too deeply"),
    "a layer that is a list": (FORMAT.join(["{", ', "layers": [[1]]}']), 'needs "weights" and "biases"'),
    "layers that are a text": (FORMAT.join(["{", ', "layers": "ab"}']), "expected a list"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_a_network_file_is_refused_in_one_short_line(name):
    text, message = REFUSED[name]
    with pytest.raises(InvalidInput, match=message) as refusal:
        read_network(text, "'net.json'")
    assert str(refusal.value).startswith("'net.json': ")
    assert len(str(refusal.value)) < 300
    assert "\n" not in str(refusal.value)


def test_the_longest_number_that_is_read_is_written_again():
    longest = "7" * MOST_DIGITS
    net = read_network(file(f'"{longest}"'), "net")
    assert net.to_json()["layers"][0]["weights"] == [[longest]]
    for text in (longest + "7", f"1/{longest}7", f"1e{MOST_DIGITS}", f"1e-{MOST_DIGITS}", "1e999999999"):
        with pytest.raises(InvalidInput):
            exact(text, "here")
