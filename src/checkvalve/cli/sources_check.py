"""``checkvalve sources check``: what files are, what they hold, and which questions they let the product answer."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir
from typing import TYPE_CHECKING

import click
import msgspec

from checkvalve.cli.failures import located
from checkvalve.cli.inputs import expand
from checkvalve.cli.investigate import chosen
from checkvalve.cli.mappings import mapping_option, with_mappings
from checkvalve.cli.terminal import watching
from checkvalve.errors import Surroundings
from checkvalve.progress import Progress
from checkvalve.settings import Settings

if TYPE_CHECKING:
    from checkvalve.cases.coverage import Answerable, Need
    from checkvalve.evidence.contents import Held
    from checkvalve.investigation import Input

HELP = """Say what files are, what they hold, and what they let be answered.

FILE is a file, a folder or a quoted pattern. Each file is read to its end: which log it is and how that was seen, how
many records were used and why others were not, which events they make with which columns, from when to when. Then,
for all files together: which questions, criteria and indicators an investigation of them can answer, what is
missing, and which log would give it.

\b
  $ checkvalve sources check logs/
  $ checkvalve sources check messages.csv 'web/*.log' --json
  $ checkvalve sources check shop.jsonl --mapping shop.toml

With --quick only the beginning of each file is looked at, to say which log it is:

\b
  $ checkvalve sources check logs/ --quick

