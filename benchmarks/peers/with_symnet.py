"""symnet, through its public names."""

from typing import Any

from protocol import serve

from symnet.relu import ReluNetwork, Sorted, prove


def network(layers: list[dict[str, Any]]) -> ReluNetwork:
    return ReluNetwork([(layer["weights"], layer["biases"]) for layer in layers])


def prove_sorted(question: dict[str, Any]) -> str:
    return "proved" if prove(network(question["layers"]), Sorted()).holds else "refuted"


def prove_equal(question: dict[str, Any]) -> str:
    return "proved" if prove(network(question["layers"]), network(question["other"])).holds else "refuted"


def regions(question: dict[str, Any]) -> int:
    return len(network(question["layers"]).regions())


if __name__ == "__main__":
    serve({"sorts": prove_sorted, "equal": prove_equal, "regions": regions}, ("sympy", "numpy"))
