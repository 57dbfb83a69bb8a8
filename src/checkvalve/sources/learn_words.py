"""What words in home-grown logs usually mean: names of fields, states of messages, kinds of events.

Only proposals are made from them (`sources/learn.py`); a person reads and corrects those before a log is read so.
"""

import re

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_NO_WORD = re.compile(r"[^a-z0-9]+")

STATUSES: dict[str, tuple[str, ...]] = {
    "accepted": ("queued", "accepted", "scheduled", "pending", "enqueued", "submitted", "created", "new", "processing"),
    "sent": ("sent", "dispatched", "success", "successful", "succeeded", "ok", "buffered", "acked", "done"),
    "delivered": ("delivered", "delivrd", "read", "received"),
    "failed": (
        "failed", "failure", "fail", "undelivered", "undeliv", "undeliverable", "rejected", "rejectd", "expired",
        "error", "ko", "nok", "bounced", "aborted", "cancelled", "canceled", "deleted",
    ),
    "blocked": ("blocked", "denied", "filtered", "fraud", "suppressed"),
}  # fmt: skip
"""State of a message → the words that logs use for it."""

VERIFICATIONS: dict[str, tuple[str, ...]] = {
    "started": ("started", "requested", "initiated", "challenge", "pending", "created"),
    "approved": (
        "approved",
        "verified",
        "confirmed",
        "success",
        "successful",
        "ok",
        "valid",
        "completed",
        "passed",
    ),
    "failed": ("failed", "failure", "wrong", "invalid", "incorrect", "mismatch", "denied", "rejected"),
    "expired": ("expired", "timeout", "abandoned"),
    "checked": ("checked", "attempted", "entered"),
}
"""Kind of a verification's event → the words that logs use for it."""

CHANNELS: dict[str, tuple[str, ...]] = {
    "sms": ("sms", "text"),
    "voice": ("voice", "call", "tts", "phone"),
    "email": ("email", "mail"),
    "whatsapp": ("whatsapp", "wa"),
    "rcs": ("rcs", "rbm"),
    "push": ("push",),
}
"""Channel → the words that logs use for it."""

UNSURE_WORDS = frozenset(
    {"success", "successful", "succeeded", "ok", "done", "read", "received", "pending", "created"}
)
"""Words that mean one thing in one log and another in the next."""

NAMES: dict[str, tuple[str, ...]] = {
    "send_id": ("message id", "msg id", "sms id", "message uuid", "msgid", "messageid", "sid", "id", "uuid", "ref"),
    "verification_id": ("verification id", "otp id", "verify id", "challenge id"),
    "event_id": ("event id", "ticket id", "ticket", "id", "uuid"),
    "destination": (
        "to", "msisdn", "phone", "phone number", "destination", "recipient", "mobile", "to number", "number", "dest",
        "phonenumber", "da", "receiver", "tel",
    ),
    "sent_at": ("sent at", "date sent", "send time", "sent", "submitted at", "created at", "created", "timestamp",
                "time", "ts", "date", "at", "datetime", "when"),
    "occurred_at": ("occurred at", "event time", "created at", "timestamp", "time", "ts", "date", "at", "created",
                    "opened", "datetime", "when"),
    "delivered_at": ("delivered at", "delivery time", "date delivered", "done at", "dlr time"),
    "verified_at": ("verified at", "confirmed at", "approved at", "used at"),
    "event_at": ("updated at", "date updated", "modified at", "status at"),
    "period_start": ("period start", "start date", "start", "from", "begin", "date", "day", "datum", "tag"),
    "period_end": ("period end", "end date", "end", "until", "to"),
    "price": ("price", "cost", "fee", "amount", "charge", "total price", "rate", "preis", "kosten", "precio",
              "prix"),
    "amount": ("cost", "price", "fee", "charge", "amount", "total", "betrag", "importe", "montant"),
    "currency": ("currency", "price unit", "unit", "cur"),
    "country": ("country", "country code", "iso", "iso2", "destination country"),
    "network": ("mccmnc", "network code", "plmn", "network"),
    "network_name": ("carrier", "operator", "network name", "network"),
    "status": ("status", "state", "delivery status", "result", "outcome", "dlr"),
    "error_code": ("error code", "error", "err", "reason code"),
    "channel": ("channel", "medium", "type", "method"),
    "segments": ("segments", "parts", "num segments", "message count", "sms count"),
    "purpose": ("purpose", "template", "reason", "use case", "flow", "campaign"),
    "ip": ("ip", "client ip", "remote addr", "ip address", "source ip", "remote ip", "addr", "host"),
    "user_agent": ("user agent", "useragent", "ua", "agent", "browser"),
    "account_id": ("user id", "account id", "customer id", "user", "account", "uid"),
    "method": ("method", "verb", "http method", "request method"),
    "url": ("url", "uri", "path", "request uri", "endpoint", "route", "request path"),
    "request_line": ("request", "request line"),
    "http_status": ("status", "status code", "http status", "response code", "code", "response"),
    "duration_s": ("duration", "request time", "latency", "elapsed", "took"),
    "bytes": ("bytes", "bytes sent", "size", "length"),
    "referrer": ("referer", "referrer"),
    "request_id": ("request id", "trace id", "correlation id", "req id"),
    "forwarded_for": ("x forwarded for", "forwarded for", "xff"),
    "kind": ("event", "kind", "result", "outcome", "status", "action", "type", "state", "reason", "category"),
    "category": ("category", "type", "item", "product", "description", "service"),
    "quantity": ("quantity", "count", "messages", "volume", "units"),
    "provider": ("provider", "vendor", "gateway", "supplier"),
    "text": ("text", "comment", "description", "body", "message", "complaint", "details", "subject"),
    "event_word": ("event", "event type", "event name", "type", "action", "kind", "operation", "name", "msg"),
}  # fmt: skip
"""Meaning → names of fields that have it, the surest first."""

