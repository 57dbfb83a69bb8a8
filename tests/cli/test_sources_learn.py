"""A mapping is proposed, shown, and works as it stands."""

import json
import re
from pathlib import Path

import pytest

from checkvalve.cli.main import run
from tests.cli.small_logs import write_logs

Output = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def logs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Small logs, in the working directory of the test."""
    write_logs(tmp_path)
    monkeypatch.chdir(tmp_path)


def test_the_proposal_can_be_used(capsys: Output) -> None:
    """What is written with -o is a mapping that reads the file."""
    assert run(["sources", "learn", "shop.jsonl", "-o", "own.toml", "--name", "own"]) == 0
    told = capsys.readouterr().out
    assert "80 records make 80 events" in told
    assert "Look at these before you rely on it:" in told
    assert run(["sources", "check", "shop.jsonl", "--mapping", "own.toml", "--json"]) == 0
    [found] = json.loads(capsys.readouterr().out)["files"]
    assert (found["source"], found["used"], found["quarantined"]) == ("mapped.own", 80, 0)


def test_numbers_are_masked(capsys: Output) -> None:
    """No whole phone number of the log is shown, neither in the proposal nor in the rows."""
    assert run(["sources", "learn", "shop.jsonl"]) == 0
    output = capsys.readouterr()
    assert not re.search(r"\d{9,}", output.out + output.err)
    assert "•" in output.err


def test_standard_output_holds_the_mapping_alone(capsys: Output) -> None:
    """Without -o the mapping goes to standard output, and what is said of it to standard error."""
    assert run(["sources", "learn", "shop.jsonl"]) == 0
    output = capsys.readouterr()
    Path("piped.toml").write_text(output.out, encoding="utf-8")
    assert run(["sources", "check", "shop.jsonl", "--mapping", "piped.toml", "--quick"]) == 0


def test_a_file_is_not_written_over(capsys: Output) -> None:
    """A mapping that somebody corrected is not lost to a second proposal, unless it is asked for."""
    arguments = ["sources", "learn", "shop.jsonl", "-o", "shop.toml"]
    before = Path("shop.toml").read_text(encoding="utf-8")
    assert run(arguments) == 2
    assert "there is a file already" in capsys.readouterr().err
    assert Path("shop.toml").read_text(encoding="utf-8") == before
    assert run([*arguments, "--force"]) == 0


def test_a_known_log_needs_none(capsys: Output) -> None:
    """For a log that is read without a mapping that is said."""
    assert run(["sources", "learn", "messages.csv"]) == 0
    assert "is read as twilio.messages without a mapping" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("just words\nin lines\n", "the lines name no values (as in 'to=+998… id=7')"),
        ("%PDF-1.7\n", "a PDF document. What to do: get the same report as CSV"),
        ("", "there is no text in it"),
        ('{"a": "x", "b": "y"}\n' * 5, "no field was seen to be a time"),
        ('{"at": "2026-05-26T10:00:00Z", "colour": "red"}\n' * 5, "it cannot be seen what the log tells of"),
    ],
)
def test_what_cannot_be_learned(content: str, told: str, capsys: Output) -> None:
    """Where nothing can be proposed, the reason and the next step are said."""
    Path("odd.txt").write_text(content, encoding="utf-8")
    assert run(["sources", "learn", "odd.txt"]) == 2
    error = capsys.readouterr().err
    assert told in error
    assert "What to do: " in error


@pytest.mark.parametrize("command", ["learn", "check"])
def test_a_file_that_is_not_there(command: str, capsys: Output) -> None:
    """A name that is wrong is the caller's mistake for every command, with the same exit status."""
    assert run(["sources", command, "nope"]) == 2
    assert "nope: no such file" in capsys.readouterr().err
