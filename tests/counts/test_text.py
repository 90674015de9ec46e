"""Reading undoes writing; what cannot be read is refused with the layer's name."""

import pytest

from symnet.counts import ZOO, Architecture, alexnet, count, text
from symnet.counts.layers import Conv, Input
from symnet.errors import InvalidInput
from symnet.sizes import letter


@pytest.mark.parametrize("name", ZOO)
@pytest.mark.parametrize("write", [text.to_yaml, text.to_json], ids=["yaml", "json"])
def test_reading_undoes_writing(name, write):
    assert text.read(write(ZOO[name]())) == ZOO[name]()
    assert count(text.read(write(ZOO[name]()))).total == count(ZOO[name]()).total


def test_letters_are_read_and_written():
    assert text.read(text.to_yaml(alexnet(symbolic=True))) == alexnet(symbolic=True)
    assert text.read("layers:\n  input: Input(c, H, 2*H)\n")["input"] == Input(
        letter("c"), letter("H"), 2 * letter("H")
    )


def test_a_file_as_a_person_writes_it():
    network = text.read("""
# a small one
name: small
layers:
  input: Input(3, 8, 8)   # an image
  conv1: Conv(4, (3, 2), bias=False)
  relu: ReLU
  add: Add('conv1')
""")
    assert network.name == "small"
    assert network["conv1"] == Conv(4, (3, 2), bias=False)
    assert isinstance(network, Architecture)


REFUSED = {
    "an unknown layer": ("layers:\n  conv1: Konv(3)\n", "layer 'conv1': 'Konv.3.' is no layer; there are Attention"),
    "a wrong argument": ("layers:\n  conv1: Conv(3, side=3)\n", "layer 'conv1': .* does not fit: .*'side'"),
    "a missing argument": ("layers:\n  conv1: Conv(3)\n", "layer 'conv1': .* missing .*'kernel'"),
    "a float": ("layers:\n  conv1: Conv(3.5, 3)\n", "layer 'conv1': '3.5' is no size"),
    "code": ("layers:\n  conv1: Conv(open('x'), 3)\n", "layer 'conv1': .* is no size"),
    "no call": ("layers:\n  conv1: 3 +\n", "layer 'conv1': cannot read '3 .'"),
    "half a line": ("layers:\n  conv1\n", "line 2: cannot read 'conv1'"),
    "another key": ("version: 3\n", "line 1: 'version' is neither"),
    "a number for a layer": (
        "layers:\n  input: Input(1, 2, 2)\n  a: Add(3)\n",
        "layer 'a': others is 3; name an earlier",
    ),
    "a layer without quotes": ("layers:\n  input: Input(1, 2, 2)\n  a: Add(input)\n", "layer 'a': .* in quotes"),
    "a bias that is a number": ("layers:\n  input: Input(1, 2, 2)\n  a: Linear(2, bias=7)\n", "layer 'a': bias is 7"),
    "a tie to nothing": (
        "layers:\n  input: InputSequence(3, 4)\n  a: Projection(4, tied='b')\n",
        "layer 'a' names 'b'; the layers",
    ),
    "an earlier layer that is none": ("layers:\n  input: Input(1, 2, 2)\n  a: Add('b')\n", "layer 'a' names 'b'"),
    "broken JSON": ("{", "is not JSON"),
    "JSON without layers": ('{"name": "a"}', '"layers" must map names to layers'),
    "two of a name in JSON": ('{"layers": {"a": "ReLU", "a": "ReLU"}}', "two layers are called 'a'"),
    "two of a name": ("layers:\n  a: Input(1, 2, 2)\n  a: ReLU\n", "two layers are called 'a'"),
    "an unknown key in JSON": ('{"activation": "tanh", "layers": {"a": "ReLU"}}', "'activation' has no meaning here"),
    "a key twice in JSON": ('{"name": "a", "name": "b", "layers": {}}', "'name' stands there twice"),
    "layers twice in JSON": ('{"layers": {"a": "ReLU"}, "layers": {}}', "'layers' stands there twice"),
    "a name twice": ("name: a\nname: b\nlayers:\n  a: Input(1, 2, 2)\n", "line 2: 'name' stands there twice"),
    "layers twice": ("layers:\n  a: Input(1, 2, 2)\nlayers:\n  b: ReLU\n", "line 3: 'layers' stands there twice"),
    "a name that is a number": ('{"name": 3, "layers": {}}', '"name" is no text'),
    "half a character as a name": ('{"name": "\\ud800", "layers": {"a": "Input(1, 2, 2)"}}', "called .*ud800"),
    "half a character as a layer": ('{"layers": {"\\ud800": "Input(1, 2, 2)"}}', "ud800' is no layer name"),
    "an escape sequence as a name": ("name: \x1b[31mred\nlayers:\n  a: Input(1, 2, 2)\n", "called .*x1b"),
    "an option twice": ("layers:\n  a: Conv(4, 3, stride=2, stride=2)\n", "gives 'stride' twice"),
    "options in a dictionary": ("layers:\n  a: Conv(4, 3, **{'stride': 2})\n", "holds [*][*]"),
    "sizes in a list": ("layers:\n  a: Conv(*[4, 3])\n", "is no size"),
    "a number and a word": ("layers:\n  a: Conv(1if, 3)\n", "layer 'a': cannot read"),
    "a number of 5,000 digits": (f"layers:\n  a: Conv({'9' * 5000}, 3)\n", "layer 'a': cannot read 'Conv.999"),
    "a number of 200 digits": (f"layers:\n  a: Input({'9' * 200}, 3, 3)\n", "channels is a number of more than 100"),
    "a number of 5,000 digits in JSON": (f'{{"name": {"9" * 5000}}}', "is not JSON: Exceeds"),
    "a product of 8,000 digits": (f"layers:\n  a: Input({'9' * 4000}*{'9' * 4000}, 3, 3)\n", "more than 100 digits"),
    "nothing divided by nothing": ("layers:\n  a: Input(0/0, 3, 3)\n", "layer 'a'"),
    "ten thousand signs": (f"layers:\n  a: Input({'-' * 10_000}1, 3, 3)\n", "layer 'a'"),
    "nothing": ("", "has no layers"),
    "a zero": ("layers:\n  input: Input(1, 0, 2)\n", "layer 'input': height is 0"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_read_is_refused_in_one_line(case):
    given, message = REFUSED[case]
    with pytest.raises(InvalidInput, match=message) as refusal:
        text.read(given)
    assert "\n" not in str(refusal.value)
    assert len(str(refusal.value)) < 1200
    str(refusal.value).encode()  # it can be printed
