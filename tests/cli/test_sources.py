"""Which logs can be read, and what a file is."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from checkvalve.cli.main import run
from checkvalve.sources.registry import sources
from tests.cli.small_logs import write_logs

Output = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def logs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder with two logs and a page of prose, and the working directory of the test."""
    write_logs(tmp_path)
    (tmp_path / "prose.md").write_text("# Nothing\n\nThat anybody would call a log.\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)


def test_every_source_is_listed(capsys: Output) -> None:
    """The list names each source with what to switch on, in the order of the names."""
    assert run(["sources"]) == 0
    lines = capsys.readouterr().out.splitlines()
    named = [line.split(":")[0] for line in lines if not line.startswith(" ")]
    assert named == sorted(source.name for source in sources())
    assert sum(line.startswith("    ") for line in lines) >= len(named)


def test_the_list_is_json_too(capsys: Output) -> None:
    """With --json the list is one JSON array with the same sources."""
    assert run(["sources", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert {each["name"] for each in listed} == {source.name for source in sources()}
    assert all(each["title"] and each["enable"] and each["framings"] for each in listed)


def test_a_file_is_told(capsys: Output) -> None:
    """Each file is named with its source, how sure that is, and what was looked at."""
    assert run(["sources", "check", "logs", "prose.md"]) == 0
    access, messages, prose = capsys.readouterr().out.splitlines()
    assert access.startswith("logs/access.log: web.combined (")
    assert messages.startswith("logs/messages.csv: twilio.messages (")
    assert prose.startswith("prose.md: not recognised")


def test_answers_are_json_too(capsys: Output) -> None:
    """With --json the answers are one JSON array in the order of the files."""
    assert run(["sources", "check", "messages.csv", "prose.md", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [(each["path"], each["source"]) for each in found] == [
        ("messages.csv", "twilio.messages"),
        ("prose.md", None),
    ]


def test_nothing_recognised_is_a_status(capsys: Output) -> None:
    """When no file was recognised the exit status is 2, and the reason is still said."""
    assert run(["sources", "check", "prose.md"]) == 2
    assert "not recognised" in capsys.readouterr().out


def test_a_file_that_cannot_be_read_stops_nothing(capsys: Output, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that cannot be opened is told among the others."""
    opened: Callable[..., object] = Path.open

    def closed(path: Path, *args: str) -> object:
        if path.name == "messages.csv":
            raise PermissionError(13, "Permission denied", str(path))
        return opened(path, *args)

    monkeypatch.setattr(Path, "open", closed)
    assert run(["sources", "check", "logs"]) == 0
    assert "logs/messages.csv: cannot be read: permission denied" in capsys.readouterr().out


def test_a_name_cannot_play_with_the_terminal(capsys: Output) -> None:
    """A control character in the name of a file is shown, not obeyed."""
    Path("evil\x1b[2J.md").write_text("no log", encoding="utf-8")
    run(["sources", "check", "evil\x1b[2J.md"])
    assert "\x1b" not in capsys.readouterr().out
