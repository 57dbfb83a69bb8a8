"""Every family of the catalogue keeps its promises, seen at a very small business."""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from checkvalve.simulation.attempts import Attempts
from checkvalve.simulation.catalogue.draw import Draw
from checkvalve.simulation.catalogue.families import FAMILIES
from checkvalve.simulation.catalogue.world import DAYS, MOST_FRAUD
from checkvalve.simulation.registry import SCENARIOS
from checkvalve.simulation.scenarios.plan import Plan
from checkvalve.simulation.traffic.events import Event, Hit, Message
from checkvalve.simulation.traffic.tenant import SIZES
from checkvalve.simulation.write import write_apart

EVERY = pytest.mark.parametrize("family", sorted(FAMILIES))
STACKS = ("smash_and_grab", "stolen_key", "only_on_the_bill", "voice_fallback", "lost_log", "inside_a_sale")


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten days of a business of fifteen messages a day, whose campaigns have at most two hundred."""
    monkeypatch.setitem(DAYS, "tiny", 10)
    monkeypatch.setitem(SIZES, "tiny", 15)
    monkeypatch.setitem(MOST_FRAUD, "tiny", 200)


def plan_of(family: str, seed: int = 4) -> Plan:
    """A member of a family."""
    return FAMILIES[family].plan(seed, "tiny")


@cache
def events_of(family: str) -> list[Event]:
    """Everything that happens in a member of a family."""
    return list(plan_of(family).events())


def written(plan: Plan, folder: Path) -> dict[str, bytes]:
    """Every file of a plan, by its path."""
    attempts = Attempts(folder / "attempts.jsonl", 4)
    write_apart(plan, "x", 4, folder / "logs", folder / "truth", [attempts])
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@EVERY
def test_events_come_in_order_of_time(family: str) -> None:
    """A plan hands its events over sorted and inside its window."""
    start, end = plan_of(family).window
    times = [event.at for event in events_of(family)]
    assert times == sorted(times)
    assert start <= times[0]
    assert times[-1] < end


@EVERY
def test_only_attacks_hold_fraud(family: str) -> None:
    """A family of attacks sends fraudulent messages beside honest ones, any other sends none."""
    sends = [event for event in events_of(family) if isinstance(event, Message)]
    fraud = [send for send in sends if send.campaign is not None]
    assert bool(fraud) is (FAMILIES[family].kind == "attack")
    assert len(sends) - len(fraud) > 50


@EVERY
def test_keys_are_unique(family: str) -> None:
    """No two messages share the key from which vendors' identifiers are made."""
    keys = [event.key for event in events_of(family) if isinstance(event, Message)]
    assert len(keys) == len(set(keys))


@EVERY
def test_the_same_seed_gives_the_same(family: str) -> None:
    """A family is a function of its seed; another seed draws other values."""
    again = [repr(event) for event in plan_of(family).events()]
    assert again == [repr(event) for event in events_of(family)]
    assert plan_of(family, 5).knobs != plan_of(family).knobs


@EVERY
def test_conclusions_fit_the_kind(family: str) -> None:
    """Attacks are to be escalated, everything else is not, and a benign family names its explanation."""
    expected, kind = plan_of(family).expected, FAMILIES[family].kind
    assert (expected.decision == "escalate") is (kind == "attack")
    assert expected.rival is None or kind == "benign"


def _unlabelled(events: Iterator[Event]) -> Iterator[Event]:
    for event in events:
        if isinstance(event, Message | Hit):
            event.campaign = None
        yield event


@pytest.mark.parametrize("family", STACKS)
def test_logs_do_not_depend_on_the_truth(family: str, tmp_path: Path) -> None:
    """Logs and attempts written from events without their truth are equal byte for byte."""
    labelled = written(plan_of(family), tmp_path / "a")
    plan = plan_of(family)
    plan.streams = [_unlabelled(plan_of(family).events())]
    bare = written(plan, tmp_path / "b")
    assert {n: d for n, d in labelled.items() if "truth" not in n} == {
        n: d for n, d in bare.items() if "truth" not in n
    }


@pytest.mark.parametrize("family", STACKS)
def test_the_truth_names_what_the_logs_hold(family: str, tmp_path: Path) -> None:
    """Each fraudulent message is an attempt, unless it came into being behind the form."""
    files = written(plan_of(family), tmp_path)
    attempts = [json.loads(line) for line in files["attempts.jsonl"].splitlines()]
    known = {one["attempt_id"]: one for one in attempts}
    fraud = [json.loads(line) for line in files["truth/fraud_sends.jsonl"].splitlines()]
    behind = family in ("stolen_key", "only_on_the_bill")
    for send in fraud:
        assert (send["attempt_id"] in known) is not behind
        assert behind or known[send["attempt_id"]]["phone"] == send["destination"]
        assert bool(send["ids"]) is (family != "only_on_the_bill")
    assert [one["at"] for one in attempts] == sorted(one["at"] for one in attempts)


def test_a_draw_is_noted() -> None:
    """What a seed draws stands in the knobs, and lies in its range."""
    draw = Draw(3, "x")
    assert 2 <= draw.log("a", 2, 9) <= 9
    assert 1 <= draw.whole("b", 1, 4) <= 4
    assert set(draw.knobs) == {"a", "b"}


def test_every_scenario_has_a_line() -> None:
    """The list of scenarios says of each what happens, in one line."""
    for one in SCENARIOS.values():
        assert 5 < len(one.line) < 105
        assert "\n" not in one.line
