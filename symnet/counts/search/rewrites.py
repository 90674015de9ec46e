"""Ways to make a network smaller: a catalogue, one record each, that applies to any list of layers.

A rewrite finds its sites in a table of numbers, and changes the layers there. It never compares sizes while changing,
so it changes an architecture of letters just as well, and the saving comes out as a closed form.
No accuracy is claimed: the words say what the new network can no longer see.

To add one, add a record to `CATALOGUE` in ``catalogue.py``; tests run over it.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from symnet.counts.architecture import Architecture
from symnet.counts.layers import BatchNorm, Conv, Flatten, GlobalAvgPool, Input, Linear, Projection, c_in, n_in
from symnet.counts.rows import Row
from symnet.counts.shapes import Shape
from symnet.counts.table import CountTable
from symnet.derivation import Relation

Sites = tuple[str, ...]


@dataclass(frozen=True)
class Rewrite:
    """One kind of change.

    name     what the suggestion is called
    words    what changes, with a place for the names of the layers, and what the network loses by it
    sites    the layers that it changes, none if it does not apply; from a table of numbers
    apply    the new architecture; from a table of numbers or of letters
    each     each site can be changed by itself
    even     when it saves weights at a layer, in the letters of its record; None: always
    """

    name: str
    words: str
    sites: Callable[[CountTable], Sites]
    apply: Callable[[CountTable, Sites], Architecture]
    each: bool = False
    even: Relation | None = None


# ---------------------------------------------------------------------- looking around
def _rows(table: CountTable, kind: type) -> list[Row]:
    return [row for row in table.rows if isinstance(row.layer, kind)]


def _area(kernel: Any) -> Any:
    return kernel[0] * kernel[1] if isinstance(kernel, tuple) else kernel**2


def later_convs(table: CountTable, suits: Callable[[Row], bool]) -> Sites:
    """Convolutions after the first, which sees too few channels to be worth a change."""
    return tuple(row.name for row in _rows(table, Conv)[1:] if suits(row))


def _head(table: CountTable) -> list[Row]:
    """The layers from the first that flattens to the last linear one."""
    names = [row.name for row in _rows(table, Linear)]
    flat = [i for i, row in enumerate(table.rows) if isinstance(row.layer, Flatten | Linear)]
    last = max((i for i, row in enumerate(table.rows) if row.name in names), default=-1)
    return list(table.rows[flat[0] : last + 1]) if last >= 0 else []


def _is_spread(shape: Shape) -> bool:
    """A map of more than one position."""
    return len(shape) == 3 and shape[1:] != (1, 1)


def _fresh(table: CountTable, name: str) -> str:
    taken = {row.name for row in table.rows}
    return next(n for n in (name, *(f"{name}_{i}" for i in range(2, len(taken) + 3))) if n not in taken)


def _architecture(table: CountTable) -> Architecture:
    assert table.architecture is not None
    return table.architecture


def _divided(x: Any, n: int) -> Any:
    return x // n if isinstance(x, int) else x / n


# ---------------------------------------------------------------------- the fully connected head
def flattened_map(table: CountTable) -> Sites:
    """The first layer of the head, where a map of several positions arrives at it."""
    head = _head(table)
    return (head[0].name,) if head and _is_spread(head[0].arrives) else ()


def pool_before(table: CountTable, sites: Sites) -> Architecture:
    """A global average pool before the head."""
    return _architecture(table).before(sites[0], [(_fresh(table, "global_pool"), GlobalAvgPool())])


def stack(table: CountTable) -> Sites:
    """The whole head, where it is deep and a map of several positions arrives at it."""
    head = _head(table)
    deep = sum(isinstance(row.layer, Linear) for row in head) > 1
    return tuple(row.name for row in head) if deep and _is_spread(head[0].arrives) else ()


def one_linear(table: CountTable, sites: Sites) -> Architecture:
    """A global average pool and the last linear layer in place of the head."""
    last = sites[-1]
    return _architecture(table).replaced(
        sites, [(_fresh(table, "global_pool"), GlobalAvgPool()), (last, table[last].layer)]
    )


def spread_stack(table: CountTable) -> Sites:
    """The whole head, deep or not, where a map of several positions arrives at it."""
    head = _head(table)
    return tuple(row.name for row in head) if head and _is_spread(head[0].arrives) else ()


def convolutional_head(table: CountTable, sites: Sites) -> Architecture:
    """A 1 × 1 convolution to the classes and a global average pool in place of the head."""
    last = table[sites[-1]].layer
    scores = Conv(last.out_features, 1, bias=last.bias)
    pool, flat = _fresh(table, "global_pool"), _fresh(table, "flatten")
    return _architecture(table).replaced(sites, [(sites[-1], scores), (pool, GlobalAvgPool()), (flat, Flatten())])


def widest_hidden(table: CountTable) -> Sites:
    """The hidden linear layers of the largest width, if it is even."""
    hidden = [row for row in _rows(table, Linear)[:-1] if row.layer.out_features % 2 == 0]
    widest = max((row.layer.out_features for row in hidden), default=0)
    return tuple(row.name for row in hidden if row.layer.out_features == widest)


def halve(table: CountTable, sites: Sites) -> Architecture:
    """Half the features of each."""
    new = _architecture(table)
    for name in sites:
        new = new.changed(name, out_features=_divided(new[name].out_features, 2))
    return new


def heaviest_linear(table: CountTable) -> Sites:
    """The linear layer with most weights, where rank n_out/8 saves some: n_out (n_in + n_out)/8 < n_in n_out."""
    saves = [
        row
        for row in (*_rows(table, Linear), *_rows(table, Projection))
        if row.layer.out_features % 8 == 0 and row.layer.out_features < 7 * row.values[n_in] and row.has("weights")
    ]
    return tuple(row.name for row in sorted(saves, key=lambda row: -row.short("weights"))[:1])


def factorise(table: CountTable, sites: Sites) -> Architecture:
    """W = U V with U of an eighth of the rank: a thin layer before it."""
    layer = table[sites[0]].layer
    thin = type(layer)(_divided(layer.out_features, 8), bias=False)
    return _architecture(table).before(sites[0], [(f"{sites[0]}_rank", thin)])


# ---------------------------------------------------------------------- convolutions
def separates(row: Row) -> bool:
    """k² c_in + c_in c_out < k² c_in c_out / g."""
    k2, c = _area(row.layer.kernel), row.values[c_in]
    return k2 > 1 and k2 * c + c * row.layer.out_channels < row.short("weights")


def separate(table: CountTable, sites: Sites) -> Architecture:
    """A k × k convolution of each channel, then a 1 × 1 convolution."""
    new = _architecture(table)
    for name in sites:
        layer, c = table[name].layer, table[name].values[c_in]
        # no bias in between: nothing bends there, so the second bias does the work of both
        depthwise = replace(layer, out_channels=c, groups=c, bias=False)
        pointwise = Conv(layer.out_channels, 1, bias=layer.bias)
        new = new.replaced([name], [(f"{name}_depthwise", depthwise), (f"{name}_pointwise", pointwise)])
    return new


def groups_double(row: Row) -> bool:
    """Whether twice the groups still divide the channels of both sides."""
    g = 2 * row.layer.groups
    return _area(row.layer.kernel) > 1 and row.values[c_in] % g == 0 and row.layer.out_channels % g == 0


def double_groups(table: CountTable, sites: Sites) -> Architecture:
    """Twice the groups of each."""
    new = _architecture(table)
    for name in sites:
        new = new.changed(name, groups=2 * new[name].groups)
    return new


def narrows(row: Row) -> bool:
    """c_in c/4 + k² (c/4)² + c²/4 < k² c_in c / g, with c = c_out."""
    k2, c = _area(row.layer.kernel), row.layer.out_channels
    through = c // 4
    return k2 > 1 and c % 4 == 0 and row.values[c_in] * through + k2 * through**2 + through * c < row.short("weights")


def bottleneck(table: CountTable, sites: Sites) -> Architecture:
    """1 × 1, k × k and 1 × 1 convolutions through a quarter of the channels."""
    new = _architecture(table)
    for name in sites:
        layer = table[name].layer
        through = _divided(layer.out_channels, 4)
        new = new.replaced(
            [name],
            [
                (f"{name}_reduce", Conv(through, 1)),
                (f"{name}_inner", replace(layer, out_channels=through, groups=1)),
                (f"{name}_expand", Conv(layer.out_channels, 1, bias=layer.bias)),
            ],
        )
    return new


def all_but_depthwise(table: CountTable) -> Sites:
    """All convolutions, where each has an even number of channels that its groups still divide when halved."""
    convs = _rows(table, Conv)
    last = [row for row in table.rows if row.has("weights")][-1:]
    halve = [row for row in convs if row not in last]
    fine = all(row.layer.out_channels % (2 * row.layer.groups) == 0 for row in halve)
    later = all(row.values[c_in] % (2 * row.layer.groups) == 0 for row in convs[1:])
    return tuple(row.name for row in halve) if halve and fine and later else ()


def narrow(table: CountTable, sites: Sites) -> Architecture:
    """Half the channels of each."""
    new = _architecture(table)
    for name in sites:
        new = new.changed(name, out_channels=_divided(new[name].out_channels, 2))
    return new


def removable(table: CountTable) -> Sites:
    """The convolution with most connections that leaves the shape as it is, with what stands behind it."""
    same = [row for row in _rows(table, Conv)[1:] if row.arrives == row.leaves]
    if not same:
        return ()
    heaviest = max(same, key=lambda row: int(row.connections))
    after = list(table.rows[[row.name for row in table.rows].index(heaviest.name) + 1 :])
    behind = []
    for row in after:
        if row.layer.rule.refers or not (isinstance(row.layer, BatchNorm) or row.layer.rule.silent):
            break
        behind.append(row.name)
    return (heaviest.name, *behind)


def remove(table: CountTable, sites: Sites) -> Architecture:
    """The network without them."""
    return _architecture(table).replaced(sites, [])


# ---------------------------------------------------------------------- resolution
def even_input(table: CountTable) -> Sites:
    """The input, if both sides are even."""
    first = table.rows[0]
    even = isinstance(first.layer, Input) and first.layer.height % 2 == 0 and first.layer.width % 2 == 0
    return (first.name,) if even else ()


def halve_resolution(table: CountTable, sites: Sites) -> Architecture:
    """Half the height and width of what enters."""
    first = _architecture(table)[sites[0]]
    height, width = _divided(first.height, 2), _divided(first.width, 2)
    return _architecture(table).changed(sites[0], height=height, width=width)


def first_conv(table: CountTable) -> Sites:
    """The first convolution."""
    return tuple(row.name for row in _rows(table, Conv)[:1])


def double_stride(table: CountTable, sites: Sites) -> Architecture:
    """Twice the stride."""
    stride = _architecture(table)[sites[0]].stride
    doubled = tuple(2 * s for s in stride) if isinstance(stride, tuple) else 2 * stride
    return _architecture(table).changed(sites[0], stride=doubled)
