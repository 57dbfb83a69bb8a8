"""Evidence behind sentences: the query, how many rows it has, and the first ones.

What speaks of a case is an exhibit of the case. Answers that speak of no case ("nothing stands out") rest on the whole
evidence; their exhibits stand beside the cases.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

from checkvalve.cases.assess import Judged
from checkvalve.evidence.charges import settle_charges
from checkvalve.evidence.store import Store
from checkvalve.indicators.base import Example, Finding
from checkvalve.indicators.scene import Scene, by_whole_days, day_of
from checkvalve.investigation import Exhibit

_EXAMPLES = 8


class Fact(NamedTuple):
    """A sentence, and the id of the exhibit that shows it."""

    text: str
    exhibit: str


def exhibit(store: Store, example: Example, id_: str, scene: Scene | None = None) -> Exhibit:
    """The rows behind a sentence: about the whole evidence, or about a case."""
    query = by_whole_days(scene.of_messages(example.query) if scene else example.query)
    found = store.connection.execute(f"SELECT * FROM ({query}) LIMIT {_EXAMPLES + 1}")
    names = [column[0] for column in found.description or []]
    rows = found.fetchall()
    total = len(rows) if len(rows) <= _EXAMPLES else store.row(f"SELECT count(*) FROM ({query})")[0]
    return Exhibit(
        id=id_,
        claim=example.claim,
        query=example.query,
        rows=total,
        columns=names,
        examples=[["" if value is None else str(value) for value in row] for row in rows[:_EXAMPLES]],
    )


def exhibit_ids(case: str, found: Finding) -> list[str]:
    """The ids of the exhibits behind a finding: the case, the indicator, and a number from the second on."""
    return [
        f"{case}/{found.id}" if not nth else f"{case}/{found.id}-{nth + 1}" for nth in range(len(found.examples))
    ]


_WHOLE = {
    "logs": Example(
        "What the evidence holds",
        """SELECT source, count(*) AS records, min(moment)::VARCHAR AS first, max(moment)::VARCHAR AS last FROM (
    SELECT source, sent_at AS moment FROM sends UNION ALL SELECT source, occurred_at FROM requests
    UNION ALL SELECT source, occurred_at FROM verifications UNION ALL SELECT source, period_start FROM charges
    UNION ALL SELECT source, occurred_at FROM complaints)
GROUP BY source ORDER BY source""",
    ),
    "numbers": Example(
        "Messages and numbers by day",
        f"""SELECT {day_of("sent_at")}::VARCHAR AS day, count(*) AS messages,
       count(DISTINCT destination) AS numbers, count(DISTINCT country) AS countries, count(verified_at) AS verified
FROM sends GROUP BY {day_of("sent_at")} ORDER BY day""",
    ),
    "origins": Example(
        "Requests to sending endpoints by day",
        f"""SELECT {day_of("occurred_at")}::VARCHAR AS day, count(*) AS requests, count(DISTINCT ip) AS addresses,
       count(DISTINCT user_agent) AS agents
FROM requests WHERE endpoint IS NOT NULL GROUP BY {day_of("occurred_at")} ORDER BY day""",
    ),
    "complaints": Example(
        "Complaints by kind and country",
        """SELECT kind, country, count(*) AS complaints, min(occurred_at)::VARCHAR AS first,
       max(occurred_at)::VARCHAR AS last
FROM complaints GROUP BY ALL ORDER BY complaints DESC, kind, country""",
    ),
    "cost": Example(
        "Cost by day",
        f"""SELECT {day_of("sent_at")}::VARCHAR AS day, count(*) AS messages, round(sum(cost_usd), 2) AS usd
FROM priced GROUP BY {day_of("sent_at")} ORDER BY day""",
    ),
    "prices": Example(
        "What the cost of messages rests on, by country",
        """SELECT country, cost_basis, count(*) AS messages, round(sum(cost_usd), 2) AS usd
FROM priced GROUP BY ALL ORDER BY usd DESC, country, cost_basis""",
    ),
    "bill": Example(
        "The bill, each line with its own part",
        """SELECT provider, category, country, sum(own_quantity) AS quantity, round(sum(own_usd), 2) AS usd,
       min(period_start)::VARCHAR AS first, max(period_end)::VARCHAR AS until
FROM own_charges GROUP BY ALL ORDER BY usd DESC, category, country""",
    ),
    "activities": Example(
        "Known business activities",
        """SELECT name, starts_at::VARCHAR AS starts, ends_at::VARCHAR AS ends, countries::VARCHAR AS countries, owner
FROM activities ORDER BY starts_at, name""",
    ),
}
"""Name → exhibit about the whole evidence; its id is the name behind ``evidence/``."""


@dataclass(slots=True)
class Shelf:
    """The exhibits about the whole evidence that some sentence needs."""

    store: Store
    shown: dict[str, Exhibit] = field(default_factory=dict)

    def fact(self, text: str, name: str) -> Fact:
        """A sentence about the whole evidence."""
        id_ = f"evidence/{name}"
        if id_ not in self.shown:
            if name == "bill":
                settle_charges(self.store)
            self.shown[id_] = exhibit(self.store, _WHOLE[name], id_)
        return Fact(text, id_)


def told(case: str, found: Finding) -> Fact:
    """What an indicator says of a case."""
    return Fact(found.explanation, exhibit_ids(case, found)[0])


def findings(guilty: list[Judged], *names: str) -> list[tuple[Judged, Finding]]:
    """The findings of these indicators, case by case."""
    return [(one, found) for one in guilty for name in names if (found := one.finding(name)) is not None]