_EVENT_WORDS = (
    (re.compile(r"(fail|wrong|invalid|incorrect|mismatch|bad).*(code|otp|verif)|(code|otp|verif|check).*(fail|wrong|invalid|"
                r"incorrect|mismatch|bad)"), ("verification", "failed")),
    (re.compile(r"expire|timeout"), ("verification", "expired")),
    (re.compile(r"verified|approved|confirmed|(verif|confirm|check|code|otp).*(ok|success|pass|complete|correct|enter)"),
     ("verification", "approved")),
    (re.compile(r"sent|send|dispatch|deliver|sms out|outbound"), ("send", None)),
    (re.compile(r"(verif|otp|code|signup|sign up).*(start|request|init|creat)"), ("verification", "started")),
    (re.compile(r"verify|verification|check"), ("verification", "checked")),
)  # fmt: skip


def plain_name(name: str) -> str:
    """The words of a field's name.

    >>> plain_name("clientIp"), plain_name("user.phone_number"), plain_name("X-Forwarded-For")
    ('client ip', 'user phone number', 'x forwarded for')
    """
    return _NO_WORD.sub(" ", _CAMEL.sub(" ", name).lower()).strip()


def name_rank(name: str, meaning: str) -> float:
    """How well does a field's name fit the meaning, 0 (not at all) to 1?

    >>> name_rank("message_id", "send_id"), name_rank("colour", "send_id")
    (1.0, 0.0)
    """
    words = plain_name(name)
    for position, known in enumerate(NAMES.get(meaning, ())):
        nearness = 1 - position / 40
        if words == known:
            return nearness
        if words.endswith(f" {known}") or words.startswith(f"{known} "):
            return nearness - 0.25
    return 0.0


def meaning_of(value: str, table: dict[str, tuple[str, ...]]) -> str | None:
    """What does a word of a log mean, by one of the tables above?

    >>> meaning_of("DELIVRD", STATUSES), meaning_of("purple", STATUSES)
    ('delivered', None)
    """
    words = plain_name(value)
    for meaning, known in table.items():
        if words == meaning or words in known:
            return meaning
    return None


def event_of(value: str) -> tuple[str, str | None] | None:
    """Which event does the name of a log line tell of?

    >>> event_of("otp_sent"), event_of("code.verified"), event_of("OtpCheckFailed"), event_of("login page viewed")
    (('send', None), ('verification', 'approved'), ('verification', 'failed'), None)
    """
    words = plain_name(value)
    return next((meaning for pattern, meaning in _EVENT_WORDS if pattern.search(words)), None)
