"""An analyst with bad luck: hostile logs, files that grow, thousands of them, a poor terminal, a full disk."""

import errno
import hashlib
import json
import os
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest

from checkvalve.cli.main import run
from checkvalve.evidence import intake
from checkvalve.sources import opening
from checkvalve.sources.opening import Opened

Output = pytest.CaptureFixture[str]
LINE = '203.0.113.{n} - - [26/May/2026:10:00:{n:02d} +0000] "POST /otp/{evil} HTTP/1.1" 200 2 "{evil}" "{evil}"\n'
EVIL = (
    "\x1b[31mred\x1b[0m\x1b]0;title\x07",
    "<script>alert(1)</script>",
    "\u202egnp.exe",
    "a\x00b\x01\x7f\x9b31m",
    "'><img/src=x/onerror=alert(1)>",
    "\u2066x\u2028y\ufeff",
)


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The working directory of the test."""
    monkeypatch.chdir(tmp_path)


def steering(text: str) -> set[str]:
    """Characters that would act on a terminal, or turn a line around."""
    acting = {one for one in text if unicodedata.category(one) in ("Cc", "Cf", "Zl", "Zp")}
    return acting - {"\n"}


def hostile() -> None:
    """A log, and a file that is none, of which nothing may reach a terminal as it is."""
    lines = [LINE.format(n=n, evil=EVIL[n % len(EVIL)]) for n in range(48)]
    Path("access.log").write_text("".join(lines), encoding="utf-8")
    Path("\u202ename\x1b[31m<b>.txt").write_text("\x1b[31mno log\n" * 5, encoding="utf-8")


@pytest.mark.parametrize("form", [(), ("--json",)])
def test_hostile_content(form: tuple[str, ...], capsys: Output) -> None:
    """Escapes, zeros, marks that turn a line around and markup in agents, paths and names stay text, in JSON too."""
    hostile()
    assert run(["sources", "check", ".", *form]) == 0
    shown = capsys.readouterr().out
    assert steering(shown) == set()
    assert "access.log" in shown


def test_hostile_quarantine(capsys: Output) -> None:
    """What goes to quarantine is written whole, and harmless to whoever looks at the file."""
    Path("access.log").write_text(
        "".join(LINE.format(n=n, evil="x") for n in range(9)) + "".join(f"no line {one}\n" for one in EVIL)
    )
    assert run(["investigate", "access.log", "-o", "out", "--quiet"]) == 0
    written = Path("out/quarantine.jsonl").read_text(encoding="utf-8")
    assert steering(written) == set()
    kept = [json.loads(line)["raw"] for line in written.splitlines()]
    assert len(kept) == len(EVIL)
    assert f"no line {EVIL[2]}" in kept
    assert steering(Path("out/investigation.json").read_text(encoding="utf-8")) == set()


def test_many_small_files(capsys: Output) -> None:
    """Hundreds of files of a few records each are told together, and every record is accounted for."""
    Path("logs").mkdir()
    for number in range(300):
        evil = f"f{number}"
        Path(f"logs/{number:03d}.log").write_text("".join(LINE.format(n=n, evil=evil) for n in range(3)))
    assert run(["sources", "check", "logs"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("logs/000.log and 299 more: web.combined")
    assert lines[1].strip() == "900 records: 900 used"


def test_a_file_that_grows(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is written to a file while it is read is read too, and the digest is that of what was read."""
    monkeypatch.setattr(opening, "BLOCK", 64)
    path = Path("access.log")
    path.write_bytes(b"a" * 100)
    opened = Opened(path)
    blocks = opened.blocks()
    read = next(blocks)
    with path.open("ab") as file:
        file.write(b"b" * 50)
    read += b"".join(blocks)
    assert read == b"a" * 100 + b"b" * 50
    assert opened.sha256 == hashlib.sha256(read).hexdigest()


def test_a_full_disk_has_a_place(monkeypatch: pytest.MonkeyPatch, capsys: Output) -> None:
    """When the folder for temporary files is full, the message names it."""
    hostile()

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(intake, "take", full)
    monkeypatch.setattr("tempfile.tempdir", str(Path.cwd()))
    assert run(["sources", "check", "access.log"]) == 1
    assert f"{Path.cwd()}: the disk is full. What to do: " in capsys.readouterr().err


@pytest.mark.parametrize("surroundings", [{"LC_ALL": "C"}, {"TERM": "dumb", "COLUMNS": "40"}, {}])
def test_poor_surroundings(surroundings: dict[str, str]) -> None:
    """Without a home, in the C locale, on a dumb and narrow terminal the command works, and shows no traceback."""
    hostile()
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(sys.path), **surroundings}
    command = [sys.executable, "-m", "checkvalve", "sources", "check", "--quick", "."]
    done = subprocess.run(command, env=environment, capture_output=True, check=False, timeout=60)
    assert done.returncode == 0
    assert done.stderr == b""
    assert b"access.log: web.combined" in done.stdout
    assert steering(done.stdout.decode()) == set()
