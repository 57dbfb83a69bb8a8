"""What each message cost: its own price, else a price from the same evidence, else a list price, and which it was.

A message that failed or was stopped and carries no price cost nothing where its provider writes prices at all.
"""

import numpy as np

from checkvalve.evidence.store import Store
from checkvalve.numbering import plan
from checkvalve.numbering.prices import list_price

_LEAST_KNOWN = 20
"""So many priced messages to a country make its median better than a list price."""

_PRICED = """CREATE OR REPLACE VIEW priced AS
    SELECT s.*,
           CASE WHEN s.price_usd IS NOT NULL THEN s.price_usd
                WHEN s.status IN ('failed', 'blocked') AND p.writes_prices THEN 0
                ELSE c.usd END AS cost_usd,
           CASE WHEN s.price_usd IS NOT NULL THEN 'price'
                WHEN s.status IN ('failed', 'blocked') AND p.writes_prices THEN 'price'
                ELSE c.basis END AS cost_basis
    FROM send_rows AS s
    LEFT JOIN unassigned_numbers AS u ON s.country IS NULL AND s.number = u.number
    LEFT JOIN country_prices AS c ON coalesce(s.country, u.country) IS NOT DISTINCT FROM c.country
    LEFT JOIN provider_prices AS p ON s.provider = p.provider"""

_PRICED_THEMSELVES = """CREATE OR REPLACE VIEW priced AS
    SELECT *, price_usd AS cost_usd, 'price' AS cost_basis FROM send_rows"""
"""The same where every message carries its price: a fifth of the time, for each of the many questions about money."""


def settle_costs(store: Store) -> None:
    """Make the view ``priced``: every message with ``cost_usd`` and ``cost_basis`` (price, evidence, list).

    ``cost_usd`` stays NULL where a message has no price, its country no list price, and the evidence too few prices
    (under 20) to tell what a message there costs.
    """
    if not store.row("SELECT count(*) FROM send_rows WHERE price_usd IS NULL")[0]:
        store.run(_PRICED_THEMSELVES)
        return
    store.run(
        """CREATE OR REPLACE TABLE provider_prices AS
        SELECT provider, count(price_usd) > 0 AS writes_prices FROM send_rows GROUP BY provider"""
    )
    _place_unassigned(store)
    store.run("CREATE OR REPLACE TABLE country_prices (country VARCHAR, usd DOUBLE, basis VARCHAR)")
    known = store.rows(
        """SELECT coalesce(s.country, u.country) AS place, count(price_usd) AS n, median(price_usd) AS usd
        FROM send_rows AS s LEFT JOIN unassigned_numbers AS u ON s.country IS NULL AND s.number = u.number
        WHERE price_usd IS NULL OR price_usd > 0 GROUP BY place"""
    )
    for country, count, usd in known:
        prior = list_price(country)
        if count >= _LEAST_KNOWN:
            store.run("INSERT INTO country_prices VALUES (?, ?, 'evidence')", [country, usd])
        elif prior is not None:
            store.run("INSERT INTO country_prices VALUES (?, ?, 'list')", [country, prior.usd])
    store.run(_PRICED)


def _place_unassigned(store: Store) -> None:
    """Which country bills an unassigned number under a shared calling code (+1, +7, +44)? Its main one."""
    numbers = store.arrays("SELECT DISTINCT number FROM send_rows WHERE country IS NULL AND number IS NOT NULL")
    number = numbers["number"].astype(np.int64)
    if not number.size:  # then nobody has to wait for the plan
        store.run("CREATE OR REPLACE TABLE unassigned_numbers (number BIGINT, country VARCHAR)")
        return
    country = plan.main_country(plan.classify(number).calling_code)
    names = [name or None for name in plan.countries()]
    store.connection.register("unassigned", {"number": number, "country": country})
    store.run("SET VARIABLE price_countries = ?", [names])
    store.run(
        """CREATE OR REPLACE TABLE unassigned_numbers AS
        SELECT number, getvariable('price_countries')[country + 1] AS country FROM unassigned"""
    )
    store.connection.unregister("unassigned")
