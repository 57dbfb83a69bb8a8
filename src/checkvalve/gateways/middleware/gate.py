"""One guard in front of routes, whatever server carries them: reads, asks, answers, learns.

Nothing in here waits, so that ASGI and WSGI can each wait in their own way. Logs name attempts, rules and places in
the code; never a number, a code, or what an exception says, since that may repeat what was sent.
"""

import logging
import os
import secrets
from collections.abc import Callable, Mapping, Sequence
from typing import Self

import msgspec

from checkvalve.errors import Usage
from checkvalve.gateways.challenges import Challenges
from checkvalve.gateways.challenges.settings import challenges
from checkvalve.gateways.counters import Counters
from checkvalve.gateways.inbound.client import Clients
from checkvalve.gateways.inbound.fields import Contents
from checkvalve.gateways.inbound.path import readings
from checkvalve.gateways.inbound.reader import Asked, ConfirmationReader, RouteReader
from checkvalve.gateways.inbound.request import Refused, Request
from checkvalve.gateways.inbound.route import fields
from checkvalve.gateways.middleware.counting import Counting
from checkvalve.gateways.middleware.failure import place_of
from checkvalve.gateways.middleware.kept_out import KeptOut
from checkvalve.gateways.middleware.pass_note import PassNote
from checkvalve.gateways.middleware.recent import Recent
from checkvalve.gateways.middleware.ruling import PASSES, Matched, Ruling
from checkvalve.gateways.middleware.settings import GateSettings
from checkvalve.gateways.quiet.answer import Answer, json_answer
from checkvalve.gateways.quiet.durations import Durations
from checkvalve.gateways.quiet.pretence import Of
from checkvalve.gateways.quiet.shape import Refusal, shape
from checkvalve.gateways.quiet.waits import Waits
from checkvalve.gateways.quiet.wrong_codes import WrongCodes
from checkvalve.guard.attempt import Decision, Event
from checkvalve.guard.clock import Clock
from checkvalve.guard.decider import Decider

_log = logging.getLogger("checkvalve.gateways")
_NO_NUMBER = 422
_NO_SUCH_PATH = frozenset({301, 302, 303, 307, 308, 404, 405, 410})
_REFUSALS_S = (0.0, 0.01)
"""How long refusals take, until enough were timed: nothing is sent in that time."""


