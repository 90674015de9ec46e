"""What enters a network: an image, a vector, a signal, a volume, a sequence of features or of words."""

from typing import ClassVar

from symnet.counts.records.table import MAP, T_in, c_in, h, l_in, layer, n_in, w, z
from symnet.counts.rules import Rule
from symnet.counts.sizes import Size


@layer
class Input:
    """The image that enters: c × h × w numbers. Its units are listed, and not added to the network's."""

    channels: Size
    height: Size
    width: Size
    rule: ClassVar[Rule] = Rule(
        "input",
        enters=True,
        fields={"channels": (c_in,), "height": (h,), "width": (w,)},
        output=MAP,
        reasons={"units": ("one for each of ", c_in, " channels at each of ", (h, w), " positions")},
        example=({"channels": 4, "height": 6, "width": 5}, ()),
    )


@layer
class InputVector:
    """The vector that enters: n numbers. Its units are listed, and not added to the network's."""

    features: Size
    rule: ClassVar[Rule] = Rule(
        "input",
        enters=True,
        fields={"features": (n_in,)},
        output=(n_in,),
        reasons={"units": ("one for each input",)},
        example=({"features": 7}, ()),
    )


@layer
class InputSignal:
    """The signal that enters: c channels of length l."""

    channels: Size
    length: Size
    rule: ClassVar[Rule] = Rule(
        "input",
        enters=True,
        fields={"channels": (c_in,), "length": (l_in,)},
        output=(c_in, l_in),
        reasons={"units": ("one for each of ", c_in, " channels at each of ", l_in, " positions")},
        example=({"channels": 4, "length": 9}, ()),
    )


@layer
class InputVolume:
    """The volume, or film, that enters: c × z × h × w numbers."""

    channels: Size
    depth: Size
    height: Size
    width: Size
    rule: ClassVar[Rule] = Rule(
        "input",
        enters=True,
        fields={"channels": (c_in,), "depth": (z,), "height": (h,), "width": (w,)},
        output=(c_in, z, h, w),
        reasons={"units": ("one for each of ", c_in, " channels at each of ", (z, h, w), " positions")},
        example=({"channels": 2, "depth": 4, "height": 6, "width": 5}, ()),
    )


@layer
class InputSequence:
    """The sequence that enters: T tokens, or steps in time, of n features each."""

    tokens: Size
    features: Size
    rule: ClassVar[Rule] = Rule(
        "input",
        enters=True,
        fields={"tokens": (T_in,), "features": (n_in,)},
        output=(T_in, n_in),
        reasons={"units": ("one for each of ", n_in, " features of each of ", T_in, " tokens")},
        example=({"tokens": 5, "features": 6}, ()),
    )


@layer
class InputWords:
    """The text that enters: the numbers of T words in a vocabulary."""

    tokens: Size
    rule: ClassVar[Rule] = Rule(
        "input",
        enters=True,
        fields={"tokens": (T_in,)},
        output=(T_in,),
        reasons={"units": ("one for each word",)},
        example=({"tokens": 5}, ()),
    )
