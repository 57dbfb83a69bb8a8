"""The guard over HTTP: a plain ASGI application that any ASGI server runs.

``POST /v1/decisions`` asks, ``POST /v1/outcomes`` tells what became of a message, ``POST /v1/challenges`` how a
challenge was answered; ``GET /healthz``, ``/readyz`` and ``/metrics`` are for those who operate it. It is meant for
the form's own servers and says why; nothing of it should be shown to the one who asked.
"""

import asyncio
import logging
import secrets
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, get_args

import msgspec

from checkvalve.errors import Unusable, Usage
from checkvalve.gateways.challenges import Challenges
from checkvalve.gateways.counters import Counters
from checkvalve.guard import Decision, Event, Guard, attempt_of
from checkvalve.guard.policy_file import PolicyFile

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

LARGEST_BODY = 16 << 10
MOST_REMEMBERED = 200_000
"""Attempts whose own ids are known: outcomes may name either id."""
LOOK_S = 1.0
"""So often is the policy file looked at."""
_JSON = b"application/json"
_ANSWERS = "/v1/challenges"
_log = logging.getLogger("checkvalve.guard")


class Refused(Exception):
    """The request cannot be carried out: an HTTP status and why."""

    def __init__(self, status: int, what: str) -> None:
        self.status, self.what = status, what
        super().__init__(what)


class Api:
    """The application.

    Args:
        guard: decides.
        policy: its policy file, read again when it changes; a change that cannot be used is logged, and the policy
            before it goes on.
        clock: epoch seconds now.
        challenges: what challenged callers are shown; a proof of work if left out.
    """

    def __init__(
        self,
        guard: Guard,
        policy: PolicyFile | None = None,
        clock: Callable[[], float] = time.time,
        challenges: Challenges | None = None,
    ) -> None:
        self.guard, self.counters = guard, Counters()
        self._policy, self._clock = policy, clock
        self.challenges = challenges or Challenges(guard, clock=clock)
        self._looked = 0.0
        self._decided: OrderedDict[str, str] = OrderedDict()
        self._posts = {
            "/v1/decisions": self._decide,
            "/v1/outcomes": self._outcome,
            _ANSWERS: self._challenge,
        }

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
            return
        if scope["type"] != "http":
            return
        kind = _JSON
        try:
            status, body, kind = await self._answer(scope, receive)
        except Refused as refused:
            status, body = refused.status, msgspec.json.encode({"error": refused.what})
        except Exception:
            _log.exception("a request could not be answered")  # its body is not in the log
            status, body = 500, msgspec.json.encode({"error": "internal error"})
        self.counters.answered(status)
        headers = [
            (b"content-type", kind),
            (b"content-length", str(len(body)).encode()),
            (b"cache-control", b"no-store"),
        ]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _answer(self, scope: Message, receive: Receive) -> tuple[int, bytes, bytes]:
        path, method = scope["path"], scope["method"]
        post = self._posts.get(path)
        if post is not None:
            if method != "POST":
                raise Refused(405, "POST is the only method here")
            self._look()
            record = await _record(receive)
            if path == _ANSWERS and self.challenges.remote:  # it asks somebody, and takes as long
                return 200, msgspec.json.encode(await asyncio.to_thread(post, record)), _JSON
            return 200, msgspec.json.encode(post(record)), _JSON
        if path in ("/healthz", "/readyz") and method in ("GET", "HEAD"):
            return 200, b'{"status":"ok"}', _JSON
        if path == "/metrics" and method == "GET":
            return 200, self.counters.text().encode(), b"text/plain; version=0.0.4"
        raise Refused(404, "nothing is here")

    def _decide(self, record: dict[str, Any]) -> dict[str, Any]:
        now = self._clock()
        given = record.get("attempt_id")
        decision_id = f"d{secrets.token_hex(12)}"
        try:
            attempt = attempt_of({**record, "attempt_id": decision_id}, now_s=now)
        except Unusable as error:
            raise Refused(422, str(error)) from error
        # a caller whose clock is ahead must not carry the guard into the future
        attempt = msgspec.structs.replace(attempt, at=min(attempt.at, now))
        decision = self.guard.decide(attempt)
        self.counters.decided(decision)
        if isinstance(given, str) and given:
            self._decided[given] = decision_id
            if len(self._decided) > MOST_REMEMBERED:
                self._decided.popitem(last=False)
        return told(decision, self.challenges.issue(decision, attempt))

    def _outcome(self, record: dict[str, Any]) -> dict[str, Any]:
        try:
            event: Event = msgspec.convert(record.get("event"), Event)
        except msgspec.ValidationError as error:
            raise Refused(422, f"event must be one of {', '.join(get_args(Event))}") from error
        known = self.guard.outcome(self._named(record), event, self._clock())
        self.counters.heard(event, known)
        return {"known": known}

    def _challenge(self, record: dict[str, Any]) -> dict[str, Any]:
        solved, payload = record.get("solved"), record.get("payload")
        if not isinstance(solved, bool) and not isinstance(payload, str):
            raise Refused(422, "payload must be what the widget found, or solved true or false")
        decision_id = self._named(record)
        if isinstance(payload, str):
            ip = record.get("ip")
            solved = self.challenges.check(decision_id, payload, ip=ip if isinstance(ip, str) else None)
        decision = self.guard.answer(decision_id, bool(solved), self._clock())
        if decision is None:
            raise Refused(404, "no challenge is open under that id")
        self.counters.decided(decision)
        return told(decision)

    def _named(self, record: dict[str, Any]) -> str:
        """The decision that a record names by either id."""
        for name in ("decision_id", "attempt_id"):
            value = record.get(name)
            if isinstance(value, str) and value:
                return value if name == "decision_id" else self._decided.get(value, "")
        raise Refused(422, "decision_id or attempt_id is needed")

    def _look(self) -> None:
        """Has the policy file changed?"""
        now = self._clock()
        if self._policy is None or now - self._looked < LOOK_S:
            return
        self._looked = now
        try:
            changed = self._policy.changed()
        except Usage as error:
            self.counters.failed_reload()
            _log.error("the policy was changed and cannot be used, the one before goes on: %s", error)
            return
        if changed is not None:
            self.guard.reload(changed)
            _log.info("the policy was changed")


def told(decision: Decision, shown: dict[str, Any] | None = None) -> dict[str, Any]:
    """A decision as the API answers it, with the challenge that is to be shown."""
    return {
        "decision_id": decision.attempt_id,
        "action": decision.action,
        "p_fraud": round(decision.p_fraud, 6),
        "reasons": [{"code": one.code, "message": one.message} for one in decision.reasons],
        "retry_after_s": decision.retry_after_s,
        "challenge": {"answer": _ANSWERS, **(shown or {})} if decision.action == "challenge" else None,
        "expected_cost_usd": round(decision.expected_cost_usd, 6),
        "would": decision.would,
    }


async def _record(receive: Receive) -> dict[str, Any]:
    """The JSON object of a request."""
    body = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Refused(400, "the request ended early")
        body += message.get("body", b"")
        if len(body) > LARGEST_BODY:
            raise Refused(413, f"a request holds at most {LARGEST_BODY} bytes")
        if not message.get("more_body"):
            break
    try:
        record = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Refused(400, "the body is no JSON") from error
    if not isinstance(record, dict):
        raise Refused(422, "the body must be a JSON object")
    return record


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            await send({"type": "lifespan.startup.complete"})
        elif message["type"] == "lifespan.shutdown":
            await send({"type": "lifespan.shutdown.complete"})
            return
