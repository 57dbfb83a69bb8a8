"""The help texts teach by examples, and each example works."""

import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from checkvalve.cli.main import group, run
from checkvalve.gateways import server
from scripts.documents import commands
from tests.cli.small_logs import write_logs

ROOT = Path(__file__).parent.parent.parent


def examples(help_text: str) -> list[str]:
    """The command lines that a help text shows."""
    return [line.strip().removeprefix("$ ") for line in help_text.splitlines() if line.strip().startswith("$ ")]


def shown() -> Iterator[tuple[str, str]]:
    """Every command with each example of its help."""
    for path, command in commands(group, ("checkvalve",)):
        for example in examples(command.help or ""):
            yield " ".join(path), example


def test_every_command_has_an_example() -> None:
    """No command explains itself by options alone."""
    names = {" ".join(path) for path, _ in commands(group, ("checkvalve",))}
    assert {name for name, _ in shown()} == names


def write_attempts(folder: Path) -> None:
    """A history of one attempt, and that it was fraud."""
    attempt = '{"attempt_id": "a1", "at": "2026-05-26T10:00:00Z", "phone": "+447700900123"}\n'
    (folder / "attempts.jsonl").write_text(attempt, encoding="utf-8")
    (folder / "fraud.jsonl").write_text('{"attempt_id": "a1"}\n', encoding="utf-8")


@pytest.mark.parametrize("example", sorted({example for _, example in shown()}))
def test_the_example_works(example: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each example of a help text runs as it stands, in a folder that has the files it names."""
    write_logs(tmp_path)
    write_attempts(tmp_path)
    (tmp_path / "policy.toml").write_text('mode = "shadow"\n', encoding="utf-8")
    (tmp_path / "secret").write_text("random text that is kept\n", encoding="utf-8")
    monkeypatch.setattr(server, "serve", lambda served, listening, *more: listening.close())
    monkeypatch.setattr(server, "bound", lambda host, port, bound=server.bound: bound(host, 0))
    monkeypatch.chdir(tmp_path)
    program, *arguments = shlex.split(example, comments=True)
    assert program == "checkvalve"
    assert run(arguments) in (0, 10)


def test_options_are_explained() -> None:
    """Each option of each command has a help text."""
    for path, command in commands(group, ("checkvalve",)):
        for option in command.params:
            assert isinstance(option, click.Argument) or getattr(option, "help", None), (path, option.name)


def fenced(page: str) -> list[str]:
    """The lines of a page that stand in blocks of shell."""
    blocks = page.split("```sh\n")[1:]
    return [line for block in blocks for line in block.split("```")[0].splitlines()]


@pytest.mark.parametrize("page", ["README.md", "docs/guard.md", "docs/settings.md", "docs/sources/mapping.md"])
def test_pages_show_commands_that_exist(page: str) -> None:
    """Every command that a page shows is one that the program has, with options that it has."""
    known = dict(commands(group, ("checkvalve",)))
    lines = [line for line in fenced((ROOT / page).read_text(encoding="utf-8")) if line.startswith("checkvalve ")]
    assert lines
    for line in lines:
        words = shlex.split(line, comments=True)
        command = max((path for path in known if tuple(words[: len(path)]) == path), key=len)
        options = {name for parameter in known[command].params for name in parameter.opts}
        assert {word for word in words if word.startswith("-")} <= options, line
