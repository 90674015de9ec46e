"""Hostile files of every format through the command line, for as many minutes as asked; any fault is kept and told.

python -m benchmarks.fuzz 10               all formats in turn
python -m benchmarks.fuzz 2 onnx model     some of them

A fault is an exit code other than 0, 1 and 2 (a failure that nobody planned), an answer that takes more than
``LONGEST`` seconds, text of a file that runs, or a message of more than one line. Each is written to .bench/fuzz/ with
the command that shows it again; the exit code is 1 if there is any.
"""

import contextlib
import io
import json
import random
import re
import resource
import shlex
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.environments import ROOT
from symnet.adjoints import WORDS
from symnet.cli import main as symnet

LONGEST = 30  # seconds for one input
MEMORY = 4 * 10**9
MARK = "symnet_fuzz_ran"
CALL = f"__import__('sys').modules.setdefault('{MARK}',1)"
KEPT = ROOT / ".bench" / "fuzz"
RESIDUAL, ANSWER = (str(ROOT / "examples" / name) for name in ("residual.net", "residual.tex"))
IN_TIME = ("--limit", "20")  # a long document is judged as far as there is time, and says so


@dataclass(frozen=True)
class Format:
    """Files of one kind: their suffix, some that are right, and the commands that read one."""

    suffix: str
    seeds: Callable[[], Sequence[bytes]]
    commands: tuple[tuple[str, ...], ...]


def _examples(*names: str) -> Callable[[], list[bytes]]:
    return lambda: [(ROOT / "examples" / name).read_bytes() for name in names]


def _models() -> list[bytes]:
    words = [word.example.encode() for word in WORDS.values()]
    return [*_examples("attention.net", "classifier.net", "recurrent.net", "residual.net")(), *words]


def _documents() -> list[bytes]:
    lines = (ROOT / "tests" / "data" / "latex_corpus.tsv").read_text(encoding="utf-8").splitlines()
    model = (ROOT / "examples" / "residual.net").read_text(encoding="utf-8").splitlines()
    own = "".join(f"% symnet: {line}\n" for line in ("against model", *model)) + r"$\bar V = \bar r h^\top$"
    claims = [f"Let ${line.split(chr(9))[-1]}$ be given.".encode() for line in lines]
    return [*_examples("worksheet/solution.md", "worksheet/solution.tex")(), own.encode(), *claims]


def _architectures() -> list[bytes]:
    from symnet.counts import lenet5, text

    return [text.to_json(lenet5()).encode()]


def _notebooks() -> list[bytes]:
    source = (ROOT / "examples" / "worksheet" / "solution.md").read_text(encoding="utf-8").splitlines(keepends=True)
    cells = [{"cell_type": kind, "metadata": {}, "source": source[:80]} for kind in ("markdown", "raw", "markdown")]
    return [json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}).encode()]


def _certificates() -> list[bytes]:
    from symnet.relu import Sorted, prove, sorter, two_input_sorter

    three, two = sorter(3), two_input_sorter()
    proofs = [
        prove(two, Sorted()),
        prove(three, Sorted()),
        prove(two, two.outputs[0] <= two.outputs[1]),
        prove(two, [two.inputs[0], two.inputs[1]]),
        prove(two, two.outputs[0] <= two.inputs[0] + 1, where=[two.inputs[0] >= 0, two.inputs[1] <= 3]),
    ]
    return [json.dumps(proof.certificate).encode() for proof in proofs]


def _onnx() -> list[bytes]:
    import numpy as np
    from onnx import TensorProto, helper, numpy_helper

    def model(nodes: list[Any], tensors: dict[str, Any], shape: list[Any]) -> bytes:
        graph = helper.make_graph(
            nodes,
            "g",
            [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
            [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["M", "K"])],
            [numpy_helper.from_array(np.asarray(t, dtype=np.float32), name) for name, t in tensors.items()],
        )
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)]).SerializeToString()

    node = helper.make_node
    W, V = [[1, -1], [2, 0.5], [-1, 1]], [[1, 1, -1]]
    return [
        model(
            [
                node("Gemm", ["x", "W", "b"], ["z"], transB=1),
                node("Relu", ["z"], ["h"]),
                node("Gemm", ["h", "V"], ["y"], transB=1),
            ],
            {"W": W, "b": [0, 1, -1], "V": V},
            ["N", 2],
        ),
        model(
            [
                node("Sub", ["x", "m"], ["s"]),
                node("Flatten", ["s"], ["f"]),
                node("MatMul", ["f", "W"], ["h"]),
                node("LeakyRelu", ["h"], ["y"], alpha=0.25),
            ],
            {"m": [0.5, 1], "W": [[1, 2], [-1, 3]]},
            [1, 2],
        ),
    ]


