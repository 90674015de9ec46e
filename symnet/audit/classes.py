r"""A class of answers: many files, each audited on its own, resumable, in parallel; one bad file never stops the rest.

A finished file's result is kept beside the output under the hash of its content, of the keys and of symnet's version;
it is audited again only when one of them changes. joblib runs the files, so that ``joblib.parallel_config("dask")``
around `grade` moves the work to a cluster without a change here.
"""

import csv
import hashlib
import io
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from symnet.audit.auditor import audit
from symnet.audit.findings import Audit, Finding
from symnet.audit.keys import Conventions
from symnet.audit.named import named
from symnet.errors import SymnetError

VERSION = 2  # of the record of a finished file


@dataclass(frozen=True)
class Graded:
    """One file's result: the record of its findings, or ``error`` where it could not be audited at all."""

    file: str
    counts: dict[str, int]
    findings: tuple[dict[str, Any], ...] = ()
    error: str = ""
    kept: bool = False

    @property
    def state(self) -> str:
        return (
            "error"
            if self.error
            else "wrong"
            if self.counts["wrong"]
            else "unread"
            if self.counts["unread"]
            else "right"
        )

    def to_json(self) -> dict[str, Any]:
        return {"file": self.file, "counts": self.counts, "error": self.error, "findings": list(self.findings)}


def grade(
    files: Sequence[str | Path],
    keys: Sequence[str] = (),
    *,
    conventions: Conventions | None = None,
    jobs: int = 1,
    kept_in: str | Path | None = None,
    hint: bool = True,
    progress: Callable[[Graded], None] = lambda graded: None,
) -> list[Graded]:
    """Every file against the keys, in the order given.

    keys      names for `symnet.audit.named`: a model file, "alexnet", "sorter"
    jobs      how many files at a time, as joblib counts: -1 is one for each core
    kept_in   a folder for the results of finished files, which makes the run resumable
    progress  called with each result as it comes
    """
    for name in keys:
        named(name, conventions)  # a key that cannot be derived is said before any file is read
    fingerprint = hashlib.sha256(repr((VERSION, conventions, hint, [_content(k) for k in keys])).encode()).hexdigest()
    tasks = [(str(f), tuple(keys), conventions, hint, str(kept_in) if kept_in else "", fingerprint) for f in files]
    if jobs == 1 or len(tasks) < 2:
        results = map(_graded, tasks)
    else:
        from joblib import Parallel, delayed

        results = Parallel(n_jobs=jobs, return_as="generator")(delayed(_graded)(task) for task in tasks)
    found = []
    for result in results:
        progress(result)
        found.append(result)
    return found


def _content(name: str) -> bytes:
    path = Path(name)
    return path.read_bytes() if path.is_file() else name.encode()


def _graded(task: tuple[str, tuple[str, ...], Conventions | None, bool, str, str]) -> Graded:
    file, keys, conventions, hint, kept_in, fingerprint = task
    try:
        content = Path(file).read_bytes()
    except OSError as error:
        return _failed(file, f"cannot read it: {error.strerror or error}")
    record = (
        Path(kept_in) / f"{hashlib.sha256(content + fingerprint.encode()).hexdigest()[:32]}.json" if kept_in else None
    )
    if record is not None and (kept := _kept(record, file)) is not None:
        return kept
    try:
        result = of_audit(file, audit(Path(file), [named(k, conventions) for k in keys], hint=hint))
    except SymnetError as error:
        return _failed(file, str(error))
    except Exception as error:  # a fault of ours must not cost the others their marks
        return _failed(file, f"symnet failed on this file ({type(error).__name__}: {error}); please report it")
    if record is not None:
        from symnet.files import write_whole

        record.parent.mkdir(parents=True, exist_ok=True)
        write_whole(record, json.dumps(result.to_json(), ensure_ascii=False))
    return result


def _failed(file: str, error: str) -> Graded:
    return Graded(file, {"holds": 0, "wrong": 0, "unread": 0}, error=" ".join(error.split()))


def of_audit(file: str, found: Audit) -> Graded:
    """The record of one file's audit."""
    return Graded(file, found.counts, tuple(f.to_json() | {"explanation": f.explanation()} for f in found))


def _kept(record: Path, file: str) -> Graded | None:
    try:
        data = json.loads(record.read_text(encoding="utf-8"))
        findings = tuple({**f, "file": file} for f in data["findings"])
        return Graded(file, data["counts"], findings, data["error"], kept=True)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def marks(results: Sequence[Graded]) -> str:
    """One line a file as CSV: how many claims hold, are wrong, are unread; and the first wrong one."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["file", "state", "holds", "wrong", "unread", "first wrong claim", "why"])
    for r in results:
        first = next((f for f in r.findings if f["verdict"] == "wrong"), None)
        said = (
            (f"{first['line']}: {_plain(first['read_as'])}", _plain(first["explanation"])) if first else ("", r.error)
        )
        writer.writerow([_plain(r.file), r.state, *(r.counts[v] for v in ("holds", "wrong", "unread")), *said])
    return out.getvalue()


def _plain(words: str) -> str:
    """A cell that a spreadsheet does not take for a formula."""
    return f"'{words}" if words[:1] in ("=", "+", "-", "@", "\t") else words


__all__ = ["Finding", "Graded", "grade", "marks", "of_audit"]
