"""The first screen of the report as plain text for a terminal: no colours, no markup, at most 96 columns."""

import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from checkvalve.durations import duration
from checkvalve.export.formats import count, listed, moment, money, percent, period, plural, sentence
from checkvalve.export.headline import Headline, Place, Step, case_title, headline
from checkvalve.export.origins import origins_of
from checkvalve.export.presentable import presentable
from checkvalve.export.visible import one_line
from checkvalve.export.wording import ORIGINS, RIVAL_STATES, RIVALS, RUNNING, VERDICTS, label
from checkvalve.investigation import Case, Investigation, Origin
from checkvalve.numbering.country_names import country_name

WIDTH: Final = 96
_MOST_CASES, _MOST_RANGES, _MOST_ORIGINS, _MOST_RIVALS = 8, 8, 4, 4
_FILES: Final = {
    "report.html": "the page for people",
    "investigation.json": "the same for machines",
    "sends.parquet": "every message with its case",
    "quarantine.jsonl": "lines that could not be used",
    "evidence.duckdb": "the tables for your own SQL",
}


def summary_text(investigation: Investigation, paths: Path | Sequence[Path], *, full_numbers: bool = False) -> str:
    """What does the person at the terminal need first?

    The same facts as the first screen of the report, then the files that were written with what they are for
    (``paths`` names them, or the folder that holds them). Complete
    numbers are masked unless ``full_numbers``; nothing of a log can move the cursor or change colours.
    """
    shown = presentable(investigation, full_numbers=full_numbers)
    head = headline(shown)
    parts = [
        _verdict(head),
        _facts(head) if head.live else _examined(shown),
        _section("Not explained", _open(shown, head)),
        _section("Cases", _cases(head.live)),
        _section("Ranges (messages of the case, and honest ones beside them)", _ranges(head.ranges)),
        _section("On the bill, in no log", _billed(head.live)),
        _section("Origins", _origins(head.live)),
        _section("Explanations not excluded", _rivals(head.live)),
        _section("Examined and explained", _explained(head.explained)),
        _section("What to do first", _steps(head.steps)),
        _section("Not used", _unused(shown)),
        _section("Files", _files(paths)),
    ]
    return "\n\n".join("\n".join(part) for part in parts if part) + "\n"


def _verdict(head: Headline) -> list[str]:
    first = _wrapped(f"{head.verdict.upper()}: {head.title}", "")
    return [*first, *_wrapped(f"{head.decision}: {head.reason}.", "")]


def _facts(head: Headline) -> list[str]:
    loss = head.loss
    basis = f" ({loss.basis})" if loss.basis else ""
    length = duration(head.length_s)
    before = f"{plural(head.sends_before, 'message')} and {money(head.cost_before_usd)}"
    rate = "Losing per hour" if loss.ongoing else "Lost per hour"
    lasting = f"{length} so far" if loss.ongoing else f"the last message {length} later"
    facts = {
        "Lost so far": f"{money(loss.so_far_usd)}{basis}",
        rate: f"{money(loss.per_hour_usd)}, {RUNNING[loss.ongoing]}",
        "Since": f"{moment(head.started_at)}, {lasting}",
        "Detectable": f"{moment(head.detectable_at)}, after {before}",
    }
    return [f"{name:<17}{value}" for name, value in facts.items()]


def _examined(shown: Investigation) -> list[str]:
    totals = shown.totals
    seen = f"{plural(totals.sends, 'message')}, {plural(totals.requests, 'web request')}"
    return [
        f"{'Examined':<17}{seen}, {money(totals.cost_usd)}",
        f"{'Window':<17}{period(shown.window.start, shown.window.end)}",
    ]


def _open(shown: Investigation, head: Headline) -> Iterator[str]:
    """What speaks of the whole evidence where no case does: money that nobody explained, what could not be seen."""
    if head.live:
        return
    for question in shown.questions:
        if question.id == "Q4" and question.answer == "yes":
            for fact in question.facts:
                yield from _wrapped(fact, "  ")
        if question.id == "Q1" and question.missing:
            yield from _wrapped(sentence(question.missing), "  ")


def _unused(shown: Investigation) -> Iterator[str]:
    """Files and records that the result does not rest on: whoever reads it must know."""
    told = [one for one in shown.inputs if one.note]
    for one in told[:_MOST_RIVALS]:
        yield from _wrapped(f"{one.path}: {one.note}", "  ")
    yield from _more(len(told) - _MOST_RIVALS, "file")
    refused = sum(one.quarantined for one in shown.inputs)
    if refused:
        yield from _wrapped(f"{plural(refused, 'record')}; each with its reason in quarantine.jsonl", "  ")


def _cases(cases: Sequence[Case]) -> Iterator[str]:
    """The cases by number, where there is more than one."""
    if len(cases) > 1:
        for number, case in enumerate(cases[:_MOST_CASES], start=1):
            figures = f"{plural(case.sends, 'message')}, {money(case.cost_usd)}, since {moment(case.started_at)}"
            yield from _wrapped(
                f"{case_title(case)} ({VERDICTS[case.verdict].lower()}): {figures}", f"  {number}. "
            )
        yield from _more(len(cases) - _MOST_CASES, "case")


