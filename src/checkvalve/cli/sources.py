"""``checkvalve sources``: which logs can be read, how to get them, and what a given file is."""

import difflib
import inspect
import sys
import textwrap
from collections.abc import Iterable

import click
import msgspec

from checkvalve.cli.sources_check import check
from checkvalve.cli.sources_learn import learn
from checkvalve.errors import Usage

HELP = """List the logs that can be read, with what to switch on at the vendor to get each.

\b
  $ checkvalve sources
  $ checkvalve sources --json

One of them in detail, what files are and what they let be answered, and a mapping for a log that is not in the list:

\b
  $ checkvalve sources show twilio.messages
  $ checkvalve sources check logs/
  $ checkvalve sources learn shop.jsonl
"""

SHOW_HELP = """Say of one source how to get the log, how it is read, which columns it fills and what it answers.

NAME is one of the list; the beginning is enough where only one begins so.

\b
  $ checkvalve sources show twilio.messages
  $ checkvalve sources show aws.alb --json
"""

_INDENT = "    "
_WIDTH = 100


class SourceLine(msgspec.Struct, frozen=True, kw_only=True):
    """One log that can be read."""

    name: str
    title: str
    enable: str
    framings: list[str]


class SourceDetail(msgspec.Struct, frozen=True, kw_only=True):
    """One source in full: ``fills`` are its columns by table, the topics it serves stand by their ids."""

    name: str
    title: str
    enable: str
    framings: list[str]
    about: str
    fills: dict[str, list[str]]
    answers: list[str]
    helps_to_answer: list[str]


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
        click.echo(_filled(each.enable))


command.add_command(check)
command.add_command(learn)


def listed() -> list[SourceLine]:
    """Every source, in the order of its name."""
    from checkvalve.sources.registry import sources

    lines = [
        SourceLine(name=each.name, title=each.title, enable=each.enable, framings=sorted(each.framings))
        for each in sources()
    ]
    return sorted(lines, key=lambda line: line.name)


@command.command(name="show", help=SHOW_HELP)
@click.argument("name", metavar="NAME")
@click.option("--json", "json_wanted", is_flag=True, help="Print it as JSON.")
def show(name: str, json_wanted: bool) -> None:
    """Print one source in full."""
    found = detail(name)
    if json_wanted:
        click.echo(msgspec.json.format(msgspec.json.encode(found), indent=2))
        return
    for line in _detail_lines(found):
        click.echo(line)


def detail(name: str) -> SourceDetail:
    """Everything about one source; raises `Usage` for a name that none, or more than one, begins with."""
    from checkvalve.cases.coverage import served
    from checkvalve.sources.fills import fills
    from checkvalve.sources.registry import sources

    known = {one.name: one for one in sources()}
    found = [name] if name in known else [one for one in known if one.startswith(name)]
    if len(found) != 1:
        near = found or difflib.get_close_matches(name, known, n=3) or sorted(known)
        raise Usage(f"no source is called {name!r}", todo="give one of " + ", ".join(near))
    one = known[found[0]]
    columns = fills().get(one.name, {})
    topics = served(columns)
    return SourceDetail(
        name=one.name,
        title=one.title,
        enable=one.enable,
        framings=sorted(one.framings),
        about=inspect.getdoc(sys.modules[type(one).__module__]) or "",
        fills={table: list(names) for table, names in columns.items()},
        answers=[topic.id for topic in topics["alone"]],
        helps_to_answer=[topic.id for topic in topics["with others"]],
    )


def _detail_lines(found: SourceDetail) -> Iterable[str]:
    yield f"{found.name}: {found.title} ({', '.join(found.framings)})"
    yield ""
    yield "How to get it:"
    yield _filled(found.enable)
    yield ""
    yield textwrap.indent(found.about.replace("``", "'"), _INDENT)
    for table, names in found.fills.items():
        yield ""
        yield f"It fills, in the table {table}:"
        yield _filled(", ".join(names))
    for words, topics in (
        ("Alone it lets be answered:", found.answers),
        ("With other logs it helps to answer:", found.helps_to_answer),
    ):
        if topics:
            yield ""
            yield words
            yield _filled(", ".join(topics))


def _filled(text: str) -> str:
    """Commands are there to be copied, so no word is cut."""
    return textwrap.fill(
        text,
        _WIDTH,
        initial_indent=_INDENT,
        subsequent_indent=_INDENT,
        break_long_words=False,
        break_on_hyphens=False,
    )
