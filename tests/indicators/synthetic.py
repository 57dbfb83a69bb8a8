"""Small evidence made up for tests: honest traffic, a pool of numbers, a campaign, requests; as rows or in a store."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from checkvalve.events import Event, Request, Send
from checkvalve.evidence import tables
from checkvalve.evidence.cells import CODE_LIFE_S, Destinations
from checkvalve.evidence.costs import settle_costs
from checkvalve.evidence.store import Store
from checkvalve.numbering import plan, tree

DAY_S = 86400.0
START = datetime(2026, 5, 4, tzinfo=UTC).timestamp()
"""A Monday at midnight."""
PREFIXES = {
    "PL": ("48501", "48601", "48788"),
    "ES": ("34655", "34690"),
    "UZ": ("998901", "998931"),
    "MA": ("212661", "212612"),
}
"""Mobile prefixes of several networks."""
DIGITS = {"PL": 11, "ES": 11, "UZ": 12, "MA": 12}
POOL = "4850177"
"""A block of 10,000 Polish numbers that honest traffic here never touches."""


@dataclass(frozen=True)
class Messages:
    """Messages in order of time; all fields (N,)."""

    at_s: NDArray[np.float64]
    number: NDArray[np.int64]
    verified_s: NDArray[np.float64]
    """When the code came back, NaN if it did not."""
    known: NDArray[np.bool_]
    """Does a log say whether the code came back?"""
    failed: NDArray[np.bool_]
    price_usd: NDArray[np.float64]
    receipt_s: NDArray[np.float64]
    """When a failure became known."""

    def __len__(self) -> int:
        return len(self.at_s)

    def __add__(self, other: "Messages") -> "Messages":
        order = np.argsort(np.concatenate([self.at_s, other.at_s]), kind="stable")
        joined = {
            one.name: np.concatenate([getattr(self, one.name), getattr(other, one.name)])[order]
            for one in fields(self)
        }
        return Messages(**joined)

    def where(self, chosen: NDArray[np.bool_]) -> "Messages":
        """Only some of them."""
        return Messages(**{one.name: getattr(self, one.name)[chosen] for one in fields(self)})

    def until(self, moment_s: float) -> "Messages":
        """What is known of them at a moment."""
        early = self.where(self.at_s <= moment_s)
        verified_s = np.where(early.verified_s <= moment_s, early.verified_s, np.nan)
        return replace(early, verified_s=verified_s, failed=early.failed & (early.receipt_s <= moment_s))

    @property
    def begin_s(self) -> float:
        """When the first was sent."""
        return float(self.at_s[0])

    @property
    def end_s(self) -> float:
        """When the last was sent."""
        return float(self.at_s[-1])


def messages(at_s: ArrayLike, number: ArrayLike, verified_s: ArrayLike = np.nan, **more: ArrayLike) -> Messages:
    """Messages from times and numbers; the rest may be one value for all."""
    times = np.atleast_1d(np.asarray(at_s, dtype=np.float64))
    given: dict[str, ArrayLike] = {"known": True, "failed": False, "price_usd": 0.05, "receipt_s": times, **more}
    kinds = {"known": np.bool_, "failed": np.bool_, "price_usd": np.float64, "receipt_s": np.float64}
    order = np.argsort(times, kind="stable")
    spread: dict[str, NDArray[Any]] = {
        name: np.broadcast_to(np.asarray(value, kinds[name]), times.shape) for name, value in given.items()
    }
    return Messages(
        at_s=times[order],
        number=np.broadcast_to(np.asarray(number, np.int64), times.shape)[order],
        verified_s=np.broadcast_to(np.asarray(verified_s, np.float64), times.shape)[order],
        **{name: values[order] for name, values in spread.items()},
    )


def honest(
    seed: int,
    *,
    days: float = 7.0,
    per_day: float = 200.0,
    countries: Sequence[str] = ("PL", "ES"),
    conversion: float = 0.75,
    blocks: int = 60,
    returning: float = 0.4,
    failing: float = 0.02,
    start_s: float = START,
    steady: bool = False,
    audience: int = 0,
) -> Messages:
    """People of some countries, over uneven blocks, some of them again and again, by day more than by night.

    The blocks are those of the ``audience``, whatever the ``seed``.
    """
    rng = np.random.default_rng(seed)
    count = int(rng.poisson(days * per_day * (1.0 if steady else 1.9)))
    at_s = start_s + np.sort(rng.uniform(0, days * DAY_S, count))
    if not steady:
        at_s = at_s[rng.random(count) < (1 + 0.9 * np.cos(2 * np.pi * (at_s / DAY_S - 0.6))) / 1.9]
    number = np.concatenate([_audience(country, blocks, audience, len(at_s), rng) for country in countries])
    number = rng.permutation(number)[: len(at_s)]
    for nth in np.flatnonzero(rng.random(len(at_s)) < returning):
        number[nth] = number[rng.integers(0, nth + 1)]
    failed = rng.random(len(at_s)) < failing
    back = (rng.random(len(at_s)) < conversion) & ~failed
    verified_s = np.where(back, at_s + rng.gamma(2.0, 15.0, len(at_s)), np.nan)
    return messages(at_s, number, verified_s, failed=failed)


def _audience(country: str, blocks: int, audience: int, count: int, rng: np.random.Generator) -> NDArray[np.int64]:
    prefixes, digits = PREFIXES[country], DIGITS[country]
    heads = np.array([int(prefixes[nth % len(prefixes)]) for nth in range(blocks)])
    free = digits - len(prefixes[0]) - 4
    places = np.random.default_rng(audience).choice(10**free, blocks, replace=10**free < blocks)
    block = heads * 10**free + places
    block = block[block != int(POOL)]
    weight = 1.0 / np.arange(1, len(block) + 1) ** 0.5
    chosen = rng.choice(block, count, p=weight / weight.sum())
    numbers: NDArray[np.int64] = chosen * 10_000 + rng.integers(0, 10_000, count)
    return numbers


def pool(
    at_s: float,
    *,
    prefix: str = POOL,
    digits: int = 11,
    count: int = 60,
    every_s: float = 30.0,
    conversion: float = 0.0,
    seed: int = 9,
    **more: ArrayLike,
) -> Messages:
    """Messages to different numbers that begin so, at a steady pace."""
    rng = np.random.default_rng(seed)
    times = at_s + every_s * np.arange(count)
    free = 10 ** (digits - len(prefix))
    number = int(prefix) * free + rng.choice(free, count, replace=False)
    verified_s = np.where(rng.random(count) < conversion, times + 30.0, np.nan)
    return messages(times, number, verified_s, **more)


def receipts(sent: Messages, seed: int) -> Messages:
    """The same messages with receipts that come seconds to hours later."""
    delay_s = 10.0 ** np.random.default_rng(seed).uniform(0.5, 4.3, len(sent))
    return replace(sent, receipt_s=sent.at_s + delay_s)


def rows_of(sent: Messages) -> Destinations:
    """The rows of numbers and days, as `evidence.cells.destinations` makes them."""
    day = np.floor(sent.at_s / DAY_S).astype(np.int64)
    _, first, group = np.unique(np.stack([sent.number, day]), axis=1, return_index=True, return_inverse=True)
    size, group = len(first), group.ravel()
    verified_s = np.full(size, np.inf)
    np.minimum.at(verified_s, group, np.where(np.isnan(sent.verified_s), np.inf, sent.verified_s))
    sends = np.bincount(group, minlength=size)
    known = np.bincount(group, weights=sent.known | ~np.isnan(sent.verified_s), minlength=size) > 0
    number = sent.number[first]
    first_day = {int(one): int(early) for one, early in zip(number[::-1], day[first][::-1], strict=True)}
    order = np.argsort(sent.at_s[first], kind="stable")
    failed_s, excused = _lost(sent, group, size)
    made = Destinations(
        number=number,
        first_s=sent.at_s[first],
        sends=sends.astype(np.int32),
        verified_s=np.where(np.isinf(verified_s), np.nan, verified_s),
        known=known,
        failed=np.bincount(group, weights=sent.failed, minlength=size) >= sends,
        failed_s=failed_s,
        excused=excused,
        cost_usd=np.bincount(group, weights=sent.price_usd, minlength=size).astype(np.float64),
        new=np.array([first_day[int(n)] == d for n, d in zip(number, day[first], strict=True)], dtype=np.bool_),
        country=plan.classify(number).country.astype(np.int32),
        network=tree.keys(number, tree.Level.NETWORK).astype(np.int32),
    )
    return Destinations(*(getattr(made, name)[order] for name in Destinations.__slots__ if name != "doubted_s"))


def _lost(sent: Messages, group: NDArray[np.int64], size: int) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Since when all messages of each group so far were known to have failed; whether when its first code lapsed."""
    failed_s, excused = np.full(size, np.nan), np.zeros(size, np.bool_)
    for one in np.unique(group[sent.failed]):
        mine = np.flatnonzero(group == one)
        lapse_s = sent.at_s[mine[0]] + CODE_LIFE_S
        for moment in sorted({*sent.receipt_s[mine][sent.failed[mine]], lapse_s}):
            so_far = mine[sent.at_s[mine] <= moment]
            if (sent.failed[so_far] & (sent.receipt_s[so_far] <= moment)).all():
                failed_s[one] = np.fmin(failed_s[one], sent.receipt_s[so_far].max())
                excused[one] |= moment == lapse_s
    return failed_s, excused


