"""Layers of torch.nn with every option that they have: each is read and agrees with torch, or refused in one line.

A row: the layer, its positional arguments, the values of each option beside its default, and the inputs.
"""

import itertools
import random

import torch
from torch import nn

from symnet import backprop
from symnet.checks.modules import check_module
from symnet.errors import SymnetError

INDEX = torch.tensor([[1, 2, 2], [0, 2, 1]])
CLASSES = torch.tensor([0, 2])
WEIGHTS = torch.tensor([0.5, 2.0, 1.5])
IMAGE, SIGNAL, ROWS, PAIR = [(2, 4, 6, 6)], [(2, 4, 8)], [(3, 4)], [(2, 3), (2, 3)]
REDUCTIONS = ["sum", "none"]
NORMS = {"eps": [0.1], "affine": [True, False], "track_running_stats": [True, False], "momentum": [0.5, None]}

LAYERS = [
    (nn.Linear, (4, 3), {"bias": [False]}, ROWS),
    (nn.Bilinear, (3, 3, 2), {"bias": [False]}, PAIR),
    (nn.Conv1d, (4, 6, 3), {"stride": [2], "padding": [1, "same", "valid"], "dilation": [2], "groups": [2],
                            "bias": [False], "padding_mode": ["reflect", "circular"]}, SIGNAL),
    (nn.Conv2d, (4, 6, 3), {"stride": [2, (1, 2)], "padding": [1, (0, 1), "same"], "dilation": [2, (1, 2)],
                            "groups": [2], "bias": [False], "padding_mode": ["replicate"]}, IMAGE),
    (nn.MaxPool1d, (3,), {"stride": [2], "padding": [1], "dilation": [2], "ceil_mode": [True]}, SIGNAL),
    (nn.MaxPool2d, (2,), {"stride": [1, (2, 1)], "padding": [1], "dilation": [2], "ceil_mode": [True],
                          "return_indices": [True]}, IMAGE),
    (nn.AvgPool1d, (3,), {"stride": [2], "padding": [1], "ceil_mode": [True], "count_include_pad": [False]}, SIGNAL),
    (nn.AvgPool2d, (2,), {"stride": [3], "padding": [1], "ceil_mode": [True], "count_include_pad": [False],
                          "divisor_override": [3]}, IMAGE),
    (nn.AdaptiveAvgPool2d, (3,), {}, IMAGE),
    (nn.AdaptiveAvgPool2d, ((None, 2),), {}, IMAGE),
    (nn.AdaptiveAvgPool1d, (4,), {}, SIGNAL),
    (nn.BatchNorm1d, (4,), NORMS, ROWS),
    (nn.BatchNorm2d, (4,), NORMS, IMAGE),
    (nn.InstanceNorm2d, (4,), NORMS, IMAGE),
    (nn.GroupNorm, (2, 4), {"eps": [0.1], "affine": [False]}, IMAGE),
    (nn.LayerNorm, (4,), {"eps": [0.1], "elementwise_affine": [False], "bias": [False]}, ROWS),
    (nn.LayerNorm, ((3, 4),), {"eps": [0.1], "elementwise_affine": [False], "bias": [False]}, [(2, 3, 4)]),
    (nn.RMSNorm, (4,), {"eps": [0.1], "elementwise_affine": [False]}, ROWS),
    (nn.LocalResponseNorm, (3,), {"alpha": [0.1], "beta": [0.5], "k": [2.0]}, IMAGE),
    (nn.Embedding, (4, 3), {"padding_idx": [0, 2, 3], "max_norm": [0.5], "norm_type": [1.0],
                            "scale_grad_by_freq": [True], "sparse": [True]}, [INDEX]),
    (nn.MultiheadAttention, (4, 2), {"bias": [False], "add_bias_kv": [True], "add_zero_attn": [True],
                                     "kdim": [6], "vdim": [6], "batch_first": [True]}, [(3, 2, 4)] * 3),
    (nn.RNNCell, (4, 3), {"bias": [False], "nonlinearity": ["relu"]}, ROWS),
    (nn.LSTMCell, (4, 3), {"bias": [False]}, ROWS),
    (nn.GRUCell, (4, 3), {"bias": [False]}, ROWS),
    (nn.RNN, (4, 3), {"num_layers": [2], "nonlinearity": ["relu"], "bias": [False], "batch_first": [True],
                      "dropout": [0.5], "bidirectional": [True]}, [(2, 2, 4)]),
    (nn.LSTM, (4, 3), {"num_layers": [2], "bias": [False], "batch_first": [True], "bidirectional": [True],
                       "proj_size": [2]}, [(2, 2, 4)]),
    (nn.GRU, (4, 3), {"num_layers": [2], "bias": [False], "batch_first": [True], "bidirectional": [True]}, [(2, 2, 4)]),
    (nn.GELU, (), {"approximate": ["tanh"]}, ROWS),
    (nn.Softplus, (), {"beta": [2, 0.5], "threshold": [2, 1, 30]}, ROWS),
    (nn.ELU, (), {"alpha": [0.3], "inplace": [True]}, ROWS),
    (nn.CELU, (), {"alpha": [0.3], "inplace": [True]}, ROWS),
    (nn.SELU, (), {"inplace": [True]}, ROWS),
    (nn.LeakyReLU, (), {"negative_slope": [0.3, -0.5], "inplace": [True]}, ROWS),
    (nn.PReLU, (), {"num_parameters": [4], "init": [0.1]}, ROWS),
    (nn.RReLU, (), {"lower": [0.1], "inplace": [True]}, ROWS),
    (nn.Hardtanh, (), {"min_val": [-0.5], "max_val": [0.5], "inplace": [True]}, ROWS),
    (nn.ReLU, (), {"inplace": [True]}, ROWS),
    (nn.ReLU6, (), {"inplace": [True]}, ROWS),
    (nn.SiLU, (), {"inplace": [True]}, ROWS),
    (nn.Mish, (), {"inplace": [True]}, ROWS),
    (nn.Hardswish, (), {"inplace": [True]}, ROWS),
    (nn.Hardsigmoid, (), {"inplace": [True]}, ROWS),
    (nn.Threshold, (0.1, 20.0), {"inplace": [True]}, ROWS),
    (nn.Softshrink, (), {"lambd": [0.1]}, ROWS),
    (nn.Hardshrink, (), {"lambd": [0.1]}, ROWS),
    (nn.GLU, (), {"dim": [0, 1]}, [(4, 4)]),
    (nn.Softmax, (), {"dim": [0, 1, -2]}, ROWS),
    (nn.Softmin, (), {"dim": [0]}, ROWS),
    (nn.LogSoftmax, (), {"dim": [0]}, ROWS),
    (nn.Dropout, (), {"p": [0.0, 0.3], "inplace": [True]}, ROWS),
    (nn.AlphaDropout, (), {"p": [0.3], "inplace": [True]}, ROWS),
    (nn.Upsample, (None, 2), {"mode": ["bilinear", "bicubic"], "align_corners": [True]}, IMAGE),
    (nn.Upsample, ((12, 12),), {"mode": ["bilinear"]}, IMAGE),
    (nn.Upsample, (None, 1.5), {"mode": ["nearest-exact"]}, IMAGE),
    (nn.PixelShuffle, (2,), {}, IMAGE),
    (nn.PixelUnshuffle, (2,), {}, IMAGE),
    (nn.ZeroPad2d, ((1, 0, 2, 1),), {}, IMAGE),
    (nn.ConstantPad2d, (1, 0.5), {}, IMAGE),
    (nn.ReflectionPad2d, (1,), {}, IMAGE),
    (nn.Flatten, (), {"start_dim": [0, 2], "end_dim": [1, 2]}, IMAGE),
    (nn.CosineSimilarity, (), {"dim": [0], "eps": [0.1]}, PAIR),
    (nn.PairwiseDistance, (), {"p": [1.0], "eps": [0.1], "keepdim": [True]}, PAIR),
    (nn.MSELoss, (), {"reduction": REDUCTIONS}, PAIR),
    (nn.L1Loss, (), {"reduction": REDUCTIONS}, PAIR),
    (nn.SmoothL1Loss, (), {"reduction": REDUCTIONS, "beta": [0.2, 0.0]}, PAIR),
    (nn.HuberLoss, (), {"reduction": REDUCTIONS, "delta": [0.2]}, PAIR),
    (nn.KLDivLoss, (), {"reduction": [*REDUCTIONS, "batchmean"], "log_target": [True]}, PAIR),
    (nn.BCELoss, (), {"reduction": REDUCTIONS, "weight": [WEIGHTS]}, PAIR),
    (nn.BCEWithLogitsLoss, (), {"reduction": REDUCTIONS, "weight": [WEIGHTS], "pos_weight": [WEIGHTS]}, PAIR),
    (nn.CrossEntropyLoss, (), {"reduction": REDUCTIONS, "weight": [WEIGHTS], "ignore_index": [0],
                               "label_smoothing": [0.1]}, [(2, 3), CLASSES]),
    (nn.CrossEntropyLoss, (), {"reduction": REDUCTIONS, "weight": [WEIGHTS], "label_smoothing": [0.1]}, PAIR),
    (nn.NLLLoss, (), {"reduction": REDUCTIONS, "weight": [WEIGHTS], "ignore_index": [2]}, [(2, 3), CLASSES]),
    (nn.PoissonNLLLoss, (), {"log_input": [False], "full": [True], "eps": [0.1], "reduction": REDUCTIONS}, PAIR),
]  # fmt: skip
REFUSED_AT_DEFAULTS = (  # no rule yet
    nn.LocalResponseNorm, nn.RReLU, nn.PixelUnshuffle, nn.ReflectionPad2d,
    nn.CosineSimilarity, nn.PairwiseDistance, nn.PoissonNLLLoss,
)  # fmt: skip


