"""What does an accepted caller see? Learned from the application's own answers, and given to those it never hears of.

Nothing that was made for one person is given to another: answers count only if they went to different people, and a
value that differs between them is drawn anew in the same form, repeats the present request, is a time, or a word that
several were told. Answers to requests like the present one (the same country, the same language) come first. Where a
value can be made in none of these ways, no answer is made. A cookie that differs is left out, since a made-up one
would end the session of an honest person; that can be seen, and is said in the log.
"""

import json
import logging
import secrets
from collections import Counter, deque
from collections.abc import Callable
from email.utils import formatdate
from threading import Lock
from typing import Any, NamedTuple

from checkvalve.gateways.quiet.answer import Answer
from checkvalve.gateways.quiet.drawn import Unlike
from checkvalve.gateways.quiet.json_form import written
from checkvalve.gateways.quiet.likeness import Choose, Sample, like

KEPT = 48
LEAST = 5
"""Answers, to as many different people and numbers, before one is made like them."""
LARGEST = 32 << 10
_NONE = object()
_log = logging.getLogger("checkvalve.gateways")


class Of(NamedTuple):
    """What of a request its answer may depend on."""

    given: tuple[str, ...]
    """The number, as it was written and in E.164: an answer may repeat it."""
    who: frozenset[str] = frozenset()
    """By what the person is known (account, address): who shares one of them is the same."""
    alike: tuple[str, ...] = ()
    """By what requests are alike, such as country and language; the first counts most."""


class _Seen(NamedTuple):
    answer: Answer
    of: Of
    at: float
    record: Any
    """The body as JSON; `_NONE` where it is none."""
    form: Callable[[Any], bytes] | None
    """Writes JSON as the application does."""