@contextmanager
def store_of(*sent: Messages) -> Iterator[Store]:
    """A store that holds these messages, with their costs settled."""
    with TemporaryDirectory() as folder, Store(Path(folder)) as store:
        for some in sent:
            put(store, some)
        settle_costs(store)
        yield store


def put(store: Store, sent: Messages, *, provider: str = "twilio", **constant: str) -> None:
    """Load messages; ``constant`` gives SQL for further columns."""
    load(
        store,
        Send,
        {
            "send_id": np.array([f"{provider}-{at}-{nth}" for nth, at in enumerate(sent.at_s)]),
            "at_s": sent.at_s,
            "number": sent.number,
            "failed": sent.failed,
            "known": sent.known,
            "receipt_s": sent.receipt_s,
            "verified_s": np.where(np.isnan(sent.verified_s), -1.0, sent.verified_s),
            "price_usd": np.where(np.isnan(sent.price_usd), -1.0, sent.price_usd),
        },
        send_id="send_id",
        provider=f"'{provider}'",
        sent_at="to_timestamp(at_s)",
        destination="'+' || number",
        channel="'sms'",
        status="CASE WHEN failed THEN 'failed' ELSE 'delivered' END",
        event_at="to_timestamp(receipt_s)",
        price="CASE WHEN price_usd >= 0 THEN price_usd END",
        currency="'USD'",
        verified_at="CASE WHEN verified_s >= 0 THEN to_timestamp(verified_s) END",
        unverified="CASE WHEN known AND verified_s < 0 THEN true END",
        **constant,
    )


