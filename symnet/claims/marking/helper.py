"""One process that audits files, apart from the one that marks the class: what it costs a file is that file's own.

A helper reads a task a line from its standard input and answers each with a line. It ends with the one that started it,
also in the middle of its work and whatever ended that: its input is closed then, and a thread watches that. A helper
that is killed, fails, or takes longer than it may costs one file; the next file gets a new one.
"""

import contextlib
import importlib
import json
import os
import signal
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from typing import Any

from symnet.files import PACKAGE

GRACE = 10.0  # seconds beyond the time for a file, in which its findings so far are handed over


class HelperFailed(Exception):
    """It ended without an answer; the message says how."""


@dataclass
class Helper:
    """A process, started when first asked; ``seconds`` for each task, forever where None.

    answers   the module whose ``answer`` gives the answer to a task, by its name
    """

    answers: str
    seconds: float | None
    _process: "subprocess.Popen[bytes] | None" = field(default=None, repr=False)

    def ask(self, task: Any) -> Any:
        """The answer to a task; `HelperFailed` where the process ends first, or must be ended."""
        process = self._process = self._process or _started(self.answers)
        late = threading.Event()
        timer = threading.Timer((self.seconds or 0) + GRACE, lambda: (late.set(), process.kill()))
        timer.daemon = True
        if self.seconds is not None:
            timer.start()
        try:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(json.dumps(task).encode() + b"\n")
            process.stdin.flush()
            answer = process.stdout.readline()
        except BrokenPipeError:
            answer = b""
        finally:
            timer.cancel()
        if not answer.endswith(b"\n"):
            code = self.close()
            raise HelperFailed(_ended(code, late.is_set(), self.seconds))
        return json.loads(answer)

    def close(self) -> int:
        """End it; what it ended with."""
        process, self._process = self._process, None
        if process is None:
            return 0
        assert process.stdin is not None
        assert process.stdout is not None
        with contextlib.suppress(OSError):  # it was gone already
            process.stdin.close()
        code = process.wait()
        process.stdout.close()
        return code


def _ended(code: int, late: bool, seconds: float | None) -> str:
    if late:
        return f"it took longer than {seconds:g} seconds and {GRACE:g} more, and was given up"
    return f"the process that audited it was ended by signal {-code}" if code < 0 else f"its process ended with {code}"


def _started(answers: str) -> "subprocess.Popen[bytes]":
    root = str(PACKAGE.parent)
    path = os.pathsep.join([root, *filter(None, [os.environ.get("PYTHONPATH")])])
    # -P: a module that lies among the answers is not Python's to import
    command = [sys.executable, "-P", "-m", __name__, answers]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=os.environ | {"PYTHONPATH": path}
    )
    assert process.stdout is not None
    process.stdout.readline()  # it is ready: how long it takes to start is no file's fault
    return process


def _serve(module: str) -> None:
    """Answer each line of the input with one of the output."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # whatever prints does not answer
    tasks: list[bytes] = []
    arrived = threading.Semaphore(0)

    def watch() -> None:
        for line in sys.stdin.buffer:
            tasks.append(line)
            arrived.release()
        os._exit(1)

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the one that started it is interrupted, and closes the input
    threading.Thread(target=watch, daemon=True).start()
    answer = importlib.import_module(module).answer
    answers.write(b"ready\n")
    answers.flush()
    while True:
        arrived.acquire()
        answers.write(json.dumps(answer(json.loads(tasks.pop(0)))).encode() + b"\n")
        answers.flush()


if __name__ == "__main__":
    _serve(sys.argv[1])
