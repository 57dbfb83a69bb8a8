"""``checkvalve investigate``: from log files to a finished investigation in a folder."""

import gc
import os
import zoneinfo
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import click
import msgspec

from checkvalve.cli.heap import reuse_memory
from checkvalve.cli.inputs import Inputs, expand, shown
from checkvalve.cli.mappings import mapping_option, with_mappings
from checkvalve.cli.output import INVESTIGATION, finished
from checkvalve.cli.places import Place
from checkvalve.cli.summary import as_json
from checkvalve.cli.terminal import watching
from checkvalve.errors import Usage
from checkvalve.investigation import Investigation
from checkvalve.settings import Logs, Settings, check_paths, load

ESCALATE = 10
"""Exit status of a finished investigation with at least one case to escalate."""

HELP = """Find SMS pumping in logs: who, where, since when, how much, and what to do.

INPUT is a log file, a folder (every file in it and below, hidden ones left out) or a quoted pattern. The kind of a
file is seen from its content, never from its name; gzip, zstd and bzip2 are unpacked. 'checkvalve sources' lists
what can be read. More kinds answer more questions: give messages, the web server's log and the bill together.

\b
  $ checkvalve investigate logs/ -o findings
  $ checkvalve investigate messages.csv 'web/*.log' -o findings

The folder then holds:

\b
  report.html          the result for a person, one page that needs no network
  investigation.json   the same for a program ('checkvalve schema' describes it)
  sends.parquet        every message with its probability of fraud
  quarantine.jsonl     every line that could not be used, and why
  evidence.duckdb      all events as tables, for your own SQL

They appear when all are finished; a run that fails or is interrupted leaves the folder as it was.

A log that names no time zone is read as UTC, and the paths that send messages are found from the evidence. Say so
where you know better, for one run or in a file of settings (docs/settings.md):

\b
  $ checkvalve investigate logs/ -o findings --time-zone Europe/Berlin --endpoint /api/otp/send
  $ checkvalve investigate logs/ -o findings --settings checkvalve.toml

A log of your own is read through a mapping file; 'checkvalve sources learn FILE' proposes one:

\b
  $ checkvalve investigate shop.jsonl logs/ -o findings --mapping shop.toml

For scripts: '--json' prints a summary as JSON, and the exit status is 10 when a case should be escalated, 0 when
none should.

\b
  $ checkvalve investigate logs/ -o findings --json
"""


@click.command(name="investigate", help=HELP)
@click.argument("inputs", metavar="INPUT...", nargs=-1, required=True)
@click.option("-o", "--output", metavar="DIR", required=True, type=Place(), help="Where to put it.")
@click.option("--settings", "settings_file", metavar="FILE", type=click.Path(path_type=Path), help="A TOML file.")
@click.option("--time-zone", metavar="ZONE", help="Zone of logs that name none, such as Europe/Berlin.")
@click.option(
    "--endpoint", "endpoints", metavar="PATH", multiple=True, help="A path that sends messages; repeatable."
)
@mapping_option
@click.option("--full-numbers", is_flag=True, help="Show whole phone numbers in the report.")
@click.option(
    "--json", "json_wanted", is_flag=True, help="Print the summary as JSON, of each case the 20 fullest ranges."
)
@click.option("--quiet", is_flag=True, help="Print nothing but errors.")
def command(
    inputs: tuple[str, ...],
    output: Path,
    settings_file: Path | None,
    time_zone: str | None,
    endpoints: tuple[str, ...],
    mappings: tuple[str, ...],
    full_numbers: bool,
    json_wanted: bool,
    quiet: bool,
) -> int:
    """Carry out an investigation; returns the exit status."""
    settings = with_mappings(chosen(settings_file, time_zone, endpoints), mappings)
    files = expand(inputs)
    result = carry_out(files, output, settings, full_numbers=full_numbers, quiet=quiet)
    if json_wanted:
        click.echo(as_json(result, output, files.left_out, full_numbers=full_numbers))
    elif not quiet:
        tell(result, output, files.left_out, full_numbers=full_numbers)
    return ESCALATE if result.escalation.decision == "escalate" else 0


