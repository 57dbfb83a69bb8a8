"""Where every front and hook asks: one attempt in, one verdict out, and what is heard later finds its attempt again."""

import asyncio
import logging
import secrets
import time
from collections.abc import Callable
from typing import NamedTuple, ParamSpec, Protocol, TypeVar

from checkvalve.gateways.decision_log import DecisionLog
from checkvalve.gateways.in_path.learned_prices import LearnedPrices
from checkvalve.gateways.in_path.ledger import Ledger, Named
from checkvalve.gateways.masked import masked
from checkvalve.gateways.vendor_events import Remembers
from checkvalve.guard.attempt import Attempt, Decision, Event
from checkvalve.guard.decider import Decider
from checkvalve.numbering import e164

_log = logging.getLogger("checkvalve.gateways")
Given = ParamSpec("Given")
Told = TypeVar("Told")


class Counting(Protocol):
    """Who counts what is decided and heard, for those who operate it."""

    def decided(self, decision: Decision) -> None:
        """A decision was taken."""
        ...

    def heard(self, event: str, known: bool) -> None:
        """An outcome came."""
        ...

    def failed_guard(self, passed: bool) -> None:
        """The guard could not decide, and the text was sent or not."""
        ...

    def failed_telling(self, what: str) -> None:
        """The guard could not be told what became of a text."""
        ...


class Wish(NamedTuple):
    """Somebody wants a text sent: as much as a front or a hook knows of it."""

    phone: str
    channel: str = "sms"
    endpoint: str = ""
    ip: str | None = None
    user_agent: str | None = None
    account_id: str | None = None
    tenant: str = ""


class Verdict(NamedTuple):
    """What becomes of a wish: whether the text is sent, and how long to wait where it may be sent later."""

    attempt_id: str
    send: bool
    retry_after_s: float = 0.0


class Desk:
    """Asks the guard on behalf of all fronts and hooks of one process.

    No challenge can be shown from here, so the guard is asked for a verdict without one.

    Args:
        decider: decides.
        counting: counts decisions and outcomes.
        clock: epoch seconds now.
        open_when_broken: send, where the guard itself fails, rather than refuse.
        in_threads: ask in a thread, where the guard's memory is on another machine.
        ledger: who is meant by the names that others use; one of its own if left out.
        log: gets every decision.

    >>> from checkvalve.guard import Guard
    >>> desk = Desk(Guard())
    >>> verdict = desk.ask(Wish("+447700900123"))
    >>> desk.sent(verdict.attempt_id, "twilio:SM1")
    >>> verdict.send, desk.heard("twilio:SM1", "verified"), desk.heard("phone:+447700900123", "verified")
    (True, True, False)
    """

    def __init__(
        self,
        decider: Decider,
        counting: Counting | None = None,
        clock: Callable[[], float] = time.time,
        *,
        open_when_broken: bool = True,
        in_threads: bool = False,
        ledger: Named | None = None,
        log: DecisionLog | None = None,
    ) -> None:
        self._decider, self._counting, self._clock = decider, counting, clock
        self._open_when_broken, self._in_threads = open_when_broken, in_threads
        self.ledger: Named = Ledger() if ledger is None else ledger
        self._log = log
        self.prices = LearnedPrices()

    def now(self) -> float:
        """Epoch seconds now."""
        return self._clock()

    def ask(self, wish: Wish) -> Verdict:
        """May the text be sent? If so, it counts as sent from now on."""
        attempt = Attempt(
            attempt_id=f"g{secrets.token_hex(12)}",
            at=self._clock(),
            phone=wish.phone,
            channel=wish.channel,
            endpoint=wish.endpoint,
            ip=wish.ip,
            user_agent=wish.user_agent,
            account_id=wish.account_id,
            tenant=wish.tenant,
            price_usd=self.prices.of(wish.phone),
            challengeable=False,
        )
        try:
            decision = self._decider.decide(attempt)
        except Exception:
            _log.exception("the guard failed; the text is %s", "sent" if self._open_when_broken else "refused")
            if self._counting is not None:
                self._counting.failed_guard(self._open_when_broken)
            return Verdict(attempt.attempt_id, self._open_when_broken)
        if self._counting is not None:
            self._counting.decided(decision)
        if self._log is not None:
            self._log.add(attempt, decision, None)
        try:
            self._note(wish, decision)
        except Exception:
            self._untold("noted")
        return Verdict(attempt.attempt_id, decision.allowed, decision.retry_after_s)

    async def asked(self, wish: Wish) -> Verdict:
        """`ask` for callers that must not be held up."""
        return await self.aside(self.ask, wish)

    async def aside(self, call: Callable[Given, Told], *given: Given.args, **named: Given.kwargs) -> Told:
        """Do something that asks the guard, or notes what it shares, without holding up others."""
        if self._in_threads:
            return await asyncio.to_thread(call, *given, **named)
        return call(*given, **named)

    async def told(self, tell: Callable[Given, object], *given: Given.args, **named: Given.kwargs) -> None:
        """Tell what became of a text (`sent`, `heard`, `priced`, `failed`), without holding up others.

        The text is on its way, whether or not the guard can be told: a failure is logged and counted, and ends here.
        """
        try:
            await self.aside(tell, *given, **named)
        except Exception:
            self._untold(getattr(tell, "__name__", "something"))

    def sent(self, attempt_id: str, *names: str) -> None:
        """The text of an attempt is known by these names from now on."""
        self.ledger.note(attempt_id, *names)

    def heard(self, name: str, event: Event) -> bool:
        """Something became of the text of that name; False where no such text is remembered."""
        attempt_id = self.ledger.find(name)
        return self._outcome(attempt_id, event)

    def priced(self, name: str, number: str, price_usd: float) -> None:
        """A text to this number cost so much: budgets are put right, and later texts are reckoned with it."""
        self.prices.learn(number, price_usd)
        attempt_id = self.ledger.find(name)
        if attempt_id is not None and isinstance(self._decider, Remembers):
            self._decider.priced(attempt_id, price_usd, self._clock())

    def knows(self, name: str) -> bool:
        """Is a text of that name remembered?"""
        return self.ledger.find(name) is not None

    def failed(self, attempt_id: str) -> None:
        """The text of an attempt could not be handed over."""
        self._outcome(attempt_id, "failed")

    def _outcome(self, attempt_id: str | None, event: Event) -> bool:
        known = attempt_id is not None and self._decider.outcome(attempt_id, event, self._clock())
        if self._counting is not None:
            self._counting.heard(event, known)
        return known

    def _untold(self, what: str) -> None:
        _log.exception("the guard could not be told of a text (%s)", what)
        if self._counting is not None:
            self._counting.failed_telling(what)

    def _note(self, wish: Wish, decision: Decision) -> None:
        if decision.allowed:
            number = e164(wish.phone)
            names = [] if number is None else [f"phone:+{number}"]
            self.ledger.note(
                decision.attempt_id, *names, *([f"account:{wish.account_id}"] if wish.account_id else [])
            )
            return
        reasons = "; ".join(f"{one.code}: {one.message}" for one in decision.reasons if not one.shadow)
        _log.info("not sent to %s (%s): %s", masked(wish.phone), decision.action, reasons)
