"""What somebody sees whom the guard does not let pass."""

import logging
from collections import OrderedDict
from threading import Lock
from typing import Any

import phonenumbers

from checkvalve.gateways.challenges import Challenges
from checkvalve.gateways.challenges.page import page
from checkvalve.gateways.inbound.reader import Asked
from checkvalve.gateways.middleware.failure import place_of
from checkvalve.gateways.middleware.settings import Configured, GateSettings
from checkvalve.gateways.quiet.answer import Answer, json_answer, sized
from checkvalve.gateways.quiet.pretence import Of, Pretence
from checkvalve.gateways.quiet.shape import Refusal, Shape, Shapes, shape
from checkvalve.guard.attempt import Decision

_log = logging.getLogger("checkvalve.gateways")
_MOST_TENANTS = 256
_OURS = frozenset(
    {
        "checkvalve_ticket",
        "checkvalve_solution",
        "altcha",
        "cf-turnstile-response",
        "h-captcha-response",
        "g-recaptcha-response",
    }
)
"""Fields of a challenge that was answered before."""
_OUR_HEADERS = frozenset({"x-checkvalve-ticket", "x-checkvalve-solution"})


class KeptOut:
    """The answers of one route to those who are not let pass, some of them learned from the application."""

    def __init__(self, name: str, settings: GateSettings, challenges: Challenges | None) -> None:
        self._settings, self._challenges = settings, challenges
        self._name, self._lock = name, Lock()
        self._pretences: OrderedDict[str, Pretence] = OrderedDict()
        self._shapes = Shapes(name)

    def answer(self, asked: Asked, decision: Decision) -> tuple[Answer | None, bool]:
        """What the caller sees, and whether it is held; None where the application answers. Never raises."""
        try:
            return self._answer(asked, decision)
        except Exception as error:
            _log.error("an answer could not be made (%s), the request was refused", place_of(error))
            return configured(self._settings.refused), False

    def learn(self, asked: Asked, answer: Answer, now: float) -> None:
        """The application accepted a request with this answer."""
        if self._settings.blocked == "pretend":
            self._shapes.accepted(_shape(asked))
            if self._settings.pretended is None:
                self._pretence(asked).learn(answer, _of(asked), now)

    def learn_refusal(self, asked: Asked, answer: Answer, now: float) -> None:
        """The application refused a request with this answer."""
        if self._settings.blocked == "pretend":
            self._shapes.refused(_shape(asked), answer, _of(asked), now)

    def refusal(self, asked: Asked) -> Refusal | None:
        """How would the application refuse a blocked request, whatever its number? None where it would accept it."""
        if self._settings.blocked != "pretend":
            return None
        return self._shapes.refusal(_shape(asked), _of(asked), asked.attempt.at)

    def refused(self) -> Answer:
        """What is set for refused callers."""
        return configured(self._settings.refused)

    def _pretence(self, asked: Asked) -> Pretence:
        """What is known of one tenant's answers: they are given to its own callers only."""
        with self._lock:
            found = self._pretences.setdefault(asked.attempt.tenant, Pretence(self._name))
            self._pretences.move_to_end(asked.attempt.tenant)
            if len(self._pretences) > _MOST_TENANTS:
                self._pretences.popitem(last=False)
            return found

    def _answer(self, asked: Asked, decision: Decision) -> tuple[Answer | None, bool]:
        if decision.action == "challenge" and self._challenges is not None:
            return self._challenge(asked, self._challenges.issue(decision, asked.attempt) or {}), False
        if decision.action == "delay" and self._settings.delayed == "tell":
            return self._wait(max(1, round(decision.retry_after_s))), False
        if self._settings.blocked == "mark":
            return None, True
        if self._settings.blocked == "refuse":
            return configured(self._settings.refused), False
        return self._pretended(asked), True

    def _challenge(self, asked: Asked, shown: dict[str, Any]) -> Answer:
        form, how = asked.contents.plain_form, self._settings.challenge
        if form is not None:
            fields = [(name, value) for name, value in form if name not in _OURS]
            where = asked.contents.target
            text = page(shown, fields, where, script=how.script, text=how.text, button=how.button)
            if text is not None:
                headers = (("content-type", "text/html; charset=utf-8"), ("cache-control", "no-store"))
                return sized(self._settings.challenge_status, headers, text.encode("utf-8", "replace"))
        return json_answer(self._settings.challenge_status, {"error": "challenge", "challenge": shown})

    def _wait(self, seconds: int) -> Answer:
        after = ("retry-after", str(seconds))
        told = self._settings.waiting
        if told is None:
            return json_answer(429, {"error": "wait", "retry_after_s": seconds}, after)
        body = told.body.replace("{seconds}", str(seconds))
        return sized(told.status, (*told.headers.items(), after), body.encode())

    def _pretended(self, asked: Asked) -> Answer:
        if self._settings.pretended is not None:
            return configured(self._settings.pretended)
        learned = self._pretence(asked).answer(_of(asked), asked.attempt.at)
        return learned or configured(self._settings.refused)


def configured(answer: Configured) -> Answer:
    """An answer that was set by hand."""
    return sized(answer.status, tuple(answer.headers.items()), answer.body.encode())


def _of(asked: Asked) -> Of:
    """What of a request its answer may depend on."""
    attempt = asked.attempt
    known = attempt.account_id or (attempt.ip if asked.contents.names_somebody else None)
    who = known or attempt.phone
    calling_code = str(phonenumbers.parse(attempt.phone).country_code)
    alike = (calling_code, asked.contents.header("accept-language"), asked.contents.header("accept"))
    return Of((asked.written, attempt.phone), frozenset({who}), alike)


def _shape(asked: Asked) -> Shape:
    """The traits of a request, as far as applications look at them."""
    contents = asked.contents
    leaves = [(name, value) for name, value in contents.leaves if name.rpartition(":")[2].strip("/") not in _OURS]
    return shape(contents.kind, asked.written, leaves, contents.own_headers - _OUR_HEADERS, contents.spelled)
