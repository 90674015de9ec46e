"""symnet.counts, through its public names."""

import tracemalloc
from typing import Any

from protocol import serve

from symnet.counts import ZOO, alexnet, count, pareto, resnet50, vgg16


def network(name: str) -> Any:
    return vgg16(adaptive_pool=True) if name == "vgg16" else ZOO[name]()


def total(question: dict[str, Any]) -> int:
    return int(count(network(question["network"])).total.connections)


def reported(question: dict[str, Any]) -> int:
    return int(count(network(question["network"])).as_reported_by(question["tool"]).total)


def alexnet_in_letters(question: dict[str, Any]) -> str:
    return str(count(alexnet(symbolic=True)).total.weights)


def resnet_in_letters(question: dict[str, Any]) -> str:
    return str(count(resnet50(resolution="H", width="c"), batch="N").total.weights)


def module(question: dict[str, Any]) -> int:
    built, x = question["ready"]
    return int(count((built, tuple(x.shape))).total.connections)


def front(question: dict[str, Any]) -> int:
    grid = {f"conv{i}": range(64, 257, 32) for i in range(1, 6)}
    grid |= {f"fc{i}": range(512, 4097, 512) for i in (6, 7)}
    found = pareto(alexnet(), grid)
    assert found.designs > 10**6
    return int(found.designs)


def memory(question: dict[str, Any]) -> int:
    """Bytes that Python allocates at most while the network is counted."""
    tracemalloc.start()
    total(question)
    return tracemalloc.get_traced_memory()[1]


def ready(question: dict[str, Any]) -> Any:
    """The torch module, for the task that starts from one."""
    if question["task"] != "module":
        return None
    from models import build

    return build(question)


TASKS = {
    "total": total, "reported": reported, "alexnet in letters": alexnet_in_letters,
    "resnet in letters": resnet_in_letters, "module": module, "front": front, "memory": memory,
}  # fmt: skip
if __name__ == "__main__":
    serve(TASKS, ("sympy", "numpy"), ready)
