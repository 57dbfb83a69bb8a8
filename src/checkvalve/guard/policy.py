"""What a guard may do, and what things are worth: one table that people write. Every value has a working default.

Money is in US dollars. The defaults that are judgement say so; docs/guard.md tells what each does to people.
"""

from datetime import date
from typing import Annotated, Literal

import msgspec

Mode = Literal["enforce", "shadow", "off"]
"""A rule acts, or only notes what it would do, or is not asked."""

Amount = Annotated[float, msgspec.Meta(ge=0)]
Positive = Annotated[float, msgspec.Meta(gt=0)]
Effort = Annotated[float, msgspec.Meta(gt=0, le=1000)]
Share = Annotated[float, msgspec.Meta(gt=0, lt=1)]
Count = Annotated[int, msgspec.Meta(ge=1)]


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    pass


class Harm(_Table, frozen=True):
    """What it costs to trouble an honest person, in dollars. These decide how hard the guard is."""

    blocked_usd: Positive = 5.0
    """An honest person is refused (a lost sign-up)."""
    challenged_usd: Positive = 0.10
    """An honest person is asked to solve a challenge; some give up."""


class Challenge(_Table, frozen=True):
    """Whether a challenge can be shown, and how people and machines fare with it."""

    available: bool = True
    """Without one, what would be challenged waits: a trickle passes, so that ranges and countries can clear."""
    solved_by_people: Share = 0.92
    solved_by_machines: Share = 0.3
    """Judgement, and on the safe side: cheap solvers exist."""
    life_s: Positive = 600.0
    """A challenge that is not answered by then counts as not solved."""
    effort: Effort = 1.0
    """How hard the built-in proof of work is without suspicion; 1 is a fraction of a second in a browser."""
    most_effort: Effort = 20.0
    """How hard it is when fraud is certain; between the two it rises with the probability."""


class Prior(_Table, frozen=True):
    """What is believed before there is evidence."""

    attack_begins: Share = 1e-3
    """Chance that an attack on a range begins with a given message (judgement: one message in a thousand)."""
    conversion: Share = 0.6
    """Share of codes that honest people enter (published figures: 0.45 to 0.9)."""
    price_usd: Positive = 0.10
    """Price of a message where neither the attempt nor a public list names one."""


class Resend(_Table, frozen=True):
    """How soon a number may have the next code while none was entered."""

    mode: Mode = "enforce"
    waits_s: tuple[Amount, ...] = (0, 15, 30, 60, 300, 900, 3600)
    """Before the first, second, ... message to a number; the last one goes on for all that follow."""
    most_a_day: Count = 10
    """Messages to one number in a day, entered or not: nobody needs more (judgement)."""
    most_a_day_verified: Count = 200
    """The same for a number that verified before: monitoring uses one number all day."""
    forget_s: Positive = 86_400.0
    """After so long without a message the count begins anew."""


class Outstanding(_Table, frozen=True):
    """How many codes may be open (sent, and neither entered nor expired) in a range at a time."""

    mode: Mode = "enforce"
    block100: Count = 3
    block1000: Count = 4
    block10000: Count = 6
    network: Count = 10
    country: Count = 20
    address: Count = 12
    account: Count = 4
    of_usual: Positive = 2.0
    """Added: so many times the messages of a usual hour there."""


class Spread(_Table, frozen=True):
    """To how many countries one address or account may ask for codes in a day, those not counted that came back."""

    mode: Mode = "enforce"
    countries: Count = 3


class NewCountry(_Table, frozen=True):
    """What happens in a country from which no codes came back yet. Numbers that verified before never notice.

    Where no challenge can be shown, as many attempts an hour pass as `Evidence.trickle_per_hour` says, so that codes
    can come back and the country become known; the others are asked to wait.
    """

    mode: Mode = "enforce"
    action: Literal["challenge", "block"] = "challenge"
    known_after: Count = 3
    """Numbers that must have verified before a country is known."""
    free_usd: Amount = 0.05
    """Messages up to this price are free of the rule."""
    learning: Annotated[int, msgspec.Meta(ge=0)] = 50
    """The rule waits until so many numbers verified anywhere: on a first day every country is new."""
    closed: tuple[str, ...] = ()
    """Countries (ISO 3166-1 alpha-2) that only numbers verified before may use."""


class Habit(_Table, frozen=True):
    """Known numbers that ask far more often than people do, many of them in one country and few elsewhere.

    They have codes at the pace of others. The rule speaks where what it saves outweighs ``harm.challenged_usd``.
    Where one country's customers begin to log in with codes every day, let it rest until that is usual.
    """

    mode: Mode = "enforce"
    rest_s: Positive = 1_209_600.0
    """Between two messages to such a number: two weeks, in which four customers of five ask once (own simulation)."""


class Budget(_Table, frozen=True):
    """How much may be spent. Attempts beyond it are refused, or challenged: who solves the challenge passes."""

    usd: Positive
    per: Literal["hour", "day"]
    country: str | None = None
    """Of one country (two letters), or of ``each``; without it, of all together."""
    tenant: str | None = None
    """Of one tenant, or of ``each``."""
    action: Literal["challenge", "block"] = "block"
    mode: Mode = "enforce"


class Evidence(_Table, frozen=True):
    """The credit lines: each code that is not entered draws, each that is refunds."""

    mode: Mode = "enforce"
    trickle_per_hour: Positive = 3.0
    """So many attempts an hour pass a blocked range with a challenge, so that it can clear."""
    forget_h: Positive = 96.0
    """An attack is believed to last about so long: evidence fades at this pace."""


class State(_Table, frozen=True):
    """What holds where the guard's memory is shared and cannot be reached. Without a shared memory it says nothing."""

    unreachable: Literal["open", "closed"] = "open"
    """Let everything through meanwhile, or ask everybody (but the allow-list) to come again."""
    timeout_ms: Positive = 250.0
    """How long to wait for an answer."""


class Allow(_Table, frozen=True):
    """Somebody or something that is never challenged or blocked. Exactly one of the first five is named."""

    owner: str
    reason: str
    expires: date
    """The last day on which it holds."""
    number: str | None = None
    range: str | None = None
    """A prefix of numbers, as in ``+4477009``."""
    address: str | None = None
    network: str | None = None
    """Of addresses, as in ``203.0.113.0/24``."""
    country: str | None = None
    """Of numbers, two letters."""


class Policy(_Table, frozen=True):
    """Everything that a guard is told.

    >>> Policy().harm.blocked_usd, Policy().mode
    (5.0, 'enforce')
    """

    mode: Mode = "enforce"
    """``shadow`` lets everything through and notes what it would have done."""
    knowledge: Literal["apart", "shared"] = "apart"
    """Of a tenant: ``shared`` lets it share what is known of ranges, origins and numbers with all that share it."""
    harm: Harm = Harm()
    challenge: Challenge = Challenge()
    prior: Prior = Prior()
    evidence: Evidence = Evidence()
    resend: Resend = Resend()
    outstanding: Outstanding = Outstanding()
    spread: Spread = Spread()
    new_country: NewCountry = NewCountry()
    habit: Habit = Habit()
    state: State = State()
    budgets: tuple[Budget, ...] = ()
    allow: tuple[Allow, ...] = ()
