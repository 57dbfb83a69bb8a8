"""What a reader must know about the evidence before believing a figure: gaps, estimates, books that do not match."""

from checkvalve.evidence.endpoints import unasked
from checkvalve.evidence.links import linked_every
from checkvalve.evidence.spending import totals
from checkvalve.evidence.store import Store
from checkvalve.indicators.reconciliation import gaps
from checkvalve.indicators.weights import count, percent
from checkvalve.investigation import Input
from checkvalve.settings import Settings


def notes(store: Store, read: list[Input], joined: list[str], settings: Settings) -> list[str]:
    """The notes, most important first."""
    return [
        *_inputs(read),
        *joined,
        *_endpoints(store, settings),
        *_currencies(store),
        *_estimates(store),
        *_books(store),
        *_sampling(store, settings),
        *_links(store),
    ]


def _inputs(read: list[Input]) -> list[str]:
    unread = [one for one in read if one.source is None and not (one.note or "").startswith("adds nothing")]
    broken = [one for one in read if one.source is not None and one.note]
    refused = sum(one.quarantined for one in read)
    said = []
    if unread:
        said.append(
            f"{count(len(unread), 'file')} could not be used: "
            + "; ".join(f"{u.path}: {u.note}" for u in unread[:3])
        )
    said += [f"{one.path}: {one.note}" for one in broken[:5]]
    if refused:
        said.append(
            f"{count(refused, 'record')} could not be used and lie in quarantine.jsonl, each with its reason"
        )
    return said


def _endpoints(store: Store, settings: Settings) -> list[str]:
    missed = unasked(store, settings.detection.send_paths)
    if not missed:
        return []
    return [f"no request asks for {', '.join(missed)}, stated as a sending endpoint: check the spelling"]


def _currencies(store: Store) -> list[str]:
    """Prices in money that no rate is known for would look like messages without a price."""
    found = dict(
        store.rows(
            """SELECT upper(currency) AS code, count(*) FROM send_rows
            WHERE price > 0 AND price_usd IS NULL GROUP BY code ORDER BY count(*) DESC, code"""
        )
    )
    nameless = found.pop(None, 0)
    said = []
    if found:
        codes = ", ".join(f"{code} ({count(number, 'message')})" for code, number in found.items())
        said.append(
            f"prices in {codes} have no rate and are passed over, so other prices stand in where there are any: "
            f"state the dollars for one {next(iter(found))} in the settings, usd_per under [logs]"
        )
    if nameless:
        said.append(
            f"the prices of {count(nameless, 'message')} name no currency and are passed over, so other prices stand "
            "in where there are any: state it in the settings, currency under [logs]"
        )
    return said


def _estimates(store: Store) -> list[str]:
    sent = totals(store)
    said = []
    if sent.listed_usd:
        listed = percent(sent.listed_usd, sent.usd)
        said.append(f"{listed} of all cost rests on public list prices, because the records carry none")
    if sent.same_usd:
        same = percent(sent.same_usd, sent.usd)
        said.append(f"{same} of all cost is estimated from other messages to the same country")
    unknown = sent.sends - sent.priced
    if unknown:
        said.append(f"{count(unknown, 'message')} have no known price at all and are left out of every sum")
    return said


def _books(store: Store) -> list[str]:
    return [
        f"the bill counts {gap.billed:,.0f} messages{f' to {gap.country}' if gap.country else ''}, the logs hold "
        f"{gap.sent:,.0f}: look for traffic that your systems did not send"
        for gap in gaps(store)
        if gap.telling
    ]


def _links(store: Store) -> list[str]:
    every = linked_every(store)
    if every == 1 or not store.row("SELECT count(*) FROM send_endpoints")[0]:
        return []
    said = (
        f"one message in {every} was linked with requests, because there are so many: counts of linked requests are "
        f"estimates, {every} times what was found, and counts of addresses are lower bounds"
    )
    return [said]


def _sampling(store: Store, settings: Settings) -> list[str]:
    rate = settings.logs.sns_success_sample_rate
    if rate >= 1 or not store.row("SELECT count(*) FROM send_rows WHERE source = 'aws.sns'")[0]:
        return []
    return [
        f"SNS logs only {percent(rate, 1)} of successful deliveries: counts and cost of SNS messages are lower bounds"
    ]
