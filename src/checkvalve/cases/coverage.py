"""Which questions, criteria and indicators can a set of logs answer, what is missing, and which log would give it?

Asked before an investigation, of what the logs hold: tables with the columns that are filled. It says what is
possible, not what the answer is.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Columns = Mapping[str, int]
Tables = Mapping[str, Columns]
"""Table → column → in how many rows it is filled (above 0)."""


@dataclass(frozen=True, slots=True)
class Need:
    """Something that logs may hold. Any one of ``ways`` gives it: columns of one table, all of them filled."""

    words: str
    ways: tuple[tuple[str, tuple[str, ...]], ...]
    silence_tells: bool = False
    """Is it answered by a log that could say it and does not?"""

    def met(self, tables: Tables) -> bool:
        """Is it there?"""
        return any(
            table in tables and all(tables[table].get(name) for name in columns) for table, columns in self.ways
        )


@dataclass(frozen=True, slots=True)
class Topic:
    """A question, criterion or indicator: what it cannot do without, and what makes its answer better."""

    id: str
    kind: Literal["question", "criterion", "indicator"]
    title: str
    needs: tuple[Need, ...]
    better: tuple[Need, ...] = ()


MESSAGES = Need("messages with their number and time", (("sends", ("destination", "sent_at")),))
CODES = Need(
    "whether codes were entered",
    (
        ("sends", ("verified_at",)),
        ("sends", ("unverified",)),
        ("verifications", ("kind", "destination")),
        ("verifications", ("kind", "verification_id")),
    ),
)
OUTCOMES = Need("whether messages arrived", (("sends", ("outcome",)),))
VERDICTS = Need("the provider's own verdicts", (("sends", ("provider_verdict",)),), silence_tells=True)
REQUESTS = Need(
    "web requests with their address or agent",
    (("requests", ("path", "ip")), ("requests", ("path", "user_agent"))),
)
HANDED_OVER = Need("the times of messages", (("sends", ("sent_at",)),))
PRICES = Need("prices of messages", (("sends", ("price",)),))
BILL = Need("a bill that counts messages", (("charges", ("quantity", "counts_messages")),))
COMPLAINTS = Need("complaints of users", (("complaints", ("kind",)),))
CALENDAR = Need("a calendar of business activities", (("activities", ("name",)),))
LISTS = Need("a watch list of bad networks, prefixes or domains", (("watchlist", ("value",)),))

TOPICS = (
    Topic("Q1", "question", "many messages to a set of numbers in a short time", (MESSAGES,), (CODES,)),
    Topic("Q2", "question", "new or unusual addresses or agents", (REQUESTS, HANDED_OVER), (LISTS,)),
    Topic("Q3", "question", "users miss messages that they expect", (COMPLAINTS,), (OUTCOMES,)),
    Topic("Q4", "question", "cost above what the period should cost", (MESSAGES,), (PRICES, BILL)),
    Topic(
        "E1", "criterion", "high volume to number sequences that are not legitimate", (MESSAGES,), (CODES, VERDICTS)
    ),
    Topic("E2", "criterion", "access that was never part of regular operation", (REQUESTS, HANDED_OVER), (LISTS,)),
    Topic("E3", "criterion", "cost that no known business activity explains", (MESSAGES,), (PRICES, CALENDAR)),
    Topic("volume", "indicator", "more messages to a range than its share", (MESSAGES,)),
    Topic("destinations", "indicator", "numbers that no honest audience has", (MESSAGES,)),
    Topic("conversion", "indicator", "codes that do not come back", (MESSAGES, CODES)),
    Topic("afterwards", "indicator", "whether people use the site after the message", (REQUESTS, HANDED_OVER)),
    Topic("surplus", "indicator", "lost codes on top of the usual ones", (MESSAGES, CODES)),
    Topic("reuse", "indicator", "numbers that ask again and again without a code", (MESSAGES, CODES)),
    Topic("habit", "indicator", "numbers that come back as nobody else does", (MESSAGES,)),
    Topic("returns", "indicator", "newcomers who do not come back", (MESSAGES,), (CODES,)),
    Topic(
        "own_network",
        "indicator",
        "newcomers who ask through networks that are not their number's",
        (MESSAGES, REQUESTS, HANDED_OVER),
    ),
    Topic("recurrence", "indicator", "more groups of neighbouring numbers than firms enrol", (MESSAGES, CODES)),
    Topic("delivery", "indicator", "deliveries that fail as never before", (MESSAGES, OUTCOMES)),
    Topic("provider_verdict", "indicator", "messages that the provider itself called fraud", (MESSAGES, VERDICTS)),
    Topic(
        "requests", "indicator", "origins of the requests behind the messages", (REQUESTS, HANDED_OVER), (LISTS,)
    ),
    Topic("watchlist", "indicator", "numbers and accounts that lists name", (MESSAGES, LISTS)),
    Topic("cost", "indicator", "money against what the days before cost", (MESSAGES,), (PRICES,)),
    Topic("reconciliation", "indicator", "the bill against the logs", (HANDED_OVER, BILL)),
)
"""All that an investigation can answer, in the order in which it is told."""


@dataclass(frozen=True, slots=True)
class Answerable:
    """Can a topic be answered, and what is missing for it, or for a better answer?"""

    topic: Topic
    missing: tuple[Need, ...]
    would_help: tuple[Need, ...]

    @property
    def possible(self) -> bool:
        """Is everything there that it cannot do without?"""
        return not self.missing


def answerable(tables: Tables, could_fill: Tables | None = None) -> list[Answerable]:
    """What can be answered from these tables? ``could_fill`` are the columns that their sources could have filled.

    >>> one = {each.topic.id: each for each in answerable({"sends": {"destination": 9, "sent_at": 9}})}
    >>> one["Q1"].possible, [need.words for need in one["Q2"].missing]
    (True, ['web requests with their address or agent'])
    """

    def met(need: Need) -> bool:
        return need.met(tables) or (need.silence_tells and need.met(could_fill or {}))

    return [
        Answerable(
            topic,
            tuple(need for need in topic.needs if not met(need)),
            tuple(need for need in topic.better if not met(need)),
        )
        for topic in TOPICS
    ]


def served(columns: Mapping[str, tuple[str, ...]]) -> dict[str, list[Topic]]:
    """Which topics does a source serve that fills these columns: ``alone``, or ``with others``?

    >>> one = served({"requests": ("path", "ip")})
    >>> one["alone"], [topic.id for topic in one["with others"]]
    ([], ['Q2', 'E2', 'afterwards', 'own_network', 'requests'])
    """
    tables = {table: dict.fromkeys(names, 1) for table, names in columns.items()}
    found: dict[str, list[Topic]] = {"alone": [], "with others": []}
    for topic in TOPICS:
        met = [need.met(tables) for need in topic.needs]
        if all(met):
            found["alone"].append(topic)
        elif any(met) or any(need.met(tables) for need in topic.better):
            found["with others"].append(topic)
    return found