class Pretence:
    """The accepted answers of one route.

    Args:
        name: of the route, for the log.
        choose: one of several, each as likely.
        least: so many answers, to as many people, before one is made like them.
        otherwise: what callers see where none can be made, for the log.

    >>> pretence = Pretence("POST /otp")
    >>> for n in range(5):
    ...     body = b'{"id":"%04x","ok":true}' % (n * 49_999 % 65_536)
    ...     pretence.learn(Answer(202, (), body), Of((f"+44770090012{n}",)), 0.0)
    >>> pretence.answer(Of(("+447700900129",)), 60.0).status
    202
    """

    def __init__(
        self,
        name: str,
        choose: Choose = secrets.choice,
        least: int = LEAST,
        otherwise: str = "blocked callers see a refusal",
    ) -> None:
        self._otherwise = otherwise
        self._name, self._choose, self._least, self._lock = name, choose, least, Lock()
        self._seen: deque[_Seen] = deque(maxlen=KEPT)
        self._said: set[str] = set()

    def learn(self, answer: Answer, of: Of, at: float) -> None:
        """The application gave this answer to such a request."""
        if len(answer.body) > LARGEST:
            self._say("its answers are too long to be learned")
            return
        with self._lock:
            for one in [one for one in self._seen if one.of.given == of.given or not one.of.who.isdisjoint(of.who)]:
                self._seen.remove(one)  # one caller must not teach it alone
            self._seen.append(_seen(answer, of, at))

    def answer(self, of: Of, now: float) -> Answer | None:
        """An answer such as this request would get; None where that is not known."""
        with self._lock:
            seen = list(self._seen)
        for at, shared in enumerate(of.alike):
            alike = [one for one in seen if one.of.alike[at : at + 1] == (shared,)]
            seen = alike if len(alike) >= self._least else seen
        if seen:
            kind = Counter(_kind(one.answer) for one in seen).most_common(1)[0][0]
            seen = [one for one in seen if _kind(one.answer) == kind]
        if len(seen) < self._least:
            self._say(f"too few answers to different people were seen yet, {self._otherwise}")
            return None
        try:
            return self._made(seen, of.given, now)
        except Unlike as unlike:
            self._say(f"its answers hold what cannot be made up ({unlike}), {self._otherwise}")
            return None

    def _made(self, seen: list[_Seen], given: tuple[str, ...], now: float) -> Answer | None:
        body = self._body(seen, given, now)
        if body is None:
            self._say("its answers differ too much to be learned")
            return None
        last = seen[-1].answer
        return Answer(last.status, self._headers(seen, given, now, len(body)), body, last.phrase)

    def _headers(
        self, seen: list[_Seen], given: tuple[str, ...], now: float, length: int
    ) -> tuple[tuple[str, str], ...]:
        """The headers in the order of the application: those of one kind have the same names."""
        headers = []
        for at, (name, value) in enumerate(seen[-1].answer.headers):
            samples = [Sample(one.answer.headers[at][1], one.of.given, one.at) for one in seen]
            match name.lower():
                case "content-length":
                    headers.append((name, str(length)))
                case "date":
                    headers.append((name, formatdate(now, usegmt=True)))
                case "set-cookie" if any(one.value != value for one in samples):
                    self._say("its answers set a cookie that differs, and pretended ones set none")
                case "transfer-encoding":
                    pass  # that is the server's
                case _:
                    headers.append((name, like(samples, given, now, self._choose)))
        return tuple(headers)

    def _body(self, seen: list[_Seen], given: tuple[str, ...], now: float) -> bytes | None:
        last, form = seen[-1].answer.body, seen[-1].form
        if form is None or any(one.record is _NONE for one in seen):
            return last if all(one.answer.body == last for one in seen) else None
        return form(self._record([(one.record, one) for one in seen], given, now))

    def _record(self, values: list[tuple[Any, _Seen]], given: tuple[str, ...], now: float) -> Any:
        last = values[-1][0]
        if isinstance(last, dict):
            return self._object([(value, one) for value, one in values if isinstance(value, dict)], given, now)
        if isinstance(last, list):
            return self._list([(value, one) for value, one in values if isinstance(value, list)], given, now)
        return self._value([(value, one) for value, one in values if type(value) is type(last)], given, now)

    def _object(self, values: list[tuple[dict[str, Any], _Seen]], given: tuple[str, ...], now: float) -> Any:
        made = {}
        for name in values[-1][0]:
            there = [(value[name], one) for value, one in values if name in value]
            if len(there) >= self._least:
                made[name] = self._record(there, given, now)
        return made

    def _list(self, values: list[tuple[list[Any], _Seen]], given: tuple[str, ...], now: float) -> Any:
        length = len(values[-1][0])
        alike = [(value, one) for value, one in values if len(value) == length]
        if len(alike) < self._least:
            return []
        return [self._record([(value[at], one) for value, one in alike], given, now) for at in range(length)]

    def _value(self, values: list[tuple[Any, _Seen]], given: tuple[str, ...], now: float) -> Any:
        last = values[-1][0]
        if last is None or len(values) < self._least:
            return None
        if isinstance(last, bool):
            return self._choose("".join("01"[value] for value, _ in values)) == "1"
        samples = [Sample(str(value), one.of.given, one.at) for value, one in values]
        try:
            return type(last)(like(samples, given, now, self._choose))
        except ValueError as error:
            raise Unlike("a number with an exponent") from error

    def _say(self, what: str) -> None:
        """Once for each thing: who runs it should know that it can be told apart."""
        if what not in self._said:
            self._said.add(what)
            _log.warning(
                "%s: %s; set an answer of your own, or let the application do it (docs/gateways.md)",
                self._name,
                what,
            )


def _seen(answer: Answer, of: Of, at: float) -> _Seen:
    try:
        record = json.loads(answer.body)
    except (ValueError, RecursionError):
        return _Seen(answer, of, at, _NONE, None)
    return _Seen(answer, of, at, record, written(answer.body, record))


def _kind(answer: Answer) -> tuple[int, str, tuple[str, ...]]:
    """What two answers must share to be of one kind."""
    return answer.status, answer.header("content-type") or "", tuple(name.lower() for name, _ in answer.headers)
