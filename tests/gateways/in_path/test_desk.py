"""The desk: what is asked, what is known again, and what happens when the guard fails."""

import asyncio
import json
import logging
from pathlib import Path
from threading import Thread, current_thread
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checkvalve.gateways.counters import Counters
from checkvalve.gateways.decision_log import DecisionLog
from checkvalve.gateways.in_path.desk import Desk, Verdict, Wish
from checkvalve.gateways.in_path.learned_prices import LearnedPrices
from checkvalve.gateways.in_path.ledger import Ledger
from checkvalve.guard import Event, Guard, Policy
from checkvalve.guard.policy import Budget, Resend
from tests.gateways.guards import HONEST, NOW, PUMPED, Recording


class Broken(Recording):
    """A guard that fails."""

    def decide(self, attempt: Any) -> Any:
        """Fail."""
        raise RuntimeError("made to fail")


@pytest.mark.parametrize("sends", [True, False])
def test_a_guard_that_fails(sends: bool, caplog: pytest.LogCaptureFixture) -> None:
    """Texts are sent or refused as the setting says; it is logged, without the number."""
    counters = Counters()
    desk = Desk(Broken(), counters, open_when_broken=sends)
    assert desk.ask(Wish(HONEST)).send is sends
    assert "the guard failed" in caplog.text
    assert f'checkvalve_guard_failures_total{{request="{"passed" if sends else "refused"}"}} 1' in counters.text()
    assert HONEST[1:] not in caplog.text


def test_what_is_decided_and_heard_is_counted() -> None:
    """Those who operate it see decisions, reasons and outcomes, the unknown ones apart."""
    counters = Counters()
    desk = Desk(Recording(PUMPED), counters)
    desk.ask(Wish(HONEST))
    desk.ask(Wish(PUMPED))
    desk.heard(f"phone:{HONEST}", "verified")
    desk.heard(f"phone:{PUMPED}", "verified")
    text = counters.text()
    for line in (
        'checkvalve_decisions_total{action="allow"} 1',
        'checkvalve_decisions_total{action="block"} 1',
        'checkvalve_outcomes_total{event="verified"} 1',
        'checkvalve_outcomes_unknown_total{event="verified"} 1',
    ):
        assert line in text


def test_every_decision_is_in_the_log_of_decisions(tmp_path: Path) -> None:
    """Where decisions are written down, those of fronts and hooks are among them, with the number masked."""
    log = DecisionLog(tmp_path / "decisions.jsonl")
    Desk(Recording(PUMPED), clock=lambda: NOW, log=log).ask(Wish(PUMPED, endpoint="twilio.verify"))
    log.flush()
    [line] = (tmp_path / "decisions.jsonl").read_text(encoding="utf-8").splitlines()
    found = json.loads(line)
    assert (found["action"], found["endpoint"], found["reasons"][0]["code"]) == (
        "block",
        "twilio.verify",
        "made_up",
    )
    assert PUMPED[1:] not in line


def test_the_reasons_of_a_refusal_are_logged(caplog: pytest.LogCaptureFixture) -> None:
    """An operator finds why in the log, with the range of the number and not the number."""
    with caplog.at_level(logging.INFO):
        Desk(Recording(PUMPED)).ask(Wish(PUMPED))
    assert "made_up: a rule of the test" in caplog.text
    assert "+99893941" in caplog.text
    assert PUMPED[1:] not in caplog.text


def test_a_guard_elsewhere_is_asked_in_a_thread() -> None:
    """Where asking takes a way over the network, nobody else waits for it."""
    threads = []

    class Elsewhere(Recording):
        def decide(self, attempt: Any) -> Any:
            threads.append(current_thread())
            return super().decide(attempt)

    for in_threads in (True, False):
        verdict = asyncio.run(Desk(Elsewhere(), in_threads=in_threads).asked(Wish(HONEST)))
        assert verdict.send
    assert [one is current_thread() for one in threads] == [False, True]


