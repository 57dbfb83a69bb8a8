"""What ``checkvalve investigate --json`` prints: the result in short, for a script that decides what comes next."""

from datetime import datetime
from pathlib import Path

import msgspec

from checkvalve.cli.output import INVESTIGATION
from checkvalve.investigation import Investigation, Totals, Window

_MOST_RANGES = 20
"""Fraud among people is named number by number, by the thousand; ``investigation.json`` has them all."""


class CaseLine(msgspec.Struct, frozen=True, kw_only=True):
    """One case in short; ``investigation.json`` has the rest."""

    id: str
    title: str
    verdict: str
    confidence: float
    started_at: datetime
    ended_at: datetime
    ranges: list[str]
    """The fullest of them."""
    more_ranges: int
    """How many others there are."""
    sends: int
    cost_usd: float


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """The result of an investigation in short, and where it lies."""

    verdict: str
    decision: str
    window: Window
    totals: Totals
    inputs_read: int
    inputs_not_read: int
    quarantined: int
    cases: list[CaseLine]
    files: dict[str, str]
    left_out: list[str]


def summary(result: Investigation, output: Path, left_out: list[str]) -> Summary:
    """What did the investigation find, in short?"""
    read = [each for each in result.inputs if each.source is not None]
    return Summary(
        verdict=result.verdict,
        decision=result.escalation.decision,
        window=result.window,
        totals=result.totals,
        inputs_read=len(read),
        inputs_not_read=len(result.inputs) - len(read),
        quarantined=sum(each.quarantined for each in result.inputs),
        cases=[
            CaseLine(
                id=case.id,
                title=case.title,
                verdict=case.verdict,
                confidence=case.confidence,
                started_at=case.started_at,
                ended_at=case.ended_at,
                ranges=[destination.prefix for destination in case.destinations[:_MOST_RANGES]],
                more_ranges=max(len(case.destinations) - _MOST_RANGES, 0),
                sends=case.sends,
                cost_usd=case.cost_usd,
            )
            for case in result.cases
        ],
        files={name: str(output / name) for name in sorted(INVESTIGATION)},
        left_out=left_out,
    )


def as_json(result: Investigation, output: Path, left_out: list[str], *, full_numbers: bool) -> str:
    """The summary as an indented JSON object; whole phone numbers are masked unless ``full_numbers``."""
    from checkvalve.export.presentable import presentable  # the help does not need it, and it takes long to import
    from checkvalve.sources.json_values import harmless

    shown = presentable(result, full_numbers=full_numbers)
    return harmless(msgspec.json.format(msgspec.json.encode(summary(shown, output, left_out)), indent=2)).decode()
