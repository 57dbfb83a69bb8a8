"""The shared guard in an event loop."""

import asyncio
import os

from checkvalve.guard import Attempt, Guard, Policy
from checkvalve.guard.policy import Challenge, NewCountry, State
from checkvalve.guard.shared import AsyncSharedGuard
from tests.guard.attempts import HONEST, PUMPED, START, attempt
from tests.guard.shared.conftest import SECRET, patient
from tests.guard.shared.test_concurrency import BUDGET, CALLERS


def test_it_decides_as_the_others_do(url: str, tenant: str) -> None:
    """Attempts, outcomes and answers that are awaited come to what they come to in a process."""
    policy = Policy(new_country=NewCountry(learning=0), challenge=Challenge(life_s=120.0))
    own = Guard(policy, capacity=1_000, secret=SECRET)

    async def played() -> None:
        async with AsyncSharedGuard(patient(policy), url=url, secret=SECRET, tenant=tenant) as guard:
            for nth in range(40):
                asked = attempt(nth, START + nth * 45.0, (HONEST, PUMPED)[nth % 2] + nth, price_usd=0.04 + nth % 2)
                guard.catch_up(asked.at)
                decision = own.decide(asked)
                assert await guard.decide(asked) == decision
                if decision.action == "challenge":
                    guard.catch_up(asked.at)
                    answered = own.answer(asked.attempt_id, nth % 3 > 0, asked.at)
                    theirs = await guard.answer(asked.attempt_id, nth % 3 > 0, asked.at)
                    assert theirs is not None
                    assert answered is not None
                    assert (theirs.action, theirs.p_fraud) == (answered.action, answered.p_fraud)
                known = own.outcome(asked.attempt_id, "verified", asked.at + 5.0)
                assert await guard.outcome(asked.attempt_id, "verified", asked.at + 5.0) == known

    asyncio.run(played())


def test_a_budget_holds_for_many_tasks(url: str, tenant: str) -> None:
    """Callers of one turn of the loop go out together, and never exceed a budget together."""

    async def asked() -> list[str]:
        async with AsyncSharedGuard(BUDGET, url=url, secret=SECRET, tenant=tenant) as guard:
            given = [guard.decide(attempt(nth, START, HONEST + nth, price_usd=0.03)) for nth in range(2 * CALLERS)]
            return [decision.action for decision in await asyncio.gather(*given)]

    actions = asyncio.run(asked())
    assert len(actions) == 2 * CALLERS
    assert 1 <= actions.count("allow") <= 33


def test_a_fork_leaves_the_connections_of_its_parent_alone(url: str, tenant: str) -> None:
    """A process that was forked off decides over connections of its own, in its own loop; neither gets the other's."""

    async def asked(guard: AsyncSharedGuard, nth: int) -> list[str]:
        return [one.code for one in (await guard.decide(attempt(nth, START + 100.0 * nth, HONEST + nth))).reasons]

    async def forked() -> tuple[list[str], int, list[str]]:
        async with AsyncSharedGuard(patient(Policy()), url=url, secret=SECRET, tenant=tenant) as guard:
            first = await asked(guard, 1)
            child = os.fork()
            if not child:
                try:
                    os._exit(len(asyncio.run(asked(guard, 2))))
                finally:
                    os._exit(99)
            _, status = await asyncio.to_thread(os.waitpid, child, 0)
            return first, os.waitstatus_to_exitcode(status), await asked(guard, 3)

    assert asyncio.run(forked()) == ([], 0, [])


def test_a_connection_that_was_closed_costs_no_decision(url: str, tenant: str) -> None:
    """A connection that the server closed while nobody used it is noticed before a call is sent."""

    async def asked() -> tuple[list[str], dict[str, float]]:
        async with AsyncSharedGuard(patient(Policy()), url=url, secret=SECRET, tenant=tenant) as guard:
            await guard.decide(attempt(1, START, HONEST))
            own = {one["id"] for one in await guard._client.client_list()}
            admin = guard.connection.client
            for each in own - {str(admin.client_id())}:
                await asyncio.to_thread(admin.client_kill_filter, _id=each)
            await asyncio.sleep(0.05)
            again = await guard.decide(attempt(2, START + 1.0, HONEST))
            return [reason.code for reason in again.reasons], guard.gauges()

    codes, gauges = asyncio.run(asked())
    assert codes == ["resend"]
    assert gauges["checkvalve_state_decisions_without_total"] == 0.0


def test_it_says_so_when_it_cannot_reach(url: str, tenant: str) -> None:
    """Out of reach, a guard that is awaited answers as the policy says, and counts."""
    policy = Policy(state=State(unreachable="closed", timeout_ms=50))

    async def asked() -> tuple[list[str], dict[str, float]]:
        async with AsyncSharedGuard(policy, url="valkey://127.0.0.1:1", secret=SECRET, tenant=tenant) as guard:
            given = [str((await guard.decide(attempt(nth, START, HONEST + nth))).action) for nth in range(5)]
            assert not await guard.outcome("a1", "verified", START)
            assert (await guard.decide(Attempt("a", START, "no number"))).action == "block"
            return given, guard.gauges()

    actions, gauges = asyncio.run(asked())
    assert set(actions) == {"delay"}
    assert gauges["checkvalve_state_outcomes_lost_total"] == 1.0
    assert gauges["checkvalve_state_unreachable"] == 1.0
