"""``checkvalve sources``: which logs can be read, how to get them, and what a given file is."""

import textwrap
from collections.abc import Sequence
from pathlib import Path

import click
import msgspec

from checkvalve.cli.inputs import expand
from checkvalve.errors import Surroundings

HELP = """List the logs that can be read, with what to switch on at the vendor to get each.

\b
  $ checkvalve sources
  $ checkvalve sources --json

A file that is not in the list, or not recognised, can still be told apart:

\b
  $ checkvalve sources check logs/
"""

CHECK_HELP = """Say what each file is, and how that was seen, without reading it to the end.

FILE is a file, a folder or a quoted pattern. The exit status is 2 when no file was recognised.

\b
  $ checkvalve sources check logs/
  $ checkvalve sources check messages.csv --json
"""

_INDENT = "    "
_WIDTH = 100


class SourceLine(msgspec.Struct, frozen=True, kw_only=True):
    """One log that can be read."""

    name: str
    title: str
    enable: str
    framings: list[str]


class FileLine(msgspec.Struct, frozen=True, kw_only=True):
    """What one file is."""

    path: str
    source: str | None
    confidence: float
    reason: str


@click.group(name="sources", help=HELP, invoke_without_command=True)
@click.option("--json", "json_wanted", is_flag=True, help="Print the list as JSON.")
@click.pass_context
def command(context: click.Context, json_wanted: bool) -> None:
    """Print the list, unless a sub-command follows."""
    if context.invoked_subcommand is not None:
        return
    known = listed()
    if json_wanted:
        click.echo(msgspec.json.format(msgspec.json.encode(known), indent=2))
        return
    for each in known:
        click.echo(f"{each.name}: {each.title}")
        click.echo(textwrap.fill(each.enable, _WIDTH, initial_indent=_INDENT, subsequent_indent=_INDENT))


def listed() -> list[SourceLine]:
    """Every source, in the order of its name."""
    from checkvalve.sources.registry import sources

    lines = [
        SourceLine(name=each.name, title=each.title, enable=each.enable, framings=sorted(each.framings))
        for each in sources()
    ]
    return sorted(lines, key=lambda line: line.name)


@command.command(name="check", help=CHECK_HELP)
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@click.option("--json", "json_wanted", is_flag=True, help="Print the answers as JSON.")
def check(files: tuple[str, ...], json_wanted: bool) -> int:
    """Print what each file is; returns the exit status."""
    inputs = expand(files)
    answers = recognised(inputs.files)
    if json_wanted:
        click.echo(msgspec.json.format(msgspec.json.encode(answers), indent=2))
    else:
        _print_answers(answers, inputs.left_out)
    return 0 if any(answer.source for answer in answers) else 2


def recognised(files: Sequence[Path]) -> list[FileLine]:
    """What is each file? One that cannot be opened says so and stops nothing."""
    from checkvalve.sources.recognition import recognise

    answers = []
    for path in files:
        try:
            found = recognise(path)
        except Surroundings as error:
            answers.append(FileLine(path=str(path), source=None, confidence=0.0, reason=error.what))
            continue
        name = found.source.name if found.source else None
        answers.append(FileLine(path=str(path), source=name, confidence=found.confidence, reason=found.reason))
    return answers


def _print_answers(answers: Sequence[FileLine], left_out: Sequence[str]) -> None:
    from checkvalve.export.visible import one_line

    for answer in answers:
        what = f"{answer.source} ({answer.confidence:.0%}), {answer.reason}" if answer.source else answer.reason
        click.echo(one_line(f"{answer.path}: {what}"))
    for line in left_out:
        click.echo(one_line(f"left out: {line}"), err=True)
