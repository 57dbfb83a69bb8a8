"""Do lists of known bad prefixes and e-mail domains name the case's numbers, or the accounts that asked for them?

Lists of addresses, networks, agents and fingerprints are met where requests are (`requests.py`). An entry counts
until it runs out. A listed prefix that draws numbers which enter no code is an alarm of its own, however few they are;
whether it is a case is for the other evidence to say, since lists name ranges where people live too.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from checkvalve.evidence.cells import CODE_LIFE_S, Destinations
from checkvalve.evidence.store import Store
from checkvalve.indicators.base import Alarm, Example, Finding, Range, country_of
from checkvalve.indicators.requests import OriginCount
from checkvalve.indicators.scene import Scene
from checkvalve.indicators.weights import capped, count, divergence, percent
from checkvalve.numbering.automaton import digit_counts
from checkvalve.numbering.tree import Level

LEAST_NUMBERS = 5
"""So many numbers of a listed prefix without a code are no coincidence."""
CAP_NATS = 4.0
"""A list alone proves nothing: somebody else thought ill of the numbers, of some prefix, at some time."""
_LEAST_ACCOUNTS = 3
_LEAST_USUAL = 0.01
_LONGEST = 15
_MOST_TOLD = 5
_ACCOUNTS = """SELECT lower(split_part(account_id, '@', -1)) AS domain, account_id, occurred_at, number
    FROM verification_rows WHERE kind = 'started' AND account_id LIKE '%_@_%'
    UNION ALL
    SELECT lower(split_part(account_id, '@', -1)), account_id, sent_at, number
    FROM send_rows WHERE account_id LIKE '%_@_%'"""
_LISTED_ACCOUNTS = f"""SELECT a.*, w.list, w.confidence FROM ({_ACCOUNTS}) AS a
    JOIN (SELECT value, any_value(coalesce(label, list, 'watch list')) AS list,
                 max(coalesce(confidence, 1)) AS confidence, max(coalesce(epoch(valid_until), 1e18)) AS until_s
          FROM watchlist WHERE kind = 'email_domain' GROUP BY value) AS w
      ON (a.domain = w.value OR ends_with(a.domain, '.' || w.value)) AND epoch(a.occurred_at) <= w.until_s"""


@dataclass(frozen=True, slots=True)
class Entry:
    """A number prefix on a list, as digits."""

    prefix: str
    name: str
    confidence: float
    until_s: float

    def ranges(self) -> Iterator[tuple[int, int]]:
        """Its lowest and highest number, for each length that a number may have."""
        for more in range(_LONGEST - len(self.prefix) + 1):
            yield int(self.prefix) * 10**more, (int(self.prefix) + 1) * 10**more - 1


def entries(store: Store) -> list[Entry]:
    """The prefixes on the lists that were given; of two entries for one, the one that holds longer."""
    rows = store.rows(
        """SELECT ltrim(value, '+'), arg_max(coalesce(label, list, 'watch list'), until_s),
                  arg_max(coalesce(confidence, 1), until_s), max(until_s)
        FROM (SELECT *, coalesce(epoch(valid_until), 1e18) AS until_s FROM watchlist WHERE kind = 'number_prefix')
        GROUP BY ltrim(value, '+') ORDER BY 1"""
    )
    return [Entry(*row) for row in rows if row[0].isdigit() and len(row[0]) <= _LONGEST]


def listed(rows: Destinations, known: list[Entry]) -> Iterator[tuple[Entry, NDArray[np.int64]]]:
    """Which rows lie under each listed prefix while its entry holds? In order of time; entries without any left out."""
    if not known:
        return
    order = np.argsort(rows.number, kind="stable")
    number = rows.number[order]
    for entry in known:
        parts = [order[slice(*np.searchsorted(number, (low, high + 1)))] for low, high in entry.ranges()]
        found = np.sort(np.concatenate(parts))
        found = found[rows.first_s[found] <= entry.until_s]
        if len(found):
            yield entry, found


def alarms(store: Store, rows: Destinations) -> list[Alarm]:
    """Which listed prefixes drew numbers that entered no code? Their key is the prefix itself."""
    return [
        made for entry, found in listed(rows, entries(store)) if (made := _alarm(rows, entry, found)) is not None
    ]


def _alarm(rows: Destinations, entry: Entry, found: NDArray[np.int64]) -> Alarm | None:
    without = found[rows.new[found] & ~rows.came_back[found]]
    if len(without) < LEAST_NUMBERS:
        return None
    # where codes are logged, a number has entered none when its code has lapsed; elsewhere nobody will ever know
    known_s = np.sort(rows.first_s[without] + np.where(rows.known[without], CODE_LIFE_S, 0.0))
    return Alarm(
        kind="watchlist",
        level=Level.NUMBER,
        key=int(entry.prefix),
        country=country_of(int(rows.number[without[0]])),
        onset_s=float(rows.first_s[without[0]]),
        alarm_s=float(known_s[LEAST_NUMBERS - 1]),
        end_s=float(rows.first_s[without[-1]]),
        nats=CAP_NATS * entry.confidence,
        observed=float(len(without)),
        expected=0.0,
    )


def ranges_of(alarm: Alarm, rows: Destinations) -> list[Range]:
    """The ranges that a listed prefix names: one for each length of number that got messages in the alarm's time."""
    inside = in_prefix(alarm, rows) & (rows.first_s >= alarm.onset_s) & (rows.first_s <= alarm.end_s) & rows.new
    numbers = rows.number[inside]
    verified = rows.entered[inside]
    lengths = digit_counts(numbers)
    return [
        Range(
            str(alarm.key),
            int(digits),
            alarm.country,
            float((lengths == digits).sum()),
            float((verified & (lengths == digits)).sum()),
        )
        for digits in np.unique(lengths)
    ]


