"""``checkvalve sources learn``: a proposed mapping for a log that nobody knows, and what it would make of its rows."""

import re
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from checkvalve.cli.places import Place
from checkvalve.errors import Surroundings, Usage
from checkvalve.settings import Settings

if TYPE_CHECKING:
    from checkvalve.events import Event
    from checkvalve.sources.learn import Proposal, Trial

HELP = """Propose a mapping for a log of your own, in JSON, CSV or lines of text.

It is proposed from the names of the fields and from what they hold in the first records: phone numbers, times,
addresses, words of a state, money. Look at what it says it was unsure of, correct the file, and see its first rows as
they would be understood. Numbers are shown without their last digits.

\b
  $ checkvalve sources learn shop.jsonl -o proposed.toml

Corrected and saved as shop.toml, it is used so:

\b
  $ checkvalve sources check shop.jsonl --mapping shop.toml
  $ checkvalve investigate shop.jsonl -o findings --mapping shop.toml

The keys of the file are explained in docs/sources/mapping.md.
"""

_HEAD = 4 << 20
_MOST_RECORDS = 5_000
_SHOWN_ROWS = 3
_NOT_NAME = re.compile(r"[^a-z0-9_-]+")


@click.command(name="learn", help=HELP)
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
@click.option("-o", "--output", metavar="FILE", type=Place(), help="Where to write the mapping.")
@click.option("--name", metavar="NAME", help="What to call the log; the name of the file by default.")
@click.option("--force", is_flag=True, help="Write over a file that is there.")
def learn(file: Path, output: Path | None, name: str | None, force: bool) -> int:
    """Write the proposal, and say what was seen; returns the exit status."""
    if not file.exists():
        raise Usage("no such file or folder", where=str(file), todo="name a log, one file")
    if output is not None and output.exists() and not force:
        raise Usage("there is a file already", where=str(output), todo="name another, or add --force")
    proposal, trial, told = proposed(file, name)
    if output is None:
        click.echo(proposal.text, nl=False)
    else:
        _write(output, proposal.text)
    for line in [*told, *spoken(proposal, trial)]:
        click.echo(line, err=output is None)
    return 0


def proposed(file: Path, name: str | None) -> "tuple[Proposal, Trial, list[str]]":
    """A mapping for the file, what it makes of the first records, and what else there is to say.

    Raises `Usage` where the file holds no objects or rows, or nothing can be seen in them.
    """
    # The sources take long to import, and the help must not wait for them.
    from checkvalve.sources.base import Broken
    from checkvalve.sources.file_kinds import kind_of_file
    from checkvalve.sources.framing import is_binary, layouts, pieces
    from checkvalve.sources.learn import propose, tried
    from checkvalve.sources.opening import Opened, head_of
    from checkvalve.sources.parquet_rows import is_parquet
    from checkvalve.sources.recognition import recognise

    head = head_of(file, _HEAD)
    kind = kind_of_file(head, is_text=not is_binary(head)) if head.strip() else "there is no text in it"
    kind = None if is_parquet(head) else kind
    if kind is not None:
        what, _, todo = kind.partition("; ")
        raise Usage(what, where=str(file), todo=todo or "give a log in JSON, CSV or lines of text")
    found = recognise(file)
    told = [f"{file} is read as {found.source.name} without a mapping: {found.reason}"] if found.source else []
    layout = layouts(head)[0]
    cut = head[: head.rfind(b"\n") + 1] if len(head) >= _HEAD and not layout.whole else head
    some = islice(pieces(layout, Opened(file).blocks() if layout.parquet else [cut]), _MOST_RECORDS)
    records = [one.record for one in some if one.record is not None and not isinstance(one.record, Broken)]
    form = layout.framing if any(isinstance(one, dict) for one in records) else "line"
    if form not in ("json", "csv", "line"):
        raise Usage("it is neither JSON nor a table nor lines of text", where=str(file), todo="see 'sources check'")
    try:
        proposal = propose(records, name or _name_of(file), "lines" if form == "line" else form)
    except Usage as error:
        raise Usage(error.what, where=error.where or str(file), todo=error.todo) from error
    return proposal, tried(proposal.source, records, Settings().logs), told


def _name_of(file: Path) -> str:
    """A name for the log of a file.

    >>> _name_of(Path("logs/OTP Export.jsonl.gz")), _name_of(Path("2026.csv"))
    ('otp-export', 'log-2026')
    """
    name = _NOT_NAME.sub("-", file.name.split(".")[0].lower()).strip("-_")[:40]
    return name if name[:1].isalpha() else f"log-{name}".rstrip("-")


def spoken(proposal: "Proposal", trial: "Trial") -> list[str]:
    """What a person should know of the proposal, line by line; numbers are masked."""
    from checkvalve.export.masking import mask
    from checkvalve.export.visible import one_line

    lines = [
        f"{trial.records:,} records make {len(trial.events):,} events. The first as they would be understood:",
        "",
    ]
    lines += _rows([event for _, event in trial.events])
    refused = sorted(trial.refused.items(), key=lambda one: -one[1])
    if refused:
        lines += ["", "To quarantine would go:"]
        lines += [f"  {count:,} × {mask(reason)}" for reason, count in refused[:5]]
    if proposal.unsure:
        lines += ["", "Look at these before you rely on it:"]
        lines += [f"  - {one}" for one in dict.fromkeys(proposal.unsure)]
    return [line[: len(line) - len(line.lstrip())] + one_line(line) for line in lines]


def _rows(events: "Sequence[Event]") -> list[str]:
    """The first events of each kind, with the columns that are filled."""
    from checkvalve.export.masking import mask_cell

    lines: list[str] = []
    shown: dict[str, int] = {}
    for event in events:
        kind = type(event).__name__.lower()
        shown[kind] = shown.get(kind, 0) + 1
        if shown[kind] <= _SHOWN_ROWS:
            filled = msgspec.to_builtins(event)
            cells = [f"{name} {mask_cell(str(value), name)}" for name, value in filled.items() if value is not None]
            lines.append(f"  {kind}: " + ", ".join(cells))
    return lines


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise Surroundings(f"cannot be written: {reason}", where=str(path), todo="name another place") from error
