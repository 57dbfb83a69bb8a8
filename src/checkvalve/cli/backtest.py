"""``checkvalve backtest``: what a policy would have done to attempts of the past."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from checkvalve.cli.output import finished
from checkvalve.cli.places import Place
from checkvalve.errors import Surroundings, Usage

if TYPE_CHECKING:
    from checkvalve.guard.policy import Policy

FILES = ("decisions.jsonl", "summary.json")

HELP = """Try a policy on attempts of the past.

ATTEMPTS.jsonl holds one attempt a line, in order of time, with what followed: whether the code was entered, and
after how long. Attempts are replayed in their own time, in a closed loop: what the guard stops sends no message, and it
learns of no outcome before it came. Nothing leaves this machine, and no message is sent.

\b
  $ checkvalve backtest attempts.jsonl -o tried --truth fraud.jsonl

'checkvalve simulate SCENARIO -o exercise' writes such files: exercise-attempts.jsonl and exercise-truth.

Two files are written: decisions.jsonl, a line for each attempt, and summary.json, with the same sums for simple rule
sets beside the guard. With '--truth' both say how much fraud was prevented and which honest people were troubled.
"""


@click.command(name="backtest", help=HELP)
@click.argument("attempts", metavar="ATTEMPTS.jsonl", type=click.Path(path_type=Path))
@click.option("-o", "--output", metavar="DIR", required=True, type=Place(), help="Where to put the result.")
@click.option("--policy", metavar="PATH", type=click.Path(path_type=Path), help="The policy, or a folder of them.")
@click.option(
    "--truth",
    metavar="PATH",
    type=click.Path(path_type=Path),
    help="What was fraud: fraud_sends.jsonl (or its folder), a JSON object with attempt_id a line.",
)
@click.option("--no-rule-sets", is_flag=True, help="Leave out the rule sets beside the guard.")
@click.option("--quiet", is_flag=True, help="Print nothing but errors.")
def command(
    attempts: Path, output: Path, policy: Path | None, truth: Path | None, no_rule_sets: bool, quiet: bool
) -> None:
    """Replay a history."""
    from checkvalve.guard.backtest import backtest, split_lines
    from checkvalve.sources.opening import Opened

    def history() -> Iterable[bytes]:
        return split_lines(Opened(attempts).blocks())

    if not attempts.is_file():
        raise Usage("no such file", where=str(attempts), todo="name a file of attempts, one JSON object a line")
    wanted, own = _policies(policy)
    fraud = _fraud(truth) if truth else None
    with finished(output, FILES) as work:
        with (work / FILES[0]).open("w", encoding="utf-8", newline="") as decisions:
            summary = backtest(history, decisions, wanted, own=own, fraud=fraud, compare=not no_rule_sets)
        if not summary["attempts"]:
            raise Usage(
                "no line is an attempt" + "".join(f" (line {e['line']}: {e['reason']})" for e in _first(summary)),
                where=str(attempts),
                todo="write one JSON object a line with attempt_id, at and phone",
            )
        if 2 * summary["late_lines"] > summary["attempts"]:
            raise Usage(
                f"{summary['late_lines']:,} of {summary['attempts']:,} attempts are older than one before them",
                where=str(attempts),
                todo="sort the file by 'at', the oldest first",
            )
        (work / FILES[1]).write_text(json.dumps(summary, indent=1) + "\n", encoding="utf-8")
    if not quiet:
        click.echo(told(summary, output))


def _policies(path: Path | None) -> "tuple[Policy, Mapping[str, Policy]]":
    """The policy of everybody, and those of tenants that have their own."""
    from checkvalve.guard.policy import Policy
    from checkvalve.guard.policy_file import load
    from checkvalve.guard.tenants import PolicyFolder

    if path is None:
        return Policy(), {}
    if path.is_dir():
        folder = PolicyFolder(path)
        return folder.policy, folder.own
    return load(path), {}


def _first(summary: dict[str, Any]) -> list[dict[str, Any]]:
    examples: list[dict[str, Any]] = summary["unusable_examples"][:1]
    return examples


def _fraud(path: Path) -> frozenset[str]:
    """The ids of fraudulent attempts; raises `Usage` for a file that names none in its way."""
    file = path / "fraud_sends.jsonl" if path.is_dir() else path
    try:
        lines = file.read_bytes().splitlines()
    except OSError as error:
        if isinstance(error, FileNotFoundError):
            raise Usage("no such file", where=str(file), todo="check the path of '--truth'") from error
        raise Surroundings(f"cannot be read: {error.strerror}", where=str(file)) from error
    found = set()
    for number, line in enumerate(lines, start=1):
        try:
            found.add(str(json.loads(line)["attempt_id"]))
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise Usage(
                "no JSON object with attempt_id", where=f"{file}:{number}", todo="write one a line"
            ) from error
    return frozenset(found)


def told(summary: dict[str, Any], output: Path) -> str:
    """The summary in a few lines for a person."""
    sent = f"{summary['sends']:,} messages for ${summary['spend_usd']:,.2f}"
    lines = [
        f"{summary['attempts']:,} attempts: {sent}, ${summary['not_spent_usd']:,.2f} not spent.",
        "  " + ", ".join(f"{action} {count:,}" for action, count in summary["actions"].items()),
    ]
    if "against_truth" in summary:
        lines += ["", *_table(summary)]
    if summary["late_lines"]:
        lines.append(
            f"{summary['late_lines']:,} attempts are older than one before them, and were taken at its time."
        )
    if summary["unusable_lines"]:
        lines.append(f"{summary['unusable_lines']:,} lines could not be used; summary.json names the first.")
    lines += ["", f"Every decision: {output / FILES[0]}", f"The sums:       {output / FILES[1]}"]
    return "\n".join(lines)


def _table(summary: dict[str, Any]) -> list[str]:
    rows = {"guard": summary, **summary.get("rule_sets", {})}
    width = max(map(len, rows)) + 2
    lines = [
        f"{'':{width}}{'fraud prevented':>16}{'leaked':>12}{'blocked':>10}{'challenged':>12}  of honest people"
    ]
    for name, row in rows.items():
        truth = row["against_truth"]
        prevented = truth["fraud_prevented_share"]
        share = "none" if prevented is None else f"{prevented:.1%}"
        lines.append(
            f"{name:{width}}{share:>16}{'$' + format(truth['fraud_leaked_usd'], ',.2f'):>12}"
            f"{truth['honest_blocked_share'] or 0:>10.2%}{truth['honest_challenged_share'] or 0:>12.2%}"
        )
    return lines
