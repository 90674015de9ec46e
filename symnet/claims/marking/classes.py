r"""A class of answers: many files, each audited on its own, resumable, in parallel; one bad file never stops the rest.

A finished file's result is kept beside the output under the hash of its content, of the keys and of symnet's code;
it is audited again only when one of them changes. Each file of several is audited in a process of its own (`helper`),
so that one that hangs or dies costs that file. joblib runs the files, so that ``joblib.parallel_config("dask")`` around
`grade` moves the work to a cluster without a change here.
"""

import csv
import hashlib
import io
import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from symnet.claims.explanation.findings import Audit, Finding
from symnet.claims.marking.auditor import audit_document
from symnet.claims.marking.helper import Helper, HelperFailed
from symnet.claims.marking.states import VERDICTS, State, share, state
from symnet.claims.marking.wanted import wanted
from symnet.claims.meaning.keys import Conventions
from symnet.claims.meaning.named import named, options
from symnet.errors import InvalidInput, SymnetError
from symnet.files import PACKAGE, write_whole
from symnet.readers.documents.formulas import bytes_of, read_bytes
from symnet.screen import visible

SECONDS = 120.0  # for a file


@dataclass(frozen=True)
class Graded:
    """One file's result: the record of its audit, or ``error`` where it could not be audited at all.

    ``record`` is `Audit.to_json`, each finding with its explanation.
    """

    file: str
    record: Mapping[str, Any] = field(default_factory=dict)
    error: str = ""
    kept: bool = False

    @property
    def counts(self) -> dict[str, int]:
        return self.record.get("counts") or dict.fromkeys(VERDICTS, 0)

    @property
    def findings(self) -> tuple[dict[str, Any], ...]:
        return tuple(self.record.get("findings", ()))

    @property
    def wanted(self) -> tuple[str, ...]:
        return tuple(self.record.get("wanted", ()))

    @property
    def stated(self) -> tuple[str, ...]:
        return tuple(self.record.get("stated", ()))

    @property
    def missing(self) -> tuple[str, ...]:
        """What is wanted and not stated."""
        return tuple(w for w in self.wanted if w not in self.stated)

    @property
    def notes(self) -> tuple[str, ...]:
        """What a marker should know beside the findings."""
        why = self.record.get("why_not_judged", "")
        return (*self.record.get("notes", ()), *([why] if why else []))

    @property
    def not_judged(self) -> int:
        return self.record.get("formulas", {}).get("not judged", 0)

    @property
    def state(self) -> State:
        """See `states`."""
        if self.error:
            return "error"
        return state(self.counts, wanted=self.wanted, stated=self.stated, not_judged=self.not_judged)

    @property
    def read(self) -> str:
        """The share of the claims that was read: "12 of 14"."""
        return share(self.counts, self.not_judged)

    def to_json(self) -> dict[str, Any]:
        return {**self.record, "file": self.file, "state": self.state, "counts": self.counts, "read": self.read,
                "missing": list(self.missing), "error": self.error, "findings": list(self.findings)}  # fmt: skip


@dataclass(frozen=True)
class Task:
    """A file, and all that its result depends on beside its content; plain data, for it travels."""

    file: str
    keys: tuple[str, ...]
    conventions: Mapping[str, str]
    hint: bool
    want: tuple[str, ...]
    seconds: float | None
    kept_in: str
    fingerprint: str


def grade(
    files: Sequence[str | Path],
    keys: Sequence[str] = (),
    *,
    conventions: Conventions | None = None,
    jobs: int = 1,
    kept_in: str | Path | None = None,
    hint: bool = True,
    want: Sequence[str] = (),
    seconds: float | None = SECONDS,
    progress: Callable[[Graded], None] = lambda graded: None,
) -> list[Graded]:
    """Every file against the keys, in the order given.

    keys      names for `symnet.claims.meaning.named`: a model file, an architecture, "alexnet", "sorter"
    jobs      how many files at a time, as joblib counts: -1 is one for each core
    kept_in   a folder for the results of finished files, which makes the run resumable
    want      what a complete answer states (see `wanted`)
    seconds   for a file: its findings by then are its result, and the rest is "not judged"; of several files, one that
              hangs is given up soon after
    progress  called with each result as it comes
    """
    if jobs == 0:
        raise InvalidInput("0 files at a time are none; give a number, or -1 for one file for each core")
    chosen = conventions or Conventions()
    wanted([named(name, chosen) for name in keys], want)  # a key that cannot be derived is said before a file is read
    settled = (_code(), chosen, hint, want, seconds, [_content(k) for k in keys])
    fingerprint = hashlib.sha256(repr(settled).encode()).hexdigest()
    tasks = [
        Task(str(f), tuple(keys), asdict(chosen), hint, tuple(want), seconds, str(kept_in or ""), fingerprint)
        for f in files
    ]
    found = []
    with _results(tasks, jobs) as results:
        for result in results:
            progress(result)
            found.append(result)
    return found


