"""The result of an investigation: ``investigation.json`` as types. Its JSON Schema is made from them.

Times are aware and UTC, money is USD. Everything that the report shows stands here, so a reader of the file and a
reader of the page see the same.
"""

from datetime import datetime
from typing import Literal

import msgspec

SCHEMA: Literal["checkvalve.investigation/1"] = "checkvalve.investigation/1"


class Record(msgspec.Struct, kw_only=True):
    """Base of the parts: keyword-only, in the order of writing."""


class Input(Record):
    """One file that was given. ``records`` = ``used`` + ``merged`` + ``ignored`` + ``quarantined``."""

    path: str
    sha256: str
    source: str | None
    records: int = 0
    events: int = 0
    quarantined: int = 0
    used: int = 0
    merged: int = 0
    ignored: int = 0
    note: str | None = None
    """Why nothing was read: not recognised (with the nearest candidate), a copy of another input, truncated."""


class Window(Record):
    """From the first to the last event of the evidence."""

    start: datetime | None
    end: datetime | None


class Totals(Record):
    """What the evidence holds, before any judgement."""

    sends: int = 0
    hidden_sends: int = 0
    """Messages without a number or a time: no range can be seen in them."""
    verified: int = 0
    requests: int = 0
    cost_usd: float = 0.0
    cost_is_estimated: bool = False
    """True where the price of at least one message is missing, and others of the evidence or list prices stand in."""
    estimated_cost_usd: float = 0.0


class Question(Record):
    """One of Q1 to Q4 of the playbook."""

    id: str
    question: str
    answer: Literal["yes", "no", "unknown"]
    confidence: float
    facts: list[str]
    missing: str | None = None
    """For ``unknown``: which evidence is missing and how to get it."""
    exhibits: list[str] = []
    """Ids of the exhibits (`Exhibit.id`) that show the facts, one for each fact, in their order."""


class Criterion(Record):
    """One of E1 to E3."""

    id: str
    met: bool
    facts: list[str]
    pending: str | None = None
    """What would settle it: E3 waits for the answer of the business unit."""
    exhibits: list[str] = []
    """Ids of the exhibits that show the facts, one for each fact, in their order."""


class Escalation(Record):
    """Escalate to tier 2, keep watching, or close."""

    decision: Literal["escalate", "monitor", "close"]
    criteria: list[Criterion]


class Destination(Record):
    """One range of the smallest set that explains the excess. ``sends`` counts the messages of the case in it."""

    prefix: str
    country: str | None
    network: str | None
    sends: int
    distinct_numbers: int
    verified: int
    cost_usd: float
    honest_sends: int = 0
    """Other messages to the range in the whole window: what closing it would have stopped."""


class Origin(Record):
    """Where requests of the case came from."""

    kind: Literal["ip", "network", "asn", "user_agent", "ja4", "account", "email_domain"]
    value: str
    requests: int
    first_seen: datetime
    share: float | None = None
    """Share of the case's requests."""
    known_before: bool | None = None
    """Was it part of regular operation before the case began?"""
    note: str | None = None
    name: str | None = None
    """Whom a network (ASN) belongs to, where a data base of addresses says it."""


class Indicator(Record):
    """One indicator's evidence about the case, in nats."""

    id: str
    weight: float
    observed: str
    expected: str
    explanation: str
    exhibits: list[str] = []


class Rival(Record):
    """One harmless explanation, weighed."""

    id: str
    status: Literal["excluded", "possible", "accepted"]
    why: str


class Series(Record):
    """Messages of the case's ranges over time, in equal buckets from ``start``."""

    start: datetime
    bucket_s: int
    sends: list[int]
    expected: list[float]
    verified: list[int]
    cost_usd: list[float]


class TreeNode(Record):
    """One node of the destination tree around the excess; ``named`` marks the ranges that the case names."""

    level: Literal["all", "country", "network", "block10000", "block1000", "block100", "number"]
    label: str
    prefix: str | None
    sends: int
    expected: float
    verified: int | None
    cost_usd: float
    named: bool = False
    children: list["TreeNode"] = []


class Conversion(Record):
    """How many of the case's messages came back as entered codes, against what the same traffic usually does."""

    sent: int
    verified: int
    expected_rate: float
    delivered: int | None = None


