"""Quiet tenants, whose messages go straight into an evidence store: nobody cheats, nothing breaks, nothing is sold."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np

from checkvalve.events import Send
from checkvalve.evidence.store import Store
from checkvalve.evidence.tables import fields
from checkvalve.simulation.clock import utc
from checkvalve.simulation.traffic.countries import COUNTRIES
from checkvalve.simulation.traffic.draws import stream
from checkvalve.simulation.traffic.events import Message
from checkvalve.simulation.traffic.honest import Honest
from checkvalve.simulation.traffic.tenant import SIZES, Paths, Tenant

START = utc(2026, 4, 6)
WEEKS = 8
"""So long is each tenant watched: within the months in which the clocks of the countries are right."""
SHARES = {"tiny": 0.2, "small": 0.3, "mid": 0.5}
"""What part of all messages the tenants of each size send."""
_PATHS = Paths(host="q.example", send="/code", check="/check", form="/", password="/in", interface="/i")  # noqa: S106 - a path
_BATCH = 200_000
_GIVEN = {
    "send_id": "send_id",
    "provider": "'twilio'",
    "sent_at": "to_timestamp(at_s)",
    "destination": "'+' || number",
    "channel": "'sms'",
    "status": "CASE WHEN failed THEN 'failed' ELSE 'delivered' END",
    "price": "price_usd",
    "currency": "'USD'",
    "verified_at": "CASE WHEN verified_s >= 0 THEN to_timestamp(at_s + verified_s) END",
    "unverified": "CASE WHEN verified_s < 0 THEN true END",
}


@dataclass(frozen=True, slots=True)
class Watched:
    """One tenant and how long it is watched."""

    size: str
    seed: int
    weeks: int
    tenant: Tenant

    def messages(self) -> Iterator[Message]:
        """Its messages in order of time."""
        honest = Honest(self.tenant, START, 7 * self.weeks, self.seed)
        return (event for event in honest.events() if isinstance(event, Message))


def fleet(messages: int, seed: int) -> list[Watched]:
    """Tenants of three sizes that together send about so many messages, each with countries of its own.

    A size of which not half a week would be left is left out; one tiny tenant there always is.
    """
    found: list[Watched] = []
    for size, share in SHARES.items():
        weeks = round(messages * share / (7 * SIZES[size]))
        weeks = max(weeks, 1) if size == "tiny" else weeks
        while weeks:
            now = min(weeks, WEEKS)
            found.append(_watched(size, now, seed * 1_000 + len(found)))
            weeks -= now
    return found


def _watched(size: str, weeks: int, seed: int) -> Watched:
    random = stream(seed, "tenant")
    count = int(random.randint(6, 25))
    picked = [list(COUNTRIES.values())[place] for place in random.permutation(len(COUNTRIES))[:count]]
    tenant = Tenant(
        app="Quiet",
        sends_per_day=SIZES[size],
        countries=tuple(picked),
        paths=_PATHS,
        zipf=float(random.uniform(1.1, 1.6)),
        returning_share=float(random.uniform(0.5, 0.8)),
        visits_per_send=0.0,
        weekend=float(random.uniform(0.6, 1.3)),
    )
    return Watched(size, seed, weeks, tenant)


def fill(store: Store, messages: Iterator[Message]) -> int:
    """Load the messages as a gateway's log with outcomes would be; how many were there?"""
    given = ", ".join(f'{_GIVEN.get(name, "NULL")}::{kind} AS "{name}"' for name, kind in fields(Send).items())
    origin = "0::BIGINT AS source_line, 'generated' AS source, 'generated' AS source_file"
    total = 0
    while batch := list(islice(messages, _BATCH)):
        store.connection.register("batch", _columns(batch))
        store.run("CREATE OR REPLACE TABLE generated AS SELECT * FROM batch")
        store.connection.unregister("batch")
        total += store.load(Send, f"SELECT {given}, {origin} FROM generated")
        store.run("DROP TABLE generated")
    return total


def _columns(batch: list[Message]) -> dict[str, np.ndarray]:
    return {
        "send_id": np.array([one.key for one in batch]),
        "at_s": np.array([one.at for one in batch]),
        "number": np.array([one.number for one in batch]),
        "failed": np.array([one.failure is not None and one.receipt for one in batch]),
        "price_usd": np.array([one.price_usd for one in batch]),
        "verified_s": np.array([-1.0 if one.verified_s is None else one.verified_s for one in batch]),
    }
