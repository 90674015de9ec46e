"""Losses, with torch's three reductions: none, the mean, the sum.

An index t of classes is met as rows of an identity; classes are the second axis, as torch has them.
"""

from symnet.readers.torch.aten.call import Call, Entry, number, shaped

NONE, MEAN, SUM = 0, 1, 2
IGNORED = -100  # no index is below 0, so torch's default ignores nothing


def _reduced(loss: str, reduction: int) -> str:
    return {NONE: loss, MEAN: f"mean({loss})", SUM: f"sum({loss})"}[reduction]


def _entrywise(loss: str, name: str = "") -> Entry:
    """``loss`` in {y} and {t}, reduced; its mean has a ``name`` of its own."""

    def written(c: Call) -> str:
        reduction = c["reduction"]
        return f"{name}({c[0]}, {c[1]})" if name and reduction == MEAN else _reduced(_filled(loss, c), reduction)

    return written


def _filled(loss: str, c: Call) -> str:
    y, t = (name if name.isidentifier() else f"({name})" for name in (c[0], c[1]))
    return loss.format(y=y, t=t)


def _bounded(c: Call, reach: float, scale: float, reduction: int) -> str:
    """Half a square up to ``reach``, straight beyond."""
    e = c.define("e", f"abs({c[0]} - {c[1]})")
    inner = c.define("m", f"minimum({e}, {number(reach)})")
    return _reduced(f"({inner} ** 2 / 2 + {number(reach)} * ({e} - {inner})) / {number(scale)}", reduction)


def _huber(c: Call) -> str:
    return _bounded(c, c["delta"], 1, c["reduction"])


def _smooth_l1(c: Call) -> str:
    beta = c["beta"]
    return _bounded(c, beta, beta, c["reduction"]) if beta else _entrywise("abs({y} - {t})")(c)


def _kl(c: Call) -> str:
    log_target = c["log_target"]
    loss = "exp({t}) * ({t} - {y})" if log_target else "{t} * (log({t}) - {y})"
    return _reduced(_filled(loss, c), c["reduction"])


def _logits(c: Call) -> str:
    if c["weight"] or c["pos_weight"]:
        raise TypeError
    return _entrywise("softplus({y}) - {t} * {y}", "bce_with_logits")(c)


def _probabilities(c: Call) -> str:
    if c["weight"]:
        raise TypeError
    return _entrywise("-({t} * log({y}) + (1 - {t}) * log(1 - {y}))")(c)


def _classes(name: str) -> Entry:
    """Cross-entropy of scores, or the negative log-likelihood of log-probabilities."""

    def written(c: Call) -> str:
        weight, reduction, ignored = c["weight"], c["reduction"], c["ignore_index"]
        smoothing, shape = c.get("label_smoothing", 0.0), c.shape(0)
        by_index = c.shape(1) != shape
        if (
            ignored != IGNORED
            or (weight and smoothing)
            or (not by_index and (weight or smoothing or reduction == NONE))
        ):
            raise TypeError
        last = c[0]
        if len(shape) > 2:
            last = f"transpose({c[0]}, {shaped((0, *range(2, len(shape)), 1))})"
        if not (weight or smoothing) and reduction == MEAN and (by_index or len(shape) <= 2):
            return f"{name}({last}, {c[1]})"
        if not by_index:
            raise TypeError
        log_p = c.define("P", f"log_softmax({last})" if name == "cross_entropy" else last)
        chosen = c.define("T", f"one_hot({c[1]}, {shape[min(1, len(shape) - 1)]})")
        each = f"-sum({chosen} * {log_p}, axis=-1)" if len(shape) > 1 else f"-sum({chosen} * {log_p})"
        if smoothing:
            each = f"{1 - smoothing} * ({each}) - {smoothing} * mean({log_p}, axis=-1)"
        if not weight:
            return _reduced(each, reduction)
        weights = c.define("w", f"{chosen} @ {weight}")
        weighted = f"{weights} * ({each})"
        return f"sum({weighted}) / sum({weights})" if reduction == MEAN else _reduced(weighted, reduction)

    return written


ENTRIES: dict[str, Entry] = {
    "mse_loss": _entrywise("({y} - {t}) ** 2", "mse_loss"),
    "l1_loss": _entrywise("abs({y} - {t})"),
    "huber_loss": _huber,
    "smooth_l1_loss": _smooth_l1,
    "kl_div": _kl,
    "binary_cross_entropy_with_logits": _logits,
    "binary_cross_entropy": _probabilities,
    "cross_entropy_loss": _classes("cross_entropy"),
    **dict.fromkeys(("nll_loss", "nll_loss_nd"), _classes("nll_loss")),
}