class Costs(Record):
    """What the case cost and still costs."""

    so_far_usd: float
    per_hour_usd: float
    projected_30d_usd: float
    ongoing: bool
    estimated_share: float = 0.0
    """Share of the cost whose messages have no price of their own: others of the evidence or list prices stand in."""
    basis: str = ""


class Exhibit(Record):
    """Evidence behind a sentence: what is claimed, the SQL that shows it in ``evidence.duckdb``, examples."""

    claim: str
    query: str
    rows: int
    columns: list[str] = []
    examples: list[list[str]] = []
    id: str = ""
    """Unique in the investigation: the case's id and the indicator's, such as ``case-20260527-1a2b3c/volume``, or a
    name behind ``evidence/``."""


class SurplusDay(Record):
    """One day (UTC) of a bill that counts more messages than the logs hold."""

    day: datetime
    """When it begins."""
    billed: int
    """Messages that the bill counts (parts of messages, where it counts those)."""
    logged: int
    """Messages that the logs hold."""
    surplus: int
    """How many the bill counts too many: billed less logged."""
    cost_usd: float
    """What the surplus cost, at the bill's mean price of the day."""


class Surplus(Record):
    """Messages of one country that a bill counts and no log holds. All figures are sums over ``days``."""

    country: str | None
    """None where the bill names no country."""
    provider: str
    billed: int
    logged: int
    surplus: int
    cost_usd: float
    days: list[SurplusDay]
    expected: float | None = None
    """How many messages the bill would count on these days, by the days before; None where too few lie before."""


class Case(Record):
    """Findings that belong to one actor or cause."""

    id: str
    title: str
    verdict: Literal["attack", "suspicious", "benign"]
    confidence: float
    started_at: datetime
    ended_at: datetime
    detectable_at: datetime
    destinations: list[Destination]
    origins: list[Origin]
    endpoints: list[str]
    sends: int
    cost_usd: float
    sends_before_detectable: int
    cost_usd_before_detectable: float
    indicators: list[Indicator]
    rival_explanations: list[Rival]
    summary: str = ""
    costs: Costs | None = None
    conversion: Conversion | None = None
    series: Series | None = None
    tree: TreeNode | None = None
    exhibits: list[Exhibit] = []
    addresses: int | None = None
    """Distinct addresses beside the case's messages; None where no web log covers it."""
    unlogged_in: list[str] = []
    """The countries to which a bill counts messages that no log holds; empty where ``billed`` names none."""
    billed: list[Surplus] = []
    """Not empty: the case is about messages that a bill counts and no log holds, country by country and day by day.
    They are in no range, and no message of the logs is among them."""
    shared_sends: int = 0
    """How many of its messages a case further up in the list counts too, and what they cost: cases are added up
    without them."""
    shared_cost_usd: float = 0.0


class Task(Record):
    """One line of the playbook."""

    id: str
    stage: Literal["L1", "T2", "containment"]
    task: str
    status: Literal["done", "open", "needs_input"]
    result: str


class Measure(Record):
    """One proposed containment action with its collateral."""

    action: str
    target: str
    scope: str
    ttl_s: int
    stops_sends: int
    collateral_sends: int
    why: str
    case_id: str | None = None


class Investigation(Record):
    """The whole result."""

    generated_at: datetime
    tool_version: str
    inputs: list[Input]
    window: Window
    totals: Totals
    verdict: Literal["attack", "suspicious", "clear"]
    questions: list[Question]
    escalation: Escalation
    cases: list[Case]
    playbook: list[Task]
    containment: list[Measure]
    schema: Literal["checkvalve.investigation/1"] = SCHEMA
    notes: list[str] = []
    """What a reader must know about the evidence: gaps, estimated prices, undersampled logs."""
    exhibits: list[Exhibit] = []
    """What stands behind answers that speak of no case: the whole evidence, such as ``evidence/complaints``."""


def json_schema() -> dict[str, object]:
    """The JSON Schema of ``investigation.json``.

    >>> json_schema()["$ref"]
    '#/$defs/Investigation'
    """
    return msgspec.json.schema(Investigation)