def cases(several: int = 0, seed: int = 0):
    """Each layer at its defaults, with each value of each option alone, and with ``several`` mixtures of them."""
    rng = random.Random(seed)
    for kind, arguments, options, inputs in LAYERS:
        chosen = [{}, *({name: value} for name, values in options.items() for value in values)]
        chosen += [{n: rng.choice(v) for n, v in options.items() if rng.random() < 0.5} for _ in range(several)]
        for given, training in itertools.product(chosen, (True, False) if kind in TRAINED else (False,)):
            yield kind, arguments, given, training, inputs


TRAINED = (nn.BatchNorm1d, nn.BatchNorm2d, nn.InstanceNorm2d, nn.Dropout, nn.AlphaDropout, nn.RNN)


def name(case):
    kind, arguments, given, training, _ = case
    options = ", ".join(f"{k}={v.tolist() if hasattr(v, 'tolist') else v}" for k, v in given.items())
    return f"{kind.__name__}({', '.join(map(str, arguments))}{', ' if arguments and options else ''}{options})" + (
        " in training" * training
    )


def told(case):
    """ "agrees", "differs", or the line that refuses it; None where torch itself does not take the options."""
    kind, arguments, given, training, inputs = case
    torch.manual_seed(0)
    examples = [x if isinstance(x, torch.Tensor) else torch.randn(x, dtype=torch.float64) for x in inputs]
    try:
        module = kind(*arguments, **given).train(training)
        module.double()(*(x.clone() for x in examples))
    except Exception:  # torch raises anything
        module = kind(*arguments, **given).train(training) if _runs_with_probabilities(kind) else None
    if module is None:
        return None
    try:
        bp = backprop(module, *inputs)
        return "agrees" if check_module(bp, "cpu", (0, 1)).passed else "differs"
    except SymnetError as error:
        return str(error)


def _runs_with_probabilities(kind):
    return kind is nn.BCELoss
