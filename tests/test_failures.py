"""The last net: a failure that nobody planned is one line, exit code 3 and a file; a wrong claim is never 3."""

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import click
import pytest

from symnet.cli import cli, main


def _broken() -> int:
    raise KeyError("no such rule\nsecond line")


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    command = click.Command(
        "broken", callback=_broken, params=[click.Option(["--debug"], is_flag=True, expose_value=False)]
    )
    monkeypatch.setitem(cli.commands, "broken", command)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_an_unplanned_failure_is_one_line_and_exit_code_3(broken: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["broken"])
    err = capsys.readouterr().err
    assert stop.value.code == 3
    assert err.count("\n") == 1
    assert "KeyError" in err
    (report,) = broken.glob("symnet-failure-*.txt")
    assert str(report) in err
    assert "Traceback" in report.read_text()
    assert "symnet broken" in report.read_text()
    assert report.stat().st_mode & 0o077 == 0


def test_debug_shows_the_traceback(broken: Path) -> None:
    with pytest.raises(KeyError):
        main(["broken", "--debug"])
    assert not [*broken.iterdir()]


@pytest.mark.parametrize("command", cli.commands)
def test_every_command_can_show_its_traceback(command: str) -> None:
    assert any("--debug" in parameter.opts for parameter in cli.commands[command].params)


def test_a_message_that_quotes_its_input_is_cut_and_holds_no_escape_sequence(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["backprop", "\x1b]0;title\x07" + "x" * 9_000])
    err = capsys.readouterr().err
    assert stop.value.code == 2
    assert "\x1b" not in err
    assert len(err) < 2_300


@pytest.mark.parametrize("command", ["prove --network", "backprop", "count", "audit", "check"])
def test_a_name_that_no_file_can_have_is_refused_in_one_line(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main([*command.split(), "a\0b"])
    assert (stop.value.code, capsys.readouterr().err.count("\n")) == (2, 1)


def test_a_reader_who_has_seen_enough_is_no_failure() -> None:
    run = subprocess.run(
        f"{sys.executable} -m symnet backprop examples/residual.net | head -1",
        shell=True,
        capture_output=True,
        text=True,
    )
    assert (run.returncode, run.stderr) == (0, "")


def test_a_request_to_end_takes_temporary_files_and_helpers_with_it(tmp_path: Path) -> None:
    tex = tmp_path / "bin" / "pdflatex"
    tex.parent.mkdir()
    tex.write_text(f"#!/bin/sh\nsleep 60 & echo $! > {tmp_path}/child\nwait\n")
    tex.chmod(0o755)
    (tmp_path / "tmp").mkdir()
    fixed = os.environ | {"PATH": f"{tex.parent}:{os.environ['PATH']}", "TMPDIR": str(tmp_path / "tmp")}
    run = subprocess.Popen(
        [sys.executable, "-m", "symnet", "report", "sorter", "--out", str(tmp_path / "out")], env=fixed
    )
    deadline = time.monotonic() + 60
    while not (tmp_path / "child").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    run.send_signal(signal.SIGTERM)
    assert run.wait(30) == 128 + signal.SIGTERM
    child = int((tmp_path / "child").read_text())
    assert not [*(tmp_path / "tmp").iterdir()]
    assert not _alive(child)


def _alive(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text()
    except OSError:
        return False
    return re.sub(r".*\) ", "", state)[0] != "Z"