FORMATS = {
    "model": Format(".net", _models, (("backprop",), ("backprop", "--latex"), ("backprop", "--code", "numpy"))),
    "LaTeX model": Format(".tex", _examples("residual.tex"), (("backprop",),)),
    "document": Format(".md", _documents, (("audit", "--no-hints", *IN_TIME), ("audit", *IN_TIME, "--key", RESIDUAL))),
    "answer": Format(".tex", _documents, (("audit", *IN_TIME, "--no-hints"), ("audit", *IN_TIME, "--key", "alexnet"))),
    "network": Format(".json", _examples("sorter.json"), (("prove", "--timeout", "5", "--network"),)),
    "architecture": Format(".yaml", _examples("lenet5.yaml"), (("count",), ("suggest", "--limit", "weights=1e9"))),
    "JSON layers": Format(".json", _architectures, (("count",), ("suggest",), ("audit", ANSWER, "--key"))),
    "notebook": Format(".ipynb", _notebooks, (("audit", "--no-hints", *IN_TIME),)),
    "key": Format(".net", _models, (("audit", "--no-hints", *IN_TIME, ANSWER, "--key"),)),
    "certificate": Format(".json", _certificates, (("check",),)),
    "ONNX": Format(".onnx", _onnx, (("prove", "--timeout", "5", "--claim", "out1 >= 0 - 9", "--network"),)),
}

HOSTILE = [
    *(s.encode() for s in (CALL, f'"{CALL}"', f"'{CALL}'", "1e999999", "9" * 5000, "-1", "0", "1/0", "nan", "inf")),
    *(s.encode() for s in ("((((", "[" * 200, "{" * 200, "}" * 50, "\\", "$", "$$", "%", "#", '"', "'", "\n", "\t")),
    *(s.encode() for s in ("x", "=", "@", "**", ".T", "[0:100]", "[-1]", ", axis=0", ", keepdims=True", ":", ";", ",")),
    *(s.encode() for s in ("é", "李", "𝟏", "\u202e", "\x1b[2J", "lambda", "None", "True", "x.y", "1if", "0x1F", "1_0")),
    *(s.encode() for s in ("\\input{/etc/passwd}", "\\def\\a{\\a\\a}\\a", "\\frac", "\\begin{align}", "&&", "\\\\")),
    b"\x00",
    b"\xff\xfe",
    b"\xed\xa0\x80",
]


def mutated(draw: random.Random, seeds: Sequence[bytes]) -> bytes:
    """A seed after one to four changes: bits, pieces, lines and words moved, repeated, cut, or replaced."""
    data = draw.choice(seeds)
    for _ in range(draw.choice((1, 1, 1, 2, 2, 3, 4))):
        data = draw.choice(CHANGES)(draw, data, seeds)[:200_000]
    return data


def _span(draw: random.Random, data: bytes, longest: int = 40) -> tuple[int, int]:
    start = draw.randrange(len(data) + 1)
    return start, min(len(data), start + draw.randrange(longest))


def _flip(draw: random.Random, data: bytes, _: Any) -> bytes:
    i = draw.randrange(len(data) + 1)
    return data[:i] + bytes([data[i] ^ (1 << draw.randrange(8))]) + data[i + 1 :] if i < len(data) else data


def _cut(draw: random.Random, data: bytes, _: Any) -> bytes:
    i, j = _span(draw, data)
    return data[:i] + data[j:]


def _truncate(draw: random.Random, data: bytes, _: Any) -> bytes:
    return data[: draw.randrange(len(data) + 1)]


def _repeat(draw: random.Random, data: bytes, _: Any) -> bytes:
    i, j = _span(draw, data)
    return data[:j] + data[i:j] * draw.choice((1, 2, 50, 1000)) + data[j:]


def _insert(draw: random.Random, data: bytes, _: Any) -> bytes:
    i = draw.randrange(len(data) + 1)
    return data[:i] + draw.choice(HOSTILE) + data[i:]


def _replace_word(draw: random.Random, data: bytes, seeds: Sequence[bytes]) -> bytes:
    words = [*re.finditer(rb"\w+|[^\w\s]", data)]
    if not words:
        return data
    other = [*re.finditer(rb"\w+|[^\w\s]", draw.choice(seeds))] or words
    start, end = draw.choice(words).span()
    return data[:start] + draw.choice((draw.choice(HOSTILE), draw.choice(other).group())) + data[end:]


