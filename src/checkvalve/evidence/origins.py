"""What else is known of origins: where addresses are, what agents say of themselves, and what hides the clients.

Addresses and agents are few where requests are many, so each is looked at once, and joined by set.
"""

from ipaddress import ip_address, ip_network

import numpy as np

from checkvalve.events import Request
from checkvalve.evidence.store import Store
from checkvalve.network.agents import agent_of
from checkvalve.network.places import NOWHERE, Place, Places

MOST_AGENTS = 200_000
"""More different agents than this are made up; of those only the most frequent are looked at."""
_PRIVATE = tuple(
    map(
        ip_network,
        ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "127.0.0.0/8", "fc00::/7", "::1"),
    )
)
"""Addresses of inner networks (RFC 1918, RFC 4193) and of those behind a carrier's translation (RFC 6598)."""
_INNER = ("10.", "172.", "192.168.", "100.", "127.", "f", "F", "0", ":")
"""How their texts begin, and those of a few others."""
_HIDING_SHARE = 0.5
_LEAST_REQUESTS = 20
"""Fewer requests of a log tell nothing of what stands before it."""


def know_origins(store: Store, databases: tuple[str, ...]) -> list[str]:
    """Fill in where requests come from, make the table ``agents``; what a reader should know of it, in words.

    Raises `Usage` for a data base that cannot be read.
    """
    told = place_requests(store, databases) if databases else []
    describe_agents(store)
    return told + hidden_clients(store)


def place_requests(store: Store, databases: tuple[str, ...]) -> list[str]:
    """Fill country and ASN of requests, where the record itself says nothing; make the table ``asn_names``.

    The table's columns are ``asn`` and ``name``. Raises `Usage` for a data base that cannot be read.
    """
    with Places(databases) as places:
        unknown = store.rows(
            "SELECT DISTINCT ip FROM request_rows WHERE ip IS NOT NULL AND (country IS NULL OR asn IS NULL)"
        )
        found = {ip: place for (ip,) in unknown if (place := places.place(ip)) != NOWHERE}
        told = ", ".join(places.told)
    _register_places(store, found)
    store.run(
        f"""UPDATE {store.table(Request, "ip", "country", "asn")} AS r
        SET country = coalesce(r.country, p.country), asn = coalesce(r.asn, p.asn)
        FROM placed AS p WHERE r.ip = p.ip"""
    )
    store.run(
        """CREATE OR REPLACE TABLE asn_names AS
        SELECT asn, any_value(name) AS name FROM placed WHERE asn IS NOT NULL AND name IS NOT NULL GROUP BY asn"""
    )
    store.run("DROP TABLE placed")
    return [f"countries and networks of {len(found):,} of {len(unknown):,} addresses are from {told}"]


def network_owners(store: Store) -> dict[str, str]:
    """ASN, as origins write it → whom it belongs to; empty where no data base said it."""
    if not store.rows("SELECT 1 FROM duckdb_tables() WHERE table_name = 'asn_names'"):
        return {}
    return dict(store.rows("SELECT CAST(asn AS VARCHAR), name FROM asn_names"))


def _register_places(store: Store, found: dict[str, Place]) -> None:
    store.connection.register(
        "places_found",
        {
            "ip": np.array(list(found), dtype=object),
            "country": np.array([place.country for place in found.values()], dtype=object),
            "asn": np.array([place.asn or 0 for place in found.values()], dtype=np.int64),
            "name": np.array([place.network_name for place in found.values()], dtype=object),
        },
    )
    store.run(
        """CREATE OR REPLACE TEMP TABLE placed AS SELECT ip::VARCHAR AS ip, country::VARCHAR AS country,
        nullif(asn, 0) AS asn, name::VARCHAR AS name FROM places_found"""
    )
    store.connection.unregister("places_found")


def describe_agents(store: Store) -> None:
    """Make the table ``agents``: each different agent with what it says of itself.

    Columns: ``user_agent``, ``kind`` (browser, app, library, headless, robot, unknown), ``family``, ``version``,
    ``os``, ``device``.
    """
    texts = [
        text
        for (text,) in store.rows(
            f"""SELECT user_agent FROM (
                SELECT user_agent FROM request_rows UNION ALL SELECT user_agent FROM verification_rows
                UNION ALL SELECT user_agent FROM send_rows)
            WHERE user_agent IS NOT NULL GROUP BY user_agent ORDER BY count(*) DESC, user_agent LIMIT {MOST_AGENTS}"""
        )
    ]
    agents = [agent_of(text) for text in texts]
    columns = ("kind", "family", "version", "os", "device")
    store.connection.register(
        "agents_found",
        {
            "user_agent": np.array(texts, dtype=object),
            **{name: np.array([getattr(one, name) for one in agents], dtype=object) for name in columns},
        },
    )
    typed = ", ".join(f"{name}::VARCHAR AS {name}" for name in ("user_agent", *columns))
    store.run(f"CREATE OR REPLACE TABLE agents AS SELECT {typed} FROM agents_found")
    store.connection.unregister("agents_found")


def is_private(address: str) -> bool:
    """Is it an address of an inner network, or behind a carrier's translation, which is nobody's origin?

    >>> is_private("10.0.0.5"), is_private("100.64.3.2"), is_private("203.0.113.7"), is_private("-")
    (True, True, False, False)
    """
    try:
        found = ip_address(address)
    except ValueError:
        return False
    return any(found in network for network in _PRIVATE if network.version == found.version)


def hidden_clients(store: Store) -> list[str]:
    """Which logs show a proxy of one's own in place of the clients, and what to do about it?"""
    told = []
    # bounds of texts are asked for in a sixth of the time that their beginnings take
    inner = " OR ".join(f"ip BETWEEN '{head}' AND '{head}~'" for head in _INNER)
    rows = store.rows(
        f"""SELECT source_file, ip, n, forwarded, total
        FROM (SELECT source_file, ip, count(*) AS n, count(forwarded_for) AS forwarded
              FROM request_rows WHERE {inner} GROUP BY source_file, ip)
        JOIN (SELECT source_file, count(ip) AS total FROM request_rows GROUP BY source_file) USING (source_file)
        WHERE total >= {_LEAST_REQUESTS} AND n >= {_HIDING_SHARE} * total ORDER BY source_file, n DESC, ip"""
    )
    seen = set()
    for file, ip, count, forwarded, total in rows:
        if is_private(ip) and file not in seen:
            seen.add(file)
            todo = (
                f"name it in logs.trusted_proxies, and X-Forwarded-For (there in {forwarded:,}) is read instead"
                if forwarded
                else "the log does not say who stands behind it; have the proxy pass X-Forwarded-For on, and log it"
            )
            told.append(
                f"{file}: {count:,} of {total:,} requests come from {ip}, most likely a proxy of your own: {todo}"
            )
    return told
