"""Standard output and standard error, whatever the caller made of them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from checkvalve.cli.output import INVESTIGATION
from tests.cli.small_logs import write_logs


def shell(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """What a shell says to a command in a folder with logs; ``checkvalve`` stands for the program."""
    program = f"'{sys.executable}' -m checkvalve"
    return subprocess.run(
        ["sh", "-c", command.replace("checkvalve", program, 1)],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&- <&-"])
def test_closed_streams_are_no_error(tmp_path: Path, closed: str) -> None:
    """Who closes standard output or standard error wants to hear nothing; the work is done as ever."""
    write_logs(tmp_path)
    done = shell(f"checkvalve investigate logs -o out {closed}", tmp_path)
    assert (done.returncode, done.stderr) == (10, "")
    assert {path.name for path in (tmp_path / "out").iterdir()} == set(INVESTIGATION)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_output_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    """Where standard output is a file on a full disk that is what is said, and that the result is whole."""
    write_logs(tmp_path)
    done = shell("checkvalve investigate logs -o out >/dev/full", tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith("checkvalve: standard output: cannot be written (no space left on device).")
    assert done.stderr.endswith("The result in out is whole\n")
    assert done.stderr.count("\n") == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_messages_that_cannot_be_written_change_nothing(tmp_path: Path) -> None:
    """Where standard error cannot be written the exit status says it all."""
    assert shell("checkvalve investigate nowhere -o out 2>/dev/full", tmp_path).returncode == 2