def test_a_guard_elsewhere_is_told_in_a_thread() -> None:
    """What became of a text is told without holding up others, where the guard's memory is on another machine."""
    told: list[str] = []

    class Named(Recording):
        def outcome(self, attempt_id: str, event: Event, at: float) -> bool:
            told.append(current_thread().name)
            return True

    async def ask(*, in_threads: bool) -> None:
        desk = Desk(Named(), in_threads=in_threads)
        await desk.told(desk.failed, (await desk.asked(Wish(HONEST))).attempt_id)

    asyncio.run(ask(in_threads=False))
    asyncio.run(ask(in_threads=True))
    assert told[0] == current_thread().name != told[1]


def test_a_text_is_on_its_way_whether_or_not_the_guard_hears(caplog: pytest.LogCaptureFixture) -> None:
    """A failure to note or tell what became of a text is logged without the number, counted, and stops nothing."""

    class Deaf(Recording):
        def outcome(self, attempt_id: str, event: Event, at: float) -> bool:
            raise RuntimeError("made to fail")

    class Forgetful(Ledger):
        def note(self, attempt_id: str, *names: str) -> None:
            raise RuntimeError("made to fail")

    async def ask() -> Verdict:
        verdict = await desk.asked(Wish(HONEST))
        await desk.told(desk.sent, verdict.attempt_id, "twilio:SM1")
        await desk.told(desk.failed, verdict.attempt_id)
        return verdict

    counters = Counters()
    desk = Desk(Deaf(), counters, ledger=Forgetful())
    assert asyncio.run(ask()).send
    for what in ("noted", "sent", "failed"):
        assert f'checkvalve_guard_told_failures_total{{told="{what}"}} 1' in counters.text()
    assert HONEST[1:] not in caplog.text


def test_sixty_four_callers_hold_a_budget() -> None:
    """However many ask at once, what is let through costs no more than the budget."""
    policy = Policy(resend=Resend(mode="off"), budgets=(Budget(usd=1.0, per="day"),))
    desk = Desk(Guard(policy, capacity=1_000), clock=lambda: NOW)
    desk.prices.learn(HONEST, 0.1)
    verdicts: list[Verdict] = []

    def ask(nth: int) -> None:
        verdicts.append(desk.ask(Wish(f"+4474{nth * 1_000_003 % 100_000_000:08d}")))

    threads = [Thread(target=ask, args=(nth,)) for nth in range(1, 65)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(verdicts) == 64
    assert sum(verdict.send for verdict in verdicts) == 10


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("abcde"), st.text(max_size=3)), max_size=30), st.integers(1, 5))
def test_a_ledger_knows_the_latest_and_is_bounded(notes: list[tuple[str, str]], most: int) -> None:
    """A name leads to the attempt that had it last, and no more names are kept than allowed."""
    ledger, latest = Ledger(most), dict[str, str]()
    for attempt, name in notes:
        ledger.note(attempt, name)
        latest[name] = attempt
    assert len(ledger) <= most
    if notes:
        assert ledger.find(notes[-1][1]) == notes[-1][0]
    assert all(ledger.find(name) in (None, attempt) for name, attempt in latest.items())


def test_names_are_not_kept_as_they_are() -> None:
    """Nobody's number lies in the memory of a ledger."""
    ledger = Ledger()
    ledger.note("a", f"phone:{HONEST}")
    assert all(HONEST not in key for key in ledger._attempts.dump())


@settings(max_examples=50)
@given(st.lists(st.floats(0.0, 20.0), min_size=1, max_size=30))
def test_learned_prices_lie_between_those_heard(prices: list[float]) -> None:
    """A price is never lower than the lowest or higher than the highest heard; impossible ones teach nothing."""
    learned = LearnedPrices()
    for price in prices:
        learned.learn(HONEST, price)
    possible = [price for price in prices if 0.0 < price <= 10.0]
    found = learned.of(HONEST)
    assert (found is None) == (not possible)
    if found is not None:
        assert min(possible) - 1e-9 <= found <= max(possible) + 1e-9
    assert learned.of("no number") is None