@contextmanager
def _results(tasks: Sequence[Task], jobs: int) -> Iterator[Iterator[Graded]]:
    if len(tasks) < 2:
        yield map(_graded, tasks)
        return
    from joblib import Parallel, delayed

    try:
        # threads, for each has a process of its own; a cluster's workers are as good
        run: Any = Parallel(n_jobs=jobs, prefer="threads", return_as="generator")
        yield run(delayed(_apart)(task) for task in tasks)
    finally:
        for helper in _HELPERS:
            helper.close()
        _HELPERS.clear()
        _OWN.__dict__.clear()


_OWN, _HELPERS = threading.local(), list[Helper]()


def _apart(task: Task) -> Graded:
    """One file, audited by the process of this thread."""
    if not hasattr(_OWN, "helper"):
        _OWN.helper = Helper(__name__, task.seconds)
        _HELPERS.append(_OWN.helper)
    _OWN.helper.seconds = task.seconds
    try:
        return Graded(**_OWN.helper.ask(asdict(task)))
    except HelperFailed as error:
        return _failed(task.file, str(error))


def answer(task: Mapping[str, Any]) -> dict[str, Any]:
    """What a helper says to a task."""
    given = {name: tuple(value) if isinstance(value, list) else value for name, value in task.items()}
    return asdict(_graded(Task(**given)))


@cache
def _code() -> str:
    """Of symnet itself: another symnet may judge otherwise."""
    hashed = hashlib.sha256()
    for path in sorted(PACKAGE.rglob("*.py")):
        hashed.update(path.read_bytes())
    return hashed.hexdigest()


def _content(name: str) -> bytes:
    path = Path(name)
    return path.read_bytes() if path.is_file() else name.encode()


def _graded(task: Task) -> Graded:
    try:
        content = bytes_of(task.file)
    except InvalidInput as error:
        return _failed(task.file, str(error))
    except ValueError:  # a NUL in the name
        return _failed(task.file, "cannot read it: that is no name of a file")
    hashed = hashlib.sha256(content + task.fingerprint.encode()).hexdigest()[:32]
    record = Path(task.kept_in) / f"{hashed}.json" if task.kept_in else None
    if record is not None and (kept := _kept(record, task.file)) is not None:
        return kept
    conventions = Conventions(**task.conventions)
    try:
        keys = [named(k, conventions) for k in task.keys]
        document = read_bytes(task.file, content)
        found = audit_document(document, keys, hint=task.hint, want=task.want, seconds=task.seconds)
    except SymnetError as error:
        return _failed(task.file, str(error))
    except Exception as error:  # a fault of ours must not cost the others their marks
        return _failed(task.file, f"symnet failed on this file ({type(error).__name__}: {error}); please report it")
    result = of_audit(task.file, found)
    if record is not None and not result.not_judged:  # on a faster machine there may be time for all
        record.parent.mkdir(parents=True, exist_ok=True)
        write_whole(record, json.dumps(result.record, ensure_ascii=True))
    return result


def _failed(file: str, error: str) -> Graded:
    return Graded(file, error=" ".join(error.split()))


def of_audit(file: str, found: Audit) -> Graded:
    """The record of one file's audit."""
    findings = [f.to_json() | {"explanation": _explanation(f)} for f in found]
    return Graded(file, found.to_json() | {"findings": findings})


def _explanation(f: Finding) -> str:
    """With the options that set the convention under which a claim is right."""
    said, option = f.explanation(), options(f.convention)
    return said.replace(f.convention, f"{f.convention} ({option})") if option else said


def _kept(record: Path, file: str) -> Graded | None:
    try:
        data = json.loads(record.read_text(encoding="utf-8"))
        findings = [{**f, "file": file} for f in data["findings"]]
        return Graded(file, {**data, "title": file, "findings": findings}, kept=True)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def marks(results: Sequence[Graded]) -> str:
    """One line a file as CSV: its state, how many claims hold, are wrong, are unread, the share read, how much of what
    is wanted is stated and what is not; the first claim to look at, why, and what else to know."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(
        [
            "file",
            "state",
            *VERDICTS,
            "read",
            "wanted",
            "missing",
            "not judged",
            "first claim to look at",
            "why",
            "notes",
        ]
    )
    for r in results:
        order = [f for v in ("wrong", "unread") for f in r.findings if f["verdict"] == v]
        first = order[0] if order else None
        said = (f"{_line(first)}: {_claim(first)}", first["explanation"]) if first else ("", r.error)
        stated = f"{len(r.stated)} of {len(r.wanted)}" if r.wanted else ""
        row = [r.file, r.state, *(r.counts[v] for v in VERDICTS), r.read, stated, ", ".join(r.missing), r.not_judged]
        writer.writerow([_plain(cell) if isinstance(cell, str) else cell for cell in (*row, *said, "; ".join(r.notes))])
    return out.getvalue()


def _claim(f: Mapping[str, Any]) -> str:
    return f["read_as"] or " ".join(f["claim"].split())


def _line(f: Mapping[str, Any]) -> str:
    return f"cell {f['cell']}, {f['line']}" if f.get("cell") else str(f["line"])


def _plain(words: str) -> str:
    """A cell that a spreadsheet does not take for a formula, and that has nothing in it that a terminal obeys."""
    words = visible(words)
    return f"'{words}" if words[:1] in ("=", "+", "-", "@") else words


__all__ = ["Finding", "Graded", "grade", "marks", "of_audit"]