def _ranges(ranges: Sequence[Place]) -> Iterator[str]:
    rows = [
        (
            _cut(one.prefix, 18),
            plural(one.sends, "message"),
            f"and {_beside(one)}",
            money(one.cost_usd),
            ", ".join(filter(None, (country_name(one.country), one.network))),
        )
        for one in ranges[:_MOST_RANGES]
    ]
    widths = [max((len(row[column]) for row in rows), default=0) for column in range(4)]
    for prefix, sends, honest, cost, place in rows:
        figures = f"  {prefix:<{widths[0]}}  {sends:>{widths[1]}} {honest:>{widths[2]}}  {cost:>{widths[3]}}  "
        yield figures + _cut(place, max(12, WIDTH - len(figures)))
    yield from _more(len(ranges) - _MOST_RANGES, "range")


def _beside(one: Place) -> str:
    """Messages of others to the range; honest ones where codes tell."""
    return plural(one.honest_sends, "other") if one.verified is None else f"{count(one.honest_sends)} honest"


def _billed(cases: Sequence[Case]) -> Iterator[str]:
    found = [one for case in cases for one in case.billed]
    for one in found[:_MOST_RANGES]:
        since = f", {plural(len(one.days), 'day')} from {one.days[0].day:%Y-%m-%d} on" if one.days else ""
        where = country_name(one.country) if one.country else "Countries not told"
        figures = f"{count(one.billed)} billed, {count(one.logged)} in the logs: {money(one.cost_usd)} too much"
        yield from _wrapped(f"{_cut(where, 40)} ({_cut(one.provider, 20)}){since}: {figures}", "  ")
    yield from _more(len(found) - _MOST_RANGES, "country", "countries")


def _origins(cases: Sequence[Case]) -> Iterator[str]:
    arranged = [origins_of(case) for case in cases]
    for number, one in enumerate(arranged[:_MOST_ORIGINS], start=1):
        about = f"Case {number}: " if len(cases) > 1 and one.told else ""
        yield from _wrapped(about + one.told, "  ")
    origins = [origin for one in arranged for origin in one.large]
    kinds = [label(ORIGINS, origin.kind) for origin in origins[:_MOST_ORIGINS]]
    width = max(map(len, kinds), default=0)
    for kind, origin in zip(kinds, origins, strict=False):
        requests = _requests(origin)
        named = f"{origin.value} ({origin.name})" if origin.name else origin.value
        value = _cut(named, max(16, WIDTH - width - len(requests) - 6))
        yield f"  {kind:<{width}}  {value}: {requests}"
    yield from _more(len(origins) - _MOST_ORIGINS + sum(len(one.small) for one in arranged), "origin")


def _requests(origin: Origin) -> str:
    share = f" ({percent(origin.share)})" if origin.share is not None else ""
    new = ", never seen before" if origin.known_before is False else ""
    return f"{plural(origin.requests, 'request')}{share}{new}"


def _rivals(cases: Sequence[Case]) -> Iterator[str]:
    """What is not excluded. What holds for several cases alike is said once."""
    where: dict[tuple[str, str, str], list[int]] = {}
    for number, case in enumerate(cases, start=1):
        for rival in case.rival_explanations:
            if rival.status != "excluded":
                where.setdefault((rival.id, rival.status, rival.why), []).append(number)
    for (id_, status, why), numbers in list(where.items())[:_MOST_RIVALS]:
        about = f" ({_of_cases(numbers)})" if len(cases) > 1 else ""
        yield from _wrapped(f"{label(RIVALS, id_)}, {RIVAL_STATES[status].lower()}{about}: {why}", "  ")
    yield from _more(len(where) - _MOST_RIVALS, "explanation")


def _of_cases(numbers: Sequence[int]) -> str:
    names = listed([str(number) for number in numbers], 6)
    return f"{'case' if len(numbers) == 1 else 'cases'} {names}"


def _explained(cases: Sequence[Case]) -> Iterator[str]:
    for case in cases[:_MOST_RIVALS]:
        accepted = [rival for rival in case.rival_explanations if rival.status == "accepted"]
        reasons = " ".join(f"{label(RIVALS, rival.id)}: {rival.why}" for rival in accepted)
        figures = f"{plural(case.sends, 'message')}, {money(case.cost_usd)}"
        yield from _wrapped(f"{case_title(case)} ({figures}). {reasons or case.summary}", "  ")
    yield from _more(len(cases) - _MOST_RIVALS, "surge")


def _steps(steps: Sequence[Step]) -> Iterator[str]:
    for position, step in enumerate(steps, start=1):
        text = " ".join(filter(None, (step.text, step.target)))
        yield from _wrapped(f"{text}: {step.detail}" if step.detail else text, f"  {position}. ")


def _files(paths: Path | Sequence[Path]) -> Iterator[str]:
    if isinstance(paths, Path):
        paths = [paths / name for name in _FILES if (paths / name).exists()] or [paths]
    names = [one_line(str(path)) for path in paths]
    width = max(map(len, names), default=0)
    for name, path in zip(names, paths, strict=True):
        yield f"  {name:<{width}}  {_FILES.get(path.name, '')}".rstrip()


def _more(number: int, name: str, names: str | None = None) -> Iterator[str]:
    if number > 0:
        yield f"  and {plural(number, f'more {name}', names and f'more {names}')} in the report"


def _section(title: str, lines: Iterator[str]) -> list[str]:
    body = list(lines)
    return [title, *body] if body else []


def _wrapped(text: str, start: str) -> list[str]:
    clean = _cut(one_line(text), WIDTH * 5)
    return textwrap.wrap(clean, WIDTH, initial_indent=start, subsequent_indent=" " * (len(start) or 2))


def _cut(text: str, longest: int) -> str:
    clean = one_line(text)
    return clean if len(clean) <= longest else clean[: longest - 1] + "…"
