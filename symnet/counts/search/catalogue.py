"""The catalogue of rewrites: each with its words, where it applies, what it does, and when it breaks even."""

from symnet.counts.layers import c_in, n_in
from symnet.counts.search.rewrites import (
    Rewrite,
    all_but_depthwise,
    bottleneck,
    convolutional_head,
    double_groups,
    double_stride,
    even_input,
    factorise,
    first_conv,
    flattened_map,
    groups_double,
    halve,
    halve_resolution,
    heaviest_linear,
    later_convs,
    narrow,
    narrows,
    one_linear,
    pool_before,
    removable,
    remove,
    separate,
    separates,
    spread_stack,
    stack,
    widest_hidden,
)
from symnet.derivation import Relation
from symnet.sizes import letter

c_out, g, k_h, k_w, n_out = (letter(name) for name in ("c_out", "g", "k_h", "k_w", "n_out"))

CATALOGUE = (
    Rewrite(
        "global average pool before the head",
        "average each channel over all positions before {}; it no longer sees where in the map a feature was",
        flattened_map,
        pool_before,
    ),
    Rewrite(
        "one linear layer as head",
        "replace {} by a global average pool and the last linear layer; the hidden layers between are lost",
        stack,
        one_linear,
    ),
    Rewrite(
        "convolutional head",
        "replace {} by a 1 × 1 convolution to the classes and a global average pool; each position votes by itself",
        spread_stack,
        convolutional_head,
    ),
    Rewrite(
        "half the widest hidden layers",
        "halve the width of {}; fewer features are kept",
        widest_hidden,
        halve,
    ),
    Rewrite(
        "low rank",
        "put a linear layer of an eighth of its width, without bias, before {}; its matrix keeps at most that rank",
        heaviest_linear,
        factorise,
        even=Relation(n_out / 8, "<", n_in * n_out / (n_in + n_out)),
    ),
    Rewrite(
        "depthwise separable convolutions",
        "split {} into a k × k convolution of each channel by itself and a 1 × 1 convolution across channels; "
        "space and channels are no longer mixed in one step",
        lambda table: later_convs(table, separates),
        separate,
        each=True,
        even=Relation(g * (1 / c_out + 1 / (k_h * k_w)), "<", 1),
    ),
    Rewrite(
        "twice as many groups",
        "double the groups of {}; a channel sees only half of the channels that it saw",
        lambda table: later_convs(table, groups_double),
        double_groups,
        each=True,
    ),
    Rewrite(
        "bottlenecks",
        "lead {} through a quarter of the output channels, 1 × 1, k × k, 1 × 1; fewer channels see the neighbourhood",
        lambda table: later_convs(table, narrows),
        bottleneck,
        each=True,
        even=Relation(g * (c_in / 4 + c_out * (k_h * k_w + 4) / 16), "<", k_h * k_w * c_in),
    ),
    Rewrite(
        "half the convolutions' widths",
        "halve the channels of {}; fewer features are found at each position",
        all_but_depthwise,
        narrow,
    ),
    Rewrite(
        "one convolution less",
        "take out {}; the network bends once less, and sees less far",
        removable,
        remove,
    ),
    Rewrite(
        "half the resolution",
        "halve height and width of {}; fine detail is lost",
        even_input,
        halve_resolution,
    ),
    Rewrite(
        "twice the first stride",
        "double the stride of {}; it looks at a quarter of the positions",
        first_conv,
        double_stride,
    ),
)
