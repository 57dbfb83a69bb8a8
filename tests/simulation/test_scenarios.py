"""Every scenario keeps its promises: same seed same bytes, truth outside the logs, times in the window."""

import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from checkvalve.simulation.scenarios import SCENARIOS
from checkvalve.simulation.traffic.events import Event, Hit, Message
from checkvalve.simulation.truth import TruthWriter
from checkvalve.simulation.write import write
from tests.simulation.conftest import SCALE
from tests.simulation.reading import logs_of

Written = Callable[[str], Path]
ATTACKS = pytest.mark.parametrize("scenario", ["burst", "flood", "trickle"])
EVERY = pytest.mark.parametrize("scenario", sorted(SCENARIOS))

TIMES = (
    (re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d"), "%Y-%m-%dT%H:%M:%S"),
    (re.compile(r"\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d"), "%d/%b/%Y:%H:%M:%S"),
    (re.compile(r"\d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d"), "%d %b %Y %H:%M:%S"),
)
OTHER_TIMES = ("calendar", "cur-", "proxy")


def truth_of(folder: Path) -> dict[str, Any]:
    """The written truth."""
    truth: dict[str, Any] = json.loads((folder / "truth" / "truth.json").read_text())
    return truth


def fraud_sends_of(folder: Path) -> list[dict[str, Any]]:
    """The written fraud sends."""
    lines = (folder / "truth" / "fraud_sends.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines]


@cache
def events_of(scenario: str, scale: float = SCALE) -> list[Event]:
    """Everything that happens in a scenario."""
    return list(SCENARIOS[scenario](5, scale).events())


def raw_bytes(folder: Path) -> dict[str, bytes]:
    """Every file of a written scenario as it lies on disk."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@EVERY
def test_same_seed_same_bytes(scenario: str, written: Written, tmp_path: Path) -> None:
    """A scenario is a function of its seed: files are equal byte for byte, compressed ones too."""
    write(scenario, seed=5, folder=tmp_path, scale=SCALE)
    assert raw_bytes(tmp_path) == raw_bytes(written(scenario))


@EVERY
def test_another_seed_differs(scenario: str, written: Written, tmp_path: Path) -> None:
    """Another seed gives other numbers and identifiers in every log of sends."""
    write(scenario, seed=6, folder=tmp_path, scale=SCALE)
    assert raw_bytes(tmp_path)["truth/truth.json"] != raw_bytes(written(scenario))["truth/truth.json"]
    first, second = logs_of(written(scenario)), logs_of(tmp_path)
    static = [name for name in first if "calendar" in name]
    assert all(first[name] != second[name] for name in first if name in second and name not in static)


def unlabelled(events: Iterator[Event]) -> Iterator[Event]:
    """The same events without their truth."""
    for event in events:
        if isinstance(event, Message | Hit):
            event.campaign = None
        yield event


@EVERY
def test_logs_do_not_depend_on_the_truth(scenario: str, written: Written, tmp_path: Path) -> None:
    """Logs written from events whose truth was taken away are equal byte for byte, so no log can tell it."""
    plan = SCENARIOS[scenario](5, SCALE)
    logs = plan.logs(tmp_path / "logs")
    for event in unlabelled(plan.events()):
        for log in logs:
            log.add(event)
    for log in logs:
        log.close()
    labelled = {name: data for name, data in raw_bytes(written(scenario)).items() if name.startswith("logs/")}
    assert raw_bytes(tmp_path) == labelled


@EVERY
def test_no_word_of_the_truth_in_the_logs(scenario: str, written: Written) -> None:
    """No log speaks of fraud or names a truth file."""
    for name, text in logs_of(written(scenario)).items():
        assert not re.search(r"fraud|pumping|attacker|campaign_id|truth", f"{name} {text}", re.IGNORECASE)


@EVERY
def test_times_lie_in_the_window(scenario: str, written: Written) -> None:
    """Every time in a log lies in the scenario's window, give or take a day for zones and late reports."""
    start, end = (datetime.fromisoformat(text).timestamp() for text in truth_of(written(scenario))["window"])
    seen = 0
    for name, text in logs_of(written(scenario)).items():
        if any(word in name for word in OTHER_TIMES):
            continue
        for pattern, shape in TIMES:
            for found in set(pattern.findall(text)):
                text_of_time = found.replace(" ", "T", 1) if "T" in shape else found
                at = datetime.strptime(text_of_time, shape).replace(tzinfo=UTC)
                assert start - 86_400 <= at.timestamp() < end + 86_400, (name, found)
                seen += 1
    assert seen > 1_000


@ATTACKS
def test_every_fraud_send_is_in_the_gateway_log(scenario: str, written: Written) -> None:
    """Each fraud send of the truth is found in the logs by each of its identifiers, and so is its number."""
    words = {word for text in logs_of(written(scenario)).values() for word in re.findall(r"\+\d+|[\w-]{34,}", text)}
    sends = fraud_sends_of(written(scenario))
    assert len({send["send_id"] for send in sends}) == len(sends) > 1_000
    for send in sends:
        assert send["send_id"] == send["ids"][0]
        assert words.issuperset((*send["ids"], send["destination"]))


@EVERY
def test_the_summary_agrees_with_the_fraud_sends(scenario: str, written: Written) -> None:
    """Counts, first and last time and prefixes of every campaign are those of its sends."""
    truth, sends = truth_of(written(scenario)), fraud_sends_of(written(scenario))
    assert sum(campaign["sends"] for campaign in truth["campaigns"]) == len(sends)
    for campaign in truth["campaigns"]:
        own = [send for send in sends if send["campaign"] == campaign["id"]]
        assert {send["destination"][1:-4] for send in own} == set(campaign["prefixes"])
        assert (min(send["at"] for send in own), max(send["at"] for send in own)) == (
            campaign["start"],
            campaign["end"],
        )
        assert campaign["cost_usd"] > 0
        assert campaign["attacker_ips"]


@EVERY
def test_only_attacks_hold_fraud(scenario: str, written: Written) -> None:
    """An attack has fraud sends and calls for escalation; a benign or quiet scenario has none and does not."""
    truth = truth_of(written(scenario))
    is_attack = truth["kind"] == "attack"
    assert bool(fraud_sends_of(written(scenario))) is is_attack
    assert (truth["expected"]["verdict"], truth["expected"]["decision"]) == (
        ("attack", "escalate") if is_attack else ("clear", "close")
    )
    assert bool(truth["expected"]["rival"]) is (truth["kind"] == "benign")


@EVERY
def test_codes_are_the_smaller_part_of_honest_requests(scenario: str) -> None:
    """The path that sends codes does not stand out by number: honest people ask for far more of other paths."""
    hits = [event for event in events_of(scenario) if isinstance(event, Hit)]
    honest = [hit for hit in hits if hit.campaign is None and hit.raw is None]
    posts: dict[str, int] = {}
    for hit in honest:
        if hit.method == "POST":
            posts[hit.target] = posts.get(hit.target, 0) + 1
    busiest = max(posts.values())
    assert len(posts) >= 5
    assert 2.5 * busiest < len(honest)


@EVERY
def test_events_come_in_order_of_time(scenario: str) -> None:
    """A plan hands its events over sorted and inside its window."""
    start, end = SCENARIOS[scenario](5, SCALE).window
    times = [event.at for event in events_of(scenario)]
    assert times == sorted(times)
    assert start <= times[0]
    assert times[-1] < end


@EVERY
def test_scale_multiplies_honest_traffic_only(scenario: str) -> None:
    """Twice the scale gives about twice the honest sends and the same fraud."""
    counts = []
    for scale in (SCALE, 2 * SCALE):
        sends = [event for event in events_of(scenario, scale) if isinstance(event, Message)]
        counts.append(
            (sum(send.campaign is None for send in sends), sum(send.campaign is not None for send in sends))
        )
    (honest, fraud), (more_honest, more_fraud) = counts
    assert 1.6 < more_honest / honest < 2.4
    assert fraud == more_fraud


def test_truth_of_nothing_is_written(tmp_path: Path) -> None:
    """A scenario without fraud leaves an empty list of sends, not a missing file."""
    truth = TruthWriter(tmp_path, lambda message: [message.key])
    plan = SCENARIOS["quiet"](5, 0.02)
    truth.close("quiet", 5, plan.kind, plan.window, plan.expected)
    assert (tmp_path / "fraud_sends.jsonl").read_text() == ""
    assert json.loads((tmp_path / "truth.json").read_text())["campaigns"] == []