class Gate:
    """The guard in front of an application's routes.

    Args:
        decider: decides.
        settings: which routes, and what refused callers see.
        desk: what challenged callers are shown. Without it, the guard is asked for a verdict without a challenge.
        counting: counts what it does.
        clock: epoch seconds now; by default one that believes no sudden step ahead at once.

    Raises:
        Usage: for settings that cannot be meant.
    """

    def __init__(
        self,
        decider: Decider,
        settings: GateSettings,
        desk: Challenges | None = None,
        *,
        counting: Counting | None = None,
        clock: Callable[[], float] | None = None,
    ) -> None:
        self.decider, self.settings, self.challenges = decider, settings, desk
        self._counting = counting or Counters()
        self._clock = clock or Clock()
        self.in_threads = settings.in_threads or bool(getattr(decider, "remote", False))
        """Does the guard ask another machine, so that a loop must not wait for it?"""
        clients = Clients(settings.trusted_proxies, settings.client_header)
        self._routes = [RouteReader(route, clients, settings.ja4_header) for route in settings.routes]
        confirmations = [ConfirmationReader(one) for one in settings.confirmations]
        self._readers: list[RouteReader | ConfirmationReader] = [*self._routes, *confirmations]
        if not self._routes:
            raise Usage("no route is named", where="routes", todo="name the requests that ask for a message")
        _each_once(self._readers)
        self._ticket, self._solution = fields(settings.ticket, "ticket"), fields(settings.solution, "solution")
        self._kept_out = {one.name: KeptOut(one.name, settings, desk) for one in self._routes}
        self._durations = {one.name: Durations(settings.usual_s) for one in self._readers}
        self._durations |= {_of_refusals(one.name): Durations(_REFUSALS_S) for one in self._routes}
        self._in_body = {one.name: one.in_body for one in self._routes}
        self._wrong_codes = {one.name: WrongCodes(one.name, settings.remembered) for one in confirmations}
        self._recent, self._waits = Recent(settings.remembered), Waits(settings.remembered)
        self._believed = Recent(settings.remembered)

    @classmethod
    def of(
        cls,
        decider: Decider,
        settings: GateSettings,
        environment: Mapping[str, str] = os.environ,
        counting: Counting | None = None,
        clock: Callable[[], float] | None = None,
    ) -> Self:
        """A gate with the challenges that its settings describe.

        Raises:
            Usage: for settings that cannot be meant, or a secret that is not in the environment.
        """
        shown = challenges(settings.challenge, decider, environment)
        return cls(decider, settings, shown, counting=counting, clock=clock)

    def matched(self, method: str, path: str, root: str = "", raw: str = "") -> Matched | None:
        """Is this a request of ours? All others are none of our business.

        Args:
            method, path: of the request, the path decoded.
            root: the beginning of the path under which the application stands; routes may be written without it.
            raw: the path as it was sent, where that is known.
        """
        below = path[len(root) :] if root and path.startswith(root) else None
        for one in (path, below):
            found = None if one is None else self._among(method, readings(one or "/", raw))
            if found is not None:
                return found
        return None

    def _among(self, method: str, read: list[str]) -> Matched | None:
        matched: Matched | None = None
        for one in read:
            for reader in self._readers:
                if reader.pattern.among(method, [one]) is None:
                    continue
                if matched is None:
                    matched = Matched(reader, reader.pattern.among(method, read) or {})
                elif matched.reader is not reader:
                    return matched._replace(certain=False)
                break
        return matched

    def rule(self, request: Request, matched: Matched) -> Ruling:
        """What becomes of a request? Never raises.

        Where the guard cannot decide, the settings do. A request that cannot be read is refused whatever they say: who
        sends it could otherwise choose to go unseen.
        """
        if not matched.certain:
            return self._unread(matched.reader.name, Refused(400, "ambiguous"))
        if isinstance(matched.reader, ConfirmationReader):
            return self._confirmed(request, matched.reader, matched.path)
        try:
            asked = self._read(request, matched.reader, matched.path)
        except Refused as refused:
            return self._unread(matched.reader.name, refused)
        except Exception as error:
            return self.unreadable(error)
        if asked is None:
            return PASSES if self.settings.missing == "pass" else Ruling(json_answer(400, {"error": "phone"}))
        try:
            decision = self._solved(asked) or self.decider.decide(asked.attempt)
        except Exception as error:
            return self.failed(error)
        self._counting.decided(decision)
        self._tell(matched.reader.name, decision)
        return self._ruling(asked, decision)._replace(accepted=matched.reader.accepted)

    def failed(self, error: Exception) -> Ruling:
        """The guard failed: as the settings say."""
        passes = self.settings.on_error == "open"
        self._counting.failed_guard(passes)
        _log.error("the guard failed (%s), the request %s", place_of(error), "passed" if passes else "was refused")
        return PASSES if passes else Ruling(json_answer(503, {"error": "unavailable"}))

    def unreadable(self, error: Exception) -> Ruling:
        """A request could not be read; it is refused."""
        _log.error("a request could not be read (%s), it was refused", place_of(error))
        return Ruling(json_answer(400, {"error": "unreadable"}))

    def too_large(self) -> Ruling:
        """The body is longer than the settings allow."""
        return Ruling(json_answer(413, {"error": "too_large"}))

    def waits(self) -> bool:
        """May `rule` wait for another machine?"""
        return self.in_threads or (self.challenges is not None and self.challenges.remote)

    def hold_s(self, ruling: Ruling, elapsed_s: float) -> float:
        """How long is an answer held, this long after the request came?"""
        if not ruling.held:
            return 0.0
        held_s = self._durations[ruling.name].held_s(elapsed_s)
        return min(held_s, max(0.0, self.settings.longest_hold_s - elapsed_s))

    def woke(self, ruling: Ruling, late_s: float) -> None:
        """An answer was held so much longer than `hold_s` said."""
        self._durations[ruling.name].woke(late_s)

    def disguise(self, ruling: Ruling, answer: Answer) -> Answer | None:
        """How a wrong code is answered, in place of this answer of the application; None where that may be seen.

        An application that was not asked for a message refuses its code in its own way. Whoever was let believe in one
        is refused as those are who were sent one.
        """
        if ruling.emptied and ruling.asked is not None and ruling.decision is not None:
            if answer.status in _NO_SUCH_PATH:
                return None
            told = self._as_told(ruling.asked, ruling.decision, sent=True)
            return self._kept_out[ruling.name].answer(ruling.asked, told)[0]
        if ruling.shape is None or ruling.accepted.by(answer.status, answer.body):
            return None
        try:
            codes = self._wrong_codes[ruling.name]
            return codes.answer(answer, ruling.shape, _code_of(ruling.of), self._clock())
        except Exception as error:
            _log.error("an answer could not be made (%s), the application's was given", place_of(error))
            return None

    def passed(self, ruling: Ruling) -> None:
        """A request to a route went on to the application, which did not refuse it as far as is known."""
        if ruling.asked is not None and ruling.decision is not None and ruling.decision.action == "allow":
            attempt = ruling.asked.attempt
            self._waits.believed(attempt.phone, attempt.at, self.decider.policy.resend)

    def answered(self, ruling: Ruling, answer: Answer | None, status: int, took_s: float) -> None:
        """The application answered a request that passed, so long after it came. Never raises.

        ``answer`` is None where it is too long to be learned.
        """
        try:
            self._answered(ruling, answer, status, took_s)
        except Exception as error:
            _log.error("an answer could not be learned from (%s)", place_of(error))

    def _read(self, request: Request, reader: RouteReader, path: Mapping[str, tuple[str, ...]]) -> Asked | None:
        attempt_id, shows = f"m{secrets.token_hex(12)}", self.challenges is not None
        return reader.asked(request, path, attempt_id, self._clock(), challengeable=shows)

    def _unread(self, name: str, refused: Refused) -> Ruling:
        if refused.status == _NO_NUMBER and self.settings.impossible == "pass":
            return PASSES
        _log.info("%s: refused, %s", name, refused.word)
        return Ruling(json_answer(refused.status, {"error": refused.word}))

    def _confirmed(
        self, request: Request, reader: ConfirmationReader, path: Mapping[str, tuple[str, ...]]
    ) -> Ruling:
        try:
            contents = Contents(request, path)
            phone, account, written = reader.whose(contents)
            found = self._recent.found(phone, account)
            looks = shape(contents.kind, written, contents.leaves, contents.own_headers, contents.spelled)
        except Exception as error:
            _log.error("a request that brings a code could not be read (%s)", place_of(error))
            return PASSES
        ruling = Ruling(of=phone or "", shape=looks, name=reader.name, accepted=reader.accepted)
        if found is not None:
            return ruling._replace(confirmed=(found, reader.confirmation.event))
        disguised = self._believed.found(phone, account) is not None
        return ruling._replace(disguised=disguised, held=disguised)

    def _solved(self, asked: Asked) -> Decision | None:
        """The decision about a challenge that this request answers; None where it answers none."""
        attempt_id, solved = self._answered_challenge(asked)
        return None if attempt_id is None else self.decider.answer(attempt_id, solved, asked.attempt.at)

    def _answered_challenge(self, asked: Asked) -> tuple[str | None, bool]:
        """Of which attempt is the challenge that this request answers, and is it solved?"""
        if self.challenges is None:
            return None, False
        phone, ip = asked.attempt.phone, asked.attempt.ip
        try:
            ticket, solution = self._back(asked.contents)
            attempt_id = self.challenges.attempt_of(ticket, phone) if ticket and solution else None
            if attempt_id is None or solution is None:
                return None, False
            return attempt_id, self.challenges.check(attempt_id, solution, phone=phone, ip=ip)
        except Exception as error:
            _log.error(
                "an answer to a challenge could not be looked at (%s), it counts for nothing", place_of(error)
            )
            return None, False

    def _back(self, contents: Contents) -> tuple[str | None, str | None]:
        try:
            ticket = contents.one(self._ticket)
            return ticket, contents.one(self._solution) if ticket else None
        except Refused:
            return None, None

    def _ruling(self, asked: Asked, decision: Decision) -> Ruling:
        attempt = asked.attempt
        if decision.action == "allow":
            self._recent.asked(decision.attempt_id, attempt.phone, attempt.account_id)
            self._code_awaited(attempt.phone)
            return Ruling(None, self._note(decision), False, asked, decision, name=attempt.endpoint)
        kept_out = self._kept_out[attempt.endpoint]
        refusal = kept_out.refusal(asked) if decision.action == "block" else None
        told = self._as_told(asked, decision, sent=refusal is None)
        if refusal is not None and told.action == "block":
            return self._as_refused(asked, decision, refusal)
        answer, held = kept_out.answer(asked, told)
        note = None if answer is not None else self._note(decision)
        return Ruling(answer, note, held, asked, decision, name=attempt.endpoint)

    def _as_refused(self, asked: Asked, decision: Decision, refusal: Refusal) -> Ruling:
        """A blocked request that the application would refuse, whatever its number, is refused as it would do it."""
        name, kept_out = asked.attempt.endpoint, self._kept_out[asked.attempt.endpoint]
        if refusal.answer is None and refusal.kind == "path" and self._in_body[name]:
            return Ruling(None, None, True, asked, decision, name=name, disguised=True, emptied=True)
        return Ruling(refusal.answer or kept_out.refused(), None, True, asked, decision, name=_of_refusals(name))

    def _as_told(self, asked: Asked, decision: Decision, *, sent: bool) -> Decision:
        """The decision that the caller is told: one who is blocked has to wait where an accepted one would.

        ``sent``: will the caller believe in a message?
        """
        if decision.action != "block" or self.settings.blocked == "refuse" or self.settings.delayed != "tell":
            return decision
        phone, now, rule = asked.attempt.phone, asked.attempt.at, self.decider.policy.resend
        left_s = self._waits.left_s(phone, now, rule)
        if left_s > 0.0:
            return msgspec.structs.replace(decision, action="delay", retry_after_s=left_s)
        if not sent:
            return decision
        self._waits.believed(phone, now, rule)
        self._believed.asked(decision.attempt_id, phone, asked.attempt.account_id)
        self._code_awaited(phone)
        return decision

    def _code_awaited(self, phone: str) -> None:
        for codes in self._wrong_codes.values():
            codes.begins(_code_of(phone))

    def _note(self, decision: Decision) -> PassNote:
        return PassNote(decision, lambda event: self._hears(decision.attempt_id, event))

    def _hears(self, attempt_id: str, event: Event) -> bool:
        """The guard hears what became of a message."""
        known = self.decider.outcome(attempt_id, event, self._clock())
        self._counting.heard(event, known)
        return known

    def _answered(self, ruling: Ruling, answer: Answer | None, status: int, took_s: float) -> None:
        accepted = ruling.accepted.by(status, None if answer is None else answer.body)
        if ruling.confirmed is not None and accepted:
            self._hears(*ruling.confirmed)
            self._waits.came_back(ruling.of)
        elif ruling.confirmed is not None and answer is not None and ruling.shape and ruling.of and status < 500:
            codes = self._wrong_codes[ruling.name]
            codes.learn(answer, ruling.shape, _code_of(ruling.of), self._clock())
            self._durations[ruling.name].add(took_s)
        if ruling.note is None or ruling.asked is None or not ruling.note.send:
            return
        name = ruling.asked.attempt.endpoint
        if not accepted:  # the application refused it: no message was sent
            self._hears(ruling.note.attempt_id, "failed")
            if answer is not None and status < 500:
                self._durations[_of_refusals(name)].add(took_s)
                self._kept_out[name].learn_refusal(ruling.asked, answer, self._clock())
            return
        self.passed(ruling)
        self._durations[name].add(took_s)
        if answer is not None:
            self._kept_out[name].learn(ruling.asked, answer, self._clock())

    def _tell(self, name: str, decision: Decision) -> None:
        level = logging.DEBUG if decision.action == "allow" and not decision.reasons else logging.INFO
        why = "; ".join(f"{one.code}: {one.message}" for one in decision.reasons)
        _log.log(level, "%s: %s %s (%s)", name, decision.action, decision.attempt_id, why)


def _of_refusals(name: str) -> str:
    """By what the pace of a route's refusals is known."""
    return f"{name} refused"


def _code_of(phone: str) -> Of:
    """A code that somebody entered for a number; only who has the message can have asked."""
    return Of((phone,), frozenset({phone}))


def _each_once(readers: Sequence[RouteReader | ConfirmationReader]) -> None:
    """Raises `Usage` where two settings are about the same requests: the second would never be looked at."""
    known: set[tuple[str, str]] = set()
    for reader in readers:
        shape = (reader.pattern.method, reader.pattern.path.pattern.casefold())
        if shape in known:
            todo = "name all fields of a path in one entry: those that are there have to agree"
            raise Usage("the same requests are named twice", where=reader.name, todo=todo)
        known.add(shape)
