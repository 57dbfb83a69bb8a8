"""Names of files and folders that a command writes."""

import os
from pathlib import Path

import pytest

from checkvalve.cli.main import run
from tests.cli.small_logs import write_logs


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder with logs, where the commands run."""
    write_logs(tmp_path)
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    "command",
    [
        ["investigate", "logs"],
        ["backtest", "shop.jsonl"],
        ["simulate", "smash_and_grab"],
        ["sources", "learn", "shop.jsonl"],
        ["lambda"],
    ],
)
def test_an_empty_name_is_no_place(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Who gives an empty name, as an empty variable of a script does, has not named the current folder."""
    before = sorted(Path().iterdir())
    assert run([*command, "-o", ""]) == 2
    assert "the name is empty" in capsys.readouterr().err
    assert sorted(Path().iterdir()) == before


def test_a_name_that_is_not_utf_8_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """The engine cannot open a file below such a folder, and the message writes the name out."""
    assert run(["investigate", "logs", "-o", os.fsdecode(b"out\xff")]) == 2
    err = capsys.readouterr().err
    assert "out\\xff: the name of the folder is not UTF-8. What to do: " in err
    assert "internal error" not in err
