"""Many callers at once, in threads and in processes."""

import subprocess
import sys
from threading import Barrier, Thread

import pytest

from checkvalve.guard import Policy
from checkvalve.guard.places import Kind
from checkvalve.guard.policy import Budget, Evidence, NewCountry, Outstanding, Resend, State
from checkvalve.guard.shared import SharedGuard
from tests.guard.attempts import HONEST, PUMPED, START, attempt
from tests.guard.shared.conftest import SECRET, Maker

CALLERS = 64
BUDGET = Policy(
    budgets=(Budget(usd=1.0, per="hour"),),
    new_country=NewCountry(mode="off"),
    outstanding=Outstanding(mode="off"),
    evidence=Evidence(mode="off"),
    state=State(timeout_ms=20_000),
)


def together(guard: SharedGuard, each: int, number: int, price_usd: float, step: int = 1) -> list[str]:
    """The actions that callers are given who all ask at once."""
    gate, actions = Barrier(CALLERS), list[str]()

    def call(caller: int) -> None:
        gate.wait()
        for nth in range(each):
            asked = attempt(caller * each + nth, START, number + (caller * each + nth) * step, price_usd=price_usd)
            actions.append(guard.decide(asked).action)

    threads = [Thread(target=call, args=(caller,)) for caller in range(CALLERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return actions


def test_a_budget_holds_for_many_threads(make: Maker) -> None:
    """Sixty-four callers at the same time never exceed a budget together; what they refuse they give back."""
    guard = make(BUDGET, background=True)
    actions = together(guard, 4, HONEST, 0.03)
    assert len(actions) == 256
    assert actions.count("allow") <= 33
    guard.catch_up(START)
    after = [guard.decide(attempt(1_000 + nth, START, HONEST + 5_000 + nth, price_usd=0.03)) for nth in range(40)]
    assert actions.count("allow") + sum(one.action == "allow" for one in after) <= 33


def test_no_more_codes_are_open_than_may_be(make: Maker) -> None:
    """Sixty-four callers who ask for one block at once open no more codes there than its limit."""
    guard = make(Policy(new_country=NewCountry(mode="off")), background=True)
    assert together(guard, 2, PUMPED, 0.2).count("allow") <= Outstanding().block10000


def test_one_number_gets_one_code(make: Maker) -> None:
    """Sixty-four callers who ask for one number at once get it one message, not sixty-four."""
    guard = make(Policy(new_country=NewCountry(mode="off"), outstanding=Outstanding(mode="off")), background=True)
    waits = Resend().waits_s
    assert waits[1] > 0
    assert together(guard, 1, HONEST, 0.02, step=0).count("allow") <= 1


CALLER = """
import sys
from checkvalve.guard.shared import SharedGuard
from tests.guard.attempts import HONEST, START, attempt
from tests.guard.shared.test_concurrency import BUDGET
url, tenant, first, secret = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4].encode()
with SharedGuard(BUDGET, url=url, secret=secret, tenant=tenant) as guard:
    print(sum(guard.decide(attempt(n, START, HONEST + n, price_usd=0.03)).allowed for n in range(first, first + 50)))
"""


def test_a_budget_holds_for_many_processes(url: str, tenant: str) -> None:
    """Processes that ask at the same time never exceed a budget together."""
    arguments = [url, tenant]
    callers = [
        subprocess.Popen(
            [sys.executable, "-c", CALLER, *arguments, str(1_000 * nth), SECRET.decode()],
            stdout=subprocess.PIPE,
            text=True,
            env={"PYTHONPATH": ":".join(filter(None, sys.path))},
        )
        for nth in range(2)
    ]
    allowed = [int(caller.communicate()[0]) for caller in callers]
    assert 1 <= sum(allowed) <= 33


def test_what_threads_asked_is_learned_once(make: Maker) -> None:
    """However many guards learn from one journal, every message is learned once and nothing stays in flight."""
    policy = Policy(mode="shadow", new_country=NewCountry(mode="off"), outstanding=Outstanding(country=60))
    guards = [make(policy, background=True), make(policy, background=True)]
    for nth in range(60):
        guards[nth % 2].decide(attempt(nth, START + nth, HONEST + nth, ip=None, account_id=None))
    for guard in guards:
        guard.close()
    last = make(policy)
    last.catch_up(START + 60.0)
    learner, client, names = last.fold._learner, last.connection.client, last.names
    assert client.llen(names.journal) == 0
    assert not client.exists(names.flights, names.verdicts)
    assert client.zcard(names.due) == 60
    place = last.judge.places.of(attempt(0, START, HONEST))
    key = next(key for key in place.keys if key & 63 == Kind.COUNTRY)
    records = last.connection.many([("GET", names.place(key))])[0]
    learner.nodes.table.clear()  # type: ignore[attr-defined]  # a Scratch
    learner.nodes.table.put(key, records)  # type: ignore[attr-defined]  # a Scratch
    [view] = learner.nodes.views([key], learner.nodes.slots([key]), START + 60.0)
    assert view.open == pytest.approx(60.0)