def ask(store: Store, at_s: ArrayLike, ip: Sequence[str] | str, **more: str) -> None:
    """Load requests to the sending endpoint at these times; ``more`` gives SQL for further columns."""
    times = np.atleast_1d(np.asarray(at_s, dtype=np.float64))
    given = {"method": "'POST'", "path": "'/send'", **more}
    load(
        store,
        Request,
        {"at_s": times, "address": np.broadcast_to(np.asarray(ip), times.shape).astype(object)},
        occurred_at="to_timestamp(at_s)",
        ip="address",
        **given,
    )


def load(store: Store, kind: type[Event], columns: dict[str, NDArray[Any]], /, **given: str) -> None:
    """Load one kind of event: ``given`` is the SQL of its fields over the columns, one row without any."""
    store.connection.register("given", columns or {"one": np.ones(1)})
    store.run("CREATE TABLE given_rows AS SELECT * FROM given")
    shape = ", ".join(f'{given.get(name, "NULL")}::{sql} AS "{name}"' for name, sql in tables.fields(kind).items())
    origin = "0::BIGINT AS source_line, 'test' AS source, 'test' AS source_file"
    store.load(kind, f"SELECT {shape}, {origin} FROM given_rows")
    store.run("DROP TABLE given_rows")
    store.connection.unregister("given")