def chosen(file: Path | None, time_zone: str | None, endpoints: tuple[str, ...]) -> Settings:
    """Which settings hold? Those of the file, and over them those of the command line.

    >>> chosen(None, "Europe/Berlin", ()).logs.time_zone
    'Europe/Berlin'
    """
    settings = load(file) if file else Settings()
    if time_zone:
        settings = msgspec.structs.replace(
            settings, logs=msgspec.structs.replace(settings.logs, time_zone=time_zone)
        )
    if endpoints:
        check_paths(endpoints, "--endpoint")
        detection = msgspec.structs.replace(settings.detection, send_paths=endpoints)
        settings = msgspec.structs.replace(settings, detection=detection)
    _check_zone(settings.logs.time_zone)
    _check_country(settings.logs)
    _check_databases(settings.logs.address_databases)
    return settings


def _check_zone(name: str) -> None:
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise Usage("no such time zone", where=name, todo="write it like Europe/Berlin or UTC") from error


def _check_country(logs: Logs) -> None:
    """Stop before any log is read, for only some kinds of logs ask for the country."""
    if logs.default_country is not None:
        from checkvalve.sources.home_numbers import home_country  # most runs name none

        home_country(logs)


def _check_databases(files: tuple[str, ...]) -> None:
    """Stop before any log is read where a data base of addresses cannot be."""
    if files:
        from checkvalve.network.places import Places  # most runs have none

        with Places(files):
            pass


def _check_name(output: Path) -> None:
    """The engine opens no file below a folder whose name is not UTF-8."""
    place = Path(os.path.realpath(output))
    if shown(place) != str(place):
        raise Usage("the name of the folder is not UTF-8", where=shown(place), todo="name another with '-o DIR'")


@contextmanager
def _little_garbage() -> Iterator[None]:
    """Look for garbage in cycles a thousandth as often: there are many objects and hardly a cycle among them."""
    usual = gc.get_threshold()
    gc.set_threshold(1000 * usual[0], *usual[1:])
    try:
        yield
    finally:
        gc.freeze()  # or all that the result is made of would be looked through at once
        gc.set_threshold(*usual)


@_little_garbage()
def carry_out(
    inputs: Inputs, output: Path, settings: Settings, *, full_numbers: bool, quiet: bool
) -> Investigation:
    """Write the whole result into ``output``, and return it."""
    _check_name(output)
    # Of linear algebra there is little, and its threads would spend the time of a core on waiting for it.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    reuse_memory()
    # The engine takes long to import, and the help must not wait for it.
    from checkvalve.cases.investigate import investigated
    from checkvalve.evidence.store import for_its_owner
    from checkvalve.sources.json_values import harmless

    with (
        finished(output, INVESTIGATION) as work,
        watching(quiet=quiet) as progress,
        investigated(inputs.files, work, settings=settings, progress=progress, meanwhile=_prepare) as result,
    ):
        from checkvalve.export import render

        with progress.stage("Writing the report"):
            report = work / "report.html"
            report.write_text(render(result, full_numbers=full_numbers), encoding="utf-8")
            if full_numbers:
                for_its_owner(report)
            encoded = harmless(msgspec.json.format(msgspec.json.encode(result), indent=2))
            (work / "investigation.json").write_bytes(encoded + b"\n")
    return result


def _prepare() -> None:
    """Load what comes after the reading: the judgement, the templates of the report."""
    from checkvalve.cases import labels, stages  # noqa: F401 -- whoever imports them again has them at once
    from checkvalve.export.report.environment import compiled

    compiled()


def tell(result: Investigation, output: Path, left_out: Sequence[str], *, full_numbers: bool) -> None:
    """Say in words what was found and where it lies; what was left out goes to standard error."""
    from checkvalve.export import summary_text
    from checkvalve.export.visible import one_line

    for line in left_out:
        click.echo(one_line(f"left out: {line}"), err=True)
    click.echo(summary_text(result, output, full_numbers=full_numbers))