def in_prefix(alarm: Alarm, rows: Destinations) -> NDArray[np.bool_]:
    """Which rows lie under the alarm's prefix?"""
    cut = 10 ** (digit_counts(rows.number) - len(str(alarm.key)))
    return np.asarray(rows.number // np.maximum(cut, 1) == alarm.key)


def finding(scene: Scene) -> Finding | None:
    """How many of the numbers lie under listed prefixes, and how many of the accounts at listed domains?"""
    met = (_numbers(scene), _accounts(scene) if _has_domains(scene.store) else None)
    parts = [part for part in met if part is not None and part.hits]
    if not parts:
        return None
    return Finding(
        id="watchlist",
        nats=capped(sum(part.nats for part in parts), CAP_NATS),
        observed="; ".join(part.observed for part in parts),
        expected="; ".join(f"{part.usual:.0%}" for part in parts),
        explanation=" ".join(part.sentence for part in parts),
        examples=[part.example for part in parts],
        facts={part.noun: part.hits for part in parts},
    )


@dataclass(frozen=True, slots=True)
class _Met:
    """One kind of entries met by the case: ``hits`` of ``of``, and the share elsewhere."""

    hits: int
    of: int
    usual: float
    confidence: float
    noun: str
    names: str
    example: Example

    @property
    def nats(self) -> float:
        """Evidence for pumping: the more above what is usual, the more the lists are to be believed."""
        if self.hits <= self.usual * self.of:
            return 0.0
        return min(divergence(self.hits, self.of, max(self.usual, _LEAST_USUAL)), CAP_NATS) * self.confidence

    @property
    def observed(self) -> str:
        """In short."""
        return f"{self.hits:,} of {self.of:,} {self.noun} on watch lists"

    @property
    def sentence(self) -> str:
        """In a sentence."""
        return (
            f"{self.hits:,} of {self.of:,} {self.noun} are on watch lists ({self.names}); of all others "
            f"{percent(self.usual, 1)} are."
        )


def _numbers(scene: Scene) -> _Met:
    rows, inside = scene.rows, scene.inside
    hit, told, sure = np.zeros(len(rows), np.bool_), [], 0.0
    for entry, found in listed(rows, entries(scene.store)):
        mine = found[inside[found] & ~hit[found]]
        hit[found] = True
        if len(mine):
            told.append((len(mine), f"+{entry.prefix}: {entry.name}"))
            sure += entry.confidence * len(mine)
    hits, others = int((hit & inside).sum()), int((~inside).sum())
    return _Met(
        hits,
        int(inside.sum()),
        float(hit[~inside].mean()) if others else 0.0,
        sure / max(hits, 1),
        "numbers",
        _named(told),
        Example(
            "Messages of the case to listed prefixes",
            f"""SELECT w.value AS prefix, coalesce(w.label, w.list) AS list, w.confidence, count(*) AS messages,
       count(DISTINCT s.destination) AS numbers, count(s.verified_at) AS verified
FROM (SELECT * FROM sends WHERE {scene.where}) AS s JOIN watchlist AS w
  ON w.kind = 'number_prefix' AND starts_with(s.destination, '+' || ltrim(w.value, '+'))
 AND (w.valid_until IS NULL OR s.sent_at <= w.valid_until)
GROUP BY ALL ORDER BY messages DESC, prefix, list""",
        ),
    )


def _accounts(scene: Scene) -> _Met:
    store = scene.store
    # an account that asked without naming a number belongs to whoever asked at that time
    time = scene.where_time.replace("sent_at", "occurred_at")
    inside = f"({time} AND (number IS NULL OR {_by_number(scene)})) IS TRUE"
    of, others = store.row(
        f"""SELECT count(DISTINCT account_id) FILTER ({inside}), count(DISTINCT account_id) FILTER (NOT {inside})
        FROM ({_ACCOUNTS})"""
    )
    rows = store.rows(
        f"""SELECT domain, any_value(list), max(confidence), count(DISTINCT account_id) FILTER ({inside}) AS hits,
               count(DISTINCT account_id) FILTER (NOT {inside})
        FROM ({_LISTED_ACCOUNTS}) GROUP BY domain ORDER BY hits DESC, domain"""
    )
    hits = sum(row[3] for row in rows)
    example = Example(
        "Accounts at listed e-mail domains in the case's time",
        f"""SELECT domain, list, count(DISTINCT account_id) AS accounts, min(occurred_at)::VARCHAR AS first,
       max(occurred_at)::VARCHAR AS last
FROM ({_LISTED_ACCOUNTS}) WHERE {inside} GROUP BY ALL ORDER BY accounts DESC, domain, list""",
    )
    return _Met(
        hits if hits >= _LEAST_ACCOUNTS else 0,
        of,
        sum(row[4] for row in rows) / max(others, 1),
        sum(row[2] * row[3] for row in rows) / max(hits, 1),
        "accounts",
        _named([(row[3], f"{row[0]}: {row[1]}") for row in rows if row[3]]),
        example,
    )


def _has_domains(store: Store) -> bool:
    return bool(store.row("SELECT count(*) FROM watchlist WHERE kind = 'email_domain'")[0])


def _by_number(scene: Scene) -> str:
    """SQL: is the number in the case's ranges? Countries are not known of accounts: without ranges, any is."""
    return scene.where_ranges if scene.ranges else "true"


def _named(told: list[tuple[int, str]]) -> str:
    """The entries that were met most, in words."""
    first = [f"{name}, {hits:,}" for hits, name in sorted(told, key=lambda one: -one[0])[:_MOST_TOLD]]
    more = len(told) - len(first)
    return "; ".join([*first, *([f"and {count(more, 'more entry', 'more entries')}"] if more else [])])


def domains(scene: Scene) -> list[OriginCount]:
    """The listed e-mail domains of the accounts that asked in the case's time, as origins."""
    if not _has_domains(scene.store):
        return []
    time = scene.where_time.replace("sent_at", "occurred_at")
    inside = f"({time} AND (number IS NULL OR {_by_number(scene)})) IS TRUE"
    rows = scene.store.rows(
        f"""SELECT domain, any_value(list), count(*) FILTER ({inside}) AS hits, count(*) FILTER (NOT {inside}),
               min(epoch(occurred_at))
        FROM ({_LISTED_ACCOUNTS}) GROUP BY domain HAVING hits > 0 ORDER BY hits DESC, domain LIMIT 20"""
    )
    return [
        OriginCount(
            "email_domain", domain, hits, others, first_s, first_s < scene.start_s - 3600, f"listed: {name}"
        )
        for domain, name, hits, others, first_s in rows
    ]