def _lines(draw: random.Random, data: bytes, seeds: Sequence[bytes]) -> bytes:
    mine, others = data.split(b"\n"), draw.choice(seeds).split(b"\n")
    i = draw.randrange(len(mine))
    kind = draw.randrange(3)
    moved = [draw.choice(others)] if kind == 0 else [mine[i], mine[i]] if kind == 1 else []
    return b"\n".join([*mine[:i], *moved, *mine[i + 1 :]])


CHANGES = (_flip, _cut, _truncate, _repeat, _insert, _replace_word, _replace_word, _replace_word, _lines)


# ---------------------------------------------------------------------- one input
class TooLong(BaseException):
    """No Exception, so that nothing on the way takes it for one of its own."""


def outcome(words: Sequence[str]) -> tuple[str, float]:
    """The exit code, or what is wrong, and the seconds it took."""
    begun = time.monotonic()
    err = io.StringIO()
    signal.alarm(LONGEST)
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(err):
            symnet([*words, "--debug"])
        said = "no exit"
    except SystemExit as stop:
        said = str(stop.code)
    except TooLong:
        said = f"no answer in {LONGEST} s"
    except MemoryError:
        said = "out of memory"
    except Exception as error:
        said = f"{type(error).__name__}: {str(error)[:200]}"
    finally:
        signal.alarm(0)
    if MARK in sys.modules:
        del sys.modules[MARK]
        said = "TEXT OF THE FILE RAN"
    if said == "2" and err.getvalue().count("\n") != 1:
        said = f"a refusal of {err.getvalue().count(chr(10))} lines"
    return said, time.monotonic() - begun


def rounds(names: Sequence[str], seconds: float, folder: Path) -> Iterator[tuple[str, str, float, Path, list[str]]]:
    """(format, outcome, seconds, file, command) of one input after the other; the formats take turns."""
    seeds = {name: FORMATS[name].seeds() for name in names}
    start, n = time.monotonic(), time.time_ns() % 10**9  # other inputs each time; one with a fault is kept
    while time.monotonic() - start < seconds:
        name = names[n % len(names)]
        draw = random.Random(n)
        file = folder / f"{n}{FORMATS[name].suffix}"
        file.write_bytes(mutated(draw, seeds[name]))
        words = [*draw.choice(FORMATS[name].commands), str(file)]
        said, took = outcome(words)
        yield name, said, took, file, words
        file.unlink()
        n += 1


def main() -> None:
    seconds = 60 * float(sys.argv[1]) if len(sys.argv) > 1 else 60
    names = sys.argv[2:] or list(FORMATS)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    signal.signal(signal.SIGALRM, _ring)
    tally: Counter[tuple[str, str]] = Counter()
    slowest: dict[str, float] = {}
    faults: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        for name, said, took, file, words in rounds(names, seconds, Path(folder)):
            tally[name, said if said in ("0", "1", "2") else "fault"] += 1
            slowest[name] = max(slowest.get(name, 0), took)
            if said not in ("0", "1", "2"):
                faults[f"{name}: {said}"] += 1
                if faults[f"{name}: {said}"] == 1:
                    _keep(name, said, file, words)
    print(f"{'format':14} {'inputs':>7} {'exit 0':>7} {'exit 1':>7} {'refused':>8} {'faults':>7} {'slowest':>8}")
    for name in names:
        counts = [tally[name, said] for said in ("0", "1", "2", "fault")]
        print(f"{name:14} {sum(counts):7,} {counts[0]:7,} {counts[1]:7,} {counts[2]:8,} {counts[3]:7,}", end="")
        print(f" {slowest.get(name, 0):6.1f} s")
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{sum(tally.values()):,} inputs, {sum(faults.values()):,} faults of {len(faults):,} kinds; {memory:,} MB")
    sys.exit(1 if faults else 0)


def _ring(*_: object) -> None:
    raise TooLong


def _keep(name: str, said: str, file: Path, words: Sequence[str]) -> None:
    KEPT.mkdir(parents=True, exist_ok=True)
    kept = KEPT / f"{len([*KEPT.iterdir()])}{file.suffix}"
    kept.write_bytes(file.read_bytes())
    print(f"FAULT {name}: {said}\n    symnet {shlex.join([*words[:-1], str(kept)])} --debug", flush=True)


if __name__ == "__main__":
    main()
