"""Published classifiers through symnet.counts: python -m benchmarks.sweep [--library NAME] [--only MODEL ...] [--write]

Every classifier of torchvision and some sixty of timm, on meta, in an environment of its own. Wanted: each parameter of
the module is in a row or named as unused, and the rows' connections are what torch counts in a run of the module.
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from typing import Any

from benchmarks.environments import ROOT, TORCH, Peer, prepared
from benchmarks.sections import write_section

# torchvision and timm ask for a torch of their own; both load on the one that is there
LIGHT = (
    "numpy",
    "pillow",
    "pyyaml",
    "huggingface_hub",
    "safetensors",
    "sympy==1.14.0",
    "jinja2",
    "rich",
    "click",
    "joblib",
)
SWEEP = Peer(
    "sweep", (TORCH, "torchvision==0.28.0 --no-deps", "timm==1.0.31 --no-deps", *LIGHT), "published classifiers"
)
SCRIPT = ROOT / "benchmarks" / "peers" / "sweep_models.py"
LIBRARIES = ("torchvision", "timm")


def found(library: str, wanted: Sequence[str]) -> Iterator[dict[str, Any]]:
    """A line for each model, as the child process finds it; what was found before it ended, if it ends."""
    command = [str(SWEEP.python), str(SCRIPT), library, *wanted]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as child:
        assert child.stdout is not None
        for line in child.stdout:
            model = json.loads(line)
            print(f"{library} {model['name']}: {state(model)}", file=sys.stderr, flush=True)
            yield model
    if child.returncode:
        yield {"name": f"(the rest of {library})", "failed": f"the process ended with {child.returncode}"}


def state(model: dict[str, Any]) -> str:
    """whole; LOST if a number differs; refused if symnet says so; failed if the model is not made."""
    for word in ("failed", "refused"):
        if word in model:
            return f"{word}: {model[word]}"
    if model["parameters"] + model["unused"] != model["elements"] or model["connections"] != model["recount"]:
        return "LOST"
    kept = [note for note in model["notes"] if not note.startswith("not used at test time")]
    return "; ".join(["whole", *([f"{model['unused']:,} unused, named"] if model["unused"] else []), *kept])


def table(models: Sequence[dict[str, Any]]) -> Iterator[str]:
    """Markdown: a row for each model."""
    yield "| model | parameters | of the module | connections | torch's recount | state |"
    yield "|---|---:|---:|---:|---:|---|"
    for model in models:
        numbers = (
            f"{model[key]:,}" if key in model else "" for key in ("parameters", "elements", "connections", "recount")
        )
        yield f"| {model['name']} | {' | '.join(numbers)} | {state(model).replace('|', '/')} |"


def summary(library: str, models: Sequence[dict[str, Any]]) -> str:
    words = [state(model).partition(";")[0].partition(":")[0] for model in models]
    counted = ", ".join(f"{words.count(word)} {word}" for word in ("whole", "LOST", "refused", "failed"))
    return f"{library}: {len(models)} models, {counted}."


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--library", choices=LIBRARIES, action="append")
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--write", action="store_true")
    chosen = parser.parse_args()
    if why := prepared(SWEEP):
        sys.exit(why)
    swept = {library: list(found(library, chosen.only)) for library in chosen.library or LIBRARIES}
    parts = [f"{summary(library, models)}\n\n" + "\n".join(table(models)) for library, models in swept.items()]
    text = "\n\n".join(["## Published classifiers, read whole", *parts])
    print(text)
    if chosen.write:
        write_section("sweep", text, "sweep")
    sys.exit(any(state(model) == "LOST" for models in swept.values() for model in models))


if __name__ == "__main__":
    main()