The exit status is 2 when no file was recognised.
"""

_MOST_REASONS = 5
_MOST_SOURCES = 4
_MOST_ALONE = 4
"""So many files of one source are told one by one; more are told together."""
_COUNTS = ("records", "used", "merged", "ignored", "quarantined")
_JOINED = ("requests", "verifications", "complaints", "charges")


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """Rows of one table: how many, from when to when (UTC), and in how many each column is filled."""

    table: str
    rows: int
    first_at: datetime | None
    last_at: datetime | None
    columns: dict[str, int]


class FileReport(msgspec.Struct, frozen=True, kw_only=True):
    """What one file is and holds; the counts of its records add up to ``records``."""

    path: str
    source: str | None
    title: str | None
    confidence: float
    reason: str
    note: str | None = None
    records: int = 0
    used: int = 0
    merged: int = 0
    ignored: int = 0
    quarantined: int = 0
    refusals: dict[str, int] = {}
    holds: list[Kind] = []


class Missing(msgspec.Struct, frozen=True, kw_only=True):
    """Something that no file holds, and the sources that would give it."""

    what: str
    sources: list[str]


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """Can a question, criterion or indicator be answered from the files together?"""

    id: str
    kind: str
    title: str
    possible: bool
    missing: list[Missing]
    would_help: list[Missing]


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """All that is said of the files."""

    files: list[FileReport]
    holds: list[Kind]
    answers: list[Answer]
    warnings: list[str] = []


@click.command(name="check", help=HELP)
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@click.option("--quick", is_flag=True, help="Look at the beginning of each file only.")
@click.option("--settings", "settings_file", metavar="FILE", type=click.Path(path_type=Path), help="A TOML file.")
@click.option("--time-zone", metavar="ZONE", help="Zone of logs that name none, such as Europe/Berlin.")
@mapping_option
@click.option("--json", "json_wanted", is_flag=True, help="Print the answers as JSON.")
def check(
    files: tuple[str, ...],
    quick: bool,
    settings_file: Path | None,
    time_zone: str | None,
    mappings: tuple[str, ...],
    json_wanted: bool,
) -> int:
    """Print what the files are; returns the exit status."""
    settings = with_mappings(chosen(settings_file, time_zone, ()), mappings)
    inputs = expand(files)
    if quick:
        report = Report(files=recognised(inputs.files, settings), holds=[], answers=[])
    else:
        with watching(quiet=json_wanted) as progress:
            report = examined(inputs.files, settings, progress)
    if json_wanted:
        from checkvalve.sources.json_values import harmless

        click.echo(harmless(msgspec.json.format(msgspec.json.encode(report), indent=2)))
    else:
        _print(report, inputs.left_out)
    return 0 if any(one.source for one in report.files) else 2


def recognised(files: Sequence[Path], settings: Settings) -> list[FileReport]:
    """Which log is each file? One that cannot be opened says so and stops nothing."""
    from checkvalve.evidence.intake import shown_path
    from checkvalve.sources.mapping import known_sources
    from checkvalve.sources.recognition import recognise

    reports = []
    for path in files:
        name = title = None
        try:
            found = recognise(path, known_sources(settings.logs))
            confidence, reason = found.confidence, found.reason
            if found.source:
                name, title = found.source.name, found.source.title
        except Surroundings as error:
            confidence, reason = 0.0, error.what
        reports.append(
            FileReport(path=shown_path(path), source=name, title=title, confidence=confidence, reason=reason)
        )
    return reports


def examined(files: Sequence[Path], settings: Settings, progress: Progress) -> Report:
    """Read all files into a store that is thrown away afterwards, and tell what it holds."""
    from checkvalve.cases.coverage import answerable
    from checkvalve.evidence.contents import contents, together
    from checkvalve.evidence.intake import take
    from checkvalve.evidence.merging import merge
    from checkvalve.evidence.numberless import numberless
    from checkvalve.evidence.origins import hidden_clients
    from checkvalve.evidence.store import Store

    told = recognised(files, settings)
    with _scratch() as folder:
        with Store(Path(folder), settings.logs) as store:
            inputs = take(files, store, settings, progress)
            merged = merge(store)
            held = contents(store)
            warnings = hidden_clients(store) + numberless(store, settings.logs.default_country)
        refusals = _refusals(Path(folder) / "quarantine.jsonl")
    reports = [
        _with_counts(report, one, merged.get(one.path, 0), refusals.get(one.path, {}), held.get(one.path, []))
        for report, one in zip(told, inputs, strict=True)
    ]
    every = together(one for kinds in held.values() for one in kinds)
    vendors = {one.source.split(".")[0] for one in inputs if one.source}
    found = answerable({one.table: one.columns for one in every}, _could_fill(inputs))
    answers = [_answer(one, vendors) for one in found]
    return Report(
        files=reports,
        holds=list(map(_kind, every)),
        answers=answers,
        warnings=[*warnings, *_apart(list(map(_kind, every)))],
    )


@contextmanager
def _scratch() -> Iterator[str]:
    """A folder that is thrown away; an error of the machine says where it was."""
    try:
        with TemporaryDirectory(prefix="checkvalve-") as folder:
            yield folder
    except Exception as error:
        told = located(error, Path(gettempdir()))
        if told is error:
            raise
        raise told from error


def _apart(kinds: Sequence[Kind]) -> Iterable[str]:
    """Kinds of rows that no moment has in common with the messages cannot be joined with them."""
    times = {kind.table: (kind.first_at, kind.last_at) for kind in kinds if kind.first_at and kind.last_at}
    first, last = times.pop("sends", (None, None))
    for table in _JOINED:
        from_, to = times.get(table, (None, None))
        if first and last and from_ and to and (from_ > last or to < first):
            yield (
                f"the {table} ({_day(from_)} to {_day(to)}) and the messages ({_day(first)} to {_day(last)}) have no "
                "moment in common, so neither says anything of the other: give logs of the same time"
            )


def _day(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d}"


def _could_fill(inputs: "Sequence[Input]") -> dict[str, dict[str, int]]:
    """Table → the columns that the sources of the files fill when they can."""
    from checkvalve.sources.fills import fills

    found: dict[str, dict[str, int]] = {}
    for one in inputs:
        for table, names in fills().get(one.source or "", {}).items():
            found.setdefault(table, {}).update(dict.fromkeys(names, 1))
    return found


def _refusals(quarantine: Path) -> dict[str, dict[str, int]]:
    """File → reason → how many records went to quarantine for it."""
    found: dict[str, Counter[str]] = {}
    with quarantine.open("rb") as lines:
        for line in lines:
            entry = msgspec.json.decode(line)
            found.setdefault(entry["file"], Counter())[entry["reason"].partition(":")[0]] += 1
    return {file: dict(counts.most_common()) for file, counts in found.items()}


def _with_counts(
    report: FileReport, one: "Input", merged: int, refusals: dict[str, int], held: "list[Held]"
) -> FileReport:
    return msgspec.structs.replace(
        report,
        source=one.source,
        note=one.note,
        records=one.records,
        used=one.used - merged,
        merged=merged,
        ignored=one.ignored,
        quarantined=one.quarantined,
        refusals=refusals,
        holds=list(map(_kind, held)),
    )


def _kind(held: "Held") -> Kind:
    return Kind(
        table=held.table,
        rows=held.rows,
        first_at=held.first_at,
        last_at=held.last_at,
        columns=held.columns,
    )


def _answer(one: "Answerable", vendors: set[str]) -> Answer:
    return Answer(
        id=one.topic.id,
        kind=one.topic.kind,
        title=one.topic.title,
        possible=one.possible,
        missing=[_missing(need, vendors) for need in one.missing],
        would_help=[_missing(need, vendors) for need in one.would_help],
    )


def _missing(need: "Need", vendors: set[str]) -> Missing:
    """What is missing, and who has it: first those whose other logs are there already."""
    from checkvalve.sources.fills import sources_of

    names = list(dict.fromkeys(name for table, columns in need.ways for name in sources_of(table, columns)))
    return Missing(what=need.words, sources=sorted(names, key=lambda name: name.split(".")[0] not in vendors))


def _print(report: Report, left_out: Sequence[str]) -> None:
    from checkvalve.export.visible import one_line

    warned = [f"Look out: {one}" for one in report.warnings]
    for line in [*_file_lines(_grouped(report.files)), *warned, *_answer_lines(report.answers)]:
        indent = len(line) - len(line.lstrip())
        click.echo(line[:indent] + one_line(line[indent:]))
    for line in left_out:
        click.echo(one_line(f"left out: {line}"), err=True)


def _grouped(files: Sequence[FileReport]) -> Iterable[FileReport]:
    """Many files of one source as if they were one."""
    groups: dict[str, list[FileReport]] = {}
    for one in files:
        groups.setdefault(one.source or one.path, []).append(one)
    for ones in groups.values():
        told_alone = [one for one in ones if one.note or not one.source or len(ones) <= _MOST_ALONE]
        yield from told_alone
        if rest := [one for one in ones if one not in told_alone]:
            yield _as_one(rest)


def _as_one(files: Sequence[FileReport]) -> FileReport:
    from checkvalve.evidence.contents import Held, together

    counts = {name: sum(getattr(one, name) for one in files) for name in _COUNTS}
    refusals: Counter[str] = Counter()
    for one in files:
        refusals.update(one.refusals)
    held = [Held(k.table, k.rows, k.first_at, k.last_at, k.columns) for one in files for k in one.holds]
    return FileReport(
        path=f"{files[0].path} and {len(files) - 1} more",
        source=files[0].source,
        title=files[0].title,
        confidence=min(one.confidence for one in files),
        reason=files[0].reason,
        refusals=dict(refusals.most_common()),
        holds=list(map(_kind, together(held))),
        **counts,
    )


def _file_lines(files: Iterable[FileReport]) -> Iterable[str]:
    for one in files:
        if one.source is None:
            yield f"{one.path}: {one.note or one.reason}"
            continue
        yield f"{one.path}: {one.source} ({one.confidence:.0%}), {one.reason}"
        if one.note:
            yield f"    {one.note}"
        if one.records:
            told = [name for name in _COUNTS[1:] if getattr(one, name) or name == "used"]
            parts = [f"{getattr(one, name):,} {name}" for name in told]
            yield f"    {one.records:,} {'record' if one.records == 1 else 'records'}: {', '.join(parts)}"
        for reason, count in list(one.refusals.items())[:_MOST_REASONS]:
            yield f"        {count:,} × {reason}"
        for kind in one.holds:
            yield f"    {kind.rows:,} {kind.table}{_span(kind)}: {', '.join(_columns(kind))}"


def _span(kind: Kind) -> str:
    if kind.first_at is None or kind.last_at is None:
        return ""
    return f" from {kind.first_at:%Y-%m-%d %H:%M:%S} to {kind.last_at:%Y-%m-%d %H:%M:%S} UTC"


def _columns(kind: Kind) -> Iterable[str]:
    """The columns that are filled, with the share where it is not all rows."""
    for name, count in kind.columns.items():
        yield name if count == kind.rows else f"{name} ({max(count / kind.rows, 0.01):.0%})"


def _answer_lines(answers: Sequence[Answer]) -> Iterable[str]:
    if not answers:
        return
    yield ""
    yield "These files together let be answered:"
    asked: dict[str, list[str]] = {}
    for one in answers:
        yield f"    {'yes' if one.possible else 'no ':3} {one.id}: {one.title}"
        for words, needs in (("missing", one.missing), ("better with", one.would_help)):
            for need in needs:
                yield f"            {words} {need.what}"
                asked[need.what] = need.sources
    if asked:
        yield ""
        yield "Which log would give it ('checkvalve sources show NAME' says how to get it):"
    for what, sources in asked.items():
        more = f" and {len(sources) - _MOST_SOURCES} more" if len(sources) > _MOST_SOURCES else ""
        yield f"    {what}: {', '.join(sources[:_MOST_SOURCES])}{more}"
