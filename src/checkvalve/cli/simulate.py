"""``checkvalve simulate``: made-up logs with a known truth, to train, to try a SIEM, to test an installation."""

import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

import click

from checkvalve.cli.failures import located
from checkvalve.cli.places import Place
from checkvalve.cli.terminal import watching
from checkvalve.errors import Usage

if TYPE_CHECKING:
    from checkvalve.simulation.registry import Scenario

SIZES = ("tiny", "small", "mid", "large")
"""200, 2,000, 20,000 and 500,000 messages a day."""

HELP = """Write made-up logs of an attack, or of something that looks like one.

The logs are those of one made-up business: messages, verifications, the web server, often a bill, a calendar or
complaints, as its vendors write them, with their duplicates, late rows and clocks that are a little off. Nobody's
data are in them. The same scenario, seed and size give the same files.

\b
  $ checkvalve simulate --list                      # all scenarios
  $ checkvalve simulate smash_and_grab -o exercise --seed 7

Three things are written:

\b
  exercise/                the logs, as 'checkvalve investigate' reads them
  exercise-attempts.jsonl  the same traffic as attempts at the form, for 'checkvalve backtest'
  exercise-truth/          truth.json: what happened and what to conclude; fraud_sends.jsonl: each fraudulent message

No log tells what is fraud, so the truth can be kept from those who are to find it.

A tiny business sends 200 messages a day, a small one 2,000, a mid one 20,000, a large one 500,000; a campaign is drawn
to match. A large one takes minutes and gigabytes.
"""


@click.command(name="simulate", help=HELP)
@click.argument("scenario", metavar="SCENARIO", required=False)
@click.option("-o", "--output", metavar="DIR", type=Place(), help="Where to put the logs.")
@click.option(
    "--seed", metavar="N", type=click.IntRange(0, 2**31), default=1, show_default=True, help="Another one differs."
)
@click.option(
    "--size", type=click.Choice(SIZES), default="tiny", show_default=True, help="How much the business sends."
)
@click.option("--list", "list_wanted", is_flag=True, help="Name all scenarios, with a line each.")
@click.option("--quiet", is_flag=True, help="Print nothing but errors.")
def command(
    scenario: str | None, output: Path | None, seed: int, size: str, list_wanted: bool, quiet: bool
) -> None:
    """Write a scenario, or list them."""
    if list_wanted:
        click.echo(listing())
        return
    if scenario is None or output is None:
        raise Usage(
            "a scenario and a folder are needed",
            todo="'checkvalve simulate SCENARIO -o DIR', or '--list' to see the scenarios",
        )
    write(_known(scenario), output, seed, size, quiet=quiet)
    if not quiet:
        click.echo(_told(output))


def listing() -> str:
    """Every scenario with its line, attacks first."""
    from checkvalve.simulation.registry import SCENARIOS

    titles = {"attack": "Attacks", "benign": "Harmless, and to be explained", "quiet": "Nothing to report"}
    width = max(map(len, SCENARIOS)) + 2
    parts = []
    for kind, title in titles.items():
        lines = [f"  {one.name:{width}}{one.line}" for one in SCENARIOS.values() if one.kind == kind]
        parts.append("\n".join([f"{title}:", *lines]))
    return "\n\n".join(parts)


def _known(name: str) -> "Scenario":
    from checkvalve.simulation.registry import SCENARIOS

    if name not in SCENARIOS:
        near = get_close_matches(name, SCENARIOS, n=1)
        hint = f"did you mean {near[0]}? " if near else ""
        raise Usage("no such scenario", where=name, todo=f"{hint}'checkvalve simulate --list' names all")
    return SCENARIOS[name]


def beside(output: Path) -> tuple[Path, Path]:
    """Where the attempts and the truth of logs in that folder lie.

    >>> [str(path) for path in beside(Path("out/exercise"))]
    ['out/exercise-attempts.jsonl', 'out/exercise-truth']
    """
    place = output if output.name else output.absolute()
    return place.with_name(f"{place.name}-attempts.jsonl"), place.with_name(f"{place.name}-truth")


def write(scenario: "Scenario", output: Path, seed: int, size: str, *, quiet: bool) -> None:
    """Write logs, attempts and truth; they appear together when all are finished.

    Raises `Usage` where something stands in their place.
    """
    from checkvalve.simulation.attempts import Attempts
    from checkvalve.simulation.write import write_apart

    targets = (output, *beside(output))
    for path in targets:
        if path.exists() and not (path.is_dir() and not any(path.iterdir())):
            raise Usage("already there", where=str(path), todo="name another folder with '-o DIR'")
    with _apart(output) as work, watching(quiet=quiet) as progress, progress.stage(f"Writing {scenario.name}"):
        plan = scenario.plan(seed, size)
        made = (work / "logs", work / "attempts.jsonl", work / "truth")
        write_apart(plan, scenario.name, seed, made[0], made[2], [Attempts(made[1], seed)])
        for source, target in zip(made, targets, strict=True):
            source.replace(target)


@contextmanager
def _apart(output: Path) -> Iterator[Path]:
    """A hidden folder beside the output, which is gone in the end."""
    parent = output.absolute().parent
    work = parent / f".{output.name}.partial-{secrets.token_hex(4)}"
    try:
        work.mkdir(parents=True)
        yield work
    except OSError as error:
        raise located(error, output) from error
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _told(output: Path) -> str:
    attempts, truth = beside(output)
    return (
        f"Logs:     {output}\n"
        f"Attempts: {attempts}\n"
        f"Truth:    {truth}\n\n"
        f"Next: checkvalve investigate {output} -o findings, then compare with {truth / 'truth.json'}"
    )
