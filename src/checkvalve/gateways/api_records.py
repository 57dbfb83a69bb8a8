"""What is said over the guard's HTTP API: requests are decoded into these, and OpenAPI is made from them."""

from typing import Annotated, Any

import msgspec

from checkvalve.errors import Unusable
from checkvalve.guard.attempt import Action, Attempt, Decision, Event, epoch_s

ANSWERS = "/v1/challenges"
Text = str
"""As long as the whole request may be: what a stranger writes into a header of his is no reason not to decide."""
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class AttemptAsked(msgspec.Struct, gc=False):
    """Somebody asks for a message. Only ``phone`` is needed; the more, the better."""

    phone: Annotated[str, msgspec.Meta(min_length=1, max_length=60, examples=["+447700900123"])]
    """International, with ``+``."""
    attempt_id: Annotated[str, msgspec.Meta(max_length=200)] | None = None
    """The caller's own id: outcomes may name it."""
    at: str | None = None
    """ISO 8601; now if left out, and never later."""
    channel: Text | None = None
    endpoint: Text | None = None
    ip: Text | None = None
    user_agent: Text | None = None
    ja4: Text | None = None
    account_id: Text | None = None
    email_domain: Text | None = None
    asn: Annotated[int, msgspec.Meta(gt=0, lt=1 << 32)] | None = None
    tenant: Annotated[str, msgspec.Meta(max_length=64)] | None = None
    price_usd: Annotated[float, msgspec.Meta(ge=0, lt=1_000)] | None = None
    challengeable: bool = True
    """Can a challenge be shown to whoever asks?"""

    def attempt(self, decision_id: str, now: float) -> Attempt:
        """The attempt under the id of its decision; one from the future is taken to be now.

        Raises:
            Unusable: where the time cannot be read.
        """
        at = now
        if self.at is not None:
            try:
                at = min(epoch_s(self.at), now)
            except ValueError as error:
                raise Unusable("bad_field", "at must be an ISO 8601 time") from error
        return Attempt(
            decision_id,
            at,
            self.phone,
            self.channel or "sms",
            self.endpoint or "",
            self.ip,
            self.user_agent,
            self.ja4,
            self.account_id,
            self.email_domain,
            self.asn,
            self.tenant or "",
            self.price_usd,
            self.challengeable,
        )


class OutcomeTold(msgspec.Struct):
    """What became of a message: of a decision, an attempt of the caller's own id, or a provider's message."""

    event: Event
    decision_id: Name | None = None
    attempt_id: Name | None = None
    tenant: str | None = None
    """Of the attempt, where it named one and ``attempt_id`` is the caller's own."""
    at: str | None = None
    """ISO 8601; now if left out, and never later."""
    provider: Name | None = None
    """With ``message_id``: ``twilio``, ``aws``, or what else the sources of logs are called by."""
    message_id: Name | None = None
    """The provider's own id: with another id the message is known by it from then on, alone it names the message."""


class ChallengeAnswered(msgspec.Struct):
    """How a challenge was answered: ``payload`` as the widget found it, or ``solved`` where the caller checks it."""

    solved: bool | None = None
    payload: Annotated[str, msgspec.Meta(max_length=16_000)] | None = None
    ip: Text | None = None
    """Of the one who asked, for services that want to know."""
    decision_id: Name | None = None
    attempt_id: Name | None = None
    tenant: str | None = None


class ReasonTold(msgspec.Struct, gc=False):
    """Why: for logs and operators, never for the one who asked."""

    code: str
    message: str


class ChallengeOpen(msgspec.Struct, omit_defaults=True):
    """A challenge is to be shown; what the widget finds, or how it was answered, is to be told there."""

    answer: str
    kind: str = ""
    ticket: str = ""
    """Comes back beside the answer where nobody keeps the attempt in between."""
    expires_at: int = 0
    """Epoch seconds."""
    challenge: dict[str, Any] = {}
    """What the widget is given."""


class DecisionTold(msgspec.Struct, gc=False):
    """What is to be done about an attempt."""

    decision_id: str
    action: Action
    p_fraud: float
    reasons: list[ReasonTold]
    retry_after_s: float
    challenge: ChallengeOpen | None
    expected_cost_usd: float
    would: Action
    """What would be done were no rule in shadow mode."""


class OutcomeKnown(msgspec.Struct):
    """Whether the message is remembered."""

    known: bool


class EventsTaken(msgspec.Struct, rename={"request_id": "requestId"}):
    """What became of the records of a vendor's payload; they add up."""

    records: int
    used: int
    """Something was learned of a message that is remembered."""
    unknown: int
    """About messages that are not remembered, or nothing that the guard learns from."""
    refused: int
    """Could not be read, or are of another kind."""
    reasons: dict[str, int]
    """Why records were refused, and how many."""
    request_id: str | None = None
    """Firehose wants its own back."""
    timestamp: int | None = None
    """Milliseconds; for Firehose as well."""


class Health(msgspec.Struct, omit_defaults=True):
    """Whether all is well."""

    status: str
    state: str | None = None
    """``failing`` while the disk takes nothing of what is to be kept; decisions go on."""


class Problem(msgspec.Struct):
    """Why a request cannot be carried out."""

    error: str


def told(decision: Decision, shown: dict[str, Any] | None = None) -> DecisionTold:
    """A decision as the API answers it, with the challenge that is to be shown.

    >>> told(Decision("d1", "allow", 0.0)).challenge is None
    True
    """
    reasons, action = decision.reasons, decision.action
    # to millionths, three times as fast as `round`
    return DecisionTold(
        decision.attempt_id,
        action,
        int(decision.p_fraud * 1e6 + 0.5) / 1e6,
        [ReasonTold(one.code, one.message) for one in reasons] if reasons else [],
        decision.retry_after_s,
        ChallengeOpen(ANSWERS, **(shown or {})) if action == "challenge" else None,
        int(decision.expected_cost_usd * 1e6 + 0.5) / 1e6,
        decision.would,
    )


def schema_of(kind: type) -> dict[str, Any]:
    """The JSON Schema of one of these, with a reference to where OpenAPI keeps it.

    >>> schema_of(Problem)
    {'$ref': '#/components/schemas/Problem'}
    """
    return {"$ref": f"#/components/schemas/{kind.__name__}"}
